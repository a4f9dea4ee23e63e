import type { ResourceName } from '../model.ts';

/** A Kubernetes object as plain data. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Where objects of a kind are: in namespaces, or in the cluster as a whole. */
export type KindScope = 'namespaced' | 'cluster';

/** What the API made of a call about one object. */
export type LiveAnswer =
  /** The object; undefined when there is none. */
  | { readonly kind: 'object'; readonly object: PlainObject | undefined }
  /** The object is to be made in a namespace that does not exist. */
  | { readonly kind: 'no namespace' }
  /** The caller may not ask this. The message names no object, so that it is the same for all. */
  | { readonly kind: 'forbidden'; readonly message: string }
  /** The API, or an admission check, does not take the object. */
  | { readonly kind: 'refused'; readonly message: string };

/** Something that could not be listed, and why. */
export interface Unseen {
  /** `resource.group`, such as `deployments.apps`. */
  readonly resource: string;
  readonly message: string;
}

/**
 * What a live diff asks of a cluster. Nothing is ever written: an apply is a dry run. Every method throws
 * RemoteError when the cluster is out of reach or does not know the caller.
 */
export interface LiveCluster {
  /** The cluster for people. */
  readonly name: string;
  /** Where objects of a kind are; undefined when the cluster does not serve it. */
  scopeOf(apiVersion: string, kind: string): Promise<KindScope | undefined>;
  /** Reads one object, in the version that is named. */
  read(resource: ResourceName): Promise<LiveAnswer>;
  /**
   * What the object would be after a server-side apply as Argo CD does it: field manager
   * `argocd-controller`, conflicts forced.
   */
  dryRunApply(object: PlainObject): Promise<LiveAnswer>;
  /**
   * Hands over every object of the namespaces, and of the cluster as a whole, that is of a kind which Argo
   * CD watches. Answers what the caller may not list.
   */
  scan(namespaces: readonly string[], take: (object: PlainObject) => void): Promise<Unseen[]>;
}
