import {
  asArray,
  asNumber,
  asObject,
  asString,
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
  numberAt,
  ownerKey,
  phaseOf,
  podFrom,
  withoutZeros,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { judgeFailure } from './pod-failure.ts';
import { retryMs, soonest, templateOf } from './pod-owner.ts';
import { remove, tryCreate, update, updateStatus } from './writes.ts';

const storage = 'jobs.batch';
const tracking = 'batch.kubernetes.io/job-tracking';
const firstBackoffMs = 10_000;
const longestBackoffMs = 600_000;

/** Runs Jobs: pods until enough succeeded, or too many failed, or it takes too long. */
export const jobController: Controller = {
  name: 'jobs',
  keys: (_, event) => {
    if (event.resource === storage) return [event.key];
    return event.resource === 'pods' ? ownerKey(event.object, 'Job') : [];
  },
  reconcile: (context, key) => {
    const job = context.store.get(storage, key);
    if (job === undefined) {
      releaseOrphans(context, key);
      return undefined;
    }
    return sync(context, job);
  },
};

function releaseOrphans(context: Context, key: string): void {
  const [namespace = '', name = ''] = key.split('/');
  for (const pod of context.store.list('pods', namespace)) {
    if (at(pod, 'metadata', 'labels', 'batch.kubernetes.io/job-name') === name)
      release(context, pod);
  }
}

/** Takes the finalizer away by which a pod is counted. */
function release(context: Context, pod: JsonObject): void {
  const finalizers = asArray(at(pod, 'metadata', 'finalizers'));
  if (!finalizers.includes(tracking)) return;
  const metadata = {
    ...asObject(pod['metadata']),
    finalizers: finalizers.filter((entry) => entry !== tracking),
  };
  update(context, 'pods', { ...pod, metadata });
}

function isTracked(pod: JsonObject): boolean {
  return asArray(at(pod, 'metadata', 'finalizers')).includes(tracking);
}

function hasEnded(job: JsonObject): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.['status'] === 'True');
}

interface Counted {
  readonly succeeded: number;
  readonly failed: number;
  readonly active: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Why the Job fails at once, by its pod failure policy. */
  readonly ruined: string | undefined;
}

/** Pods that ended are counted once: when they lose their finalizer. */
function count(context: Context, job: JsonObject): Counted {
  const pods = controlled(context, 'pods', job);
  const ended = pods.filter((pod) => isTracked(pod) && (isFinished(pod) || isDeleting(pod)));
  const succeeded = ended.filter((pod) => phaseOf(pod) === 'Succeeded').length;
  const verdicts = ended
    .filter((pod) => phaseOf(pod) === 'Failed')
    .map((pod) => judgeFailure(job, pod));
  const ignored = verdicts.filter(({ action }) => action === 'Ignore').length;
  return {
    succeeded: numberAt(job, 'status', 'succeeded') + succeeded,
    failed: numberAt(job, 'status', 'failed') + ended.length - succeeded - ignored,
    ruined: verdicts.find(({ action }) => action === 'FailJob')?.message,
    active: pods.filter((pod) => !isFinished(pod) && !isDeleting(pod)),
    pods: ended,
  };
}

function condition(
  type: string,
  about: {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly now: string;
  },
): JsonObject {
  return {
    type,
    status: about.status,
    lastProbeTime: about.now,
    lastTransitionTime: about.now,
    reason: about.reason,
    message: about.message,
  };
}

interface Verdict {
  readonly failed: boolean;
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether pods failed more often than they may. Pods that stay and restart their containers count each restart
 * (Kubernetes pkg/controller/job pastBackoffLimitOnFailure).
 */
function isPastBackoffLimit(job: JsonObject, counted: Counted): boolean {
  const limit = asNumber(at(job, 'spec', 'backoffLimit'), 6);
  if (counted.failed > limit) return true;
  if (at(job, 'spec', 'template', 'spec', 'restartPolicy') !== 'OnFailure') return false;
  const restarts = counted.active
    .flatMap((pod) => [
      ...asArray(at(pod, 'status', 'initContainerStatuses')),
      ...asArray(at(pod, 'status', 'containerStatuses')),
    ])
    .reduce<number>((sum, entry) => sum + asNumber(at(entry, 'restartCount')), 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Whether a Job is done, and why. */
function judge(job: JsonObject, counted: Counted, nowMs: number): Verdict | undefined {
  const completions = at(job, 'spec', 'completions');
  const start = asString(at(job, 'status', 'startTime'));
  const deadline = at(job, 'spec', 'activeDeadlineSeconds');
  if (counted.ruined !== undefined)
    return { failed: true, reason: 'PodFailurePolicy', message: counted.ruined };
  if (isPastBackoffLimit(job, counted)) {
    return {
      failed: true,
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  }
  if (
    typeof deadline === 'number' &&
    start !== '' &&
    nowMs - Date.parse(start) >= deadline * 1000
  ) {
    return {
      failed: true,
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  }
  const done =
    typeof completions === 'number'
      ? counted.succeeded >= completions
      : counted.succeeded > 0 && counted.active.length === 0;
  return done
    ? {
        failed: false,
        reason: 'CompletionsReached',
        message: 'Reached expected number of succeeded pods',
      }
    : undefined;
}

function sync(context: Context, job: JsonObject): number | undefined {
  if (hasEnded(job)) return afterEnd(context, job);
  const counted = count(context, job);
  const suspended = at(job, 'spec', 'suspend') === true;
  if (isDeleting(job)) {
    finish(context, job, { counted, verdict: undefined, suspended });
    return undefined;
  }
  const verdict = suspended ? undefined : judge(job, counted, nowOf(context).nowMs);
  const goesOn = verdict === undefined && !suspended;
  if (!goesOn) for (const pod of counted.active) remove(context, 'pods', pod);
  const wait = goesOn ? startPods(context, job, counted) : undefined;
  finish(context, job, { counted, verdict, suspended });
  return goesOn ? soonest(wait, untilDeadline(context, job)) : undefined;
}

/** Milliseconds until a Job has taken too long. */
function untilDeadline(context: Context, job: JsonObject): number | undefined {
  const { nowMs } = nowOf(context);
  const deadline = at(job, 'spec', 'activeDeadlineSeconds');
  if (typeof deadline !== 'number') return undefined;
  const started = asString(at(job, 'status', 'startTime'));
  const since = started === '' ? nowMs : Date.parse(started);
  return Math.max(1, since + deadline * 1000 - nowMs);
}

/** When the last pod failed, by its containers. */
function lastFailure(context: Context, job: JsonObject): number | undefined {
  const failed = controlled(context, 'pods', job).filter((pod) => phaseOf(pod) === 'Failed');
  const times = failed.map((pod) => {
    const ends = asArray(at(pod, 'status', 'containerStatuses')).map((entry) =>
      asString(at(entry, 'state', 'terminated', 'finishedAt')),
    );
    return Math.max(...ends.map((end) => (end === '' ? 0 : Date.parse(end))), 0);
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Makes pods that are missing; answers how long to wait after failures. */
function startPods(context: Context, job: JsonObject, counted: Counted): number | undefined {
  const { nowMs } = nowOf(context);
  const parallel = asNumber(at(job, 'spec', 'parallelism'), 1);
  const completions = at(job, 'spec', 'completions');
  const left =
    typeof completions === 'number'
      ? completions - counted.succeeded
      : counted.succeeded > 0
        ? counted.active.length
        : parallel;
  const missing = Math.min(parallel, left) - counted.active.length;
  if (missing <= 0) {
    for (const pod of counted.active.slice(0, Math.max(0, -missing))) remove(context, 'pods', pod);
    return undefined;
  }
  const failedAt = lastFailure(context, job);
  if (counted.failed > 0 && failedAt !== undefined) {
    const backoff = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (counted.failed - 1));
    if (failedAt + backoff > nowMs) return failedAt + backoff - nowMs;
  }
  for (let made = 0; made < missing; made += 1) {
    const pod = podFrom(job, templateOf(job), {
      generateName: `${nameOf(job)}-`,
      finalizers: [tracking],
    });
    if (tryCreate(context, 'pods', pod).refusal !== undefined) return retryMs;
  }
  return undefined;
}

interface End {
  readonly counted: Counted;
  readonly verdict: Verdict | undefined;
  readonly suspended: boolean;
}

function conditionsFor(job: JsonObject, { verdict, suspended }: End, now: string): Json[] {
  let conditions = asArray(at(job, 'status', 'conditions'));
  const known = conditionOf(job, 'Suspended');
  const word = suspended
    ? { status: 'True', reason: 'JobSuspended', message: 'Job suspended', now }
    : { status: 'False', reason: 'JobResumed', message: 'Job resumed', now };
  if ((suspended && known?.['status'] !== 'True') || (!suspended && known?.['status'] === 'True')) {
    conditions = [
      ...conditions.filter((entry) => at(entry, 'type') !== 'Suspended'),
      condition('Suspended', word),
    ];
  }
  if (verdict === undefined) return conditions;
  const about = { status: 'True', reason: verdict.reason, message: verdict.message, now };
  const types = verdict.failed ? ['FailureTarget', 'Failed'] : ['SuccessCriteriaMet', 'Complete'];
  return [...conditions, ...types.map((type) => condition(type, about))];
}

function finish(context: Context, job: JsonObject, end: End): void {
  const status = endStatus(context, job, end);
  const key = `${asString(at(job, 'metadata', 'namespace'))}/${nameOf(job)}`;
  const current = context.store.get(storage, key) ?? job;
  if (!equal(status, asObject(current['status']))) updateStatus(context, storage, current, status);
  for (const pod of end.counted.pods) release(context, pod);
}

function endStatus(context: Context, job: JsonObject, end: End): JsonObject {
  const { now } = nowOf(context);
  const { counted, verdict, suspended } = end;
  const pods = controlled(context, 'pods', job).filter((pod) => !isFinished(pod));
  const active = pods.filter((pod) => !isDeleting(pod));
  const status: JsonObject = {};
  if (!suspended) status['startTime'] = asString(at(job, 'status', 'startTime')) || now;
  if (verdict?.failed === false) status['completionTime'] = now;
  Object.assign(
    status,
    withoutZeros({ active: active.length, succeeded: counted.succeeded, failed: counted.failed }),
  );
  const conditions = conditionsFor(job, end, now);
  if (conditions.length > 0) status['conditions'] = conditions;
  status['terminating'] = pods.length - active.length;
  status['uncountedTerminatedPods'] = {};
  status['ready'] = active.filter(isReady).length;
  return status;
}

/** After its end a Job lets go of its pods, and goes itself when it has a time to live. */
function afterEnd(context: Context, job: JsonObject): number | undefined {
  for (const pod of controlled(context, 'pods', job))
    if (isFinished(pod) || isDeleting(pod)) release(context, pod);
  const ttl = at(job, 'spec', 'ttlSecondsAfterFinished');
  if (typeof ttl !== 'number' || isDeleting(job)) return undefined;
  const ended = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
  const wait =
    Date.parse(asString(ended?.['lastTransitionTime'])) + ttl * 1000 - nowOf(context).nowMs;
  if (wait > 0) return wait;
  remove(context, storage, job);
  return undefined;
}
