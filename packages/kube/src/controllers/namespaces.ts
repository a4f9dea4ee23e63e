import {
  asArray,
  asObject,
  asString,
  at,
  byKey,
  equal,
  type JsonObject,
  withAt,
} from '../json/value.ts';
import type { Context } from '../server/context.ts';
import { isDeleting, nowOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { remove } from './writes.ts';

/** Empties namespaces that are being deleted, then lets them go. */
export const namespaceController: Controller = {
  name: 'namespaces',
  keys: (context, event) => {
    if (event.resource === 'namespaces')
      return isDeleting(event.object) && event.type !== 'DELETED' ? [event.key] : [];
    const namespace = asString(at(event.object, 'metadata', 'namespace'));
    if (namespace === '') return [];
    const found = context.store.get('namespaces', namespace);
    return found !== undefined && isDeleting(found) ? [namespace] : [];
  },
  reconcile: (context, name) => {
    const namespace = context.store.get('namespaces', name);
    if (namespace !== undefined && isDeleting(namespace)) empty(context, name, namespace);
    return undefined;
  },
};

interface Remaining {
  readonly resource: string;
  readonly objects: readonly JsonObject[];
}

function remaining(context: Context, name: string): Remaining[] {
  const storages = new Set(
    context.resources
      .all()
      .filter((resource) => resource.namespaced)
      .map((resource) => resource.storage),
  );
  return [...storages]
    .sort(byKey)
    .map((resource) => ({ resource, objects: context.store.list(resource, name) }))
    .filter(({ objects }) => objects.length > 0);
}

function empty(context: Context, name: string, namespace: JsonObject): void {
  for (const { resource, objects } of remaining(context, name)) {
    for (const object of objects) if (!isDeleting(object)) remove(context, resource, object);
  }
  const left = remaining(context, name);
  if (left.length > 0) {
    writeConditions(context, namespace, left);
    return;
  }
  const finalizers = asArray(at(namespace, 'spec', 'finalizers')).filter(
    (entry) => entry !== 'kubernetes',
  );
  const next = withAt(namespace, ['spec'], finalizers.length === 0 ? {} : { finalizers });
  const held = asArray(at(namespace, 'metadata', 'finalizers')).length > 0;
  if (finalizers.length === 0 && !held) context.store.remove('namespaces', name, next);
  else if (!equal(next, namespace)) context.store.put('namespaces', name, next);
}

function writeConditions(
  context: Context,
  namespace: JsonObject,
  left: readonly Remaining[],
): void {
  const counts = left.map(
    ({ resource, objects }) =>
      `${resource.includes('.') ? resource : `${resource}.`} has ${objects.length} resource instances`,
  );
  const finalizers = new Map<string, number>();
  for (const object of left.flatMap(({ objects }) => objects)) {
    for (const entry of asArray(at(object, 'metadata', 'finalizers')).map(asString))
      finalizers.set(entry, (finalizers.get(entry) ?? 0) + 1);
  }
  const holders = [...finalizers]
    .sort(([a], [b]) => byKey(a, b))
    .map(([name, count]) => `${name} in ${count} resource instances`);
  const wanted: readonly (readonly [string, string, string, string])[] = [
    [
      'NamespaceDeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    [
      'NamespaceContentRemaining',
      'True',
      'SomeResourcesRemain',
      `Some resources are remaining: ${counts.join(', ')}`,
    ],
    [
      'NamespaceFinalizersRemaining',
      finalizers.size > 0 ? 'True' : 'False',
      finalizers.size > 0 ? 'SomeFinalizersRemain' : 'ContentHasNoFinalizers',
      finalizers.size > 0
        ? `Some content in the namespace has finalizers remaining: ${holders.join(', ')}`
        : 'All content-preserving finalizers finished',
    ],
  ];
  const { now } = nowOf(context);
  const before = asArray(at(namespace, 'status', 'conditions')).map(asObject);
  const conditions = wanted.map(([type, status, reason, message]) => {
    const known = before.find((entry) => entry['type'] === type && entry['status'] === status);
    return {
      type,
      status,
      lastTransitionTime: known?.['lastTransitionTime'] ?? now,
      reason,
      message,
    };
  });
  const next = withAt(namespace, ['status'], { ...asObject(namespace['status']), conditions });
  if (!equal(next, namespace))
    context.store.put('namespaces', asString(at(namespace, 'metadata', 'name')), next);
}
