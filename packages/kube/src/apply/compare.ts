import { equal, isObject, type Json, type JsonObject, own } from '../json/value.ts';
import { type ApplySchema, type Child, childrenOf, fieldIn } from './apply-schema.ts';
import { type FieldSet, SetBuilder } from './field-set.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Builders {
  readonly added: SetBuilder;
  readonly modified: SetBuilder;
  readonly removed: SetBuilder;
}

function step(builders: Builders, key: string): Builders {
  return {
    added: builders.added.child(key),
    modified: builders.modified.child(key),
    removed: builders.removed.child(key),
  };
}

/** What differs between two objects, as sets of fields. */
export function compareObjects(
  schema: ApplySchema,
  before: JsonObject,
  after: JsonObject,
): Comparison {
  const builders = {
    added: new SetBuilder(),
    modified: new SetBuilder(),
    removed: new SetBuilder(),
  };
  compareChildren(schema, { before, after }, builders);
  return {
    added: builders.added.build(),
    modified: builders.modified.build(),
    removed: builders.removed.build(),
  };
}

interface Pair {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function compareValues(schema: ApplySchema, pair: Pair, builders: Builders): void {
  const { before, after } = pair;
  if (before === after) return;
  if (before === undefined) builders.added.insert();
  else if (after === undefined) builders.removed.insert();
  compareChildren(schema, pair, builders);
}

type Children = ReadonlyMap<string, Child>;
const none: Children = new Map();

/** The children of a value; null has none, as an empty one. */
function childrenAt(schema: ApplySchema, value: Json | undefined): Children | undefined {
  return value === null ? none : childrenOf(schema, value);
}

function isLeaf(pair: Pair, old: Children | undefined, next: Children | undefined): boolean {
  if (pair.before !== undefined && old === undefined) return true;
  if (pair.after !== undefined && next === undefined) return true;
  return (old ?? none).size === 0 && (next ?? none).size === 0;
}

/** The fields of two objects. */
function compareFields(
  schema: ApplySchema,
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
  builders: Builders,
): void {
  for (const key of Object.keys(after)) {
    const pair = { before: own(before, key), after: after[key] };
    if (pair.before === pair.after) continue;
    compareValues(fieldIn(schema, key).schema, pair, step(builders, `f:${key}`));
  }
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) continue;
    const pair = { before: before[key], after: undefined };
    compareValues(fieldIn(schema, key).schema, pair, step(builders, `f:${key}`));
  }
}

const kindsWithFields = new Set<ApplySchema['kind']>(['struct', 'map', 'untyped']);

function compareChildren(schema: ApplySchema, pair: Pair, builders: Builders): void {
  const { before, after } = pair;
  if (kindsWithFields.has(schema.kind) && isObject(before) && isObject(after)) {
    compareFields(schema, { before, after }, builders);
  } else {
    compareEntries(schema, pair, builders);
  }
}

/** The children of two values of which one is no object, or that are lists. */
function compareEntries(schema: ApplySchema, pair: Pair, builders: Builders): void {
  const old = childrenAt(schema, pair.before);
  const next = childrenAt(schema, pair.after);
  if (isLeaf(pair, old, next)) {
    const both = pair.before !== undefined && pair.after !== undefined;
    if (both && !equal(pair.before, pair.after)) builders.modified.insert();
    return;
  }
  compareMaps(old ?? none, next ?? none, builders);
}

function compareMaps(old: Children, next: Children, builders: Builders): void {
  for (const [key, two] of next) {
    const one = old.get(key);
    if (one?.value === two.value) continue;
    compareValues(two.schema, { before: one?.value, after: two.value }, step(builders, key));
  }
  for (const [key, one] of old) {
    if (next.has(key)) continue;
    compareValues(one.schema, { before: one.value, after: undefined }, step(builders, key));
  }
}

/** The fields that an applied configuration names. */
export function fieldsOf(schema: ApplySchema, config: JsonObject): FieldSet {
  const builder = new SetBuilder();
  collect(schema, config, builder);
  return builder.build();
}

function collect(schema: ApplySchema, value: Json, builder: SetBuilder): void {
  const children = childrenOf(schema, value);
  if (children === undefined || (children.size === 0 && !Array.isArray(value))) {
    builder.insert();
    return;
  }
  for (const [key, child] of children) {
    const inner = builder.child(key);
    collect(child.schema, child.value, inner);
    if (child.keyed) inner.insert();
  }
}
