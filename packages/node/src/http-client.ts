import { RemoteError, UsageError } from '@tidegate/core';
import { shownUrl, type ChartCredentials } from './chart-repository.ts';
import type { Clock } from './system-clock.ts';

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  /** Statuses that are answers, not failures. Default: 200. */
  readonly accept?: readonly number[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One request of any method, that is sent once. */
export interface HttpCall extends Omit<HttpRequest, 'accept'> {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly body?: string;
}

const triesMax = 3;
const firstPauseMs = 200;

/**
 * GETs a URL, trying again after failures that may pass by themselves. Throws RemoteError that never
 * shows credentials. Redirects are followed; credentials go to the first origin only.
 */
export async function httpGet(request: HttpRequest, clock: Clock): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await tryGet(request);
    if (answer instanceof RemoteError) {
      if (attempt >= triesMax) throw answer;
    } else if ((request.accept ?? [200]).includes(answer.status)) {
      return answer;
    } else if (!isTransient(answer.status) || attempt >= triesMax) {
      throw statusError(request.url, answer.status);
    }
    await clock.sleep(firstPauseMs * 2 ** (attempt - 1));
  }
}

/**
 * Sends a request once and gives whatever the server answers; no redirect is followed, for it could
 * lead any header elsewhere. Gives a RemoteError when no whole answer came, which leaves open whether
 * the server did what it was asked. Throws RemoteError for what is not asked at all, and for an answer
 * that is too long.
 */
export function httpSend(call: HttpCall): Promise<HttpAnswer | RemoteError> {
  const { method, body } = call;
  return exchange(call, { method, redirect: 'manual', ...(body === undefined ? {} : { body }) });
}

function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

function tryGet(request: HttpRequest): Promise<HttpAnswer | RemoteError> {
  return exchange(request, {});
}

type Exchange = Omit<HttpRequest, 'accept'>;

async function exchange(request: Exchange, init: RequestInit): Promise<HttpAnswer | RemoteError> {
  assertPlain(request.url);
  try {
    const response = await fetch(request.url, {
      ...init,
      headers: { 'user-agent': 'tidegate', ...request.headers },
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const body = await readBody(response, request);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    return new RemoteError(
      `${shownUrl(request.url)} cannot be reached: ${networkReason(error, request)}`,
      {
        cause: error,
        hint: 'check the URL, the network and, for a private certificate authority, NODE_EXTRA_CA_CERTS',
      },
    );
  }
}

/** A repository's index or a registry's challenge may name any URL. */
function assertPlain(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain =
    parsed !== undefined &&
    ['http:', 'https:'].includes(parsed.protocol) &&
    parsed.username === '' &&
    parsed.password === '';
  if (!isPlain) {
    throw new RemoteError(
      `${shownUrl(url)} cannot be asked: expected an http or https URL without credentials`,
    );
  }
}

async function readBody(response: Response, request: Exchange): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  const chunks = response.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of chunks ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > request.bytesMax) {
      throw new RemoteError(
        `${shownUrl(request.url)} is larger than ${request.bytesMax} bytes and was not read further`,
      );
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function networkReason(error: unknown, request: Exchange): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer within ${request.timeoutMs / 1000} s`;
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return code ?? message.replace(/[a-z][a-z+.-]*:\/\/\S+/gi, shownUrl);
}

function statusError(url: string, status: number): RemoteError {
  const refused = status === 401 || status === 403;
  return new RemoteError(
    refused
      ? `${shownUrl(url)} refuses access (HTTP ${status})`
      : `${shownUrl(url)} answers with HTTP ${status}`,
    {
      data: { status },
      ...(refused
        ? {
            hint: 'set TIDEGATE_CHARTS_USERNAME and TIDEGATE_CHARTS_PASSWORD, or TIDEGATE_CHARTS_TOKEN',
          }
        : {}),
    },
  );
}

/** The Authorization header of credentials. */
export function authorization(credentials: ChartCredentials): string {
  if ('token' in credentials) {
    const token = credentials.token.trim();
    // An error from the HTTP library would show the token.
    if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
    throw new UsageError('the token for the chart repository holds characters that no token has', {
      hint: 'TIDEGATE_CHARTS_TOKEN is to hold the token alone, on one line',
    });
  }
  const pair = `${credentials.username}:${credentials.password}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
