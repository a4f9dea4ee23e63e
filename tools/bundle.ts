import { build } from 'esbuild';
import { readFile, rm } from 'node:fs/promises';

/** Bundles the command line with all its libraries into `packages/cli/dist`, split by command. */
const folder = new URL('../packages/cli/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('package.json', folder), 'utf8')) as {
  version: string;
};
const out = new URL('dist/', folder);
await rm(out, { recursive: true, force: true });
await build({
  entryPoints: [new URL('src/main.ts', folder).pathname],
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
