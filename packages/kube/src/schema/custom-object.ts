import {
  asArray,
  asObject,
  equal,
  isObject,
  type Json,
  type JsonObject,
  mapEntries,
  own,
} from '../json/value.ts';
import { type CustomVersion } from '../resources/resource.ts';
import { decodeTyped } from './decode.ts';

/** Fields that every object has, whatever its schema says. */
const rootFields = new Set(['apiVersion', 'kind', 'metadata']);

export interface Pruned {
  readonly object: JsonObject;
  /** Paths of fields that the schema does not have, sorted. */
  readonly unknown: readonly string[];
}

/**
 * Takes from a custom object what its schema does not have. `known` is an object with nothing to take away: what the
 * given one shares with it at the same place is not looked into.
 */
export function pruneCustom(schema: JsonObject, object: JsonObject, known?: JsonObject): Pruned {
  const unknown: string[] = [];
  const out: JsonObject = {};
  const properties = asObject(schema['properties']);
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const key of Object.keys(object).sort()) {
    const value = object[key] ?? null;
    const before = known?.[key];
    const field = own(properties, key);
    if (value === before) out[key] = value;
    else if (key === 'metadata') out[key] = pruneMetadata(value, unknown, before);
    else if (rootFields.has(key)) out[key] = value;
    else if (field !== undefined)
      out[key] = prune(asObject(field), value, { path: key, unknown, known: before });
    else if (free) out[key] = value;
    else unknown.push(key);
  }
  return { object: out, unknown: unknown.sort() };
}

function pruneMetadata(value: Json, unknown: string[], known: Json | undefined): Json {
  if (!isObject(value)) return {};
  const decoded = decodeTyped('V1ObjectMeta', value, isObject(known) ? known : undefined);
  unknown.push(...decoded.unknown.map((path) => `metadata.${path}`));
  return known !== undefined && equal(decoded.object, value) ? value : decoded.object;
}

interface Place {
  readonly path: string;
  readonly unknown: string[];
  /** What is known to be pruned at this place. */
  readonly known: Json | undefined;
}

function prune(schema: JsonObject, value: Json, place: Place): Json {
  if (value === place.known) return value;
  if (Array.isArray(value)) {
    const item = asObject(schema['items']);
    const known = asArray(place.known);
    return mapEntries(value, (entry, index) =>
      prune(item, entry, { ...place, path: `${place.path}[${index}]`, known: known[index] }),
    );
  }
  return isObject(value) ? pruneObject(schema, value, place) : value;
}

function pruneObject(schema: JsonObject, value: JsonObject, place: Place): JsonObject {
  const known = asObject(place.known);
  const out: JsonObject = {};
  let isSame = true;
  for (const key of Object.keys(value)) {
    const entry = value[key] ?? null;
    const path = `${place.path}.${key}`;
    const field = fieldAt(schema, key);
    if (field === undefined && !isFree(schema, key)) {
      place.unknown.push(path);
      isSame = false;
      continue;
    }
    const inner = { path, unknown: place.unknown, known: own(known, key) };
    const kept = field === undefined ? entry : prune(field, entry, inner);
    out[key] = kept;
    isSame &&= kept === entry;
  }
  return isSame ? value : out;
}

/** The schema of a field, declared or for all that are not. */
function fieldAt(schema: JsonObject, key: string): JsonObject | undefined {
  const field = own(asObject(schema['properties']), key);
  if (field !== undefined) return asObject(field);
  const additional = schema['additionalProperties'];
  return isObject(additional) ? additional : undefined;
}

/** Whether a field is kept that has no schema. */
function isFree(schema: JsonObject, key: string): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['additionalProperties'] === true ||
    (schema['x-kubernetes-embedded-resource'] === true && rootFields.has(key))
  );
}

/**
 * Fills in the defaults of a schema; null counts as missing where it is not allowed. `known` is an object with nothing
 * to fill in: what the given one shares with it at the same place is not looked into.
 */
export function defaultCustom(
  schema: JsonObject,
  object: JsonObject,
  known?: JsonObject,
): JsonObject {
  return asObject(fill(schema, object, known));
}

function fill(schema: JsonObject, value: Json, known: Json | undefined): Json {
  if (value === known) return value;
  if (Array.isArray(value)) {
    const item = schema['items'];
    const before = asArray(known);
    return isObject(item)
      ? mapEntries(value, (entry, index) => fill(item, entry, before[index]))
      : value;
  }
  return isObject(value) ? fillObject(schema, value, asObject(known)) : value;
}

function fillObject(schema: JsonObject, value: JsonObject, known: JsonObject): JsonObject {
  let out = value;
  const change = (): JsonObject => (out === value ? (out = { ...value }) : out);
  for (const key of Object.keys(value)) {
    const entry = value[key] ?? null;
    const filled = filledField(schema, key, { entry, known: own(known, key) });
    if (filled === undefined) Reflect.deleteProperty(change(), key);
    else if (filled !== entry) change()[key] = filled;
  }
  for (const [key, field] of presets(schema)) {
    if (Object.hasOwn(value, key)) continue;
    change()[key] = fill(field, field['default'] ?? null, own(known, key));
  }
  return out;
}

/** A field with its defaults; undefined when it counts as missing and has none. */
function filledField(
  schema: JsonObject,
  key: string,
  { entry, known }: { readonly entry: Json; readonly known: Json | undefined },
): Json | undefined {
  if (entry === known) return entry;
  const field = own(asObject(schema['properties']), key);
  if (field === undefined) {
    const additional = schema['additionalProperties'];
    return isObject(additional) ? fill(additional, entry, known) : entry;
  }
  const inner = asObject(field);
  if (entry !== null || inner['nullable'] === true) return fill(inner, entry, known);
  const preset = own(inner, 'default');
  return preset === undefined ? undefined : fill(inner, preset, known);
}

/** Fields of schemas that have a default. A schema is never changed. */
const fieldsWithDefaults = new WeakMap<JsonObject, readonly (readonly [string, JsonObject])[]>();

function presets(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  let found = fieldsWithDefaults.get(schema);
  if (found === undefined) {
    found = Object.entries(asObject(schema['properties']))
      .map(([key, field]) => [key, asObject(field)] as const)
      .filter(([, field]) => Object.hasOwn(field, 'default'));
    fieldsWithDefaults.set(schema, found);
  }
  return found;
}

/**
 * A stored object as a version shows it: pruned, with defaults, without nulls of fields that are not nullable. `known`
 * is an object that is shown as it is.
 */
export function showCustom(
  custom: CustomVersion,
  stored: JsonObject,
  known?: JsonObject,
): JsonObject {
  const pruned = pruneCustom(custom.schema, stored, known).object;
  return defaultCustom(custom.schema, pruned, known);
}
