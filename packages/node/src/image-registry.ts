import {
  InputError,
  parseImageReference,
  RemoteError,
  UsageError,
  type ImageReference,
} from '@tidegate/core';
import { shownUrl, type ChartCredentials } from './chart-repository.ts';
import { authorization, httpGet, type HttpAnswer } from './http-client.ts';
import { Limiter } from './limiter.ts';
import {
  bearerChallenge,
  fetchToken,
  imageOf,
  isLoopback,
  type RegistryAccess,
} from './registry-auth.ts';
import type { Clock } from './system-clock.ts';

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const manifestBytesMax = 4 * 1024 * 1024;
const lookUpsMax = 4;
const pauseMs = 200;
const fetchTimeoutMsDefault = 30_000;

export interface ImageRegistryOptions {
  readonly clock: Clock;
  /** By registry as image references name it, with its port if it has one: `docker.io`. */
  readonly credentials: ReadonlyMap<string, ChartCredentials>;
  /** Registries that are asked over plain HTTP, besides those on this machine. */
  readonly plainHttpHosts?: ReadonlySet<string>;
  /** How long one request may take. */
  readonly fetchTimeoutMs?: number;
}

/** Says which images there are. Answers are remembered, failures are not. */
export interface ImageRegistry {
  /**
   * Whether a registry has an image, named as in a pod; by its digest where it has one. Throws
   * InputError for what is no image reference, RemoteError when the registry gives no clear answer.
   */
  hasTag(image: string): Promise<boolean>;
}

/**
 * Asks container registries (distribution API v2). Each registry gets its own credentials only: they
 * go to it and to the token service that it names itself, and along no redirect to another host.
 */
export function imageRegistry(options: ImageRegistryOptions): ImageRegistry {
  const limiter = new Limiter(lookUpsMax);
  const answers = new Map<string, Promise<boolean>>();
  const tokens = new Map<string, string>();
  return {
    hasTag: async (image) => {
      const reference = readReference(image);
      const url = manifestUrl(reference, options.plainHttpHosts);
      const session: Session = {
        clock: options.clock,
        credentials: options.credentials.get(reference.host),
        timeoutMs: options.fetchTimeoutMs ?? fetchTimeoutMsDefault,
        tokens,
      };
      const answer = answers.get(url) ?? limiter.run(() => hasManifest(url, session));
      answers.set(url, answer);
      try {
        return await answer;
      } catch (error) {
        if (answers.get(url) === answer) answers.delete(url);
        throw aboutImage(error, image, reference.host, session);
      }
    },
  };
}

function readReference(image: string): ImageReference {
  const reference = parseImageReference(image);
  if (reference !== undefined) return reference;
  // Somebody may have written credentials before the host.
  const shown = image.replace(/^([a-z][a-z+.-]*:\/\/)?.*@(?!sha\d+:)/is, '$1');
  throw new InputError(
    `${JSON.stringify(shown)} is no image reference; expected one such as registry.example.com/team/app:v1.2.0`,
  );
}

function manifestUrl(
  { host, repository, tag = 'latest', digest }: ImageReference,
  plainHttpHosts: ReadonlySet<string> = new Set(),
): string {
  const scheme = isLoopback(host) || plainHttpHosts.has(host) ? 'http' : 'https';
  const server = host === 'docker.io' ? 'registry-1.docker.io' : host;
  return `${scheme}://${server}/v2/${repository}/manifests/${digest ?? tag}`;
}

/** What requests to one registry share. */
interface Session extends RegistryAccess {
  /** Authorization headers by image, see {@link imageOf}. */
  readonly tokens: Map<string, string>;
}

/**
 * HEAD first: it is cheap, and registries that count pulls do not count it. What it does not answer
 * clearly, because it is refused, redirected or the registry has trouble, is left to GET.
 */
async function hasManifest(url: string, session: Session): Promise<boolean> {
  let head = await askOnce('HEAD', url, session);
  if (await signIn(url, head, session)) head = await askOnce('HEAD', url, session);
  if (head?.status === 200 && !isWebPage(head)) return true;
  if (head?.status === 404) return false;
  if (head?.status === 401) throw statusError(url, head.status);
  if (head === undefined || head.status === 429 || head.status >= 500) {
    await session.clock.sleep(pauseMs);
  }
  return isManifest(url, await getManifest(url, session));
}

type Answer = Pick<HttpAnswer, 'status' | 'headers'>;

/**
 * One request that follows no redirect, so what it answers is the registry's own word. Undefined when
 * there is no answer.
 */
async function askOnce(
  method: 'HEAD' | 'GET',
  url: string,
  session: Session,
): Promise<Answer | undefined> {
  const headers = requestHeaders(url, session);
  try {
    const {
      status,
      headers: answered,
      body,
    } = await fetch(url, {
      method,
      headers: { 'user-agent': 'tidegate', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(session.timeoutMs),
    });
    await body?.cancel();
    return { status, headers: answered };
  } catch {
    return undefined;
  }
}

async function getManifest(url: string, session: Session): Promise<HttpAnswer> {
  const get = (): Promise<HttpAnswer> =>
    httpGet(
      {
        url,
        headers: requestHeaders(url, session),
        timeoutMs: session.timeoutMs,
        bytesMax: manifestBytesMax,
        accept: [200, 400, 401, 403, 404],
      },
      session.clock,
    );
  const answer = await get();
  if (answer.status !== 401) return answer;
  // Whoever a redirect led to may have answered: only the registry itself may say where to sign in.
  return (await signIn(url, await askOnce('GET', url, session), session)) ? get() : answer;
}

function requestHeaders(url: string, { tokens, credentials }: Session): Record<string, string> {
  const own = credentials === undefined ? undefined : authorization(credentials);
  const header = tokens.get(imageOf(url)) ?? own;
  return header === undefined ? { accept } : { accept, authorization: header };
}

/** Takes a new token when the registry asks for one. Returns whether it did. */
async function signIn(url: string, answer: Answer | undefined, session: Session): Promise<boolean> {
  const challenge = answer?.status === 401 ? bearerChallenge(answer) : undefined;
  if (challenge === undefined) return false;
  session.tokens.set(imageOf(url), await fetchToken(challenge, url, session));
  return true;
}

/** Whether an answer to GET is a manifest, or says that there is none. Throws RemoteError otherwise. */
function isManifest(url: string, answer: HttpAnswer): boolean {
  if (answer.status === 200) {
    if (!isWebPage(answer)) return true;
    throw new RemoteError(`${shownUrl(url)} answers with a web page instead of a manifest`);
  }
  if (answer.status === 404) return false;
  if (answer.status === 400 && saysUnknown(answer)) return false;
  throw statusError(url, answer.status);
}

/** A proxy's sign-in page comes with status 200 as well. */
function isWebPage({ headers }: Answer): boolean {
  return /^\s*text\/html\b/i.test(headers.get('content-type') ?? '');
}

/** Whether a registry says with another status than 404 that it has no such image. */
function saysUnknown({ body }: HttpAnswer): boolean {
  const text = new TextDecoder().decode(body);
  return /"code"\s*:\s*"(MANIFEST|NAME)_UNKNOWN"/.test(text);
}

function statusError(url: string, status: number): RemoteError {
  const says = isRefusal(status)
    ? `refuses access (HTTP ${status})`
    : `answers with HTTP ${status}`;
  return new RemoteError(`${shownUrl(url)} ${says}`, { data: { status } });
}

function isRefusal(status: unknown): boolean {
  return status === 401 || status === 403;
}

/** The same failure, naming the image and speaking of its registry instead of a chart repository. */
function aboutImage(
  error: unknown,
  image: string,
  host: string,
  { credentials }: Session,
): unknown {
  if (error instanceof UsageError) {
    return new UsageError(`the token for the registry ${host} holds characters that no token has`);
  }
  if (!(error instanceof RemoteError)) return error;
  const refusedHint =
    credentials === undefined
      ? `there are no credentials for ${host}`
      : `the credentials for ${host} may be wrong, or may not read this image`;
  const hint = isRefusal(error.data['status']) ? refusedHint : error.hint;
  return new RemoteError(`cannot find out whether image ${image} exists: ${error.message}`, {
    cause: error,
    data: { ...error.data, image },
    ...(hint === undefined ? {} : { hint }),
  });
}
