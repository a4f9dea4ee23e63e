import type { Io } from '../src/io.ts';

/** An Io that records what a command prints. */
export interface TestIo extends Io {
  readonly printed: { stdout: string; stderr: string };
}

export interface TestIoOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
}

/** Nothing of the machine that runs the test reaches the command. */
export function testIo(options: TestIoOptions): TestIo {
  const printed = { stdout: '', stderr: '' };
  const isTerminal = options.isTerminal ?? false;
  return {
    printed,
    stdout: {
      isTerminal,
      write: (text) => {
        printed.stdout += text;
      },
    },
    stderr: {
      isTerminal,
      write: (text) => {
        printed.stderr += text;
      },
    },
    stdin: { isTerminal: false },
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // Always there; whether the others are built must not decide what a test sees.
      TIDEGATE_RENDERER: 'helm',
      ...options.env,
    },
    cwd: options.cwd,
    signal: options.signal ?? new AbortController().signal,
  };
}
