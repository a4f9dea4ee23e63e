import { spawn } from 'node:child_process';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gitText } from '../src/git-objects.ts';
import { reply, type Answer } from './servers.ts';

export interface GitServerOptions {
  /** The one password that is accepted, with any user; none without it. */
  readonly token?: string;
  /** What happens instead of an answer, by request. */
  readonly trouble?: (request: IncomingMessage) => Trouble | undefined;
}

/**
 * `hang`: nothing is done, and nobody answers; `refuse`: nothing is done, and the connection breaks.
 * `mute` and `lose`: likewise, but what was asked for is done.
 */
export type Trouble = 'hang' | 'refuse' | 'mute' | 'lose';

/** Serves all bare repositories of a folder over HTTP, by Git's own CGI program. */
export async function gitServer(folder: string, options: GitServerOptions = {}): Promise<Answer> {
  const program = join(await gitText(folder, ['--exec-path']), 'git-http-backend');
  return (request, response) => {
    if (options.token !== undefined && passwordOf(request) !== options.token) {
      reply(response, 401, 'HTTP Basic: Access denied', {
        'www-authenticate': 'Basic realm="GitLab"',
        'content-type': 'text/plain',
      });
      return;
    }
    const trouble = options.trouble?.(request);
    if (trouble === 'hang') return;
    if (trouble === 'refuse') request.socket.destroy();
    else serve(program, folder, { request, response, trouble });
  };
}

/** Whether a request is a push. */
export function isPush(request: IncomingMessage): boolean {
  return request.method === 'POST' && (request.url ?? '').endsWith('/git-receive-pack');
}

function passwordOf(request: IncomingMessage): string | undefined {
  const [, encoded] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
  return encoded === undefined
    ? undefined
    : Buffer.from(encoded, 'base64').toString().split(':').slice(1).join(':');
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly trouble: Trouble | undefined;
}

function serve(program: string, folder: string, { request, response, trouble }: Exchange): void {
  const backend = spawn(program, {
    env: cgiEnvironment(folder, request),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  backend.once('close', () => {
    if (trouble === 'lose') request.socket.destroy();
    else if (trouble === undefined) answer(response, Buffer.concat(chunks));
  });
}

function cgiEnvironment(folder: string, request: IncomingMessage): Record<string, string> {
  const url = new URL(request.url ?? '/', 'http://git');
  return {
    PATH: process.env['PATH'] ?? '',
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    // Without it the program reads to the end of its input, also of chunked requests.
    ...(request.headers['content-length'] === undefined
      ? {}
      : { CONTENT_LENGTH: request.headers['content-length'] }),
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REMOTE_USER: 'tester',
    REQUEST_METHOD: request.method ?? 'GET',
  };
}

/** A CGI program prints headers, an empty line, and the body. */
function answer(response: ServerResponse, printed: Buffer): void {
  const end = printed.indexOf('\r\n\r\n');
  const headers = printed
    .subarray(0, end)
    .toString()
    .split('\r\n')
    .map((line): [string, string] => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    });
  const { status = '200', ...rest } = Object.fromEntries(headers);
  response.writeHead(Number(status.split(' ')[0]), rest);
  response.end(printed.subarray(end + 4));
}
