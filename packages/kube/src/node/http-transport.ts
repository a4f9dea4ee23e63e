import {
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cancellation } from '@tidegate/core';
import { createClient } from '../client/create-client.ts';
import type { KubeClient } from '../client/kube-client.ts';
import {
  StreamRefused,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '../client/transport.ts';

export interface HttpClientOptions {
  readonly userAgent: string;
  /** Text of a kubeconfig file. Without it and without a path: the cluster that this runs in, or the user's own file. */
  readonly kubeconfig?: string;
  readonly kubeconfigPath?: string;
  readonly context?: string;
  /** Milliseconds until an answer must begin. Streams have no end of their own. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;

/** A client of a real cluster, or of any server, by kubeconfig. */
export function httpClient(options: HttpClientOptions): KubeClient {
  return createClient({ transport: httpTransport(options), userAgent: options.userAgent });
}

function loadConfig(options: HttpClientOptions): KubeConfig {
  const config = new KubeConfig();
  if (options.kubeconfig !== undefined) config.loadFromString(options.kubeconfig);
  else if (options.kubeconfigPath !== undefined) config.loadFromFile(options.kubeconfigPath);
  else config.loadFromDefault();
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return config;
}

interface Connection {
  readonly server: URL;
  readonly agent: HttpAgent;
  readonly timeoutMs: number;
  /** Credentials and certificates, as the kubeconfig says now. */
  readonly credentials: () => Promise<RequestOptions>;
}

/** Sends requests over HTTP/1.1 with kept connections. */
export function httpTransport(options: HttpClientOptions): Transport {
  const config = loadConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster');
  const server = new URL(cluster.server);
  const shared = {
    server,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    credentials: credentialsOf(config, server),
  };
  const connection = { ...shared, agent: makeAgent(server, 64) };
  // Watches keep their connections: only the others are kept within bounds.
  const streams = { ...shared, agent: makeAgent(server, Number.POSITIVE_INFINITY) };
  return {
    request: (request) => send(connection, request),
    stream: (request, cancellation) => stream(streams, request, cancellation),
  };
}

/** Reads credentials once where they cannot change, and for each request where they can. */
function credentialsOf(config: KubeConfig, server: URL): () => Promise<RequestOptions> {
  const user = config.getCurrentUser();
  if (server.protocol === 'http:') {
    const headers = user?.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
    return () => Promise.resolve({ headers });
  }
  const read = async (): Promise<RequestOptions> => {
    const found: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(found);
    delete found.agent;
    return found;
  };
  const changes = user?.exec !== undefined || user?.authProvider !== undefined;
  if (changes) return read;
  let once: Promise<RequestOptions> | undefined;
  return () => (once ??= read());
}

function makeAgent(server: URL, maxSockets: number): HttpAgent {
  const settings = { keepAlive: true, maxSockets };
  return server.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
}

async function open(connection: Connection, request: TransportRequest): Promise<IncomingMessage> {
  const { server } = connection;
  const secure = server.protocol === 'https:';
  const credentials = await connection.credentials();
  const length =
    request.body === '' ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
  const options: RequestOptions = {
    ...credentials,
    method: request.method,
    host: server.hostname,
    port: server.port === '' ? (secure ? 443 : 80) : server.port,
    path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
    headers: { ...(credentials.headers as Record<string, string>), ...request.headers, ...length },
    agent: connection.agent,
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

async function send(connection: Connection, request: TransportRequest): Promise<TransportAnswer> {
  const incoming = await open(connection, request);
  return { status: incoming.statusCode ?? 0, body: await readAll(incoming) };
}

async function* stream(
  connection: Connection,
  request: TransportRequest,
  cancellation: Cancellation | undefined,
): AsyncGenerator<string> {
  const incoming = await open(connection, request);
  if (incoming.statusCode !== 200) {
    throw new StreamRefused({ status: incoming.statusCode ?? 0, body: await readAll(incoming) });
  }
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

async function* lines(incoming: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
