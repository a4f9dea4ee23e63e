/** A place in a file of the repository, for people: line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One fault found in input. Diagnostics are data: they are collected, and printed only at the edge. */
export interface Diagnostic {
  /** What is wrong and what was expected: one lowercase sentence without full stop. */
  readonly message: string;
  readonly position?: SourcePosition;
  readonly hint?: string;
}

/** Process exit codes of the command line. Errors carry theirs; 0 and 1 are results, not errors. */
export const exitCodes = {
  done: 0,
  findings: 1,
  usage: 2,
  input: 3,
  tool: 4,
  remote: 5,
  conflict: 6,
  deadline: 7,
  bug: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What an error may carry besides its message. `data` must be safe to print: never a secret. */
export interface ErrorDetails {
  readonly hint?: string;
  readonly position?: SourcePosition;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
}

/**
 * An expected failure. The message is one sentence saying what is wrong, where, and what was
 * expected; the hint says what to do. Only the command line turns it into text and an exit code.
 */
export abstract class TidegateError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly position: SourcePosition | undefined;
  readonly data: Readonly<Record<string, string | number | boolean>>;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.position = details.position;
    this.data = details.data ?? {};
  }
}

/** The command was called wrongly: unknown environment, missing argument, refused option. */
export class UsageError extends TidegateError {
  readonly code = 'USAGE';
  readonly exitCode = exitCodes.usage;
}

/** Input (definition, values, manifests) cannot be read or is invalid. Carries every fault found. */
export class InputError extends TidegateError {
  readonly code = 'INPUT';
  readonly exitCode = exitCodes.input;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    message: string,
    details: ErrorDetails & { diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, details);
    this.diagnostics = details.diagnostics ?? [];
  }

  /** Builds one error from one or more diagnostics; the first gives message, position and hint. */
  static of(diagnostics: readonly [Diagnostic, ...Diagnostic[]], cause?: Error): InputError {
    const [first] = diagnostics;
    return new InputError(first.message, {
      diagnostics,
      ...(cause === undefined ? {} : { cause }),
      ...(first.position === undefined ? {} : { position: first.position }),
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    });
  }
}

/** Throws one InputError that carries every fault, or nothing when there is none. */
export function throwFaults(diagnostics: readonly Diagnostic[]): void {
  const [first, ...rest] = diagnostics;
  if (first !== undefined) throw InputError.of([first, ...rest]);
}

/** A local tool (git, helm) is missing, failed or did not finish in time. */
export class ToolError extends TidegateError {
  readonly code = 'TOOL';
  readonly exitCode = exitCodes.tool;
}

/** A remote (chart repository, registry, Git host, Kubernetes) failed or refused. */
export class RemoteError extends TidegateError {
  readonly code = 'REMOTE';
  readonly exitCode = exitCodes.remote;
}

/** Somebody else changed, or already made, what this command was about to write. */
export class ConflictError extends TidegateError {
  readonly code = 'CONFLICT';
  readonly exitCode = exitCodes.conflict;
}

/** A deadline passed while waiting. */
export class DeadlineError extends TidegateError {
  readonly code = 'DEADLINE';
  readonly exitCode = exitCodes.deadline;
}

/** Throws when our own code broke a promise. Not a {@link TidegateError}: it is a bug, exit 70. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
