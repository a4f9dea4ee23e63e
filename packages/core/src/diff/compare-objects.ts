import { isRecord } from '../generate/value-at.ts';
import type { FieldChange } from './model.ts';

/**
 * Keys by which Kubernetes tells the items of a list apart, by the name of the list, as its API
 * documents them for merging (`patchMergeKey`, `x-kubernetes-list-map-keys`).
 */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  env: ['name'],
  ports: ['containerPort', 'port', 'name'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  volumeClaimTemplates: ['metadata.name'],
  conditions: ['type'],
  ownerReferences: ['uid', 'name'],
  topologySpreadConstraints: ['topologyKey'],
  subjects: ['name'],
  versions: ['name'],
  parameters: ['name'],
  rules: ['host'],
  webhooks: ['name'],
};

/** An item of a list beside the name that it has in paths. */
export interface Item {
  readonly label: string;
  readonly value: unknown;
}

/** What differs between two objects, path by path. Order of keys, and of named list items, is no difference. */
export function compareObjects(before: unknown, after: unknown): FieldChange[] {
  const changes: FieldChange[] = [];
  compareValues([], before, after, changes);
  return changes;
}

function compareValues(
  path: readonly string[],
  before: unknown,
  after: unknown,
  changes: FieldChange[],
): void {
  if (Object.is(before, after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compareValues([...path, key], ownValue(before, key), ownValue(after, key), changes);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareItems(path, [itemsOf(path, before), itemsOf(path, after)], changes);
    return;
  }
  changes.push({ path, before, after });
}

function compareItems(
  path: readonly string[],
  [before, after]: readonly [readonly Item[], readonly Item[]],
  changes: FieldChange[],
): void {
  const old = new Map(before.map(({ label, value }) => [label, value]));
  const present = new Map(after.map(({ label, value }) => [label, value]));
  for (const label of new Set([...old.keys(), ...present.keys()])) {
    compareValues([...path, label], old.get(label), present.get(label), changes);
  }
}

/** The items of a list with their names in paths, and whether they are told apart by a key of theirs. */
export function listItems(
  path: readonly string[],
  list: readonly unknown[],
): { readonly items: readonly Item[]; readonly isNamed: boolean } {
  const items = itemsOf(path, list);
  return { items, isNamed: items.length > 0 && items[0]?.label.includes('=') === true };
}

/** Items with names: by their key where all have one and no two the same, else scalars by value, else by place. */
function itemsOf(path: readonly string[], list: readonly unknown[]): Item[] {
  const own = path.at(-1) ?? '';
  const keys = Object.hasOwn(mergeKeys, own) ? (mergeKeys[own] ?? []) : ['name'];
  for (const key of keys) {
    const names = list.map((item) => keyOf(item, key));
    if (names.every((name) => name !== undefined) && new Set(names).size === names.length) {
      return list.map((value, index) => ({ label: `[${key}=${names[index] ?? ''}]`, value }));
    }
  }
  return list.map((value, index) => ({ label: `[${index}]`, value }));
}

function keyOf(item: unknown, key: string): string | undefined {
  let at: unknown = item;
  for (const part of key.split('.')) at = isRecord(at) ? ownValue(at, part) : undefined;
  return typeof at === 'string' || typeof at === 'number' ? String(at) : undefined;
}

/**
 * An object in one order for all: keys by name, named list items by their names. Two objects without
 * differences come out the same.
 */
export function canonical(value: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) {
    const { items, isNamed } = listItems(path, value);
    const sorted = isNamed ? [...items].sort((a, b) => (a.label < b.label ? -1 : 1)) : items;
    return sorted.map((item) => canonical(item.value, [...path, item.label]));
  }
  if (!isRecord(value)) return value;
  const entries = Object.keys(value)
    .sort(byImportance)
    .map((key): [string, unknown] => [key, canonical(value[key], [...path, key])]);
  return Object.fromEntries(entries);
}

const first = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];

/** What names an object comes first, the rest by name. */
function byImportance(a: string, b: string): number {
  const [left, right] = [first.indexOf(a), first.indexOf(b)];
  if (left >= 0 || right >= 0) {
    return (left < 0 ? first.length : left) - (right < 0 ? first.length : right);
  }
  return a < b ? -1 : 1;
}

function ownValue(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
