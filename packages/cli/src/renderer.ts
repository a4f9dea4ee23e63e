import type { ChartRenderer, Network } from '@tidegate/core';
import {
  cachedRenderer,
  chartStore,
  helmRenderer,
  resolveCacheDir,
  resolveHelm,
  systemClock,
  type ChartCredentials,
  type HelmBinary,
} from '@tidegate/node';
import { resolve } from 'node:path';
import { layerZipCandidates } from './assets.ts';
import type { Io } from './io.ts';

/** Options of every command that renders. */
export interface RendererOptions {
  /** Path of a helm binary, or `path` for the one on PATH. */
  readonly helm?: string;
  /** Where to fetch the network's charts from instead of the definition's chart repository. */
  readonly chartsUrl?: string;
  readonly cacheDir?: string;
  readonly cache: boolean;
  /** Seconds that one render may take. */
  readonly timeout: number;
  readonly jobs?: number;
}

/** Folder for charts, rendered output and helm. */
export function cacheFolder(io: Io, { cacheDir }: Pick<RendererOptions, 'cacheDir'>): string {
  return cacheDir === undefined ? resolveCacheDir(io.env) : resolve(io.cwd, cacheDir);
}

/** The helm that the options ask for: a path from where the user is, the one on PATH, or the pinned one. */
export async function openHelm(
  io: Io,
  options: Pick<RendererOptions, 'cacheDir' | 'helm'>,
): Promise<HelmBinary> {
  const { helm } = options;
  return resolveHelm({
    cacheDir: cacheFolder(io, options),
    layerZips: layerZipCandidates(),
    env: io.env,
    verifyLate: true,
    ...(helm === undefined ? {} : { helm: helm.includes('/') ? resolve(io.cwd, helm) : helm }),
  });
}

/** Builds the renderer: charts by digest, helm processes, and the rendered-output cache before them. */
export async function openRenderer(
  io: Io,
  network: Network,
  options: RendererOptions,
): Promise<ChartRenderer> {
  const cacheDir = cacheFolder(io, options);
  const helm = await openHelm(io, options);
  const repository = options.chartsUrl ?? network.charts.repository;
  const clock = systemClock();
  const charts = chartStore({
    cacheDir,
    clock,
    credentials: readCredentials(io.env, repository),
    mirrors: new Map(
      options.chartsUrl === undefined ? [] : [[network.charts.repository, options.chartsUrl]],
    ),
  });
  const renderer = helmRenderer({
    helm,
    charts,
    timeoutMs: options.timeout * 1000,
    ...(options.jobs === undefined ? {} : { concurrency: options.jobs }),
  });
  return options.cache ? cachedRenderer(renderer, { cacheDir, helm, charts, clock }) : renderer;
}

/** Chart repository credentials come from the environment only: never from arguments or files in Git. */
export function readCredentials(
  env: Io['env'],
  repository: string,
): ReadonlyMap<string, ChartCredentials> {
  const token = env['TIDEGATE_CHARTS_TOKEN'];
  const username = env['TIDEGATE_CHARTS_USERNAME'];
  const password = env['TIDEGATE_CHARTS_PASSWORD'];
  if (token !== undefined && token !== '') return new Map([[repository, { token }]]);
  if (username !== undefined && password !== undefined) {
    return new Map([[repository, { username, password }]]);
  }
  return new Map();
}
