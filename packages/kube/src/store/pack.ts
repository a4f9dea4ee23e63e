import {
  asArray,
  asObject,
  equal,
  isObject,
  type Json,
  type JsonObject,
  own,
} from '../json/value.ts';

/** Makes objects small before they are kept. */
export interface Packer {
  /** The same object, sharing with its previous state and with other objects what it has in common with them. */
  pack(object: JsonObject, previous: JsonObject | undefined): JsonObject;
  /** Characters of text that the last packed object has for itself: about what keeping it costs. */
  ownSize(): number;
}

/** More distinct field sets than this are not kept for sharing. */
const maxFieldSets = 4096;
/** About what an object or a list costs beside its values, and what one entry of it does. */
const containerSize = 16;
const entrySize = 8;
/** What an entry of managed fields costs beside its texts. */
const managerSize = containerSize + 7 * entrySize;

/**
 * Packs objects. Values that a request brought are pieces of its whole text, which they would keep alive, and short
 * ones come again and again: a copy through the platform's own JSON has each once. What did not change since the
 * previous state is taken from there, at every depth, and the field sets of managers, which most objects of a kind have
 * alike, are kept once for all.
 */
export function createPacker(): Packer {
  const sharedFields = createFieldSets();
  let size = 0;
  const copied = (value: Json): Json => {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    const text = JSON.stringify(value);
    size += text.length;
    return JSON.parse(text) as Json;
  };
  const kept = (value: Json, previous: Json | undefined): Json => {
    if (value === previous) return previous;
    if (Array.isArray(value) && Array.isArray(previous)) return keptList(value, previous);
    if (isObject(value) && isObject(previous)) return keptObject(value, previous);
    return copied(value);
  };
  const keptList = (list: Json[], previous: Json[]): Json => {
    size += containerSize + entrySize * list.length;
    const entries = list.map((entry, index) => kept(entry ?? null, previous[index]));
    return unlessSame(entries, previous);
  };
  const keptObject = (object: JsonObject, previous: JsonObject): JsonObject => {
    let count = 0;
    let isSame = true;
    const out = mapped(object, (key, value) => {
      const before = own(previous, key);
      const entry = kept(value, before);
      count += 1;
      isSame &&= entry === before;
      return entry;
    });
    size += containerSize + entrySize * count;
    return isSame && count === Object.keys(previous).length ? previous : out;
  };
  const manager = (entry: JsonObject, previous: JsonObject): Json => {
    size += managerSize;
    return mapped(entry, (key, value) =>
      key === 'fieldsV1' && isObject(value) ? sharedFields(value) : kept(value, own(previous, key)),
    );
  };
  const managers = (entries: Json, previous: Json | undefined): Json => {
    const before = asArray(previous);
    // Their order follows their times.
    const packed = asArray(entries).map((entry) => {
      const known = before.find((other) => isOfSame(entry, other));
      return known !== undefined && equal(entry, known)
        ? known
        : manager(asObject(entry), asObject(known));
    });
    return unlessSame(packed, before);
  };
  const metadata = (value: Json, previous: Json | undefined): Json => {
    const before = asObject(previous);
    return mapped(asObject(value), (key, entry) => {
      if (key === 'managedFields') return managers(entry, before[key]);
      return kept(entry, own(before, key));
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

/** Keeps each field set of managers once. */
function createFieldSets(): (fields: JsonObject) => JsonObject {
  const known = new Map<string, JsonObject>();
  let shared = new WeakSet<JsonObject>();
  return (fields) => {
    if (shared.has(fields)) return fields;
    const text = JSON.stringify(fields);
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= maxFieldSets) {
      known.clear();
      shared = new WeakSet();
    }
    const made = JSON.parse(text) as JsonObject;
    known.set(text, made);
    shared.add(made);
    return made;
  };
}

/** A list; the one before when its entries are the same. */
function unlessSame(list: Json[], previous: Json[]): Json[] {
  const isSame =
    list.length === previous.length && list.every((entry, index) => entry === previous[index]);
  return isSame ? previous : list;
}

/** Whether two entries of managed fields are of the same manager. */
function isOfSame(a: Json, b: Json): boolean {
  const one = asObject(a);
  const other = asObject(b);
  return (
    one['manager'] === other['manager'] &&
    one['operation'] === other['operation'] &&
    one['subresource'] === other['subresource'] &&
    one['apiVersion'] === other['apiVersion']
  );
}

function mapped(object: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) out[key] = change(key, value);
  }
  return out;
}
