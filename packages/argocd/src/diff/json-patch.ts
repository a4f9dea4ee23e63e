import { equal, isObject, own, type Json, type JsonObject } from '@tidegate/kube';
import type { ThreeStates } from './strategic-patch.ts';

/**
 * The JSON merge patch that takes what is there to what is wanted, with deletions against what was
 * applied last. Behaves as `CreateThreeWayJSONMergePatch` of Kubernetes' jsonmergepatch package.
 */
export function threeWayJsonPatch({ original = {}, modified, current }: ThreeStates): JsonObject {
  const patch = overlay(deletionsOf(original, modified), additionsOf(current, modified));
  return withoutNullsInLists(patch);
}

/** What is changed or added; nulls never are. */
function additionsOf(before: JsonObject, after: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, wanted] of Object.entries(after)) {
    const found = own(before, key);
    if (wanted === null || (found !== undefined && equal(found, wanted))) continue;
    if (!isObject(wanted)) {
      out[key] = wanted;
      continue;
    }
    const inner = isObject(found) ? additionsOf(found, wanted) : withoutNulls(wanted);
    const isEmptyMap = !isObject(found) && Object.keys(wanted).length === 0;
    if (Object.keys(inner).length > 0 || isEmptyMap) out[key] = inner;
  }
  return out;
}

function withoutNulls(object: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === null) continue;
    if (!isObject(value)) out[key] = value;
    else if (Object.keys(value).length === 0) out[key] = value;
    else {
      const inner = withoutNulls(value);
      if (Object.keys(inner).length > 0) out[key] = inner;
    }
  }
  return out;
}

/** What is gone, or is null where it was not. */
function deletionsOf(before: JsonObject, after: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) out[key] = null;
  for (const [key, wanted] of Object.entries(after)) {
    const found = own(before, key);
    if (wanted === null) {
      if (found !== null) out[key] = null;
    } else if (isObject(wanted)) {
      const inner = deletionsOf(isObject(found) ? found : {}, wanted);
      if (Object.keys(inner).length > 0) out[key] = inner;
    }
  }
  return out;
}

/** One merge patch on another; here the two never disagree. */
function overlay(below: JsonObject, above: JsonObject): JsonObject {
  const out: JsonObject = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const found: Json | undefined = own(out, key);
    out[key] = isObject(found) && isObject(value) ? overlay(found, value) : value;
  }
  return out;
}

/**
 * A patch without fields that are null inside of lists, which merging leaves out: only a field of the
 * patched object itself can be deleted.
 */
function withoutNullsInLists(patch: JsonObject): JsonObject {
  const entries = Object.entries(patch).map(
    ([key, value]) =>
      [
        key,
        isObject(value)
          ? withoutNullsInLists(value)
          : Array.isArray(value)
            ? value.map(pruned)
            : value,
      ] as const,
  );
  return Object.fromEntries(entries);
}

function pruned(value: Json): Json {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, pruned(inner)]));
}
