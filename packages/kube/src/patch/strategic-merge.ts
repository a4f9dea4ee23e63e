import {
  asArray,
  asObject,
  equal,
  goPrint,
  isObject,
  type Json,
  type JsonObject,
  without,
} from '../json/value.ts';
import { type Field, type Shape, typeModel } from '../schema/type-model.ts';
import { badRequest, internal } from '../status/status-error.ts';

const directive = '$patch';
const retain = '$retainKeys';
const order = '$setElementOrder/';
const fromList = '$deleteFromPrimitiveList/';

/** Strategic merge patch of an object of a built-in type: lists with merge keys are merged entry by entry. */
export function strategicMerge(type: string, target: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject({ kind: 'object', type }, target, patch);
}

function unknownType(action: Json, patch: JsonObject): Error {
  return internal(`unknown patch type: ${goPrint(action)} in map: ${goPrint(patch)}`);
}

function fieldOf(shape: Shape, key: string): Field | undefined {
  return shape.kind === 'object' ? typeModel(shape.type).fields.get(key) : undefined;
}

function shapeOf(shape: Shape, key: string): Shape {
  if (shape.kind === 'map') return shape.value;
  return fieldOf(shape, key)?.shape ?? { kind: 'any' };
}

function mergeObject(shape: Shape, target: JsonObject, patch: JsonObject): JsonObject {
  const action = patch[directive];
  if (action === 'replace') return without(patch, directive);
  if (action === 'delete') return {};
  if (action !== undefined) throw unknownType(action, patch);
  const out = retained({ ...target }, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === directive || key === retain) continue;
    if (key.startsWith(order) || key.startsWith(fromList))
      applyListDirective(shape, out, { key, patch });
    else mergeField(shape, out, { key, value, patch });
  }
  return out;
}

/** What a patch brings where there was nothing: without directives and nulls; undefined when it is a directive. */
function withoutInstructions(value: Json): Json | undefined {
  if (Array.isArray(value))
    return value.map(withoutInstructions).filter((entry) => entry !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const out: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) {
    if (entry === null || isInstruction(key)) continue;
    const kept = withoutInstructions(entry);
    if (kept !== undefined) out[key] = kept;
  }
  return out;
}

function isInstruction(key: string): boolean {
  return key === retain || key.startsWith(order) || key.startsWith(fromList);
}

/** Keeps of an object only what `$retainKeys` names. */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[retain];
  if (keys === undefined) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => asArray(keys).includes(key)));
}

interface Entry {
  readonly key: string;
  readonly value: Json;
  readonly patch: JsonObject;
}

function mergeField(shape: Shape, out: JsonObject, entry: Entry): void {
  const { key, value } = entry;
  if (value === null) {
    delete out[key];
    return;
  }
  const inner = shapeOf(shape, key);
  const field = fieldOf(shape, key);
  const current = out[key];
  if (isObject(value) && !isObject(current)) {
    delete out[key];
    const taken = withoutInstructions(value);
    if (taken !== undefined) out[key] = taken;
  } else if (isObject(value)) {
    if (field?.patchStrategy?.includes('replace') === true) out[key] = value;
    else out[key] = mergeObject(inner, asObject(current), value);
  } else if (Array.isArray(value) && inner.kind === 'array') {
    out[key] = mergeList(field, inner.item, {
      current: asArray(current),
      patch: value,
      order: entry.patch[order + key],
    });
  } else {
    out[key] = value;
  }
}

function applyListDirective(
  shape: Shape,
  out: JsonObject,
  about: { readonly key: string; readonly patch: JsonObject },
): void {
  const { key, patch } = about;
  if (key.startsWith(fromList)) {
    const name = key.slice(fromList.length);
    const gone = asArray(patch[key]);
    if (Object.hasOwn(out, name))
      out[name] = asArray(out[name]).filter((value) => !gone.includes(value));
    return;
  }
  const name = key.slice(order.length);
  if (Object.hasOwn(patch, name) || !Array.isArray(out[name])) return;
  const inner = shapeOf(shape, name);
  if (inner.kind !== 'array') return;
  const field = fieldOf(shape, name);
  const before = asArray(out[name]);
  out[name] = ordered(before, { wanted: asArray(patch[key]), before, mergeKey: field?.mergeKey });
}

interface ListPatch {
  readonly current: readonly Json[];
  readonly patch: readonly Json[];
  readonly order: Json | undefined;
}

function mergeList(field: Field | undefined, item: Shape, lists: ListPatch): Json[] {
  if (field?.patchStrategy?.includes('merge') !== true) return withoutDirectives(lists.patch);
  const wanted = lists.order === undefined ? undefined : asArray(lists.order);
  if (wanted !== undefined) checkOrder(lists.patch, wanted, field.mergeKey);
  const merged =
    field.mergeKey === undefined ? mergeScalars(lists) : mergeEntries(field.mergeKey, item, lists);
  return ordered(merged, {
    wanted: wanted ?? lists.patch,
    before: lists.current,
    mergeKey: field.mergeKey,
  });
}

function withoutDirectives(list: readonly Json[]): Json[] {
  return list.filter((entry) => !(isObject(entry) && entry[directive] !== undefined));
}

function mergeScalars(lists: ListPatch): Json[] {
  const added = lists.patch.filter((value) => !lists.current.includes(value));
  return [...lists.current, ...added];
}

function mergeEntries(mergeKey: string, item: Shape, lists: ListPatch): Json[] {
  const replaces = lists.patch.some((entry) => isObject(entry) && entry[directive] === 'replace');
  if (replaces) return withoutDirectives(lists.patch);
  let merged: Json[] = [...lists.current];
  const added: Json[] = [];
  for (const entry of lists.patch) {
    if (!isObject(entry))
      throw badRequest(`expected an object in the list with merge key ${mergeKey}`);
    const id = entry[mergeKey];
    if (id === undefined) {
      throw badRequest(`map: ${goPrint(entry)} does not contain declared merge key: ${mergeKey}`);
    }
    const same = (other: Json): boolean => isObject(other) && equal(other[mergeKey], id);
    const action = entry[directive];
    if (action === 'merge') throw internal('merging lists cannot yet be specified in the patch');
    if (action !== undefined && action !== 'delete') throw unknownType(action, entry);
    if (action === 'delete') {
      merged = merged.filter((other) => !same(other));
      continue;
    }
    const position = merged.findIndex(same);
    const current = merged[position];
    if (current === undefined || !isObject(current)) added.push(mergeObject(item, {}, entry));
    else merged[position] = mergeObject(item, current, entry);
  }
  return [...merged, ...added];
}

interface Order {
  /** What the patch names, in its order. */
  readonly wanted: readonly Json[];
  /** The list as it was. */
  readonly before: readonly Json[];
  readonly mergeKey: string | undefined;
}

/**
 * Orders a merged list: entries that the patch names come in its order, the others keep theirs, and between the two the
 * list as it was decides; an entry that was not there comes first.
 */
function ordered(list: readonly Json[], order: Order): Json[] {
  const rank = (entries: readonly Json[], entry: Json): number =>
    entries.findIndex((other) => sameEntry(entry, other, order.mergeKey));
  const named = list
    .filter((entry) => rank(order.wanted, entry) >= 0)
    .sort((a, b) => rank(order.wanted, a) - rank(order.wanted, b));
  const others = list.filter((entry) => rank(order.wanted, entry) < 0);
  const out: Json[] = [];
  while (named.length > 0 || others.length > 0) {
    const [left, right] = [named[0], others[0]];
    const leftRank = left === undefined ? -1 : rank(order.before, left);
    const rightRank = right === undefined ? -1 : rank(order.before, right);
    const takesRight =
      right !== undefined &&
      (left === undefined || (leftRank >= 0 && rightRank >= 0 && rightRank < leftRank));
    const entry = takesRight ? others.shift() : named.shift();
    if (entry !== undefined) out.push(entry);
  }
  return out;
}

function sameEntry(a: Json, b: Json, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined) return equal(a, b);
  return isObject(a) && isObject(b) && equal(a[mergeKey], b[mergeKey]);
}

/** The entries of a patch must come in the given order, all of them. */
function checkOrder(
  patch: readonly Json[],
  wanted: readonly Json[],
  mergeKey: string | undefined,
): void {
  let position = 0;
  for (const entry of patch) {
    if (isObject(entry) && entry[directive] !== undefined) continue;
    while (position < wanted.length && !sameEntry(entry, wanted[position] ?? null, mergeKey))
      position += 1;
    if (position < wanted.length) continue;
    throw internal(
      `The order in patch list:\n${goPrint([...patch])}\n doesn't match $setElementOrder list:\n${goPrint([...wanted])}\n`,
    );
  }
}
