import type { ResourceStatus } from '../sync/compare-state.ts';
import type { OperationPhase, ResourceResult } from '../sync/sync-state.ts';

/** A source of manifests, as an Application names it. */
export type ApplicationSource = Readonly<Record<string, unknown>>;

/** The part of an Application that decides about operations. */
export interface OperatedApplication {
  readonly metadata?: {
    readonly deletionTimestamp?: string | null;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly source?: ApplicationSource;
    readonly sources?: readonly ApplicationSource[];
    readonly syncPolicy?: {
      readonly automated?: AutomatedSync;
      readonly syncOptions?: readonly string[];
      readonly retry?: RetryStrategy;
    };
    readonly revisionHistoryLimit?: number;
  };
  readonly status?: {
    readonly operationState?: OperationState | null;
    readonly history?: readonly RevisionHistory[];
  };
  readonly operation?: Operation;
}

export interface AutomatedSync {
  readonly enabled?: boolean;
  readonly prune?: boolean;
  readonly selfHeal?: boolean;
  readonly allowEmpty?: boolean;
}

export interface RetryStrategy {
  readonly limit?: number;
  readonly backoff?: {
    readonly duration?: string;
    readonly factor?: number;
    readonly maxDuration?: string;
  };
  /** Retries with the latest revisions instead of the first ones. */
  readonly refresh?: boolean;
}

/** A requested operation. */
export interface Operation {
  readonly sync?: SyncOperation;
  readonly initiatedBy?: { readonly username?: string; readonly automated?: boolean };
  readonly retry?: RetryStrategy;
  readonly info?: readonly { readonly name: string; readonly value: string }[];
}

/** What a sync operation is to do. */
export interface SyncOperation {
  readonly revision?: string;
  readonly revisions?: readonly string[];
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly manifests?: readonly string[];
  readonly syncOptions?: readonly string[];
  readonly syncStrategy?: {
    readonly apply?: { readonly force?: boolean };
    readonly hook?: { readonly force?: boolean };
  };
  readonly resources?: readonly SelectedResource[];
  readonly autoHealAttemptsCount?: number;
}

/** An object that an operation is limited to. */
export interface SelectedResource {
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** State of an operation, as `status.operationState` holds it. */
export interface OperationState {
  readonly operation: Operation;
  readonly phase: OperationPhase;
  readonly message?: string;
  readonly syncResult?: SyncOperationResult | null;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly retryCount?: number;
}

/** What a sync operation was at and what came of it. */
export interface SyncOperationResult {
  readonly revision?: string;
  readonly revisions?: readonly string[];
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly resources?: readonly ResourceResult[];
  /** What was wanted of the namespace that the sync looks after. */
  readonly managedNamespaceMetadata?: unknown;
}

/** A deployment, as `status.history` holds it. */
export interface RevisionHistory {
  readonly id: number;
  readonly deployedAt: string;
  readonly deployStartedAt?: string;
  readonly revision?: string;
  readonly revisions?: readonly string[];
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly initiatedBy?: Operation['initiatedBy'];
}

/** The sync status of a comparison. */
export interface ComparedStatus {
  readonly status: string;
  readonly revision?: string;
  readonly revisions?: readonly string[];
}

/** The part of a compared object that decides about automated sync. */
export type ComparedResource = Pick<ResourceStatus, 'kind' | 'name'> & {
  readonly group?: string;
  readonly status?: string | undefined;
  readonly requiresPruning?: boolean;
};

/** Whether an Application has several sources. */
export function hasSources({ spec }: OperatedApplication): boolean {
  return (spec.sources?.length ?? 0) > 0;
}
