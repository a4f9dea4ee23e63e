import { asNumber, asObject, at, equal, type JsonObject } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import {
  availableIn,
  controlled,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  nowOf,
  ownerKey,
  phaseOf,
  podFrom,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { create, remove, updateStatus } from './writes.ts';

const storage = 'replicasets.apps';

/** Pods in the order in which they go: those that do least first. */
function byUse(a: JsonObject, b: JsonObject): number {
  const rank = (pod: JsonObject): number => (isReady(pod) ? 2 : phaseOf(pod) === 'Running' ? 1 : 0);
  return rank(a) - rank(b);
}

/** Keeps as many pods as a ReplicaSet wants. */
export const replicaSetController: Controller = {
  name: 'replica-sets',
  keys: (_, event) => {
    if (event.resource === storage) return [event.key];
    return event.resource === 'pods' ? ownerKey(event.object, 'ReplicaSet') : [];
  },
  reconcile: (context, key) => {
    const set = context.store.get(storage, key);
    if (set === undefined) return undefined;
    if (!isDeleting(set)) scale(context, set);
    const current = context.store.get(storage, key);
    return current === undefined ? undefined : writeStatus(context, current);
  },
};

function activePods(context: Context, set: JsonObject): JsonObject[] {
  return controlled(context, 'pods', set).filter((pod) => !isDeleting(pod) && !isFinished(pod));
}

function scale(context: Context, set: JsonObject): void {
  const pods = activePods(context, set);
  const wanted = asNumber(at(set, 'spec', 'replicas'), 1);
  for (let count = pods.length; count < wanted; count += 1) {
    const pod = podFrom(set, asObject(at(set, 'spec', 'template')), {
      generateName: `${nameOf(set)}-`,
    });
    if (create(context, 'pods', pod) === undefined) return;
  }
  for (const pod of [...pods].sort(byUse).slice(0, Math.max(0, pods.length - wanted)))
    remove(context, 'pods', pod);
}

function writeStatus(context: Context, set: JsonObject): number | undefined {
  const { nowMs } = nowOf(context);
  const pods = activePods(context, set);
  const waits = pods.map((pod) =>
    availableIn(pod, asNumber(at(set, 'spec', 'minReadySeconds')), nowMs),
  );
  const status: JsonObject = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: waits.filter((wait) => wait === 0).length,
    observedGeneration: at(set, 'metadata', 'generation') ?? 0,
  };
  if (!equal(status, at(set, 'status'))) updateStatus(context, storage, set, status);
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return later.length === 0 ? undefined : Math.min(...later);
}
