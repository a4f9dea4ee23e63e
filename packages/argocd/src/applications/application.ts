import type { StoredCondition } from '@tidegate/core/argocd/application';
import type {
  Operation,
  OperationState,
  RetryStrategy,
  RevisionHistory,
} from '@tidegate/core/argocd/auto-sync';
import type {
  KubeMetadata,
  ManagedNamespaceMetadata,
  ResourceStatus,
  SyncStatusCode,
} from '@tidegate/core/argocd/sync';
import type { ResourceType } from '@tidegate/kube';
import type { ApplicationSource } from '../ports/manifests.ts';
import { instanceName as trackedName } from '../tracking/index.ts';

/** Where an Application deploys to. */
export interface ApplicationDestination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** An Application as Argo CD's controller reads it. */
export interface Application {
  readonly metadata: KubeMetadata;
  readonly spec: ApplicationSpec;
  readonly status?: ApplicationStatus;
  readonly operation?: Operation;
}

export interface ApplicationSpec {
  readonly project?: string;
  readonly destination?: ApplicationDestination & Readonly<Record<string, unknown>>;
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly ignoreDifferences?: readonly IgnoredDifference[];
  readonly syncPolicy?: {
    readonly automated?: {
      readonly enabled?: boolean;
      readonly prune?: boolean;
      readonly selfHeal?: boolean;
      readonly allowEmpty?: boolean;
    };
    readonly syncOptions?: readonly string[];
    readonly retry?: RetryStrategy;
    readonly managedNamespaceMetadata?: ManagedNamespaceMetadata;
  };
  readonly revisionHistoryLimit?: number;
  readonly sourceHydrator?: unknown;
}

/** Fields of objects that do not count in a comparison. */
export interface IgnoredDifference {
  readonly group?: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
  readonly managedFieldsManagers?: readonly string[];
}

export interface ApplicationStatus {
  readonly sync?: SyncStatus;
  readonly health?: { readonly status?: string; readonly lastTransitionTime?: string };
  readonly resources?: readonly StoredResource[];
  readonly conditions?: readonly StoredCondition[];
  readonly history?: readonly RevisionHistory[];
  readonly operationState?: OperationState | null;
  readonly reconciledAt?: string;
  readonly sourceType?: string;
  readonly sourceTypes?: readonly string[];
  readonly summary?: ApplicationSummary;
  readonly resourceHealthSource?: string;
  readonly controllerNamespace?: string;
}

/** `status.resources` as it is stored: only what is not at its zero value. */
export type StoredResource = Partial<ResourceStatus> & { readonly health?: unknown };

export interface SyncStatus {
  readonly status: SyncStatusCode | '';
  readonly comparedTo: {
    readonly source?: ApplicationSource;
    readonly sources?: readonly ApplicationSource[];
    readonly destination?: Readonly<Record<string, unknown>>;
    readonly ignoreDifferences?: readonly unknown[];
  };
  readonly revision?: string;
  readonly revisions?: readonly string[];
}

export interface ApplicationSummary {
  readonly externalURLs?: readonly string[];
  readonly images?: readonly string[];
  readonly isAppOfApps?: boolean;
}

export const applicationType: ResourceType = {
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'applications',
};

/** `namespace/name`. */
export function applicationKey({ metadata }: Application): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

export function isMultiSource({ spec }: Application): boolean {
  return (spec.sources?.length ?? 0) > 0;
}

/** The sources of an Application, in their order. */
export function sourcesOf({ spec }: Application): readonly ApplicationSource[] {
  if (spec.sources !== undefined && spec.sources.length > 0) return spec.sources;
  return [spec.source ?? { repoURL: '' }];
}

export function isBeingDeleted({ metadata }: Application): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;
}

/** The name by which objects say that they belong to an Application. */
export function instanceName({ metadata }: Application, argoNamespace: string): string {
  const { name = '', namespace = '' } = metadata;
  return trackedName({ name, namespace }, argoNamespace);
}

/** The key of the Application behind an instance name. */
export function keyOfInstance(instance: string, argoNamespace: string): string {
  const [first = '', ...rest] = instance.split('_');
  return rest.length === 0 ? `${argoNamespace}/${first}` : `${first}/${rest.join('_')}`;
}
