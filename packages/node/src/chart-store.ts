import { InputError, RemoteError, UsageError, type ChartReference } from '@tidegate/core';
import { resolve } from 'node:path';
import { writeToCache } from './cache-dir.ts';
import {
  chartSubject,
  shownUrl,
  type ChartCredentials,
  type ChartRepository,
} from './chart-repository.ts';
import { fileSha256, sha256 } from './digest.ts';
import { exists } from './files.ts';
import { folderRepository } from './folder-repository.ts';
import { httpRepository } from './helm-repository.ts';
import { ociRegistry } from './oci-registry.ts';
import type { Clock } from './system-clock.ts';

/** A chart archive on this machine. */
export interface StoredChart {
  readonly path: string;
  /** `sha256:…` of the archive. */
  readonly digest: string;
}

/** Fetches each chart once and keeps it by its digest. */
export interface ChartStore {
  /** Throws InputError when there is no such version, RemoteError when it cannot be had. */
  fetch(chart: ChartReference): Promise<StoredChart>;
}

export interface ChartStoreOptions {
  readonly cacheDir: string;
  readonly clock: Clock;
  /** By repository, as the definition names it. */
  readonly credentials: ReadonlyMap<string, ChartCredentials>;
  /** Other places for repositories: from the name in the manifests to where the charts really are. */
  readonly mirrors: ReadonlyMap<string, string>;
}

/** Opens the store. Nothing is asked of a repository before the first chart of it is wanted. */
export function chartStore(options: ChartStoreOptions): ChartStore {
  const repositories = new Map<string, ChartRepository>();
  const charts = new Map<string, Promise<StoredChart>>();
  const repositoryOf = (name: string): ChartRepository => {
    const url = options.mirrors.get(name) ?? name;
    const known = repositories.get(url) ?? openChartRepository(url, options);
    repositories.set(url, known);
    return known;
  };
  return {
    fetch: (chart) => {
      const key = JSON.stringify([chart.repository, chart.name, chart.version]);
      const known = charts.get(key);
      if (known !== undefined) return known;
      const fetching = fetchChart(chart, options.cacheDir, repositoryOf);
      charts.set(key, fetching);
      return fetching;
    },
  };
}

/** The repository behind a URL. Nothing is asked of it before a chart is looked for. */
export function openChartRepository(
  url: string,
  options: Omit<ChartStoreOptions, 'mirrors'>,
): ChartRepository {
  if (/^([a-z][a-z+.-]*:\/\/)?[^/]*@/i.test(url)) {
    throw new UsageError(`the chart repository ${shownUrl(url)} carries credentials in its URL`, {
      hint: 'give them in TIDEGATE_CHARTS_USERNAME and TIDEGATE_CHARTS_PASSWORD, or TIDEGATE_CHARTS_TOKEN',
    });
  }
  const credentials = options.credentials.get(url);
  const { cacheDir, clock } = options;
  if (/^https?:\/\//i.test(url)) return httpRepository(url, { cacheDir, clock, credentials });
  if (/^file:\/\//i.test(url)) return folderRepository(url);
  if (/^oci:\/\//i.test(url) || !url.includes('://'))
    return ociRegistry(url, { clock, credentials });
  throw new InputError(`${shownUrl(url)} is no chart repository; expected https, file or oci`);
}

async function fetchChart(
  chart: ChartReference,
  cacheDir: string,
  repositoryOf: (name: string) => ChartRepository,
): Promise<StoredChart> {
  assertSafe(chart);
  const offer = await repositoryOf(chart.repository).find(chart.name, chart.version);
  if (offer.digest !== undefined) {
    const path = archivePath(cacheDir, offer.digest);
    if (await isIntact(path, offer.digest)) return { path, digest: `sha256:${offer.digest}` };
  }
  const bytes = await offer.download();
  const digest = sha256(bytes);
  if (offer.digest !== undefined && offer.digest !== digest) {
    throw new RemoteError(
      `${chartSubject(chart)} from ${shownUrl(chart.repository)} is damaged: its digest is not the one that the repository states`,
      {
        hint: "the archive may have been replaced; build the repository's index again",
        data: { digest },
      },
    );
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    throw new RemoteError(
      `${chartSubject(chart)} from ${shownUrl(chart.repository)} is no chart archive: expected a gzipped one`,
      { hint: 'a proxy or a sign-in page may have answered instead of the repository' },
    );
  }
  const path = archivePath(cacheDir, digest);
  if (!(await isIntact(path, digest))) await writeToCache(path, bytes);
  return { path, digest: `sha256:${digest}` };
}

/** Names become parts of URLs and paths. */
function assertSafe({ name, version }: ChartReference): void {
  if (!/^[A-Za-z0-9][-._A-Za-z0-9]*$/.test(name)) {
    throw new InputError(`${JSON.stringify(name)} is no chart name`);
  }
  if (!/^[A-Za-z0-9][-+._A-Za-z0-9]*$/.test(version)) {
    throw new InputError(
      `chart ${name} has version ${JSON.stringify(version)}; expected an exact one such as 1.2.0`,
    );
  }
}

function archivePath(cacheDir: string, digest: string): string {
  return resolve(cacheDir, 'charts', `${digest}.tgz`);
}

async function isIntact(path: string, digest: string): Promise<boolean> {
  return (await exists(path)) && (await fileSha256(path)) === digest;
}
