import { RemoteError, valueAt } from '@tidegate/core';
import {
  chartBytesMax,
  missingVersion,
  type ChartCredentials,
  type ChartRepository,
} from './chart-repository.ts';
import { authorization, httpGet, type HttpAnswer } from './http-client.ts';
import { bearerChallenge, fetchToken, imageOf, isLoopback, parseJson } from './registry-auth.ts';
import type { Clock } from './system-clock.ts';

const manifestTypes = 'application/vnd.oci.image.manifest.v1+json';
const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const timeoutMs = 60_000;

export interface RegistryOptions {
  readonly clock: Clock;
  readonly credentials: ChartCredentials | undefined;
}

/**
 * An OCI registry (distribution API v2) that holds charts as Helm pushes them. Anonymous, basic and
 * bearer-token registries; plain HTTP only on this machine.
 */
export function ociRegistry(repository: string, options: RegistryOptions): ChartRepository {
  const path = repository.replace(/^oci:\/\//, '').replace(/\/+$/, '');
  const slash = path.indexOf('/');
  const host = slash === -1 ? path : path.slice(0, slash);
  const prefix = slash === -1 ? '' : `${path.slice(slash + 1)}/`;
  const api = `${isLoopback(host) ? 'http' : 'https'}://${host}/v2/`;
  const session = openSession(options);
  return {
    versions: (name) => listTags(session, `${api}${prefix}${name}`),
    find: async (name, version) => {
      const image = `${api}${prefix}${name}`;
      // A tag cannot hold a plus; Helm writes an underscore.
      const tag = version.replaceAll('+', '_');
      const answer = await session(`${image}/manifests/${tag}`, [200, 404], 4 * 1024 * 1024);
      if (answer.status === 404) {
        throw missingVersion(repository, { name, version }, await listTags(session, image));
      }
      const digest = layerDigest(answer.body, `${image}:${tag}`);
      return {
        digest,
        download: async () => {
          const blob = await session(`${image}/blobs/sha256:${digest}`, [200], chartBytesMax);
          return blob.body;
        },
      };
    },
  };
}

type Session = (url: string, accept: readonly number[], bytesMax: number) => Promise<HttpAnswer>;

/**
 * Answers the registry's challenge once for each image, as a token is good for one, and keeps the
 * token for the requests that follow.
 */
function openSession({ credentials, clock }: RegistryOptions): Session {
  const own = credentials === undefined ? undefined : authorization(credentials);
  const tokens = new Map<string, string>();
  const get = (url: string, accept: readonly number[], bytesMax: number): Promise<HttpAnswer> => {
    const header = tokens.get(imageOf(url)) ?? own;
    return httpGet(
      {
        url,
        accept,
        bytesMax,
        timeoutMs,
        headers: {
          accept: `${manifestTypes}, application/json, */*`,
          ...(header === undefined ? {} : { authorization: header }),
        },
      },
      clock,
    );
  };
  return async (url, accept, bytesMax) => {
    const first = await get(url, [...accept, 401], bytesMax);
    if (first.status !== 401) return first;
    const challenge = bearerChallenge(first);
    if (challenge !== undefined) {
      tokens.set(imageOf(url), await fetchToken(challenge, url, { credentials, clock, timeoutMs }));
    }
    return get(url, accept, bytesMax);
  };
}

function layerDigest(manifest: Uint8Array, where: string): string {
  const layers = valueAt(parseJson(manifest, where), ['layers']);
  const layer: unknown = Array.isArray(layers)
    ? layers.find((item) => valueAt(item, ['mediaType']) === chartLayer)
    : undefined;
  const digest = valueAt(layer, ['digest']);
  const match = typeof digest === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(digest) : null;
  if (match?.[1] === undefined) throw new RemoteError(`${where} is no Helm chart`);
  return match[1];
}

async function listTags(session: Session, image: string): Promise<string[]> {
  const answer = await session(`${image}/tags/list`, [200, 401, 403, 404, 405], 4 * 1024 * 1024);
  const tags = answer.status === 200 ? valueAt(parseJson(answer.body, image), ['tags']) : undefined;
  return Array.isArray(tags)
    ? tags.filter((tag) => typeof tag === 'string').map((tag) => tag.replaceAll('_', '+'))
    : [];
}
