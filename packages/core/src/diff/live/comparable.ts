import { isRecord, valueAt } from '../../generate/value-at.ts';
import { listItems } from '../compare-objects.ts';
import { withoutPath, withoutPointer, type IgnoreRule } from './ignored-fields.ts';
import type { PlainObject } from './live-cluster.ts';

/** What `kubectl apply`, and Argo CD without server-side apply, remember of what they applied. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Argo CD's field manager, unless it is told otherwise. */
export const argocdManager = 'argocd-controller';

/**
 * Fields that the API server keeps for itself, and what Argo CD does not compare by default: `status` of
 * every object (`ignoreResourceStatusField: all`).
 */
const serverFields: readonly (readonly string[])[] = [
  ['status'],
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'uid'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'selfLink'],
  ['metadata', 'annotations', lastAppliedAnnotation],
];

/** An object as it is compared: without what the server keeps and what is ignored. */
export function comparable(object: PlainObject, rules: readonly IgnoreRule[]): PlainObject {
  let value: unknown = object;
  for (const path of serverFields) value = withoutPath(value, path);
  for (const pointer of rules.flatMap(({ jsonPointers }) => jsonPointers)) {
    value = withoutPointer(value, pointer);
  }
  const annotations = valueAt(value, ['metadata', 'annotations']);
  if (isRecord(annotations) && Object.keys(annotations).length === 0) {
    value = withoutPath(value, ['metadata', 'annotations']);
  }
  return value as PlainObject;
}

/**
 * What was applied to a live object on the client's side; undefined when nothing was, or when Argo CD has
 * applied it on the server's side since.
 */
export function lastApplied(live: PlainObject): unknown {
  const text = valueAt(live, ['metadata', 'annotations', lastAppliedAnnotation]);
  if (typeof text !== 'string') return undefined;
  const managers = valueAt(live, ['metadata', 'managedFields']);
  const isServerSide =
    Array.isArray(managers) &&
    managers.some(
      (entry) =>
        valueAt(entry, ['manager']) === argocdManager && valueAt(entry, ['operation']) === 'Apply',
    );
  if (isServerSide) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a client-side apply works with. */
interface ThreeWays {
  readonly last: unknown;
  readonly desired: unknown;
}

/**
 * Takes out of a predicted object what was applied before and is no longer wanted. A server-side apply does
 * not see that while another manager owns the fields; Argo CD's three-way comparison does.
 */
export function withoutDropped(
  predicted: unknown,
  { last, desired }: ThreeWays,
  path: readonly string[] = [],
): unknown {
  if (isRecord(predicted) && isRecord(last)) {
    const wanted = isRecord(desired) ? desired : {};
    const entries = Object.entries(predicted).flatMap(([key, value]): [string, unknown][] => {
      if (!Object.hasOwn(last, key)) return [[key, value]];
      if (!Object.hasOwn(wanted, key)) return isServers([...path, key]) ? [[key, value]] : [];
      return [
        [key, withoutDropped(value, { last: last[key], desired: wanted[key] }, [...path, key])],
      ];
    });
    return Object.fromEntries(entries);
  }
  if (Array.isArray(predicted) && Array.isArray(last) && Array.isArray(desired)) {
    return withoutDroppedItems(predicted, { last, desired }, path);
  }
  return predicted;
}

function withoutDroppedItems(
  predicted: readonly unknown[],
  { last, desired }: { readonly last: readonly unknown[]; readonly desired: readonly unknown[] },
  path: readonly string[],
): unknown {
  const [now, before, wanted] = [predicted, last, desired].map((list) => listItems(path, list));
  if (now === undefined || before === undefined || wanted === undefined) return predicted;
  // Items of lists without names, and of such that are named in several ways, are not told apart.
  const keys = new Set(
    [...now.items, ...before.items, ...wanted.items].map(({ label }) => label.split('=')[0]),
  );
  if (keys.size > 1 || !now.isNamed) return predicted;
  const inLast = new Map(before.items.map(({ label, value }) => [label, value]));
  const inDesired = new Map(wanted.items.map(({ label, value }) => [label, value]));
  return now.items.flatMap(({ label, value }) => {
    if (!inLast.has(label)) return [value];
    if (!inDesired.has(label)) return [];
    const ways = { last: inLast.get(label), desired: inDesired.get(label) };
    return [withoutDropped(value, ways, [...path, label])];
  });
}

/** Fields that name an object are never dropped. */
function isServers(path: readonly string[]): boolean {
  return ['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace'].includes(
    path.join('.'),
  );
}
