import { isRecord } from '../../generate/value-at.ts';
/** JSON merge patches (RFC 7386). */

/** The patch that makes one value into another; undefined: they are equal. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (from === to) return undefined;
  if (!isRecord(from) || !isRecord(to)) return equalData(from, to) ? undefined : to;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) {
    const inner = Object.hasOwn(to, key) ? mergePatchOf(from[key], to[key]) : null;
    if (inner !== undefined) patch[key] = inner;
  }
  for (const key of Object.keys(to)) {
    if (!Object.hasOwn(from, key) && to[key] !== undefined) patch[key] = to[key];
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
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalData(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalData(a[key], b[key]))
  );
}
