import type { KubeObject, ResourceKey } from './kube-object.ts';
import type { ReconciledResource } from './reconcile.ts';
import type { DeletionPropagation } from './sync-request.ts';

/** Health of an object. */
export interface ObjectHealth {
  readonly status: string;
  readonly message?: string;
}

/** What a health check says: a health, none (the kind has no check), or that it failed. */
export type HealthAnswer = ObjectHealth | undefined | { readonly error: string };

/** Settings of a sync operation. */
export interface SyncSettings {
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly force: boolean;
  /** Hooks are left out where only some objects are synced, or with the strategy `apply`. */
  readonly skipHooks: boolean;
  readonly validate: boolean;
  readonly replace: boolean;
  readonly pruneLast: boolean;
  readonly serverSideApply: boolean;
  readonly serverSideManager: string;
  /** The client-side manager whose fields server-side apply takes over; undefined: of none. */
  readonly takeOverFrom: string | undefined;
  readonly applyOutOfSyncOnly: boolean;
  readonly skipDryRunOnMissingResource: boolean;
  /** The operation's `Prune=` option: `true`, `false` or `confirm`. */
  readonly pruneOption: string | undefined;
  readonly pruneConfirmed: boolean;
  readonly propagation: DeletionPropagation;
}

/** The settings of an operation that says nothing. */
export const defaultSyncSettings: SyncSettings = {
  dryRun: false,
  prune: false,
  force: false,
  skipHooks: false,
  validate: true,
  replace: false,
  pruneLast: false,
  serverSideApply: false,
  serverSideManager: 'argocd-controller',
  takeOverFrom: 'kubectl-client-side-apply',
  applyOutOfSyncOnly: false,
  skipDryRunOnMissingResource: false,
  pruneOption: undefined,
  pruneConfirmed: false,
  propagation: 'Foreground',
};

/** The namespace that a sync creates or looks after, why it cannot, or that there is nothing to do. */
export type NamespaceAnswer =
  { readonly object: KubeObject } | { readonly error: string } | undefined;

/** Everything that one sync step looks at, besides what came of the steps before it. */
export interface SyncInput {
  /** The revision that is synced; part of the names of hooks without a name. */
  readonly revision: string;
  /** When the operation began, in seconds since 1970; part of the names of hooks without a name. */
  readonly startedAtSeconds: number;
  /** Namespace of the Application's destination. */
  readonly namespace: string;
  /** What is wanted and what is there, now. */
  readonly resources: readonly ReconciledResource[];
  readonly hooks: readonly KubeObject[];
  readonly settings: SyncSettings;
  readonly health: (live: KubeObject) => HealthAnswer;
  /** Why an object must not be synced; undefined: it may. */
  readonly forbidden?: (object: KubeObject, namespaced: boolean) => string | undefined;
  /** Whether an object belongs to the sync; all do where it is left out. */
  readonly selected?: (key: ResourceKey, resource: ReconciledResource) => boolean;
  /** Whether an object differs from what is wanted; undefined: not known. */
  readonly modified?: (key: ResourceKey) => boolean | undefined;
  /** The namespace to write with `CreateNamespace=true`; undefined: nothing to write. */
  readonly createNamespace?: (live: KubeObject | undefined) => NamespaceAnswer;
}
