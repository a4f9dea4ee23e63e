import { isCompleted, type OperationPhase } from '../sync/sync-state.ts';
import { isInProgress } from './already-attempted.ts';
import type { OperatedApplication, OperationState, SyncOperationResult } from './application.ts';
import { mayRetry, retryDelay } from './retry.ts';

/** When an operation is looked at. */
export interface OperationTiming {
  readonly nowMilliseconds: number;
  /** How long an operation may run; 0: for ever. */
  readonly timeoutMilliseconds: number;
}

/** What to do with the operation of an Application now. */
export type AttemptStart =
  /** Nothing is asked for. */
  | { readonly do: 'nothing' }
  /** A retry is due later. */
  | { readonly do: 'wait'; readonly milliseconds: number }
  /** The operation ends, because it cannot be retried as it says. */
  | { readonly do: 'end'; readonly state: OperationState }
  | {
      readonly do: 'run';
      readonly state: OperationState;
      /** Whether the state is new and has to be written before anything else. */
      readonly changed: boolean;
      readonly why: AttemptReason;
    };

export type AttemptReason = 'new' | 'resumed' | 'retry' | 'terminating' | 'timedOut';

/**
 * Begins, resumes, retries or terminates the operation of an Application. A state that is there and
 * not over goes on, whatever `operation` says by now.
 * Source: `processRequestedAppOperation` in controller/appcontroller.go.
 */
export function startAttempt(
  { operation, status }: OperatedApplication,
  timing: OperationTiming,
): AttemptStart {
  if (operation === undefined) return { do: 'nothing' };
  const state = status?.operationState ?? undefined;
  if (state === undefined || !isInProgress(state)) {
    const startedAt = timeText(timing.nowMilliseconds);
    return run({ operation, phase: 'Running', startedAt }, 'new', true);
  }
  if (state.phase === 'Terminating') return run(state, 'terminating', false);
  const { timeoutMilliseconds, nowMilliseconds } = timing;
  const end = Date.parse(state.startedAt) + timeoutMilliseconds;
  if (timeoutMilliseconds !== 0 && nowMilliseconds > end) {
    const message = 'operation is terminating due to timeout';
    return run({ ...state, phase: 'Terminating', message }, 'timedOut', true);
  }
  return state.phase === 'Running' && state.finishedAt !== undefined
    ? startRetry(state, state.finishedAt, nowMilliseconds)
    : run(state, 'resumed', false);
}

function run(state: OperationState, why: AttemptReason, changed: boolean): AttemptStart {
  return { do: 'run', state, why, changed };
}

function startRetry(state: OperationState, finishedAt: string, now: number): AttemptStart {
  const { operation, retryCount = 0 } = state;
  const delay = retryDelay(operation.retry, retryCount);
  if ('error' in delay) {
    const ended = { ...state, phase: 'Error', message: delay.error } as const;
    return { do: 'end', state: { ...ended, finishedAt: timeText(now) } };
  }
  const wait = Date.parse(finishedAt) + delay.milliseconds - now;
  if (wait > 0) return { do: 'wait', milliseconds: wait };
  const refresh = operation.retry?.refresh === true;
  const what = refresh ? 'operation with latest revisions' : 'operation';
  const { startedAt, phase } = state;
  const next = {
    operation: refresh ? withoutRevisions(operation) : operation,
    phase,
    startedAt,
    retryCount,
    message: `Retrying ${what}. Attempt #${retryCount}`,
  };
  return run(next, 'retry', true);
}

function withoutRevisions(operation: OperationState['operation']): OperationState['operation'] {
  if (operation.sync === undefined) return operation;
  const entries = Object.entries(operation.sync).filter(
    ([key]) => key !== 'revision' && key !== 'revisions',
  );
  return { ...operation, sync: Object.fromEntries(entries) };
}

/** What came of an attempt. */
export interface AttemptResult {
  readonly phase: OperationPhase;
  readonly message: string;
  readonly syncResult?: SyncOperationResult | null;
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly state: OperationState;
  /** Whether the operation is over, so that `operation` goes from the Application. */
  readonly over: boolean;
}

/**
 * The state after an attempt: a failure is retried where the operation says so, unless it was
 * terminated; then the phase stays Running with a time of end, which marks a retry that is due.
 */
export function finishAttempt(
  state: OperationState,
  result: AttemptResult,
  { why, nowMilliseconds }: { readonly why: AttemptReason; readonly nowMilliseconds: number },
): AttemptEnd {
  const after: OperationState = { ...state, ...result };
  const failed = result.phase === 'Failed' || result.phase === 'Error';
  const terminating = why === 'terminating' || why === 'timedOut';
  const { retryCount = 0, operation } = state;
  if (failed && !terminating && mayRetry(operation.retry, retryCount)) {
    return retried(after, retryCount, nowMilliseconds);
  }
  const message = failed ? failureText(result.message, why, retryCount) : result.message;
  return ended({ ...after, message }, nowMilliseconds);
}

function ended(state: OperationState, now: number): AttemptEnd {
  const over = isCompleted(state.phase);
  return { state: over ? { ...state, finishedAt: timeText(now) } : state, over };
}

function retried(state: OperationState, retries: number, now: number): AttemptEnd {
  const delay = retryDelay(state.operation.retry, retries);
  if ('error' in delay) {
    const message = `${state.message ?? ''} (failed to retry: ${delay.error})`;
    return ended({ ...state, phase: 'Error', message }, now);
  }
  const count = retries + 1;
  const at = kitchenTime(now + delay.milliseconds);
  return {
    state: {
      ...state,
      phase: 'Running',
      finishedAt: timeText(now),
      retryCount: count,
      message: `${state.message ?? ''}. Retrying attempt #${count} at ${at}.`,
    },
    over: false,
  };
}

function failureText(message: string, why: AttemptReason, retries: number): string {
  const cause = why === 'timedOut' ? ', triggered by controller sync timeout' : '';
  const after = retries > 0 ? ` (retried ${retries} times).` : '';
  return `${message}${cause}${after}`;
}

/** The result of an attempt that a sync window holds back: a running operation says so. */
export function blockedByWindow(state: OperationState, fault?: string): AttemptResult {
  const blocked = 'Sync operation blocked by sync window';
  const text = fault === undefined ? blocked : `${blocked}: ${fault}`;
  return { phase: state.phase, message: state.phase === 'Running' ? text : (state.message ?? '') };
}

/** The result of an attempt whose project cannot be read. */
export function projectMissing(error: string): AttemptResult {
  return { phase: 'Error', message: `Failed to load application project: ${error}` };
}

/** A time as Kubernetes writes it: in UTC, in whole seconds. */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** A time of day as Go's `time.Kitchen` shows it, in UTC. */
function kitchenTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const hours = time.getUTCHours();
  const minutes = String(time.getUTCMinutes()).padStart(2, '0');
  return `${hours % 12 === 0 ? 12 : hours % 12}:${minutes}${hours < 12 ? 'AM' : 'PM'}`;
}
