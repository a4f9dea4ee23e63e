import {
  groupVersionKind,
  keyText,
  resourceKey,
  type HealthAnswer,
  type KubeObject,
  type ResourceKey,
} from '@tidegate/core/argocd/sync';
import { equalData } from '@tidegate/core/argocd/application';
import { externalUrlsOf, podImagesOf } from './node-info.ts';

/** An owner as an object names it. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** How objects of the cluster are looked at, as Argo CD's settings say. */
export interface NodeSettings {
  /** Whether a kind is not watched at all (`resource.exclusions`). */
  excluded(group: string, kind: string): boolean;
  /** Whether changes are left out that are of no interest. */
  readonly ignoresUpdates: boolean;
  /** The Application that an object says it belongs to; empty: none. */
  applicationOf(object: KubeObject): string;
  health(object: KubeObject): HealthAnswer;
  /** An object without what does not count as a change (`ignoreResourceUpdates`). */
  withoutIgnoredUpdates(object: KubeObject): KubeObject;
}

/** An object of the cluster and what is known of it. */
export interface ResourceNode {
  readonly key: ResourceKey;
  readonly id: string;
  readonly uid: string;
  readonly apiVersion: string;
  readonly owners: readonly OwnerReference[];
  readonly object: KubeObject;
  /** The Application that it is tracked by; empty for objects that have owners. */
  readonly application: string;
  /** Whether changes of it may be left out as of no interest. */
  readonly isTracked: boolean;
  readonly health: string | undefined;
  readonly images: readonly string[];
  readonly externalUrls: readonly string[];
}

/**
 * Looks at an object of the cluster.
 * Source: `populateNodeInfo` and `newResource` in controller/cache and gitops-engine/pkg/cache.
 */
export function resourceNode(object: KubeObject, settings: NodeSettings): ResourceNode {
  const key = resourceKey(object);
  const owners = ownersOf(object);
  const application = settings.applicationOf(object);
  const health = settings.health(object);
  return {
    key,
    id: keyText(key),
    uid: object.metadata?.uid ?? '',
    apiVersion: object.apiVersion ?? '',
    owners,
    object,
    application: owners.length === 0 ? application : '',
    isTracked: application !== '' || isApplication(key) || ignoresUpdates(object),
    health: health === undefined || 'error' in health ? undefined : health.status,
    images: podImagesOf(object),
    externalUrls: externalUrlsOf(object),
  };
}

function isApplication({ group, kind }: ResourceKey): boolean {
  return group === 'argoproj.io' && kind === 'Application';
}

function ignoresUpdates(object: KubeObject): boolean {
  return object.metadata?.annotations?.['argocd.argoproj.io/ignore-resource-updates'] === 'true';
}

function ownersOf(object: KubeObject): readonly OwnerReference[] {
  const owners = object.metadata?.['ownerReferences'];
  if (Array.isArray(owners) && owners.length > 0) return owners as OwnerReference[];
  const { group, kind } = groupVersionKind(object);
  // Endpoints do not name their Service.
  return group === '' && kind === 'Endpoints'
    ? [{ apiVersion: 'v1', kind: 'Service', name: object.metadata?.name ?? '', uid: '' }]
    : [];
}

/**
 * Whether a change is of no interest: the same health, and nothing else than what is to be ignored.
 * Source: `skipResourceUpdate` in controller/cache/cache.go.
 */
export function isIgnoredUpdate(
  before: ResourceNode,
  after: ResourceNode,
  settings: NodeSettings,
): boolean {
  if (!settings.ignoresUpdates || before.health !== after.health) return false;
  if (!before.isTracked || !after.isTracked) return false;
  return equalData(
    settings.withoutIgnoredUpdates(before.object),
    settings.withoutIgnoredUpdates(after.object),
  );
}
