import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { storageVersionHash } from '../text/hash.ts';
import { type CustomVersion, type Resource, storageName, type Subresource } from './resource.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const change = ['get', 'patch', 'update'];

/** Where CustomResourceDefinitions are in the store. */
export const definitionStorage = 'customresourcedefinitions.apiextensions.k8s.io';

export function hasCondition(object: JsonObject, type: string, status = 'True'): boolean {
  return asArray(at(object, 'status', 'conditions')).some(
    (condition) => at(condition, 'type') === type && at(condition, 'status') === status,
  );
}

/** The resources that an established definition adds: one for each served version. */
export function customResources(definition: JsonObject): Resource[] {
  if (!hasCondition(definition, 'Established')) return [];
  const versions = asArray(at(definition, 'spec', 'versions')).map(asObject);
  const storage = asString(versions.find((version) => version['storage'] === true)?.['name']);
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => makeResource(definition, version, storage));
}

function makeResource(
  definition: JsonObject,
  version: JsonObject,
  storageVersion: string,
): Resource {
  const spec = asObject(definition['spec']);
  const names = asObject(at(definition, 'status', 'acceptedNames'));
  const group = asString(spec['group']);
  const plural = asString(names['plural']);
  const kind = asString(names['kind']);
  const name = asString(version['name']);
  return {
    group,
    version: name,
    kind,
    listKind: asString(names['listKind']),
    plural,
    singular: asString(names['singular']),
    namespaced: spec['scope'] === 'Namespaced',
    shortNames: texts(names['shortNames']),
    categories: texts(names['categories']),
    verbs,
    subresources: subresourcesOf(version, kind),
    storage: storageName(group, plural),
    storageHash: storageVersionHash(group, storageVersion, kind),
    type: undefined,
    custom: makeCustom(definition, version, { kind, storageVersion }),
  };
}

function texts(value: Json | undefined): string[] {
  return asArray(value).map(asString);
}

function subresourcesOf(version: JsonObject, kind: string): Subresource[] {
  const given = asObject(version['subresources']);
  const out: Subresource[] = [];
  if (given['status'] !== undefined) out.push({ name: 'status', kind, verbs: change });
  if (given['scale'] !== undefined) {
    out.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: change });
  }
  return out;
}

function makeCustom(
  definition: JsonObject,
  version: JsonObject,
  about: { readonly kind: string; readonly storageVersion: string },
): CustomVersion {
  const group = asString(at(definition, 'spec', 'group'));
  const scale = at(version, 'subresources', 'scale');
  const name = asString(version['name']);
  const standard = `${group}/${name} ${about.kind} is deprecated`;
  const warning = asString(version['deprecationWarning']);
  return {
    schema: asObject(at(version, 'schema', 'openAPIV3Schema')),
    storageVersion: about.storageVersion,
    columns: asArray(version['additionalPrinterColumns']).map(asObject),
    selectableFields: asArray(version['selectableFields']).map((field) =>
      asString(at(field, 'jsonPath')).replace(/^\./, ''),
    ),
    scale: scale === undefined ? undefined : asObject(scale),
    deprecationWarning:
      version['deprecated'] !== true ? undefined : warning === '' ? standard : warning,
    terminating: hasCondition(definition, 'Terminating'),
    definition: asString(at(definition, 'metadata', 'name')),
  };
}
