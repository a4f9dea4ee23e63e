import { isRecord } from '../../generate/value-at.ts';
import { equalData } from '../applicationset/merge-patch.ts';
import type { ApplicationSource } from './application.ts';

/**
 * Whether two sources are the same for Argo CD. Fields at their zero value are the same as none; an
 * empty list or object is not, because Argo CD's types tell it from none.
 */
export function isSameSource(
  a: ApplicationSource | undefined,
  b: ApplicationSource | undefined,
): boolean {
  return equalData(a, b) || equalData(withoutZeros(a ?? {}), withoutZeros(b ?? {}));
}

/** Whether two lists of sources are the same; order counts. */
export function areSameSources(
  a: readonly ApplicationSource[] | undefined,
  b: readonly ApplicationSource[] | undefined,
): boolean {
  const [one, other] = [a ?? [], b ?? []];
  return (
    one.length === other.length && one.every((source, index) => isSameSource(source, other[index]))
  );
}

function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, withoutZeros(item)] as const)
    .filter(([key, item]) => !isZero(key, item));
  return Object.fromEntries(entries);
}

function isZero(key: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (value === false || value === 0) return true;
  return key === 'jsonnet' && isRecord(value) && Object.keys(value).length === 0;
}
