import { asArray, isObject, type Json, type JsonObject } from '../json/value.ts';
import { type ApplySchema, childrenOf, entryKey, valueKey } from './apply-schema.ts';
import { emptySet, type FieldSet } from './field-set.ts';

/** An object with an applied configuration laid over it. */
export function mergeConfig(schema: ApplySchema, live: Json | undefined, config: Json): Json {
  if (config === null) return isFilled(live) && schema.kind !== 'atomic' ? live : config;
  return mergeValue(schema, live, config);
}

function mergeValue(schema: ApplySchema, live: Json | undefined, config: Json): Json {
  switch (schema.kind) {
    case 'scalar':
    case 'atomic':
      return config;
    case 'set':
    case 'list-map':
      return Array.isArray(config) ? mergeLists(schema, asArray(live), config) : config;
    case 'struct':
    case 'map':
    case 'untyped':
      if (!isObject(config) || !isObject(live)) return config;
      return mergeObjects(schema, live, config);
  }
}

/** What null does not empty: what is in a value stays when it is managed by others. */
function isFilled(value: Json | undefined): value is Json {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function mergeObjects(schema: ApplySchema, live: JsonObject, config: JsonObject): JsonObject {
  const out: JsonObject = { ...live };
  const children = childrenOf(schema, config) ?? new Map<never, never>();
  for (const [key, child] of children) {
    const name = key.slice(2);
    out[name] = mergeConfig(child.schema, live[name], child.value);
  }
  return out;
}

function keyIn(schema: ApplySchema & { kind: 'set' | 'list-map' }, entry: Json): string {
  return schema.kind === 'set' ? valueKey(entry) : (entryKey(schema, entry) ?? '');
}

/**
 * Lists with keys: entries that are applied come in the applied order, the others keep their place as far as both orders
 * agree.
 */
function mergeLists(
  schema: ApplySchema & { kind: 'set' | 'list-map' },
  live: Json[],
  config: Json[],
): Json[] {
  const liveKeys = live.map((entry) => keyIn(schema, entry));
  const configKeys = config.map((entry) => keyIn(schema, entry));
  const merged = new Map<string, Json>();
  live.forEach((entry, index) => merged.set(liveKeys[index] ?? '', entry));
  config.forEach((entry, index) => {
    const key = configKeys[index] ?? '';
    const item = schema.kind === 'set' ? entry : mergeConfig(schema.item, merged.get(key), entry);
    merged.set(key, item);
  });
  return mergedOrder(liveKeys, configKeys).map((key) => merged.get(key) ?? null);
}

function mergedOrder(live: readonly string[], config: readonly string[]): string[] {
  const inLive = new Set(live);
  const inConfig = new Set(config);
  const shared = config.filter((key) => inLive.has(key));
  const out = new Set<string>();
  let [l, c] = [0, 0];
  for (;;) {
    const [mine, theirs] = [live[l], config[c]];
    if (mine === undefined && theirs === undefined) return [...out];
    if (
      mine !== undefined &&
      (out.has(mine) || isLater(mine, { theirs, inConfig, next: shared[0] }))
    ) {
      l += 1;
      continue;
    }
    const isOwn = mine !== undefined && (!inConfig.has(mine) || mine === theirs);
    const taken = isOwn ? mine : theirs;
    if (taken === undefined) return [...out];
    l += Number(taken === mine);
    c += Number(taken === theirs);
    if (taken === shared[0]) shared.shift();
    out.add(taken);
  }
}

/** Whether an entry of the live list is applied too, but at a later place. */
function isLater(
  mine: string,
  about: {
    readonly theirs: string | undefined;
    readonly inConfig: ReadonlySet<string>;
    readonly next: string | undefined;
  },
): boolean {
  if (about.theirs === undefined || mine === about.theirs) return false;
  return about.inConfig.has(mine) && about.next !== undefined && about.next !== mine;
}

/** Takes fields out of an object that are in a set: leaves, and entries of lists and maps. */
export function removeFields(schema: ApplySchema, value: Json, set: FieldSet): Json {
  if (Array.isArray(value)) {
    return schema.kind === 'set' || schema.kind === 'list-map'
      ? removeEntries(schema, value, set)
      : value;
  }
  const children = isObject(value) ? childrenOf(schema, value) : undefined;
  if (children === undefined) return value;
  const out: JsonObject = {};
  for (const [key, child] of children) {
    const inner = set.children.get(key);
    if (inner?.member === true) continue;
    out[key.slice(2)] =
      inner === undefined ? child.value : removeFields(child.schema, child.value, inner);
  }
  return out;
}

function removeEntries(
  schema: ApplySchema & { kind: 'set' | 'list-map' },
  list: readonly Json[],
  set: FieldSet,
): Json[] {
  const kept: Json[] = [];
  for (const entry of list) {
    const child = set.children.get(keyIn(schema, entry)) ?? emptySet;
    if (child.member) continue;
    kept.push(schema.kind === 'list-map' ? removeFields(schema.item, entry, child) : entry);
  }
  return kept;
}
