import { RemoteError, valueAt } from '@tidegate/core';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  chartBytesMax,
  missingVersion,
  shownUrl,
  type ChartCredentials,
  type ChartRepository,
} from './chart-repository.ts';
import { sha256 } from './digest.ts';
import { ignoreSystemErrors, isSystemError, writeAtomically } from './files.ts';
import {
  chartVersions,
  parseHelmIndex,
  pickVersion,
  type HelmIndex,
  type IndexedChart,
} from './helm-index.ts';
import { authorization, httpGet } from './http-client.ts';
import type { Clock } from './system-clock.ts';

const indexBytesMax = 256 * 1024 * 1024;

export interface HttpRepositoryOptions {
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly credentials: ChartCredentials | undefined;
}

/**
 * A Helm repository over HTTP or HTTPS. Its index is asked for once per process and kept on disk with
 * its ETag, so that an unchanged one is neither sent nor parsed again.
 */
export function httpRepository(url: string, options: HttpRepositoryOptions): ChartRepository {
  const base = url.endsWith('/') ? url : `${url}/`;
  let index: Promise<HelmIndex> | undefined;
  const chartsOf = async (name: string): Promise<readonly IndexedChart[]> =>
    chartVersions(await (index ??= fetchIndex(base, options)), name);
  return {
    versions: async (name) => (await chartsOf(name)).map(({ version }) => version),
    find: async (name, version) => {
      const charts = await chartsOf(name);
      const chart = pickVersion(charts, version);
      if (chart === undefined) {
        throw missingVersion(
          url,
          { name, version },
          charts.map((known) => known.version),
        );
      }
      return { digest: chart.digest, download: () => downloadChart(base, chart, options) };
    },
  };
}

interface StoredIndex {
  readonly etag: string;
  readonly index: HelmIndex;
}

async function fetchIndex(base: string, options: HttpRepositoryOptions): Promise<HelmIndex> {
  const url = new URL('index.yaml', base).href;
  const who = options.credentials === undefined ? '' : authorization(options.credentials);
  const file = join(options.cacheDir, 'indexes', `${sha256(`${url}\n${who}`)}.json`);
  const stored = await readStored(file);
  const answer = await httpGet(
    {
      url,
      timeoutMs: 60_000,
      bytesMax: indexBytesMax,
      accept: [200, 304, 404],
      headers: {
        ...(who === '' ? {} : { authorization: who }),
        ...(stored === undefined ? {} : { 'if-none-match': stored.etag }),
      },
    },
    options.clock,
  );
  if (answer.status === 304 && stored !== undefined) return stored.index;
  if (answer.status !== 200) {
    throw new RemoteError(
      `there is no Helm repository at ${shownUrl(base)}: no index.yaml (HTTP ${answer.status})`,
      {
        data: { status: answer.status },
        hint: 'correct charts.repository in tidegate.yaml; an OCI registry begins with oci://',
      },
    );
  }
  const index = parseHelmIndex(new TextDecoder().decode(answer.body), shownUrl(url));
  const etag = answer.headers.get('etag');
  if (etag !== null) {
    await ignoreSystemErrors(
      writeAtomically(file, JSON.stringify({ etag, index } satisfies StoredIndex)),
    );
  }
  return index;
}

async function readStored(file: string): Promise<StoredIndex | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    const index = valueAt(parsed, ['index']);
    const isWhole =
      typeof valueAt(parsed, ['etag']) === 'string' && typeof index === 'object' && index !== null;
    return isWhole ? (parsed as StoredIndex) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return undefined;
    throw error;
  }
}

/** Credentials go to the repository's own host only, as with helm. */
async function downloadChart(
  base: string,
  chart: IndexedChart,
  { credentials, clock }: HttpRepositoryOptions,
): Promise<Uint8Array> {
  const [first] = chart.urls;
  if (first === undefined) {
    throw new RemoteError(`the index of ${shownUrl(base)} has no URL for version ${chart.version}`);
  }
  const url = URL.canParse(first, base) ? new URL(first, base) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new RemoteError(
      `the index of ${shownUrl(base)} names a URL that is not http: ${shownUrl(first)}`,
    );
  }
  const isOwn = url.origin === new URL(base).origin;
  const headers: Record<string, string> =
    credentials !== undefined && isOwn ? { authorization: authorization(credentials) } : {};
  const answer = await httpGet(
    { url: url.href, headers, timeoutMs: 120_000, bytesMax: chartBytesMax },
    clock,
  );
  return answer.body;
}
