import { InputError, UsageError, type FileTree, type ReleaseRepository } from '@tidegate/core';
import { findGitRoot, gitReleaseRepository, gitText, localTags } from '@tidegate/node';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';
import { openWorkspace, type DirectoryOptions } from '../workspace.ts';
import { openRevision } from './revisions.ts';

/** Which state of the repository is compared. */
export interface SideOptions extends DirectoryOptions {
  readonly head?: string;
  /** Compare the files as they are, not a commit. */
  readonly worktree?: boolean;
  readonly env?: readonly string[];
  /** A release tag, or a number. */
  readonly from?: string;
  readonly remote: string;
}

/** The Git repository around a folder. Throws InputError when there is none. */
export async function openRoot(io: Io, { dir }: DirectoryOptions): Promise<string> {
  const start = resolve(io.cwd, dir ?? '.');
  const root = await findGitRoot(start);
  if (root !== undefined) return root;
  throw new InputError(`${start} is no Git repository; a diff compares two of its revisions`, {
    hint: 'go into a clone of the GitOps repository, or pass --dir',
  });
}

/** The releases that a clone has the tags of, with HEAD as the branch's newest commit. */
export async function localReleases(root: string): Promise<ReleaseRepository> {
  const head = await gitText(root, ['rev-parse', '--verify', 'HEAD^{commit}']);
  return gitReleaseRepository(root, { head, tags: await localTags(root) }, 'HEAD');
}

/** The head that the options name: a commit, HEAD without one, or the files as they are. */
export async function openHead(io: Io, root: string, options: SideOptions): Promise<FileTree> {
  if (options.worktree === true) {
    if (options.head !== undefined)
      throw new UsageError('--head and --worktree exclude each other');
    return (await openWorkspace(io, options)).tree;
  }
  return openRevision(io, root, options.head ?? 'HEAD', options.remote);
}

/** Environment and number of the release that `--from` names. Throws UsageError. */
export function parseFrom({ from = '', env = [] }: SideOptions): {
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

/** The environments that `--env` names, in the known order; all without it. Throws UsageError. */
export function pickEnvironments(
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
