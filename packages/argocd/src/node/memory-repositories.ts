import type { GitRef } from '@tidegate/core/argocd/sources';
import { createHash } from 'node:crypto';
import type { CommitAnswer, GitRepositories, RefsAnswer } from '../repository/index.ts';
import { memoryFiles } from './memory-files.ts';

/** Content by path; null deletes. */
export type FileChanges = Readonly<Record<string, string | null>>;

export interface CommitOptions {
  /** An annotated tag on the new commit; one of that name is moved. */
  readonly tag?: string;
  /** A light tag, likewise. */
  readonly lightTag?: string;
}

/** Git repositories in memory that can be changed, with names of commits as Git's. */
export interface MemoryRepositories extends GitRepositories {
  /**
   * Commits changes on a branch and returns the commit's hash. A branch that is not there begins at the head of
   * the first branch, a repository that is not there is made. `null` for the files commits no change.
   */
  commit(
    repoURL: string,
    branch: string,
    files: FileChanges | null,
    options?: CommitOptions,
  ): string;
  /** Points a branch to another commit, as a forced push does. */
  resetBranch(repoURL: string, branch: string, commit: string): void;
  deleteBranch(repoURL: string, branch: string): void;
  deleteTag(repoURL: string, tag: string): void;
  /** The remote answers as one that is not there, until something is committed to it. */
  removeRepository(repoURL: string): void;
  /** The remote answers with this, such as `dial tcp: i/o timeout`; undefined: it works again. */
  setUnreachable(repoURL: string, fault: string | undefined): void;
  /** How often a remote was asked for its branches and tags. */
  listCount(repoURL: string): number;
}

interface Commit {
  readonly hash: string;
  readonly files: ReadonlyMap<string, string>;
}

class Repository {
  /** In the order in which they were made; the first one is the default branch. */
  readonly branches = new Map<string, Commit>();
  readonly tags = new Map<string, Commit>();
  readonly commits = new Map<string, Commit>();
  fault: string | undefined;
  isGone = false;
  lists = 0;

  commit(branch: string, changes: FileChanges, url: string): Commit {
    const [first] = this.branches.values();
    const parent = this.branches.get(branch) ?? first;
    const files = new Map(parent?.files);
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) files.delete(path);
      else files.set(path, content);
    }
    const content = JSON.stringify([url, this.commits.size, parent?.hash, [...files]]);
    const hash = createHash('sha1').update(content).digest('hex');
    const commit = { hash, files };
    this.commits.set(hash, commit);
    this.branches.set(branch, commit);
    this.isGone = false;
    return commit;
  }

  refs(): GitRef[] {
    const [head] = this.branches.keys();
    const all = (prefix: string, commits: ReadonlyMap<string, Commit>): GitRef[] =>
      [...commits].map(([name, { hash }]) => ({ name: `${prefix}${name}`, commit: hash }));
    return [
      ...(head === undefined ? [] : [{ name: 'HEAD', target: `refs/heads/${head}` }]),
      ...all('refs/heads/', this.branches),
      ...all('refs/tags/', this.tags),
    ];
  }

  find(name: string): Commit | undefined {
    const known = this.commits.get(name);
    if (known !== undefined || name.length === 40) return known;
    const found = [...this.commits.values()].filter(({ hash }) =>
      hash.startsWith(name.toLowerCase()),
    );
    return found.length === 1 ? found[0] : undefined;
  }
}

/** What Git repositories hold at first: by URL and branch, the files. */
export type InitialRepositories = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/**
 * Repositories in memory, for tests and for replaying what was recorded. They answer as real ones do, also
 * where a repository, a branch or a commit is not there.
 */
export function memoryRepositories(initial: InitialRepositories = {}): MemoryRepositories {
  const repositories = new Map<string, Repository>();
  const open = (repoURL: string): Repository => {
    const known = repositories.get(repoURL) ?? new Repository();
    repositories.set(repoURL, known);
    return known;
  };
  const result: MemoryRepositories = {
    commit: (repoURL, branch, files, { tag, lightTag } = {}) => {
      const repository = open(repoURL);
      const commit = repository.commit(branch, files ?? {}, repoURL);
      for (const name of [tag, lightTag]) if (name !== undefined) repository.tags.set(name, commit);
      return commit.hash;
    },
    resetBranch: (repoURL, branch, name) => {
      const commit = open(repoURL).find(name);
      if (commit === undefined) throw new Error(`${repoURL} has no commit ${name}`);
      open(repoURL).branches.set(branch, commit);
    },
    deleteBranch: (repoURL, branch) => void open(repoURL).branches.delete(branch),
    deleteTag: (repoURL, tag) => void open(repoURL).tags.delete(tag),
    removeRepository: (repoURL) => {
      open(repoURL).isGone = true;
    },
    setUnreachable: (repoURL, fault) => {
      open(repoURL).fault = fault;
    },
    listCount: (repoURL) => repositories.get(repoURL)?.lists ?? 0,
    listRefs: (repoURL) => Promise.resolve(refsOf(repositories.get(repoURL))),
    checkOut: (repoURL, name) =>
      Promise.resolve(commitOf(repositories.get(repoURL), repoURL, name)),
  };
  for (const [repoURL, branches] of Object.entries(initial)) {
    for (const [branch, files] of Object.entries(branches)) result.commit(repoURL, branch, files);
  }
  return result;
}

const notFound = 'repository not found: ';

function refsOf(repository: Repository | undefined): RefsAnswer {
  if (repository === undefined || repository.isGone) return { fault: notFound };
  repository.lists += 1;
  if (repository.fault !== undefined) return { fault: repository.fault };
  if (repository.branches.size === 0) return { fault: 'remote repository is empty' };
  return { refs: repository.refs() };
}

function commitOf(repository: Repository | undefined, repoURL: string, name: string): CommitAnswer {
  if (repository === undefined || repository.isGone) {
    return { fault: `exit status 128: fatal: repository '${repoURL}/' not found` };
  }
  if (repository.fault !== undefined) {
    return {
      fault: `exit status 128: fatal: unable to access '${repoURL}/': ${repository.fault}`,
    };
  }
  const commit = repository.find(name);
  if (commit === undefined) {
    return { fault: `exit status 128: fatal: remote error: upload-pack: not our ref ${name}` };
  }
  return { commit: commit.hash, files: memoryFiles(commit.files) };
}
