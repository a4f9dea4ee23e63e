import { gzipSync } from 'node:zlib';
import { sha256 } from '../src/digest.ts';
import { reply, type Answer } from './servers.ts';

/** A chart as the stand-ins offer it. The archive is no real chart: nothing here looks inside. */
export interface TestChart {
  readonly name: string;
  readonly version: string;
  /** Bytes that are sent. */
  bytes: Uint8Array;
  /** What the repository says their digest is. */
  readonly digest: string;
}

export function testChart(name: string, version: string): TestChart {
  const bytes = gzipSync(`chart ${name} ${version}`);
  return { name, version, bytes, digest: sha256(bytes) };
}

export function archiveName({ name, version }: TestChart): string {
  return `${name}-${version}.tgz`;
}

/** The index that `helm repo index` would write. */
export function indexText(charts: readonly TestChart[]): string {
  const names = [...new Set(charts.map(({ name }) => name))];
  const entries = names.flatMap((name) => [
    `  ${name}:`,
    ...charts
      .filter((chart) => chart.name === name)
      .flatMap((chart) => [
        `  - apiVersion: v2`,
        `    name: ${chart.name}`,
        `    version: ${chart.version}`,
        `    digest: ${chart.digest}`,
        `    urls:`,
        `    - ${archiveName(chart)}`,
      ]),
  ]);
  return ['apiVersion: v1', 'entries:', ...entries, ''].join('\n');
}

export interface HelmServerOptions {
  /** The Authorization header that is wanted; without it the answer is 401. */
  readonly authorization?: string;
  /** Path before the index and the archives. */
  readonly prefix?: string;
}

/** A Helm repository over HTTP, its index with an ETag. */
export function helmServer(
  charts: readonly TestChart[],
  { authorization, prefix = '' }: HelmServerOptions = {},
): Answer {
  return (request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(`${prefix}/`, '/');
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      reply(response, 401);
      return;
    }
    if (path === '/index.yaml') {
      const index = indexText(charts);
      const etag = `"${sha256(index)}"`;
      const isSame = request.headers['if-none-match'] === etag;
      reply(response, isSame ? 304 : 200, isSame ? '' : index, { etag });
      return;
    }
    const chart = charts.find((offered) => path === `/${archiveName(offered)}`);
    reply(response, chart === undefined ? 404 : 200, chart?.bytes ?? '');
  };
}

export interface RegistryServerOptions {
  /** Wanted for a token; without it tokens are for everybody. */
  readonly authorization?: string;
  /** No challenge at all. */
  readonly isOpen?: boolean;
  /** How often a token is asked for. */
  readonly onToken?: (scope: string, authorization: string | undefined) => void;
}

/** An OCI registry that holds charts below `/team/`, and gives a token for each image. */
export function registryServer(
  charts: readonly TestChart[],
  { authorization, isOpen = false, onToken }: RegistryServerOptions = {},
): Answer {
  return (request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`);
    const who = request.headers.authorization;
    if (url.pathname === '/token') {
      const scope = url.searchParams.get('scope') ?? '';
      onToken?.(scope, who);
      const isKnown = authorization === undefined || who === authorization;
      reply(response, isKnown ? 200 : 401, JSON.stringify({ token: `for-${scope}` }));
      return;
    }
    const { name, kind, reference } = registryPath(url.pathname);
    const scope = `repository:team/${name}:pull`;
    if (!isOpen && who !== `Bearer for-${scope}`) {
      const challenge = `Bearer realm="${url.origin}/token",service="stand-in",scope="${scope}"`;
      reply(response, 401, '', { 'www-authenticate': challenge });
      return;
    }
    const own = charts.filter((chart) => chart.name === name);
    reply(response, ...registryAnswer(own, kind, reference));
  };
}

function registryPath(path: string): Record<'name' | 'kind' | 'reference', string> {
  const match = /^\/v2\/team\/([^/]+)\/(manifests|blobs|tags)\/(.+)$/.exec(path);
  const [, name = '', kind = '', reference = ''] = match ?? [];
  return { name, kind, reference };
}

function registryAnswer(
  own: readonly TestChart[],
  kind: string,
  reference: string,
): [status: number, body: string | Uint8Array] {
  const tag = (chart: TestChart): string => chart.version.replaceAll('+', '_');
  if (kind === 'tags') {
    return own.length === 0 ? [404, ''] : [200, JSON.stringify({ tags: own.map(tag) })];
  }
  if (kind === 'blobs') {
    const chart = own.find(({ digest }) => reference === `sha256:${digest}`);
    return chart === undefined ? [404, ''] : [200, chart.bytes];
  }
  const chart = own.find((offered) => tag(offered) === reference);
  return chart === undefined ? [404, ''] : [200, manifest(chart)];
}

function manifest({ digest, bytes }: TestChart): string {
  return JSON.stringify({
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    layers: [
      { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', digest: 'sha256:00' },
      {
        mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        digest: `sha256:${digest}`,
        size: bytes.length,
      },
    ],
  });
}
