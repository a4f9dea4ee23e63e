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
import { throwIfCancelled, unlessCancelled, withSignal } from './cancel.ts';
import type { ChartStore, StoredChart } from './chart-store.ts';
import { chartSubject } from './chart-repository.ts';
import type { HelmBinary } from './helm-binary.ts';
import { isolatedHelm } from './isolated-helm.ts';
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
  return {
    render: async (request, cancellation) => {
      const chart = await unlessCancelled(options.charts.fetch(request.chart), cancellation);
      return limiter.run(async () => {
        throwIfCancelled(cancellation);
        const manifest = await withSignal(cancellation, (signal) =>
          runHelm(request, chart, options, signal),
        );
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
    const names = valuesFiles(request);
    for (const [index, { content }] of request.values.entries()) {
      const file = join(folder, names[index] ?? '');
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
    }
    const result = await runTool(helm.path, {
      args: templateArguments(request, chart.path),
      cwd: folder,
      env: { ...isolatedHelm(folder), ...singleThreaded },
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.exitCode === 0) return result.stdout.toString();
    throw explainHelmFailure(request, readable(result.stderr));
  } catch (error) {
    throw withSubject(error, request);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
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

/**
 * Layers keep their paths, so that Helm's messages name them, unless two with other content share one.
 * Helm takes a comma for the end of a name.
 */
function valuesFiles({ values }: RenderRequest): string[] {
  const contents = new Map<string, string>();
  return values.map(({ path, content }, index) => {
    invariant(
      !path.split(/[/\\]/).includes('..'),
      `values layer ${path} leads out of the repository`,
    );
    const plain = path.replace(/^\/+/, '').replace(/[",\r\n]/g, '_');
    const name = (contents.get(plain) ?? content) === content ? plain : `layer-${index}/${plain}`;
    contents.set(name, content);
    return name;
  });
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
    ...valuesFiles(request).flatMap((file) => ['--values', file]),
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

/** Many short processes side by side: no collection, no threads that wait for each other. */
const singleThreaded = { GOGC: 'off', GOMEMLIMIT: '1GiB', GOMAXPROCS: '1' };
