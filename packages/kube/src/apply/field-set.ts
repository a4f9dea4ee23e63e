import { byKey, isObject, type Json, type JsonObject } from '../json/value.ts';

/**
 * Fields that somebody manages, as a tree. Keys are path elements as in FieldsV1: `f:name`, `k:{"name":"a"}`, `v:"x"`.
 * `member` says that the path itself is in the set.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { member: false, children: new Map() };

export function isEmptySet(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

function make(member: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  return { member, children };
}

/** What is in one of two sets or in both; the first itself when the second adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  let children: Map<string, FieldSet> | undefined;
  for (const [key, other] of b.children) {
    const child = a.children.get(key);
    const joined = child === undefined ? other : union(child, other);
    if (joined === child) continue;
    children ??= new Map(a.children);
    children.set(key, joined);
  }
  return changed(a, a.member || b.member, children);
}

/** What is in the first set and not in the second; the first itself when they have nothing in common. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let children: Map<string, FieldSet> | undefined;
  for (const [key, other] of b.children) {
    const child = a.children.get(key);
    if (child === undefined) continue;
    const rest = difference(child, other);
    if (rest === child) continue;
    children ??= new Map(a.children);
    if (isEmptySet(rest)) children.delete(key);
    else children.set(key, rest);
  }
  return changed(a, a.member && !b.member, children);
}

function changed(
  set: FieldSet,
  member: boolean,
  children: ReadonlyMap<string, FieldSet> | undefined,
): FieldSet {
  return children === undefined && member === set.member
    ? set
    : make(member, children ?? set.children);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of a.children) {
    const common = intersection(child, b.children.get(key) ?? emptySet);
    if (!isEmptySet(common)) children.set(key, common);
  }
  return make(a.member && b.member, children);
}

/** Takes whole branches away. */
export function withoutBranches(set: FieldSet, branches: readonly (readonly string[])[]): FieldSet {
  return branches.reduce((left, branch) => withoutBranch(left, branch, 0), set);
}

function withoutBranch(set: FieldSet, branch: readonly string[], depth: number): FieldSet {
  const key = branch[depth];
  const child = key === undefined ? undefined : set.children.get(key);
  if (key === undefined || child === undefined) return set;
  const kept = depth === branch.length - 1 ? emptySet : withoutBranch(child, branch, depth + 1);
  if (kept === child) return set;
  const children = new Map(set.children);
  if (isEmptySet(kept)) children.delete(key);
  else children.set(key, kept);
  return make(set.member, children);
}

/** Keeps only some branches at the top. */
export function onlyBranches(set: FieldSet, keys: readonly string[]): FieldSet {
  return make(false, new Map([...set.children].filter(([key]) => keys.includes(key))));
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  return [...a.children].every(([key, child]) => {
    const other = b.children.get(key);
    return other !== undefined && sameSet(child, other);
  });
}

/** A set that can be added to. A place counts once something is inserted there or below: looking costs little. */
export class SetBuilder {
  private member = false;
  private children: Map<string, SetBuilder> | undefined;
  private readonly parent: SetBuilder | undefined;
  private readonly key: string;

  constructor(parent?: SetBuilder, key = '') {
    this.parent = parent;
    this.key = key;
  }

  /** A place below. Each key is asked for once. */
  child(key: string): SetBuilder {
    return new SetBuilder(this, key);
  }

  insert(): void {
    this.member = true;
    this.join();
  }

  private join(): void {
    const { parent, key } = this;
    if (parent?.children?.get(key) === this) return;
    if (parent === undefined) return;
    parent.children ??= new Map();
    parent.children.set(key, this);
    parent.join();
  }

  build(): FieldSet {
    if (this.children === undefined) return make(this.member, emptySet.children);
    const children = new Map<string, FieldSet>();
    for (const [key, child] of this.children) children.set(key, child.build());
    return make(this.member, children);
  }
}

/** All paths in a set: those that end in a place before those that go on, each by name. */
export function pathsOf(set: FieldSet, path: readonly string[] = []): (readonly string[])[] {
  const keys = [...set.children.keys()].sort(byKey);
  const ends = keys.filter((key) => set.children.get(key)?.member === true);
  return [
    ...ends.map((key) => [...path, key]),
    ...keys.flatMap((key) => pathsOf(set.children.get(key) ?? emptySet, [...path, key])),
  ];
}

/** A path as messages about conflicts show it: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const text = element.slice(2);
      if (element.startsWith('f:')) return `.${text}`;
      if (element.startsWith('v:')) return `[=${text}]`;
      if (element.startsWith('i:')) return `[${text}]`;
      const keys = JSON.parse(text) as Record<string, Json>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

/**
 * Sets by the managedFields that they were read from, and the other way round. Objects keep their fields from write to
 * write and share them with others, so most are read and written once. Neither side is ever changed.
 */
const sets = new WeakMap<JsonObject, FieldSet>();
const sources = new WeakMap<FieldSet, JsonObject>();
const written = new WeakMap<FieldSet, JsonObject>();

/** A set in the form of managedFields; what it was read from, when that is the same. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const known = written.get(set);
  if (known !== undefined) return known;
  const made = writeFields(set);
  const source = sources.get(set);
  const isCanonical = source !== undefined && JSON.stringify(source) === JSON.stringify(made);
  const fields = isCanonical ? source : made;
  written.set(set, fields);
  return fields;
}

function writeFields(set: FieldSet): JsonObject {
  const out: JsonObject = {};
  for (const key of [...set.children.keys()].sort(byKey)) {
    const child = set.children.get(key) ?? emptySet;
    const inner = writeFields(child);
    out[key] = child.member && child.children.size > 0 ? { '.': {}, ...inner } : inner;
  }
  return out;
}

export function fromFieldsV1(fields: Json | undefined): FieldSet {
  if (!isObject(fields)) return emptySet;
  let set = sets.get(fields);
  if (set === undefined) {
    set = readFields(fields, false);
    sets.set(fields, set);
    sources.set(set, fields);
  }
  return set;
}

function readFields(fields: JsonObject, leaf: boolean): FieldSet {
  const children = new Map<string, FieldSet>();
  let member = leaf;
  for (const [key, value] of Object.entries(fields)) {
    if (key === '.') member = true;
    else if (isObject(value)) {
      const child = readFields(value, Object.keys(value).length === 0);
      if (!isEmptySet(child)) children.set(key, child);
    }
  }
  return make(member, children);
}
