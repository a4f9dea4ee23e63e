import { byKey, type JsonObject } from '../json/value.ts';
import type { Store } from '../store/store.ts';
import { builtinResources } from './builtin-resources.ts';
import { customResources, definitionStorage } from './custom-resources.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export interface ApiGroup {
  readonly group: string;
  /** Versions, the preferred one first. */
  readonly versions: readonly string[];
  readonly builtin: boolean;
}

/** Which resources are served, by path, kind and group. */
export interface ResourceIndex {
  byPath(group: string, version: string, plural: string): Resource | undefined;
  byKind(apiVersion: string, kind: string): Resource | undefined;
  /** Any version of what is stored under a name. */
  byStorage(storage: string): Resource | undefined;
  groups(): readonly ApiGroup[];
  inGroupVersion(group: string, version: string): readonly Resource[];
  all(): readonly Resource[];
  /** Grows with each change of what is served. */
  generation(): number;
  /** Reads all definitions anew. */
  refresh(): void;
}

interface Tables {
  readonly paths: Map<string, Resource>;
  readonly kinds: Map<string, Resource>;
  readonly storages: Map<string, Resource>;
  readonly all: readonly Resource[];
}

/** An index over the built-in resources and the definitions in a store, which it follows. */
export function createResourceIndex(store: Store): ResourceIndex {
  let tables: Tables | undefined;
  let generation = 0;
  const refresh = (): void => {
    tables = undefined;
    generation += 1;
  };
  store.subscribe(definitionStorage, refresh);
  const current = (): Tables => (tables ??= buildTables(store.list(definitionStorage)));
  return {
    byPath: (group, version, plural) => current().paths.get(`${group}/${version}/${plural}`),
    byKind: (apiVersion, kind) => current().kinds.get(`${apiVersion}/${kind}`),
    byStorage: (storage) => current().storages.get(storage),
    groups: () => groupsOf(current().all),
    inGroupVersion: (group, version) =>
      current().all.filter((resource) => resource.group === group && resource.version === version),
    all: () => current().all,
    generation: () => generation,
    refresh,
  };
}

function buildTables(definitions: readonly JsonObject[]): Tables {
  const all = [...builtinResources, ...definitions.flatMap(customResources)];
  const paths = new Map<string, Resource>();
  const kinds = new Map<string, Resource>();
  const storages = new Map<string, Resource>();
  for (const resource of all) {
    paths.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
    kinds.set(`${apiVersionOf(resource)}/${resource.kind}`, resource);
    if (!storages.has(resource.storage)) storages.set(resource.storage, resource);
  }
  return { paths, kinds, storages, all };
}

function groupsOf(all: readonly Resource[]): ApiGroup[] {
  const groups = new Map<string, { versions: string[]; builtin: boolean }>();
  for (const resource of all) {
    const known = groups.get(resource.group) ?? {
      versions: [],
      builtin: resource.custom === undefined,
    };
    groups.set(resource.group, known);
    if (!known.versions.includes(resource.version)) known.versions.push(resource.version);
  }
  return [...groups.entries()].map(([group, { versions, builtin }]) => ({
    group,
    versions: versions.sort(compareVersions),
    builtin,
  }));
}

/** Order of versions: stable before beta before alpha, the higher first. */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [rank(a), rank(b)];
  if (one === undefined || two === undefined) {
    if (one === undefined && two === undefined) return byKey(a, b);
    return one === undefined ? 1 : -1;
  }
  for (let index = 0; index < one.length; index += 1) {
    const difference = (two[index] ?? 0) - (one[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(version: string): number[] | undefined {
  const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (found === null) return undefined;
  const [, major = '', stage, minor = '0'] = found;
  const level = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return [level, Number(major), Number(minor)];
}
