import { isCompleted, type OperationPhase } from '../sync/sync-state.ts';
import {
  hasSources,
  type OperatedApplication,
  type OperationState,
  type SyncOperationResult,
} from './application.ts';
import { areSameSources, isSameSource } from './same-sources.ts';

/** Whether the last operation already tried what is wanted now. */
export interface LastAttempt {
  readonly attempted: boolean;
  /** Revisions of the last operation. */
  readonly revisions: readonly string[];
  readonly phase: OperationPhase | undefined;
  /** Why, for people. */
  readonly because:
    'noOperation' | 'noResult' | 'otherRevision' | 'otherSource' | 'sameRevisionAndSource';
}

/**
 * Whether the last operation was at the wanted revisions and sources. Where a new commit is known to
 * change nothing, only the sources count.
 * Source: `alreadyAttemptedSync` in controller/appcontroller.go.
 */
export function lastAttempt(
  application: OperatedApplication,
  desiredRevisions: readonly string[],
  compareRevisions: boolean,
): LastAttempt {
  const state = application.status?.operationState ?? undefined;
  if (state === undefined) {
    return { attempted: false, revisions: [], phase: undefined, because: 'noOperation' };
  }
  const result = state.syncResult ?? undefined;
  if (result === undefined) {
    const attempted = isCompleted(state.phase);
    return { attempted, revisions: [], phase: state.phase, because: 'noResult' };
  }
  return attemptOf(
    application,
    result,
    compareRevisions ? desiredRevisions : undefined,
    state.phase,
  );
}

/** Compares with the result of the last operation; undefined revisions are not compared. */
function attemptOf(
  application: OperatedApplication,
  result: SyncOperationResult,
  desired: readonly string[] | undefined,
  phase: OperationPhase,
): LastAttempt {
  const several = hasSources(application);
  const revisions = several ? (result.revisions ?? []) : [result.revision ?? ''];
  if (desired !== undefined && !isSameList(revisions, desired)) {
    return { attempted: false, revisions, phase, because: 'otherRevision' };
  }
  const attempted = several
    ? areSameSources(application.spec.sources, result.sources)
    : isSameSource(application.spec.source, result.source);
  const because = attempted ? 'sameRevisionAndSource' : 'otherSource';
  return { attempted, revisions, phase, because };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** Whether an operation is under way. */
export function isInProgress(state: OperationState | null | undefined): boolean {
  return state !== undefined && state !== null && !isCompleted(state.phase);
}
