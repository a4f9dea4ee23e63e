import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly etag: string | undefined;
}

export interface TestServer {
  readonly url: string;
  readonly host: string;
  readonly seen: SeenRequest[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts HTTP servers on this machine that are closed after each test. */
export function testServers(): (answer: Answer) => Promise<TestServer> {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });
  return async (answer) => {
    const seen: SeenRequest[] = [];
    const server = createServer((request, response) => {
      seen.push({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        etag: request.headers['if-none-match'],
      });
      answer(request, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing.push(
      () =>
        new Promise((resolve) => {
          server.close(() => {
            resolve();
          });
          server.closeAllConnections();
        }),
    );
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, seen };
  };
}

/** Answers with a status, a text and headers. */
export function reply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** An address of this machine where nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
