import { joinPath } from '@tidegate/core/argocd/sources';
import {
  pickChartVersion,
  readYaml,
  type ChartFolder,
  type ChartRepositories,
  type DependenciesAnswer,
  type FileSet,
} from '../repository/index.ts';
import { packChart } from './chart-archive.ts';
import { byBytes, readText } from './memory-files.ts';

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
}

/**
 * A chart with the charts that it depends on beside its own, as `helm dependency build` puts them there. The
 * versions of `Chart.lock` come before those of `Chart.yaml`.
 */
export async function buildDependencies(
  chart: ChartFolder,
  charts: ChartRepositories,
): Promise<DependenciesAnswer> {
  const prefix = chart.folder === '' ? '' : `${chart.folder}/`;
  const wanted = await dependenciesOf(chart, prefix);
  const added = new Map<string, Uint8Array>();
  for (const dependency of wanted) {
    const found = await fetchDependency(dependency, chart, charts);
    if ('fault' in found) return found;
    const archive = await packChart(found.chart);
    added.set(`${prefix}charts/${dependency.name}-${dependency.version}.tgz`, archive);
  }
  return { chart: { files: withFiles(chart.files, added), folder: chart.folder } };
}

async function dependenciesOf({ files }: ChartFolder, prefix: string): Promise<Dependency[]> {
  const read = async (name: string): Promise<Dependency[]> => {
    const text = await files.text(`${prefix}${name}`).catch(() => '');
    const parsed = readYaml(text) as { dependencies?: unknown } | null;
    return Array.isArray(parsed?.dependencies) ? parsed.dependencies.flatMap(readDependency) : [];
  };
  const locked = await read('Chart.lock');
  return (await read('Chart.yaml')).map(
    (dependency) => locked.find(({ name }) => name === dependency.name) ?? dependency,
  );
}

function readDependency(value: unknown): Dependency[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, version, repository } = value as Partial<Record<keyof Dependency, unknown>>;
  if (typeof name !== 'string') return [];
  const text = (field: unknown): string =>
    typeof field === 'string' ? field : typeof field === 'number' ? String(field) : '';
  return [{ name, version: text(version), repository: text(repository) }];
}

async function fetchDependency(
  dependency: Dependency,
  chart: ChartFolder,
  charts: ChartRepositories,
): Promise<DependenciesAnswer> {
  const { name, version, repository } = dependency;
  if (repository.startsWith('file://') || repository === '') {
    return localDependency(dependency, chart);
  }
  if (/^(?:@|alias:)/.test(repository)) {
    return failed(
      `no repository definition for ${repository}. Please add them via 'helm repo add'`,
    );
  }
  const registry = /^oci:\/\/(.*)$/.exec(repository)?.[1];
  const fault = registry === undefined ? await versionFault(dependency, charts) : undefined;
  if (fault !== undefined) return failed(fault);
  const pulled = await charts.pull(registry ?? repository, name, version);
  if (!('fault' in pulled)) return { chart: { files: pulled.chart, folder: '' } };
  const said = pulled.fault.replace(/^exit status 1: Error: /, '');
  return failed(`could not download ${repository}/${name}: ${said}`);
}

function failed(message: string): { readonly fault: string } {
  return { fault: `exit status 1: Error: ${message}` };
}

/** What `helm dependency build` says where the repository has no such chart, or no such version of it. */
async function versionFault(
  dependency: Dependency,
  charts: ChartRepositories,
): Promise<string | undefined> {
  const { name, version, repository } = dependency;
  const answer = await charts.versions(repository, name);
  if ('fault' in answer) {
    return answer.fault.startsWith('chart ')
      ? `${name} chart not found in repo ${repository}`
      : `looks like ${JSON.stringify(repository)} is not a valid chart repository or cannot be reached: ${answer.fault}`;
  }
  const isThere = pickChartVersion(version, answer.versions) !== undefined;
  return isThere ? undefined : noVersion(dependency);
}

function noVersion({ name, version, repository }: Dependency): string {
  return `can't get a valid version for 1 subchart(s): ${JSON.stringify(name)} (repository ${JSON.stringify(repository)}, version ${JSON.stringify(version)}). Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`;
}

async function localDependency(
  dependency: Dependency,
  chart: ChartFolder,
): Promise<DependenciesAnswer> {
  const { name, version, repository } = dependency;
  const own = repository === '' ? `charts/${name}` : repository.slice('file://'.length);
  const folder = joinPath('/', chart.folder, own).slice(1);
  const text = await chart.files.text(`${folder}/Chart.yaml`).catch(() => undefined);
  if (text === undefined) return failed(`directory ${own} not found`);
  const found = readYaml(text) as { version?: unknown } | null;
  const isRight = pickChartVersion(version, [String(found?.version)]) !== undefined;
  return isRight ? { chart: { files: chart.files, folder } } : failed(noVersion(dependency));
}

function withFiles(files: FileSet, added: ReadonlyMap<string, Uint8Array>): FileSet {
  const text = (path: string): Promise<string> => {
    const own = added.get(path);
    return own === undefined ? files.text(path) : Promise.resolve(readText(own));
  };
  return {
    files: [...new Set([...files.files, ...added.keys()])].sort(byBytes),
    links: files.links,
    text,
    bytes: (path) => {
      const own = added.get(path);
      return own === undefined ? files.bytes(path) : Promise.resolve(own);
    },
  };
}
