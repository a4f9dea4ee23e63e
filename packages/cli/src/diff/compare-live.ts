import {
  checkedValues,
  deployedRelease,
  diffLive,
  InputError,
  newestRelease,
  nextRelease,
  readNetwork,
  readRelease,
  UsageError,
  type DiffReport,
  type EnvironmentSide,
  type FileTree,
} from '@tidegate/core';
import { systemClock } from '@tidegate/node';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';
import { openRenderer, type RendererOptions } from '../renderer.ts';
import { openMasker } from './masking.ts';
import { openCluster, type ClusterOptions } from './open-cluster.ts';
import {
  localReleases,
  openHead,
  openRoot,
  parseFrom,
  pickEnvironments,
  type SideOptions,
} from './open-sides.ts';
import { describeWindow } from './window.ts';

export interface LiveOptions extends SideOptions, RendererOptions, ClusterOptions {
  readonly base?: string;
}

/**
 * Compares a cluster with what its environment's Applications would make of it. What is deployed is the
 * newest release, or the one of `--from`; with `--head` or `--worktree` the next one. Throws RemoteError
 * when the cluster is out of reach.
 */
export async function compareLive(io: Io, options: LiveOptions): Promise<DiffReport> {
  const name = checkOptions(options);
  const root = await openRoot(io, options);
  const branch = await openHead(io, root, options);
  const { diff: settings, environments } = await readNetwork(branch);
  pickEnvironments(
    environments.map((environment) => environment.name),
    [name],
  );
  const side = await openSide(root, branch, name, options);
  const cluster = await openCluster(io, options);
  const progress: { bar?: ReturnType<typeof startProgress>; shown: number } = { shown: 0 };
  try {
    const diff = await diffLive(side, {
      cluster,
      branch,
      renderer: checkedValues(await openRenderer(io, side.network, options)),
      masker: openMasker(io, settings),
      cancellation: io.signal,
      windowOf: ({ environment }) => describeWindow(environment, systemClock().nowMs()),
      onProgress: (done, all) => {
        progress.bar ??= startProgress(io.stderr, `comparing ${name} with the cluster`, all);
        for (; progress.shown < done; progress.shown++) progress.bar.step();
      },
    });
    return { base: cluster.name, head: side.name, environments: [diff], isLive: true };
  } finally {
    progress.bar?.end();
  }
}

/** The environment to compare. */
function checkOptions(options: LiveOptions): string {
  if (options.base !== undefined)
    throw new UsageError(
      '--base and --live exclude each other: the cluster is what is compared with',
    );
  const isNext = options.head !== undefined || options.worktree === true;
  if (options.from !== undefined) {
    if (!isNext) return parseFrom(options).environment;
    throw new UsageError('--from with --live is what is deployed; leave out --head and --worktree');
  }
  const [name, ...more] = options.env ?? [];
  if (name !== undefined && more.length === 0) return name;
  throw new UsageError('--live compares one cluster with one environment; name it with --env');
}

async function openSide(
  root: string,
  branch: FileTree,
  name: string,
  options: LiveOptions,
): Promise<EnvironmentSide> {
  if (options.head !== undefined || options.worktree === true) {
    const side = await nextRelease(branch, name);
    if (side === undefined) throw new Error('the environment was looked up');
    return { ...side, name: `the next release on ${side.name}` };
  }
  const releases = await localReleases(root);
  const cut =
    options.from === undefined
      ? await newestRelease(releases, name)
      : await readRelease(releases, name, parseFrom(options).release);
  if (cut !== undefined) return deployedRelease(cut, name);
  throw new InputError(`"${name}" has no release in this clone; expected what is deployed`, {
    hint: 'fetch the tags (git fetch --tags), or compare with the next release: --head HEAD',
  });
}
