import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { matchesLabels, selectorOf } from '../selectors/label-selector.ts';
import { type Context, formatTime } from '../server/context.ts';
import { keyOf } from '../store/store.ts';

export function uidOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'uid'));
}

export function nameOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'name'));
}

export function namespaceOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'namespace'));
}

export function isDeleting(object: JsonObject): boolean {
  return at(object, 'metadata', 'deletionTimestamp') !== undefined;
}

/** The owner that controls an object. */
export function controllerOf(object: JsonObject): JsonObject | undefined {
  return asArray(at(object, 'metadata', 'ownerReferences'))
    .map(asObject)
    .find((owner) => owner['controller'] === true);
}

/** A reference that makes an owner the controller. */
export function controllerReference(owner: JsonObject): JsonObject {
  return {
    apiVersion: owner['apiVersion'] ?? '',
    kind: owner['kind'] ?? '',
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Objects of a resource that an owner controls. */
export function controlled(context: Context, storage: string, owner: JsonObject): JsonObject[] {
  const uid = uidOf(owner);
  return context.store
    .list(storage, namespaceOf(owner))
    .filter((object) => asString(controllerOf(object)?.['uid']) === uid);
}

/** The key of the controlling owner, when it is of a kind. */
export function ownerKey(object: JsonObject, kind: string): string[] {
  const owner = controllerOf(object);
  return owner?.['kind'] === kind ? [keyOf(namespaceOf(object), asString(owner['name']))] : [];
}

export function phaseOf(pod: JsonObject): string {
  return asString(at(pod, 'status', 'phase'));
}

export function isFinished(pod: JsonObject): boolean {
  return phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return asArray(at(object, 'status', 'conditions'))
    .map(asObject)
    .find((condition) => condition['type'] === type);
}

export function isReady(pod: JsonObject): boolean {
  return !isDeleting(pod) && conditionOf(pod, 'Ready')?.['status'] === 'True';
}

/** Milliseconds until a pod has been ready long enough; 0 when it is, undefined when it is not ready. */
export function availableIn(
  pod: JsonObject,
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(asString(conditionOf(pod, 'Ready')?.['lastTransitionTime']));
  return Math.max(0, since + minReadySeconds * 1000 - nowMs);
}

export function selects(object: JsonObject, labels: Json | undefined): boolean {
  return matchesLabels(selectorOf(at(object, 'spec', 'selector')), asObject(labels));
}

/** A pod from a template, controlled by its owner. */
export function podFrom(owner: JsonObject, template: JsonObject, metadata: JsonObject): JsonObject {
  const given = asObject(template['metadata']);
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata,
      namespace: namespaceOf(owner),
      labels: { ...asObject(given['labels']), ...asObject(metadata['labels']) },
      annotations: asObject(given['annotations']),
      finalizers: [...asArray(given['finalizers']), ...asArray(metadata['finalizers'])],
      ownerReferences: [controllerReference(owner)],
    },
    spec: asObject(template['spec']),
  };
}

export function nowOf(context: Context): { readonly nowMs: number; readonly now: string } {
  const nowMs = context.options.clock.nowMs();
  return { nowMs, now: formatTime(nowMs) };
}

export function numberAt(object: JsonObject, ...path: string[]): number {
  return asNumber(at(object, ...path));
}

/** An object without keys whose number is 0, as a status leaves them out. */
export function withoutZeros(status: JsonObject, kept: readonly string[] = []): JsonObject {
  return Object.fromEntries(
    Object.entries(status).filter(([key, value]) => value !== 0 || kept.includes(key)),
  );
}
