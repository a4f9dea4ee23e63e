/** A Kubernetes object as plain data, such as a rendered manifest or what the API server holds. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: KubeMetadata;
  readonly [field: string]: unknown;
}

/** The part of an object's metadata that decides anything here. */
export interface KubeMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string | null;
  readonly [field: string]: unknown;
}

/** What tells objects of one cluster apart. The version does not count. */
export interface ResourceKey {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Group, version and kind. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Reads group, version and kind; empty where an object does not say. */
export function groupVersionKind(object: KubeObject): GroupVersionKind {
  const apiVersion = object.apiVersion ?? '';
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: object.kind ?? '',
  };
}

/** The key of an object, with the namespace that it names itself. */
export function resourceKey(object: KubeObject): ResourceKey {
  const { group, kind } = groupVersionKind(object);
  return { group, kind, namespace: namespaceOf(object), name: nameOf(object) };
}

/** A key as text, as Argo CD writes it in messages: `group/kind/namespace/name`. */
export function keyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

export function nameOf(object: KubeObject): string {
  return object.metadata?.name ?? '';
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata?.namespace ?? '';
}

/** A copy with some metadata replaced. */
export function withMetadata(object: KubeObject, metadata: Partial<KubeMetadata>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

/** Whether the API server is about to delete the object. */
export function isDeleting(object: KubeObject): boolean {
  const time = object.metadata?.deletionTimestamp;
  return time !== undefined && time !== null && time !== '';
}

export function isNamespace(object: KubeObject): boolean {
  const { group, kind } = groupVersionKind(object);
  return group === '' && kind === 'Namespace';
}

export function isCustomResourceDefinition(object: KubeObject): boolean {
  const { group, kind } = groupVersionKind(object);
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition';
}

/** Group and kind that a custom resource definition defines; undefined for any other object. */
export function definedKind(
  object: KubeObject,
): { readonly group: string; readonly kind: string } | undefined {
  if (!isCustomResourceDefinition(object)) return undefined;
  const group = at(object, ['spec', 'group']);
  const kind = at(object, ['spec', 'names', 'kind']);
  return typeof group === 'string' && typeof kind === 'string' ? { group, kind } : undefined;
}

/**
 * Images of a workload's containers, without those of init containers.
 * Source: `GetResourceImages` in gitops-engine/pkg/utils/kube/kube.go.
 */
export function containerImagesOf(object: KubeObject): string[] {
  const places = [
    ['spec', 'containers'],
    ['spec', 'template', 'spec', 'containers'],
    ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers'],
  ];
  const containers = places.map((path) => at(object, path)).find(Array.isArray) ?? [];
  return (containers as unknown[])
    .map((container) => at(container, ['image']))
    .filter((image) => typeof image === 'string');
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}
