import { clearsManagers } from '../apply/managed-fields.ts';
import { asObject, asString, isObject, type Json, type JsonObject, quote } from '../json/value.ts';
import { eventToCore } from '../kinds/event.ts';
import { strategyOf } from '../kinds/strategies.ts';
import type { FieldValidation } from '../request/options.ts';
import { type Body, unregistered } from '../request/body.ts';
import { builtinResources } from '../resources/builtin-resources.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { defaultCustom, pruneCustom } from '../schema/custom-object.ts';
import { DecodeError, decodeTyped } from '../schema/decode.ts';
import { badRequest, invalid, StatusError } from '../status/status-error.ts';
import { invalidValue } from '../validation/field-error.ts';

export interface DecodedObject {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

/** Reads a body as an object of a resource: checks its kind, prunes it, fills in defaults. */
export function decodeBody(
  resource: Resource,
  body: Body,
  raw: string,
  validation: FieldValidation,
): DecodedObject {
  checkKind(resource, body.object, raw);
  const { object, unknown } = shape(resource, body.object);
  const faults = [...body.duplicates, ...unknown];
  if (validation === 'Strict' && faults.length > 0) throw strictError(resource, faults);
  return { object, warnings: validation === 'Warn' ? faults : [] };
}

function cannotBeHandled(resource: Resource, why: string): StatusError {
  return badRequest(
    `${resource.kind} in version ${quote(resource.version)} cannot be handled as a ${resource.kind}: ${why}`,
  );
}

/** An object that is none of its kind. */
export class UnfitObjectError extends StatusError {
  readonly why: string;

  constructor(resource: Resource, why: string) {
    const { reason, message } = cannotBeHandled(resource, why);
    super(400, reason, message);
    this.why = why;
  }
}

function strictError(resource: Resource, faults: readonly string[]): StatusError {
  return cannotBeHandled(resource, `strict decoding error: ${faults.join(', ')}`);
}

export function unknownFields(paths: readonly string[]): string[] {
  return paths.map((path) => `unknown field ${quote(path)}`);
}

function checkKind(resource: Resource, object: JsonObject, raw: string): void {
  const kind = asString(object['kind']);
  const apiVersion = asString(object['apiVersion']);
  if (resource.custom === undefined) {
    checkBuiltinKind(resource, kind, apiVersion);
    return;
  }
  if (kind === '') {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${raw}' (${raw})`,
    );
  }
  checkVersion(resource, apiVersion);
  if (kind !== resource.kind) throw wrongKind(resource, object);
}

function checkVersion(resource: Resource, apiVersion: string): void {
  const expected = apiVersionOf(resource);
  if (apiVersion === expected) return;
  throw badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
  );
}

/** 422 for an object whose kind is not that of the path. */
export function wrongKind(resource: Resource, object: JsonObject): StatusError {
  const kind = asString(object['kind']);
  const name = asString(asObject(object['metadata'])['name']);
  const fault = invalidValue('kind', kind, `must be ${resource.kind}`);
  return invalid({ group: resource.group, kind }, name, [fault]);
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Kinds that every version of every group knows. */
const sharedKinds = new Set(['DeleteOptions', 'Status', 'WatchEvent', 'List', 'ListOptions']);

function isRegistered(apiVersion: string, kind: string): boolean {
  return builtinResources.some(
    (known) =>
      apiVersionOf(known) === apiVersion &&
      (kind === '' ||
        kind === known.kind ||
        kind === `${known.kind}List` ||
        sharedKinds.has(kind) ||
        known.subresources.some((entry) => entry.kind === kind)),
  );
}

function checkBuiltinKind(resource: Resource, kind: string, apiVersion: string): void {
  const givenKind = kind === '' ? resource.kind : kind;
  const givenVersion = apiVersion === '' ? apiVersionOf(resource) : apiVersion;
  const group = groupOf(givenVersion);
  const [version = ''] = givenVersion.split('/').slice(-1);
  if (givenKind === resource.kind && group === resource.group && isRegistered(givenVersion, kind)) {
    checkVersion(resource, givenVersion);
    return;
  }
  const internal = resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '');
  const why = isRegistered(givenVersion, givenKind)
    ? `converting (${version}.${givenKind}) to (${internal}.${resource.kind}): unknown conversion`
    : unregistered(givenKind, givenVersion);
  throw badRequest(
    `${givenKind} in version ${quote(version)} cannot be handled as a ${resource.kind}: ${why}`,
  );
}

/**
 * An object as its type or schema has it, with what was dropped. `known` is a custom object that is as its schema has
 * it: what the given one shares with it is not looked into.
 */
export function shape(
  resource: Resource,
  given: JsonObject,
  known?: JsonObject,
): { object: JsonObject; unknown: string[] } {
  const shaped = shapePlain(resource, given, known);
  if (!clearsManagers(given)) return shaped;
  // An empty list of managers means more than none: it clears them.
  const metadata = { ...asObject(shaped.object['metadata']), managedFields: [] };
  return { ...shaped, object: { ...shaped.object, metadata } };
}

function shapePlain(
  resource: Resource,
  given: JsonObject,
  known: JsonObject | undefined,
): { object: JsonObject; unknown: string[] } {
  if (resource.custom !== undefined) {
    const pruned = pruneCustom(resource.custom.schema, given, known);
    const object = defaultCustom(resource.custom.schema, pruned.object, known);
    return {
      object: { ...object, metadata: asObject(object['metadata']) },
      unknown: unknownFields(pruned.unknown),
    };
  }
  return shapeTyped(resource, given);
}

function shapeTyped(
  resource: Resource,
  given: JsonObject,
): { object: JsonObject; unknown: string[] } {
  const type = resource.type ?? 'V1Status';
  try {
    const decoded = decodeTyped(type, given);
    const unknown = unknownFields(inOrder(given, decoded.unknown));
    const core = type === 'EventsV1Event' ? eventToCore(decoded.object) : decoded.object;
    const apiVersion = type === 'EventsV1Event' ? 'v1' : apiVersionOf(resource);
    const defaulted = strategyOf(resource).defaults?.(core) ?? core;
    const storedType = type === 'EventsV1Event' ? 'CoreV1Event' : type;
    const { object } = decodeTyped(storedType, { ...defaulted, kind: resource.kind, apiVersion });
    return { object, unknown };
  } catch (error) {
    if (error instanceof DecodeError) throw new UnfitObjectError(resource, error.message);
    throw error;
  }
}

/** Paths in the order in which they come in an object. */
function inOrder(given: JsonObject, paths: readonly string[]): readonly string[] {
  if (paths.length < 2) return paths;
  const wanted = new Set(paths);
  const out: string[] = [];
  const walk = (value: Json, path: string): void => {
    if (wanted.has(path)) out.push(path);
    if (Array.isArray(value))
      value.forEach((entry, index) => {
        walk(entry, `${path}[${index}]`);
      });
    else if (isObject(value)) {
      for (const [key, entry] of Object.entries(value))
        walk(entry, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(given, '');
  return out;
}
