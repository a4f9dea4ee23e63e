import { RemoteError } from '@tidegate/core';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileSha256 } from './digest.ts';
import { hasCode } from './files.ts';

export interface ServeChartsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A Helm repository that is being served. */
export interface ServedCharts {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a packed Helm repository over HTTP: its index and its archives, nothing else. */
export async function serveCharts(
  folder: string,
  options: ServeChartsOptions,
): Promise<ServedCharts> {
  const server = createServer((request, response) => {
    void answer(folder, request, response);
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: ServeChartsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new RemoteError(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
      );
    });
    server.listen(port, host, () => {
      resolve();
    });
  });
}

async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = (request.url ?? '').split('?', 1)[0]?.slice(1) ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    end(response, 405);
  } else if (!isOffered(name)) {
    end(response, 404);
  } else {
    await sendFile(join(folder, name), request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else end(response, hasCode(error, 'ENOENT') ? 404 : 500);
    });
  }
}

function isOffered(name: string): boolean {
  return name === 'index.yaml' || /^[A-Za-z0-9][-+._A-Za-z0-9]*\.tgz$/.test(name);
}

async function sendFile(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${await fileSha256(path)}"`;
  if (request.headers['if-none-match'] === etag) {
    end(response, 304);
    return;
  }
  const type = path.endsWith('.tgz') ? 'application/gzip' : 'text/yaml; charset=utf-8';
  const { size } = await stat(path);
  response.writeHead(200, { 'content-type': type, 'content-length': size, etag });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}
