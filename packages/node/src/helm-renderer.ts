import {
  explainHelmFailure,
  invariant,
  ToolError,
  type ChartRenderer,
  type RenderParameter,
  type RenderRequest,
} from '@tidegate/core';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ChartStore, StoredChart } from './chart-store.ts';
import { chartSubject } from './chart-repository.ts';
import type { HelmBinary } from './helm-binary.ts';
import { Limiter } from './limiter.ts';
import { runTool, toolEnvironment } from './run-tool.ts';

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
  return {
    render: async (request, cancellation) => {
      const chart = await options.charts.fetch(request.chart);
      return limiter.run(async () => {
        if (cancellation?.aborted === true) throw new ToolError('rendering was interrupted');
        const signal = cancellation instanceof AbortSignal ? cancellation : undefined;
        const manifest = await runHelm(request, chart, options, signal);
        return { manifest, fromCache: false, chartDigest: chart.digest };
      });
    },
  };
}

async function runHelm(
  request: RenderRequest,
  chart: StoredChart,
  { helm, timeoutMs }: HelmRendererOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-render-'));
  try {
    for (const { path, content } of request.values) {
      const file = join(folder, valuesFile(path));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
    }
    const result = await runTool(helm.path, {
      args: templateArguments(request, chart.path),
      cwd: folder,
      env: helmEnvironment(folder),
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.exitCode === 0) return result.stdout.toString();
    throw explainHelmFailure(request, result.stderr);
  } catch (error) {
    throw withSubject(error, request);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

/** Layers keep their paths, so that Helm's messages name them. */
function valuesFile(path: string): string {
  invariant(
    !path.split(/[/\\]/).includes('..'),
    `values layer ${path} leads out of the repository`,
  );
  return path.replace(/^\/+/, '');
}

/** What Argo CD 3.5 passes to `helm template` (util/helm/cmd.go, reposerver's helmTemplate). */
export function templateArguments(request: RenderRequest, chartPath: string): string[] {
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
    ...request.values.flatMap(({ path }) => ['--values', valuesFile(path)]),
    ...request.apiVersions.flatMap((version) => ['--api-versions', version]),
    '--include-crds',
  ];
}

function setArgument({ name, value, forceString }: RenderParameter): [string, string] {
  // As Argo CD: a comma belongs to the value, unless the value is a list in braces.
  const isList = value.startsWith('{') && value.endsWith('}');
  const escaped = isList ? value : value.replace(/(^|[^\\]),/g, '$1\\,');
  return [forceString ? '--set-string' : '--set', `${name}=${escaped}`];
}

/** No settings, plugins, credentials or clusters of the user: the same input gives the same output. */
function helmEnvironment(folder: string): Record<string, string> {
  const { PATH = '', TMPDIR, TMP, TEMP, SYSTEMROOT } = toolEnvironment(process.env);
  const kept = { PATH, TMPDIR, TMP, TEMP, SYSTEMROOT };
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
    LC_ALL: 'C',
    HOME: folder,
    HELM_CONFIG_HOME: join(folder, '.helm'),
    HELM_CACHE_HOME: join(folder, '.helm'),
    HELM_DATA_HOME: join(folder, '.helm'),
    HELM_PLUGINS: join(folder, '.helm'),
    NO_COLOR: '1',
    // Many short processes side by side: no collection, no threads that wait for each other.
    GOGC: 'off',
    GOMEMLIMIT: '1GiB',
    GOMAXPROCS: '1',
  };
}
