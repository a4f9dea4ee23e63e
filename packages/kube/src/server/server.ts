import { authenticate } from '../auth/authenticate.ts';
import { isAllowed, isPathAllowed } from '../auth/authorize.ts';
import { asString, at, type JsonObject } from '../json/value.ts';
import { byteLength } from '../text/utf8.ts';
import { negotiate } from '../request/accept.ts';
import { maxBody } from '../request/body.ts';
import {
  type ApiRequest,
  type ApiResponse,
  type ParsedPath,
  parsePath,
  type ResourcePath,
  verbOf,
} from '../request/request.ts';
import { createResourceIndex } from '../resources/resource-index.ts';
import {
  forbidden,
  internal,
  methodNotAllowed,
  noSuchResource,
  StatusError,
  tooLarge,
} from '../status/status-error.ts';
import { createStore, type Store, type StoreSnapshot } from '../store/store.ts';
import type { Context, ServerOptions, User, Writing } from './context.ts';
import { answerPlain, forbiddenPath, pageNotFound } from './plain-paths.ts';
import { answerError, answerJson } from './respond.ts';
import { answerResource } from './route.ts';
import { seed } from './seed.ts';
import { refuseOtherVersion } from './unsupported.ts';

/** A Kubernetes API server without sockets. */
export interface ApiServer {
  readonly store: Store;
  readonly context: Context;
  /** Answers one request. It never throws and never waits. */
  handle(request: ApiRequest): ApiResponse;
  /** Forgets all history but the newest state. */
  compact(): void;
  snapshot(): StoreSnapshot;
  restore(snapshot: StoreSnapshot): void;
}

/** Makes a server with the namespaces that every cluster has. */
export function createServer(options: ServerOptions): ApiServer {
  const store = createStore();
  const context: Context = {
    store,
    resources: createResourceIndex(store),
    options,
    texts: new WeakMap(),
    shown: new WeakMap(),
    writing: undefined,
  };
  if (options.audit !== undefined) {
    store.subscribeAll(({ resource, object }) => {
      if (context.writing?.storage === resource) context.writing.object = object;
    });
  }
  seed(context);
  return {
    store,
    context,
    handle: (request) => handle(context, request),
    compact: () => {
      store.compact(store.revision());
    },
    snapshot: () => store.snapshot(),
    restore: (from) => {
      store.restore(from);
      context.resources.refresh();
    },
  };
}

function handle(context: Context, request: ApiRequest): ApiResponse {
  try {
    return answer(context, request);
  } catch (error) {
    const failure =
      error instanceof StatusError ? error : internal(`Internal error occurred: ${String(error)}`);
    return answerError(failure, acceptedForErrors(request));
  }
}

function acceptedForErrors(request: ApiRequest): ReturnType<typeof negotiate> {
  try {
    return negotiate(request.headers['accept']);
  } catch {
    return negotiate(undefined);
  }
}

function answer(context: Context, request: ApiRequest): ApiResponse {
  if (
    (request.bytes?.length ?? 0) > maxBody ||
    (request.body.length > maxBody / 4 && byteLength(request.body) > maxBody)
  ) {
    throw tooLarge(maxBody);
  }
  const user = authenticate(context, request);
  const parsed = parsePath(request.path);
  if (parsed.resource === undefined) return answerPath(context, request, { parsed, user });
  return answerCall(context, request, { parsed, user, path: parsed.resource });
}

interface PathCall {
  readonly parsed: ParsedPath;
  readonly user: User;
}

function answerPath(
  context: Context,
  request: ApiRequest,
  { parsed, user }: PathCall,
): ApiResponse {
  const verb = request.method.toLowerCase();
  const path = parsed.path;
  if (!isPathAllowed(context, user, { verb, path })) throw forbiddenPath(user.name, verb, path);
  if (path === compactPath && verb === 'post') return answerCompact(context, request);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  return answerPlain(context, request, parsed);
}

/**
 * A POST to this path makes the server forget its history, as etcd does when it is told to compact. A real API server
 * answers it with 404.
 */
export const compactPath = '/tidegate/compact';

function answerCompact({ store }: Context, request: ApiRequest): ApiResponse {
  const revision = store.revision();
  store.compact(revision);
  const message = `the history up to revision ${revision} is forgotten`;
  return answerJson(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', message, code: 200 },
    200,
    { accepted: negotiate(request.headers['accept']), include: '', warnings: [] },
  );
}

interface Call extends PathCall {
  readonly path: ResourcePath;
}

function answerCall(
  context: Context,
  request: ApiRequest,
  { parsed, user, path }: Call,
): ApiResponse {
  const verb = verbOf(request.method, path, parsed.query);
  authorize(context, user, { path, verb: verb ?? request.method.toLowerCase() });
  const resource = context.resources.byPath(path.group, path.version, path.plural);
  if (resource === undefined) return missing(context, path);
  if (verb === undefined) throw methodNotAllowed();
  const call = { ...path, request, query: parsed.query, user, verb, resource };
  if (context.options.audit === undefined || !writes.has(verb))
    return answerResource(context, call);
  const outer = context.writing;
  const writing: Writing = { storage: resource.storage, object: undefined };
  context.writing = writing;
  try {
    const response = answerResource(context, call);
    const dryRun = parsed.query.has('dryRun');
    const { object } = writing;
    audit(context, request, { path, user, verb, dryRun, status: response.status, object });
    return response;
  } finally {
    context.writing = outer;
  }
}

function missing(context: Context, path: ResourcePath): ApiResponse {
  refuseOtherVersion(path.group, path.version);
  const group = context.resources.groups().find((entry) => entry.group === path.group);
  if (group?.builtin === true) throw noSuchResource();
  return pageNotFound();
}

function authorize(
  context: Context,
  user: User,
  about: { readonly path: ResourcePath; readonly verb: string },
): void {
  const { path, verb } = about;
  const resource = path.plural;
  if (isAllowed(context, user, { ...path, verb, resource })) return;
  const full = path.subresource === '' ? resource : `${resource}/${path.subresource}`;
  const where =
    path.namespace === ''
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(path.namespace)}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(path.group)} ${where}`;
  throw forbidden({ group: path.group, resource }, path.name, why);
}

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

interface Audited {
  readonly path: ResourcePath;
  readonly user: User;
  readonly verb: string;
  readonly status: number;
  readonly dryRun: boolean;
  readonly object: JsonObject | undefined;
}

function audit(context: Context, request: ApiRequest, entry: Audited): void {
  const { path, object } = entry;
  const resource = path.group === '' ? path.plural : `${path.plural}.${path.group}`;
  context.options.audit?.({
    atMs: context.options.clock.nowMs(),
    user: entry.user.name,
    userAgent: request.headers['user-agent'] ?? '',
    verb: entry.verb,
    resource: path.subresource === '' ? resource : `${resource}/${path.subresource}`,
    namespace: path.namespace,
    name: path.name === '' ? asString(at(object, 'metadata', 'name')) : path.name,
    status: entry.status,
    dryRun: entry.dryRun,
    object,
  });
}
