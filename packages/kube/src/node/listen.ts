import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { constants, createGzip, gzipSync } from 'node:zlib';
import {
  type ApiAnswer,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  isStream,
} from '../request/request.ts';
import { maxBody } from '../request/body.ts';
import { slowWatchLine } from '../status/slow-watch.ts';
import { badRequest, methodNotAllowed, toStatus } from '../status/status-error.ts';

export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Ends open watches and stops listening. */
  close(): Promise<void>;
}

/** A request as both versions of HTTP bring it. */
interface Incoming extends Readable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** An answer as both versions of HTTP take it. */
interface Outgoing extends Writable {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /** There in both, although the types of HTTP/2 do not say so. */
  flushHeaders?(): void;
}

export interface ListenOptions {
  readonly handle: (request: ApiRequest) => ApiResponse;
  readonly port: number;
  readonly host?: string;
  /** Serves HTTPS; kubectl sends tokens over nothing else. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Bytes of a watch that may wait for a slow reader before it is told to list again. */
  readonly watchBuffer?: number;
}

/** Smaller answers are not packed. */
const gzipFrom = 128 * 1024;
const defaultBuffer = 8 * 1024 * 1024;

/** Serves requests on the loopback address: over HTTP/1.1, and with a certificate over HTTP/2 too. */
export function listen(options: ListenOptions): Promise<Listening> {
  const watches = new Set<() => void>();
  const onRequest = (incoming: Incoming, outgoing: Outgoing): void => {
    readBody(incoming, (body) => {
      respond(options, { incoming, outgoing, body, watches });
    });
  };
  const server = makeServer(options, onRequest);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('clientError', refuse);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        port,
        url: `${options.tls === undefined ? 'http' : 'https'}://${options.host ?? '127.0.0.1'}:${port}`,
        close: () => close(server, { watches, sockets }),
      });
    });
  });
}

function makeServer(
  options: ListenOptions,
  onRequest: (incoming: Incoming, outgoing: Outgoing) => void,
): Server {
  const { tls } = options;
  if (tls === undefined)
    return createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, onRequest);
  return createSecureServer({ allowHTTP1: true, cert: tls.certificate, key: tls.key }, onRequest);
}

/** Answers what the parser of HTTP refuses: an unknown method is the one that Kubernetes has words for. */
function refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable) return;
  const failure =
    error.code === 'HPE_INVALID_METHOD'
      ? methodNotAllowed()
      : badRequest('the request could not be read');
  const body = JSON.stringify(toStatus(failure));
  const words = failure.code === 405 ? 'Method Not Allowed' : 'Bad Request';
  const head = `HTTP/1.1 ${failure.code} ${words}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
}

/** What is open while a server listens. */
interface Open {
  readonly watches: ReadonlySet<() => void>;
  readonly sockets: ReadonlySet<Socket>;
}

function close(server: Server, { watches, sockets }: Open): Promise<void> {
  for (const end of watches) end();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    for (const socket of sockets) socket.destroy();
  });
}

/** How much of a body that is too long is read and thrown away, so that its sender gets to read the answer. */
const maxDiscarded = 64 * 1024 * 1024;

/** Collects a body. One that is too long is answered at once; the rest of it is not kept. */
function readBody(incoming: Incoming, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let isDone = false;
  const finish = (): void => {
    if (isDone) return;
    isDone = true;
    done(Buffer.concat(chunks.splice(0)));
  };
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (!isDone) chunks.push(chunk);
    if (size > maxBody) finish();
    if (size > maxBody + maxDiscarded) incoming.destroy();
  });
  incoming.on('end', finish);
  incoming.on('error', () => undefined);
}

interface Exchange {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly body: Buffer;
  readonly watches: Set<() => void>;
}

function toRequest({ incoming, body }: Exchange): ApiRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const isBinary = (headers['content-type'] ?? '').includes('protobuf');
  const plain = { method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers };
  return isBinary ? { ...plain, body: '', bytes: body } : { ...plain, body: body.toString('utf8') };
}

function respond(options: ListenOptions, exchange: Exchange): void {
  const response = options.handle(toRequest(exchange));
  if (isStream(response)) stream(options, exchange, response);
  else send(exchange, response);
}

function wantsGzip(incoming: Incoming): boolean {
  const accepted = String(incoming.headers['accept-encoding'] ?? '');
  return accepted.split(',').some((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    return name === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function headersOf(response: ApiResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  return headers;
}

function send({ incoming, outgoing }: Exchange, response: ApiAnswer): void {
  const headers = headersOf(response);
  headers['cache-control'] = 'no-cache, private';
  let body =
    typeof response.body === 'string'
      ? Buffer.from(response.body, 'utf8')
      : Buffer.from(response.body);
  if (body.length >= gzipFrom && wantsGzip(incoming)) {
    body = gzipSync(body, { level: 4 });
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  headers['content-length'] = String(body.length);
  outgoing.writeHead(response.status, headers);
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

/** Packing costs memory for each watch: beyond this many, watches are sent as they are. */
const maxPackedWatches = 256;
/** Small windows, for small events. */
const watchGzip = { windowBits: 12, memLevel: 4, level: 4, chunkSize: 4096 } as const;
/** How long the reader of an ended watch may take for what is left. */
const lingerMs = 30_000;

/** Where the lines of a watch go, packed or not. */
interface LineWriter {
  write(line: string): void;
  end(): void;
  /** Bytes that wait for the reader. */
  waiting(): number;
}

function plainWriter(outgoing: Outgoing): LineWriter {
  return {
    write: (line) => outgoing.write(line),
    end: () => outgoing.end(),
    waiting: () => outgoing.writableLength,
  };
}

/** Packs lines; what was written in one go is handed on in one go, without waiting for more. */
function packedWriter(outgoing: Outgoing): LineWriter {
  const gzip = createGzip(watchGzip);
  gzip.pipe(outgoing);
  let isFlushing = false;
  let hasMore = false;
  const flush = (): void => {
    isFlushing = true;
    hasMore = false;
    gzip.flush(constants.Z_SYNC_FLUSH, () => {
      isFlushing = false;
      if (hasMore) flush();
    });
  };
  return {
    write: (line) => {
      gzip.write(line);
      hasMore = true;
      if (!isFlushing) flush();
    },
    end: () => gzip.end(),
    waiting: () => gzip.writableLength + gzip.readableLength + outgoing.writableLength,
  };
}

function stream(options: ListenOptions, exchange: Exchange, response: ApiStream): void {
  const { incoming, outgoing, watches } = exchange;
  const headers: Record<string, string | string[]> = {
    ...headersOf(response),
    'cache-control': 'no-cache, private',
  };
  const isPacked = wantsGzip(incoming) && watches.size < maxPackedWatches;
  if (isPacked) headers['content-encoding'] = 'gzip';
  outgoing.writeHead(response.status, headers);
  outgoing.flushHeaders?.();
  const writer = isPacked ? packedWriter(outgoing) : plainWriter(outgoing);
  // What a watch begins with is sent whole: only what comes later may wait for the reader within bounds.
  let limit = Number.POSITIVE_INFINITY;
  let done = false;
  let stop = (): void => undefined;
  const finish = (): void => {
    if (done) return;
    done = true;
    watches.delete(finish);
    setImmediate(() => {
      stop();
    });
    writer.end();
    const linger = setTimeout(() => outgoing.destroy(), lingerMs);
    linger.unref();
    outgoing.on('close', () => {
      clearTimeout(linger);
    });
  };
  watches.add(finish);
  outgoing.on('close', finish);
  outgoing.on('error', finish);
  stop = response.start({
    send: (line) => {
      if (done) return;
      if (writer.waiting() <= limit) {
        writer.write(line);
        return;
      }
      writer.write(slowWatchLine());
      finish();
    },
    end: () => {
      setImmediate(finish);
    },
  });
  limit = writer.waiting() + (options.watchBuffer ?? defaultBuffer);
}
