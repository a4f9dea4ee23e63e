import { build } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';

/** Bundles the command line with all its libraries into `packages/cli/dist`, split by command. */
const folder = new URL('../packages/cli/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('package.json', folder), 'utf8')) as {
  version: string;
};
const out = new URL('dist/', folder);
await rm(out, { recursive: true, force: true });
const { metafile } = await build({
  metafile: true,
  entryPoints: [
    new URL('src/main.ts', folder).pathname,
    // Run by its path, as a process.
    new URL('../node/src/engine/wasm-host.js', folder).pathname,
  ],
  entryNames: '[name]',
  outdir: out.pathname,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  define: { TIDEGATE_VERSION: JSON.stringify(manifest.version) },
  // Libraries written for CommonJS ask for Node's own modules through require.
  banner: {
    js: "import { createRequire as tidegateRequire } from 'node:module'; const require = tidegateRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await writeFile(
  new URL('third-party-licenses.txt', out),
  await notices(Object.keys(metafile.inputs)),
);

/** The licences of all libraries in the bundle, as they ask to be passed on. */
async function notices(inputs: readonly string[]): Promise<string> {
  const folders = new Set(
    inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const texts = [...folders].sort().map(async (path) => {
    const { name, version, license } = JSON.parse(
      await readFile(`${path}/package.json`, 'utf8'),
    ) as Record<string, string>;
    const file = (await readdir(path)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(`${path}/${file}`, 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}
