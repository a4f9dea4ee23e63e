import type { ApiServer, Controller, JsonObject } from '@tidegate/kube';
import { fields, items, text } from './views.ts';

/** What a pod's annotations say about how it goes. */
export interface PodPlan {
  /** Seconds until it is ready or done. */
  readonly delayMs: number;
  readonly neverReady: boolean;
  readonly exitCode: number;
  readonly runsEver: boolean;
}

/** Changed annotations of a pod count after this long. */
const noticeMs = 200;

/** Reads `fake/delay`, `fake/ready`, `fake/exit` and `fake/run`. */
export function podPlan(annotations: Readonly<Record<string, unknown>>): PodPlan {
  const delay = Number(annotations['fake/delay'] ?? 1);
  return {
    delayMs: (Number.isFinite(delay) ? delay : 1) * 1000,
    neverReady: annotations['fake/ready'] === 'never',
    exitCode: Number(annotations['fake/exit'] ?? 0),
    runsEver: annotations['fake/run'] === 'ever',
  };
}

interface Watched {
  readonly sinceMs: number;
  annotations: string;
  changedMs: number;
}

/**
 * Runs pods in name only, as the recordings' cluster did: from Pending straight to Running and Ready, or to
 * Succeeded or Failed for the pod of a Job. It remembers when it saw a pod first, to the millisecond.
 */
export function recordingKubelet(server: () => ApiServer): Controller {
  const seen = new Map<string, Watched>();
  return {
    name: 'recording-kubelet',
    keys: (_, event) => (event.resource === 'pods' ? [event.key] : []),
    reconcile: (context, key) => {
      const pod = context.store.get('pods', key);
      if (pod === undefined) return undefined;
      const nowMs = context.options.clock.nowMs();
      return run(server(), pod, watch(seen, pod, nowMs) - nowMs);
    },
  };
}

/** When something is to be done with a pod, in milliseconds since the epoch. */
function watch(seen: Map<string, Watched>, pod: JsonObject, nowMs: number): number {
  const metadata = fields(pod, 'metadata');
  const uid = text(metadata, 'uid');
  const annotations = fields(metadata, 'annotations');
  const written = JSON.stringify(annotations);
  const known = seen.get(uid) ?? { sinceMs: nowMs, annotations: written, changedMs: 0 };
  seen.set(uid, known);
  if (known.annotations !== written) {
    known.annotations = written;
    known.changedMs = nowMs + noticeMs;
  }
  return Math.max(known.sinceMs + podPlan(annotations).delayMs, known.changedMs);
}

function run(server: ApiServer, pod: JsonObject, waitMs: number): number | undefined {
  const phase = text(pod, 'status', 'phase');
  const isEnding = fields(pod, 'metadata')['deletionTimestamp'] !== undefined;
  if (isEnding || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const next = nextPhase(pod);
  if (next === phase) return undefined;
  if (waitMs > 0) return waitMs;
  const { exitCode } = podPlan(fields(pod, 'metadata', 'annotations'));
  writeStatus(server, pod, { phase: next, exitCode });
  return undefined;
}

function nextPhase(pod: JsonObject): NewStatus['phase'] {
  const plan = podPlan(fields(pod, 'metadata', 'annotations'));
  const owners = items(pod, 'metadata', 'ownerReferences');
  const isJob = owners.some((owner) => text(owner, 'kind') === 'Job');
  if (isJob ? plan.runsEver : plan.neverReady) return 'Pending';
  if (!isJob) return 'Running';
  return plan.exitCode === 0 ? 'Succeeded' : 'Failed';
}

interface NewStatus {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly exitCode: number;
}

function writeStatus(server: ApiServer, pod: JsonObject, { phase, exitCode }: NewStatus): void {
  const nowMs = server.context.options.clock.nowMs();
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const ready = phase === 'Running' ? 'True' : 'False';
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: type === 'Initialized' || type === 'PodScheduled' ? 'True' : ready,
    lastTransitionTime: now,
  }));
  const containerStatuses = items(pod, 'spec', 'containers').map((container) => {
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: now,
      finishedAt: now,
    };
    const state = phase === 'Running' ? { running: { startedAt: now } } : { terminated };
    const isRunning = phase === 'Running';
    return {
      name: text(container, 'name'),
      image: text(container, 'image'),
      imageID: '',
      restartCount: 0,
      ready: isRunning,
      started: isRunning,
      state: phase === 'Pending' ? { waiting: { reason: 'ContainerCreating' } } : state,
    };
  });
  const status = { phase, startTime: now, conditions, containerStatuses };
  send(server, pod, { status });
}

function send(server: ApiServer, pod: JsonObject, body: JsonObject): void {
  const [namespace, name] = [text(pod, 'metadata', 'namespace'), text(pod, 'metadata', 'name')];
  server.handle({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
    headers: {
      accept: 'application/json',
      'content-type': 'application/merge-patch+json',
      'user-agent': 'kubelet',
    },
    body: JSON.stringify(body),
  });
}
