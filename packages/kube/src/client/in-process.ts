import type { Cancellation } from '@tidegate/core';
import { type ApiRequest, isStream } from '../request/request.ts';
import type { ApiServer } from '../server/server.ts';
import { slowWatchLine } from '../status/slow-watch.ts';
import { utf8Decode } from '../text/utf8.ts';
import { createClient } from './create-client.ts';
import type { KubeClient } from './kube-client.ts';
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

/** A client of an embedded server, without sockets. */
export function inProcessClient(server: ApiServer, options: InProcessOptions): KubeClient {
  return createClient({
    transport: inProcessTransport(server, options),
    userAgent: options.userAgent,
  });
}

/** Hands requests to an embedded server. */
export function inProcessTransport(server: ApiServer, options: InProcessOptions): Transport {
  const toRequest = (request: TransportRequest): ApiRequest => ({
    ...request,
    headers: { ...request.headers, ...callerHeaders(options) },
  });
  return {
    request: (request) => Promise.resolve(answer(server, toRequest(request))),
    stream: (request, cancellation) =>
      stream(server, toRequest(request), {
        cancellation,
        limit: options.watchBuffer ?? defaultBuffer,
      }),
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
  return { status: response.status, body: bodyText(response.body) };
}

interface StreamOptions {
  readonly cancellation: Cancellation | undefined;
  readonly limit: number;
}

async function* stream(
  server: ApiServer,
  request: ApiRequest,
  options: StreamOptions,
): AsyncGenerator<string> {
  const response = server.handle(request);
  if (!isStream(response))
    throw new StreamRefused({ status: response.status, body: bodyText(response.body) });
  const { cancellation } = options;
  const lines: string[] = [];
  let ended = cancellation?.aborted === true;
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  // What a watch begins with does not count: only what comes later may wait for the reader within bounds.
  let limit = Number.POSITIVE_INFINITY;
  const stop = response.start({
    send: (line) => {
      if (ended) return;
      const isFull = lines.length >= limit;
      lines.push(isFull ? slowWatchLine() : line);
      if (isFull) end();
      wake();
    },
    end,
  });
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
