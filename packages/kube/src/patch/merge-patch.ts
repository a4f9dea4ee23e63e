import { equal, isObject, type Json, type JsonObject } from '../json/value.ts';

/**
 * JSON merge patch (RFC 7386): given keys are set, null deletes, lists are replaced. What the patch leaves as it is,
 * is shared with the target, which is answered itself when nothing changes.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return target !== undefined && equal(target, patch) ? target : patch;
  if (!isObject(target)) return mergeInto({}, patch);
  const merged = mergeInto({ ...target }, patch);
  return isSame(target, merged) ? target : merged;
}

function mergeInto(out: JsonObject, patch: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  }
  return out;
}

function isSame(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
