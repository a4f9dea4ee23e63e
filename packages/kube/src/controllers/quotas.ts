import { type Amounts, readAmounts, sameAmounts, writeAmounts } from '../admission/amounts.ts';
import { countUsage, evaluatorOf, scopesOf, type Stock } from '../admission/usage.ts';
import { asString, at, equal, type JsonObject } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import type { StoreEvent } from '../store/store.ts';
import { namespaceOf, nowOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { updateStatus } from './writes.ts';

const storage = 'resourcequotas';
/** Every quota is counted anew after this long, whatever happened to what it says. */
const recountMs = 300_000;

/**
 * Counts what a namespace uses of its quotas. New objects are counted when they are admitted; this finds out what
 * became free, what a new or changed quota begins with, and what is wrong (Kubernetes
 * pkg/controller/resourcequota).
 */
export const quotaController: Controller = {
  name: 'quotas',
  keys: (context, event) => {
    if (event.resource === storage && isForeign(event)) return [event.key];
    const namespace = namespaceOf(event.object);
    if (namespace === '' || context.store.count(storage) === 0) return [];
    if (!mayFree(context, event)) return [];
    return context.store
      .list(storage, namespace)
      .map((quota) => `${namespace}/${asString(at(quota, 'metadata', 'name'))}`);
  },
  reconcile: (context, key) => {
    const quota = context.store.get(storage, key);
    if (quota === undefined) return undefined;
    const hard = readAmounts(at(quota, 'spec', 'hard'));
    const used = countUsage(quota, stockOf(context, namespaceOf(quota)), nowOf(context).nowMs);
    if (!isCounted(quota, { hard, used })) {
      const status = { hard: writeAmounts(hard), used: writeAmounts(used) };
      updateStatus(context, storage, quota, status);
    }
    return recountMs;
  },
};

/** A quota is new, wants something else, or lacks a count. What admission adds to it needs no second look. */
function isForeign({ type, object, previous }: StoreEvent): boolean {
  if (type === 'DELETED') return false;
  if (previous === undefined) return true;
  const wanted = (quota: JsonObject): JsonObject => ({
    hard: at(quota, 'spec', 'hard') ?? {},
    scopes: scopesOf(quota).map((scope) => ({ ...scope, values: [...scope.values] })),
  });
  const hasStatus = equal(at(object, 'status', 'hard') ?? {}, at(object, 'spec', 'hard') ?? {});
  return !hasStatus || !equal(wanted(object), wanted(previous));
}

/** Whether an object that went or changed may have used something. */
function mayFree(context: Context, event: StoreEvent): boolean {
  if (event.type === 'ADDED') return false;
  if (event.type === 'DELETED') return true;
  const { resource, object, previous } = event;
  if (resource !== 'pods' && !evaluatorOf(resource).measuresUpdates) return false;
  const { nowMs } = nowOf(context);
  const evaluator = evaluatorOf(resource);
  const usage = (state: JsonObject): Amounts => evaluator.usage(state, nowMs);
  return previous === undefined || !sameAmounts(usage(previous), usage(object));
}

function isCounted(
  quota: JsonObject,
  { hard, used }: { readonly hard: Amounts; readonly used: Amounts },
): boolean {
  return (
    sameAmounts(readAmounts(at(quota, 'status', 'hard')), hard) &&
    sameAmounts(readAmounts(at(quota, 'status', 'used')), used)
  );
}

function stockOf(context: Context, namespace: string): Stock {
  return {
    list: (name) => context.store.list(name, namespace),
    knows: (name) => context.resources.byStorage(name) !== undefined,
  };
}
