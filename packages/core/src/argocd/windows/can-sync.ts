import { toNanoseconds, type Moment } from './instant.ts';
import type { SyncWindow } from './sync-window.ts';
import { windowStatesAt, type WindowState } from './window-state.ts';

/** What is asked about the windows of an Application. */
export interface SyncQuestion {
  readonly now: Moment;
  /** Whether someone asked for the operation; automated sync did not. */
  readonly isManual: boolean;
  /** When the operation began, if it runs already. */
  readonly operationStartedAt?: Moment;
}

/** Why windows let an operation run, or do not. */
export type SyncReason =
  | 'no windows'
  | 'invalid window'
  | 'deny window active'
  | 'deny window active, manual sync allowed'
  | 'deny window active, operation began before'
  | 'allow window active'
  | 'outside of allow windows'
  | 'outside of allow windows, manual sync allowed'
  | 'outside of allow windows, operation began inside'
  | 'no deny window active';

/** What windows say about an operation. */
export interface SyncDecision {
  readonly allowed: boolean;
  readonly reason: SyncReason;
  /** Indices of the windows that decided, in the list that was asked about. */
  readonly windows: readonly number[];
  /** All windows; empty where one cannot be read. */
  readonly states: readonly WindowState[];
  /** What Argo CD says where a window cannot be read. */
  readonly fault?: string;
}

/**
 * Says whether windows, those that are about an Application, let an operation run: an active deny window
 * forbids it, else an active allow window permits it, else allow windows that are not active forbid it. Where
 * all windows that forbid have `manualSync`, operations that people started run; where all have
 * `syncOverrun`, those that began when it was permitted.
 *
 * See `SyncWindows.CanSync` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 */
export function canSync(windows: readonly SyncWindow[], question: SyncQuestion): SyncDecision {
  const now = toNanoseconds(question.now);
  const decision = decide(windows, question.isManual, { at: now, askedAt: now });
  const blocked = decision.allowed ? undefined : overrunReasons[decision.reason];
  const startedAt = question.operationStartedAt;
  if (blocked === undefined || startedAt === undefined) return decision;
  const forbidding = forbiddingWindows(decision);
  if (!forbidding.every(({ window }) => window.syncOverrun === true)) return decision;
  const times = { at: toNanoseconds(startedAt), askedAt: now };
  const began = decide(windows, question.isManual, times);
  if (began.fault !== undefined) return { ...began, allowed: false };
  return began.allowed
    ? { ...decision, allowed: true, reason: blocked, windows: forbidding.map(({ index }) => index) }
    : decision;
}

/** What a reason becomes when the operation may overrun. */
const overrunReasons: Partial<Record<SyncReason, SyncReason>> = {
  'deny window active': 'deny window active, operation began before',
  'outside of allow windows': 'outside of allow windows, operation began inside',
};

function forbiddingWindows({ reason, states }: SyncDecision): WindowState[] {
  return reason === 'deny window active' ? activeOf(states, 'deny') : inactiveAllows(states);
}

interface Times {
  readonly at: bigint;
  readonly askedAt: bigint;
}

function decide(windows: readonly SyncWindow[], isManual: boolean, times: Times): SyncDecision {
  if (windows.length === 0) {
    return { allowed: true, reason: 'no windows', windows: [], states: [] };
  }
  const result = windowStatesAt(windows, times.at, times.askedAt);
  if ('fault' in result) {
    const fault = `invalid sync windows: ${result.fault}`;
    return { allowed: false, reason: 'invalid window', windows: [result.index], states: [], fault };
  }
  const { states } = result;
  const denies = activeOf(states, 'deny');
  if (denies.length > 0) return forbid(denies, 'deny window active', isManual, states);
  const allows = activeOf(states, 'allow');
  if (allows.length > 0) {
    return { allowed: true, reason: 'allow window active', windows: indices(allows), states };
  }
  const closed = inactiveAllows(states);
  return closed.length > 0
    ? forbid(closed, 'outside of allow windows', isManual, states)
    : { allowed: true, reason: 'no deny window active', windows: [], states };
}

function forbid(
  by: readonly WindowState[],
  reason: 'deny window active' | 'outside of allow windows',
  isManual: boolean,
  states: readonly WindowState[],
): SyncDecision {
  const strict = isManual ? by.filter(({ window }) => window.manualSync !== true) : by;
  return strict.length > 0
    ? { allowed: false, reason, windows: indices(strict), states }
    : { allowed: true, reason: `${reason}, manual sync allowed`, windows: indices(by), states };
}

function activeOf(states: readonly WindowState[], kind: string): WindowState[] {
  return states.filter(({ window, isActive }) => isActive && window.kind === kind);
}

/** Allow windows that are not active. */
export function inactiveAllows(states: readonly WindowState[]): WindowState[] {
  return states.filter(({ window, isActive }) => !isActive && window.kind === 'allow');
}

function indices(states: readonly WindowState[]): number[] {
  return states.map(({ index }) => index);
}
