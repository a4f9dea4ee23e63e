import { valueAt } from '@tidegate/core';
import { isDeepStrictEqual } from 'node:util';

export type Path = readonly (string | number)[];

/** One place where an object of ours is not what was expected. `ours` is undefined where it has nothing. */
export interface Difference {
  readonly path: Path;
  readonly expected: unknown;
  readonly ours: unknown;
}

type Plain = Record<string, unknown>;

function isMap(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Where `ours` does not contain what is expected: maps by key, lists element by element and of the same
 * length (else the whole list is one difference). An empty map stands for an empty map, not for any.
 */
export function missingFrom(expected: unknown, ours: unknown, path: Path = []): Difference[] {
  if (isMap(expected) && isMap(ours) && Object.keys(expected).length > 0) {
    return Object.entries(expected).flatMap(([key, value]) =>
      missingFrom(value, Object.hasOwn(ours, key) ? ours[key] : undefined, [...path, key]),
    );
  }
  if (Array.isArray(expected) && Array.isArray(ours)) {
    const pairs = pairElements(expected, ours, path.at(-1) === 'env');
    if (pairs !== undefined) {
      return pairs.flatMap(([one, other], index) => missingFrom(one, other, [...path, index]));
    }
  }
  return isDeepStrictEqual(plain(expected), plain(ours)) ? [] : [{ path, expected, ours }];
}

/** Elements that belong together; environment variables by name, as Kubernetes merges them. */
function pairElements(
  expected: readonly unknown[],
  ours: readonly unknown[],
  byName: boolean,
): [expected: unknown, ours: unknown][] | undefined {
  if (byName) {
    return expected.map((one) => [
      one,
      ours.find((other) => valueAt(other, ['name']) === valueAt(one, ['name'])),
    ]);
  }
  return expected.length === ours.length ? expected.map((one, at) => [one, ours[at]]) : undefined;
}

/** Every place where two objects differ, in either direction. */
export function differencesBetween(
  expected: unknown,
  ours: unknown,
  path: Path = [],
): Difference[] {
  if (isMap(expected) && isMap(ours)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(ours)]);
    return [...keys].flatMap((key) => differencesBetween(expected[key], ours[key], [...path, key]));
  }
  if (Array.isArray(expected) && Array.isArray(ours) && expected.length === ours.length) {
    return expected.flatMap((value, index) =>
      differencesBetween(value, ours[index], [...path, index]),
    );
  }
  return isDeepStrictEqual(plain(expected), plain(ours)) ? [] : [{ path, expected, ours }];
}

/** Without prototypes, so that objects from different readers compare by content. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** A path as people write it: `spec.sources[1].targetRevision`, `metadata.annotations["a/b"]`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_][-\w]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
