/**
 * What a diff is made of: plain data, masked, in a fixed order. Every format is made from it, and
 * `-o json` is this.
 */

/** A difference between two sides, such as a merge request and its target. */
export interface DiffReport {
  /** What is compared, for people: revisions, or a release and the next one. */
  readonly base: string;
  readonly head: string;
  /** Every environment that was compared, in the definition's order. */
  readonly environments: readonly EnvironmentDiff[];
  /** The base is a cluster as it is, and the head what Argo CD would make of it. */
  readonly isLive?: boolean;
}

export interface EnvironmentDiff {
  readonly environment: string;
  /** Applications that were compared, changed or not. */
  readonly applications: number;
  /** Of those, how many had to be rendered because an input differs. */
  readonly rendered: number;
  readonly nodesAdded: readonly string[];
  readonly nodesRemoved: readonly string[];
  readonly versions: readonly DiffVersion[];
  /** Most risky first, then in the order of waves. */
  readonly groups: readonly ChangeGroup[];
  readonly errors: readonly DiffError[];
  /** What was not compared, and why that is as it should be: sentences. */
  readonly notes?: readonly string[];
  /** What a release of these changes would do; undefined when nothing changes. */
  readonly plan: RolloutPlan | undefined;
}

/** A version that differs. */
export interface DiffVersion {
  readonly name: string;
  readonly field: 'chartVersion' | 'imageTag';
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The same change of one component on one or many nodes, shown once. */
export interface ChangeGroup {
  /** Component or service; `argocd` and `bootstrap` for the objects of those folders. */
  readonly component: string;
  /** The instance of Argo CD that renders it; `files`: the objects are files of the repository. */
  readonly source: 'non-admin' | 'admin' | 'files';
  readonly wave: number | undefined;
  /** Nodes that change in this way, sorted; empty for what is there once. */
  readonly nodes: readonly string[];
  /** Applications, in the order of nodes. */
  readonly applications: readonly string[];
  /** The change as it is on the first node. */
  readonly resources: readonly ResourceChange[];
}

export interface ResourceChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly resource: ResourceName;
  /** What differs, by path; empty for what is added or removed. */
  readonly fields: readonly FieldChange[];
  /** Lines of the canonical YAML, each with its mark. */
  readonly lines: readonly DiffLine[];
  readonly risks: readonly Risk[];
}

export interface ResourceName {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** A path is keys and, for list items, `[name=x]` or an index such as `[2]`. */
export interface FieldChange {
  readonly path: readonly string[];
  /** Undefined: it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface DiffLine {
  readonly mark: ' ' | '+' | '-' | '@';
  readonly text: string;
}

export type RiskLevel = 'high' | 'medium' | 'low';

/** What a reviewer should look at twice. */
export interface Risk {
  readonly level: RiskLevel;
  /** Short, for a badge: `immutable field`, `prune`, `replicas down`. */
  readonly badge: string;
  /** One sentence. */
  readonly reason: string;
}

/** Something that could not be compared; never left out. */
export interface DiffError {
  readonly side: 'base' | 'head';
  readonly application: string;
  readonly node: string | undefined;
  readonly component: string;
  /** Helm's or the API's message, masked, with its place. */
  readonly message: string;
  /** The cluster does not answer the caller, as opposed to: what it was asked is wrong. */
  readonly isRemote?: boolean;
}

/** What a release would do. */
export interface RolloutPlan {
  /** Waves with changes, lowest first, with the components in them. A backup comes before them. */
  readonly waves: readonly { readonly wave: number; readonly components: readonly string[] }[];
  /** How the environment is synced. */
  readonly sync: 'automatic' | 'manual';
  /** When its window is open, in words, such as `open now, until 2026-11-25 16:00 UTC`. */
  readonly window: string;
}

/** Takes the secrets out of texts: a change stays visible, the value does not. */
export interface Masker {
  /**
   * A rendered object with every secret value replaced by a keyed digest such as `<masked 3f9a12cd>`.
   * The same value gives the same digest.
   */
  maskObject(object: unknown): unknown;
  /** A text without any secret value that was seen so far, and without what looks like one. */
  maskText(text: string): string;
}
