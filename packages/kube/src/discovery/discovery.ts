import { byKey, type JsonObject } from '../json/value.ts';
import { parseMediaTypes } from '../request/accept.ts';
import { apiVersionOf, type Resource, type Subresource } from '../resources/resource.ts';
import type { ResourceIndex } from '../resources/resource-index.ts';

/** How a resource is listed, with its subresources after it. */
function listed(resource: Resource): JsonObject[] {
  const entry: JsonObject = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: [...resource.verbs],
  };
  if (resource.shortNames.length > 0) entry['shortNames'] = [...resource.shortNames];
  if (resource.categories.length > 0) entry['categories'] = [...resource.categories];
  if (resource.storageHash !== undefined) entry['storageVersionHash'] = resource.storageHash;
  return [entry, ...resource.subresources.map((subresource) => listedSub(resource, subresource))];
}

function listedSub(resource: Resource, subresource: Subresource): JsonObject {
  const entry: JsonObject = {
    name: `${resource.plural}/${subresource.name}`,
    singularName: '',
    namespaced: resource.namespaced,
  };
  if (subresource.group !== undefined) {
    entry['group'] = subresource.group;
    entry['version'] = subresource.version ?? '';
  }
  entry['kind'] = subresource.kind;
  entry['verbs'] = [...subresource.verbs];
  return entry;
}

/** The resources of one group and version. */
export function resourceList(index: ResourceIndex, group: string, version: string): JsonObject {
  const resources = index.inGroupVersion(group, version);
  const sorted = [...resources].sort((a, b) => byKey(a.plural, b.plural)).flatMap(listed);
  const groupVersion = apiVersionOf({ group, version });
  return group === ''
    ? { kind: 'APIResourceList', groupVersion, resources: sorted }
    : { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: sorted };
}

function groupEntry(group: string, versions: readonly string[]): JsonObject {
  const entries = versions.map((version) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name: group, versions: entries, preferredVersion: entries[0] ?? {} };
}

/** One group, if it is served. */
export function apiGroup(index: ResourceIndex, group: string): JsonObject | undefined {
  const found = index.groups().find((entry) => entry.group === group);
  if (found === undefined || group === '') return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, found.versions) };
}

export function apiGroupList(index: ResourceIndex): JsonObject {
  const groups = index.groups().filter(({ group }) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(({ group, versions }) => groupEntry(group, versions)),
  };
}

export function apiVersions(): JsonObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
  };
}

function aggregated(resource: Resource): JsonObject {
  const entry: JsonObject = {
    resource: resource.plural,
    responseKind: responseKind(resource, resource.kind),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: [...resource.verbs],
  };
  if (resource.shortNames.length > 0) entry['shortNames'] = [...resource.shortNames];
  if (resource.categories.length > 0) entry['categories'] = [...resource.categories];
  if (resource.subresources.length > 0) {
    entry['subresources'] = resource.subresources.map((subresource) => ({
      subresource: subresource.name,
      responseKind:
        subresource.group === undefined
          ? responseKind(resource, subresource.kind)
          : {
              group: subresource.group,
              version: subresource.version ?? '',
              kind: subresource.kind,
            },
      verbs: [...subresource.verbs],
    }));
  }
  return entry;
}

function responseKind(resource: Resource, kind: string): JsonObject {
  return resource.custom === undefined
    ? { group: '', version: '', kind }
    : { group: resource.group, version: resource.version, kind };
}

/** All groups, versions and resources at once: those of /api or those of /apis. */
export function aggregatedDiscovery(
  index: ResourceIndex,
  core: boolean,
  version: string,
): JsonObject {
  const groups = index.groups().filter(({ group }) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((name) => ({
        version: name,
        resources: [...index.inGroupVersion(group, name)]
          .sort((a, b) => byKey(a.plural, b.plural))
          .map(aggregated),
        freshness: 'Current',
      })),
    })),
  };
}

/** The version of aggregated discovery that an Accept header asks for first, if it does. */
export function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const { type, parameters } of parseMediaTypes(accept)) {
    if (type !== 'application/json' && type !== '*/*') continue;
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined;
    const version = parameters.get('v') ?? '';
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
