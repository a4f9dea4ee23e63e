import { asArray, asObject, equal, isObject, type Json, type JsonObject } from '../json/value.ts';

/** Makes objects small before they are kept. */
export interface Packer {
  /** The same object, sharing with its previous state and with other objects what it has in common with them. */
  pack(object: JsonObject, previous: JsonObject | undefined): JsonObject;
  /** Characters of text that the last packed object has for itself: about what keeping it costs. */
  ownSize(): number;
}

/** More distinct field sets than this are not kept for sharing. */
const maxFieldSets = 4096;

/**
 * Packs objects. Values that a request brought are pieces of its whole text, which they would keep alive, and short
 * ones come again and again: a copy through the platform's own JSON has each once. What did not change since the
 * previous state is taken from there, and the field sets of managers, which most objects of a kind have alike, are
 * kept once for all.
 */
export function createPacker(): Packer {
  const fieldSets = new Map<string, JsonObject>();
  let size = 0;
  const copied = (value: Json): Json => {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    const text = JSON.stringify(value);
    size += text.length;
    return JSON.parse(text) as Json;
  };
  const kept = (value: Json, previous: Json | undefined): Json =>
    previous !== undefined && equal(value, previous) ? previous : copied(value);
  const sharedFields = (fields: JsonObject): JsonObject => {
    const text = JSON.stringify(fields);
    const known = fieldSets.get(text);
    if (known !== undefined) return known;
    if (fieldSets.size >= maxFieldSets) fieldSets.clear();
    const made = JSON.parse(text) as JsonObject;
    fieldSets.set(text, made);
    return made;
  };
  const managers = (entries: Json, previous: Json | undefined): Json =>
    asArray(entries).map((entry, index) => {
      const before = asArray(previous)[index];
      if (before !== undefined && equal(entry, before)) return before;
      const { fieldsV1, ...rest } = asObject(entry);
      const copy = copied(rest) as JsonObject;
      return isObject(fieldsV1) ? withFields(asObject(entry), copy, sharedFields(fieldsV1)) : copy;
    });
  const metadata = (value: Json, previous: Json | undefined): Json => {
    const before = asObject(previous);
    return mapped(asObject(value), (key, entry) => {
      if (key === 'managedFields') return managers(entry, before[key]);
      return kept(entry, before[key]);
    });
  };
  return {
    pack: (object, previous) => {
      size = 0;
      return mapped(object, (key, value) =>
        key === 'metadata' ? metadata(value, previous?.[key]) : kept(value, previous?.[key]),
      );
    },
    ownSize: () => size,
  };
}

/** An entry of managed fields with its keys in the order in which they were. */
function withFields(entry: JsonObject, copy: JsonObject, fields: JsonObject): JsonObject {
  return mapped(entry, (key) => (key === 'fieldsV1' ? fields : (copy[key] ?? null)));
}

function mapped(object: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) out[key] = change(key, value);
  }
  return out;
}
