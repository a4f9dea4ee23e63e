import {
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Cancellation } from '@tidegate/core';
import { createClient } from '../client/create-client.ts';
import type { KubeClient } from '../client/kube-client.ts';
import {
  StreamRefused,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '../client/transport.ts';
import {
  type AccessOptions,
  checkAccess,
  type ClusterAccess,
  openAccess,
} from './cluster-access.ts';

export interface HttpClientOptions extends AccessOptions {
  readonly userAgent: string;
  /** Milliseconds until an answer must begin; 60,000 when left out. Streams have no end of their own. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;

/** A client of a real cluster, or of any server, by kubeconfig. */
export function httpClient(options: HttpClientOptions): KubeClient {
  return createClient({ transport: httpTransport(options), userAgent: options.userAgent });
}

interface Connection {
  readonly access: ClusterAccess;
  readonly agent: HttpAgent;
  readonly timeoutMs: number;
}

/**
 * Sends requests over HTTP/1.1 with kept connections. Throws at once when a given kubeconfig cannot be used; whatever
 * else is wrong with it the first call says. An answer of 401 to credentials that change is tried again once with fresh ones.
 */
export function httpTransport(options: HttpClientOptions): Transport {
  checkAccess(options);
  const opening = openConnections(options);
  opening.catch(() => undefined);
  return {
    request: async (request) => send((await opening).calls, request),
    stream: (request, cancellation) => stream(opening, request, cancellation),
  };
}

interface Connections {
  readonly calls: Connection;
  readonly streams: Connection;
}

async function openConnections(options: HttpClientOptions): Promise<Connections> {
  const access = await openAccess(options);
  const shared = { access, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
  return {
    calls: { ...shared, agent: makeAgent(access.server, 64) },
    // Watches keep their connections: only the others are kept within bounds.
    streams: { ...shared, agent: makeAgent(access.server, Number.POSITIVE_INFINITY) },
  };
}

function makeAgent(server: URL, maxSockets: number): HttpAgent {
  const settings = { keepAlive: true, maxSockets };
  return server.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
}

async function open(connection: Connection, request: TransportRequest): Promise<IncomingMessage> {
  const incoming = await openOnce(connection, request);
  if (incoming.statusCode !== 401 || !connection.access.renew()) return incoming;
  incoming.resume();
  return openOnce(connection, request);
}

async function openOnce(
  connection: Connection,
  request: TransportRequest,
): Promise<IncomingMessage> {
  const { server } = connection.access;
  const secure = server.protocol === 'https:';
  const credentials = await connection.access.credentials();
  const length =
    request.body === '' ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
  const options: RequestOptions = {
    ...credentials,
    method: request.method,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? (secure ? 443 : 80) : server.port,
    path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
    headers: { ...(credentials.headers as Record<string, string>), ...request.headers, ...length },
    agent: credentials.agent ?? connection.agent,
  };
  return new Promise((resolve, reject) => {
    const made = (secure ? httpsRequest : httpRequest)(options, (incoming) => {
      clearTimeout(timer);
      resolve(incoming);
    });
    const timer = setTimeout(
      () => made.destroy(new Error(`no answer within ${connection.timeoutMs} ms`)),
      connection.timeoutMs,
    );
    made.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    made.end(request.body === '' ? undefined : request.body);
  });
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function answerOf(incoming: IncomingMessage): Promise<TransportAnswer> {
  const retryAfter = incoming.headers['retry-after'];
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { status: incoming.statusCode ?? 0, body: await readAll(incoming), headers };
}

async function send(connection: Connection, request: TransportRequest): Promise<TransportAnswer> {
  return answerOf(await open(connection, request));
}

async function* stream(
  opening: Promise<Connections>,
  request: TransportRequest,
  cancellation: Cancellation | undefined,
): AsyncGenerator<string> {
  const incoming = await open((await opening).streams, request);
  if (incoming.statusCode !== 200) throw new StreamRefused(await answerOf(incoming));
  const abort = (): void => {
    incoming.destroy();
  };
  if (cancellation?.aborted === true) abort();
  cancellation?.addEventListener('abort', abort);
  try {
    yield* lines(incoming);
  } catch (error) {
    if (cancellation?.aborted !== true) throw error;
  } finally {
    cancellation?.removeEventListener('abort', abort);
    incoming.destroy();
  }
}

/** Whole lines; a stream that breaks off within one fails. */
async function* lines(incoming: IncomingMessage): AsyncGenerator<string> {
  let rest: string[] = [];
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    const [first = '', ...others] = String(chunk).split('\n');
    rest.push(first);
    for (const part of others) {
      const line = rest.join('');
      if (line.trim() !== '') yield line;
      rest = [part];
    }
  }
  const end = rest.join('');
  if (end.trim() !== '') yield end;
}
