import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  equal,
  type JsonObject,
} from '../json/value.ts';
import type { Context } from '../server/context.ts';
import {
  controlled,
  controllerReference,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  namespaceOf,
  numberAt,
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
import { create, remove, tryCreate, updateStatus } from './writes.ts';

const storage = 'statefulsets.apps';

/** Keeps the numbered pods of StatefulSets, one after the other (Kubernetes pkg/controller/statefulset). */
export const statefulSetController = podOwnerController({
  name: 'stateful-sets',
  storage,
  kind: 'StatefulSet',
  sync,
  writeStatus,
});

function revisionOf(set: JsonObject): string {
  return `${nameOf(set)}-${templateHash(templateOf(set))}`;
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
      [revisionLabel]: revisionOf(set),
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

/** The numbers of the pods, from `spec.ordinals.start` on. */
function ordinalsOf(set: JsonObject): number[] {
  const start = numberAt(set, 'spec', 'ordinals', 'start');
  const wanted = asNumber(at(set, 'spec', 'replicas'), 1);
  return Array.from({ length: wanted }, (_, index) => start + index);
}

function sync(context: Context, set: JsonObject): Synced {
  const ordinals = ordinalsOf(set);
  const inOrder = at(set, 'spec', 'podManagementPolicy') !== 'Parallel';
  const pods = controlled(context, 'pods', set);
  let synced = allMade;
  for (const ordinal of ordinals) {
    const pod = pods.find((entry) => ordinalOf(entry) === ordinal);
    if (pod === undefined) synced = makePod(context, set, ordinal);
    else if (isFinished(pod) && !isDeleting(pod)) remove(context, 'pods', pod);
    if (inOrder && (pod === undefined || !isAvailable(context, set, pod))) return synced;
  }
  const isSmall = shrink(pods, { context, ordinals, inOrder });
  if ((isSmall || !inOrder) && rollsUpdates(set)) replaceOld(context, set, pods);
  return synced;
}

interface Shrinking {
  readonly context: Context;
  readonly ordinals: readonly number[];
  readonly inOrder: boolean;
}

/** Takes pods away that are too many, the highest first; answers whether there were none. */
function shrink(pods: readonly JsonObject[], { context, ordinals, inOrder }: Shrinking): boolean {
  const extra = pods
    .filter((pod) => !ordinals.includes(ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  for (const pod of inOrder ? extra.slice(0, 1) : extra)
    if (!isDeleting(pod)) remove(context, 'pods', pod);
  return extra.length === 0;
}

function makePod(context: Context, set: JsonObject, ordinal: number): Synced {
  makeClaims(context, set, ordinal);
  const { refusal } = tryCreate(context, 'pods', podOf(set, ordinal));
  return { refusal };
}

function isAvailable(context: Context, set: JsonObject, pod: JsonObject): boolean {
  return availabilityOf(context, set, [pod]).available === 1;
}

/** Takes one pod of an old template away, the highest first, when all above it are available. */
function replaceOld(context: Context, set: JsonObject, pods: readonly JsonObject[]): void {
  const partition = asNumber(at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'));
  const revision = revisionOf(set);
  for (const pod of [...pods].sort((a, b) => ordinalOf(b) - ordinalOf(a))) {
    if (ordinalOf(pod) < partition) return;
    if (!hasRevision(pod, revision)) {
      if (!isDeleting(pod)) remove(context, 'pods', pod);
      return;
    }
    if (!isAvailable(context, set, pod)) return;
  }
}

function writeStatus(context: Context, set: JsonObject): number | undefined {
  const revision = revisionOf(set);
  const pods = controlled(context, 'pods', set).filter((pod) => !isFinished(pod));
  const { available, againMs } = availabilityOf(context, set, pods);
  const updated = pods.filter((pod) => hasRevision(pod, revision) && !isDeleting(pod)).length;
  const before = asString(at(set, 'status', 'currentRevision'));
  const isDone = updated === asNumber(at(set, 'spec', 'replicas'), 1) && pods.every(isReady);
  const current = before === '' || isDone ? revision : before;
  const status = withoutZeros(
    {
      observedGeneration: at(set, 'metadata', 'generation') ?? 0,
      replicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      currentReplicas: pods.filter((pod) => hasRevision(pod, current)).length,
      updatedReplicas: updated,
      currentRevision: current,
      updateRevision: revision,
      collisionCount: 0,
      availableReplicas: available,
    },
    ['replicas', 'availableReplicas', 'collisionCount'],
  );
  if (!equal(status, asObject(set['status']))) updateStatus(context, storage, set, status);
  return againMs;
}
