/** Everything a command may touch of the terminal and the process. Tests pass their own. */
export interface Io {
  /** Data: what a pipe or a redirect gets. */
  readonly stdout: OutputStream;
  /** Progress, warnings, errors. */
  readonly stderr: OutputStream;
  readonly stdin: { readonly isTerminal: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C or a termination signal. */
  readonly signal: AbortSignal;
}

export interface OutputStream {
  write(text: string): void;
  readonly isTerminal: boolean;
}

/** Whether to ask questions: only where somebody can answer. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTerminal && io.stderr.isTerminal && !isSet(io.env['CI']);
}

/** Whether an environment variable says yes: set, and not 0, false or no. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
