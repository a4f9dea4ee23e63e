/** Plain JSON, as objects are kept, sent and compared. Objects of the store are shared and never changed in place. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A key that would reach an object's prototype when it is assigned. */
export const protoKey = '__proto__';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function asArray(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function asString(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function asNumber(value: Json | undefined, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise;
}

/** Own property of an object, never one of its prototype. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What is at a path of keys and indexes, if anything is. */
export function at(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): Json | undefined {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step];
    else if (isObject(current)) current = own(current, String(step));
    else return undefined;
  }
  return current;
}

/** A copy of an object with a value put at a path; `undefined` takes the key away. */
export function withAt(
  object: JsonObject,
  path: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const next = rest.length === 0 ? value : withAt(asObject(own(object, key)), rest, value);
  if (next === undefined) return without(object, key);
  return { ...object, [key]: next };
}

/** A copy without some keys. Nothing is deleted from it: engines make objects slow that lost a key. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  if (!keys.some((key) => Object.hasOwn(object, key))) return { ...object };
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (!keys.includes(key)) copy[key] = object[key] as Json;
  }
  return copy;
}

/** Whether two values are the same, whatever the order of keys. The same object is not looked into. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((entry, index) => equal(entry, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !equal(a[key], b[key])) return false;
  }
  return true;
}

/** Whether two objects are the same but for some keys. */
export function equalBut(a: JsonObject, b: JsonObject, ignored: ReadonlySet<string>): boolean {
  for (const key of Object.keys(a)) {
    if (!ignored.has(key) && !equal(a[key], own(b, key))) return false;
  }
  return Object.keys(b).every((key) => ignored.has(key) || Object.hasOwn(a, key));
}

/** A list with each entry changed; the same list when none is another one then. */
export function mapEntries(list: Json[], change: (entry: Json, index: number) => Json): Json[] {
  let isSame = true;
  const out = list.map((entry, index) => {
    const changed = change(entry, index);
    if (changed !== entry) isSame = false;
    return changed;
  });
  return isSame ? list : out;
}

/** Makes a value and all in it unchangeable. What is frozen already is not looked into. */
export function deepFreeze<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const entry of Object.values<Json>(value)) deepFreeze(entry);
  return Object.freeze(value);
}

/** A deep copy that can be changed. */
export function clone<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map((entry) => clone(entry)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) copy[key] = clone(entry);
  return copy as T;
}

export function byKey(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A value with its keys sorted at every depth; the same value when they are. Parts that `sorted`, whose keys are in
 * order, has at the same place are not looked into.
 */
export function sortKeys(value: Json, sorted?: Json): Json {
  if (value === sorted || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const known = asArray(sorted);
    return mapEntries(value, (entry, index) => sortKeys(entry, known[index]));
  }
  const known = asObject(sorted);
  const keys = Object.keys(value);
  let isSame = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key);
  if (!isSame) keys.sort(byKey);
  const copy: JsonObject = {};
  for (const key of keys) {
    const entry = value[key] ?? null;
    const inner = sortKeys(entry, own(known, key));
    if (inner !== entry) isSame = false;
    copy[key] = inner;
  }
  return isSame ? value : copy;
}

/** How Go prints a string in quotes. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** JSON as Go's encoder writes it: the characters of HTML are escaped. */
export function goJson(value: Json): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** How Go's %v prints maps and lists, as some of Kubernetes' messages do. */
export function goPrint(value: Json): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.keys(value).sort(byKey);
  return `map[${entries.map((key) => `${key}:${goPrint(value[key] ?? null)}`).join(' ')}]`;
}
