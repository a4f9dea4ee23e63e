import type { GitRef, Links } from '@tidegate/core/argocd/sources';

/** Files of one commit, or of one unpacked chart. */
export interface FileSet {
  /** Relative paths with forward slashes, in byte order; links count as files. */
  readonly files: readonly string[];
  /** Where symbolic links among them point, by their relative path. */
  readonly links: Links;
  /** Text of a file, links followed, a byte order mark left out. Rejects when there is none. */
  text(path: string): Promise<string>;
  /** Content of a file, links followed. Rejects when there is none. */
  bytes(path: string): Promise<Uint8Array>;
}

/** What a remote repository lists, or what Argo CD's Git library says instead, such as `repository not found: `. */
export type RefsAnswer = { readonly refs: readonly GitRef[] } | { readonly fault: string };

/** A commit that is there, or what Git says behind `failed ` where it is not. */
export type CommitAnswer =
  { readonly commit: string; readonly files: FileSet } | { readonly fault: string };

/** Git repositories. Nothing rejects. */
export interface GitRepositories {
  /** Branches, tags and `HEAD`, as `git ls-remote`: annotated tags by the commit that they name. */
  listRefs(repoURL: string): Promise<RefsAnswer>;
  /** The files of a commit; its name may be cut short. `fault` is such as `exit status 128: fatal: ...`. */
  checkOut(repoURL: string, commit: string): Promise<CommitAnswer>;
}

/** Versions of a chart, or what Argo CD says instead, such as `error loading repo index: ...`. */
export type VersionsAnswer = { readonly versions: readonly string[] } | { readonly fault: string };

/**
 * An unpacked chart, or what `helm pull` says behind `failed `, such as `exit status 1: Error: ...`; `isBroken`:
 * what is wrong with the archive that came.
 */
export type PullAnswer =
  { readonly chart: FileSet } | { readonly fault: string; readonly isBroken?: boolean };

/** Helm repositories and OCI registries. Nothing rejects. */
export interface ChartRepositories {
  versions(repoURL: string, chart: string): Promise<VersionsAnswer>;
  /** The version as Helm reads it: exact, or else the greatest that it permits. */
  pull(repoURL: string, chart: string, version: string): Promise<PullAnswer>;
}

/** A chart: a folder of some files. */
export interface ChartFolder {
  readonly files: FileSet;
  /** Relative to the files; empty for their root. */
  readonly folder: string;
}

/** What `helm template` is asked for. */
export interface TemplateRequest {
  readonly chart: ChartFolder;
  readonly releaseName: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
  /** In order, later ones win. */
  readonly values: readonly { readonly path: string; readonly content: string }[];
  readonly parameters: readonly {
    readonly name: string;
    readonly value: string;
    readonly forceString: boolean;
  }[];
  readonly skipCrds: boolean;
  readonly skipTests: boolean;
  readonly skipSchemaValidation: boolean;
}

/** What `helm template` prints, or how it failed, such as `exit status 1: Error: ...`. */
export type TemplateAnswer = { readonly manifest: string } | { readonly fault: string };

/** A chart with its dependencies in it, or how `helm dependency build` failed. */
export type DependenciesAnswer = { readonly chart: ChartFolder } | { readonly fault: string };

/** Helm. Nothing rejects. */
export interface Helm {
  template(request: TemplateRequest): Promise<TemplateAnswer>;
  buildDependencies(chart: ChartFolder): Promise<DependenciesAnswer>;
  /** A value file behind a URL, or what Helm says where it cannot be had. */
  fetchValues(url: string): Promise<{ readonly text: string } | { readonly fault: string }>;
}
