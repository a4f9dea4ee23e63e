import type { ChartRenderer, RenderResult } from '@tidegate/core';
import {
  chooseRenderer,
  openChosenRenderer,
  resolveHelm,
  resolveCacheDir,
  type ChartStore,
  type ChooseOptions,
} from '@tidegate/node';
import { layerZipCandidates, rendererFiles } from '../../../packages/cli/src/assets.ts';

/** Renders charts for many replays; the same request is rendered once. */
export interface SharedRendering {
  /** A renderer over the charts of one replay, which name themselves by their content. */
  over(charts: ChartStore): ChartRenderer;
}

const timeoutMs = 60_000;

/** Opens the best renderer that this machine has, when the first chart is to be rendered. */
export function sharedRendering(): SharedRendering {
  const answers = new Map<string, Promise<RenderResult>>();
  const stores = new Map<string, ChartStore>();
  let opened: Promise<ChartRenderer> | undefined;
  const charts: ChartStore = {
    fetch: (chart) => {
      const store = stores.get(chart.version);
      if (store === undefined) throw new Error(`there is no chart ${chart.version}`);
      return store.fetch(chart);
    },
  };
  return {
    over: (store) => ({
      render: (request) => {
        const key = JSON.stringify(request);
        const known = answers.get(key);
        if (known !== undefined) return known;
        stores.set(request.chart.version, store);
        opened ??= open(charts);
        const answer = opened.then((renderer) => renderer.render(request));
        answers.set(key, answer);
        return answer;
      },
    }),
  };
}

async function open(charts: ChartStore): Promise<ChartRenderer> {
  const choosing: ChooseOptions = {
    files: rendererFiles(),
    helm: () =>
      resolveHelm({
        cacheDir: resolveCacheDir(process.env),
        layerZips: layerZipCandidates(),
        env: process.env,
      }),
  };
  return openChosenRenderer(await chooseRenderer(choosing), {
    ...choosing,
    charts,
    timeoutMs,
    onFallback: (message) => {
      process.stderr.write(`warning: ${message}\n`);
    },
  });
}
