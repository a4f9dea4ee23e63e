import {
  checkedValues,
  deployedRelease,
  diffEnvironment,
  exitCodes,
  nextRelease,
  readNetwork,
  readRelease,
  type ChartRenderer,
  type DiffReport,
  type EnvironmentDiff,
  type FileTree,
  type Masker,
  type Network,
  type SidePair,
} from '@tidegate/core';
import { systemClock } from '@tidegate/node';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';
import { openRenderer, type RendererOptions } from '../renderer.ts';
import type { DirectoryOptions } from '../workspace.ts';
import { compareLive } from '../diff/compare-live.ts';
import { openMasker } from '../diff/masking.ts';
import {
  localReleases,
  openHead,
  openRoot,
  parseFrom,
  pickEnvironments,
} from '../diff/open-sides.ts';
import { publish, type PublishOptions } from '../diff/publish.ts';
import { defaultBase, openRevision } from '../diff/revisions.ts';
import { describeWindow } from '../diff/window.ts';

export interface DiffOptions extends DirectoryOptions, RendererOptions, PublishOptions {
  readonly base?: string;
  readonly head?: string;
  /** Compare the files as they are, not a commit. */
  readonly worktree?: boolean;
  readonly env?: readonly string[];
  /** A release tag, or a number: what that release deployed is the base. */
  readonly from?: string;
  readonly remote: string;
  readonly allowChanges?: boolean;
  /** Compare with a cluster as it is. */
  readonly live?: boolean;
  readonly kubeconfig?: string;
  /** Context of the kubeconfig. */
  readonly context?: string;
}

/** Two sides to compare: names for people, and each environment's sides. */
interface Comparison {
  readonly base: string;
  readonly head: string;
  readonly network: Network;
  readonly environments: readonly string[];
  readonly sidesOf: (environment: string) => Promise<SidePair>;
}

/**
 * `tidegate diff`. Returns 0 when nothing changes, 1 when something does, 3 when something cannot be
 * rendered, 5 when a cluster does not answer all that it is asked.
 */
export async function runDiff(io: Io, options: DiffOptions): Promise<number> {
  const report =
    options.live === true ? await compareLive(io, options) : await compare(io, options);
  await publish(io, report, options);
  const exitCode = exitCodeOf(report);
  const isAllowed = exitCode === exitCodes.findings && options.allowChanges === true;
  return isAllowed ? exitCodes.done : exitCode;
}

async function compare(io: Io, options: DiffOptions): Promise<DiffReport> {
  const comparison = await openComparison(io, options);
  const masker = openMasker(io, comparison.network.diff);
  const renderer = checkedValues(await openRenderer(io, comparison.network, options));
  const environments: EnvironmentDiff[] = [];
  for (const name of comparison.environments) {
    environments.push(await diffOne(io, comparison, name, { renderer, masker }));
  }
  const { base, head } = comparison;
  return { base, head, environments };
}

export function exitCodeOf({ environments }: DiffReport): number {
  const errors = environments.flatMap((environment) => environment.errors);
  if (errors.some(({ isRemote }) => isRemote === true)) return exitCodes.remote;
  if (errors.length > 0) return exitCodes.input;
  return environments.some(({ groups }) => groups.length > 0) ? exitCodes.findings : exitCodes.done;
}

async function diffOne(
  io: Io,
  comparison: Comparison,
  name: string,
  tools: { readonly renderer: ChartRenderer; readonly masker: Masker },
): Promise<EnvironmentDiff> {
  const sides = await comparison.sidesOf(name);
  let progress: ReturnType<typeof startProgress> | undefined;
  let shown = 0;
  try {
    return await diffEnvironment(name, sides, {
      ...tools,
      cancellation: io.signal,
      windowOf: (side) => describeWindow(side.environment, systemClock().nowMs()),
      onProgress: (done, all) => {
        progress ??= startProgress(io.stderr, `comparing ${name}`, all);
        for (; shown < done; shown++) progress.step();
      },
    });
  } finally {
    progress?.end();
  }
}

async function openComparison(io: Io, options: DiffOptions): Promise<Comparison> {
  const root = await openRoot(io, options);
  const head = await openHead(io, root, options);
  const network = await readNetwork(head);
  if (options.from !== undefined) return fromRelease({ root, head, network }, options);
  const revision =
    options.base ??
    (await defaultBase(io, root, options.head ?? 'HEAD', {
      remote: options.remote,
      branch: network.git.branch,
    }));
  const base = await openRevision(io, root, revision, options.remote);
  const before = await readNetwork(base);
  const known = [...network.environments, ...before.environments].map(({ name }) => name);
  return {
    base: base.name,
    head: head.name,
    network,
    environments: pickEnvironments([...new Set(known)], options.env),
    sidesOf: async (environment) => ({
      base: await nextRelease(base, environment),
      head: await nextRelease(head, environment),
    }),
  };
}

/** What the next release would change on top of one that is deployed. */
async function fromRelease(
  { root, head, network }: { root: string; head: FileTree; network: Network },
  options: DiffOptions,
): Promise<Comparison> {
  const { environment, release } = parseFrom(options);
  const cut = await readRelease(await localReleases(root), environment, release);
  const base = deployedRelease(cut, environment);
  pickEnvironments(
    network.environments.map(({ name }) => name),
    [environment],
  );
  return {
    base: base.name,
    head: `the next release on ${head.name}`,
    network,
    environments: [environment],
    sidesOf: async () => ({ base, head: await nextRelease(head, environment) }),
  };
}
