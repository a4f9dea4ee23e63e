import {
  checkedValues,
  deployedRelease,
  diffEnvironment,
  exitCodes,
  InputError,
  nextRelease,
  readNetwork,
  readRelease,
  UsageError,
  type ChartRenderer,
  type DiffReport,
  type EnvironmentDiff,
  type FileTree,
  type Masker,
  type Network,
  type SidePair,
} from '@tidegate/core';
import { findGitRoot, gitReleaseRepository, gitText, localTags, systemClock } from '@tidegate/node';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';
import { openRenderer, type RendererOptions } from '../renderer.ts';
import { openWorkspace, type DirectoryOptions } from '../workspace.ts';
import { openMasker } from '../diff/masking.ts';
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
 * rendered.
 */
export async function runDiff(io: Io, options: DiffOptions): Promise<number> {
  const comparison = await openComparison(io, options);
  const masker = openMasker(io, comparison.network.diff);
  const renderer = checkedValues(await openRenderer(io, comparison.network, options));
  const environments: EnvironmentDiff[] = [];
  for (const name of comparison.environments) {
    environments.push(await diffOne(io, comparison, name, { renderer, masker }));
  }
  const { base, head } = comparison;
  const report: DiffReport = { base, head, environments };
  await publish(io, report, options);
  const exitCode = exitCodeOf(report);
  const isAllowed = exitCode === exitCodes.findings && options.allowChanges === true;
  return isAllowed ? exitCodes.done : exitCode;
}

export function exitCodeOf({ environments }: DiffReport): number {
  if (environments.some(({ errors }) => errors.length > 0)) return exitCodes.input;
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
  const start = resolve(io.cwd, options.dir ?? '.');
  const root = await findGitRoot(start);
  if (root === undefined) {
    throw new InputError(`${start} is no Git repository; a diff compares two of its revisions`, {
      hint: 'go into a clone of the GitOps repository, or pass --dir',
    });
  }
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

async function openHead(io: Io, root: string, options: DiffOptions): Promise<FileTree> {
  if (options.worktree === true) {
    if (options.head !== undefined)
      throw new UsageError('--head and --worktree exclude each other');
    return (await openWorkspace(io, options)).tree;
  }
  return openRevision(io, root, options.head ?? 'HEAD', options.remote);
}

/** What the next release would change on top of one that is deployed. */
async function fromRelease(
  { root, head, network }: { root: string; head: FileTree; network: Network },
  options: DiffOptions,
): Promise<Comparison> {
  const { environment, release } = parseFrom(options);
  const commit = await gitText(root, ['rev-parse', '--verify', 'HEAD^{commit}']);
  const state = { head: commit, tags: await localTags(root) };
  const cut = await readRelease(gitReleaseRepository(root, state, 'HEAD'), environment, release);
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

function parseFrom({ from = '', env = [] }: DiffOptions): {
  environment: string;
  release: number;
} {
  const [, tagged, number = from] = /^release\/([^/]+)\/(.+)$/.exec(from) ?? [];
  const [named, ...more] = env;
  const environment = tagged ?? named;
  if (
    environment === undefined ||
    more.length > 0 ||
    (named !== undefined && named !== environment)
  ) {
    throw new UsageError(`--from ${from} compares one environment; name it with --env`);
  }
  if (!/^[1-9]\d{0,14}$/.test(number)) {
    throw new UsageError(
      `--from is ${JSON.stringify(from)}; expected a tag release/<env>/<n> or its number`,
    );
  }
  return { environment, release: Number(number) };
}

function pickEnvironments(
  known: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  if (wanted === undefined || wanted.length === 0) return known;
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return known.filter((name) => wanted.includes(name));
  throw new UsageError(`environment ${JSON.stringify(unknown)} is not in tidegate.yaml`, {
    hint: `known environments: ${known.join(', ')}`,
  });
}
