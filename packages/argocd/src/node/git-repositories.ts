import { ToolError } from '@tidegate/core';
import { realPath, type GitRef } from '@tidegate/core/argocd/sources';
import { git, GitObjectReader, sha256 } from '@tidegate/node';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitAnswer, FileSet, GitRepositories, RefsAnswer } from '../repository/index.ts';
import { goDuration } from './chart-helm.ts';
import { listingFault } from './git-faults.ts';
import { readText } from './memory-files.ts';

export interface GitRepositoriesOptions {
  /** Folder for copies of the repositories. */
  readonly cacheDir: string;
  /** Where a repository really is, by the URL in the manifests: another URL, or a path. */
  readonly urls?: ReadonlyMap<string, string>;
  /** Variables for git, such as what lets it sign in. Default: those of the process. */
  readonly environmentOf?: (repoURL: string) => Readonly<Record<string, string>>;
  /** `ARGOCD_GIT_REQUEST_TIMEOUT`, for lists of branches and tags. Default: 15 s. */
  readonly listTimeoutMs?: number;
  /** `ARGOCD_EXEC_TIMEOUT`, for fetching. Default: 90 s. */
  readonly fetchTimeoutMs?: number;
}

/** Git's exit codes; none of them is a failure to run it. */
const exitCodes = [0, 1, 2, 128, 129, 255];

/**
 * Git repositories by URL or path. A bare copy of each is kept and fetched into when a commit is not there yet;
 * commits that were rewritten away stay readable for as long as the copy keeps them, as with Argo CD's.
 */
export function gitRepositories(options: GitRepositoriesOptions): GitRepositories {
  const copies = new Map<string, Copy>();
  const copyOf = (repoURL: string): Copy => {
    const known = copies.get(repoURL) ?? new Copy(repoURL, options);
    copies.set(repoURL, known);
    return known;
  };
  return {
    listRefs: (repoURL) => listRefs(repoURL, options),
    checkOut: (repoURL, commit) => copyOf(repoURL).checkOut(commit),
  };
}

async function listRefs(repoURL: string, options: GitRepositoriesOptions): Promise<RefsAnswer> {
  const { cacheDir, urls, environmentOf, listTimeoutMs = 15_000 } = options;
  try {
    await mkdir(cacheDir, { recursive: true });
    const target = urls?.get(repoURL) ?? repoURL;
    const { exitCode, stdout, stderr } = await git(
      cacheDir,
      ['ls-remote', '--symref', '--', target],
      { accept: exitCodes, timeoutMs: listTimeoutMs, env: { ...environmentOf?.(repoURL) } },
    );
    if (exitCode !== 0) return { fault: listingFault(repoURL, stderr) };
    const refs = parseRefs(stdout.toString());
    return refs.length === 0 ? { fault: 'remote repository is empty' } : { refs };
  } catch (error) {
    return { fault: listingFault(repoURL, messageOf(error)) };
  }
}

/** Lines of `git ls-remote --symref`: `ref: <target>\t<name>`, `<object>\t<name>`, and `<name>^{}` for tags. */
export function parseRefs(printed: string): GitRef[] {
  const refs = new Map<string, GitRef>();
  for (const line of printed.split('\n')) {
    const [object = '', name = ''] = line.split('\t');
    if (name === '') continue;
    const symbolic = /^ref: (.+)$/.exec(object)?.[1];
    if (symbolic !== undefined) refs.set(name, { name, target: symbolic });
    else if (name.endsWith('^{}'))
      refs.set(name.slice(0, -3), { name: name.slice(0, -3), commit: object });
    else if (!refs.has(name)) refs.set(name, { name, commit: object });
  }
  return [...refs.values()];
}

/** A bare copy of one repository. */
class Copy {
  private readonly repoURL: string;
  private readonly target: string;
  private readonly root: string;
  private readonly options: GitRepositoriesOptions;
  private readonly reader: GitObjectReader;
  private ready: Promise<void> | undefined;
  private fetching: Promise<unknown> = Promise.resolve();

  constructor(repoURL: string, options: GitRepositoriesOptions) {
    this.repoURL = repoURL;
    this.options = options;
    this.target = options.urls?.get(repoURL) ?? repoURL;
    this.root = join(options.cacheDir, `${sha256(this.target).slice(0, 32)}.git`);
    this.reader = new GitObjectReader(this.root);
  }

  async checkOut(name: string): Promise<CommitAnswer> {
    try {
      await (this.ready ??= this.init());
      const known = (await this.commitOf(name)) ?? (await this.fetchFor(name));
      if (typeof known !== 'string') return known;
      return { commit: known, files: await gitFiles(this.root, known, this.reader) };
    } catch (error) {
      return { fault: `exit status 128: fatal: ${messageOf(error)}` };
    }
  }

  private async init(): Promise<void> {
    try {
      await mkdir(this.root, { recursive: true });
      await git(this.root, ['init', '--quiet', '--bare', '.']);
    } catch (error) {
      this.ready = undefined;
      throw error;
    }
  }

  private async commitOf(name: string): Promise<string | undefined> {
    const found = await this.reader.read(name);
    return found?.kind === 'commit' ? found.name : undefined;
  }

  /** One fetch at a time; who waited may find the commit there. */
  private fetchFor(name: string): Promise<string | { fault: string }> {
    const work = this.fetching.then(async () => {
      const known = await this.commitOf(name);
      return known ?? this.fetch(name);
    });
    this.fetching = work.catch(() => undefined);
    return work;
  }

  private async fetch(name: string): Promise<string | { fault: string }> {
    const all = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    const first = await this.runFetch(['--force', '--prune', '--', this.target, ...all]);
    const found = first === undefined ? await this.commitOf(name) : undefined;
    if (found !== undefined) return found;
    const second = first ?? (await this.runFetch(['--force', '--', this.target, name]));
    if (second !== undefined) return { fault: second };
    return (
      (await this.commitOf(name)) ?? {
        fault: `exit status 128: fatal: remote error: upload-pack: not our ref ${name}`,
      }
    );
  }

  /** How a fetch failed; undefined where it did not. */
  private async runFetch(args: readonly string[]): Promise<string | undefined> {
    const { environmentOf, fetchTimeoutMs = 90_000 } = this.options;
    try {
      const { exitCode, stderr } = await git(
        this.root,
        [
          'fetch',
          '--quiet',
          '--no-tags',
          '--no-write-fetch-head',
          '--no-recurse-submodules',
          ...args,
        ],
        {
          accept: exitCodes,
          timeoutMs: fetchTimeoutMs,
          env: { ...environmentOf?.(this.repoURL) },
        },
      );
      if (exitCode === 0) return undefined;
      // Where the remote is a folder, its own process speaks as well.
      const lines = stderr.trim().split('\n');
      const own = lines.filter((line) => !line.startsWith('fatal: git upload-pack: '));
      const said = own.join('\n').replaceAll(this.target, this.repoURL);
      return `exit status ${exitCode}: ${said}`;
    } catch (error) {
      const isCutShort = error instanceof ToolError && error.data['isCutShort'] === true;
      return isCutShort ? `timeout after ${goDuration(fetchTimeoutMs)}` : messageOf(error);
    }
  }
}

interface Entry {
  readonly object: string;
  readonly isLink: boolean;
}

/** The files of a commit, read when they are wanted. What is in submodules is not there. */
async function gitFiles(root: string, commit: string, reader: GitObjectReader): Promise<FileSet> {
  const { stdout } = await git(root, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  const entries = new Map<string, Entry>();
  for (const line of stdout.toString().split('\0')) {
    const [, mode, object, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    if (path !== undefined && object !== undefined) {
      entries.set(path, { object, isLink: mode === '120000' });
    }
  }
  const content = async (path: string): Promise<Uint8Array> => {
    const entry = entries.get(path);
    const found = entry === undefined ? undefined : await reader.read(entry.object);
    if (found === undefined) throw new Error(`open ${path}: no such file or directory`);
    return found.bytes;
  };
  const links: Record<string, string> = {};
  for (const [path, { isLink }] of entries) {
    if (isLink) links[path] = Buffer.from(await content(path)).toString();
  }
  const absolute = Object.fromEntries(Object.entries(links).map(([path, to]) => [`/${path}`, to]));
  const hasLinks = Object.keys(links).length > 0;
  const bytes = (path: string): Promise<Uint8Array> =>
    content(hasLinks ? (realPath(`/${path}`, absolute) ?? `/${path}`).slice(1) : path);
  return {
    files: [...entries.keys()],
    links,
    bytes,
    text: async (path) => readText(await bytes(path)),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
