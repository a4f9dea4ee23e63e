import {
  asObject,
  asString,
  at,
  goPrint,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { checkConfig } from '../apply/field-manager.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { restoreFault } from '../patch/restore.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import { contentType, goKind, readApply, readPatch } from '../request/body.ts';
import { patchOptions } from '../request/options.ts';
import type { ApiRequest, Query } from '../request/request.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import {
  badRequest,
  conflict,
  invalid,
  StatusError,
  unsupportedMediaType,
} from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import { invalidValue } from '../validation/field-error.ts';
import type { Context } from './context.ts';
import { shape, UnfitObjectError, unknownFields, wrongKind } from './decode-object.ts';
import { present, shownAsStored } from './present.ts';
import { findObject } from './read.ts';
import {
  applyNew,
  applyObject,
  checkName,
  checkVersion,
  placed,
  replaceObject,
  type Target,
  writerOf,
} from './write.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
export const applyType = 'application/apply-patch+yaml';

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
  const accepted =
    resource.custom === undefined ? [json, merge, strategic, applyType] : [json, merge, applyType];
  if (accepted.includes(type)) return type;
  throw type === strategic
    ? unsupportedMediaType(accepted)
    : new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function applyPatch(context: Context, about: PatchRequest): Patched {
  const type = patchType(about.request, about.resource);
  const options = patchOptions(
    about.query,
    type === applyType,
    about.request.headers['user-agent'],
  );
  const target: Target = { ...about, options };
  return type === applyType
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
      `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
    );
  if (about.type === merge) return asObject(mergePatch(document, patch));
  const type = resource.type;
  if (type === undefined) throw unsupportedMediaType([json, merge, applyType]);
  return strategicMerge(type, document, patch);
}

interface HowPatched {
  readonly about: PatchRequest;
  readonly type: string;
}

function patchObject(context: Context, target: Target, how: HowPatched): Patched {
  const { resource, namespace, name } = target;
  const live = findObject(context, resource, namespace, name);
  const shown = present(context, resource, live);
  const body = how.about.request.body;
  const patched = patchDocument(resource, shown, { type: how.type, body });
  checkIdentity(target, patched);
  const known = shownAsStored(context, resource, live);
  const { object, unknown } = shapePatched(resource, patched, { how, known });
  const pruned = keptVersion(resource, object);
  const warnings = target.options.fieldValidation === 'Ignore' ? [] : unknown;
  if (target.options.fieldValidation === 'Strict' && unknown.length > 0)
    throw invalidPatch(how.type, {
      body,
      patched,
      why: `strict decoding error: ${unknown.join(', ')}`,
    });
  checkVersion(target, live, pruned);
  try {
    return { object: replaceObject(context, target, pruned, live), created: false, warnings };
  } catch (error) {
    if (error instanceof StatusError) error.warnings = warnings;
    throw error;
  }
}

/** A patched object as its kind has it; 422 when the patch made another of it. */
function shapePatched(
  resource: Resource,
  patched: JsonObject,
  about: { readonly how: HowPatched; readonly known: JsonObject | undefined },
): { object: JsonObject; unknown: string[] } {
  const { how, known } = about;
  const isStrategic = how.type === strategic;
  const why = isStrategic ? restoreFault(resource.type ?? 'V1Status', patched) : '';
  const { body } = how.about.request;
  if (why !== '') throw invalidPatch(how.type, { body, patched, why });
  try {
    return shape(resource, patched, known);
  } catch (error) {
    if (!(error instanceof UnfitObjectError)) throw error;
    throw invalidPatch(how.type, { body, patched, why: error.why });
  }
}

/** Objects of other versions are stored as the version that is meant for it. */
function keptVersion(resource: Resource, object: JsonObject): JsonObject {
  if (resource.custom === undefined) return object;
  return { ...object, apiVersion: `${resource.group}/${resource.custom.storageVersion}` };
}

function invalidPatch(
  type: string,
  about: { readonly body: string; readonly patched: JsonObject; readonly why: string },
): StatusError {
  const value: Json =
    type === strategic ? goPrint(JSON.parse(about.body) as Json) : JSON.stringify(about.patched);
  return invalid({ group: '', kind: '' }, '', [invalidValue('patch', value, about.why)]);
}

function checkIdentity(target: Target, patched: JsonObject): void {
  const { resource, name } = target;
  const kind = asString(patched['kind']);
  const apiVersion = asString(patched['apiVersion']);
  if (resource.custom !== undefined && kind !== resource.kind) throw wrongKind(resource, patched);
  if (resource.custom !== undefined && apiVersion !== apiVersionOf(resource))
    throw wrongVersion(resource, name, apiVersion);
  checkName(patched, name);
  placed(target, patched);
}

/** Another version has no schema here: all it has is unknown. */
function wrongVersion(resource: Resource, name: string, apiVersion: string): StatusError {
  const fault = invalidValue('apiVersion', apiVersion, `must be ${apiVersionOf(resource)}`);
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const error = invalid({ group, kind: resource.kind }, name, [fault]);
  if (group === resource.group) error.warnings = unknownFields(['spec']);
  return error;
}

function applyConfig(context: Context, target: Target, about: PatchRequest): Patched {
  const { resource, namespace, name, subresource } = target;
  const { config, warnings } = readConfig(context, target, about.request.body);
  const live = context.store.get(resource.storage, keyOf(namespace, name));
  if (live === undefined) {
    if (subresource !== '') findObject(context, resource, namespace, name);
    checkNoUid(target, config);
    return { object: applyNew(context, target, config), created: true, warnings };
  }
  const version = asString(at(config, 'metadata', 'resourceVersion'));
  if (version !== '') checkVersion(target, live, config);
  return { object: applyObject(context, target, config, live), created: false, warnings };
}

interface ReadConfig {
  readonly config: JsonObject;
  readonly warnings: readonly string[];
}

/** Reads an applied configuration and checks it. */
export function readConfig(context: Context, target: Target, body: string): ReadConfig {
  const { object: given, duplicates } = readApply(body);
  checkConfigKind(target, given);
  checkConfig(writerOf(context, target), given);
  checkName(given, target.name);
  const { fieldValidation } = target.options;
  if (fieldValidation === 'Strict' && duplicates.length > 0) throw strictYaml(duplicates);
  placed(target, given);
  return { config: given, warnings: fieldValidation === 'Warn' ? duplicates : [] };
}

function checkConfigKind(target: Target, given: JsonObject): void {
  const { resource } = target;
  const kind = asString(given['kind']);
  const apiVersion = asString(given['apiVersion']);
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    const shown = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`invalid object type: ${shown}, Kind=${kind}`);
  }
}

function strictYaml(duplicates: readonly string[]): StatusError {
  const lines = duplicates.map((fault) => `\n  ${fault}`).join('');
  return badRequest(
    `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${lines}`,
  );
}

/** There is nothing that could have the uid that a configuration for a new object gives. */
function checkNoUid({ resource, name }: Target, given: JsonObject): void {
  const uid = asString(at(given, 'metadata', 'uid'));
  if (uid === '') return;
  throw conflict(
    { group: resource.group, resource: resource.plural },
    name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
}
