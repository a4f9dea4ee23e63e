import {
  asArray,
  asObject,
  asString,
  byKey,
  equal,
  type Json,
  type JsonObject,
  without,
} from '../json/value.ts';
import {
  type FieldSet,
  fromFieldsV1,
  isEmptySet,
  sameSet,
  toFieldsV1,
  withoutBranches,
} from './field-set.ts';

/** What one manager manages through one kind of request. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** Fields that nobody manages. */
const unmanaged: readonly (readonly string[])[] = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
    'generateName',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((key) => ['f:metadata', `f:${key}`]),
];

/** Takes from a set what nobody manages. */
export function stripSet(set: FieldSet): FieldSet {
  const stripped = withoutBranches(set, unmanaged);
  const metadata = stripped.children.get('f:metadata');
  if (metadata?.member !== true) return stripped;
  const children = new Map(stripped.children);
  if (metadata.children.size === 0) children.delete('f:metadata');
  else children.set('f:metadata', { member: false, children: metadata.children });
  return { member: stripped.member, children };
}

export function readManagers(object: JsonObject): Manager[] {
  return asArray(asObject(object['metadata'])['managedFields'])
    .map(asObject)
    .filter((entry) => asString(entry['operation']) !== '')
    .map((entry) => ({
      name: asString(entry['manager']),
      operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
      apiVersion: asString(entry['apiVersion']),
      subresource: asString(entry['subresource']),
      time: typeof entry['time'] === 'string' ? entry['time'] : undefined,
      set: fromFieldsV1(entry['fieldsV1']),
    }));
}

export function sameManager(a: Manager, b: Manager): boolean {
  if (a.name !== b.name || a.operation !== b.operation || a.subresource !== b.subresource)
    return false;
  return a.operation === 'Apply' || a.apiVersion === b.apiVersion;
}

/** Managers as an object carries them: appliers first, then by time and name. */
export function writeManagers(managers: readonly Manager[]): Json[] {
  return managers
    .filter((manager) => !isEmptySet(manager.set))
    .sort(compareManagers)
    .map(writeManager);
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    byKey(a.operation, b.operation) ||
    byKey(a.time ?? '', b.time ?? '') ||
    byKey(a.name, b.name) ||
    byKey(a.apiVersion, b.apiVersion) ||
    byKey(a.subresource, b.subresource)
  );
}

function writeManager(manager: Manager): JsonObject {
  const entry: JsonObject = {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
  };
  if (manager.time !== undefined) entry['time'] = manager.time;
  entry['fieldsType'] = 'FieldsV1';
  entry['fieldsV1'] = toFieldsV1(manager.set);
  if (manager.subresource !== '') entry['subresource'] = manager.subresource;
  return entry;
}

/** An object with managers in its metadata. */
export function withManagers(object: JsonObject, managers: readonly Manager[]): JsonObject {
  const entries = writeManagers(managers);
  const metadata = without(asObject(object['metadata']), 'managedFields');
  if (entries.length > 0) metadata['managedFields'] = entries;
  return { ...object, metadata };
}

export function withoutManagers(object: JsonObject): JsonObject {
  return { ...object, metadata: without(asObject(object['metadata']), 'managedFields') };
}

/** Whether two lists of managers differ in nothing but times. */
export function sameManagers(a: readonly Manager[], b: readonly Manager[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((manager) =>
    b.some((other) => sameManager(manager, other) && sameSet(manager.set, other.set)),
  );
}

/** Whether a write asks for the managers to be forgotten. */
export function clearsManagers(object: JsonObject): boolean {
  const given = asObject(object['metadata'])['managedFields'];
  return (
    Array.isArray(given) && (given.length === 0 || (given.length === 1 && equal(given[0], {})))
  );
}
