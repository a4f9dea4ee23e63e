import {
  groupVersionKind,
  isCustomResourceDefinition,
  nameOf,
  namespaceOf,
  withMetadata,
  type KubeObject,
} from '@tidegate/core/argocd/sync';
import { asObject, at, isObject, withAt, type Json, type JsonObject } from '@tidegate/kube';
import { formatTrackingId, isAbout, parseTrackingId, trackingIdOf } from './tracking-id.ts';

/** `application.resourceTrackingMethod`. */
export type TrackingMethod = 'annotation' | 'label' | 'annotation+label';

/** How Argo CD marks the objects of an Application. */
export interface TrackingSettings {
  readonly method: TrackingMethod;
  /** `application.instanceLabelKey`. */
  readonly labelKey: string;
  /** `installationID`; empty: none. */
  readonly installationId: string;
}

/** What Argo CD 3.5.1 does unless told otherwise. */
export const defaultTracking: TrackingSettings = {
  method: 'annotation',
  labelKey: 'app.kubernetes.io/instance',
  installationId: '',
};

export const trackingAnnotation = 'argocd.argoproj.io/tracking-id';
export const installationAnnotation = 'argocd.argoproj.io/installation-id';
const legacyLabel = 'applications.argoproj.io/app-name';

/** Whose objects are marked. */
export interface TrackedApplication {
  /** As `instanceName` gives it. */
  readonly instanceName: string;
  /** Namespace of the destination. */
  readonly namespace: string;
}

/** An object cannot be marked. */
export class TrackingError extends Error {
  override readonly name = 'TrackingError';
}

/**
 * How marks name an Application: with its namespace where that is not Argo CD's own.
 * Source: `InstanceName` in pkg/apis/application/v1alpha1/types.go.
 */
export function instanceName(
  application: { readonly name: string; readonly namespace: string },
  controllerNamespace: string,
): string {
  const { name, namespace } = application;
  return namespace === '' || namespace === controllerNamespace ? name : `${namespace}_${name}`;
}

/**
 * Marks a rendered object as an Application's. Definitions of custom resources are not marked. Throws
 * TrackingError when its labels or annotations are no texts, or when a label cannot be cut to length.
 * Source: reposerver/repository/repository.go and `SetAppInstance` in util/argo/resource_tracking.go.
 */
export function trackTarget(
  target: KubeObject,
  application: TrackedApplication,
  tracking: TrackingSettings,
): KubeObject {
  return isCustomResourceDefinition(target) ? target : mark(target, application, tracking);
}

/**
 * Puts a marked object where it belongs: one of the whole cluster in no namespace, any other one in its
 * own or in the destination's. What moved is marked anew.
 * Source: `NormalizeTargetObjects` in controller/state.go.
 */
export function placeTarget(
  target: KubeObject,
  isNamespaced: boolean,
  about: { readonly application: TrackedApplication; readonly tracking: TrackingSettings },
): KubeObject {
  const own = namespaceOf(target);
  if (isNamespaced === (own !== '')) return target;
  const namespace = isNamespaced ? about.application.namespace : '';
  return mark(withMetadata(target, { namespace }), about.application, about.tracking);
}

function mark(
  target: KubeObject,
  { instanceName: name, namespace }: TrackedApplication,
  { method, labelKey, installationId }: TrackingSettings,
): KubeObject {
  if (method === 'label') return withLabel(target, labelKey, name);
  const id = formatTrackingId(trackingIdOf(target, name, namespace));
  const installed =
    installationId === ''
      ? withoutMark(target, 'annotations', installationAnnotation)
      : withMark(target, 'annotations', [installationAnnotation, installationId]);
  const annotated = withMark(installed, 'annotations', [trackingAnnotation, id]);
  return method === 'annotation' ? annotated : withLabel(annotated, labelKey, cutLabel(name));
}

const labelLength = 63;

/** Cuts a label's value to what Kubernetes takes. Throws TrackingError when nothing is left. */
export function cutLabel(value: string): string {
  if (value.length <= labelLength) return value;
  const cut = value.slice(0, labelLength).replace(/[^a-zA-Z0-9]+$/, '');
  if (cut !== '') return cut;
  throw new TrackingError(
    'failed to set app instance label: unable to truncate label to not end with a special character',
  );
}

type Marks = 'labels' | 'annotations';

/** Labels or annotations of an object; undefined where it has none. Throws TrackingError. */
function marksOf(object: KubeObject, kind: Marks): Record<string, string> | undefined {
  const found = at(object as JsonObject, 'metadata', kind);
  if (found === undefined || found === null) return undefined;
  const path = `.metadata.${kind} accessor error:`;
  if (!isObject(found))
    throw marksError(object, kind, `${path} ${goValue(found)}, expected map[string]interface {}`);
  for (const [key, value] of Object.entries(found)) {
    if (typeof value === 'string') continue;
    const text = `contains non-string value in the map under key ${JSON.stringify(key)}: ${goValue(value)}, expected string`;
    throw marksError(object, kind, `${path} ${text}`);
  }
  return found as Record<string, string>;
}

function goValue(value: Json): string {
  if (value === null) return '<nil> is of the type <nil>';
  if (Array.isArray(value)) return `${JSON.stringify(value)} is of the type []interface {}`;
  switch (typeof value) {
    case 'object':
      return 'map[] is of the type map[string]interface {}';
    case 'number':
      return `${value} is of the type ${Number.isInteger(value) ? 'int64' : 'float64'}`;
    case 'boolean':
      return `${value} is of the type bool`;
    default:
      return `${value} is of the type string`;
  }
}

function marksError(object: KubeObject, kind: Marks, text: string): TrackingError {
  const { group, version, kind: of } = groupVersionKind(object);
  const where = `${group}/${version}, Kind=${of} ${namespaceOf(object)}/${nameOf(object)}`;
  const failed = `failed to get ${kind} from target object ${where}: ${text}`;
  return new TrackingError(
    kind === 'labels' ? `failed to set app instance label: ${failed}` : failed,
  );
}

function withMark(
  object: KubeObject,
  kind: Marks,
  [key, value]: readonly [string, string],
): KubeObject {
  return withMetadata(object, { [kind]: { ...marksOf(object, kind), [key]: value } });
}

function withoutMark(object: KubeObject, kind: Marks, key: string): KubeObject {
  const { [key]: gone, ...others } = marksOf(object, kind) ?? {};
  if (gone === undefined) return object;
  if (Object.keys(others).length > 0) return withMetadata(object, { [kind]: others });
  const metadata = Object.entries(object.metadata ?? {}).filter(([name]) => name !== kind);
  return { ...object, metadata: Object.fromEntries(metadata) };
}

const templated: Readonly<Record<string, readonly string[]>> = {
  apps: ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
  extensions: ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
  batch: ['Job'],
};

/** The oldest label is put on pods of workloads, too. Source: `SetAppInstanceLabel` in util/kube. */
function withLabel(object: KubeObject, key: string, value: string): KubeObject {
  const labelled = withMark(object, 'labels', [key, value]);
  const { group, kind } = groupVersionKind(object);
  if (key !== legacyLabel || templated[group]?.includes(kind) !== true) return labelled;
  const path = ['spec', 'template', 'metadata', 'labels'];
  const labels = asObject(at(object as JsonObject, ...path));
  return withAt(labelled as JsonObject, path, { ...labels, [key]: value });
}

function markOf(object: KubeObject, kind: Marks, key: string): string {
  const found = at(object as JsonObject, 'metadata', kind, key);
  return typeof found === 'string' ? found : '';
}

/**
 * The instance name of the Application that a live object is marked for; empty when it is for none.
 * Source: `GetAppName` in util/argo/resource_tracking.go.
 */
export function trackedApplication(live: KubeObject, tracking: TrackingSettings): string {
  if (tracking.method === 'label') return markOf(live, 'labels', tracking.labelKey);
  return readId(live, tracking)?.application ?? '';
}

function readId(
  live: KubeObject,
  { installationId }: TrackingSettings,
): ReturnType<typeof parseTrackingId> {
  if (markOf(live, 'annotations', installationAnnotation) !== installationId) return undefined;
  return parseTrackingId(markOf(live, 'annotations', trackingAnnotation));
}

/**
 * Whether a live object is what its mark says, and does not only carry a copy of another object's.
 * Source: `isSelfReferencedObj` in controller/state.go.
 */
export function isOwn(
  live: KubeObject | undefined,
  target: KubeObject | undefined,
  tracking: TrackingSettings,
): boolean {
  if (live === undefined || tracking.method === 'label') return true;
  if (target !== undefined) return isAbout(trackingIdOf(target, '', ''), live);
  const id = readId(live, tracking);
  return id === undefined || isAbout(id, live);
}

/**
 * A live object without differences that only come of another way to mark: one that has the label but
 * no annotation yet gets the annotation that is wanted, and a label that is not wanted goes.
 * Source: `Normalize` in util/argo/resource_tracking.go.
 */
export function normalizeTracking(
  target: KubeObject,
  live: KubeObject,
  { method, labelKey }: TrackingSettings,
): KubeObject {
  const unmarked = markOf(live, 'labels', labelKey) === '';
  if (method === 'label' || unmarked || isCustomResourceDefinition(live)) return live;
  const wanted = markOf(target, 'annotations', trackingAnnotation);
  const annotated =
    markOf(live, 'annotations', trackingAnnotation) === ''
      ? withMark(live, 'annotations', [trackingAnnotation, wanted])
      : live;
  return markOf(target, 'labels', labelKey) === ''
    ? withoutMark(annotated, 'labels', labelKey)
    : annotated;
}
