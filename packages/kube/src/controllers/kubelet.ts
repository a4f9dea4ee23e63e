import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { fnv32 } from '../text/hash.ts';
import { type Context, formatTime } from '../server/context.ts';
import { conditionOf, isDeleting, isFinished, namespaceOf, nowOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { create, update, updateStatus } from './writes.ts';

/** How a pod goes: what is left out takes no time or does not happen. */
export interface PodBehaviour {
  /** Until the containers run. */
  readonly startMs?: number;
  /** From then until the pod is ready; `never` keeps it unready. */
  readonly readyMs?: number | 'never';
  /** From the start until the containers end by themselves. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  /** The image cannot be pulled, or the containers crash again and again. */
  readonly failure?: 'ImagePullBackOff' | 'CrashLoopBackOff';
  /** How long a pod takes to end when it is deleted. */
  readonly stopMs?: number;
}

export interface KubeletOptions {
  readonly nodeName: string;
  readonly behaviour: (pod: JsonObject) => PodBehaviour;
}

const pods = 'pods';

/** A node that runs pods in name only: they start, get ready, end and fail as they are told to. */
export function fakeKubelet(options: KubeletOptions): Controller {
  return {
    name: `kubelet-${options.nodeName}`,
    keys: (_, event) => (event.resource === pods ? [event.key] : []),
    reconcile: (context, key) => {
      const pod = context.store.get(pods, key);
      return pod === undefined ? undefined : run(context, options, pod);
    },
  };
}

/** Registers the node of a fake kubelet. */
export function registerNode(context: Context, nodeName: string): void {
  if (context.store.get('nodes', nodeName) !== undefined) return;
  const node = create(context, 'nodes', {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: nodeName,
      labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux' },
    },
  });
  if (node === undefined) return;
  const { now } = nowOf(context);
  const ready = {
    type: 'Ready',
    status: 'True',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  };
  const resources = { cpu: '64', memory: '256Gi', pods: '1000' };
  updateStatus(context, 'nodes', node, {
    capacity: resources,
    allocatable: resources,
    conditions: [ready],
  });
}

function run(context: Context, options: KubeletOptions, pod: JsonObject): number | undefined {
  const node = asString(at(pod, 'spec', 'nodeName'));
  if (node === '') {
    if (!isDeleting(pod) && asArray(at(pod, 'spec', 'schedulingGates')).length === 0)
      schedule(context, options, pod);
    return undefined;
  }
  if (node !== options.nodeName) return undefined;
  const behaviour = options.behaviour(pod);
  if (isDeleting(pod)) return stop(context, pod, behaviour);
  return isFinished(pod) ? undefined : advance(context, pod, behaviour);
}

function schedule(context: Context, options: KubeletOptions, pod: JsonObject): void {
  const { now } = nowOf(context);
  const spec = { ...asObject(pod['spec']), nodeName: options.nodeName };
  const placed = update(context, pods, { ...pod, spec });
  if (placed === undefined) return;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: now,
  };
  updateStatus(context, pods, placed, {
    ...asObject(placed['status']),
    conditions: [scheduled],
    startTime: now,
  });
}

function stop(context: Context, pod: JsonObject, behaviour: PodBehaviour): number | undefined {
  const { nowMs } = nowOf(context);
  const grace = Number(at(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0) * 1000;
  const begun = Date.parse(asString(at(pod, 'metadata', 'deletionTimestamp'))) - grace;
  const wait = begun + Math.min(behaviour.stopMs ?? 0, grace) - nowMs;
  if (wait > 0) return wait;
  const key = `${namespaceOf(pod)}/${asString(at(pod, 'metadata', 'name'))}`;
  const finalizers = asArray(at(pod, 'metadata', 'finalizers'));
  const done: JsonObject = { ...asObject(pod['metadata']), deletionGracePeriodSeconds: 0 };
  if (finalizers.length === 0) context.store.remove(pods, key, { ...pod, metadata: done });
  else if (grace > 0) context.store.put(pods, key, { ...pod, metadata: done });
  return undefined;
}

function advance(context: Context, pod: JsonObject, behaviour: PodBehaviour): number | undefined {
  const { nowMs } = nowOf(context);
  const begun =
    asString(at(pod, 'status', 'startTime')) || asString(at(pod, 'metadata', 'creationTimestamp'));
  const startAt = Date.parse(begun) + (behaviour.startMs ?? 0);
  if (behaviour.failure !== undefined) {
    writePod(context, pod, waiting(pod, behaviour.failure));
    return undefined;
  }
  if (nowMs < startAt) {
    writePod(context, pod, waiting(pod, 'ContainerCreating'));
    return startAt - nowMs;
  }
  return runOrEnd(context, pod, { behaviour, startAt });
}

interface Started {
  readonly behaviour: PodBehaviour;
  readonly startAt: number;
}

function runOrEnd(
  context: Context,
  pod: JsonObject,
  { behaviour, startAt }: Started,
): number | undefined {
  const { nowMs } = nowOf(context);
  const exitAt = startAt + (behaviour.exitAfterMs ?? Number.POSITIVE_INFINITY);
  if (nowMs >= exitAt) {
    writePod(context, pod, ended(pod, { startAt, exitAt, code: behaviour.exitCode ?? 0 }));
    return undefined;
  }
  const readyMs = behaviour.readyMs ?? 0;
  const readyAt = startAt + (readyMs === 'never' ? Number.POSITIVE_INFINITY : readyMs);
  const isReady = nowMs >= readyAt;
  writePod(context, pod, running(pod, { startAt, isReady }));
  const next = Math.min(exitAt, isReady ? Number.POSITIVE_INFINITY : readyAt);
  return Number.isFinite(next) ? Math.max(1, next - nowMs) : undefined;
}

function containerStatuses(pod: JsonObject, state: JsonObject, isReady: boolean): Json[] {
  return asArray(at(pod, 'spec', 'containers')).map((container) => ({
    name: at(container, 'name') ?? '',
    state,
    lastState: {},
    ready: isReady,
    restartCount: 0,
    image: at(container, 'image') ?? '',
    imageID: '',
    started: isReady,
  }));
}

function waiting(pod: JsonObject, reason: string): JsonObject {
  return {
    phase: 'Pending',
    isReady: false,
    containerStatuses: containerStatuses(pod, { waiting: { reason } }, false),
  };
}

function running(
  pod: JsonObject,
  about: { readonly startAt: number; readonly isReady: boolean },
): JsonObject {
  const state = { running: { startedAt: formatTime(about.startAt) } };
  const uid = asString(at(pod, 'metadata', 'uid'));
  const number = fnv32(uid);
  const ip =
    asString(at(pod, 'status', 'podIP')) || `10.244.${(number >> 8) & 255}.${number & 255 || 1}`;
  return {
    phase: 'Running',
    isReady: about.isReady,
    podIP: ip,
    podIPs: [{ ip }],
    hostIP: '127.0.0.1',
    containerStatuses: containerStatuses(pod, state, about.isReady),
  };
}

function ended(
  pod: JsonObject,
  about: { readonly startAt: number; readonly exitAt: number; readonly code: number },
): JsonObject {
  const terminated = {
    exitCode: about.code,
    reason: about.code === 0 ? 'Completed' : 'Error',
    startedAt: formatTime(about.startAt),
    finishedAt: formatTime(about.exitAt),
  };
  return {
    phase: about.code === 0 ? 'Succeeded' : 'Failed',
    isReady: false,
    containerStatuses: containerStatuses(pod, { terminated }, false),
  };
}

function writePod(context: Context, pod: JsonObject, state: JsonObject): void {
  const { now } = nowOf(context);
  const { isReady, ...rest } = state;
  const word = isReady === true ? 'True' : 'False';
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => {
    const status = type === 'Initialized' || type === 'PodScheduled' ? 'True' : word;
    const known = conditionOf(pod, type);
    const since = known?.['status'] === status ? (known['lastTransitionTime'] ?? now) : now;
    return { type, status, lastProbeTime: null, lastTransitionTime: since };
  });
  const status: JsonObject = { ...asObject(pod['status']), ...rest, conditions };
  if (!equal(status, asObject(pod['status']))) updateStatus(context, pods, pod, status);
}
