import { asObject, equal, isObject, type Json, type JsonObject, own } from '../json/value.ts';
import { type CustomVersion } from '../resources/resource.ts';
import { decodeTyped } from './decode.ts';

/** Fields that every object has, whatever its schema says. */
const rootFields = new Set(['apiVersion', 'kind', 'metadata']);

export interface Pruned {
  readonly object: JsonObject;
  /** Paths of fields that the schema does not have, sorted. */
  readonly unknown: readonly string[];
}

/** Takes from a custom object what its schema does not have. */
export function pruneCustom(schema: JsonObject, object: JsonObject): Pruned {
  const unknown: string[] = [];
  const out: JsonObject = {};
  const properties = asObject(schema['properties']);
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const key of Object.keys(object).sort()) {
    const value = object[key] ?? null;
    const field = own(properties, key);
    if (rootFields.has(key)) out[key] = key === 'metadata' ? pruneMetadata(value, unknown) : value;
    else if (field !== undefined) out[key] = prune(asObject(field), value, { path: key, unknown });
    else if (free) out[key] = value;
    else unknown.push(key);
  }
  return { object: out, unknown: unknown.sort() };
}

function pruneMetadata(value: Json, unknown: string[]): Json {
  if (!isObject(value)) return {};
  const decoded = decodeTyped('V1ObjectMeta', value);
  unknown.push(...decoded.unknown.map((path) => `metadata.${path}`));
  return decoded.object;
}

interface Place {
  readonly path: string;
  readonly unknown: string[];
}

function prune(schema: JsonObject, value: Json, place: Place): Json {
  if (Array.isArray(value)) {
    const item = asObject(schema['items']);
    return value.map((entry, index) =>
      prune(item, entry, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (!isObject(value)) return value;
  const properties = asObject(schema['properties']);
  const additional = schema['additionalProperties'];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true || additional === true;
  const out: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) {
    const inner = { ...place, path: `${place.path}.${key}` };
    const field = own(properties, key);
    if (field !== undefined) out[key] = prune(asObject(field), entry, inner);
    else if (isObject(additional)) out[key] = prune(additional, entry, inner);
    else if (free || (embedded && rootFields.has(key))) out[key] = entry;
    else place.unknown.push(inner.path);
  }
  return out;
}

/** Fills in the defaults of a schema; null counts as missing where it is not allowed. */
export function defaultCustom(schema: JsonObject, object: JsonObject): JsonObject {
  return asObject(fill(schema, object));
}

function fill(schema: JsonObject, value: Json): Json {
  if (Array.isArray(value)) {
    const item = schema['items'];
    return isObject(item)
      ? same(
          value,
          value.map((entry) => fill(item, entry)),
        )
      : value;
  }
  if (!isObject(value)) return value;
  const properties = asObject(schema['properties']);
  const additional = schema['additionalProperties'];
  const out: JsonObject = { ...value };
  for (const [key, field] of Object.entries(properties)) fillField(out, key, asObject(field));
  if (isObject(additional)) {
    for (const [key, entry] of Object.entries(value)) {
      if (!Object.hasOwn(properties, key)) out[key] = fill(additional, entry);
    }
  }
  return same(value, out);
}

function same(before: Json, after: Json): Json {
  return equal(before, after) ? before : after;
}

function fillField(out: JsonObject, key: string, field: JsonObject): void {
  const preset = own(field, 'default');
  let value = own(out, key);
  if (value === null && field['nullable'] !== true) {
    delete out[key];
    value = undefined;
    if (preset === undefined) return;
  }
  if (value === undefined && preset !== undefined) value = preset;
  if (value !== undefined) out[key] = fill(field, value);
}

/** Drops nulls of fields that are not nullable and have no default. */
export function showCustom(custom: CustomVersion, stored: JsonObject): JsonObject {
  const pruned = pruneCustom(custom.schema, stored).object;
  return defaultCustom(custom.schema, pruned);
}
