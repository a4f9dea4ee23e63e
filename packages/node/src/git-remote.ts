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
  /** How long one run of git may take. */
  readonly timeoutMs?: number;
}

/** Credentials of a Git host. */
export interface GitCredentials {
  readonly username: string;
  readonly token: string;
}

/**
 * The remote of that name in a clone, or undefined when there is none. With credentials (else with
 * those in its URL), git asks no other helper and keeps nothing; without, it uses what the machine has.
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
  const known = credentials ?? credentialsIn(written);
  if (known === undefined || !isHttp(written)) return { root, url: written, env: {} };
  const url = shown({ url: written });
  return { root, url, env: credentialEnvironment(url, known) };
}

function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

/** GitLab's runner leaves its own token in the URL of the clone. */
function credentialsIn(url: string): GitCredentials | undefined {
  if (!isHttp(url)) return undefined;
  const { username, password } = new URL(url);
  if (password === '') return undefined;
  return { username: decodeURIComponent(username), token: decodeURIComponent(password) };
}

/**
 * A helper that answers from two variables which only this git and its children see, and only for the
 * host of the URL, wherever that may redirect to. The empty helper before it drops those of the machine,
 * which might write the token to disk.
 */
function credentialEnvironment(
  url: string,
  { username, token }: GitCredentials,
): Record<string, string> {
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$TIDEGATE_GIT_USERNAME" "$TIDEGATE_GIT_TOKEN"; }; f';
  const { origin, hostname } = new URL(url);
  // Who serves HTTP may lead to HTTPS.
  const origins = [...new Set([origin, `https://${hostname}`])];
  const settings = [
    ['credential.helper', ''],
    ...origins.map((host) => [`credential.${host}.helper`, helper]),
  ];
  // Settings that come by environment already are kept.
  const first = Number(process.env['GIT_CONFIG_COUNT'] ?? 0) || 0;
  return {
    TIDEGATE_GIT_USERNAME: username,
    TIDEGATE_GIT_TOKEN: token,
    GIT_CONFIG_COUNT: String(first + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key = '', value = ''], index) => [
        [`GIT_CONFIG_KEY_${first + index}`, key],
        [`GIT_CONFIG_VALUE_${first + index}`, value],
      ]),
    ),
  };
}

/** Where branches and tags of a remote point. */
export interface RemoteState {
  /** Object name of the branch's commit. */
  readonly head: string;
  /** Object names of the tag objects by `release/<env>/<n>`. */
  readonly tags: ReadonlyMap<string, string>;
  /** Object names of the commits that they name, likewise. */
  readonly taggedCommits: ReadonlyMap<string, string>;
}

/** Asks a remote for its branch and release tags. Throws RemoteError when it cannot be asked. */
export async function readRemote(remote: GitRemote, branch: string): Promise<RemoteState> {
  const head = `refs/heads/${branch}`;
  const args = ['ls-remote', '--quiet', '--', remote.url, head, 'refs/tags/release/*'];
  const { stdout } = await remoteGit(remote, args);
  const refs = parseRefs(stdout.toString());
  const commit = refs.get(head);
  if (commit === undefined) {
    throw new RemoteError(`${shown(remote)} has no branch "${branch}"`, {
      hint: 'push the branch first, or correct "git.branch" in tidegate.yaml',
    });
  }
  const names = [...refs.keys()].filter((name) => /^refs\/tags\/release\/[^^]*$/.test(name));
  const pick = (objectOf: (name: string) => string | undefined): Map<string, string> =>
    new Map(names.map((name) => [name.slice('refs/tags/'.length), objectOf(name) ?? '']));
  return {
    head: commit,
    tags: pick((name) => refs.get(name)),
    taggedCommits: pick((name) => refs.get(`${name}^{}`) ?? refs.get(name)),
  };
}

/** Lines of an object name, a tab and a name; what an annotated tag leads to is named `<tag>^{}`. */
function parseRefs(printed: string): Map<string, string> {
  const lines = printed.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line): [string, string] => {
      const [object = '', name = ''] = line.split('\t');
      return [name, object];
    }),
  );
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
        hint: `if this clone's was never pushed, forget it: git tag -d ${moved[0]}; else somebody has moved a release tag, which must not be: find out who`,
      },
    );
  }
  const missing = [...state.tags.keys()].filter((name) => !local.has(name));
  const [isHeadKnown] = await knowCommits(remote.root, [state.head]);
  const head = isHeadKnown === true ? [] : [`refs/heads/${branch}`];
  if (head.length + missing.length === 0) return;
  if (await isShallow(remote.root)) {
    await fetchRefs(remote, head);
    await fetchTagsShallow(remote, state, missing);
  } else {
    await fetchRefs(remote, [...head, ...missing.map(tagSpec)]);
  }
}

/**
 * Tags of what a shallow clone lacks come without their history, which may be long. All others must
 * not: that would cut off the history that the clone has.
 */
async function fetchTagsShallow(
  remote: GitRemote,
  { taggedCommits }: RemoteState,
  missing: readonly string[],
): Promise<void> {
  const commits = missing.map((name) => taggedCommits.get(name) ?? '');
  const isKnown = await knowCommits(remote.root, commits);
  const known = missing.filter((_, index) => isKnown[index] === true);
  const unknown = missing.filter((_, index) => isKnown[index] !== true);
  await fetchRefs(remote, known.map(tagSpec));
  await fetchRefs(remote, unknown.map(tagSpec), ['--depth=1']);
}

function tagSpec(name: string): string {
  return `refs/tags/${name}:refs/tags/${name}`;
}

/** Fetches exactly these, whatever the user has configured for other fetches. */
async function fetchRefs(
  remote: GitRemote,
  specs: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  if (specs.length === 0) return;
  const args = ['fetch', '--quiet', '--no-tags', '--no-prune', '--no-prune-tags'];
  const rest = ['--no-write-fetch-head', '--no-recurse-submodules', ...options, '--stdin', '--'];
  await remoteGit(remote, [...args, ...rest, remote.url], { input: `${specs.join('\n')}\n` });
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

async function isShallow(root: string): Promise<boolean> {
  return (await gitText(root, ['rev-parse', '--is-shallow-repository'])) === 'true';
}

/** Which of these commits a clone has. */
async function knowCommits(root: string, commits: readonly string[]): Promise<boolean[]> {
  if (commits.length === 0) return [];
  const input = commits.map((commit) => `${commit}\n`).join('');
  const text = await gitText(root, ['cat-file', '--batch-check=%(objecttype)'], { input });
  return text.split('\n').map((line) => line === 'commit');
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
  // What the user has configured for other pushes must not add to this one.
  const only = ['--no-follow-tags', '--no-signed', '--no-verify', '--no-recurse-submodules'];
  const args = ['push', '--atomic', '--porcelain', ...only, '--', remote.url, ...specs];
  const result = await runRemote(remote, args);
  if (result.exitCode === 0) return true;
  const printed = `${result.stdout.toString()}\n${result.stderr}`;
  if (isOvertaken(printed)) return false;
  const isRefused = printed.includes('[remote rejected]');
  if (!isRefused && (await wentThrough(remote, push))) return true;
  throw remoteError(remote, 'push', result);
}

/** Somebody else's push came first, in the words of git on this side and on the other. */
function isOvertaken(printed: string): boolean {
  return /\[rejected\] \((?:fetch first|non-fast-forward|already exists|stale info)|cannot lock ref|failed to update ref|failed to lock|reference already exists|incorrect old value|Unable to create '.*\.lock'/.test(
    printed,
  );
}

async function wentThrough(remote: GitRemote, push: Push): Promise<boolean> {
  try {
    const state = await readRemote(remote, push.branch);
    if (push.tag !== undefined) return state.tags.get(push.tag.name) === push.tag.object;
    await fetchRemote(remote, push.branch, state);
    const args = ['merge-base', '--is-ancestor', push.commit, state.head];
    return (await git(remote.root, args, { accept: [0, 1, 128] })).exitCode === 0;
  } catch {
    return false;
  }
}

async function remoteGit(
  remote: GitRemote,
  args: readonly string[],
  call: Pick<GitCall, 'input'> = {},
): Promise<ToolResult> {
  const result = await runRemote(remote, args, call);
  if (result.exitCode === 0) return result;
  throw remoteError(remote, args[0] ?? '', result);
}

/** Runs git as a remote needs it. That it takes too long, or is killed, is an answer too. */
async function runRemote(
  remote: GitRemote,
  args: readonly string[],
  call: Pick<GitCall, 'input'> = {},
): Promise<ToolResult> {
  const { root, env, timeoutMs = 120_000 } = remote;
  try {
    return await git(root, args, { ...call, env, timeoutMs, accept: [0, 1, 2, 128] });
  } catch (error) {
    if (!(error instanceof ToolError) || error.data['isCutShort'] !== true) throw error;
    return { exitCode: 128, stdout: Buffer.alloc(0), stderr: `fatal: ${error.message}` };
  }
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
    /protected branch|protected tag|hook declined|not allowed to (?:push|create)/i.test(printed)
  ) {
    return 'the token must belong to somebody who may push to the branch and create release/* tags (settings of protected branches and tags)';
  }
  if (
    /Authentication failed|could not read Username|Access denied|HTTP Basic|error: 403|Permission denied|invalid credentials/i.test(
      printed,
    )
  ) {
    return 'set TIDEGATE_GIT_TOKEN to a token that may read and push, or have git know credentials';
  }
  if (
    /Could not resolve|unable to access|Connection (?:refused|timed out|reset)|did not finish|hung up|No route|Network is unreachable/i.test(
      printed,
    )
  ) {
    return 'check the network, and whether the URL is right';
  }
  return undefined;
}

/** A remote without anything secret. */
export function shown(remote: Pick<GitRemote, 'url'>): string {
  return remote.url.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');
}

function withoutSecrets(text: string, { env }: GitRemote): string {
  const token = env['TIDEGATE_GIT_TOKEN'];
  const hidden = text.replace(/([a-z+]+:\/\/)[^/\s]*@/gi, '$1');
  return token === undefined || token === '' ? hidden : hidden.replaceAll(token, '***');
}
