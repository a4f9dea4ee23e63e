import {
  checkedValues,
  ConflictError,
  planRenders,
  readNetwork,
  renderApplications,
  takeInventory,
  type FileTree,
  type Inventory,
  type Network,
  type RenderOutcome,
} from '@tidegate/core';
import {
  commitAll,
  directoryTree,
  initRepository,
  packCharts,
  removeFolder,
  serveCharts,
  systemClock,
  writeFiles,
} from '@tidegate/node';
import { join, relative, resolve } from 'node:path';
import { assetFolder } from '../assets.ts';
import type { Io } from '../io.ts';
import { formatHierarchy } from '../output/hierarchy.ts';
import { startProgress } from '../output/progress.ts';
import { cacheFolder, openHelm, openRenderer, type RendererOptions } from '../renderer.ts';
import { exampleRepository } from '../example-repository.ts';
import { formatInventories } from './inventory.ts';
import { reportFailures } from './render.ts';

export interface ExampleOptions extends RendererOptions {
  /** Folder that keeps the packed charts, as a Helm repository; in the cache without it. */
  readonly chartsOut?: string;
}

const madeByUs = '.git/tidegate-example';

/** `tidegate example [dir]`: the whole way from a definition to rendered manifests, on one machine. */
export async function runExample(io: Io, dir: string, options: ExampleOptions): Promise<number> {
  const root = resolve(io.cwd, dir);
  const say = (text: string): void => {
    io.stderr.write(`${text}\n`);
  };
  const tree = await buildRepository(io, root, say);
  const network = await readNetwork(tree);
  const charts = await serveExampleCharts(io, options, say);
  try {
    const renderer = await openRenderer(io, network, { ...options, chartsUrl: charts.url });
    const clock = systemClock();
    const started = clock.monotonicMs();
    const outcomes = await renderNetwork(io, tree, network, checkedValues(renderer));
    const elapsedMs = clock.monotonicMs() - started;
    await showNetwork(io, tree, network);
    io.stdout.write(summary(outcomes, elapsedMs));
    io.stdout.write(`Repository: ${relative(io.cwd, root) || '.'}\n`);
    return reportFailures(io, outcomes);
  } finally {
    await charts.close();
  }
}

async function buildRepository(
  io: Io,
  root: string,
  say: (text: string) => void,
): Promise<FileTree> {
  await clearEarlierExample(root);
  const files = await exampleRepository(directoryTree(assetFolder('examples/dlt-network')));
  await writeFiles(root, files, { overwrite: false });
  await initRepository(root, 'main');
  await writeFiles(root, [{ path: madeByUs, content: '' }], { overwrite: true });
  await commitAll(root, 'Begin the GitOps repository', {
    name: 'Tidegate',
    email: 'tidegate@example.com',
  });
  say(`Wrote ${files.length} files as a Git repository to ${relative(io.cwd, root) || '.'}`);
  return directoryTree(root);
}

/** A folder from an earlier run is made anew; anybody else's is left alone. */
async function clearEarlierExample(root: string): Promise<void> {
  const tree = directoryTree(root);
  const entries = await tree.list('');
  if (entries.length === 0) return;
  if ((await tree.read(madeByUs)) === undefined) {
    throw new ConflictError(`${root} is not empty and was not made by "tidegate example"`, {
      hint: 'name an empty or new folder',
    });
  }
  await removeFolder(root);
}

async function serveExampleCharts(
  io: Io,
  options: ExampleOptions,
  say: (text: string) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  const helm = await openHelm(io, options);
  say(`Helm ${helm.version} (${helm.origin})`);
  const { chartsOut } = options;
  const folder =
    chartsOut === undefined
      ? join(cacheFolder(io, options), 'example-charts')
      : resolve(io.cwd, chartsOut);
  const packed = await packCharts({ chartsDir: assetFolder('charts'), outDir: folder, helm });
  const served = await serveCharts(folder, { host: '127.0.0.1', port: 0 });
  say(`Packed ${packed.length} charts, served at ${served.url}`);
  return served;
}

async function renderNetwork(
  io: Io,
  tree: FileTree,
  network: Network,
  renderer: ReturnType<typeof checkedValues>,
): Promise<RenderOutcome[]> {
  const planned = await Promise.all(
    network.environments.map(async (environment) => ({
      environment,
      targets: await planRenders({ manifests: tree, values: tree }, network, environment),
    })),
  );
  const total = planned.reduce((sum, { targets }) => sum + targets.length, 0);
  const progress = startProgress(io.stderr, 'rendering', total);
  try {
    const outcomes = await Promise.all(
      planned.map(({ environment, targets }) =>
        renderApplications(targets, {
          network,
          environment,
          values: tree,
          renderer,
          cancellation: io.signal,
          onOutcome: () => {
            progress.step();
          },
        }),
      ),
    );
    return outcomes.flat();
  } finally {
    progress.end();
  }
}

async function showNetwork(io: Io, tree: FileTree, network: Network): Promise<void> {
  const inventories: Inventory[] = [];
  for (const environment of network.environments) {
    inventories.push(await takeInventory(tree, network, environment));
  }
  io.stdout.write(`${inventories.map(formatHierarchy).join('\n')}\n`);
  io.stdout.write(`${formatInventories(inventories, 'table')}\n`);
}

function summary(outcomes: readonly RenderOutcome[], elapsedMs: number): string {
  const rendered = outcomes.flatMap((outcome) => ('result' in outcome ? [outcome] : []));
  const manifests = rendered.reduce((sum, { result }) => sum + countDocuments(result.manifest), 0);
  const admin = rendered.filter(({ target }) => target.instance === 'admin').length;
  const cached = rendered.filter(({ result }) => result.fromCache).length;
  return (
    `Rendered ${manifests} manifests of ${rendered.length} Applications ` +
    `(${admin} of them by the admin instance, ${cached} from the cache) in ${(elapsedMs / 1000).toFixed(2)} s\n`
  );
}

/** Helm begins every document with `---`. */
function countDocuments(manifest: string): number {
  return manifest.match(/^---$/gm)?.length ?? 0;
}
