import { isRecord } from '../../generate/value-at.ts';
/** JSON merge patches (RFC 7386). */

/** The patch that makes one value into another; undefined: they are equal. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) return equalData(from, to) ? undefined : to;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (!(key in to)) patch[key] = null;
    else {
      const inner = mergePatchOf(from[key], to[key]);
      if (inner !== undefined) patch[key] = inner;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** A value with a patch applied. */
export function applyMergePatch(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(isRecord(value) ? value : {}));
  for (const [key, inner] of Object.entries(patch)) {
    if (inner === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), inner));
  }
  return Object.fromEntries(result);
}

/** Whether two values are equal as JSON; the order of fields does not count. */
export function equalData(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalData(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => key in a && key in b && equalData(a[key], b[key]));
}
