import { asArray, asObject, asString, at, equal, type JsonObject, withAt } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import {
  controlled,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  namespaceOf,
  podFrom,
  withoutZeros,
} from './objects.ts';
import {
  allMade,
  availabilityOf,
  hasRevision,
  podOwnerController,
  revisionLabel,
  rollsUpdates,
  type Synced,
  templateHash,
  templateOf,
} from './pod-owner.ts';
import { resolveCount } from './deployments.ts';
import { remove, tryCreate, updateStatus } from './writes.ts';

const storage = 'daemonsets.apps';

/** Keeps one pod on each node that a DaemonSet selects (Kubernetes pkg/controller/daemon). */
export const daemonSetController = podOwnerController({
  name: 'daemon-sets',
  storage,
  kind: 'DaemonSet',
  keys: (context, event) =>
    event.resource === 'nodes'
      ? context.store.list(storage).map((set) => `${namespaceOf(set)}/${nameOf(set)}`)
      : [],
  sync,
  writeStatus,
});

function wantedNodes(context: Context, set: JsonObject): string[] {
  const wanted = Object.entries(asObject(at(set, 'spec', 'template', 'spec', 'nodeSelector')));
  return context.store
    .list('nodes')
    .filter((node) => wanted.every(([key, value]) => at(node, 'metadata', 'labels', key) === value))
    .map(nameOf);
}

function nodeOf(pod: JsonObject): string {
  return asString(at(pod, 'spec', 'nodeName'));
}

function sync(context: Context, set: JsonObject): Synced {
  const nodes = wantedNodes(context, set);
  const pods = controlled(context, 'pods', set).filter((pod) => !isDeleting(pod));
  const revision = templateHash(templateOf(set));
  for (const pod of pods)
    if (!nodes.includes(nodeOf(pod)) || isFinished(pod)) remove(context, 'pods', pod);
  let synced = allMade;
  for (const node of nodes) {
    if (pods.some((pod) => nodeOf(pod) === node)) continue;
    const pod = podFrom(set, templateOf(set), {
      generateName: `${nameOf(set)}-`,
      labels: { [revisionLabel]: revision },
    });
    const { refusal } = tryCreate(context, 'pods', withAt(pod, ['spec', 'nodeName'], node));
    if (refusal !== undefined) synced = { refusal };
  }
  if (rollsUpdates(set)) replaceOld(context, set, { nodes, pods, revision });
  return synced;
}

interface Placed {
  readonly nodes: readonly string[];
  readonly pods: readonly JsonObject[];
  readonly revision: string;
}

/** Takes pods of old templates away as far as enough nodes keep one that is available. */
function replaceOld(context: Context, set: JsonObject, { nodes, pods, revision }: Placed): void {
  const given = at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') ?? 1;
  const limit = Math.max(1, resolveCount(given, nodes.length, true));
  const old = pods.filter((pod) => !hasRevision(pod, revision));
  const { available } = availabilityOf(context, set, pods);
  // An old pod that does not work is no loss.
  const idle = old.filter((pod) => !isReady(pod));
  const working = old.filter(isReady);
  for (const pod of idle) remove(context, 'pods', pod);
  const spare = limit - (nodes.length - available);
  for (const pod of working.slice(0, Math.max(0, spare))) remove(context, 'pods', pod);
}

function writeStatus(context: Context, set: JsonObject): number | undefined {
  const nodes = wantedNodes(context, set);
  const pods = controlled(context, 'pods', set).filter((pod) => !isDeleting(pod));
  const placed = pods.filter((pod) => nodes.includes(nodeOf(pod)));
  const { available, againMs } = availabilityOf(context, set, placed);
  const revision = templateHash(templateOf(set));
  const status = withoutZeros(
    {
      currentNumberScheduled: placed.length,
      numberMisscheduled: pods.length - placed.length,
      desiredNumberScheduled: nodes.length,
      numberReady: placed.filter(isReady).length,
      observedGeneration: at(set, 'metadata', 'generation') ?? 0,
      updatedNumberScheduled: placed.filter((pod) => hasRevision(pod, revision)).length,
      numberAvailable: available,
      numberUnavailable: nodes.length - available,
    },
    ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
  );
  const conditions = asArray(at(set, 'status', 'conditions'));
  const next = conditions.length > 0 ? { ...status, conditions } : status;
  if (!equal(next, asObject(set['status']))) updateStatus(context, storage, set, next);
  return againMs;
}
