import type { KubeObject } from '@tidegate/core/argocd/sync';

/** A source of an Application, as `spec.source` and `spec.sources` hold it. */
export interface ApplicationSource {
  readonly repoURL: string;
  readonly targetRevision?: string;
  readonly path?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly name?: string;
  readonly helm?: Readonly<Record<string, unknown>>;
  readonly directory?: Readonly<Record<string, unknown>>;
  /** What is refused by name: `kustomize`, `plugin` and what else may stand here. */
  readonly [field: string]: unknown;
}

/** The Application that manifests are made for. */
export interface ManifestApplication {
  readonly name: string;
  /** Where the Application lies. */
  readonly namespace: string;
  readonly project: string;
  /** Namespace of the destination. */
  readonly destinationNamespace: string;
}

/** What manifests are wanted, of all sources of an Application at once. */
export interface ManifestRequest {
  readonly application: ManifestApplication;
  readonly sources: readonly ApplicationSource[];
  /** One for each source: what to resolve instead of its `targetRevision`. */
  readonly revisions: readonly string[];
  /** Whether there is `spec.sources`, which changes some messages. */
  readonly multiSource: boolean;
  /** Looks branches and tags up again, as a refresh, a change of the spec and a sync do. */
  readonly noRevisionCache: boolean;
  /** Renders again, as a hard refresh does. */
  readonly noCache: boolean;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** What one source gave. */
export interface SourceManifests {
  /** The commit, or the chart's version, that the revision stands for. */
  readonly revision: string;
  /** As in `status.sourceType`; empty for a source that only is a `ref`. */
  readonly sourceType: 'Helm' | 'Directory' | 'Kustomize' | '';
  /** Without tracking; in the order in which they were rendered. */
  readonly manifests: readonly KubeObject[];
}

/** What came of a request. An error is in the words of Argo CD's repository server. */
export type ManifestAnswer =
  | { readonly sources: readonly SourceManifests[] }
  | {
      /** Such as `rpc error: code = Unknown desc = ...`, without `failed to generate manifest for source 1 of 1: `. */
      readonly error: string;
      /**
       * Index of the source that failed. Undefined where the fault is none of one source's manifests: then the
       * error is the whole of what Argo CD says behind `Failed to load target state: `, such as
       * `failed to get ref sources: ...`.
       */
      readonly source?: number;
    };

/** Directories of a Git repository at a revision, for the generators of an ApplicationSet. */
export interface DirectoryRequest {
  readonly repoURL: string;
  readonly revision: string;
  readonly noRevisionCache: boolean;
  readonly project: string;
}

export type DirectoryAnswer =
  { readonly directories: readonly string[] } | { readonly error: string };

/** Where manifests come from: Argo CD's repository server. It never throws. */
export interface ManifestSource {
  /** Manifests are shared between answers: who wants to change one takes a copy. */
  generate(request: ManifestRequest): Promise<ManifestAnswer>;
  directories(request: DirectoryRequest): Promise<DirectoryAnswer>;
}
