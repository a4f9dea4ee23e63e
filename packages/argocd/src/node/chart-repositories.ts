import { InputError, RemoteError, TidegateError } from '@tidegate/core';
import {
  openChartRepository,
  type ChartCredentials,
  type ChartRepository,
  type Clock as NodeClock,
} from '@tidegate/node';
import {
  pickChartVersion,
  type ChartRepositories,
  type PullAnswer,
  type VersionsAnswer,
} from '../repository/index.ts';
import { missing, unreachable } from './memory-charts.ts';
import { unpackChart } from './unpack-chart.ts';

export interface ChartRepositoriesOptions {
  /** Folder for the indexes of repositories. */
  readonly cacheDir: string;
  readonly clock: NodeClock;
  /** Where a repository really is, by the URL in the manifests. */
  readonly urls?: ReadonlyMap<string, string>;
  /** By the place where the repository really is. */
  readonly credentials?: ReadonlyMap<string, ChartCredentials>;
}

/** Helm repositories over HTTP or in folders, and OCI registries. Every question asks the repository anew. */
export function chartRepositories(options: ChartRepositoriesOptions): ChartRepositories {
  const { cacheDir, clock, credentials = new Map<string, ChartCredentials>() } = options;
  const open = (repoURL: string): ChartRepository =>
    openChartRepository(options.urls?.get(repoURL) ?? repoURL, { cacheDir, clock, credentials });
  return {
    versions: async (repoURL, chart) => {
      try {
        return versionsAnswer(repoURL, chart, await open(repoURL).versions(chart));
      } catch (error) {
        return { fault: listingFault(repoURL, error) };
      }
    },
    pull: async (repoURL, chart, version) => {
      try {
        return await pull(open(repoURL), { repoURL, chart, version });
      } catch (error) {
        return { fault: pullFault({ repoURL, chart, version }, error) };
      }
    },
  };
}

/** Argo CD's own sign of an OCI registry: a URL without host, as it comes without a scheme. */
function isRegistry(repoURL: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repoURL);
}

function versionsAnswer(
  repoURL: string,
  chart: string,
  versions: readonly string[],
): VersionsAnswer {
  if (versions.length > 0) return { versions };
  return {
    fault: isRegistry(repoURL)
      ? 'unable to get tags: failed to get tags: not found'
      : `chart '${chart}' not found in index`,
  };
}

interface Wanted {
  readonly repoURL: string;
  readonly chart: string;
  readonly version: string;
}

async function pull(repository: ChartRepository, wanted: Wanted): Promise<PullAnswer> {
  const { repoURL, chart, version } = wanted;
  const picked = isRegistry(repoURL)
    ? version
    : pickChartVersion(version, await repository.versions(chart));
  if (picked === undefined) return { fault: missing(repoURL, chart, version) };
  const archive = await (await repository.find(chart, picked)).download();
  try {
    return { chart: await unpackChart(archive, chart) };
  } catch (error) {
    return { fault: messageOf(error), isBroken: true };
  }
}

function pullFault({ repoURL, chart, version }: Wanted, error: unknown): string {
  if (isRegistry(repoURL)) return `exit status 1: Error: ${messageOf(error)}`;
  if (error instanceof InputError) return missing(repoURL, chart, version);
  const status = statusOf(error);
  return unreachable(
    repoURL,
    status === undefined ? { reason: messageOf(error) } : { status: httpStatus(status) },
  );
}

function listingFault(repoURL: string, error: unknown): string {
  return isRegistry(repoURL)
    ? `unable to get tags: failed to get tags: ${messageOf(error)}`
    : `error loading repo index: ${indexFault(repoURL, error)}`;
}

function indexFault(repoURL: string, error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) return `failed to get index: ${httpStatus(status)}`;
  const index = `${repoURL.replace(/\/+$/, '')}/index.yaml`;
  return `error making HTTP request: Get ${JSON.stringify(index)}: ${messageOf(error)}`;
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof RemoteError ? error.data['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function httpStatus(status: number): string {
  const reason = reasons[status];
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

function messageOf(error: unknown): string {
  return error instanceof TidegateError || error instanceof Error ? error.message : String(error);
}
