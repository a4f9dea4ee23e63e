import type { JsonObject } from '../json/value.ts';

/** A request, as plain data. Header names are in lower case. */
export interface ApiRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The body as bytes, where it is no text. */
  readonly bytes?: Uint8Array;
  /**
   * Asks for objects and lists themselves instead of their JSON, in `ApiAnswer.value` and `WatchSink.event`. They are
   * shared with the store: who takes them must not change them.
   */
  readonly values?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
  /** What the body would say, where the request asked for values; the body is empty then. */
  readonly value?: JsonObject;
}

export type WatchedType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Receives the lines of a watch. */
export interface WatchSink {
  /** Takes one event, a line of JSON. */
  send(line: string): void;
  /** Takes one event about an object of the store instead, where it is there. */
  event?(type: WatchedType, object: JsonObject): void;
  end(): void;
}

/** An answer that goes on: lines of events until `stop` is called or the server ends it. */
export interface ApiStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Starts the stream; call what it returns when the client is gone. */
  readonly start: (sink: WatchSink) => () => void;
}

export type ApiResponse = ApiAnswer | ApiStream;

export function isStream(response: ApiResponse): response is ApiStream {
  return 'start' in response;
}

export type Query = ReadonlyMap<string, readonly string[]>;

/** A path in its parts. */
export interface ParsedPath {
  readonly path: string;
  readonly query: Query;
  readonly resource: ResourcePath | undefined;
}

export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
  /** Whether the path has the old `/watch/` in it. */
  readonly watch: boolean;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const key = decode((cut < 0 ? pair : pair.slice(0, cut)).replaceAll('+', ' '));
    const value = cut < 0 ? '' : decode(pair.slice(cut + 1).replaceAll('+', ' '));
    query.set(key, [...(query.get(key) ?? []), value]);
  }
  return query;
}

/** First value of a parameter; undefined when it was not given. */
export function first(query: Query, key: string): string | undefined {
  return query.get(key)?.[0];
}

export function parsePath(target: string): ParsedPath {
  const cut = target.indexOf('?');
  const path = cut < 0 ? target : target.slice(0, cut);
  const query = parseQuery(cut < 0 ? '' : target.slice(cut + 1));
  return { path, query, resource: resourcePath(path) };
}

function resourcePath(path: string): ResourcePath | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [root, ...rest] = parts;
  if (root === 'api' && rest.length >= 2) return insideVersion('', rest[0] ?? '', rest.slice(1));
  if (root === 'apis' && rest.length >= 3)
    return insideVersion(rest[0] ?? '', rest[1] ?? '', rest.slice(2));
  return undefined;
}

const ofNamespace = new Set(['status', 'finalize']);

function insideVersion(
  group: string,
  version: string,
  rest: readonly string[],
): ResourcePath | undefined {
  const watch = rest[0] === 'watch';
  let parts = watch ? rest.slice(1) : rest;
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    if (parts.length > 2 && !ofNamespace.has(parts[2] ?? '')) parts = parts.slice(2);
    else namespace = '';
  }
  const [plural, name = '', ...sub] = parts;
  if (plural === undefined) return undefined;
  return { group, version, namespace, plural, name, subresource: sub.join('/'), watch };
}

/** The verb of a request on a resource, as RBAC knows it. */
export function verbOf(method: string, path: ResourcePath, query: Query): string | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (path.name !== '' && !path.watch) return 'get';
      return path.watch || isTrue(first(query, 'watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return path.name === '' ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && (value === '' || value === '1' || value.toLowerCase() === 'true');
}
