import { ToolError } from '@tidegate/core';
import { realpath } from 'node:fs/promises';
import { runTool, toolEnvironment, type ToolResult } from './run-tool.ts';

/** Options of one call of git. */
export interface GitCall {
  readonly input?: string;
  /** Variables for this call, over those of the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures. Default: only 0. */
  readonly accept?: readonly number[];
  readonly timeoutMs?: number;
}

/**
 * Runs git in a folder. Throws ToolError with git's own reason when it fails. Settings of git that
 * come by environment (`GIT_SSH_COMMAND`, `GIT_CONFIG_*`, proxies) are kept; those that would point it
 * to another repository are not.
 */
export async function git(
  root: string,
  args: readonly string[],
  call: GitCall = {},
): Promise<ToolResult> {
  const result = await runTool('git', {
    args: ['-C', root, ...args],
    env: { ...gitEnvironment(), ...call.env },
    ...(call.input === undefined ? {} : { input: call.input }),
    ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
  });
  if ((call.accept ?? [0]).includes(result.exitCode)) return result;
  const reason = reasonIn(result.stderr.trim() || result.stdout.toString().trim());
  throw new ToolError(
    `git ${args[0] ?? ''} failed in ${root}: ${reason || `exit code ${result.exitCode}`}`,
    {
      data: { exitCode: result.exitCode },
    },
  );
}

/** Git's own complaint: what follows it is advice. */
function reasonIn(printed: string): string {
  const lines = printed.split('\n');
  return lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? '';
}

const otherRepository = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
  'GIT_REPLACE_REF_BASE',
];

/** The environment of every git. */
export function gitEnvironment(): Record<string, string> {
  const settings = Object.entries(process.env).filter(
    ([name]) =>
      (name.startsWith('GIT_') && !otherRepository.includes(name)) ||
      /^(https?|no|all)_proxy$/i.test(name) ||
      name === 'SSH_AUTH_SOCK' ||
      name === 'XDG_CONFIG_HOME',
  );
  return {
    ...toolEnvironment(process.env),
    ...Object.fromEntries(settings.map(([name, value]) => [name, value ?? ''])),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/** The real path of the top of the Git work tree around a folder; undefined where there is none. */
export async function findGitRoot(folder: string): Promise<string | undefined> {
  const result = await git(folder, ['rev-parse', '--show-toplevel'], { accept: [0, 128] });
  if (result.exitCode === 0) return realpath(result.stdout.toString().replace(/\n$/, ''));
  if (/not a git repository|must be run in a work tree/.test(result.stderr)) return undefined;
  throw new ToolError(`git refuses ${folder}: ${result.stderr.trim().split('\n')[0] ?? ''}`);
}

/** Numbers of an environment's release tags in this clone, ascending. */
export async function releaseNumbers(root: string, environment: string): Promise<number[]> {
  const prefix = `refs/tags/release/${environment}/`;
  const { stdout } = await git(root, ['for-each-ref', '--format=%(refname)', prefix]);
  return stdout
    .toString()
    .split('\n')
    .map((ref) => ref.slice(prefix.length))
    .filter((number) => /^[1-9]\d{0,14}$/.test(number))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Whether a revision names a commit of this clone. */
export async function revisionExists(root: string, revision: string): Promise<boolean> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const result = await git(root, args, { accept: [0, 1, 128] });
  return result.exitCode === 0;
}

/** Makes a folder a Git repository. */
export async function initRepository(root: string, branch: string): Promise<void> {
  await git(root, ['init', '--quiet', `--initial-branch=${branch}`]);
}

/** Who a commit is by. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Commits everything in a repository's folder. */
export async function commitAll(root: string, message: string, by: Identity): Promise<void> {
  await git(root, ['add', '--all']);
  await git(root, ['commit', '--quiet', '--no-verify', '--no-gpg-sign', `--message=${message}`], {
    env: {
      GIT_AUTHOR_NAME: by.name,
      GIT_AUTHOR_EMAIL: by.email,
      GIT_COMMITTER_NAME: by.name,
      GIT_COMMITTER_EMAIL: by.email,
    },
  });
}

/** Absolute path of a file inside the repository's Git folder. */
export async function gitPath(root: string, name: string): Promise<string> {
  const { stdout } = await git(root, ['rev-parse', '--path-format=absolute', '--git-path', name]);
  return stdout.toString().replace(/\n$/, '');
}

/** Of these paths (relative to a folder of the work tree), those that Git tracks and whose content differs from the last commit. */
export async function changedSinceCommit(
  root: string,
  paths: readonly string[],
): Promise<string[]> {
  if (paths.length === 0 || !(await revisionExists(root, 'HEAD'))) return [];
  const args = ['diff', '--name-only', '-z', '--no-renames', '--relative', 'HEAD', '--', '.'];
  const { stdout } = await git(root, args);
  const changed = new Set(stdout.toString().split('\0'));
  return paths.filter((path) => changed.has(path));
}
