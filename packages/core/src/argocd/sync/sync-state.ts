import type { ResourceKey } from './kube-object.ts';

/** Phase of a whole operation, or of one object in it. */
export type OperationPhase = 'Running' | 'Terminating' | 'Failed' | 'Error' | 'Succeeded';

/** Phases of a sync in the order in which they run; the last one only after a failure. */
export type SyncPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail';

/** What came of applying or pruning an object. */
export type ResultCode = 'Synced' | 'SyncFailed' | 'Pruned' | 'PruneSkipped';

/** The result of one object, with the fields and words of `status.operationState.syncResult`. */
export interface ResourceResult extends ResourceKey {
  readonly version: string;
  /** Empty where a hook failed before anything was done with it. */
  readonly status: ResultCode | '';
  readonly message: string;
  readonly hookType: SyncPhase | '';
  readonly hookPhase: OperationPhase | '';
  readonly syncPhase: SyncPhase;
  readonly images: readonly string[];
}

/** Why an operation is where it is, as data. */
export type SyncReason =
  | { readonly kind: 'notBegun' }
  | { readonly kind: 'invalidTasks'; readonly errors: readonly string[] }
  | { readonly kind: 'dryRunFailed' }
  | {
      readonly kind: 'waiting';
      readonly for: WaitFor;
      readonly resources: readonly ResourceKey[];
      /** Undefined where the objects waited for are of several phases or waves. */
      readonly at: { readonly phase: SyncPhase; readonly wave: number } | undefined;
    }
  | { readonly kind: 'failed'; readonly resources: readonly ResourceKey[] }
  | { readonly kind: 'waveHookFailed' }
  | { readonly kind: 'terminated' }
  | { readonly kind: 'succeeded'; readonly lastWaveAwaited: boolean };

/** What an operation can wait for. */
export type WaitFor = 'health' | 'hooks' | 'deletion' | 'pruneConfirmation' | 'nextStep';

/** A sync operation between two steps. */
export interface SyncState {
  readonly phase: OperationPhase;
  readonly message: string;
  /** In the order in which the objects were first dealt with. */
  readonly results: readonly ResourceResult[];
  readonly reason: SyncReason;
}

/** The state of an operation that has not done anything. */
export const newSyncState: SyncState = {
  phase: 'Running',
  message: '',
  results: [],
  reason: { kind: 'notBegun' },
};

export function isCompleted(phase: OperationPhase | ''): boolean {
  return phase === 'Failed' || phase === 'Error' || phase === 'Succeeded';
}
