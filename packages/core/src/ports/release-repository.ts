import type { FileTree } from './file-tree.ts';

/** One revision of a Git repository. */
export interface RevisionTree extends FileTree {
  /** Full object name of the commit. */
  readonly commit: string;
  /**
   * Object name of a folder or file: two are equal exactly when their content is. Undefined when
   * there is no such path.
   */
  objectId(path: string): Promise<string | undefined>;
}

/** An annotated tag `release/<env>/<n>`. */
export interface ReleaseTag {
  readonly environment: string;
  readonly number: number;
  /** `release/<env>/<n>`. */
  readonly name: string;
  /** Who cut it. */
  readonly by: string;
  /** When it was cut, in milliseconds since 1970. */
  readonly dateMs: number;
  readonly message: string;
}

/** What the history of the repository says about releases. */
export interface ReleaseHistory {
  /** Numbers of an environment's release tags, in any order; empty when it was never released. */
  releases(environment: string): Promise<readonly number[]>;
  /** The tree of a revision such as `release/qa/3`, or undefined when there is no such revision. */
  tree(revision: string): Promise<FileTree | undefined>;
}

/** The state of a repository that a release is planned on. It does not change while it is read. */
export interface ReleaseRepository extends ReleaseHistory {
  /** The newest commit of the branch that the roots follow. */
  readonly head: RevisionTree;
  tree(revision: string): Promise<RevisionTree | undefined>;
  /** The tag of a release, or undefined when there is none. */
  tag(environment: string, release: number): Promise<ReleaseTag | undefined>;
}

/** A repository without any release: a new folder, or one without Git. */
export const noHistory: ReleaseHistory = {
  releases: () => Promise.resolve([]),
  tree: () => Promise.resolve(undefined),
};
