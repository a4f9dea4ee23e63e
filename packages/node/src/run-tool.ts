import { ToolError } from '@tidegate/core';
import { execa } from 'execa';
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

/**
 * Runs a program and returns how it ended, whatever its exit code. Throws ToolError when it cannot be
 * started, is killed, prints without end or does not finish in time.
 */
export async function runTool(path: string, run: ToolRun): Promise<ToolResult> {
  const timeoutMs = run.timeoutMs ?? defaultTimeoutMs;
  const result = await execa(path, run.args, {
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    encoding: 'buffer',
    maxBuffer: outputBytesMax,
    stripFinalNewline: false,
    extendEnv: false,
    env: { ...(run.env ?? toolEnvironment(process.env)) },
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(run.input === undefined ? { stdin: 'ignore' } : { input: run.input }),
    ...(run.signal === undefined ? {} : { cancelSignal: run.signal }),
  });
  const stderr = decodeLossy(result.stderr);
  if (result.exitCode !== undefined && !result.isMaxBuffer) {
    return { exitCode: result.exitCode, stdout: Buffer.from(result.stdout), stderr };
  }
  const name = path.split('/').at(-1) ?? path;
  throw new ToolError(`${name} ${howItEnded(result, timeoutMs)}`, {
    ...(hasCode(result.cause, 'ENOENT', 'EACCES', 'ENOEXEC')
      ? { hint: `install ${name} and have it on PATH` }
      : {}),
    cause: result,
  });
}

interface Ending {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isMaxBuffer: boolean;
  readonly signal?: string | undefined;
  readonly cause?: unknown;
  readonly shortMessage?: string | undefined;
}

function howItEnded(ending: Ending, timeoutMs: number): string {
  if (ending.timedOut) return `did not finish within ${timeoutMs / 1000} s and was stopped`;
  if (ending.isCanceled) return 'was interrupted';
  if (ending.isMaxBuffer)
    return `printed more than ${outputBytesMax / 1024 / 1024} MiB and was stopped`;
  if (hasCode(ending.cause, 'ENOENT')) return 'is missing';
  if (ending.signal !== undefined) return `was killed by ${ending.signal}`;
  return `cannot be run: ${ending.shortMessage ?? 'unknown reason'}`;
}

function decodeLossy(bytes: Uint8Array | string | undefined): string {
  if (bytes === undefined) return '';
  return typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
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
