import { groupVersionKind, nameOf, namespaceOf, type KubeObject } from '@tidegate/core/argocd/sync';

/** What a tracking annotation says: whose object it is, and which object it was put on. */
export interface TrackingId {
  readonly application: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `<application>:<group>/<kind>:<namespace>/<name>`. */
export function formatTrackingId(id: TrackingId): string {
  return `${id.application}:${id.group}/${id.kind}:${id.namespace}/${id.name}`;
}

/** Reads a tracking annotation; undefined where it is none. */
export function parseTrackingId(text: string): TrackingId | undefined {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  if (first < 0 || second < 0) return undefined;
  const kind = text.slice(first + 1, second).split('/');
  const object = text.slice(second + 1).split('/');
  if (kind.length !== 2 || object.length !== 2) return undefined;
  return {
    application: text.slice(0, first),
    group: kind[0] ?? '',
    kind: kind[1] ?? '',
    namespace: object[0] ?? '',
    name: object[1] ?? '',
  };
}

/** The id of an object; one that names no namespace is in the given one. */
export function trackingIdOf(
  object: KubeObject,
  application: string,
  namespace: string,
): TrackingId {
  const { group, kind } = groupVersionKind(object);
  return {
    application,
    group,
    kind,
    namespace: namespaceOf(object) || namespace,
    name: nameOf(object),
  };
}

/** Whether an id was put on this very object. One of the whole cluster is in no namespace. */
export function isAbout(id: TrackingId, object: KubeObject): boolean {
  const { group, kind } = groupVersionKind(object);
  const namespace = namespaceOf(object);
  return (
    (namespace === id.namespace || namespace === '') &&
    nameOf(object) === id.name &&
    group === id.group &&
    kind === id.kind
  );
}
