import type { Cancellation } from '@tidegate/core';
import {
  asArray,
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import {
  type DeleteCallOptions,
  type KubeClient,
  KubeError,
  type KubeList,
  type ListCallOptions,
  type ObjectRef,
  type Patch,
  type ResourceType,
  type SelectOptions,
  type WatchCallOptions,
  type WatchEvent,
  type WriteCallOptions,
} from './kube-client.ts';
import { StreamRefused, type Transport, type TransportAnswer } from './transport.ts';

export interface ClientOptions {
  readonly transport: Transport;
  /** Names the program in audits and as field manager. */
  readonly userAgent: string;
}

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

function pathOf(
  type: ResourceType,
  ref: { readonly namespace?: string; readonly name?: string },
  subresource?: string,
): string {
  const root = type.apiVersion.includes('/')
    ? `/apis/${type.apiVersion}`
    : `/api/${type.apiVersion}`;
  const parts = [root];
  if (ref.namespace !== undefined && ref.namespace !== '')
    parts.push('namespaces', encodeURIComponent(ref.namespace));
  parts.push(type.plural);
  if (ref.name !== undefined) parts.push(encodeURIComponent(ref.name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

function queryOf(parameters: Parameters): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== '' && value !== false)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function writeQuery(options: WriteCallOptions = {}): Parameters {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? 'All' : undefined,
    fieldValidation: options.fieldValidation,
  };
}

function selectQuery(options: SelectOptions): Parameters {
  return { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
}

function parse(answer: TransportAnswer): Json {
  if (answer.value !== undefined) return answer.value;
  try {
    return JSON.parse(answer.body) as Json;
  } catch {
    return {
      message: answer.body.trim() === '' ? `the API answered ${answer.status}` : answer.body.trim(),
    };
  }
}

/** What the API said against a call, with when to come again where it says so. */
function refusal(answer: TransportAnswer): KubeError {
  const status = asObject(parse(answer));
  const asked = answer.headers?.['retry-after'] ?? at(status, 'details', 'retryAfterSeconds');
  const seconds = asked === undefined ? Number.NaN : Number(asked);
  return new KubeError(answer.status, status, seconds >= 0 ? seconds : undefined);
}

function checked(answer: TransportAnswer): Json {
  const value = parse(answer);
  if (answer.status >= 200 && answer.status < 300) return value;
  throw refusal(answer);
}

const mediaTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

function refOf(object: JsonObject): { namespace: string; name: string } {
  return {
    namespace: asString(at(object, 'metadata', 'namespace')),
    name: asString(at(object, 'metadata', 'name')),
  };
}

/** A client over any transport. */
export function createClient(options: ClientOptions): KubeClient {
  const base = { accept: 'application/json', 'user-agent': options.userAgent };
  const call = async (
    method: string,
    path: string,
    body?: Json,
    type = 'application/json',
  ): Promise<Json> => {
    const headers = body === undefined ? base : { ...base, 'content-type': type };
    const text = body === undefined ? '' : JSON.stringify(body);
    return checked(await options.transport.request({ method, path, headers, body: text }));
  };
  const object = async (...args: [string, string, Json?, string?]): Promise<JsonObject> =>
    asObject(await call(...args));
  return {
    get: (type, ref) => object('GET', pathOf(type, ref)),
    list: async (type, list = {}) =>
      readList(type, asObject(await call('GET', listPath(type, list)))),
    watch: (type, watch, cancellation) =>
      watchEvents(options, pathOf(type, withNamespace(watch)) + watchQuery(watch), cancellation),
    create: (type, given, write) =>
      object(
        'POST',
        pathOf(type, { namespace: refOf(given).namespace }) + queryOf(writeQuery(write)),
        given,
      ),
    update: (type, given, write) =>
      object(
        'PUT',
        pathOf(type, refOf(given), write?.subresource) + queryOf(writeQuery(write)),
        given,
      ),
    patch: (type, ref, patch, write) =>
      object(
        'PATCH',
        pathOf(type, ref, write?.subresource) + queryOf(writeQuery(write)),
        patchBody(patch),
        mediaTypes[patch.type],
      ),
    apply: (type, given, apply) => {
      const query = queryOf({ ...writeQuery(apply), force: apply.force });
      return object(
        'PATCH',
        pathOf(type, refOf(given), apply.subresource) + query,
        given,
        'application/apply-patch+yaml',
      );
    },
    delete: (type, ref, remove) => object('DELETE', pathOf(type, ref), deleteBody(remove)),
    deleteCollection: async (type, select, remove) => {
      await call(
        'DELETE',
        pathOf(type, withNamespace(select)) + queryOf(selectQuery(select)),
        deleteBody(remove),
      );
    },
    raw: (path) => call('GET', path),
  };
}

function withNamespace(options: SelectOptions): { namespace?: string } {
  return options.namespace === undefined ? {} : { namespace: options.namespace };
}

function listPath(type: ResourceType, list: ListCallOptions): string {
  const query = {
    ...selectQuery(list),
    limit: list.limit,
    continue: list.continueToken,
    resourceVersion: list.resourceVersion,
    resourceVersionMatch: list.resourceVersionMatch,
  };
  return pathOf(type, withNamespace(list)) + queryOf(query);
}

/** Items of built-in kinds come without kind and apiVersion: they are put back. */
function readList(type: ResourceType, list: JsonObject): KubeList {
  const kind = asString(list['kind']).replace(/List$/, '');
  const remaining = at(list, 'metadata', 'remainingItemCount');
  return {
    items: asArray(list['items'])
      .map(asObject)
      .map((item) =>
        item['kind'] === undefined ? { apiVersion: type.apiVersion, kind, ...item } : item,
      ),
    resourceVersion: asString(at(list, 'metadata', 'resourceVersion')),
    continueToken: asString(at(list, 'metadata', 'continue')),
    remainingItemCount: typeof remaining === 'number' ? remaining : undefined,
  };
}

function watchQuery(watch: WatchCallOptions): string {
  return queryOf({
    watch: 'true',
    ...selectQuery(watch),
    resourceVersion: watch.resourceVersion,
    allowWatchBookmarks: watch.bookmarks,
    sendInitialEvents: watch.sendInitialEvents,
    resourceVersionMatch: watch.sendInitialEvents === true ? 'NotOlderThan' : undefined,
    timeoutSeconds: watch.timeoutSeconds,
  });
}

function patchBody(patch: Patch): Json {
  return patch.type === 'json' ? [...patch.operations] : patch.patch;
}

function deleteBody(options: DeleteCallOptions = {}): JsonObject {
  const body: JsonObject = { apiVersion: 'v1', kind: 'DeleteOptions' };
  if (options.propagationPolicy !== undefined)
    body['propagationPolicy'] = options.propagationPolicy;
  if (options.gracePeriodSeconds !== undefined)
    body['gracePeriodSeconds'] = options.gracePeriodSeconds;
  if (options.preconditions !== undefined) body['preconditions'] = { ...options.preconditions };
  if (options.dryRun === true) body['dryRun'] = ['All'];
  return body;
}

async function* watchEvents(
  options: ClientOptions,
  path: string,
  cancellation: Cancellation | undefined,
): AsyncGenerator<WatchEvent> {
  const headers = { accept: 'application/json', 'user-agent': options.userAgent };
  const request = { method: 'GET', path, headers, body: '' };
  const { transport } = options;
  const events =
    transport.events?.(request, cancellation) ?? transport.stream(request, cancellation);
  try {
    for await (const event of events) {
      yield typeof event === 'string' ? readEvent(event) : event;
    }
  } catch (error) {
    throw error instanceof StreamRefused ? refusal(error.answer) : error;
  }
}

const eventTypes = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/** One line of a watch. A line that was cut, or is something else, ends the watch: what came before it counts. */
function readEvent(line: string): WatchEvent {
  let event: Json;
  try {
    event = JSON.parse(line) as Json;
  } catch {
    throw new Error(`the watch sent a line that is no JSON: ${shortened(line)}`);
  }
  if (!eventTypes.has(asString(at(event, 'type'))) || !isObject(at(event, 'object')))
    throw new Error(`the watch sent a line that is no event: ${shortened(line)}`);
  return event as unknown as WatchEvent;
}

function shortened(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line);
}

/** The reference of an object. */
export function objectRef(object: JsonObject): ObjectRef {
  const { namespace, name } = refOf(object);
  return namespace === '' ? { name } : { name, namespace };
}
