import {
  asArray,
  asNumber,
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
  availableIn,
  controlled,
  controllerReference,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  namespaceOf,
  nowOf,
  ownerKey,
  podFrom,
  withoutZeros,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { create, remove, updateStatus } from './writes.ts';

const storage = 'statefulsets.apps';
const hashLabel = 'controller-revision-hash';

/** Keeps the numbered pods of StatefulSets, one after the other. */
export const statefulSetController: Controller = {
  name: 'stateful-sets',
  keys: (_, event) => {
    if (event.resource === storage) return [event.key];
    return event.resource === 'pods' ? ownerKey(event.object, 'StatefulSet') : [];
  },
  reconcile: (context, key) => {
    const set = context.store.get(storage, key);
    if (set === undefined) return undefined;
    if (!isDeleting(set)) sync(context, set);
    const current = context.store.get(storage, key);
    return current === undefined ? undefined : writeStatus(context, current);
  },
};

function revisionOf(set: JsonObject): string {
  const text = JSON.stringify(sortKeys(asObject(at(set, 'spec', 'template'))));
  return `${nameOf(set)}-${safeEncode(String(fnv32(text)))}`;
}

function ordinalOf(pod: JsonObject): number {
  return Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? -1);
}

function podOf(set: JsonObject, ordinal: number): JsonObject {
  const name = `${nameOf(set)}-${ordinal}`;
  const template = asObject(at(set, 'spec', 'template'));
  const pod = podFrom(set, template, {
    name,
    labels: {
      [hashLabel]: revisionOf(set),
      'apps.kubernetes.io/pod-index': String(ordinal),
      'statefulset.kubernetes.io/pod-name': name,
    },
  });
  const claims = asArray(at(set, 'spec', 'volumeClaimTemplates')).map((claim) =>
    asString(at(claim, 'metadata', 'name')),
  );
  const kept = asArray(at(pod, 'spec', 'volumes')).filter(
    (volume) => !claims.includes(asString(at(volume, 'name'))),
  );
  const volumes = claims.map((claim) => ({
    name: claim,
    persistentVolumeClaim: { claimName: `${claim}-${name}` },
  }));
  const spec = {
    ...asObject(pod['spec']),
    hostname: name,
    subdomain: at(set, 'spec', 'serviceName') ?? '',
    volumes: [...kept, ...volumes],
  };
  return { ...pod, spec };
}

function makeClaims(context: Context, set: JsonObject, ordinal: number): void {
  for (const entry of asArray(at(set, 'spec', 'volumeClaimTemplates'))) {
    const template = asObject(entry);
    const name = `${nameOf(template)}-${nameOf(set)}-${ordinal}`;
    if (context.store.get('persistentvolumeclaims', `${namespaceOf(set)}/${name}`) !== undefined)
      continue;
    const whenDeleted = at(set, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted');
    const owners = whenDeleted === 'Delete' ? { ownerReferences: [controllerReference(set)] } : {};
    create(context, 'persistentvolumeclaims', {
      kind: 'PersistentVolumeClaim',
      apiVersion: 'v1',
      metadata: {
        name,
        namespace: namespaceOf(set),
        labels: {
          ...asObject(at(set, 'spec', 'selector', 'matchLabels')),
          ...asObject(at(template, 'metadata', 'labels')),
        },
        ...owners,
      },
      spec: asObject(template['spec']),
    });
  }
}

function sync(context: Context, set: JsonObject): void {
  const wanted = asNumber(at(set, 'spec', 'replicas'), 1);
  const parallel = at(set, 'spec', 'podManagementPolicy') === 'Parallel';
  const pods = controlled(context, 'pods', set);
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = pods.find((entry) => ordinalOf(entry) === ordinal);
    if (pod === undefined) {
      makeClaims(context, set, ordinal);
      create(context, 'pods', podOf(set, ordinal));
    } else if (isFinished(pod) && !isDeleting(pod)) remove(context, 'pods', pod);
    if (!parallel && (pod === undefined || !isReady(pod))) return;
  }
  const extra = pods
    .filter((pod) => ordinalOf(pod) >= wanted)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  for (const pod of extra) {
    if (!isDeleting(pod)) remove(context, 'pods', pod);
    if (!parallel) return;
  }
  replaceOld(context, set, pods);
}

/** Takes one pod of an old template away, the highest first, when all above it are ready. */
function replaceOld(context: Context, set: JsonObject, pods: readonly JsonObject[]): void {
  if (at(set, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') return;
  const partition = asNumber(at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'));
  const revision = revisionOf(set);
  for (const pod of [...pods].sort((a, b) => ordinalOf(b) - ordinalOf(a))) {
    if (ordinalOf(pod) < partition) return;
    if (at(pod, 'metadata', 'labels', hashLabel) !== revision) {
      if (!isDeleting(pod)) remove(context, 'pods', pod);
      return;
    }
    if (!isReady(pod)) return;
  }
}

function writeStatus(context: Context, set: JsonObject): number | undefined {
  const { nowMs } = nowOf(context);
  const revision = revisionOf(set);
  const pods = controlled(context, 'pods', set).filter((pod) => !isFinished(pod));
  const waits = pods.map((pod) =>
    availableIn(pod, asNumber(at(set, 'spec', 'minReadySeconds')), nowMs),
  );
  const updated = pods.filter(
    (pod) => at(pod, 'metadata', 'labels', hashLabel) === revision && !isDeleting(pod),
  ).length;
  const before = asString(at(set, 'status', 'currentRevision'));
  const isDone = updated === asNumber(at(set, 'spec', 'replicas'), 1) && pods.every(isReady);
  const current = before === '' || isDone ? revision : before;
  const status = withoutZeros(
    {
      observedGeneration: at(set, 'metadata', 'generation') ?? 0,
      replicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      currentReplicas: pods.filter((pod) => at(pod, 'metadata', 'labels', hashLabel) === current)
        .length,
      updatedReplicas: updated,
      currentRevision: current,
      updateRevision: revision,
      collisionCount: 0,
      availableReplicas: waits.filter((wait) => wait === 0).length,
    },
    ['replicas', 'availableReplicas', 'collisionCount'],
  );
  const next = withAt(set, ['status'], status);
  if (!equal(next['status'], set['status'])) updateStatus(context, storage, set, status);
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return later.length === 0 ? undefined : Math.min(...later);
}
