import {
  asString,
  equal,
  isObject,
  mergePatch,
  own,
  strategicMerge,
  without,
  type JsonObject,
} from '@tidegate/kube';
import { threeWayJsonPatch } from './json-patch.ts';
import { patchSchema, schemeType } from './patch-meta.ts';
import { threeWayStrategicPatch } from './strategic-patch.ts';
import type { ObjectPair } from './trusted-managers.ts';

/**
 * A target with the ignored fields as the live object has them, so that a sync leaves them alone
 * (`RespectIgnoreDifferences=true`). The status never is taken over.
 * Source: `normalizeTargetResources` in controller/sync.go.
 */
export function keepIgnored(given: ObjectPair, normalized: ObjectPair): JsonObject {
  const type = schemeType(
    asString(normalized.target['apiVersion']),
    asString(normalized.target['kind']),
  );
  const modified = without(given.live, 'status');
  const current = without(normalized.live, 'status');
  const patched =
    type === undefined
      ? (mergePatch(
          normalized.target,
          threeWayJsonPatch({ original: undefined, modified, current }),
        ) as JsonObject)
      : strategicMerge(
          type,
          normalized.target,
          threeWayStrategicPatch(patchSchema(type), { original: modified, modified, current }),
        );
  return restored(patched, given.target, normalized);
}

/**
 * Puts right what a field that is replaced as a whole took along: values that are not ignored are the
 * target's own.
 */
function restored(patched: JsonObject, target: JsonObject, normalized: ObjectPair): JsonObject {
  const out: JsonObject = { ...patched };
  for (const [key, wanted] of Object.entries(target)) {
    const found = own(patched, key);
    const normal = own(normalized.target, key);
    if (isObject(found) && isObject(wanted) && isObject(normal)) {
      const live = own(normalized.live, key);
      const inner = { target: normal, live: isObject(live) ? live : {} };
      out[key] = restored(found, wanted, inner);
    } else if (normal !== undefined && equal(normal, wanted) && !equal(found, wanted)) {
      out[key] = wanted;
    }
  }
  for (const key of Object.keys(patched)) {
    if (!Object.hasOwn(target, key) && Object.hasOwn(normalized.live, key)) delete out[key];
  }
  return out;
}
