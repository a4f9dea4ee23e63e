import { ToolError, type ChartRenderer } from '@tidegate/core';
import { fileURLToPath } from 'node:url';
import type { ChartStore } from '../chart-store.ts';
import { exists } from '../files.ts';
import { verifiedPath, type HelmBinary } from '../helm-binary.ts';
import { helmRenderer } from '../helm-renderer.ts';
import { EngineEnded, startEngine, type Engine } from './engine.ts';
import { engineRenderer } from './engine-renderer.ts';
import { processChannel } from './process-channel.ts';

/** The ways to render, best first. */
export const rendererKinds = ['native', 'wasm', 'helm'] as const;
export type RendererKind = (typeof rendererKinds)[number];

/** Helm's version in the renderer of this project (`renderer/go.mod`). */
export const engineHelmVersion = 'v4.2.1';

export interface RendererFiles {
  /** Where the native build may lie, best first. */
  readonly native: readonly string[];
  /** Where the WASM build may lie, plain or compressed (`.br`), best first. */
  readonly wasm: readonly string[];
}

/** What renders, and why not something better. */
export interface RendererChoice {
  readonly kind: RendererKind;
  /** The file that is used; of helm, its path. */
  readonly path: string;
  readonly helmVersion: string;
  /** Where helm comes from, when it is what renders. */
  readonly origin?: HelmBinary['origin'];
  /** Why each better way is not used; empty for the best. */
  readonly passedOver: readonly string[];
}

export interface ChooseOptions {
  readonly files: RendererFiles;
  /** Only this way, without falling back to another. */
  readonly only?: RendererKind;
  /** Finds helm; called when it is needed. */
  readonly helm: () => Promise<HelmBinary>;
}

/** Chooses by what is there; nothing is started yet. Throws ToolError when there is nothing. */
export async function chooseRenderer(options: ChooseOptions): Promise<RendererChoice> {
  const wanted = options.only === undefined ? rendererKinds : [options.only];
  const passedOver: string[] = [];
  for (const kind of wanted) {
    if (kind === 'helm') {
      const { path, version, origin } = await options.helm();
      return { kind, path, helmVersion: version, origin, passedOver };
    }
    const path = await firstExisting(options.files[kind]);
    if (path !== undefined) return { kind, path, helmVersion: engineHelmVersion, passedOver };
    passedOver.push(`${kind}: not built`);
  }
  throw new ToolError(`the ${wanted.join()} renderer is not built`, {
    hint: 'build it with "npm run build:renderer", which needs Go, or choose another with --renderer',
  });
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}

export interface OpenRendererOptions extends ChooseOptions {
  readonly charts: ChartStore;
  readonly timeoutMs: number;
  readonly concurrency?: number;
  /** Told once, when the chosen way does not start and the next one is used. */
  readonly onFallback: (message: string) => void;
}

/**
 * The renderer of a choice. Where nothing was prescribed and it does not start, the next way takes
 * over for good.
 */
export function openChosenRenderer(
  choice: RendererChoice,
  options: OpenRendererOptions,
): ChartRenderer {
  let current = build(choice, options);
  let next: Promise<ChartRenderer> | undefined;
  return {
    render: async (request, cancellation) => {
      try {
        return await current.render(request, cancellation);
      } catch (error) {
        if (!(error instanceof EngineUnavailable) || options.only !== undefined) throw error;
        next ??= stepDown(choice, error, options);
        current = await next;
        return current.render(request, cancellation);
      }
    },
  };
}

/** The chosen renderer does not start on this machine. */
export class EngineUnavailable extends ToolError {}

async function stepDown(
  choice: RendererChoice,
  error: EngineUnavailable,
  options: OpenRendererOptions,
): Promise<ChartRenderer> {
  const files = { ...options.files, native: [], ...(choice.kind === 'wasm' ? { wasm: [] } : {}) };
  const rest = { ...options, files };
  const worse = await chooseRenderer(rest);
  options.onFallback(`${error.message}; rendering with ${worse.kind} instead`);
  return openChosenRenderer(worse, rest);
}

function build(choice: RendererChoice, options: OpenRendererOptions): ChartRenderer {
  const { charts, timeoutMs, concurrency } = options;
  const common = { charts, timeoutMs, ...(concurrency === undefined ? {} : { concurrency }) };
  if (choice.kind === 'helm') return lazyHelmRenderer(options, common);
  const command = commandOf(choice);
  const start = (): Promise<Engine> => startEngine((events) => processChannel(command, events));
  return engineRenderer({ ...common, start: () => orUnavailable(choice, start) });
}

/** Templates may include each other 1,000 deep; each level takes a few KB of V8's stack. */
const wasmStackKilobytes = 3_900;

/**
 * The WASM build runs in a process of its own, not in a thread: a template that uses up its memory
 * may take the whole process with it.
 */
function commandOf({ kind, path }: RendererChoice): readonly [string, ...string[]] {
  if (kind === 'native') return [path];
  const host = fileURLToPath(new URL('./wasm-host.js', import.meta.url));
  // WASI is marked experimental in Node 20.
  return [process.execPath, '--no-warnings', `--stack-size=${wasmStackKilobytes}`, host, path];
}

function lazyHelmRenderer(
  { helm }: OpenRendererOptions,
  common: Omit<Parameters<typeof helmRenderer>[0], 'helm'>,
): ChartRenderer {
  let renderer: Promise<ChartRenderer> | undefined;
  const open = async (): Promise<ChartRenderer> => {
    const binary = await helm();
    await verifiedPath(binary);
    return helmRenderer({ ...common, helm: binary });
  };
  return {
    render: async (request, cancellation) => {
      renderer ??= open();
      return (await renderer).render(request, cancellation);
    },
  };
}

async function orUnavailable(
  { kind, path }: RendererChoice,
  start: () => Promise<Engine>,
): Promise<Engine> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof EngineEnded)) throw error;
    throw new EngineUnavailable(`the ${kind} renderer ${path} does not run: ${error.message}`, {
      hint: 'build it anew with "npm run build:renderer", or choose another with --renderer',
      cause: error,
    });
  }
}
