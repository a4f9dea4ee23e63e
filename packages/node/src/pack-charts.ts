import { InputError, parseYaml, ToolError, valueAt } from '@tidegate/core';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from './digest.ts';
import { exists, hasCode, listFiles } from './files.ts';
import { verifiedPath, type HelmBinary } from './helm-binary.ts';
import { isolatedHelm } from './isolated-helm.ts';
import { runTool, type ToolResult } from './run-tool.ts';

export interface PackChartsOptions {
  /** Folder with one chart per sub-folder. */
  readonly chartsDir: string;
  /** Folder for the repository; made anew when a chart has changed. */
  readonly outDir: string;
  readonly helm: HelmBinary;
}

export interface PackedChart {
  readonly name: string;
  readonly version: string;
  /** Library charts are part of the others and are not packed by themselves. */
  readonly isLibrary: boolean;
}

interface ChartFolder extends PackedChart {
  readonly path: string;
  /** Charts beside this one that become part of its archive (`file://../<name>`). */
  readonly siblings: readonly string[];
}

/** Any time that is always the same: archives of the same files are then the same bytes. */
const epoch = new Date('2020-01-01T00:00:00Z');
const stampFile = '.packed-from';
const placeTriesMax = 10;

/**
 * Packs every chart of a folder with helm into a Helm repository with an index. Unchanged charts are
 * not packed again. Returns the packed charts, sorted by name. Throws InputError when a chart is at
 * fault, or the folder for the repository holds something else.
 */
export async function packCharts(options: PackChartsOptions): Promise<PackedChart[]> {
  const outDir = resolve(options.outDir);
  const charts = await readCharts(options.chartsDir);
  const packed = charts.filter((chart) => !chart.isLibrary);
  const stamp = await contentStamp(options);
  if (await isPackedFrom(stamp, outDir, packed)) return packed;
  await assertOurs(outDir);
  await mkdir(dirname(outDir), { recursive: true });
  const staging = await mkdtemp(`${outDir}.`);
  try {
    for (const chart of packed) await packChart(chart, staging, options.helm);
    await helm(options.helm, staging, ['repo', 'index', staging]);
    await writeFile(join(staging, stampFile), stamp);
    await putInPlace(staging, outDir, () => isPackedFrom(stamp, outDir, packed));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return packed;
}

async function contentStamp({ chartsDir, helm: { version } }: PackChartsOptions): Promise<string> {
  const parts = ['packed/2', version];
  for (const file of await listFiles(chartsDir)) {
    parts.push(file, sha256(await readFile(join(chartsDir, file))));
  }
  return sha256(JSON.stringify(parts));
}

async function isPackedFrom(
  stamp: string,
  folder: string,
  charts: readonly PackedChart[],
): Promise<boolean> {
  if ((await readStamp(folder)) !== stamp) return false;
  const files = ['index.yaml', ...charts.map(({ name, version }) => `${name}-${version}.tgz`)];
  for (const file of files) if (!(await exists(join(folder, file)))) return false;
  return true;
}

async function readStamp(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, stampFile), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Whatever stands in our place is removed: it must be a repository that we made. */
async function assertOurs(outDir: string): Promise<void> {
  const files = await readdir(outDir).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return new Array<string>();
    if (!hasCode(error, 'ENOTDIR')) throw error;
    throw new InputError(`${outDir} is a file; expected a folder for the packed charts`);
  });
  if (files.length > 0 && !files.includes(stampFile)) {
    throw new InputError(`${outDir} holds something else than packed charts`, {
      hint: 'name a new folder, or one that charts were packed into before',
    });
  }
}

/** Other processes may be putting the same repository, or another one, in the same place. */
async function putInPlace(
  staging: string,
  outDir: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const old = `${staging}.old`;
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(staging, outDir);
      return;
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST') || attempt >= placeTriesMax) throw error;
    }
    if (await isDone()) return;
    try {
      await rename(outDir, old);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    await rm(old, { recursive: true, force: true });
  }
}

/** Reads what the charts of a folder say about themselves, sorted by name. */
export async function readCharts(chartsDir: string): Promise<ChartFolder[]> {
  const charts: ChartFolder[] = [];
  const entries = await readdir(chartsDir, { withFileTypes: true }).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new InputError(`there is no folder with charts at ${chartsDir}`, { cause: error });
  });
  for (const entry of entries) {
    const file = resolve(chartsDir, entry.name, 'Chart.yaml');
    if (entry.isDirectory() && (await exists(file))) charts.push(await readChart(file));
  }
  return charts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readChart(file: string): Promise<ChartFolder> {
  const parsed = parseYaml(await readFile(file, 'utf8'), file);
  const text = (key: string): string => {
    const value = valueAt(parsed.value, [key]);
    if (typeof value === 'string' && value !== '') return value;
    throw new InputError(`"${key}" is missing in the chart`, {
      position: parsed.positionOf([key]),
    });
  };
  const dependencies = valueAt(parsed.value, ['dependencies']);
  const name = text('name');
  if (!/^[A-Za-z0-9][-._A-Za-z0-9]*$/.test(name)) {
    throw new InputError(`${JSON.stringify(name)} is no chart name`, {
      position: parsed.positionOf(['name']),
    });
  }
  return {
    name,
    version: text('version'),
    isLibrary: valueAt(parsed.value, ['type']) === 'library',
    path: dirname(file),
    siblings: (Array.isArray(dependencies) ? dependencies : []).flatMap((dependency) => {
      const repository = valueAt(dependency, ['repository']);
      return typeof repository === 'string' && repository.startsWith('file://')
        ? [resolve(dirname(file), repository.slice('file://'.length))]
        : [];
    }),
  };
}

/**
 * Helm packs what lies in the folder: a copy of the chart, with the charts that it depends on packed
 * inside as `helm package --dependency-update` would, and all files of the same age.
 */
async function packChart(
  chart: ChartFolder,
  outDir: string,
  binary: HelmBinary,
  dependants: readonly string[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(outDir, '.pack-'));
  try {
    const copy = join(folder, chart.name);
    await copyChart(chart.path, copy);
    for (const sibling of chart.siblings) {
      const vendored = join(copy, 'charts');
      await rm(join(vendored, basename(sibling)), { recursive: true, force: true });
      await mkdir(vendored, { recursive: true });
      const inside = await readSibling(sibling, chart, dependants);
      await packChart(inside, vendored, binary, [...dependants, chart.path]);
    }
    for (const file of await listFiles(folder)) await utimes(join(folder, file), epoch, epoch);
    await helm(binary, folder, ['package', copy, '--destination', outDir]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readSibling(
  path: string,
  chart: ChartFolder,
  dependants: readonly string[],
): Promise<ChartFolder> {
  const file = join(path, 'Chart.yaml');
  if (!(await exists(file))) {
    throw new InputError(
      `the chart ${path} is missing; expected it beside the chart that depends on it`,
      { position: { file: join(chart.path, 'Chart.yaml') } },
    );
  }
  if ([...dependants, chart.path].includes(path)) {
    throw new InputError(`the chart ${path} depends on itself`, { position: { file } });
  }
  return readChart(file);
}

/** Values for tests of the chart stay out of its archive. */
async function copyChart(from: string, to: string): Promise<void> {
  const left = [join(from, 'ci'), join(from, '.git')];
  await cp(from, to, { recursive: true, filter: (path) => !left.includes(path) });
}

async function helm(
  binary: HelmBinary,
  folder: string,
  args: readonly string[],
): Promise<ToolResult> {
  const result = await runTool(await verifiedPath(binary), { args, env: isolatedHelm(folder) });
  if (result.exitCode === 0) return result;
  throw new ToolError(
    `helm ${args[0] ?? ''} failed: ${result.stderr.trim().replace(/^Error: /, '')}`,
  );
}
