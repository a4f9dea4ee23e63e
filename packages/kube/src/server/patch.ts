import {
  asObject,
  asString,
  at,
  goPrint,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import { contentType, readApply, readPatch } from '../request/body.ts';
import { patchOptions } from '../request/options.ts';
import type { ApiRequest, Query } from '../request/request.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import { invalidValue } from '../validation/field-error.ts';
import type { Context } from './context.ts';
import { shape, unknownFields, wrongKind } from './decode-object.ts';
import { present } from './present.ts';
import { findObject } from './read.ts';
import {
  applyNew,
  applyObject,
  checkVersion,
  placed,
  replaceObject,
  type Target,
} from './write.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const apply = 'application/apply-patch+yaml';

export interface Patched {
  readonly object: JsonObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

export interface PatchRequest {
  readonly request: ApiRequest;
  readonly query: Query;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** The kind of a patch, by its media type. */
export function patchType(request: ApiRequest, resource: Resource): string {
  const type = contentType(request);
  if (type === 'application/apply-patch+json' || type === 'application/apply-patch+cbor') {
    throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const accepted =
    resource.custom === undefined ? [json, merge, strategic, apply] : [json, merge, apply];
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  return type;
}

export function applyPatch(context: Context, about: PatchRequest): Patched {
  const type = patchType(about.request, about.resource);
  const options = patchOptions(about.query, type === apply, about.request.headers['user-agent']);
  const target: Target = { ...about, options };
  return type === apply
    ? applyConfig(context, target, about)
    : patchObject(context, target, { about, type });
}

/** Lays a patch of any kind but apply over a document. */
export function patchDocument(
  resource: Resource,
  document: JsonObject,
  about: { readonly type: string; readonly body: string },
): JsonObject {
  const fails = (why: string): Error =>
    badRequest(about.type === strategic ? why : `error decoding patch: ${why}`);
  const patch = readPatch(about.body, fails);
  if (about.type === json) return jsonPatch(document, patch);
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${typeof patch} into Go value of type map[string]interface {}`,
    );
  if (about.type === merge) return asObject(mergePatch(document, patch));
  const type = resource.type;
  if (type === undefined) throw unsupportedMediaType([json, merge, apply]);
  return strategicMerge(type, document, patch);
}

function patchObject(
  context: Context,
  target: Target,
  how: { readonly about: PatchRequest; readonly type: string },
): Patched {
  const { resource, namespace, name } = target;
  const live = findObject(context, resource, namespace, name);
  const shown = present(context, resource, live);
  const body = how.about.request.body;
  const patched = patchDocument(resource, shown, { type: how.type, body });
  checkIdentity(target, patched);
  const pruned = keptVersion(resource, shape(resource, patched).object);
  const unknown = newUnknown(resource, patched);
  const warnings = target.options.fieldValidation === 'Ignore' ? [] : unknown;
  if (target.options.fieldValidation === 'Strict' && unknown.length > 0)
    throw strictPatch(how.type, { body, patched, unknown });
  checkVersion(target, live, pruned);
  try {
    return { object: replaceObject(context, target, pruned, live), created: false, warnings };
  } catch (error) {
    if (error instanceof StatusError) error.warnings = warnings;
    throw error;
  }
}

/** Objects of other versions are stored as the version that is meant for it. */
function keptVersion(resource: Resource, object: JsonObject): JsonObject {
  if (resource.custom === undefined) return object;
  return { ...object, apiVersion: `${resource.group}/${resource.custom.storageVersion}` };
}

function newUnknown(resource: Resource, patched: JsonObject): readonly string[] {
  return shape(resource, patched).unknown;
}

function strictPatch(
  type: string,
  about: {
    readonly body: string;
    readonly patched: JsonObject;
    readonly unknown: readonly string[];
  },
): StatusError {
  const value: Json =
    type === strategic ? goPrint(JSON.parse(about.body) as Json) : JSON.stringify(about.patched);
  return invalid({ group: '', kind: '' }, '', [
    invalidValue('patch', value, `strict decoding error: ${about.unknown.join(', ')}`),
  ]);
}

function checkIdentity(target: Target, patched: JsonObject): void {
  const { resource, name } = target;
  const metadata = asObject(patched['metadata']);
  const kind = asString(patched['kind']);
  const apiVersion = asString(patched['apiVersion']);
  if (resource.custom !== undefined && kind !== resource.kind) throw wrongKind(resource, patched);
  if (resource.custom !== undefined && apiVersion !== apiVersionOf(resource))
    throw wrongVersion(resource, name, apiVersion);
  const found = asString(metadata['name']);
  if (found !== name)
    throw badRequest(
      `the name of the object (${found}) does not match the name on the URL (${name})`,
    );
  placed(target, patched);
}

/** Another version has no schema here: all it has is unknown. */
function wrongVersion(resource: Resource, name: string, apiVersion: string): StatusError {
  const fault = invalidValue('apiVersion', apiVersion, `must be ${apiVersionOf(resource)}`);
  const error = invalid({ group: resource.group, kind: resource.kind }, name, [fault]);
  error.warnings = unknownFields(['spec']);
  return error;
}

function applyConfig(context: Context, target: Target, about: PatchRequest): Patched {
  const { resource, namespace, name, subresource } = target;
  const { object: given, duplicates } = readApply(about.request.body);
  checkConfigKind(target, given);
  const live = context.store.get(resource.storage, keyOf(namespace, name));
  const { unknown } = shape(resource, {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    ...withoutNulls(given),
  });
  const faults = [...duplicates, ...unknown];
  const strict = target.options.fieldValidation === 'Strict';
  if (strict && faults.length > 0)
    throw badRequest(`failed to create typed patch object: ${faults.join(', ')}`);
  const warnings = target.options.fieldValidation === 'Warn' ? faults : [];
  placed(target, given);
  const config = withoutUnknown(resource, given);
  if (live === undefined) {
    if (subresource !== '') findObject(context, resource, namespace, name);
    return { object: applyNew(context, target, config), created: true, warnings };
  }
  const version = asString(at(given, 'metadata', 'resourceVersion'));
  if (version !== '') checkVersion(target, live, given);
  return { object: applyObject(context, target, config, live), created: false, warnings };
}

function checkConfigKind(target: Target, given: JsonObject): void {
  const { resource, name } = target;
  const kind = asString(given['kind']);
  const apiVersion = asString(given['apiVersion']);
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    const shown = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`invalid object type: ${shown}, Kind=${kind}`);
  }
  const found = asString(at(given, 'metadata', 'name'));
  if (found === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (found !== name)
    throw badRequest(
      `the name of the object (${found}) does not match the name on the URL (${name})`,
    );
}

function withoutNulls(object: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== null) out[key] = isObject(value) ? withoutNulls(value) : value;
  }
  return out;
}

/** A configuration without what its type does not have, and nothing filled in. */
function withoutUnknown(resource: Resource, given: JsonObject): JsonObject {
  const plain = withoutNulls(given);
  const { object } = shape(resource, plain);
  return asObject(kept(plain, object));
}

/** Fields that are taken over although they are not kept as they are. */
const passed = new Set(['stringData', 'managedFields']);

function isEmptyValue(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What two values have in common, with the values of the first. */
function kept(given: Json, shaped: Json | undefined): Json {
  if (Array.isArray(given)) {
    const same = Array.isArray(shaped) && given.length === shaped.length;
    return same ? given.map((entry, index) => kept(entry, shaped[index])) : given;
  }
  if (!isObject(given) || !isObject(shaped)) return given;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(given)) {
    if (Object.hasOwn(shaped, key)) out[key] = kept(value, shaped[key]);
    else if (isEmptyValue(value) || passed.has(key)) out[key] = value;
  }
  return out;
}
