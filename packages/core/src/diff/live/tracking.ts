import { isRecord, valueAt } from '../../generate/value-at.ts';
import type { PlainObject } from './live-cluster.ts';

/**
 * How Argo CD marks what it has applied: by annotation, its default.
 * Source: Argo CD 3.5.1 util/argo/resource_tracking.go.
 */

export const trackingAnnotation = 'argocd.argoproj.io/tracking-id';
export const installationAnnotation = 'argocd.argoproj.io/installation-id';

/** Who applies an object: an Application of an instance. */
export interface Tracker {
  readonly application: string;
  /** Namespace that the Application deploys into. */
  readonly namespace: string;
  /** `installationID` of the instance; undefined where it has none. */
  readonly installationId: string | undefined;
}

/** An object as its Application applies it: with the annotations that track it. */
export function trackedObject(object: PlainObject, tracker: Tracker): PlainObject {
  const annotations = {
    ...asRecord(valueAt(object, ['metadata', 'annotations'])),
    [trackingAnnotation]: trackingId(object, tracker),
    ...(tracker.installationId === undefined
      ? {}
      : { [installationAnnotation]: tracker.installationId }),
  };
  return { ...object, metadata: { ...asRecord(object['metadata']), annotations } };
}

/** `<application>:<group>/<kind>:<namespace>/<name>`. Cluster-scoped objects have the Application's namespace. */
function trackingId(object: PlainObject, { application, namespace }: Tracker): string {
  const { group, kind } = typeOf(object);
  const own = text(valueAt(object, ['metadata', 'namespace'])) || namespace;
  return `${application}:${group}/${kind}:${own}/${text(valueAt(object, ['metadata', 'name']))}`;
}

/** Who has applied a live object; undefined when nobody has, or when its mark is a copy of another object's. */
export function trackedBy(object: PlainObject): Omit<Tracker, 'namespace'> | undefined {
  const id = text(valueAt(object, ['metadata', 'annotations', trackingAnnotation]));
  const [, application = '', group, kind, namespace, name] =
    /^([^:]+):([^/:]*)\/([^/:]+):([^/:]*)\/(.+)$/.exec(id) ?? [];
  const own = typeOf(object);
  const ownNamespace = text(valueAt(object, ['metadata', 'namespace']));
  const isOwn =
    group === own.group &&
    kind === own.kind &&
    name === text(valueAt(object, ['metadata', 'name'])) &&
    (ownNamespace === '' || ownNamespace === namespace);
  if (application === '' || !isOwn) return undefined;
  const installation = text(valueAt(object, ['metadata', 'annotations', installationAnnotation]));
  return { application, installationId: installation === '' ? undefined : installation };
}

/** Whether a controller or another object made it. */
export function isOwned(object: PlainObject): boolean {
  const owners = valueAt(object, ['metadata', 'ownerReferences']);
  return Array.isArray(owners) && owners.length > 0;
}

/** Group and kind of an object; the group is empty for the core one. */
export function typeOf(object: PlainObject): { readonly group: string; readonly kind: string } {
  const apiVersion = text(object['apiVersion']);
  const slash = apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), kind: text(object['kind']) };
}

function asRecord(value: unknown): PlainObject {
  return isRecord(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
