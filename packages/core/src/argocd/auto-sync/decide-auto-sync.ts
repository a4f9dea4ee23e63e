import type { ApplicationCondition } from '../sync/compare-state.ts';
import { lastAttempt, type LastAttempt } from './already-attempted.ts';
import {
  hasSources,
  type AutomatedSync,
  type ComparedResource,
  type ComparedStatus,
  type OperatedApplication,
  type Operation,
  type OperationState,
  type SelectedResource,
  type SyncOperation,
} from './application.ts';
import { selfHealWait, type SelfHealSettings } from './self-heal.ts';

/** Why no operation is started. */
export type SkipReason =
  | 'notAutomated'
  | 'operationInProgress'
  | 'deletionInProgress'
  | 'notOutOfSync'
  | 'pruningOnlyButDisabled'
  | 'alreadySynced'
  | 'lastAttemptFailed'
  | 'wouldDeleteEverything';

/** What automated sync does after a comparison, and why. */
export type AutoSyncDecision =
  | {
      readonly do: 'nothing';
      readonly reason: SkipReason;
      /** Set where the Application shows an error. */
      readonly condition: ApplicationCondition | undefined;
    }
  /** Self-heal, but not yet. */
  | { readonly do: 'wait'; readonly milliseconds: number }
  | {
      readonly do: 'sync';
      readonly operation: Operation;
      readonly reason: 'newRevision' | 'selfHeal';
    };

/** What automated sync decides by, besides the Application. */
export interface AutoSyncInput {
  readonly status: ComparedStatus;
  readonly resources: readonly ComparedResource[];
  /** False where the new revision is known to change nothing and the Application is not OutOfSync. */
  readonly compareRevisions: boolean;
  readonly selfHeal: SelfHealSettings;
  readonly nowMilliseconds: number;
}

/**
 * Decides whether an automated sync starts: only when OutOfSync, and once for a revision, unless
 * self-heal brings back what was changed since.
 * Source: `autoSync` in controller/appcontroller.go.
 */
export function decideAutoSync(
  application: OperatedApplication,
  input: AutoSyncInput,
): AutoSyncDecision {
  const automated = application.spec.syncPolicy?.automated;
  if (automated === undefined || automated.enabled === false) return skip('notAutomated');
  const early = earlySkip(application, automated, input);
  if (early !== undefined) return skip(early);
  const desired = desiredRevisions(application, input.status);
  const attempt = lastAttempt(application, desired, input.compareRevisions);
  if (!attempt.attempted) {
    const sync = syncOperation(application, automated, input.status);
    return guarded(application, input, { desired, sync, reason: 'newRevision' });
  }
  return decideAgain(application, automated, { input, desired, attempt });
}

function skip(reason: SkipReason, message?: string): AutoSyncDecision {
  const condition = message === undefined ? undefined : { type: 'SyncError', message };
  return { do: 'nothing', reason, condition };
}

function earlySkip(
  { operation, metadata }: OperatedApplication,
  automated: AutomatedSync,
  { status, resources }: AutoSyncInput,
): SkipReason | undefined {
  if (operation !== undefined) return 'operationInProgress';
  const deletion = metadata?.deletionTimestamp;
  if (deletion !== undefined && deletion !== null) return 'deletionInProgress';
  if (status.status !== 'OutOfSync') return 'notOutOfSync';
  const onlyPruning = resources.every(
    (one) => one.status === 'Synced' || one.requiresPruning === true,
  );
  return automated.prune !== true && onlyPruning ? 'pruningOnlyButDisabled' : undefined;
}

/** The revisions that a comparison came to, one for each source. */
export function desiredRevisions(
  application: OperatedApplication,
  { revision = '', revisions = [] }: ComparedStatus,
): readonly string[] {
  return hasSources(application) ? revisions : [revision];
}

interface Again {
  readonly input: AutoSyncInput;
  readonly desired: readonly string[];
  readonly attempt: LastAttempt;
}

/** What to do when the last operation was at the same revisions. */
function decideAgain(
  application: OperatedApplication,
  automated: AutomatedSync,
  { input, desired, attempt }: Again,
): AutoSyncDecision {
  const state = application.status?.operationState ?? undefined;
  if (attempt.phase !== 'Succeeded') {
    const tried = goList(attempt.revisions);
    const message = `Failed last sync attempt to ${tried}: ${state?.message ?? ''}`;
    return skip('lastAttemptFailed', message);
  }
  if (automated.selfHeal !== true) return skip('alreadySynced');
  const attempts = state?.operation.sync?.autoHealAttemptsCount ?? 0;
  const wait = selfHealWait(input.selfHeal, attempts, sinceFinished(state, input.nowMilliseconds));
  if (wait > 0) return { do: 'wait', milliseconds: wait };
  const resources = input.resources.filter(({ status }) => status !== 'Synced').map(selected);
  const sync = {
    ...syncOperation(application, automated, input.status),
    autoHealAttemptsCount: attempts + 1,
    ...(resources.length > 0 ? { resources } : {}),
  };
  return guarded(application, input, { desired, sync, reason: 'selfHeal' });
}

function sinceFinished(state: OperationState | undefined, now: number): number | undefined {
  return state?.finishedAt === undefined ? undefined : now - Date.parse(state.finishedAt);
}

function selected({ group, kind, name }: ComparedResource): SelectedResource {
  return { ...(group === undefined || group === '' ? {} : { group }), kind, name };
}

interface Plan {
  readonly desired: readonly string[];
  readonly sync: SyncOperation;
  readonly reason: 'newRevision' | 'selfHeal';
}

/** Starts the operation, unless it would prune all there is. */
function guarded(
  { spec }: OperatedApplication,
  { resources }: AutoSyncInput,
  { desired, sync, reason }: Plan,
): AutoSyncDecision {
  const { automated, retry = { limit: 5 } } = spec.syncPolicy ?? {};
  const everything = resources.every(({ requiresPruning }) => requiresPruning === true);
  if (automated?.prune === true && automated.allowEmpty !== true && everything) {
    const message = `Skipping sync attempt to ${goList(desired)}: auto-sync will wipe out all resources`;
    return skip('wouldDeleteEverything', message);
  }
  return { do: 'sync', operation: { sync, initiatedBy: { automated: true }, retry }, reason };
}

function syncOperation(
  { spec }: OperatedApplication,
  automated: AutomatedSync,
  { revision, revisions }: ComparedStatus,
): SyncOperation {
  const several = (spec.sources?.length ?? 0) > 0;
  const fields = {
    revision,
    prune: automated.prune,
    source: several ? undefined : spec.source,
    sources: spec.sources,
    revisions,
    syncOptions: spec.syncPolicy?.syncOptions,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value)));
}

/** Whether a field has more than the zero value, which Argo CD does not write. */
function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== '' && value !== false;
}

/** A list as Go prints it. */
function goList(items: readonly string[]): string {
  return `[${items.join(' ')}]`;
}
