import { sortKeys, type Json } from '@tidegate/kube';
import type { Difference } from '../form.ts';
import { sameMessage } from './messages.ts';
import { joinPath } from './not-deterministic.ts';

/** Where two JSON values differ: paths such as `after > argocd/a > status > history[0] > id`; messages may quote freely. */
export function valueDifferences(
  expected: unknown,
  got: unknown,
  place: ComparePlace,
): Difference[] {
  if (place.unordered?.has(joinPath(place.path)) === true)
    return isSameInAnyOrder(expected, got) ? [] : [difference(expected, got, place)];
  if (Array.isArray(expected) && Array.isArray(got))
    return expected.length === got.length
      ? expected.flatMap((item, index) => valueDifferences(item, got[index], atIndex(place, index)))
      : [difference(expected, got, place)];
  if (isObject(expected) && isObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return [...keys].flatMap((key) =>
      valueDifferences(expected[key], got[key], { ...place, path: [...place.path, key] }),
    );
  }
  return isSameLeaf(expected, got, place) ? [] : [difference(expected, got, place)];
}

function difference(expected: unknown, got: unknown, { path }: ComparePlace): Difference {
  return { where: joinPath(path), expected, got };
}

function isSameLeaf(expected: unknown, got: unknown, { path }: ComparePlace): boolean {
  const isMessage = path.at(-1)?.startsWith('message') === true;
  if (isMessage && typeof expected === 'string' && typeof got === 'string')
    return sameMessage(expected, got);
  return Object.is(expected, got);
}

/** Where a comparison stands. */
export interface ComparePlace {
  readonly path: readonly string[];
  /** Lists whose order does not count, by their paths. */
  readonly unordered?: ReadonlySet<string>;
}

function isSameInAnyOrder(expected: unknown, got: unknown): boolean {
  if (!Array.isArray(expected) || !Array.isArray(got)) return false;
  const texts = (list: readonly unknown[]): string[] =>
    list.map((item) => JSON.stringify(sortKeys(item as Json))).sort();
  return texts(expected).join('\n') === texts(got).join('\n');
}

function atIndex(place: ComparePlace, index: number): ComparePlace {
  const { path } = place;
  return { ...place, path: [...path.slice(0, -1), `${path.at(-1) ?? ''}[${index}]`] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
