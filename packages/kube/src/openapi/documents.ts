import { asObject, type Json, type JsonObject } from '../json/value.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import type { ResourceIndex } from '../resources/resource-index.ts';
import { type Dialect, SchemaCollector } from './schemas.ts';

const objectMeta = 'V1ObjectMeta';

function gvk(resource: Resource): JsonObject {
  return { group: resource.group, kind: resource.kind, version: resource.version };
}

/** The schema's name of a custom resource: its group turned round, version and kind. */
function customName(resource: Resource): string {
  return [...resource.group.split('.').reverse(), resource.version, resource.kind].join('.');
}

/** Adds the schema of a resource; answers its name. */
function addResource(
  collector: SchemaCollector,
  resource: Resource,
  dialect: Dialect,
): string | undefined {
  if (resource.custom !== undefined) return addCustom(collector, resource, dialect);
  if (resource.type === undefined) return undefined;
  const name = collector.add(resource.type);
  const schema = collector.schemas[name];
  if (schema !== undefined) schema['x-kubernetes-group-version-kind'] = [gvk(resource)];
  return name;
}

function addCustom(collector: SchemaCollector, resource: Resource, dialect: Dialect): string {
  const name = customName(resource);
  const given = resource.custom?.schema ?? {};
  const ref = `#/${dialect === 'v2' ? 'definitions' : 'components/schemas'}/${collector.add(objectMeta)}`;
  const properties: JsonObject = {
    ...asObject(given['properties']),
    apiVersion: {
      type: 'string',
      description: 'The version of the schema that this object is written in.',
    },
    kind: { type: 'string', description: 'The kind of this object.' },
    metadata: dialect === 'v2' ? { $ref: ref } : { allOf: [{ $ref: ref }] },
  };
  collector.schemas[name] = {
    ...given,
    properties,
    'x-kubernetes-group-version-kind': [gvk(resource)],
  };
  return name;
}

function pathOf(resource: Resource): string {
  const root =
    resource.group === ''
      ? `/api/${resource.version}`
      : `/apis/${resource.group}/${resource.version}`;
  return `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`;
}

function parameter(name: string, dialect: Dialect): JsonObject {
  const head = { name, in: 'query', uniqueItems: true };
  return dialect === 'v2'
    ? { ...head, type: 'string' }
    : { ...head, schema: { type: 'string', uniqueItems: true } };
}

const writes = ['dryRun', 'fieldManager', 'fieldValidation'];

function operation(resource: Resource, action: string, dialect: Dialect): JsonObject {
  const names = action === 'get' || action === 'delete' ? [] : writes;
  return {
    operationId: `${action}${resource.kind}`,
    parameters: names.map((name) => parameter(name, dialect)),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(resource),
  };
}

function addPaths(paths: JsonObject, resource: Resource, dialect: Dialect): void {
  const base = pathOf(resource);
  const collection: JsonObject = {};
  if (resource.verbs.includes('list')) collection['get'] = operation(resource, 'list', dialect);
  if (resource.verbs.includes('create')) collection['post'] = operation(resource, 'post', dialect);
  paths[base] = collection;
  if (!resource.verbs.includes('get')) return;
  const single: JsonObject = { get: operation(resource, 'get', dialect) };
  if (resource.verbs.includes('update')) {
    single['put'] = operation(resource, 'put', dialect);
    single['patch'] = operation(resource, 'patch', dialect);
    single['delete'] = operation(resource, 'delete', dialect);
  }
  paths[`${base}/{name}`] = single;
}

const info = (version: string): JsonObject => ({ title: 'Kubernetes', version });

/** The OpenAPI v3 document of one group and version. */
export function openApiV3(resources: readonly Resource[], version: string): JsonObject {
  const collector = new SchemaCollector('v3');
  const paths: JsonObject = {};
  for (const resource of resources) {
    addResource(collector, resource, 'v3');
    addPaths(paths, resource, 'v3');
  }
  return {
    openapi: '3.0.0',
    info: info(version),
    paths,
    components: { schemas: collector.schemas },
  };
}

/** The Swagger 2.0 document of all that is served. */
export function openApiV2(resources: readonly Resource[], version: string): JsonObject {
  const collector = new SchemaCollector('v2');
  const paths: JsonObject = {};
  for (const resource of resources) {
    addResource(collector, resource, 'v2');
    addPaths(paths, resource, 'v2');
  }
  return { swagger: '2.0', info: info(version), paths, definitions: collector.schemas };
}

/** The path of a group and version in the index of OpenAPI v3. */
export function documentPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${apiVersionOf({ group, version })}`;
}

/** The index of OpenAPI v3: where each document is, with a hash of what it holds. */
export function openApiIndex(
  index: ResourceIndex,
  hashOf: (group: string, version: string) => string | undefined,
): JsonObject {
  const paths: Record<string, Json> = {};
  for (const { group, versions } of index.groups()) {
    for (const version of versions) {
      const hash = hashOf(group, version);
      if (hash === undefined) continue;
      const path = documentPath(group, version);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  }
  return { paths };
}
