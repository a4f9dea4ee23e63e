import { asObject, equal, isObject, type Json, type JsonObject } from '../json/value.ts';
import { badRequest, rejected } from '../status/status-error.ts';

/** More operations than this are refused. */
const maxOperations = 10_000;

/** Applies a JSON patch (RFC 6902) as Kubernetes does; a patch that cannot be applied fails with 422. */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) {
    const found = isObject(patch) ? 'object' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type jsonpatch.Patch`,
    );
  }
  if (patch.length > maxOperations) {
    throw badRequest(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  let current: Json = target;
  for (const operation of patch) current = applyOperation(current, asObject(operation));
  if (!isObject(current)) throw rejected();
  return current;
}

function segments(path: Json | undefined): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw rejected();
  return path === ''
    ? []
    : path
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applyOperation(target: Json, operation: JsonObject): Json {
  const path = segments(operation['path']);
  const value = operation['value'] ?? null;
  switch (operation['op']) {
    case 'add':
      return edit(target, path, (place, key) => insert(place, key, value));
    case 'replace':
      return edit(target, path, (place, key) => replace(place, key, value));
    case 'remove':
      return edit(target, path, remove);
    case 'move': {
      const from = segments(operation['from']);
      return edit(edit(target, from, remove), path, (place, key) =>
        insert(place, key, find(target, from) ?? null),
      );
    }
    case 'copy': {
      const found = find(target, segments(operation['from']));
      if (found === undefined) throw rejected();
      return edit(target, path, (place, key) => insert(place, key, found));
    }
    case 'test':
      if (!equal(find(target, path) ?? null, value)) throw rejected();
      return target;
    default:
      throw rejected();
  }
}

function find(target: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = target;
  for (const part of path) {
    if (Array.isArray(current)) current = current[indexIn(current, part, 0)];
    else if (isObject(current)) current = Object.hasOwn(current, part) ? current[part] : undefined;
    else return undefined;
  }
  return current;
}

type Change = (place: Json[] | JsonObject, key: string) => Json;

/** A copy of the target in which the holder of the path's last part is changed. */
function edit(target: Json, path: readonly string[], change: Change): Json {
  const [key, ...rest] = path;
  if (key === undefined) return asObject(change({ '': target }, ''))[''] ?? null;
  if (!Array.isArray(target) && !isObject(target)) throw rejected();
  if (rest.length === 0) return change(Array.isArray(target) ? [...target] : { ...target }, key);
  if (Array.isArray(target)) {
    const index = indexIn(target, key, 0);
    const inner = target[index];
    if (inner === undefined) throw rejected();
    return target.map((entry, position) =>
      position === index ? edit(inner, rest, change) : entry,
    );
  }
  const inner = Object.hasOwn(target, key) ? target[key] : undefined;
  if (inner === undefined) throw rejected();
  return { ...target, [key]: edit(inner, rest, change) };
}

/** An index of a list; negative ones count from the end. */
function indexIn(list: readonly Json[], key: string, extra: number): number {
  if (!/^-?(0|[1-9]\d*)$/.test(key)) throw rejected();
  const index = Number(key);
  const size = list.length + extra;
  const found = index < 0 ? index + size : index;
  if (found < 0 || found >= size) throw rejected();
  return found;
}

function insert(place: Json[] | JsonObject, key: string, value: Json): Json {
  if (!Array.isArray(place)) return { ...place, [key]: value };
  const index = key === '-' ? place.length : indexIn(place, key, 1);
  return [...place.slice(0, index), value, ...place.slice(index)];
}

function replace(place: Json[] | JsonObject, key: string, value: Json): Json {
  if (Array.isArray(place)) {
    const index = indexIn(place, key, 0);
    return place.map((entry, position) => (position === index ? value : entry));
  }
  // A key that is not there is added, as Kubernetes does.
  return { ...place, [key]: value };
}

function remove(place: Json[] | JsonObject, key: string): Json {
  if (Array.isArray(place)) {
    const index = indexIn(place, key, 0);
    return place.filter((_, position) => position !== index);
  }
  if (!Object.hasOwn(place, key)) throw rejected();
  const copy = { ...place };
  delete copy[key];
  return copy;
}
