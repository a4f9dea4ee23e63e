import {
  asObject,
  asString,
  equal,
  isObject,
  manageApply,
  mergePatch,
  own,
  strategicMerge,
  without,
  type ApplySchema,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import { threeWayJsonPatch } from './json-patch.ts';
import { patchSchema, schemeType, splitApiVersion } from './patch-meta.ts';
import { withoutAnnotation, withoutMetadata } from './schemas.ts';
import { PatchFault, threeWayStrategicPatch } from './strategic-patch.ts';
import type { ObjectPair } from './trusted-managers.ts';
import { commonEntries, commonFields, withDefaults } from './typed-objects.ts';

/** What a comparison says: the live object as it was compared, and as it would be after a sync. */
export interface Difference {
  readonly modified: boolean;
  readonly normalizedLive: JsonObject;
  readonly predictedLive: JsonObject;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** What was applied last, as kubectl notes it; undefined where there is no note, or a broken one. */
export function lastAppliedOf(live: JsonObject): JsonObject | undefined {
  const text = own(asObject(asObject(live['metadata'])['annotations']), lastApplied);
  if (typeof text !== 'string') return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function difference(predictedLive: JsonObject, normalizedLive: JsonObject): Difference {
  return { modified: !equal(predictedLive, normalizedLive), normalizedLive, predictedLive };
}

/**
 * Compares through what was applied last, as `kubectl diff` does for client-side apply; without a note
 * of that, through what is wanted. Throws PatchFault where no patch can be made.
 * Source: `ThreeWayDiff` and `TwoWayDiff` in gitops-engine/pkg/diff/diff.go.
 */
export function compareClientSide(
  { target, live }: ObjectPair,
  original: JsonObject | undefined,
): Difference {
  if (original !== undefined) {
    try {
      return threeWay({ target, live }, original);
    } catch (error) {
      // What was applied last does not help; go by what is wanted alone.
      if (!isPatchFailure(error)) throw error;
    }
  }
  return threeWay({ target, live }, target);
}

/** Whether a patch could not be made or laid over an object. */
function isPatchFailure(error: unknown): boolean {
  return error instanceof PatchFault || (error instanceof Error && error.name === 'StatusError');
}

function threeWay({ target, live }: ObjectPair, applied: JsonObject): Difference {
  const original = unplaced(applied);
  const modified = unplaced(target);
  const type = schemeType(asString(original['apiVersion']), asString(original['kind']));
  if (type === undefined) {
    const current = commonEntries(original, live);
    const patch = threeWayJsonPatch({ original, modified, current });
    return difference(mergePatch(live, patch) as JsonObject, live);
  }
  const current = withClaimsOf(original, live);
  const patch = threeWayStrategicPatch(patchSchema(type), { original, modified, current });
  if (Object.keys(patch).length === 0) return difference(live, live);
  const predicted = strategicMerge(type, live, patch);
  return difference(withDefaults(predicted), withDefaults(live));
}

/** Wanted objects may lack the namespace that live ones have, and empty annotations count as none. */
function unplaced(object: JsonObject): JsonObject {
  const metadata = object['metadata'];
  if (!isObject(metadata)) return object;
  const annotations = own(metadata, 'annotations');
  const isEmpty = isObject(annotations) && Object.keys(annotations).length === 0;
  const gone = isEmpty || annotations === null ? ['namespace', 'annotations'] : ['namespace'];
  return { ...object, metadata: without(metadata, ...gone) };
}

/** Volume claims in a StatefulSet have defaults that only the server knows. */
function withClaimsOf(original: JsonObject, live: JsonObject): JsonObject {
  const [group] = splitApiVersion(asString(original['apiVersion']));
  if (group !== 'apps' || original['kind'] !== 'StatefulSet') return live;
  const claims = asObject(original['spec'])['volumeClaimTemplates'];
  const spec = asObject(live['spec']);
  const found = spec['volumeClaimTemplates'];
  if (!Array.isArray(claims) || !Array.isArray(found)) return live;
  return { ...live, spec: { ...spec, volumeClaimTemplates: commonFields(claims, found) } };
}

/**
 * Compares as server-side apply would change the object.
 * Source: `StructuredMergeDiff` in gitops-engine/pkg/diff/diff.go.
 */
export function compareStructured(
  { target, live }: ObjectPair,
  schema: ApplySchema,
  manager: string,
): Difference {
  const apiVersion = asString(target['apiVersion']);
  const writer = {
    manager,
    apiVersion,
    subresource: '',
    now: '',
    schema,
    expected: { kind: 'any' } as const,
    blank: () => ({}),
    statusApart: false,
  };
  const applied = manageApply(writer, live, withoutMetadata(target, 'managedFields'), true);
  const before = withoutMetadata(live, 'managedFields');
  const after = withoutMetadata(applied.object, 'managedFields');
  if (equal(before, after)) return difference(live, live);
  const shown = (object: JsonObject): JsonObject =>
    withDefaults(withoutAnnotation(object, lastApplied));
  return difference(shown(after), shown(before));
}
