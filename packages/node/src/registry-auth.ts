import { RemoteError, valueAt } from '@tidegate/core';
import { shownUrl, type ChartCredentials } from './chart-repository.ts';
import { authorization, httpGet, type HttpAnswer } from './http-client.ts';
import type { Clock } from './system-clock.ts';

/** What a registry (distribution API v2) is asked with. */
export interface RegistryAccess {
  readonly clock: Clock;
  readonly credentials: ChartCredentials | undefined;
  readonly timeoutMs: number;
}

/** How a registry wants to be signed in to: a token service and what to ask it for. */
export interface Challenge {
  readonly realm: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Whether a registry's host is this machine, where plain HTTP is enough. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
}

/** The part of an API address that names the image: a token is good for one. */
export function imageOf(url: string): string {
  return url.replace(/\/(manifests|blobs|tags)\/[^/]*$/, '');
}

/** The challenge for a bearer token that an answer carries, if it does. */
export function bearerChallenge({ headers }: Pick<HttpAnswer, 'headers'>): Challenge | undefined {
  // A registry may offer several ways in one header.
  const bearer = /(?:^|,\s*)Bearer\s+(.*)$/i.exec(headers.get('www-authenticate') ?? '')?.[1];
  if (bearer === undefined) return undefined;
  // Parameters of another way that follows are not this one's: the first of a name counts.
  const pairs = [...bearer.matchAll(/(\w+)="([^"]*)"/g)]
    .map((match): [string, string] => [match[1] ?? '', match[2] ?? ''])
    .reverse();
  const { realm, ...parameters }: Record<string, string> = Object.fromEntries(pairs);
  return realm === undefined ? undefined : { realm, parameters };
}

/**
 * Signs in where the registry says, anonymously without credentials. `asked` is the address that the
 * registry answered with the challenge. Returns the Authorization header for it.
 */
export async function fetchToken(
  challenge: Challenge,
  asked: string,
  { clock, credentials, timeoutMs }: RegistryAccess,
): Promise<string> {
  const url = realmUrl(challenge.realm, asked);
  for (const name of ['service', 'scope']) {
    const value = challenge.parameters[name];
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: authorization(credentials) };
  const answer = await httpGet({ url: url.href, headers, timeoutMs, bytesMax: 1024 * 1024 }, clock);
  const body = parseJson(answer.body, shownUrl(url.href));
  const token = valueAt(body, ['token']) ?? valueAt(body, ['access_token']);
  // An error from the HTTP library would show a token that no header can hold.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new RemoteError(`${shownUrl(url.href)} answers without a token`);
  return `Bearer ${token}`;
}

/** Credentials go where the registry says, but never less protected than to the registry itself. */
function realmUrl(realm: string, asked: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && asked.startsWith('http:'));
  if (url === undefined || !isSafe) {
    throw new RemoteError(
      `${shownUrl(asked)} asks for a sign-in at ${shownUrl(realm)}; expected an https URL`,
    );
  }
  return url;
}

/** JSON that a registry answers with. `where` names it to people. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return parsed;
  } catch (error) {
    throw new RemoteError(`${where} answers with something that is not JSON`, { cause: error });
  }
}
