import { ConflictError, RemoteError, ToolError, type TidegateError } from '@tidegate/core';
import { git, type GitCall } from './git.ts';
import { gitText } from './git-objects.ts';
import type { ToolResult } from './run-tool.ts';

/** A remote repository that releases are fetched from and pushed to. */
export interface GitRemote {
  /** Folder of the clone. */
  readonly root: string;
  /** URL without credentials. */
  readonly url: string;
  /** Settings and credentials for git, by environment: never in arguments or in files. */
  readonly env: Readonly<Record<string, string>>;
}

/** Credentials of a Git host. */
export interface GitCredentials {
  readonly username: string;
  readonly token: string;
}

/**
 * The remote of that name in a clone, or undefined when there is none. With credentials, git asks no
 * other helper for that URL and keeps nothing; without, it uses what the machine has.
 */
export async function openRemote(
  root: string,
  name: string,
  credentials: GitCredentials | undefined,
): Promise<GitRemote | undefined> {
  const { exitCode, stdout } = await git(root, ['remote', 'get-url', '--push', '--', name], {
    accept: [0, 2, 128],
  });
  if (exitCode !== 0) return undefined;
  const written = stdout.toString().trim();
  const url = credentials === undefined ? written : withoutUserInfo(written);
  return { root, url, env: credentials === undefined ? {} : credentialEnvironment(credentials) };
}

function withoutUserInfo(url: string): string {
  return url.replace(/^(https?:\/\/)[^@/]*@/i, '$1');
}

/**
 * A helper that answers from two variables which only this git and its children see. The empty helper
 * before it drops those of the machine, which might write the token to disk.
 */
function credentialEnvironment({ username, token }: GitCredentials): Record<string, string> {
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$TIDEGATE_GIT_USERNAME" "$TIDEGATE_GIT_TOKEN"; }; f';
  // Settings that come by environment already are kept.
  const first = Number(process.env['GIT_CONFIG_COUNT'] ?? 0) || 0;
  return {
    TIDEGATE_GIT_USERNAME: username,
    TIDEGATE_GIT_TOKEN: token,
    GIT_CONFIG_COUNT: String(first + 2),
    [`GIT_CONFIG_KEY_${first}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${first}`]: '',
    [`GIT_CONFIG_KEY_${first + 1}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${first + 1}`]: helper,
  };
}

/** Where branches and tags of a remote point. */
export interface RemoteState {
  /** Object name of the branch's commit. */
  readonly head: string;
  /** Object names of the tag objects by `release/<env>/<n>`. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Asks a remote for its branch and release tags. Throws RemoteError when it cannot be asked. */
export async function readRemote(remote: GitRemote, branch: string): Promise<RemoteState> {
  const head = `refs/heads/${branch}`;
  const args = ['ls-remote', '--quiet', '--', remote.url, head, 'refs/tags/release/*'];
  const { stdout } = await remoteGit(remote, args);
  const refs = new Map(
    stdout
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => {
        const [object = '', name = ''] = line.split('\t');
        return [name, object];
      }),
  );
  const commit = refs.get(head);
  if (commit === undefined) {
    throw new RemoteError(`${shown(remote)} has no branch "${branch}"`, {
      hint: 'push the branch first, or correct "git.branch" in tidegate.yaml',
    });
  }
  const tags = [...refs].filter(([name]) => /^refs\/tags\/release\/.*[^}]$/.test(name));
  return {
    head: commit,
    tags: new Map(tags.map(([name, object]) => [name.slice('refs/tags/'.length), object])),
  };
}

/**
 * Gets what this clone lacks of a remote's state. Throws ConflictError when a release tag of this
 * clone points elsewhere than the remote's: it was moved, which nobody may do.
 */
export async function fetchRemote(
  remote: GitRemote,
  branch: string,
  state: RemoteState,
): Promise<void> {
  const local = await localTags(remote.root);
  const moved = [...state.tags].find(
    ([name, object]) => local.has(name) && local.get(name) !== object,
  );
  if (moved !== undefined) {
    throw new ConflictError(
      `tag ${moved[0]} is another one in ${shown(remote)} than in this clone`,
      {
        hint: `release tags must not move; find out who did it, then: git tag -d ${moved[0]}`,
      },
    );
  }
  const missing = [...state.tags.keys()].filter((name) => !local.has(name));
  const isHeadKnown = await hasCommit(remote.root, state.head);
  if (missing.length === 0 && isHeadKnown) return;
  const isShallow =
    (await gitText(remote.root, ['rev-parse', '--is-shallow-repository'])) === 'true';
  const specs = [
    ...(isHeadKnown ? [] : [`refs/heads/${branch}`]),
    ...missing.map((name) => `refs/tags/${name}:refs/tags/${name}`),
  ];
  await remoteGit(remote, [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    ...(isShallow ? ['--depth=1'] : []),
    '--',
    remote.url,
    ...specs,
  ]);
}

/** Object names of the release tags of a clone, by name. */
export async function localTags(root: string): Promise<Map<string, string>> {
  const text = await gitText(root, [
    'for-each-ref',
    '--format=%(objectname) %(refname:lstrip=2)',
    'refs/tags/release/',
  ]);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [object = '', name = ''] = line.split(' ');
        return [name, object];
      }),
  );
}

async function hasCommit(root: string, commit: string): Promise<boolean> {
  const { exitCode } = await git(root, ['cat-file', '-e', `${commit}^{commit}`], {
    accept: [0, 1, 128],
  });
  return exitCode === 0;
}

/** What a push does: all of it, or nothing. */
export interface Push {
  readonly branch: string;
  readonly commit: string;
  /** A tag that must not exist yet. */
  readonly tag?: { readonly name: string; readonly object: string };
}

/**
 * Pushes a commit, and a tag with it, atomically and never by force. Returns false when somebody else
 * was faster: the branch has moved or the tag exists. Throws RemoteError when it is refused or does
 * not go through; when the answer is lost it looks whether the push went through all the same.
 */
export async function pushAtomically(remote: GitRemote, push: Push): Promise<boolean> {
  const specs = [
    `${push.commit}:refs/heads/${push.branch}`,
    ...(push.tag === undefined ? [] : [`${push.tag.object}:refs/tags/${push.tag.name}`]),
  ];
  const args = ['push', '--atomic', '--porcelain', '--no-verify', '--no-recurse-submodules', '--'];
  const result = await git(remote.root, [...args, remote.url, ...specs], {
    env: remote.env,
    accept: [0, 1, 128],
  });
  if (result.exitCode === 0) return true;
  const printed = `${result.stdout.toString()}\n${result.stderr}`;
  if (isOvertaken(printed)) return false;
  if (result.exitCode === 128 && (await wentThrough(remote, push))) return true;
  throw remoteError(remote, 'push', result);
}

/** Somebody else's push came first, in the words of git on this side and on the other. */
function isOvertaken(printed: string): boolean {
  return /\[rejected\] \((?:fetch first|non-fast-forward|already exists|stale info)|cannot lock ref|failed to update ref|failed to lock|reference already exists|Unable to create '.*\.lock'/.test(
    printed,
  );
}

async function wentThrough(remote: GitRemote, push: Push): Promise<boolean> {
  try {
    const state = await readRemote(remote, push.branch);
    return push.tag === undefined
      ? state.head === push.commit
      : state.tags.get(push.tag.name) === push.tag.object;
  } catch {
    return false;
  }
}

async function remoteGit(
  remote: GitRemote,
  args: readonly string[],
  call: GitCall = {},
): Promise<ToolResult> {
  const result = await git(remote.root, args, {
    ...call,
    env: { ...call.env, ...remote.env },
    accept: [0, 1, 2, 128],
  });
  if (result.exitCode === 0) return result;
  throw remoteError(remote, args[0] ?? '', result);
}

function remoteError(remote: GitRemote, what: string, result: ToolResult): TidegateError {
  const printed = withoutSecrets(`${result.stderr}\n${result.stdout.toString()}`, remote);
  const reason = reasonOf(printed);
  if (/not a git repository/i.test(printed) && !printed.includes(remote.url)) {
    return new ToolError(`git ${what} failed: ${reason}`);
  }
  const hint = hintFor(printed);
  return new RemoteError(`git ${what} of ${shown(remote)} failed: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What the host says, else what git says. */
function reasonOf(printed: string): string {
  const lines = printed.split('\n').map((line) => line.trim());
  const said = lines
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => /[a-z]/i.test(line));
  const own = lines.find((line) => /^(fatal|error): |\[remote rejected\]/.test(line));
  const parts = [...said.slice(0, 2), ...(own === undefined ? [] : [own.replace(/\s+/g, ' ')])];
  return parts.join('; ') || 'no reason given';
}

function hintFor(printed: string): string | undefined {
  if (
    /protected branch|protected tag|pre-receive hook declined|not allowed to push/i.test(printed)
  ) {
    return 'the token must belong to somebody who may push to the branch and create release/* tags (settings of protected branches and tags)';
  }
  if (
    /Authentication failed|could not read Username|Access denied|HTTP Basic|403|Permission denied|invalid credentials/i.test(
      printed,
    )
  ) {
    return 'set TIDEGATE_GIT_TOKEN to a token that may read and push, or have git know credentials';
  }
  if (
    /Could not resolve|unable to access|Connection (?:refused|timed out|reset)|No route|Network is unreachable/i.test(
      printed,
    )
  ) {
    return 'check the network, and whether the URL is right';
  }
  return undefined;
}

/** A remote without anything secret. */
export function shown(remote: Pick<GitRemote, 'url'>): string {
  return remote.url.replace(/^([a-z+]+:\/\/)[^@/]*@/i, '$1');
}

function withoutSecrets(text: string, { env }: GitRemote): string {
  const token = env['TIDEGATE_GIT_TOKEN'];
  const hidden = text.replace(/([a-z+]+:\/\/)[^@/\s]*@/gi, '$1');
  return token === undefined || token === '' ? hidden : hidden.replaceAll(token, '***');
}
