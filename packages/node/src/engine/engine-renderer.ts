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
  /** Renderers at once. Default: one per core. */
  readonly concurrency?: number;
}

/** Largest manifest that is taken. */
const outputBytesMax = 64 * 1024 * 1024;
/** A renderer that dies under a request gives it one more try: the fault may have been its own. */
const triesMax = 2;
/** What one renderer is asked at a time: the next request is there when it has done one, and it wakes up less. */
const requestsEach = 8;

/** Renders with Helm's engine in processes or threads that stay, instead of a process each. */
export function engineRenderer(options: EngineRendererOptions): ChartRenderer {
  const pool = new EnginePool(options);
  return {
    render: async (request, cancellation) => {
      const chart = await unlessCancelled(options.charts.fetch(request.chart), cancellation);
      return pool.run(async (place) => {
        return withSignal(cancellation, async (signal) => {
          const limits = { timeoutMs: options.timeoutMs, signal };
          for (let tries = 1; ;) {
            throwIfCancelled(cancellation);
            const engine = await pool.engineAt(place);
            try {
              const { payload } = await renderOn(engine, request, chart, limits);
              return {
                manifest: tidyManifest(payload.toString()),
                fromCache: false,
                chartDigest: chart.digest,
                helmVersion: engine.helm,
              };
            } catch (error) {
              if (!mayTryAgain(error, tries)) throw explainEnd(error, request, options.timeoutMs);
              if (!isOfOther(error)) tries += 1;
            }
          }
        });
      });
    },
  };
}

/** A place for a renderer, started when it is first needed and again when it has ended. */
interface Place {
  engine: Promise<Engine> | undefined;
  /** Requests that use it. */
  users: number;
}

/** Renderers, each with a few requests at a time. */
class EnginePool {
  private readonly start: () => Promise<Engine>;
  private readonly places: readonly Place[];
  private readonly limiter: Limiter;

  constructor({ start, concurrency = availableParallelism() }: EngineRendererOptions) {
    this.start = start;
    this.places = Array.from({ length: concurrency }, () => ({ engine: undefined, users: 0 }));
    this.limiter = new Limiter(concurrency * requestsEach);
  }

  /** Runs a task at the place with the fewest users, when there is room. */
  run<T>(task: (place: Place) => Promise<T>): Promise<T> {
    return this.limiter.run(async () => {
      const place = this.places.reduce((best, one) => (one.users < best.users ? one : best));
      place.users += 1;
      try {
        return await task(place);
      } finally {
        place.users -= 1;
      }
    });
  }

  async engineAt(place: Place): Promise<Engine> {
    const { engine } = place;
    if (engine !== undefined && (await isUsable(engine))) return engine;
    // Somebody else may have started another one meanwhile.
    const other = place.engine === engine ? undefined : place.engine;
    place.engine = other ?? this.start();
    return place.engine;
  }
}

/** Whether a renderer could be started and has not ended. */
async function isUsable(engine: Promise<Engine>): Promise<boolean> {
  try {
    return (await engine).isAlive;
  } catch {
    return false;
  }
}

function isOfOther(error: unknown): boolean {
  return error instanceof EngineEnded && error.reason === 'other';
}

function mayTryAgain(error: unknown, tries: number): boolean {
  if (isOfOther(error)) return true;
  return (
    error instanceof EngineEnded && ['died', 'broken'].includes(error.reason) && tries < triesMax
  );
}

async function renderOn(
  engine: Engine,
  request: RenderRequest,
  chart: StoredChart,
  limits: AskOptions,
): Promise<Frame> {
  await handOverOnce(engine, request, chart, limits);
  const render = engineRender(request, chart.digest);
  const frame = await engine.ask({ do: 'render', render }, undefined, limits);
  if (frame.header.fault !== 'unknown-chart') return answered(frame, request);
  const archive = await readFile(chart.path);
  // In one go: no chart of another request can come between and have it forgotten again.
  const [given, again] = await Promise.all([
    engine.ask({ do: 'chart', digest: chart.digest }, archive, limits),
    engine.ask({ do: 'render', render }, undefined, limits),
  ]);
  answered(given, request);
  return answered(again, request);
}

/** Gives a chart to a renderer that does not have it; who else needs it there waits for the same. */
async function handOverOnce(
  engine: Engine,
  request: RenderRequest,
  chart: StoredChart,
  limits: AskOptions,
): Promise<void> {
  const { charts } = engine;
  const known = charts.get(chart.digest);
  if (known !== undefined && (await succeeds(known))) return;
  const handedOver = handOver(engine, request, chart, limits);
  charts.set(chart.digest, handedOver);
  try {
    await handedOver;
  } catch (error) {
    if (charts.get(chart.digest) === handedOver) charts.delete(chart.digest);
    throw error;
  }
}

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}

async function handOver(
  engine: Engine,
  request: RenderRequest,
  chart: StoredChart,
  limits: AskOptions,
): Promise<void> {
  const archive = await readFile(chart.path);
  answered(await engine.ask({ do: 'chart', digest: chart.digest }, archive, limits), request);
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
    case 'other':
      return new ToolError(`the renderer ended: ${error.message} ${rendering}`, {
        hint: '--renderer helm renders with helm processes instead',
      });
  }
}
