import {
  asArray,
  asObject,
  asString,
  at as field,
  type Json,
  type JsonObject,
} from '@tidegate/kube';

type Field = Json | undefined;

/** A field of an object, by its path. */
export { field };

/** An object at a path; empty where there is none. */
export function fields(value: Field, ...path: readonly string[]): JsonObject {
  return asObject(field(value, ...path));
}

/** A list at a path; empty where there is none. */
export function items(value: Field, ...path: readonly string[]): readonly Json[] {
  return asArray(field(value, ...path));
}

/** A text at a path; empty where there is none. */
export function text(value: Field, ...path: readonly string[]): string {
  return asString(field(value, ...path));
}

/** An object without its fields that are undefined, null or empty. */
function filled(value: Readonly<Record<string, Field>>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined && !isEmpty(item)),
  ) as JsonObject;
}

function isEmpty(value: Field): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Prefixes of annotations and labels that Kubernetes and clients write. */
const foreignKeys =
  /^(?:kubectl|deployment|batch|pv|volume|autoscaling|control-plane\.alpha)\.(?:beta\.)?kubernetes\.io\/|^kubernetes\.io\/metadata\.name$/;
/** Annotations that recordings leave out of Argo CD's own objects. */
const hiddenAnnotations = new Set(
  ['refresh', 'hydrate', 'tracking-id'].map((name) => `argocd.argoproj.io/${name}`),
);
/** Labels that Kubernetes puts on Jobs. */
const jobLabels = new Set(['controller-uid', 'job-name']);

function without(marks: JsonObject, hidden: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(
    Object.entries(marks).filter(([key]) => !foreignKeys.test(key) && !hidden.has(key)),
  );
}

function annotations(object: JsonObject): JsonObject {
  const isArgoCd = text(object, 'apiVersion').startsWith('argoproj.io/');
  const hidden = isArgoCd ? hiddenAnnotations : new Set<string>();
  return without(fields(object, 'metadata', 'annotations'), hidden);
}

function labels(object: JsonObject): JsonObject {
  return without(fields(object, 'metadata', 'labels'), jobLabels);
}

function images(object: JsonObject): Json[] {
  return items(object, 'spec', 'template', 'spec', 'containers').map(
    (container) => field(container, 'image') ?? null,
  );
}

function finished(job: JsonObject): Field {
  const ended = items(job, 'status', 'conditions').find(
    (condition) =>
      ['Complete', 'Failed'].includes(text(condition, 'type')) &&
      field(condition, 'status') === 'True',
  );
  return ended === undefined ? undefined : field(ended, 'type');
}

function decoded(data: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(asString(value), 'base64').toString('utf8'),
    ]),
  );
}

const byKind: Readonly<Record<string, (object: JsonObject) => Record<string, Field>>> = {
  ConfigMap: (object) => ({ data: fields(object, 'data') }),
  Secret: (object) => ({ data: decoded(fields(object, 'data')) }),
  Deployment: (object) => ({
    replicas: field(object, 'spec', 'replicas') ?? 1,
    ready: field(object, 'status', 'readyReplicas') ?? 0,
    images: images(object),
  }),
  Job: (object) => ({
    succeeded: field(object, 'status', 'succeeded') ?? 0,
    failed: field(object, 'status', 'failed') ?? 0,
    finished: finished(object),
    images: images(object),
  }),
  Namespace: () => ({}),
  Service: () => ({}),
};

function customFields(object: JsonObject): Record<string, Field> {
  return { spec: field(object, 'spec'), status: field(object, 'status') ?? null };
}

/** What recordings show of an object that is none of Argo CD's. */
export function liveView(object: JsonObject): JsonObject {
  const of = byKind[text(object, 'kind')] ?? customFields;
  const shown = filled({ ...of(object), annotations: annotations(object), labels: labels(object) });
  if ('data' in of(object)) shown['data'] = of(object)['data'] ?? {};
  return {
    ...shown,
    ...filled({
      finalizers: [...items(object, 'metadata', 'finalizers')],
      deleting: field(object, 'metadata', 'deletionTimestamp') === undefined ? undefined : true,
    }),
  };
}

/** Fields that are left out everywhere: they are times, or the same for every Application. */
const times = new Set([
  'reconciledAt',
  'observedAt',
  'startedAt',
  'finishedAt',
  'deployedAt',
  'deployStartedAt',
  'lastTransitionTime',
]);

function timeless(value: Json): Json {
  if (Array.isArray(value)) return value.map(timeless);
  return typeof value === 'object' && value !== null ? timelessObject(value) : value;
}

function timelessObject(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !times.has(key))
      .map(([key, item]) => [key, timeless(item ?? null)]),
  );
}

/** An operation's state as recordings write it: who began it stands beside what it does. */
export function operationView(state: JsonObject): JsonObject {
  const { operation, phase, message, retryCount, syncResult } = timelessObject(state);
  const { initiatedBy, ...rest } = fields(operation);
  return filledOperation({
    phase,
    message,
    initiatedBy,
    retryCount: retryCount ?? 0,
    operation: rest,
    syncResult,
  });
}

function filledOperation(value: Readonly<Record<string, Field>>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined),
  ) as JsonObject;
}

function metadataView(object: JsonObject): JsonObject {
  return {
    annotations: annotations(object),
    labels: labels(object),
    finalizers: [...items(object, 'metadata', 'finalizers')],
    ownerReferences: items(object, 'metadata', 'ownerReferences').map((owner) => ({
      kind: field(owner, 'kind') ?? '',
      name: field(owner, 'name') ?? '',
    })),
    ...(field(object, 'metadata', 'deletionTimestamp') === undefined ? {} : { deleting: true }),
  };
}

/** Resources in the order of recordings: by kind, namespace and name. */
function sorted(resources: readonly Json[]): Json[] {
  const keyOf = (resource: Json): string =>
    ['kind', 'namespace', 'name'].map((key) => text(resource, key)).join('\u0000');
  return [...resources].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Metadata, spec, status and waiting operation of an Application. */
export function applicationView(object: JsonObject): JsonObject {
  const { operationState, controllerNamespace, ...status } = fields(object, 'status');
  void controllerNamespace;
  const { syncResult, ...state } = operationView(fields(operationState));
  void syncResult;
  return filledOperation({
    metadata: metadataView(object),
    spec: field(object, 'spec'),
    status: {
      ...timelessObject(status),
      resources: sorted(items(timelessObject(status), 'resources')),
      ...(operationState === undefined ? {} : { operationState: state }),
    },
    operation: field(object, 'operation'),
  });
}

/** Metadata and status of an ApplicationSet. */
export function applicationSetView(object: JsonObject): JsonObject {
  const status = timelessObject(fields(object, 'status'));
  return { metadata: metadataView(object), status: { resources: [], ...status } };
}
