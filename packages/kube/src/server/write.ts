import { type Expected, expectedOfCustom, expectedOfType } from '../apply/check-config.ts';
import { manageApply, manageUpdate, keepTimes, type Writer } from '../apply/field-manager.ts';
import { customSchema, typedSchema, type ApplySchema } from '../apply/apply-schema.ts';
import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  sortKeys,
  without,
} from '../json/value.ts';
import { strategyOf } from '../kinds/strategies.ts';
import type { WriteOptions } from '../request/options.ts';
import { apiVersionOf, hasSubresource, type Resource } from '../resources/resource.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  internal,
  invalid,
  modified,
  StatusError,
} from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import { safeCharacter } from '../text/hash.ts';
import { type FieldError, invalidValue } from '../validation/field-error.ts';
import { metadataFaults, metadataUpdateFaults } from '../validation/object-meta.ts';
import { decodeTyped } from '../schema/decode.ts';
import { admitNamespace, admitUse, withLimits } from './admission.ts';
import { type Context, newUid, timestamp } from './context.ts';
import { shape, UnfitObjectError } from './decode-object.ts';
import { kindContext } from './kind-context.ts';
import { noteShown, present, shownAsStored } from './present.ts';

/** Where a write goes, and how. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly options: WriteOptions;
  /** Fills in the managers of a replaced object, when it is not a plain update. */
  readonly manage?: typeof manageUpdate;
}

const schemas = new WeakMap<Resource, ApplySchema>();

export function applySchemaOf(resource: Resource): ApplySchema {
  let schema = schemas.get(resource);
  if (schema === undefined) {
    const type = resource.type === 'EventsV1Event' ? 'CoreV1Event' : (resource.type ?? 'V1Status');
    schema =
      resource.custom === undefined ? typedSchema(type) : customSchema(resource.custom.schema);
    schemas.set(resource, schema);
  }
  return schema;
}

function expectedOf(resource: Resource): Expected {
  return resource.custom === undefined
    ? expectedOfType(resource.type ?? 'V1Status')
    : expectedOfCustom(resource.custom.schema);
}

export function writerOf(context: Context, target: Target): Writer {
  return {
    manager: target.options.fieldManager,
    apiVersion: apiVersionOf(target.resource),
    subresource: target.subresource,
    now: timestamp(context),
    schema: applySchemaOf(target.resource),
    expected: expectedOf(target.resource),
    blank: () => {
      const { resource } = target;
      return emptyOf(resource, { kind: resource.kind, apiVersion: apiVersionOf(resource) });
    },
    statusApart: hasSubresource(target.resource, 'status'),
  };
}

function invalidObject(
  resource: Resource,
  name: string,
  faults: readonly FieldError[],
): StatusError {
  return invalid({ group: resource.group, kind: resource.kind }, name, faults);
}

const serverFields = [
  'selfLink',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

/** The metadata of an object in the order in which Kubernetes writes it. */
const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/**
 * An object with its keys in order: as Kubernetes writes built-in ones, by name for custom ones. `known` is a custom
 * object whose keys are in order.
 */
export function ordered(resource: Resource, object: JsonObject, known?: JsonObject): JsonObject {
  if (resource.custom !== undefined) return asObject(sortKeys(object, known));
  const metadata = asObject(object['metadata']);
  const out: JsonObject = {};
  for (const key of metadataOrder) {
    const value = metadata[key];
    if (value !== undefined && !isEmpty(value)) out[key] = value;
  }
  const head = {
    kind: object['kind'] ?? resource.kind,
    apiVersion: object['apiVersion'] ?? apiVersionOf(resource),
  };
  return { ...head, metadata: out, ...without(object, 'kind', 'apiVersion', 'metadata') };
}

function isEmpty(value: Json): boolean {
  return (
    value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

/** The name for `generateName`, with a random end. */
function generated(prefix: string, random: () => number): string {
  const end = Array.from({ length: 5 }, () => safeCharacter(Math.floor(random() * 27))).join('');
  return `${prefix.slice(0, 58)}${end}`;
}

/** Checks that the name in a body is that of the path. */
export function checkName(object: JsonObject, name: string): void {
  const found = asString(asObject(object['metadata'])['name']);
  if (found === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (found !== name)
    throw badRequest(
      `the name of the object (${found}) does not match the name on the URL (${name})`,
    );
}

/** Checks that the namespace in a body is that of the path, and fills it in. */
export function placed(target: Target, object: JsonObject): JsonObject {
  const metadata = asObject(object['metadata']);
  const given = asString(metadata['namespace']);
  if (given !== '' && target.namespace !== '' && given !== target.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (target.namespace === '' || given === target.namespace) return object;
  return { ...object, metadata: { ...metadata, namespace: target.namespace } };
}

function newMetadata(context: Context, target: Target, object: JsonObject): JsonObject {
  const strategy = strategyOf(target.resource);
  const metadata = without(asObject(object['metadata']), ...serverFields);
  const prefix = asString(metadata['generateName']);
  if (asString(metadata['name']) === '' && prefix !== '')
    metadata['name'] = generated(prefix, context.options.random);
  metadata['uid'] = newUid(context.options.random);
  metadata['creationTimestamp'] = timestamp(context);
  if (strategy.generation === true) metadata['generation'] = 1;
  return { ...object, metadata };
}

/** Creates an object; answers it as it is stored, or as it would be. */
export function createObject(
  context: Context,
  target: Target,
  given: JsonObject,
  manage = managedCreate,
): JsonObject {
  const { resource } = target;
  const strategy = strategyOf(resource);
  const kinds = kindContext(context);
  let object = newMetadata(context, target, placed(target, given));
  admitNamespace(context, target, asString(at(object, 'metadata', 'name')));
  object = withLimits(context, target, object);
  object = strategy.admit?.(object, kinds, undefined) ?? object;
  object = completed(resource, strategy.prepareCreate?.(object, kinds) ?? object);
  const name = asString(at(object, 'metadata', 'name'));
  const faults = [
    ...metadataFaults(object, strategy.nameRule, resource.namespaced),
    ...(strategy.validate?.(object) ?? []),
  ];
  if (faults.length > 0) throw invalidObject(resource, name, faults);
  if (!target.options.dryRun) checkNoVersion(object);
  const charge = admitUse(context, target, object);
  const key = keyOf(target.namespace, name);
  const present = context.store.get(resource.storage, key);
  if (present !== undefined) throw existing(resource, name, present);
  const final = ordered(resource, manage(writerOf(context, target), resource, object));
  if (target.options.dryRun) return final;
  charge();
  const stored = context.store.put(resource.storage, key, final);
  noteStored(resource, stored, object);
  return stored;
}

/** Tells a kind that what was checked is stored, so that it need not check it again. */
function noteStored(resource: Resource, stored: JsonObject, checked: JsonObject): void {
  strategyOf(resource).stored?.(stored, checked);
}

function checkNoVersion(object: JsonObject): void {
  if (asString(at(object, 'metadata', 'resourceVersion')) !== '')
    throw internal('resourceVersion should not be set on objects to be created');
}

function managedCreate(writer: Writer, resource: Resource, object: JsonObject): JsonObject {
  return manageUpdate(writer, emptyOf(resource, object), object);
}

/** Creates an object from an applied configuration. */
export function applyNew(context: Context, target: Target, config: JsonObject): JsonObject {
  const applied = manageApply(writerOf(context, target), {}, config, target.options.force).object;
  const managers = at(applied, 'metadata', 'managedFields');
  const plain = { ...applied, metadata: without(asObject(applied['metadata']), 'resourceVersion') };
  return createObject(
    context,
    target,
    shapeApplied(target.resource, plain, { config }).object,
    (_writer, _resource, object) => {
      const metadata = without(asObject(object['metadata']), 'managedFields');
      if (managers !== undefined) metadata['managedFields'] = managers;
      return { ...object, metadata };
    },
  );
}

/** An applied object as its kind has it; 500 when it is none. */
function shapeApplied(
  resource: Resource,
  object: JsonObject,
  from: { readonly config: JsonObject; readonly known?: JsonObject | undefined },
): ReturnType<typeof shape> {
  try {
    return shape(resource, object, from.known);
  } catch (error) {
    if (!(error instanceof UnfitObjectError)) throw error;
    const metadata = asObject(from.config['metadata']);
    const name = `${asString(metadata['namespace'])}/${asString(metadata['name'])}`;
    const version = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
    throw internal(
      `failed to convert new object (${name}; ${version}) to proper version: unable to convert unstructured object to ${version}: ${error.why.replace(/^illegal base64/, 'error decoding from json: $&')}`,
    );
  }
}

/** What an object is compared with when it is new: the same kind with nothing in it. */
function emptyOf(resource: Resource, object: JsonObject): JsonObject {
  const base: JsonObject = {
    kind: object['kind'] ?? '',
    apiVersion: object['apiVersion'] ?? '',
    metadata: {},
  };
  if (resource.custom !== undefined || resource.type === undefined) return base;
  const type = resource.type === 'EventsV1Event' ? 'CoreV1Event' : resource.type;
  return { ...decodeTyped(type, {}).object, ...base };
}

/** A built-in object with all that Kubernetes always writes. */
function completed(resource: Resource, object: JsonObject): JsonObject {
  if (resource.custom !== undefined || resource.type === undefined) return object;
  return decodeTyped(resource.type === 'EventsV1Event' ? 'CoreV1Event' : resource.type, object)
    .object;
}

function existing(resource: Resource, name: string, present: JsonObject): StatusError {
  const of = { group: resource.group, resource: resource.plural };
  const error = alreadyExists(of, name);
  if (at(present, 'metadata', 'deletionTimestamp') === undefined) return error;
  return new StatusError(
    409,
    'AlreadyExists',
    `object is being deleted: ${error.message}`,
    error.details,
  );
}

/** Checks that the resourceVersion of a write is that of the stored object. */
export function checkVersion(target: Target, live: JsonObject, next: JsonObject): void {
  const { resource } = target;
  const given = asString(at(next, 'metadata', 'resourceVersion'));
  const of = { group: resource.group, resource: resource.plural };
  if (given !== '' && !/^\d+$/.test(given))
    throw internal(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  if (given === '' || given === '0') {
    if (resource.custom === undefined && strategyOf(resource).needsVersion !== true) return;
    const fault = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: resource.group, kind: resource.plural }, target.name, [fault]);
  }
  if (given !== asString(at(live, 'metadata', 'resourceVersion')))
    throw conflict(of, target.name, modified);
}

/** Takes over from the stored object what a write cannot set. */
function carriedOver(next: JsonObject, live: JsonObject): JsonObject {
  const before = asObject(live['metadata']);
  const metadata: JsonObject = without(asObject(next['metadata']), 'selfLink', 'generation');
  for (const key of ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds']) {
    const old = before[key];
    if (old !== undefined && (metadata[key] === undefined || metadata[key] === ''))
      metadata[key] = old;
  }
  for (const key of ['creationTimestamp', 'generation', 'resourceVersion']) {
    const old = before[key];
    if (old === undefined) delete metadata[key];
    else metadata[key] = old;
  }
  if (metadata['managedFields'] === undefined && before['managedFields'] !== undefined) {
    metadata['managedFields'] = before['managedFields'];
  }
  return { ...next, metadata };
}

function prepared(context: Context, target: Target, pair: Pair): JsonObject {
  const { resource, subresource } = target;
  const strategy = strategyOf(resource);
  if (subresource === 'status') {
    const metadata = { ...asObject(pair.live['metadata']) };
    const managed = at(pair.next, 'metadata', 'managedFields');
    if (managed !== undefined) metadata['managedFields'] = managed;
    const changed = { ...pair.live, metadata };
    const status = pair.next['status'];
    const plain = status === undefined ? without(changed, 'status') : { ...changed, status };
    return strategy.prepareStatus?.(plain, pair.live) ?? plain;
  }
  let next = pair.next;
  if (hasSubresource(resource, 'status')) {
    const status = pair.live['status'];
    next = status === undefined ? without(next, 'status') : { ...next, status };
  }
  return subresource === ''
    ? (strategy.prepareUpdate?.(next, pair.live, kindContext(context)) ?? next)
    : next;
}

interface Pair {
  readonly next: JsonObject;
  readonly live: JsonObject;
}

function bumped(target: Target, { next, live }: Pair): JsonObject {
  const strategy = strategyOf(target.resource);
  if (strategy.generation !== true || target.subresource === 'status') return next;
  const differs = strategy.changed?.(next, live) ?? !equal(next['spec'], live['spec']);
  if (!differs) return next;
  const generation = Number(at(live, 'metadata', 'generation') ?? 0) + 1;
  return { ...next, metadata: { ...asObject(next['metadata']), generation } };
}

function updateFaults(target: Target, pair: Pair): FieldError[] {
  const strategy = strategyOf(target.resource);
  const metadata = metadataUpdateFaults(pair.next, pair.live);
  const inner =
    target.subresource === 'status'
      ? strategy.validateStatus?.(pair.next, pair.live)
      : strategy.validateUpdate?.(pair.next, pair.live);
  // Kubernetes checks them before a kind's own rules and again among these, and tells of each twice.
  return [...metadata, ...metadata, ...(inner ?? [])];
}

/** Writes a changed object in the place of the stored one. */
export function replaceObject(
  context: Context,
  target: Target,
  given: JsonObject,
  live: JsonObject,
): JsonObject {
  const { resource, name, manage = manageUpdate } = target;
  const strategy = strategyOf(resource);
  let next = prepared(context, target, { next: carriedOver(placed(target, given), live), live });
  next = strategy.admit?.(next, kindContext(context), live) ?? next;
  next = bumped(target, { next, live });
  const faults = updateFaults(target, { next, live });
  if (faults.length > 0) throw invalidObject(resource, name, faults);
  const managed = manage(writerOf(context, target), live, next);
  const known = shownAsStored(context, resource, live);
  const stored = commit(context, target, keepTimes(live, ordered(resource, managed, known)), live);
  noteStored(resource, stored, next);
  return stored;
}

/** Writes an applied configuration over the stored object. */
export function applyObject(
  context: Context,
  target: Target,
  config: JsonObject,
  live: JsonObject,
): JsonObject {
  const { resource, name } = target;
  const writer = writerOf(context, target);
  const applied = manageApply(writer, live, config, target.options.force);
  const known = shownAsStored(context, resource, live);
  const shaped = shapeApplied(resource, applied.object, { config, known }).object;
  let next = prepared(context, target, { next: carriedOver(placed(target, shaped), live), live });
  next = strategyOf(resource).admit?.(next, kindContext(context), live) ?? next;
  next = bumped(target, { next, live });
  const faults = updateFaults(target, { next, live });
  if (faults.length > 0) throw invalidObject(resource, name, faults);
  const managers = at(applied.object, 'metadata', 'managedFields');
  const metadata = without(asObject(next['metadata']), 'managedFields');
  if (managers !== undefined) metadata['managedFields'] = managers;
  const final = ordered(resource, { ...next, metadata }, known);
  const stored = commit(context, target, keepTimes(live, final), live);
  noteStored(resource, stored, next);
  return stored;
}

/** Stores a new state; an object that is being deleted goes when nothing holds it any more. */
function commit(context: Context, target: Target, next: JsonObject, live: JsonObject): JsonObject {
  if (equal(next, live) || next === live) return live;
  const charge = admitUse(context, target, next, live);
  if (target.options.dryRun) return next;
  const { resource } = target;
  const key = keyOf(asString(at(live, 'metadata', 'namespace')), target.name);
  const isDone =
    at(next, 'metadata', 'deletionTimestamp') !== undefined &&
    Number(at(next, 'metadata', 'deletionGracePeriodSeconds') ?? 0) === 0 &&
    asArray(at(next, 'metadata', 'finalizers')).length === 0 &&
    asArray(at(next, 'spec', 'finalizers')).length === 0;
  if (
    isDone &&
    asArray(at(live, 'metadata', 'finalizers')).length +
      asArray(at(live, 'spec', 'finalizers')).length >
      0
  ) {
    return context.store.remove(resource.storage, key, next) ?? next;
  }
  charge();
  return context.store.put(resource.storage, key, next, (stored) => {
    if (isShaped(context, target, live)) noteShown(context, resource, stored);
    else present(context, resource, stored, live);
  });
}

/**
 * Whether what is written over a stored object is as its resource shows it: what a request brings has just been shaped,
 * so that only what is carried over could be otherwise, or another version than the stored one.
 */
function isShaped(context: Context, { resource, subresource }: Target, live: JsonObject): boolean {
  return (
    resource.custom?.storageVersion === resource.version &&
    (subresource === '' || subresource === 'status') &&
    shownAsStored(context, resource, live) !== undefined
  );
}
