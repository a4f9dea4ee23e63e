import { manageApply } from '../apply/field-manager.ts';
import { readManagers, withManagers, withoutManagers } from '../apply/managed-fields.ts';
import { answerTokenRequest } from '../auth/reviews.ts';
import { asArray, asObject, asString, at, type JsonObject, withAt } from '../json/value.ts';
import { isProtobuf, readMessage, readObject } from '../request/body.ts';
import { deleteOptions, patchOptions, writeOptions } from '../request/options.ts';
import type { ApiAnswer } from '../request/request.ts';
import { builtinResources } from '../resources/builtin-resources.ts';
import { badRequest, conflict, methodNotAllowed, notImplemented } from '../status/status-error.ts';
import type { Context } from './context.ts';
import { deleteObject } from './delete.ts';
import { applyType, patchDocument, patchType, readConfig } from './patch.ts';
import { present } from './present.ts';
import { findObject } from './read.ts';
import { answerJson, type Output } from './respond.ts';
import type { ResourceCall } from './route.ts';
import {
  objectManagers,
  readScale,
  scaleManagers,
  scaleOf,
  withScale,
  writtenScale,
} from './scale.ts';
import { checkName, checkVersion, ordered, replaceObject, type Target, writerOf } from './write.ts';

const scaleResource = {
  ...(builtinResources[0] as (typeof builtinResources)[number]),
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  type: 'V1Scale',
};

/** Answers a request on a subresource other than status. */
export function answerSubresource(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  switch (call.subresource) {
    case 'scale':
      return answerScale(context, call, output);
    case 'token':
      return answerToken(context, call, output);
    case 'finalize':
      return finalize(context, call, output);
    case 'eviction':
      return evict(context, call, output);
    case 'binding':
      return bind(context, call, output);
    case 'log':
      return answerLog(context, call);
    default:
      throw notImplemented(
        `the subresource ${JSON.stringify(call.subresource)} of ${call.resource.plural}`,
      );
  }
}

/** The body of a request on a subresource, in JSON, YAML or protobuf. */
function bodyOf(call: ResourceCall, kind: string, type: string): JsonObject {
  const { request } = call;
  return (isProtobuf(request) ? readMessage(request, type) : readObject(request, kind)).object;
}

function answerScale(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  const { resource, namespace, name } = call;
  const live = findObject(context, resource, namespace, name);
  if (call.verb === 'get')
    return answerJson(readScale(resource, present(context, resource, live)), 200, output);
  const isApply = call.verb === 'patch' && patchType(call.request, scaleResource) === applyType;
  const stored = isApply ? applyScale(context, call, live) : updateScale(context, call, live);
  return answerJson(scaleOf(resource, present(context, resource, stored)), 200, output);
}

function updateScale(context: Context, call: ResourceCall, live: JsonObject): JsonObject {
  const { resource, name, request } = call;
  const patching = call.verb === 'patch';
  const userAgent = request.headers['user-agent'];
  const options = patching
    ? patchOptions(call.query, false, userAgent)
    : writeOptions(call.query, 'UpdateOptions', userAgent);
  const scale = patching
    ? patchDocument(scaleResource, writtenScale(resource, present(context, resource, live)), {
        type: patchType(request, scaleResource),
        body: request.body,
      })
    : bodyOf(call, 'Scale', 'V1Scale');
  checkName(scale, name);
  const target: Target = { ...call, options };
  const next = withScale(resource, live, scale);
  checkVersion(target, live, next);
  return replaceObject(context, target, next, live);
}

/** Applies a Scale: its manager is then one of the replicas of the object. */
function applyScale(context: Context, call: ResourceCall, live: JsonObject): JsonObject {
  const { resource } = call;
  const options = patchOptions(call.query, true, call.request.headers['user-agent']);
  const target: Target = { ...call, options };
  const before = writtenScale(resource, present(context, resource, live));
  const { config } = readConfig(context, { ...target, resource: scaleResource }, call.request.body);
  const applied = manageApply(
    { ...writerOf(context, { ...target, resource: scaleResource }), subresource: 'scale' },
    withManagers(before, scaleManagers(resource, live)),
    config,
    options.force,
  ).object;
  const next = withScale(resource, live, applied);
  checkVersion(target, live, next);
  const managers = objectManagers(resource, live, readManagers(applied));
  const manage: Target['manage'] = (_writer, _live, object) =>
    withManagers(withoutManagers(object), managers);
  return replaceObject(context, { ...target, manage }, next, live);
}

function answerToken(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  if (call.verb !== 'create') throw methodNotAllowed();
  const account = findObject(context, call.resource, call.namespace, call.name);
  const object = bodyOf(call, 'TokenRequest', 'AuthenticationV1TokenRequest');
  return answerJson(answerTokenRequest(context, account, object), 201, output);
}

function finalize(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  if (call.verb !== 'update') throw methodNotAllowed();
  const live = findObject(context, call.resource, '', call.name);
  const object = bodyOf(call, 'Namespace', 'V1Namespace');
  const finalizers = asArray(at(object, 'spec', 'finalizers'));
  const next = withAt(live, ['spec'], finalizers.length === 0 ? {} : { finalizers });
  const done = finalizers.length === 0 && at(live, 'metadata', 'deletionTimestamp') !== undefined;
  const written = ordered(call.resource, next);
  const stored = done
    ? (context.store.remove('namespaces', call.name, written) ?? written)
    : context.store.put('namespaces', call.name, written);
  return answerJson(stored, 200, output);
}

function evict(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  if (call.verb !== 'create') throw methodNotAllowed();
  const live = findObject(context, call.resource, call.namespace, call.name);
  const object = bodyOf(call, 'Eviction', 'V1Eviction');
  deleteObject(
    context,
    call.resource,
    live,
    deleteOptions(asObject(object['deleteOptions']), call.query),
  );
  return answerJson(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    201,
    output,
  );
}

function bind(context: Context, call: ResourceCall, output: Output): ApiAnswer {
  if (call.verb !== 'create') throw methodNotAllowed();
  const live = findObject(context, call.resource, call.namespace, call.name);
  const object = bodyOf(call, 'Binding', 'V1Binding');
  const node = asString(at(object, 'target', 'name'));
  if (node === '') throw badRequest('target.name must be set');
  const current = asString(at(live, 'spec', 'nodeName'));
  if (current !== '') {
    throw conflict(
      { group: '', resource: 'pods/binding' },
      call.name,
      `pod ${call.name} is already assigned to node ${JSON.stringify(current)}`,
    );
  }
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: new Date(context.options.clock.nowMs())
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
  };
  const conditions = [
    ...asArray(at(live, 'status', 'conditions')).filter(
      (entry) => at(entry, 'type') !== 'PodScheduled',
    ),
    scheduled,
  ];
  const next = withAt(
    withAt(live, ['spec', 'nodeName'], node),
    ['status', 'conditions'],
    conditions,
  );
  context.store.put('pods', `${call.namespace}/${call.name}`, next);
  const status: JsonObject = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  };
  return answerJson(status, 201, output);
}

/** There are no containers behind pods, and so no lines in their logs. */
function answerLog(context: Context, call: ResourceCall): ApiAnswer {
  findObject(context, call.resource, call.namespace, call.name);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: '' };
}
