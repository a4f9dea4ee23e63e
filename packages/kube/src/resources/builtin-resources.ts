import { storageVersionHash } from '../text/hash.ts';
import { builtinTable, hashOf, type TableGroup } from './builtin-table.ts';
import { type Resource, storageName, type Subresource } from './resource.ts';

const allVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
const verbSets: Readonly<Record<string, readonly string[]>> = {
  create: ['create'],
  getlist: ['get', 'list'],
  nocollection: allVerbs.filter((verb) => verb !== 'deletecollection'),
};
const change = ['get', 'patch', 'update'];
const proxy = ['create', 'delete', 'get', 'patch', 'update'];

/** Built-in resources in the order of discovery: groups by priority, resources by name. */
export const builtinResources: readonly Resource[] = builtinTable.flatMap((group) =>
  group.lines.map((line) => readLine(group, line)),
);

function list(text: string | undefined): string[] {
  return text === undefined || text === '-' ? [] : text.split(',');
}

function readLine(group: TableGroup, line: string): Resource {
  const [plural = '', kind = '', type = '-', scope, short, categories, subresources, verbs] =
    line.split(' ');
  const served = verbSets[verbs ?? ''] ?? allVerbs;
  const name = storageName(group.group, plural);
  return {
    group: group.group,
    version: group.version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    namespaced: scope === 'N',
    shortNames: list(short),
    categories: list(categories),
    verbs: served,
    subresources: list(subresources).map((subresource) => makeSubresource(subresource, kind)),
    storage: name === 'events.events.k8s.io' ? 'events' : name,
    storageHash: served.includes('watch') ? hash(group, name, kind) : undefined,
    type: type === '-' ? undefined : type,
    custom: undefined,
  };
}

function hash(group: TableGroup, name: string, kind: string): string {
  const [from = '', version = '', of = ''] = (
    hashOf[name] ?? `${group.group}/${group.version}/${kind}`
  ).split('/');
  return storageVersionHash(from, version, of);
}

function makeSubresource(name: string, kind: string): Subresource {
  switch (name) {
    case 'scale':
      return { name, kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: change };
    case 'eviction':
      return { name, kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] };
    case 'token':
      return {
        name,
        kind: 'TokenRequest',
        group: 'authentication.k8s.io',
        version: 'v1',
        verbs: ['create'],
      };
    case 'binding':
      return { name, kind: 'Binding', verbs: ['create'] };
    case 'finalize':
      return { name, kind, verbs: ['update'] };
    case 'log':
      return { name, kind: 'Pod', verbs: ['get'] };
    case 'attach':
    case 'exec':
      return {
        name,
        kind: name === 'exec' ? 'PodExecOptions' : 'PodAttachOptions',
        verbs: ['create', 'get'],
      };
    case 'portforward':
      return { name, kind: 'PodPortForwardOptions', verbs: ['create', 'get'] };
    case 'proxy':
      return { name, kind: `${kind}ProxyOptions`, verbs: proxy };
    default:
      return { name, kind, verbs: change };
  }
}
