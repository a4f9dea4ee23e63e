import {
  definitionFile,
  InputError,
  readNetwork,
  ToolError,
  UsageError,
  type ReleaseRepository,
} from '@tidegate/core';
import {
  fetchRemote,
  findGitRoot,
  gitReleaseRepository,
  gitText,
  gitTree,
  localTags,
  openRemote,
  readRemote,
  revisionExists,
  shownRemote,
  type GitRemote,
  type Identity,
  type RepositoryState,
} from '@tidegate/node';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';
import type { DirectoryOptions } from '../workspace.ts';

/** Options of every command that reads or cuts releases. */
export interface CloneOptions extends DirectoryOptions {
  /** Name of the remote. */
  readonly remote: string;
  /** Branch that releases are cut on, instead of the definition's. */
  readonly branch?: string;
  /** False: look at this clone only. */
  readonly fetch: boolean;
}

/** A clone that releases are planned in. Its work tree, index and branches do not matter. */
export interface ReleaseClone {
  readonly root: string;
  readonly branch: string;
  /** Undefined: the clone has no remote, or shall not use it. */
  readonly remote: GitRemote | undefined;
  /** What the clone is compared with, for people. */
  readonly where: string;
}

/** One look at the repository. */
export interface Snapshot {
  readonly state: RepositoryState;
  readonly repository: ReleaseRepository;
}

/** Opens the Git repository around the folder. Throws InputError when there is none. */
export async function openReleaseClone(io: Io, options: CloneOptions): Promise<ReleaseClone> {
  const start = resolve(io.cwd, options.dir ?? '.');
  const root = await findGitRoot(start);
  if (root === undefined || !(await revisionExists(root, 'HEAD'))) {
    throw new InputError(
      `${start} is no Git repository with a commit; releases are commits and tags`,
      {
        hint: 'go into a clone of the GitOps repository, or pass --dir',
      },
    );
  }
  const branch = options.branch ?? (await definedBranch(root));
  const remote = options.fetch
    ? await openRemote(root, options.remote, gitCredentials(io.env))
    : undefined;
  const where =
    remote === undefined ? `branch "${branch}" of this clone` : `${shownRemote(remote)} ${branch}`;
  return { root, branch, remote, where };
}

/** The branch that the committed definition names; what is not committed does not count. */
async function definedBranch(root: string): Promise<string> {
  const tree = gitTree(root, 'HEAD', 'HEAD');
  if ((await tree.read(definitionFile)) === undefined) {
    throw new InputError(`no ${definitionFile} at the root of the Git repository ${root}`, {
      hint: 'releases are cut in a GitOps repository; "tidegate init" makes one',
    });
  }
  return (await readNetwork(tree)).git.branch;
}

/** The token comes from the environment only. GitLab's own name for the user of a token is `oauth2`. */
function gitCredentials(env: Io['env']): { username: string; token: string } | undefined {
  const token = env['TIDEGATE_GIT_TOKEN'];
  if (token === undefined || token === '') return undefined;
  const username = env['TIDEGATE_GIT_USERNAME'];
  return { username: username === undefined || username === '' ? 'oauth2' : username, token };
}

/** Looks at the remote, or at the clone where there is none, and fetches what is missing. */
export async function takeSnapshot(clone: ReleaseClone): Promise<Snapshot> {
  const { root, branch, remote } = clone;
  const state = remote === undefined ? await localState(clone) : await remoteState(remote, branch);
  const name = remote === undefined ? branch : `${branch} of the remote`;
  return { state, repository: gitReleaseRepository(root, state, name) };
}

async function remoteState(remote: GitRemote, branch: string): Promise<RepositoryState> {
  const state = await readRemote(remote, branch);
  await fetchRemote(remote, branch, state);
  return state;
}

async function localState({ root, branch }: ReleaseClone): Promise<RepositoryState> {
  if (!(await revisionExists(root, `refs/heads/${branch}`))) {
    throw new UsageError(`this clone has no branch "${branch}", which releases are cut on`, {
      hint: 'name another one with --branch, or correct "git.branch" in tidegate.yaml',
    });
  }
  return {
    head: await gitText(root, ['rev-parse', '--verify', `refs/heads/${branch}^{commit}`]),
    tags: await localTags(root),
  };
}

/** Who cuts a release: in CI whoever started the pipeline, else whom Git knows. */
export async function releaseIdentities(
  io: Io,
  root: string,
): Promise<{ author: Identity; committer: Identity }> {
  const { env } = io;
  const person = identity(env['GITLAB_USER_NAME'], env['GITLAB_USER_EMAIL']);
  const bot = identity(env['GITLAB_BOT_NAME'], env['GITLAB_BOT_EMAIL']);
  const author = person ?? bot ?? (await configuredIdentity(root));
  return { author, committer: bot ?? author };
}

function identity(name: string | undefined, email: string | undefined): Identity | undefined {
  const clean = (text: string): string => text.replace(/[<>\r\n\0]/g, '').trim();
  if (name === undefined || email === undefined) return undefined;
  return clean(name) === '' || clean(email) === ''
    ? undefined
    : { name: clean(name), email: clean(email) };
}

async function configuredIdentity(root: string): Promise<Identity> {
  try {
    const text = await gitText(root, ['var', 'GIT_COMMITTER_IDENT']);
    const [, name, email] = /^(.*) <([^>]*)> \d+ [-+]\d{4}$/.exec(text) ?? [];
    const known = identity(name, email);
    if (known !== undefined) return known;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
  }
  throw new ToolError('Git does not know who cuts the release', {
    hint: 'git config user.name "…" and git config user.email "…", or set GITLAB_BOT_NAME and GITLAB_BOT_EMAIL',
  });
}
