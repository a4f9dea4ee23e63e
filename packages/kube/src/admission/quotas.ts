import { asString, at, byKey, type JsonObject } from '../json/value.ts';
import {
  addAmounts,
  type Amount,
  type Amounts,
  formatAmount,
  maskAmounts,
  readAmounts,
  sortedAmounts,
  subtractAmounts,
} from './amounts.ts';
import { type Evaluator, evaluatorOf, inScope } from './usage.ts';

/** A write, as quotas see it. */
export interface QuotaRequest {
  /** The resource as the store names it. */
  readonly storage: string;
  readonly object: JsonObject;
  /** What is there before; undefined for a new object. */
  readonly live: JsonObject | undefined;
  readonly nowMs: number;
}

/** A quota and what is used of it once the write is done. */
export interface Charge {
  readonly quota: JsonObject;
  readonly used: Amounts;
}

export type QuotaVerdict =
  { readonly fault: string } | { readonly fault: undefined; readonly charges: readonly Charge[] };

/** Nobody counts these. */
const ignored = new Set(['events', 'events.events.k8s.io']);

/**
 * Whether a write fits in the quotas of its namespace, and what is used of them afterwards. The fault is in
 * Kubernetes' words (apiserver pkg/admission/plugin/resourcequota CheckRequest).
 */
export function checkQuotas(quotas: readonly JsonObject[], request: QuotaRequest): QuotaVerdict {
  const evaluator = evaluatorOf(request.storage);
  const isMeasured = request.live === undefined || evaluator.measuresUpdates;
  if (quotas.length === 0 || !isMeasured || ignored.has(request.storage))
    return { fault: undefined, charges: [] };
  const concerned = quotas.filter(
    (quota) =>
      concernedNames(quota, evaluator).length > 0 && inScope(quota, evaluator, request.object),
  );
  for (const quota of concerned) {
    const fault = unreadyFault(quota, evaluator, request.object);
    if (fault !== undefined) return { fault };
  }
  const usage = evaluator.usage(request.object, request.nowMs);
  const negative = [...usage].filter(([, amount]) => amount.nano < 0n).map(([name]) => name);
  if (concerned.length > 0 && negative.length > 0)
    return { fault: `quota usage is negative for resource(s): ${negative.sort(byKey).join(',')}` };
  const charges: Charge[] = [];
  for (const quota of concerned) {
    const verdict = charge(quota, usageIn(quota, evaluator, { request, usage }));
    if (typeof verdict === 'string') return { fault: verdict };
    if (verdict !== undefined) charges.push(verdict);
  }
  return { fault: undefined, charges };
}

function hardOf(quota: JsonObject): Amounts {
  return readAmounts(at(quota, 'status', 'hard'));
}

function usedOf(quota: JsonObject): Amounts {
  return readAmounts(at(quota, 'status', 'used'));
}

function concernedNames(quota: JsonObject, evaluator: Evaluator): string[] {
  return [...hardOf(quota).keys()].filter((name) => evaluator.concerns(name)).sort(byKey);
}

/** An object that does not say what it needs, or a quota that was not counted yet. */
function unreadyFault(
  quota: JsonObject,
  evaluator: Evaluator,
  object: JsonObject,
): string | undefined {
  const name = asString(at(quota, 'metadata', 'name'));
  const names = concernedNames(quota, evaluator);
  const unsaid = evaluator.unsaid?.(names, object);
  if (unsaid !== undefined) return `failed quota: ${name}: ${unsaid}`;
  const used = usedOf(quota);
  return names.every((entry) => used.has(entry))
    ? undefined
    : `status unknown for quota: ${name}, resources: ${names.join(',')}`;
}

/** What a write uses of one quota: a change, only what it adds. */
function usageIn(
  quota: JsonObject,
  evaluator: Evaluator,
  { request, usage }: { readonly request: QuotaRequest; readonly usage: Amounts },
): Amounts {
  const { live, nowMs } = request;
  if (live === undefined || !inScope(quota, evaluator, live)) return usage;
  return subtractAmounts(usage, evaluator.usage(live, nowMs));
}

function charge(quota: JsonObject, usage: Amounts): Charge | string | undefined {
  const hard = hardOf(quota);
  const used = usedOf(quota);
  const added = new Map([...usage].filter(([, amount]) => amount.nano !== 0n));
  const requested = maskAmounts(added, hard.keys());
  if (requested.size === 0) return undefined;
  const after = addAmounts(used, requested);
  const exceeded = [...requested.keys()].filter(
    (name) => (after.get(name) ?? nothing).nano > (hard.get(name) ?? nothing).nano,
  );
  if (exceeded.length === 0) return { quota, used: after };
  const shown = (amounts: Amounts): string => print(maskAmounts(amounts, exceeded));
  const name = asString(at(quota, 'metadata', 'name'));
  return `exceeded quota: ${name}, requested: ${shown(requested)}, used: ${shown(used)}, limited: ${shown(hard)}`;
}

const nothing: Amount = { nano: 0n, format: 'decimal' };

function print(amounts: Amounts): string {
  return sortedAmounts(amounts)
    .map(([name, amount]) => `${name}=${formatAmount(amount)}`)
    .join(',');
}
