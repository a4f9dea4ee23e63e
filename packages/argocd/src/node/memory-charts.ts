import {
  pickChartVersion,
  type ChartRepositories,
  type PullAnswer,
  type VersionsAnswer,
} from '../repository/index.ts';
import { memoryFiles } from './memory-files.ts';

type ChartFiles = Readonly<Record<string, string>>;

/** Charts in memory: by repository, chart and version, their files. */
export type InitialCharts = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, ChartFiles>>>>>
>;

/** Helm repositories in memory that can be changed. */
export interface MemoryCharts extends ChartRepositories {
  /** Publishes a version of a chart, also over one that is there. */
  setChart(repoURL: string, chart: string, version: string, files: ChartFiles): void;
  removeChart(repoURL: string, chart: string, version: string): void;
  removeRepository(repoURL: string): void;
}

type Versions = Map<string, ReadonlyMap<string, string>>;

/** Charts in memory, for tests and for replaying what was recorded. */
export function memoryCharts(initial: InitialCharts = {}): MemoryCharts {
  const repositories = new Map<string, Map<string, Versions>>();
  const charts: MemoryCharts = {
    setChart: (repoURL, chart, version, files) => {
      const repository = repositories.get(keyOf(repoURL)) ?? new Map<string, Versions>();
      repositories.set(keyOf(repoURL), repository);
      const versions: Versions =
        repository.get(chart) ?? new Map<string, ReadonlyMap<string, string>>();
      repository.set(chart, versions.set(version, new Map(Object.entries(files))));
    },
    removeChart: (repoURL, chart, version) => {
      repositories.get(keyOf(repoURL))?.get(chart)?.delete(version);
    },
    removeRepository: (repoURL) => void repositories.delete(keyOf(repoURL)),
    versions: (repoURL, chart) =>
      Promise.resolve(versionsOf(repositories.get(keyOf(repoURL)), chart)),
    pull: (repoURL, chart, version) =>
      Promise.resolve(pullFrom(repositories.get(keyOf(repoURL)), repoURL, chart, version)),
  };
  for (const [repoURL, repository] of Object.entries(initial)) {
    for (const [chart, versions] of Object.entries(repository)) {
      for (const [version, files] of Object.entries(versions)) {
        charts.setChart(repoURL, chart, version, files);
      }
    }
  }
  return charts;
}

function keyOf(repoURL: string): string {
  return repoURL.replace(/\/+$/, '');
}

type Repository = ReadonlyMap<string, Versions> | undefined;

function versionsOf(repository: Repository, chart: string): VersionsAnswer {
  if (repository === undefined) {
    return { fault: 'error loading repo index: failed to get index: 404 Not Found' };
  }
  const versions = repository.get(chart);
  return versions === undefined
    ? { fault: `chart '${chart}' not found in index` }
    : { versions: [...versions.keys()] };
}

function pullFrom(
  repository: Repository,
  repoURL: string,
  chart: string,
  wanted: string,
): PullAnswer {
  if (repository === undefined) return { fault: unreachable(repoURL, { status: '404 Not Found' }) };
  const versions: Versions =
    repository.get(chart) ?? new Map<string, ReadonlyMap<string, string>>();
  const files = versions.get(pickChartVersion(wanted, [...versions.keys()]) ?? '');
  return files === undefined
    ? { fault: missing(repoURL, chart, wanted) }
    : { chart: memoryFiles(files) };
}

/** What `helm pull` says where there is no repository: by the status of its index, or by why there is none. */
export function unreachable(repoURL: string, why: { status: string } | { reason: string }): string {
  const index = `${keyOf(repoURL)}/index.yaml`;
  const said =
    'status' in why
      ? `failed to fetch ${index} : ${why.status}`
      : `Get ${JSON.stringify(index)}: ${why.reason}`;
  return `exit status 1: Error: looks like ${JSON.stringify(repoURL)} is not a valid chart repository or cannot be reached: ${said}`;
}

/** What `helm pull` says where there is no such version. */
export function missing(repoURL: string, chart: string, version: string): string {
  return `exit status 1: Error: chart ${JSON.stringify(chart)} version ${JSON.stringify(version)} not found in ${repoURL} repository`;
}
