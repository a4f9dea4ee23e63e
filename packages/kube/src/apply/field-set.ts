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

function combine(
  a: FieldSet,
  b: FieldSet,
  keep: (inA: boolean, inB: boolean) => boolean,
): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const key of new Set([...a.children.keys(), ...b.children.keys()])) {
    const child = combine(a.children.get(key) ?? emptySet, b.children.get(key) ?? emptySet, keep);
    if (!isEmptySet(child)) children.set(key, child);
  }
  return make(keep(a.member, b.member), children);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

/** Takes whole branches away. */
export function withoutBranches(set: FieldSet, branches: readonly (readonly string[])[]): FieldSet {
  return branches.reduce(withoutBranch, set);
}

function withoutBranch(set: FieldSet, [key, ...rest]: readonly string[]): FieldSet {
  const child = key === undefined ? undefined : set.children.get(key);
  if (key === undefined || child === undefined) return set;
  const children = new Map(set.children);
  const kept = rest.length === 0 ? emptySet : withoutBranch(child, rest);
  if (isEmptySet(kept)) children.delete(key);
  else children.set(key, kept);
  return make(set.member, children);
}

/** Keeps only some branches at the top. */
export function onlyBranches(set: FieldSet, keys: readonly string[]): FieldSet {
  return make(false, new Map([...set.children].filter(([key]) => keys.includes(key))));
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  return [...a.children].every(([key, child]) => {
    const other = b.children.get(key);
    return other !== undefined && sameSet(child, other);
  });
}

/** A set that can be added to. */
export class SetBuilder {
  private member = false;
  private readonly children = new Map<string, SetBuilder>();

  child(key: string): SetBuilder {
    let found = this.children.get(key);
    if (found === undefined) {
      found = new SetBuilder();
      this.children.set(key, found);
    }
    return found;
  }

  insert(): void {
    this.member = true;
  }

  build(): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [key, child] of this.children) {
      const built = child.build();
      if (!isEmptySet(built)) children.set(key, built);
    }
    return make(this.member, children);
  }
}

/** All paths in a set. */
export function pathsOf(set: FieldSet, path: readonly string[] = []): (readonly string[])[] {
  const own = set.member && path.length > 0 ? [path] : [];
  const inner = [...set.children].flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return [...own, ...inner];
}

/** A path as messages about conflicts show it: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const text = element.slice(2);
      if (element.startsWith('f:')) return `.${text}`;
      if (element.startsWith('v:')) return `[=${text}]`;
      const keys = JSON.parse(text) as Record<string, Json>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

/** A set in the form of managedFields. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const out: JsonObject = {};
  for (const key of [...set.children.keys()].sort(byKey)) {
    const child = set.children.get(key) ?? emptySet;
    const inner = toFieldsV1(child);
    out[key] = child.member && child.children.size > 0 ? { '.': {}, ...inner } : inner;
  }
  return out;
}

export function fromFieldsV1(fields: Json | undefined): FieldSet {
  if (!isObject(fields)) return emptySet;
  return readFields(fields, false);
}

function readFields(fields: JsonObject, leaf: boolean): FieldSet {
  const children = new Map<string, FieldSet>();
  let member = leaf;
  for (const [key, value] of Object.entries(fields)) {
    if (key === '.') member = true;
    else if (isObject(value)) children.set(key, readFields(value, Object.keys(value).length === 0));
  }
  return make(member, children);
}
