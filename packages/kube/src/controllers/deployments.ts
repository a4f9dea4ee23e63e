import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import type { Context } from '../server/context.ts';
import {
  conditionOf,
  controlled,
  controllerReference,
  isDeleting,
  nameOf,
  namespaceOf,
  nowOf,
  numberAt,
  ownerKey,
  withoutZeros,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { templateHash } from './pod-owner.ts';
import { create, remove, update, updateStatus } from './writes.ts';

const storage = 'deployments.apps';
const sets = 'replicasets.apps';
const hashLabel = 'pod-template-hash';
const revisionKey = 'deployment.kubernetes.io/revision';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';

/** Rolls Deployments out through ReplicaSets. */
export const deploymentController: Controller = {
  name: 'deployments',
  keys: (_, event) => {
    if (event.resource === storage) return [event.key];
    return event.resource === sets ? ownerKey(event.object, 'Deployment') : [];
  },
  reconcile: (context, key) => {
    const deployment = context.store.get(storage, key);
    if (deployment === undefined || isDeleting(deployment)) return undefined;
    if (at(deployment, 'spec', 'paused') !== true) roll(context, deployment);
    const current = context.store.get(storage, key);
    return current === undefined ? undefined : writeStatus(context, current);
  },
};

/** A template without the label that ReplicaSets add. */
function plainTemplate(template: Json | undefined): JsonObject {
  const object = asObject(template);
  const labels = without(asObject(at(object, 'metadata', 'labels')), hashLabel);
  return withAt(object, ['metadata', 'labels'], labels);
}

function replicasOf(set: JsonObject): number {
  return asNumber(at(set, 'spec', 'replicas'));
}

/** A number or a share of another, rounded up or down. */
export function resolveCount(value: Json | undefined, total: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const share = (Number(asString(value).replace('%', '')) / 100) * total;
  return up ? Math.ceil(share) : Math.floor(share);
}

interface Limits {
  readonly wanted: number;
  readonly surge: number;
  readonly unavailable: number;
}

function limitsOf(deployment: JsonObject): Limits {
  const wanted = replicasOf(deployment);
  const rolling = at(deployment, 'spec', 'strategy', 'rollingUpdate');
  if (rolling === undefined) return { wanted, surge: 0, unavailable: wanted };
  const surge = resolveCount(at(rolling, 'maxSurge'), wanted, true);
  const unavailable = resolveCount(at(rolling, 'maxUnavailable'), wanted, false);
  return { wanted, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function findNew(deployment: JsonObject, all: readonly JsonObject[]): JsonObject | undefined {
  const template = plainTemplate(at(deployment, 'spec', 'template'));
  return all.find((set) => equal(plainTemplate(at(set, 'spec', 'template')), template));
}

function revisionOf(object: JsonObject): number {
  return Number(asString(at(object, 'metadata', 'annotations', revisionKey)) || 0);
}

function setAnnotations(deployment: JsonObject, revision: number): JsonObject {
  const { wanted, surge } = limitsOf(deployment);
  const copied = without(
    asObject(at(deployment, 'metadata', 'annotations')),
    'kubectl.kubernetes.io/last-applied-configuration',
    revisionKey,
  );
  return {
    ...copied,
    [desiredKey]: String(wanted),
    [maxKey]: String(wanted + surge),
    [revisionKey]: String(revision),
  };
}

function makeSet(
  context: Context,
  deployment: JsonObject,
  about: { readonly revision: number; readonly replicas: number },
): JsonObject | undefined {
  const template = plainTemplate(at(deployment, 'spec', 'template'));
  const hash = templateHash(template);
  const labels = { ...asObject(at(template, 'metadata', 'labels')), [hashLabel]: hash };
  const selector = asObject(at(deployment, 'spec', 'selector'));
  return create(context, sets, {
    kind: 'ReplicaSet',
    apiVersion: 'apps/v1',
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: setAnnotations(deployment, about.revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: about.replicas,
      minReadySeconds: at(deployment, 'spec', 'minReadySeconds') ?? 0,
      selector: {
        ...selector,
        matchLabels: { ...asObject(selector['matchLabels']), [hashLabel]: hash },
      },
      template: withAt(template, ['metadata', 'labels'], labels),
    },
  });
}

function roll(context: Context, deployment: JsonObject): void {
  const all = controlled(context, sets, deployment);
  const known = findNew(deployment, all);
  const highest = Math.max(0, ...all.filter((set) => set !== known).map(revisionOf));
  const revision =
    known !== undefined && revisionOf(known) > highest ? revisionOf(known) : highest + 1;
  const others = all.filter((set) => set !== known);
  const limits = limitsOf(deployment);
  const recreate = at(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  const replicas = recreate
    ? recreated(context, others, limits)
    : newReplicas(known, others, limits);
  const current =
    known === undefined
      ? makeSet(context, deployment, { revision, replicas })
      : adjust(context, deployment, { set: known, revision, replicas });
  if (current !== undefined) shrink(context, { current, others, limits, recreate });
  markRevision(context, deployment, revision);
  cleanUp(context, deployment, others);
}

function recreated(context: Context, others: readonly JsonObject[], limits: Limits): number {
  const left = others.flatMap((set) => controlled(context, 'pods', set)).length;
  return left > 0 ? 0 : limits.wanted;
}

/** How many pods the new ReplicaSet may have by now. */
function newReplicas(
  known: JsonObject | undefined,
  others: readonly JsonObject[],
  limits: Limits,
): number {
  const own = known === undefined ? 0 : replicasOf(known);
  if (own >= limits.wanted) return limits.wanted;
  const total = own + others.reduce((sum, set) => sum + replicasOf(set), 0);
  return Math.min(limits.wanted, own + Math.max(0, limits.wanted + limits.surge - total));
}

function adjust(
  context: Context,
  deployment: JsonObject,
  about: { readonly set: JsonObject; readonly revision: number; readonly replicas: number },
): JsonObject {
  const annotations = {
    ...asObject(at(about.set, 'metadata', 'annotations')),
    ...setAnnotations(deployment, about.revision),
  };
  const next = withAt(
    withAt(about.set, ['metadata', 'annotations'], annotations),
    ['spec', 'replicas'],
    about.replicas,
  );
  return equal(next, about.set) ? about.set : (update(context, sets, next) ?? about.set);
}

interface Shrink {
  readonly current: JsonObject;
  readonly others: readonly JsonObject[];
  readonly limits: Limits;
  readonly recreate: boolean;
}

/** Takes pods from old ReplicaSets as far as enough stay available. */
function shrink(context: Context, { current, others, limits, recreate }: Shrink): void {
  const fresh = context.store.get(sets, `${namespaceOf(current)}/${nameOf(current)}`) ?? current;
  const available = [fresh, ...others].reduce(
    (sum, set) => sum + numberAt(set, 'status', 'availableReplicas'),
    0,
  );
  const total = replicasOf(fresh) + others.reduce((sum, set) => sum + replicasOf(set), 0);
  const pending = replicasOf(fresh) - numberAt(fresh, 'status', 'availableReplicas');
  let spare = recreate
    ? total
    : Math.max(0, total - (limits.wanted - limits.unavailable) - pending);
  for (const set of others) {
    const unready = Math.max(0, replicasOf(set) - numberAt(set, 'status', 'availableReplicas'));
    const byNeed = Math.max(0, available - (limits.wanted - limits.unavailable));
    const drop = Math.min(
      replicasOf(set),
      recreate ? replicasOf(set) : Math.min(spare, Math.max(unready, byNeed)),
    );
    if (drop <= 0) continue;
    spare -= drop;
    update(context, sets, withAt(set, ['spec', 'replicas'], replicasOf(set) - drop));
  }
}

function markRevision(context: Context, deployment: JsonObject, revision: number): void {
  if (revisionOf(deployment) === revision) return;
  const current = context.store.get(storage, `${namespaceOf(deployment)}/${nameOf(deployment)}`);
  if (current === undefined) return;
  // The revision is the controller's own: it does not count as a change of what is wanted.
  const annotations = {
    ...asObject(at(current, 'metadata', 'annotations')),
    [revisionKey]: String(revision),
  };
  context.store.put(
    storage,
    `${namespaceOf(deployment)}/${nameOf(deployment)}`,
    withAt(current, ['metadata', 'annotations'], annotations),
  );
}

/** Old ReplicaSets without pods go when there are more than the history keeps. */
function cleanUp(context: Context, deployment: JsonObject, others: readonly JsonObject[]): void {
  const limit = asNumber(at(deployment, 'spec', 'revisionHistoryLimit'), 10);
  const idle = others.filter(
    (set) => replicasOf(set) === 0 && numberAt(set, 'status', 'replicas') === 0 && !isDeleting(set),
  );
  const extra = idle
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, idle.length - limit));
  for (const set of extra) remove(context, sets, set);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function withCondition(
  ...[conditions, wanted, now, moved]: [readonly Json[], Condition, string, boolean?]
): Json[] {
  const known = conditions.map(asObject).find((entry) => entry['type'] === wanted.type);
  const same =
    known?.['status'] === wanted.status &&
    known['reason'] === wanted.reason &&
    known['message'] === wanted.message;
  if (same && moved !== true) return [...conditions];
  const since = known?.['status'] === wanted.status ? asString(known['lastTransitionTime']) : now;
  const entry = {
    type: wanted.type,
    status: wanted.status,
    lastUpdateTime: now,
    lastTransitionTime: since,
    reason: wanted.reason,
    message: wanted.message,
  };
  return [...conditions.filter((other) => at(other, 'type') !== wanted.type), entry];
}

function writeStatus(context: Context, deployment: JsonObject): number | undefined {
  const { now, nowMs } = nowOf(context);
  const all = controlled(context, sets, deployment);
  const sum = (key: string): number =>
    all.reduce((total, set) => total + numberAt(set, 'status', key), 0);
  const fresh = findNew(deployment, all);
  const limits = limitsOf(deployment);
  const available = sum('availableReplicas');
  const replicas = sum('replicas');
  const counts = {
    observedGeneration: numberAt(deployment, 'metadata', 'generation'),
    replicas,
    updatedReplicas: fresh === undefined ? 0 : numberAt(fresh, 'status', 'replicas'),
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(
      0,
      Math.max(
        replicas,
        all.reduce((total, set) => total + replicasOf(set), 0),
      ) - available,
    ),
  };
  const isAvailable = available >= limits.wanted - limits.unavailable;
  let conditions: Json[] = asArray(at(deployment, 'status', 'conditions'));
  if (at(deployment, 'spec', 'paused') !== true || all.length > 0) {
    conditions = withCondition(conditions, availability(isAvailable), now);
  }
  const progress = judge(deployment, { counts, limits, fresh, nowMs });
  conditions = withCondition(conditions, progress.condition, now, progress.moved);
  conditions = withFailures(conditions, fresh, all);
  const status = { ...withoutZeros(counts), conditions };
  if (!equal(withoutZeros(status), asObject(deployment['status'])))
    updateStatus(context, storage, deployment, status);
  return progress.again;
}

/** What keeps a ReplicaSet from making pods shows at the Deployment: of the new one, else of the others. */
function withFailures(
  conditions: readonly Json[],
  fresh: JsonObject | undefined,
  all: readonly JsonObject[],
): Json[] {
  const type = 'ReplicaFailure';
  const rest = conditions.filter((entry) => at(entry, 'type') !== type);
  const known = [...(fresh === undefined ? [] : [fresh]), ...all]
    .map((set) => conditionOf(set, type))
    .find((entry) => entry?.['status'] === 'True');
  if (known === undefined) return rest;
  const since = known['lastTransitionTime'] ?? '';
  return [...rest, { ...known, lastUpdateTime: since, lastTransitionTime: since }];
}

function availability(isAvailable: boolean): Condition {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

interface Progress {
  readonly counts: Readonly<Record<string, number>>;
  readonly limits: Limits;
  readonly fresh: JsonObject | undefined;
  readonly nowMs: number;
}

interface Found {
  readonly condition: Condition;
  readonly again?: number;
  /** Whether there is something new since the condition was written. */
  readonly moved?: boolean;
}

function progressing(status: string, reason: string, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}

/** Whether a rollout goes on, is done, or takes too long. */
function judge(deployment: JsonObject, progress: Progress): Found {
  const { counts, limits, fresh } = progress;
  if (at(deployment, 'spec', 'paused') === true) {
    return { condition: progressing('Unknown', 'DeploymentPaused', 'Deployment is paused') };
  }
  const name = fresh === undefined ? nameOf(deployment) : nameOf(fresh);
  const reached = ['updatedReplicas', 'replicas', 'availableReplicas'].every(
    (key) => counts[key] === limits.wanted,
  );
  if (reached) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return { condition: progressing('True', 'NewReplicaSetAvailable', message) };
  }
  return judgeTime(deployment, progress, name);
}

function judgeTime(deployment: JsonObject, { counts, nowMs }: Progress, name: string): Found {
  const before = conditionOf(deployment, 'Progressing');
  const reason = asString(before?.['reason']);
  const moved =
    hasMoved(deployment, counts) ||
    reason === 'DeploymentPaused' ||
    reason === 'NewReplicaSetAvailable';
  const deadline = asNumber(at(deployment, 'spec', 'progressDeadlineSeconds'), 600) * 1000;
  const since =
    moved || before === undefined ? nowMs : Date.parse(asString(before['lastUpdateTime']));
  const isLate = !moved && (reason === 'ProgressDeadlineExceeded' || nowMs - since >= deadline);
  if (isLate) {
    return {
      condition: progressing(
        'False',
        'ProgressDeadlineExceeded',
        `ReplicaSet "${name}" has timed out progressing.`,
      ),
    };
  }
  const condition = progressing(
    'True',
    'ReplicaSetUpdated',
    `ReplicaSet "${name}" is progressing.`,
  );
  return { condition, again: Math.max(1, since + deadline - nowMs), moved };
}

function hasMoved(deployment: JsonObject, counts: Readonly<Record<string, number>>): boolean {
  const more = (key: string): boolean => (counts[key] ?? 0) > numberAt(deployment, 'status', key);
  return (
    more('updatedReplicas') ||
    more('readyReplicas') ||
    more('availableReplicas') ||
    counts['observedGeneration'] !== numberAt(deployment, 'status', 'observedGeneration')
  );
}
