import type {
  OperatedApplication,
  OperationState,
  RevisionHistory,
  SyncOperationResult,
} from './application.ts';

/** How many deployments an Application remembers unless it says otherwise. */
const defaultLimit = 10;

/**
 * An Application's history with one more deployment: of the sources that were synced, which are the
 * operation's where it names some, as with a rollback.
 * Source: `persistRevisionHistory` in controller/state.go.
 */
export function withDeployment(
  application: OperatedApplication,
  state: Pick<OperationState, 'operation' | 'startedAt'>,
  synced: SyncOperationResult,
  deployedAt: string,
): readonly RevisionHistory[] {
  const history = application.status?.history ?? [];
  const several = (synced.sources?.length ?? 0) > 0;
  const entry: RevisionHistory = {
    id: (history.at(-1)?.id ?? -1) + 1,
    deployedAt,
    deployStartedAt: state.startedAt,
    initiatedBy: state.operation.initiatedBy ?? {},
    ...(several ? pick(synced, 'sources', 'revisions') : pick(synced, 'source', 'revision')),
  };
  const limit = application.spec.revisionHistoryLimit ?? defaultLimit;
  const all = [...history, entry];
  return all.length > limit ? all.slice(all.length - Math.max(0, limit)) : all;
}

/** Whether a sync is remembered: one of everything, for real, that succeeded. */
export function isRemembered({ operation, phase }: OperationState): boolean {
  const { dryRun = false, resources = [] } = operation.sync ?? {};
  return !dryRun && resources.length === 0 && phase === 'Succeeded';
}

function pick<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Partial<T> {
  const entries = keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]));
  return Object.fromEntries(entries) as Partial<T>;
}
