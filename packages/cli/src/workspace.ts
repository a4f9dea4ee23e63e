import {
  definitionFile,
  findEnvironment,
  InputError,
  noHistory,
  readNetwork,
  releaseTag,
  UsageError,
  type Environment,
  type FileTree,
  type Network,
  type ReleaseHistory,
} from '@tidegate/core';
import {
  directoryTree,
  exists,
  findGitRoot,
  findUp,
  gitTree,
  releaseNumbers,
  revisionExists,
} from '@tidegate/node';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Io } from './io.ts';

/** The GitOps repository that a command works in. */
export interface Workspace {
  /** Absolute path of the folder with `tidegate.yaml`. */
  readonly root: string;
  readonly tree: FileTree;
  readonly network: Network;
  readonly history: ReleaseHistory;
}

/** Options that every command in a repository has. */
export interface DirectoryOptions {
  readonly dir?: string;
}

/**
 * Opens the repository around a folder: `tidegate.yaml` is looked for upwards, as far as the Git
 * root. Throws InputError when there is none.
 */
export async function openWorkspace(io: Io, options: DirectoryOptions): Promise<Workspace> {
  const start = resolve(io.cwd, options.dir ?? '.');
  if (!(await exists(start))) {
    throw new UsageError(`no folder ${start}; expected one in a GitOps repository`, {
      hint: 'correct --dir',
    });
  }
  const root = await findUp(start, definitionFile);
  if (root === undefined) {
    throw new InputError(
      `no ${definitionFile} in ${start} or any folder above it up to the Git root`,
      {
        hint: 'go into the GitOps repository, pass --dir, or make one with "tidegate init"',
      },
    );
  }
  const tree = directoryTree(root, 'the working tree');
  return { root, tree, network: await readNetwork(tree), history: await openHistory(root) };
}

/** The release tags of the Git repository at a folder; none where it is no Git repository. */
export async function openHistory(root: string): Promise<ReleaseHistory> {
  if ((await findGitRoot(root)) !== (await realpath(root))) return noHistory;
  return {
    releases: (environment) => releaseNumbers(root, environment),
    tree: async (revision) =>
      (await revisionExists(root, revision)) ? gitTree(root, revision) : undefined,
  };
}

/** The environment of that name in a workspace. */
export function pickEnvironment(workspace: Workspace, name: string): Environment {
  return findEnvironment(workspace.network, name);
}

/** The tree of an environment's release N. Throws InputError when this clone lacks its tag. */
export async function releaseTree(
  workspace: Workspace,
  environment: Environment,
  release: number,
): Promise<FileTree> {
  const tag = releaseTag(environment.name, release);
  const tree = await workspace.history.tree(tag);
  if (tree !== undefined) return tree;
  const known = await workspace.history.releases(environment.name);
  throw new InputError(`"${environment.name}" has no release ${release} in this clone`, {
    hint:
      known.length === 0
        ? 'it has no release tags at all; fetch them with: git fetch --tags'
        : `newest release here: ${Math.max(...known)}`,
  });
}

/** The tree of any revision, such as what a release pins. Throws InputError when this clone lacks it. */
export async function revisionTree(workspace: Workspace, revision: string): Promise<FileTree> {
  const tree = await workspace.history.tree(revision);
  if (tree !== undefined) return tree;
  throw new InputError(`revision ${JSON.stringify(revision)} is not in this clone`, {
    hint: 'fetch it, release tags with: git fetch --tags',
  });
}
