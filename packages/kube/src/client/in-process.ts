import type { Cancellation } from '@tidegate/core';
import { deepFreeze } from '../json/value.ts';
import { type ApiRequest, isStream, type WatchSink } from '../request/request.ts';
import type { ApiServer } from '../server/server.ts';
import { slowWatchLine } from '../status/slow-watch.ts';
import { utf8Decode } from '../text/utf8.ts';
import { createClient } from './create-client.ts';
import type { KubeClient, WatchEvent } from './kube-client.ts';
import {
  StreamRefused,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from './transport.ts';

export interface InProcessOptions {
  readonly userAgent: string;
  /** Bearer token of the caller. */
  readonly token?: string;
  /** Acts as another user, as `kubectl --as` does. */
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] };
  /** Lines of a watch that may wait for its reader. */
  readonly watchBuffer?: number;
}

const defaultBuffer = 100_000;

/**
 * A client of an embedded server, without sockets. What it answers are the objects of the server itself: they are
 * frozen, so that no caller can change what the server has.
 */
export function inProcessClient(server: ApiServer, options: InProcessOptions): KubeClient {
  const { stream: lines, limit, toRequest } = connect(server, options);
  const withValues = (request: TransportRequest): ApiRequest => ({
    ...toRequest(request),
    values: true,
  });
  return createClient({
    transport: {
      request: (request) => Promise.resolve(answer(server, withValues(request))),
      stream: lines,
      events: (request, cancellation) =>
        stream(server, withValues(request), { cancellation, limit, sinkOf: eventSink }),
    },
    userAgent: options.userAgent,
  });
}

/** Hands requests to an embedded server, with answers and events as text. */
export function inProcessTransport(server: ApiServer, options: InProcessOptions): Transport {
  const { stream: lines, toRequest } = connect(server, options);
  return {
    request: (request) => Promise.resolve(answer(server, toRequest(request))),
    stream: lines,
  };
}

interface Connection {
  readonly toRequest: (request: TransportRequest) => ApiRequest;
  readonly stream: Transport['stream'];
  readonly limit: number;
}

function connect(server: ApiServer, options: InProcessOptions): Connection {
  const caller = callerHeaders(options);
  const limit = options.watchBuffer ?? defaultBuffer;
  const toRequest = (request: TransportRequest): ApiRequest => ({
    ...request,
    headers: { ...request.headers, ...caller },
  });
  return {
    toRequest,
    limit,
    stream: (request, cancellation) =>
      stream(server, toRequest(request), { cancellation, limit, sinkOf: lineSink }),
  };
}

function callerHeaders(options: InProcessOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (options.impersonate !== undefined) {
    headers['impersonate-user'] = options.impersonate.user;
    const groups = options.impersonate.groups ?? [];
    if (groups.length > 0) headers['impersonate-group'] = groups.join(',');
  }
  return headers;
}

function bodyText(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : utf8Decode(body);
}

function answer(server: ApiServer, request: ApiRequest): TransportAnswer {
  const response = server.handle(request);
  if (isStream(response))
    return { status: 500, body: '{"message":"a stream was answered where none was asked for"}' };
  const { status, value } = response;
  return value === undefined
    ? { status, body: bodyText(response.body) }
    : { status, body: '', value: deepFreeze(value) };
}

/** Makes what receives a watch, from what takes each line or event of it. */
type SinkOf<T> = (take: (item: string | T) => void, end: () => void) => WatchSink;

const lineSink: SinkOf<never> = (take, end) => ({ send: take, end });

const eventSink: SinkOf<WatchEvent> = (take, end) => ({
  send: take,
  event: (type, object) => {
    take({ type, object: deepFreeze(object) });
  },
  end,
});

interface StreamOptions<T> {
  readonly cancellation: Cancellation | undefined;
  readonly limit: number;
  readonly sinkOf: SinkOf<T>;
}

async function* stream<T>(
  server: ApiServer,
  request: ApiRequest,
  options: StreamOptions<T>,
): AsyncGenerator<string | T> {
  const response = server.handle(request);
  if (!isStream(response))
    throw new StreamRefused({ status: response.status, body: bodyText(response.body) });
  const { cancellation } = options;
  const lines: (string | T)[] = [];
  let ended = cancellation?.aborted === true;
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  // What a watch begins with does not count: only what comes later may wait for the reader within bounds.
  let limit = Number.POSITIVE_INFINITY;
  const take = (item: string | T): void => {
    if (ended) return;
    const isFull = lines.length >= limit;
    lines.push(isFull ? slowWatchLine() : item);
    if (isFull) end();
    wake();
  };
  const stop = response.start(options.sinkOf(take, end));
  limit = lines.length + options.limit;
  cancellation?.addEventListener('abort', end);
  try {
    for (;;) {
      const line = lines.shift();
      if (line !== undefined) yield line;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    cancellation?.removeEventListener('abort', end);
    stop();
  }
}
