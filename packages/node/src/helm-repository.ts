import { InputError, RemoteError } from '@tidegate/core';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  chartBytesMax,
  chartSubject,
  missingVersion,
  shownUrl,
  type ChartCredentials,
  type ChartOffer,
  type ChartRepository,
} from './chart-repository.ts';
import { sha256 } from './digest.ts';
import { hasCode, writeAtomically } from './files.ts';
import { parseHelmIndex, type HelmIndex, type IndexedChart } from './helm-index.ts';
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
  return {
    find: async (name, version) => {
      const charts = (await (index ??= fetchIndex(base, options)))[name] ?? [];
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

function pickVersion(charts: readonly IndexedChart[], version: string): IndexedChart | undefined {
  return (
    charts.find((chart) => chart.version === version) ??
    charts.find((chart) => chart.version.replace(/^v/, '') === version.replace(/^v/, ''))
  );
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
        hint: 'correct charts.repository in tidegate.yaml; an OCI registry begins with oci://',
      },
    );
  }
  const index = parseHelmIndex(new TextDecoder().decode(answer.body), shownUrl(url));
  const etag = answer.headers.get('etag');
  if (etag !== null)
    await writeAtomically(file, JSON.stringify({ etag, index } satisfies StoredIndex));
  return index;
}

async function readStored(file: string): Promise<StoredIndex | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StoredIndex;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined;
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
  const url = new URL(first, base);
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new RemoteError(
      `the index of ${shownUrl(base)} names a URL that is not http: ${shownUrl(url.href)}`,
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

/** A folder as a Helm repository: by its index.yaml, or without one by file names. */
export function folderRepository(url: string): ChartRepository {
  const folder = folderOf(url);
  let index: Promise<HelmIndex | undefined> | undefined;
  return {
    find: async (name, version): Promise<ChartOffer> => {
      const entries = await (index ??= readFolderIndex(folder));
      const plain = `${name}-${version}.tgz`;
      if (entries === undefined) return fileOffer(folder, plain, undefined, { name, version });
      const charts = entries[name] ?? [];
      const chart = pickVersion(charts, version);
      if (chart === undefined) {
        throw missingVersion(
          url,
          { name, version },
          charts.map((known) => known.version),
        );
      }
      return fileOffer(folder, chart.urls[0] ?? plain, chart.digest, { name, version });
    },
  };
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InputError(
      `${shownUrl(url)} names no folder; expected a URL such as file:///srv/charts`,
      {
        cause: error,
      },
    );
  }
}

async function readFolderIndex(folder: string): Promise<HelmIndex | undefined> {
  const path = join(folder, 'index.yaml');
  try {
    return parseHelmIndex(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function fileOffer(
  folder: string,
  name: string,
  digest: string | undefined,
  chart: { readonly name: string; readonly version: string },
): ChartOffer {
  const path = resolve(folder, name.startsWith('file://') ? fileURLToPath(name) : name);
  return {
    digest,
    download: async () => {
      if (!path.startsWith(resolve(folder) + sep)) {
        throw new RemoteError(`the index of ${folder} leads out of the folder: ${name}`);
      }
      try {
        return await readFile(path);
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
        throw new InputError(`${chartSubject(chart)} is not in the folder ${folder}: no ${name}`, {
          cause: error,
        });
      }
    },
  };
}
