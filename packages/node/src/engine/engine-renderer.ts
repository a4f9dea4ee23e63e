import {
  explainHelmFailure,
  InputError,
  invariant,
  tidyManifest,
  ToolError,
  type ChartRenderer,
  type RenderRequest,
} from '@tidegate/core';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { throwIfCancelled, unlessCancelled, withSignal } from '../cancel.ts';
import { chartSubject } from '../chart-repository.ts';
import type { ChartStore, StoredChart } from '../chart-store.ts';
import { Limiter } from '../limiter.ts';
import { EngineEnded, type AskOptions, type Engine } from './engine.ts';
import type { EngineRender, Frame } from './frames.ts';

export interface EngineRendererOptions {
  /** Starts a renderer. Called at most once per core, and again for one that ended. */
  readonly start: () => Promise<Engine>;
  readonly charts: ChartStore;
  /** Longest time for one render. */
  readonly timeoutMs: number;
  /** Renders at once. Default: one per core. */
  readonly concurrency?: number;
}

/** Largest manifest that is taken. */
const outputBytesMax = 64 * 1024 * 1024;
/** A renderer that dies under a request gives it one more try: the fault may have been its own. */
const triesMax = 2;

/** Renders with Helm's engine in processes or threads that stay, instead of a process each. */
export function engineRenderer(options: EngineRendererOptions): ChartRenderer {
  const limiter = new Limiter(options.concurrency ?? availableParallelism());
  const idle: Engine[] = [];
  return {
    render: async (request, cancellation) => {
      const chart = await unlessCancelled(options.charts.fetch(request.chart), cancellation);
      return limiter.run(async () => {
        throwIfCancelled(cancellation);
        return withSignal(cancellation, async (signal) => {
          const limits = { timeoutMs: options.timeoutMs, signal };
          for (let attempt = 1; ; attempt++) {
            const engine = idle.pop() ?? (await options.start());
            try {
              const { payload } = await renderOn(engine, request, chart, limits);
              return {
                manifest: tidyManifest(payload.toString()),
                fromCache: false,
                chartDigest: chart.digest,
                helmVersion: engine.helm,
              };
            } catch (error) {
              if (!mayTryAgain(error, attempt)) throw explainEnd(error, request, options.timeoutMs);
            } finally {
              if (engine.isAlive) idle.push(engine);
            }
          }
        });
      });
    },
  };
}

function mayTryAgain(error: unknown, attempt: number): boolean {
  return (
    error instanceof EngineEnded && ['died', 'broken'].includes(error.reason) && attempt < triesMax
  );
}

async function renderOn(
  engine: Engine,
  request: RenderRequest,
  chart: StoredChart,
  limits: AskOptions,
): Promise<Frame> {
  if (!engine.charts.has(chart.digest)) await handOver(engine, request, chart, limits);
  const render = engineRender(request, chart.digest);
  const frame = await engine.ask({ do: 'render', render }, undefined, limits);
  if (frame.header.fault !== 'unknown-chart') return answered(frame, request);
  await handOver(engine, request, chart, limits);
  return answered(await engine.ask({ do: 'render', render }, undefined, limits), request);
}

async function handOver(
  engine: Engine,
  request: RenderRequest,
  chart: StoredChart,
  limits: AskOptions,
): Promise<void> {
  const archive = await readFile(chart.path);
  const frame = await engine.ask({ do: 'chart', digest: chart.digest }, archive, limits);
  answered(frame, request);
  engine.charts.add(chart.digest);
}

function engineRender(request: RenderRequest, digest: string): EngineRender {
  return {
    digest,
    releaseName: request.releaseName,
    namespace: request.namespace,
    kubeVersion: request.kubeVersion,
    apiVersions: request.apiVersions,
    values: request.values,
    parameters: request.parameters,
    skipCrds: request.skipCrds === true,
    skipTests: request.skipTests === true,
    skipSchemaValidation: request.skipSchemaValidation === true,
    outputBytesMax,
  };
}

/** The answer itself, or what it complains of as an error for people. */
function answered(frame: Frame, request: RenderRequest): Frame {
  const { fault, message = '' } = frame.header;
  switch (fault) {
    case undefined:
      return frame;
    case 'render':
      throw explainHelmFailure(request, message);
    case 'chart':
      throw new InputError(`${chartSubject(request.chart)} is no chart: ${message}`);
    case 'limit':
      throw new InputError(
        `${chartSubject(request.chart)} of ${request.releaseName} renders more than ${outputBytesMax / 1024 / 1024} MiB`,
      );
    default:
      return invariant(false, `the renderer answers ${fault}: ${message}`) as never;
  }
}

function explainEnd(error: unknown, request: RenderRequest, timeoutMs: number): unknown {
  if (!(error instanceof EngineEnded)) return error;
  const rendering = `(rendering ${request.releaseName} with ${chartSubject(request.chart)})`;
  switch (error.reason) {
    case 'timeout':
      return new ToolError(
        `the renderer did not finish within ${timeoutMs / 1000} s and was stopped ${rendering}`,
        { hint: 'a longer time can be given with --timeout' },
      );
    case 'memory':
      return new ToolError(`the renderer needed too much memory and was stopped ${rendering}`, {
        hint: 'the template may produce text without end',
      });
    case 'cancelled':
      return new ToolError('rendering was interrupted');
    case 'died':
    case 'broken':
      return new ToolError(`the renderer ended: ${error.message} ${rendering}`, {
        hint: '--renderer helm renders with helm processes instead',
      });
  }
}
