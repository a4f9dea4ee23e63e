import { ToolError } from '@tidegate/core';
import { execa } from 'execa';
import type { Readable } from 'node:stream';
import { hasCode } from './files.ts';

/** One run of a local program. Arguments go to it as they are; no shell is involved. */
export interface ToolRun {
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the program; nothing is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Most bytes that a program may print. */
const outputBytesMax = 64 * 1024 * 1024;
const defaultTimeoutMs = 120_000;
/** How long a program's output may stay open after its end, when a child of it holds it. */
const lateOutputMs = 500;

/**
 * Runs a program and returns how it ended, whatever its exit code. Throws ToolError when it cannot be
 * started, is killed, prints without end or does not finish in time. Children that it leaves behind
 * are not waited for.
 */
export async function runTool(path: string, run: ToolRun): Promise<ToolResult> {
  const timeoutMs = run.timeoutMs ?? defaultTimeoutMs;
  const subprocess = execa(path, run.args, {
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    buffer: false,
    extendEnv: false,
    env: { ...(run.env ?? toolEnvironment(process.env)) },
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(run.input === undefined ? { stdin: 'ignore' } : { input: run.input }),
    ...(run.signal === undefined ? {} : { cancelSignal: run.signal }),
  });
  const output = collectOutput(subprocess);
  const stopWaiting = releaseOutput(subprocess);
  const result = await subprocess.finally(stopWaiting);
  const { stdout, stderr, isTooMuch } = output();
  if (result.exitCode !== undefined && !isTooMuch) {
    return { exitCode: result.exitCode, stdout, stderr: stderr.toString() };
  }
  const name = path.split('/').at(-1) ?? path;
  throw new ToolError(`${name} ${howItEnded(result, isTooMuch, timeoutMs)}`, {
    ...(hasCode(result.cause, 'ENOENT', 'EACCES', 'ENOEXEC')
      ? { hint: `install ${name} and have it on PATH` }
      : {}),
    ...(result.timedOut || result.signal !== undefined ? { data: { isCutShort: true } } : {}),
    cause: result.cause,
  });
}

interface Running {
  once(event: 'exit', listener: () => void): unknown;
  kill(signal: 'SIGKILL'): boolean;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

interface Output {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly isTooMuch: boolean;
}

/** Keeps what a program prints, and stops it when that is too much. Returns what came so far. */
function collectOutput(running: Running): () => Output {
  let isTooMuch = false;
  const collect = (stream: Readable | null): Buffer[] => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    stream?.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= outputBytesMax) chunks.push(chunk);
      else {
        isTooMuch = true;
        running.kill('SIGKILL');
      }
    });
    return chunks;
  };
  const [stdout, stderr] = [collect(running.stdout), collect(running.stderr)];
  return () => ({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), isTooMuch });
}

/** Closes our end of the output soon after the program has ended. Returns how to call that off. */
function releaseOutput(running: Running): () => void {
  let timer: NodeJS.Timeout | undefined;
  running.once('exit', () => {
    timer = setTimeout(() => {
      // What the program itself had printed is read first, however late the timer comes.
      setImmediate(() => {
        running.stdout?.destroy();
        running.stderr?.destroy();
      });
    }, lateOutputMs);
  });
  return () => {
    clearTimeout(timer);
  };
}

interface Ending {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly signal?: string | undefined;
  readonly cause?: unknown;
  readonly originalMessage?: string | undefined;
}

function howItEnded(ending: Ending, isTooMuch: boolean, timeoutMs: number): string {
  if (isTooMuch) return `printed more than ${outputBytesMax / 1024 / 1024} MiB and was stopped`;
  if (ending.timedOut) return `did not finish within ${timeoutMs / 1000} s and was stopped`;
  if (ending.isCanceled) return 'was interrupted';
  if (hasCode(ending.cause, 'ENOENT')) return 'is missing';
  if (ending.signal !== undefined) return `was killed by ${ending.signal}`;
  return `cannot be run: ${ending.originalMessage ?? 'unknown reason'}`;
}

/** The part of an environment that any program may need: where to find things, and a neutral locale. */
export function toolEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'SYSTEMROOT', 'TEMP', 'TMP'];
  return {
    ...Object.fromEntries(
      kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
    LC_ALL: 'C',
  };
}
