import { equal, type Json, type JsonObject } from '../json/value.ts';
import { type ApplySchema, type Child, childrenOf } from './apply-schema.ts';
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

function compareChildren(schema: ApplySchema, pair: Pair, builders: Builders): void {
  const old = childrenAt(schema, pair.before);
  const next = childrenAt(schema, pair.after);
  if (isLeaf(pair, old, next)) {
    const both = pair.before !== undefined && pair.after !== undefined;
    if (both && !equal(pair.before, pair.after)) builders.modified.insert();
    return;
  }
  for (const key of new Set([...(old ?? none).keys(), ...(next ?? none).keys()])) {
    compareChild({ one: old?.get(key), two: next?.get(key) }, step(builders, key));
  }
}

function compareChild(
  { one, two }: { readonly one: Child | undefined; readonly two: Child | undefined },
  builders: Builders,
): void {
  const schema = (two ?? one)?.schema;
  if (schema !== undefined)
    compareValues(schema, { before: one?.value, after: two?.value }, builders);
}

/** The fields that an applied configuration names. */
export function fieldsOf(schema: ApplySchema, config: JsonObject): FieldSet {
  const builder = new SetBuilder();
  collect(schema, config, builder);
  return builder.build();
}

function collect(schema: ApplySchema, value: Json, builder: SetBuilder): void {
  const children = childrenOf(schema, value);
  if (children === undefined || children.size === 0) {
    builder.insert();
    return;
  }
  for (const [key, child] of children) {
    const inner = builder.child(key);
    collect(child.schema, child.value, inner);
    if (child.keyed) inner.insert();
  }
}
