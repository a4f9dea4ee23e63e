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
import { dirname, join, relative } from 'node:path';
import { sha256 } from './digest.ts';
import { exists, hasCode, listFiles } from './files.ts';
import type { HelmBinary } from './helm-binary.ts';
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

/**
 * Packs every chart of a folder with helm into a Helm repository with an index. Unchanged charts are
 * not packed again. Returns the packed charts, sorted by name.
 */
export async function packCharts(options: PackChartsOptions): Promise<PackedChart[]> {
  const charts = await readCharts(options.chartsDir);
  const packed = charts.filter((chart) => !chart.isLibrary);
  const stamp = await contentStamp(options);
  if ((await readStamp(options.outDir)) === stamp) return packed;
  await mkdir(dirname(options.outDir), { recursive: true });
  const staging = await mkdtemp(`${options.outDir}.`);
  try {
    for (const chart of packed) await packChart(chart, staging, options);
    await helm(options.helm, ['repo', 'index', staging]);
    await writeFile(join(staging, stampFile), stamp);
    await rm(options.outDir, { recursive: true, force: true });
    await rename(staging, options.outDir);
  } catch (error) {
    // Another process may have put the same repository in place first.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return packed;
}

async function contentStamp({ chartsDir, helm: { version } }: PackChartsOptions): Promise<string> {
  const parts = ['packed/1', version];
  for (const file of await listFiles(chartsDir)) {
    parts.push(file, sha256(await readFile(join(chartsDir, file))));
  }
  return sha256(JSON.stringify(parts));
}

async function readStamp(folder: string): Promise<string | undefined> {
  const path = join(folder, stampFile);
  return (await exists(path)) ? readFile(path, 'utf8') : undefined;
}

/** Reads what the charts of a folder say about themselves, sorted by name. */
export async function readCharts(chartsDir: string): Promise<ChartFolder[]> {
  const charts: ChartFolder[] = [];
  for (const entry of await readdir(chartsDir, { withFileTypes: true })) {
    const file = join(chartsDir, entry.name, 'Chart.yaml');
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
  return {
    name: text('name'),
    version: text('version'),
    isLibrary: valueAt(parsed.value, ['type']) === 'library',
    path: dirname(file),
    siblings: (Array.isArray(dependencies) ? dependencies : []).flatMap((dependency) => {
      const repository = valueAt(dependency, ['repository']);
      return typeof repository === 'string' && repository.startsWith('file://')
        ? [join(dirname(file), repository.slice('file://'.length))]
        : [];
    }),
  };
}

/** Helm packs what lies in the folder: a copy with its library inside, all files of the same age. */
async function packChart(
  chart: ChartFolder,
  outDir: string,
  options: PackChartsOptions,
): Promise<void> {
  const folder = await mkdtemp(join(outDir, '.pack-'));
  try {
    const copy = join(folder, chart.name);
    await copyChart(chart.path, copy);
    for (const sibling of chart.siblings) {
      await copyChart(sibling, join(copy, 'charts', relative(dirname(sibling), sibling)));
    }
    for (const file of await listFiles(folder)) await utimes(join(folder, file), epoch, epoch);
    await helm(options.helm, ['package', copy, '--destination', outDir]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyChart(from: string, to: string): Promise<void> {
  if (!(await exists(from))) {
    throw new InputError(
      `the chart ${from} is missing; expected it beside the chart that depends on it`,
    );
  }
  await cp(from, to, { recursive: true, filter: (path) => !/[/\\](ci|\.git)$/.test(path) });
}

async function helm({ path }: HelmBinary, args: readonly string[]): Promise<ToolResult> {
  const result = await runTool(path, { args });
  if (result.exitCode === 0) return result;
  throw new ToolError(
    `helm ${args[0] ?? ''} failed: ${result.stderr.trim().replace(/^Error: /, '')}`,
  );
}
