import { asArray, equal, goPrint, isObject, own, type Json, type JsonObject } from '@tidegate/kube';
import type { PatchMeta, PatchSchema } from './patch-meta.ts';

/** A patch cannot be made of what was given. */
export class PatchFault extends Error {
  override readonly name = 'PatchFault';
}

/** The three states that a patch is made of. */
export interface ThreeStates {
  /** What was applied last; undefined: nothing. */
  readonly original: JsonObject | undefined;
  /** What is wanted. */
  readonly modified: JsonObject;
  /** What is there. */
  readonly current: JsonObject;
}

/** What one difference counts. */
interface Scope {
  readonly additions: boolean;
  readonly deletions: boolean;
  /** Whether to name the keys that are kept. */
  readonly retainKeys: boolean;
}

const directive = '$patch';
const retainKey = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletionPrefix = '$deleteFromPrimitiveList/';

/**
 * The strategic merge patch that takes what is there to what is wanted: changes and additions against
 * what is there, deletions against what was applied last. Empty when nothing is to do. Throws
 * PatchFault when a list lacks merge keys.
 * Behaves as `CreateThreeWayMergePatch` of Kubernetes' strategicpatch package.
 */
export function threeWayStrategicPatch(schema: PatchSchema, states: ThreeStates): JsonObject {
  const { original = {}, modified, current } = states;
  const delta = diffMaps(schema, [current, modified], {
    additions: true,
    deletions: false,
    retainKeys: false,
  });
  const deletions = diffMaps(schema, [original, modified], {
    additions: false,
    deletions: true,
    retainKeys: false,
  });
  return mergePatches(schema, deletions, delta);
}

/** The strategic merge patch that takes one state to another. */
export function twoWayStrategicPatch(
  schema: PatchSchema,
  before: JsonObject,
  after: JsonObject,
): JsonObject {
  return diffMaps(schema, [before, after], {
    additions: true,
    deletions: true,
    retainKeys: false,
  });
}

type Pair<T> = readonly [before: T, after: T];

function diffMaps(
  schema: PatchSchema,
  [before, after]: Pair<JsonObject>,
  scope: Scope,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, wanted] of Object.entries(after))
    diffValue(schema, key, { patch, pair: [own(before, key), wanted], scope });
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (scope.deletions) for (const key of gone) patch[key] = null;
  if (scope.retainKeys)
    noteKept(
      patch,
      after,
      gone.some((key) => before[key] !== null),
    );
  return patch;
}

function diffValue(
  schema: PatchSchema,
  key: string,
  { patch, pair: [found, wanted], scope }: Omit<Difference<Json>, 'pair'> & ValuePair,
): void {
  if (isObject(found) && isObject(wanted)) {
    diffField(schema, key, { patch, pair: [found, wanted], scope });
  } else if (Array.isArray(found) && Array.isArray(wanted)) {
    diffList(schema, key, { patch, pair: [found, wanted], scope });
  } else if (scope.additions && found !== wanted) {
    patch[key] = wanted;
  }
}

interface ValuePair {
  readonly pair: readonly [before: Json | undefined, after: Json];
}

function noteKept(patch: JsonObject, after: JsonObject, hasMore: boolean): void {
  const kept = Object.keys(after).filter((key) => after[key] !== null);
  if (kept.length > 0 && (Object.keys(patch).length > 0 || hasMore)) patch[retainKey] = kept.sort();
}

interface Difference<T> {
  readonly patch: JsonObject;
  readonly pair: Pair<T>;
  readonly scope: Scope;
}

function metaOf(schema: PatchSchema, key: string, pair: Pair<Json>): PatchMeta | undefined {
  const meta = schema.field(key);
  if (meta === undefined && !equal(pair[0], pair[1]))
    throw new PatchFault(`unable to find api field for the json field "${key}"`);
  return meta;
}

function diffField(schema: PatchSchema, key: string, about: Difference<JsonObject>): void {
  const { patch, pair, scope } = about;
  const meta = metaOf(schema, key, pair);
  if (meta === undefined) return;
  if (meta.strategies.includes('replace')) {
    if (scope.additions) patch[key] = pair[1];
    return;
  }
  const retainKeys = meta.strategies.includes('retainKeys');
  const inner = diffMaps(meta.inner, pair, { ...scope, retainKeys });
  if (Object.keys(inner).length > 0) patch[key] = inner;
}

function diffList(schema: PatchSchema, key: string, about: Difference<Json[]>): void {
  const { patch, pair, scope } = about;
  const [before, after] = pair;
  const meta = metaOf(schema, key, pair);
  if (meta === undefined) return;
  if (!meta.strategies.includes('merge')) {
    if (scope.additions && !equal(before, after)) patch[key] = after;
    return;
  }
  if (before.length === 0) {
    if (scope.additions && after.length > 0) patch[key] = after;
    return;
  }
  if ([...before, ...after].some(isObject)) diffEntries(meta, key, about);
  else diffScalars(key, about);
}

function diffScalars(key: string, { patch, pair, scope }: Difference<Json[]>): void {
  const [before, after] = pair;
  const added = scope.additions ? after.filter((value) => !before.includes(value)) : [];
  const gone = scope.deletions ? before.filter((value) => !after.includes(value)) : [];
  if (added.length > 0) patch[key] = added;
  if (gone.length > 0) patch[deletionPrefix + key] = sortedByText([...new Set(gone)]);
  // Kubernetes looks at what is there in sorted order here, whatever order it has.
  const isSame = equal(sortedByText(before), after);
  const named = gone.length > 0 || (scope.additions && !isSame);
  if (named && after.length > 0) patch[orderPrefix + key] = after;
}

function sortedByText(list: readonly Json[]): Json[] {
  return list
    .map((value) => ({ value, text: goPrint(value) }))
    .sort(byText)
    .map(({ value }) => value);
}

/** Lists whose entries have a key: entries are compared one by one, and their order is named. */
function diffEntries(
  meta: PatchMeta,
  key: string,
  { patch, pair, scope }: Difference<Json[]>,
): void {
  const mergeKey = meta.mergeKey ?? '';
  const [before, after] = [keyed(pair[0], mergeKey), keyed(pair[1], mergeKey)];
  const retainKeys = meta.strategies.includes('retainKeys');
  const { changes, deletions } = pairEntries(meta.inner, [before, after], {
    mergeKey,
    scope: { ...scope, retainKeys },
  });
  const order = after.map(({ id }) => JSON.stringify(id));
  const rank = (entry: JsonObject): number => order.indexOf(JSON.stringify(entry[mergeKey]));
  const list = [...changes.sort((a, b) => rank(a) - rank(b)), ...deletions];
  if (list.length > 0) patch[key] = list;
  const sameOrder =
    before.length === after.length && before.every(({ id }, index) => equal(id, after[index]?.id));
  const named = list.length > 0 || (scope.additions && !sameOrder);
  if (named && after.length > 0)
    patch[orderPrefix + key] = after.map(({ id }) => ({ [mergeKey]: id }));
}

interface Entry {
  readonly id: Json;
  readonly text: string;
  readonly value: JsonObject;
}

function keyed(list: readonly Json[], mergeKey: string): Entry[] {
  return list.map((value) => {
    if (!isObject(value))
      throw new PatchFault(`expected an object in the list with merge key ${mergeKey}`);
    const id = own(value, mergeKey);
    if (id === undefined) {
      const shown = goPrint(value);
      throw new PatchFault(`map: ${shown} does not contain declared merge key: ${mergeKey}`);
    }
    return { id, text: goPrint(id), value };
  });
}

interface Pairing {
  readonly mergeKey: string;
  readonly scope: Scope;
}

function pairEntries(
  schema: PatchSchema,
  lists: Pair<readonly Entry[]>,
  { mergeKey, scope }: Pairing,
): { changes: JsonObject[]; deletions: JsonObject[] } {
  const changes: JsonObject[] = [];
  const deletions: JsonObject[] = [];
  for (const { old, wanted } of matches(lists)) {
    if (old === undefined) {
      if (scope.additions && wanted !== undefined) changes.push(wanted.value);
    } else if (wanted === undefined) {
      if (scope.deletions) deletions.push({ [mergeKey]: old.id, [directive]: 'delete' });
    } else {
      const inner = diffMaps(schema, [old.value, wanted.value], scope);
      if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: wanted.id });
    }
  }
  return { changes, deletions };
}

interface Match {
  readonly old: Entry | undefined;
  readonly wanted: Entry | undefined;
}

/** Entries of both lists in the order of their keys; equal keys pair up, however often they come. */
function matches(lists: Pair<readonly Entry[]>): Match[] {
  const [before, after] = lists.map((list) => [...list].sort(byText)) as [Entry[], Entry[]];
  const found: Match[] = [];
  while (before.length > 0 || after.length > 0) {
    const order = byText(before[0], after[0]);
    const old = order <= 0 ? before.shift() : undefined;
    const wanted = order >= 0 ? after.shift() : undefined;
    found.push({ old, wanted });
  }
  return found;
}

/** Puts what is there before what is not. */
function byText(a: Pick<Entry, 'text'> | undefined, b: Pick<Entry, 'text'> | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/** Lays the patch of changes over the patch of deletions, both of which lead to the same state. */
function mergePatches(schema: PatchSchema, deletions: JsonObject, delta: JsonObject): JsonObject {
  const out: JsonObject = { ...deletions };
  for (const [key, value] of Object.entries(delta)) {
    const below = own(out, key);
    const meta = schema.field(key);
    const merges = meta !== undefined && !meta.strategies.includes('replace');
    if (merges && isObject(below) && isObject(value)) {
      out[key] = mergePatches(meta.inner, below, value);
    } else if (merges && Array.isArray(below) && Array.isArray(value)) {
      const order = delta[orderPrefix + key] ?? deletions[orderPrefix + key];
      out[key] = mergeEntryPatches(meta, [below, value], asArray(order));
    } else out[key] = value;
  }
  return out;
}

function isDeletion(entry: Json): boolean {
  return isObject(entry) && entry[directive] !== undefined;
}

/** Entries with the same key become one. They come in the named order, those that go last. */
function mergeEntryPatches(
  meta: PatchMeta,
  [deletions, delta]: readonly [Json[], Json[]],
  order: readonly Json[],
): Json[] {
  const { mergeKey = '' } = meta;
  const idOf = (entry: Json): Json => (isObject(entry) ? (entry[mergeKey] ?? null) : entry);
  const gone = deletions.filter(isDeletion);
  const left = deletions.filter((entry) => !isDeletion(entry));
  const merged = delta.map((entry) => {
    const index = left.findIndex((other) => equal(idOf(other), idOf(entry)));
    const [below] = index < 0 ? [] : left.splice(index, 1);
    return isObject(below) && isObject(entry) ? mergePatches(meta.inner, below, entry) : entry;
  });
  const rank = (entry: Json): number => order.findIndex((other) => equal(idOf(other), idOf(entry)));
  return [...[...merged, ...left].sort((a, b) => rank(a) - rank(b)), ...gone];
}
