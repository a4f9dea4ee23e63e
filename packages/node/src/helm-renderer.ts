import {
  explainHelmFailure,
  tidyManifest,
  ToolError,
  type ChartRenderer,
  type RenderParameter,
  type RenderRequest,
} from '@tidegate/core';
import { availableParallelism } from 'node:os';
import { throwIfCancelled, unlessCancelled, withSignal } from './cancel.ts';
import type { ChartStore, StoredChart } from './chart-store.ts';
import { chartSubject } from './chart-repository.ts';
import { verifiedPath, type HelmBinary } from './helm-binary.ts';
import { isolatedHelm } from './isolated-helm.ts';
import { LayerFiles, type LayerFolder } from './layer-files.ts';
import { Limiter } from './limiter.ts';
import { runTool } from './run-tool.ts';

export interface HelmRendererOptions {
  readonly helm: HelmBinary;
  readonly charts: ChartStore;
  /** Longest time for one render. */
  readonly timeoutMs: number;
  /** Renders at once. Default: one per core. */
  readonly concurrency?: number;
}

/** Renders each request with a helm process of its own, called as Argo CD calls it. */
export function helmRenderer(options: HelmRendererOptions): ChartRenderer {
  const limiter = new Limiter(options.concurrency ?? availableParallelism());
  const layerFiles = new LayerFiles();
  return {
    render: (request, cancellation) =>
      layerFiles.use(async (folder) => {
        const chart = await unlessCancelled(options.charts.fetch(request.chart), cancellation);
        const layers = await writeLayers(request, folder);
        return limiter.run(async () => {
          throwIfCancelled(cancellation);
          const manifest = await withSignal(cancellation, (signal) =>
            runHelm({ request, chart, layers, folder: folder.path, signal }, options),
          );
          return {
            manifest: tidyManifest(manifest),
            fromCache: false,
            chartDigest: chart.digest,
            helmVersion: options.helm.version,
          };
        });
      }),
  };
}

/** Names of a request's values layers in their folder, in the layers' order. */
async function writeLayers(
  { values }: RenderRequest,
  folder: LayerFolder,
): Promise<readonly string[]> {
  return Promise.all(values.map(({ content }) => folder.write(content)));
}

interface HelmRun {
  readonly request: RenderRequest;
  readonly chart: StoredChart;
  readonly layers: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function runHelm(run: HelmRun, { helm, timeoutMs }: HelmRendererOptions): Promise<string> {
  const { request, chart, layers, folder, signal } = run;
  try {
    const result = await runTool(await verifiedPath(helm), {
      args: templateArguments(request, chart.path, layers),
      cwd: folder,
      env: { ...isolatedHelm(folder), ...shortLived },
      timeoutMs,
      signal,
    });
    if (result.exitCode === 0) return result.stdout.toString();
    throw explainHelmFailure(request, withPaths(readable(result.stderr), run));
  } catch (error) {
    throw withSubject(error, request);
  }
}

/** Helm names the files that it reads; people know them by their paths in the repository. */
function withPaths(printed: string, { request, layers }: HelmRun): string {
  return layers.reduce(
    (text, name, index) => text.replaceAll(name, request.values[index]?.path ?? name),
    printed,
  );
}

const messageCharsMax = 100_000;
const lineCharsMax = 2_000;

/** A chart may make Helm print a whole value, or megabytes of them; nobody reads those. */
function readable(printed: string): string {
  return printed
    .slice(0, messageCharsMax)
    .split('\n')
    .map((line) => (line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)} ...` : line))
    .join('\n');
}

/** A tool's failure names only the tool; say what it was rendering. */
function withSubject(error: unknown, request: RenderRequest): unknown {
  if (!(error instanceof ToolError)) return error;
  return new ToolError(
    `${error.message} (rendering ${request.releaseName} with ${chartSubject(request.chart)})`,
    {
      cause: error,
      hint: error.hint ?? 'a longer time can be given with --timeout, another helm with --helm',
    },
  );
}

/** What Argo CD 3.5 passes to `helm template` (util/helm/cmd.go, reposerver's helmTemplate). */
export function templateArguments(
  request: RenderRequest,
  chartPath: string,
  layers: readonly string[],
): string[] {
  return [
    'template',
    chartPath,
    '--name-template',
    request.releaseName,
    '--namespace',
    request.namespace,
    '--kube-version',
    request.kubeVersion,
    ...request.parameters.flatMap(setArgument),
    ...layers.flatMap((file) => ['--values', file]),
    ...request.apiVersions.flatMap((version) => ['--api-versions', version]),
    ...(request.skipCrds === true ? [] : ['--include-crds']),
    ...(request.skipTests === true ? ['--skip-tests'] : []),
    ...(request.skipSchemaValidation === true ? ['--skip-schema-validation'] : []),
  ];
}

function setArgument({ name, value, forceString }: RenderParameter): [string, string] {
  // As Argo CD: a comma belongs to the value, unless the value is a list in braces.
  const isList = value.startsWith('{') && value.endsWith('}');
  const escaped = isList ? value : value.replace(/(^|[^\\]),/g, '$1\\,');
  return [forceString ? '--set-string' : '--set', `${name}=${escaped}`];
}

/**
 * Many short processes side by side: no collection, no threads that wait for each other. The library of
 * kubectl within helm reads its catalogue of messages at each start, a quarter of the whole time, and
 * `helm template` prints none of them: the French catalogue is next to empty.
 */
const shortLived = {
  GOGC: 'off',
  GOMEMLIMIT: '1GiB',
  GOMAXPROCS: '1',
  LC_ALL: 'fr_FR.UTF-8',
};
