import {
  asArray,
  asNumber,
  asObject,
  at,
  equal,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import type { Context } from '../server/context.ts';
import {
  conditionOf,
  controlled,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  nowOf,
  phaseOf,
  podFrom,
} from './objects.ts';
import {
  allMade,
  availabilityOf,
  podOwnerController,
  type Synced,
  templateOf,
} from './pod-owner.ts';
import { remove, tryCreate, updateStatus } from './writes.ts';

const storage = 'replicasets.apps';
const failure = 'ReplicaFailure';

/** Keeps as many pods as a ReplicaSet wants (Kubernetes pkg/controller/replicaset). */
export const replicaSetController = podOwnerController({
  name: 'replica-sets',
  storage,
  kind: 'ReplicaSet',
  sync: scale,
  writeStatus,
});

/** Pods in the order in which they go: those that do least first. */
function byUse(a: JsonObject, b: JsonObject): number {
  const rank = (pod: JsonObject): number => (isReady(pod) ? 2 : phaseOf(pod) === 'Running' ? 1 : 0);
  return rank(a) - rank(b);
}

function activePods(context: Context, set: JsonObject): JsonObject[] {
  return controlled(context, 'pods', set).filter((pod) => !isDeleting(pod) && !isFinished(pod));
}

function scale(context: Context, set: JsonObject): Synced {
  const pods = activePods(context, set);
  const wanted = asNumber(at(set, 'spec', 'replicas'), 1);
  for (let count = pods.length; count < wanted; count += 1) {
    const pod = podFrom(set, templateOf(set), { generateName: `${nameOf(set)}-` });
    const { refusal } = tryCreate(context, 'pods', pod);
    if (refusal !== undefined) return { refusal };
  }
  for (const pod of [...pods].sort(byUse).slice(0, Math.max(0, pods.length - wanted)))
    remove(context, 'pods', pod);
  return allMade;
}

function writeStatus(context: Context, set: JsonObject, synced: Synced): number | undefined {
  const pods = activePods(context, set);
  const { available, againMs } = availabilityOf(context, set, pods);
  const conditions = conditionsOf(context, set, synced);
  const status: JsonObject = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: available,
    observedGeneration: at(set, 'metadata', 'generation') ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  if (!equal(status, asObject(set['status']))) updateStatus(context, storage, set, status);
  return againMs;
}

/** A condition says why pods are missing, as long as they are. */
function conditionsOf(context: Context, set: JsonObject, { refusal }: Synced): Json[] {
  const others = asArray(at(set, 'status', 'conditions')).filter(
    (entry) => at(entry, 'type') !== failure,
  );
  if (refusal === undefined) return others;
  const known = conditionOf(set, failure);
  if (known !== undefined) return [...others, known];
  const { now } = nowOf(context);
  const condition = { type: failure, status: 'True', lastTransitionTime: now };
  return [...others, { ...condition, reason: 'FailedCreate', message: refusal }];
}
