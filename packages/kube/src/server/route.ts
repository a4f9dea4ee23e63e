import { answerReview } from '../auth/reviews.ts';
import { asString, at, type JsonObject } from '../json/value.ts';
import { strategyOf } from '../kinds/strategies.ts';
import { type Accepted, checkAcceptable, negotiate, negotiateStream } from '../request/accept.ts';
import { isProtobuf, readDeleteOptions, readMessage, readObject } from '../request/body.ts';
import { deleteOptions, listOptions, writeOptions } from '../request/options.ts';
import { type ApiRequest, type ApiResponse, first, type Query } from '../request/request.ts';
import { hasSubresource, type Resource } from '../resources/resource.ts';
import {
  conflict,
  methodNotAllowed,
  noSuchResource,
  notFound,
  StatusError,
  verbNotSupported,
} from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import type { Context, User } from './context.ts';
import { decodeBody } from './decode-object.ts';
import { deleteObject, deletionAnswer, jobWarning } from './delete.ts';
import { applyPatch } from './patch.ts';
import { nameOf, namespaceOf, present } from './present.ts';
import { checkGetVersion, findObject, listPage } from './read.ts';
import { answerJson, answerList, answerObject, type Output } from './respond.ts';
import { answerSubresource } from './subresources.ts';
import { idleWarnings, refuseUnknownKind } from './unsupported.ts';
import { openWatch } from './watch.ts';
import { checkName, checkVersion, createObject, replaceObject, type Target } from './write.ts';

/** A request on a resource that is served. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly query: Query;
  readonly user: User;
  readonly verb: string;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Answers a request on a resource. */
export function answerResource(context: Context, call: ResourceCall): ApiResponse {
  checkPlace(call);
  refuseUnknownKind(call.resource, call.verb);
  const warnings = deprecation(call.resource);
  checkAcceptable(call.request.headers['accept'], call.verb === 'watch' || call.verb === 'list');
  if (call.verb === 'watch') return startWatch(context, call, warnings);
  const output = outputOf(call, negotiate(call.request.headers['accept']), warnings);
  try {
    return answerCall(context, call, output);
  } catch (error) {
    if (error instanceof StatusError) error.warnings = [...warnings, ...error.warnings];
    throw error;
  }
}

function answerCall(context: Context, call: ResourceCall, output: Output): ApiResponse {
  if (call.subresource !== '' && call.subresource !== 'status')
    return answerSubresource(context, call, output);
  switch (call.verb) {
    case 'get':
      return get(context, call, output);
    case 'list':
      return answerList(
        context,
        call.resource,
        listPage(context, call.resource, call.namespace, listOptions(call.query, false)),
        output,
      );
    case 'create':
      return create(context, call, output);
    case 'update':
      return update(context, call, output);
    case 'patch':
      return patch(context, call, output);
    case 'delete':
      return remove(context, call, output);
    default:
      return removeAll(context, call, output);
  }
}

const deprecated: ReadonlyMap<string, string> = new Map([
  ['endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  ['componentstatuses', 'v1 ComponentStatus is deprecated in v1.19+'],
]);

function deprecation(resource: Resource): readonly string[] {
  const warning =
    resource.custom?.deprecationWarning ??
    (resource.group === '' ? deprecated.get(resource.plural) : undefined);
  return warning === undefined ? [] : [warning];
}

function outputOf(call: ResourceCall, accepted: Accepted, warnings: readonly string[]): Output {
  const values = call.request.values === true && accepted.format === 'json';
  return { accepted, include: first(call.query, 'includeObject') ?? '', warnings, values };
}

function withWarnings(output: Output, warnings: readonly string[]): Output {
  return warnings.length === 0
    ? output
    : { ...output, warnings: [...output.warnings, ...warnings] };
}

const needsName = new Set(['update', 'patch']);
const needsNamespace = new Set(['create', 'deletecollection']);

function checkPlace(call: ResourceCall): void {
  const { resource, namespace, name, subresource, verb } = call;
  if (name === '' ? needsName.has(verb) : verb === 'create' && subresource === '')
    throw methodNotAllowed();
  if (resource.namespaced ? namespace === '' && name !== '' : namespace !== '')
    throw noSuchResource();
  if (resource.namespaced && namespace === '' && needsNamespace.has(verb)) throw methodNotAllowed();
  if (subresource !== '') checkSubresource(call);
  else if (!resource.verbs.includes(verb)) throw methodNotAllowed();
}

function checkSubresource({ resource, name, subresource, verb }: ResourceCall): void {
  // What is behind a proxy has paths of its own.
  const base = subresource.startsWith('proxy/') ? 'proxy' : subresource;
  const known = resource.subresources.find((entry) => entry.name === base);
  const of = { group: resource.group, resource: resource.plural };
  if (known === undefined)
    throw resource.custom === undefined ? noSuchResource() : notFound(of, name);
  if (known.verbs.includes(verb)) return;
  throw resource.custom === undefined ? methodNotAllowed() : verbNotSupported(of, verb);
}

function startWatch(
  context: Context,
  call: ResourceCall,
  warnings: readonly string[],
): ApiResponse {
  const accepted = negotiateStream(call.request.headers['accept']);
  const options = listOptions(call.query, true);
  const named =
    call.name === '' ? options : { ...options, fieldSelector: `metadata.name=${call.name}` };
  return openWatch(context, {
    resource: call.resource,
    namespace: call.namespace,
    options: named,
    accepted,
    include: first(call.query, 'includeObject') ?? '',
    warnings,
  });
}

function get(context: Context, call: ResourceCall, output: Output): ApiResponse {
  checkGetVersion(context, first(call.query, 'resourceVersion') ?? '');
  const stored = findObject(context, call.resource, call.namespace, call.name);
  return answer(context, call, stored, { ...output, status: 200 });
}

function answer(
  context: Context,
  call: ResourceCall,
  stored: JsonObject,
  output: Output & { readonly status: number },
): ApiResponse {
  return answerObject(context, call.resource, present(context, call.resource, stored), output);
}

function readBody(call: ResourceCall): { object: JsonObject; duplicates: readonly string[] } {
  const { type } = call.resource;
  if (isProtobuf(call.request) && type !== undefined) return readMessage(call.request, type);
  return readObject(call.request, call.resource.kind);
}

function stored(resource: Resource, object: JsonObject): JsonObject {
  if (resource.custom === undefined) return object;
  return { ...object, apiVersion: `${resource.group}/${resource.custom.storageVersion}` };
}

function create(context: Context, call: ResourceCall, output: Output): ApiResponse {
  const { resource, request } = call;
  const options = writeOptions(call.query, 'CreateOptions', request.headers['user-agent']);
  const decoded = decodeBody(resource, readBody(call), request.body, options.fieldValidation);
  const full = withWarnings(output, [
    ...decoded.warnings,
    ...idleWarnings(resource, decoded.object),
  ]);
  if (resource.verbs.length === 1) {
    return answerJson(answerReview(context, resource, call.user, decoded.object), 201, full);
  }
  const target: Target = { ...call, options };
  const made = createObject(context, target, stored(resource, decoded.object));
  return answer(context, call, made, { ...full, status: 201 });
}

function update(context: Context, call: ResourceCall, output: Output): ApiResponse {
  const { resource, request, name, namespace } = call;
  const options = writeOptions(call.query, 'UpdateOptions', request.headers['user-agent']);
  const decoded = decodeBody(resource, readBody(call), request.body, options.fieldValidation);
  checkName(decoded.object, name);
  const full = withWarnings(output, [
    ...decoded.warnings,
    ...idleWarnings(resource, decoded.object),
  ]);
  const target: Target = { ...call, options };
  const object = stored(resource, decoded.object);
  const live = context.store.get(resource.storage, keyOf(namespace, name));
  if (
    live === undefined &&
    strategyOf(resource).createOnUpdate === true &&
    call.subresource === ''
  ) {
    return answer(context, call, createObject(context, target, object), { ...full, status: 201 });
  }
  const current = findObject(context, resource, namespace, name);
  checkUid(call, object, current);
  checkVersion(target, current, object);
  return answer(context, call, replaceObject(context, target, object, current), {
    ...full,
    status: 200,
  });
}

function checkUid(call: ResourceCall, object: JsonObject, live: JsonObject): void {
  const { resource, name, namespace } = call;
  const given = asString(at(object, 'metadata', 'uid'));
  const known = asString(at(live, 'metadata', 'uid'));
  if (given === '' || given === known) return;
  const base =
    resource.group === '' || resource.custom === undefined
      ? resource.plural
      : `${resource.group}/${resource.plural}`;
  const key = `/registry/${base}/${keyOf(namespace, name)}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given}, UID in object meta: ${known}`;
  throw conflict({ group: resource.group, resource: resource.plural }, name, why);
}

function patch(context: Context, call: ResourceCall, output: Output): ApiResponse {
  const patched = applyPatch(context, call);
  const full = withWarnings(output, [
    ...patched.warnings,
    ...idleWarnings(call.resource, patched.object),
  ]);
  return answer(context, call, patched.object, { ...full, status: patched.created ? 201 : 200 });
}

function remove(context: Context, call: ResourceCall, output: Output): ApiResponse {
  const { resource } = call;
  const options = deleteOptions(readDeleteOptions(call.request), call.query);
  const live = findObject(context, resource, call.namespace, call.name);
  const deleted = deleteObject(context, resource, live, options);
  const orphaned =
    resource.kind === 'Job' && resource.group === 'batch' && options.propagation === undefined;
  const full = withWarnings(output, orphaned ? [jobWarning] : []);
  const status = deletionAnswer(resource, deleted);
  if (status !== undefined) return answerJson(status, 200, full);
  return answer(context, call, deleted.object, { ...full, status: 200 });
}

function removeAll(context: Context, call: ResourceCall, output: Output): ApiResponse {
  const { resource, namespace } = call;
  const options = deleteOptions(readDeleteOptions(call.request), call.query);
  const page = listPage(context, resource, namespace, listOptions(call.query, false));
  const objects = page.objects.map((object) =>
    findObject(context, resource, namespaceOf(object), nameOf(object)),
  );
  for (const object of objects) deleteObject(context, resource, object, options);
  return answerList(context, resource, page, output);
}

/** Whether a resource has its status apart. */
export function hasStatus(resource: Resource): boolean {
  return hasSubresource(resource, 'status');
}
