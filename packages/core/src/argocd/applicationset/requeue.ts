import type { ApplicationSet } from './application-set.ts';
import { kindsOf } from './generators/generate-params.ts';
import type { Generator } from './generators/interpolate.ts';
import { equalData } from './merge-patch.ts';
import { withoutZeros } from './normalize-spec.ts';
import type { KubeObject } from '../sync/kube-object.ts';

/** How often Argo CD looks at repositories unless told otherwise. */
const defaultSeconds = 180;

/**
 * Seconds until a set is looked at again because of its generators: the shortest time counts.
 * Undefined: none of them needs it.
 * Source: `getMinRequeueAfter` in applicationset/controllers/applicationset_controller.go.
 */
export function requeueAfterSeconds(
  { spec }: Pick<ApplicationSet, 'spec'>,
  fallback = defaultSeconds,
): number | undefined {
  return shortest((spec.generators ?? []).map((generator) => secondsOf(generator, fallback)));
}

function secondsOf(generator: Generator, fallback: number): number | undefined {
  const each = kindsOf(generator).map((kind) => {
    const settings = generator[kind] as {
      readonly requeueAfterSeconds?: number;
      readonly generators?: readonly Generator[];
    };
    if (kind === 'git') return settings.requeueAfterSeconds ?? fallback;
    const inner = settings.generators ?? [];
    return kind === 'matrix' || kind === 'merge'
      ? shortest(inner.map((one) => secondsOf(one, fallback)))
      : undefined;
  });
  return shortest(each);
}

function shortest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined && time !== 0);
  return given.length === 0 ? undefined : Math.min(...(given as number[]));
}

/**
 * Whether a change of an Application makes its set look again: of what the set writes, and with
 * progressive syncs also of health, sync status and operation.
 * Source: `shouldRequeueForApplication` in
 * applicationset/controllers/applicationset_controller.go.
 */
export function concernsSet(
  before: KubeObject,
  after: KubeObject,
  { progressiveSyncs = false }: { readonly progressiveSyncs?: boolean } = {},
): boolean {
  if (!isSameWritten(before, after)) return true;
  return progressiveSyncs && isProgress(before, after);
}

interface ProgressStatus {
  readonly health?: { readonly status?: string };
  readonly sync?: { readonly status?: string };
  readonly operationState?: { readonly phase: string; readonly startedAt: string };
}

function isProgress(before: KubeObject, after: KubeObject): boolean {
  const [old, now] = [progressOf(before), progressOf(after)];
  if (old.health !== now.health || old.sync !== now.sync) return true;
  if (old.operation === undefined || now.operation === undefined) return false;
  return old.operation !== now.operation;
}

function progressOf({ status }: KubeObject): {
  readonly health: string;
  readonly sync: string;
  readonly operation: string | undefined;
} {
  const { health = {}, sync = {}, operationState } = (status ?? {}) as ProgressStatus;
  return {
    health: health.status ?? '',
    sync: sync.status ?? '',
    operation: operationState && `${operationState.phase} ${operationState.startedAt}`,
  };
}

/** Whether two states have the same of what a set writes; zeros are the same as nothing. */
function isSameWritten(before: KubeObject, after: KubeObject): boolean {
  const [old, now] = [written(before), written(after)];
  return equalData(old, now) || equalData(withoutZeros(old), withoutZeros(now));
}

function written({ spec, metadata }: KubeObject): object {
  const { annotations, labels, finalizers } = metadata ?? {};
  return { spec, annotations, labels, finalizers };
}

/** Asks Argo CD to look at a set again, with branches and tags read anew. It takes the annotation away. */
export const setRefreshAnnotation = 'argocd.argoproj.io/application-set-refresh';

/**
 * Whether a change of a set makes Argo CD look at it: of all but its status. That the refresh
 * annotation has gone is none, whatever else changed in the annotations.
 * Source: `shouldRequeueForApplicationSet` in
 * applicationset/controllers/applicationset_controller.go.
 */
export function isSetChanged(before: KubeObject, after: KubeObject): boolean {
  if (!equalData(ownParts(before), ownParts(after))) return true;
  const [old = {}, now = {}] = [before.metadata?.annotations, after.metadata?.annotations];
  if (equalData(old, now)) return false;
  return !(setRefreshAnnotation in old) || setRefreshAnnotation in now;
}

function ownParts({ spec, metadata }: KubeObject): unknown {
  const { labels = {}, finalizers = [], deletionTimestamp = '' } = metadata ?? {};
  return { spec, labels, finalizers, deletionTimestamp };
}
