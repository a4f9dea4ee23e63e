import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type JsonObject,
  sortKeys,
  withAt,
} from '../json/value.ts';
import { fnv32, safeEncode } from '../text/hash.ts';
import type { Context } from '../server/context.ts';
import {
  controlled,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  namespaceOf,
  ownerKey,
  podFrom,
  withoutZeros,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { resolveCount } from './deployments.ts';
import { create, remove, updateStatus } from './writes.ts';

const storage = 'daemonsets.apps';
const hashLabel = 'controller-revision-hash';

/** Keeps one pod on each node that a DaemonSet selects. */
export const daemonSetController: Controller = {
  name: 'daemon-sets',
  keys: (context, event) => {
    if (event.resource === storage) return [event.key];
    if (event.resource === 'nodes')
      return context.store.list(storage).map((set) => `${namespaceOf(set)}/${nameOf(set)}`);
    return event.resource === 'pods' ? ownerKey(event.object, 'DaemonSet') : [];
  },
  reconcile: (context, key) => {
    const set = context.store.get(storage, key);
    if (set === undefined) return undefined;
    const nodes = wantedNodes(context, set);
    if (!isDeleting(set)) sync(context, set, nodes);
    const current = context.store.get(storage, key);
    if (current !== undefined) writeStatus(context, current, nodes);
    return undefined;
  },
};

function wantedNodes(context: Context, set: JsonObject): string[] {
  const wanted = Object.entries(asObject(at(set, 'spec', 'template', 'spec', 'nodeSelector')));
  return context.store
    .list('nodes')
    .filter((node) => wanted.every(([key, value]) => at(node, 'metadata', 'labels', key) === value))
    .map(nameOf);
}

function revisionOf(set: JsonObject): string {
  return safeEncode(String(fnv32(JSON.stringify(sortKeys(asObject(at(set, 'spec', 'template')))))));
}

function nodeOf(pod: JsonObject): string {
  return asString(at(pod, 'spec', 'nodeName'));
}

function sync(context: Context, set: JsonObject, nodes: readonly string[]): void {
  const pods = controlled(context, 'pods', set).filter((pod) => !isDeleting(pod));
  const revision = revisionOf(set);
  for (const pod of pods)
    if (!nodes.includes(nodeOf(pod)) || isFinished(pod)) remove(context, 'pods', pod);
  for (const node of nodes) {
    if (pods.some((pod) => nodeOf(pod) === node)) continue;
    const pod = podFrom(set, asObject(at(set, 'spec', 'template')), {
      generateName: `${nameOf(set)}-`,
      labels: { [hashLabel]: revision },
    });
    create(context, 'pods', withAt(pod, ['spec', 'nodeName'], node));
  }
  if (at(set, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') return;
  const limit = Math.max(
    1,
    resolveCount(
      at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') ?? 1,
      nodes.length,
      true,
    ),
  );
  const down = nodes.length - pods.filter(isReady).length;
  const old = pods.filter((pod) => at(pod, 'metadata', 'labels', hashLabel) !== revision);
  for (const pod of old.slice(0, Math.max(0, limit - down))) remove(context, 'pods', pod);
}

function writeStatus(context: Context, set: JsonObject, nodes: readonly string[]): void {
  const pods = controlled(context, 'pods', set).filter((pod) => !isDeleting(pod));
  const placed = pods.filter((pod) => nodes.includes(nodeOf(pod)));
  const ready = placed.filter(isReady).length;
  const status = withoutZeros(
    {
      currentNumberScheduled: placed.length,
      numberMisscheduled: pods.length - placed.length,
      desiredNumberScheduled: nodes.length,
      numberReady: ready,
      observedGeneration: at(set, 'metadata', 'generation') ?? 0,
      updatedNumberScheduled: placed.filter(
        (pod) => at(pod, 'metadata', 'labels', hashLabel) === revisionOf(set),
      ).length,
      numberAvailable: ready,
      numberUnavailable: nodes.length - ready,
    },
    ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
  );
  const conditions = asArray(at(set, 'status', 'conditions'));
  const next = conditions.length > 0 ? { ...status, conditions } : status;
  if (!equal(next, asObject(set['status']))) updateStatus(context, storage, set, next);
}
