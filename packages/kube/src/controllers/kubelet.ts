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
  /** From the start until the containers end by themselves; the pod's restartPolicy says whether they start again. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  /** The image cannot be pulled, or the containers crash as soon as they start. */
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
  if (behaviour.failure === 'ImagePullBackOff') {
    writePod(context, pod, waiting(pod, behaviour.failure));
    return undefined;
  }
  if (nowMs < startAt) {
    writePod(context, pod, waiting(pod, 'ContainerCreating'));
    return startAt - nowMs;
  }
  return runOrEnd(context, pod, { behaviour: plain(behaviour), startAt });
}

/** Containers that crash again and again are containers that end at once with an exit code. */
function plain(behaviour: PodBehaviour): PodBehaviour {
  if (behaviour.failure !== 'CrashLoopBackOff') return behaviour;
  return {
    ...behaviour,
    exitAfterMs: behaviour.exitAfterMs ?? 0,
    exitCode: behaviour.exitCode ?? 1,
  };
}

interface Started {
  readonly behaviour: PodBehaviour;
  readonly startAt: number;
}

/** One run of the containers of a pod. */
interface Run {
  readonly startAt: number;
  /** When it ends; never, when the containers do not end by themselves. */
  readonly endAt: number;
  /** When the next one begins. */
  readonly nextAt: number;
  readonly restarts: number;
  /** The run before. */
  readonly last?: Pick<Run, 'startAt' | 'endAt'>;
}

const firstRestartMs = 10_000;
const longestRestartMs = 300_000;

/**
 * The run at a time. Containers that end are started again at once, then after 10 s, 20 s and so on up to 5 minutes,
 * as by a real kubelet.
 */
function runAt(startAt: number, exitAfterMs: number, nowMs: number): Run {
  const firstEnd = startAt + exitAfterMs;
  let run: Run = { startAt, endAt: firstEnd, nextAt: firstEnd, restarts: 0 };
  // Containers that end at once never show as running: their first wait is there from the start.
  if (exitAfterMs === 0) run = { ...run, nextAt: run.endAt + firstRestartMs };
  while (run.nextAt <= nowMs) {
    const restarts = run.restarts + 1;
    const doubled = exitAfterMs === 0 ? restarts : restarts - 1;
    const wait = Math.min(longestRestartMs, firstRestartMs * 2 ** doubled);
    const endAt = run.nextAt + exitAfterMs;
    run = { startAt: run.nextAt, endAt, nextAt: endAt + wait, restarts, last: run };
  }
  return run;
}

/** Whether containers that end with a code are started again. */
function restartsAfter(pod: JsonObject, code: number): boolean {
  const policy = asString(at(pod, 'spec', 'restartPolicy'));
  return policy === 'Never' ? false : policy === 'OnFailure' ? code !== 0 : true;
}

function runOrEnd(
  context: Context,
  pod: JsonObject,
  { behaviour, startAt }: Started,
): number | undefined {
  const { nowMs } = nowOf(context);
  const { exitAfterMs = Number.POSITIVE_INFINITY, exitCode: code = 0 } = behaviour;
  const again = Number.isFinite(exitAfterMs) && restartsAfter(pod, code);
  const run: Run = again
    ? runAt(startAt, exitAfterMs, nowMs)
    : { startAt, endAt: startAt + exitAfterMs, nextAt: Number.POSITIVE_INFINITY, restarts: 0 };
  if (nowMs >= run.endAt) {
    writePod(context, pod, again ? crashed(pod, run, code) : ended(pod, { ...run, code }));
    return again ? Math.max(1, run.nextAt - nowMs) : undefined;
  }
  const readyMs = behaviour.readyMs ?? 0;
  const readyAt = run.startAt + (readyMs === 'never' ? Number.POSITIVE_INFINITY : readyMs);
  const isReady = nowMs >= readyAt;
  writePod(context, pod, running(pod, { ...run, isReady, code }));
  const next = Math.min(run.endAt, isReady ? Number.POSITIVE_INFINITY : readyAt);
  return Number.isFinite(next) ? Math.max(1, next - nowMs) : undefined;
}

interface Shown {
  readonly state: JsonObject;
  readonly lastState?: JsonObject;
  readonly isReady?: boolean;
  readonly restarts?: number;
}

function containerStatuses(pod: JsonObject, shown: Shown): Json[] {
  const { state, lastState = {}, isReady = false, restarts = 0 } = shown;
  return asArray(at(pod, 'spec', 'containers')).map((container) => ({
    name: at(container, 'name') ?? '',
    state,
    lastState,
    ready: isReady,
    restartCount: restarts,
    image: at(container, 'image') ?? '',
    imageID: '',
    started: isReady,
  }));
}

function waiting(pod: JsonObject, reason: string): JsonObject {
  return {
    phase: 'Pending',
    isReady: false,
    containerStatuses: containerStatuses(pod, { state: { waiting: { reason } } }),
  };
}

function addressesOf(pod: JsonObject): JsonObject {
  const number = fnv32(asString(at(pod, 'metadata', 'uid')));
  const made = `10.244.${(number >> 8) & 255}.${number & 255 || 1}`;
  const ip = asString(at(pod, 'status', 'podIP')) || made;
  return { podIP: ip, podIPs: [{ ip }], hostIP: '127.0.0.1' };
}

function running(
  pod: JsonObject,
  about: Run & { readonly isReady: boolean; readonly code: number },
): JsonObject {
  const { isReady, restarts } = about;
  const state = { running: { startedAt: formatTime(about.startAt) } };
  const lastState = about.last === undefined ? {} : terminated(about.last, about.code);
  return {
    phase: 'Running',
    isReady,
    ...addressesOf(pod),
    containerStatuses: containerStatuses(pod, { state, lastState, isReady, restarts }),
  };
}

function terminated(run: Pick<Run, 'startAt' | 'endAt'>, code: number): JsonObject {
  return {
    terminated: {
      exitCode: code,
      reason: code === 0 ? 'Completed' : 'Error',
      startedAt: formatTime(run.startAt),
      finishedAt: formatTime(run.endAt),
    },
  };
}

/** Containers that wait for their next start. */
function crashed(pod: JsonObject, run: Run, code: number): JsonObject {
  const name = asString(at(pod, 'metadata', 'name'));
  const seconds = Math.round((run.nextAt - run.endAt) / 1000);
  const wait = seconds >= longestRestartMs / 1000 ? '5m0s' : `${seconds}s`;
  const message = `back-off ${wait} restarting failed container=${asString(at(pod, 'spec', 'containers', 0, 'name'))} pod=${name}_${namespaceOf(pod)}(${asString(at(pod, 'metadata', 'uid'))})`;
  return {
    phase: 'Running',
    isReady: false,
    ...addressesOf(pod),
    containerStatuses: containerStatuses(pod, {
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: terminated(run, code),
      restarts: run.restarts,
    }),
  };
}

function ended(
  pod: JsonObject,
  about: Pick<Run, 'startAt' | 'endAt'> & { readonly code: number },
): JsonObject {
  return {
    phase: about.code === 0 ? 'Succeeded' : 'Failed',
    isReady: false,
    containerStatuses: containerStatuses(pod, { state: terminated(about, about.code) }),
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
