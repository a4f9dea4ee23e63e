import {
  asString,
  builtinStrategies,
  decodeTyped,
  DecodeError,
  isObject,
  own,
  strategicMerge,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import { patchSchema, schemeType, splitApiVersion } from './patch-meta.ts';
import { twoWayStrategicPatch } from './strategic-patch.ts';

/** What is in a value, as far as another one has it too. Lists keep entries that are too many. */
export function commonFields(wanted: Json, value: Json): Json {
  if (isObject(wanted) && isObject(value)) return commonEntries(wanted, value);
  if (Array.isArray(wanted) && Array.isArray(value))
    return value.map((entry, index) => {
      const other = wanted[index];
      return other === undefined ? entry : commonFields(other, entry);
    });
  return value;
}

/** As `commonFields`, of objects. */
export function commonEntries(wanted: JsonObject, value: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, inner] of Object.entries(wanted)) {
    const found = own(value, key);
    if (found !== undefined) out[key] = commonFields(inner, found);
  }
  return out;
}

function typeOf(object: JsonObject): string | undefined {
  return schemeType(asString(object['apiVersion']), asString(object['kind']));
}

/** An object as its type writes it; undefined where it has no built-in type or does not fit it. */
function decoded(
  object: JsonObject,
): { readonly unknown: number; readonly object: JsonObject } | undefined {
  const type = typeOf(object);
  if (type === undefined) return undefined;
  try {
    const result = decodeTyped(type, object);
    return { unknown: result.unknown.length, object: result.object };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/**
 * An object of a built-in kind as Kubernetes would write it: quantities in their usual form, empty fields
 * left out. One that has fields which its type does not know, or does not fit it, stays as it is.
 * Source: `remarshal` in gitops-engine/pkg/diff/diff.go.
 */
export function asWritten(object: JsonObject): JsonObject {
  const typed = decoded(object);
  if (typed === undefined || typed.unknown > 0) return object;
  return commonEntries(object, typed.object);
}

/**
 * An object with the defaults of its built-in kind; what its type does not know stays.
 * Source: `patchDefaultValues` in gitops-engine/pkg/diff/diff.go.
 */
export function withDefaults(object: JsonObject): JsonObject {
  const type = typeOf(object);
  const typed = decoded(object);
  if (type === undefined || typed === undefined) return object;
  const [group] = splitApiVersion(asString(object['apiVersion']));
  const strategy = builtinStrategies[`${group}/${asString(object['kind'])}`];
  if (strategy?.defaults === undefined) return object;
  const filled = strategy.defaults(typed.object);
  return strategicMerge(
    type,
    object,
    twoWayStrategicPatch(patchSchema(type), typed.object, filled),
  );
}
