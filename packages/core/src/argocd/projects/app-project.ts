import type { SyncWindow } from '../windows/index.ts';

/** The parts of an AppProject that permit things. */
export interface AppProject {
  readonly name: string;
  readonly spec: AppProjectSpec;
}

/** The spec of an AppProject. A list that is missing or null is empty, where nothing else is said. */
export interface AppProjectSpec {
  readonly sourceRepos?: readonly string[] | null;
  readonly sourceNamespaces?: readonly string[] | null;
  readonly destinations?: readonly ProjectDestination[] | null;
  readonly permitOnlyProjectScopedClusters?: boolean;
  readonly clusterResourceWhitelist?: readonly NamedKindPattern[] | null;
  readonly clusterResourceBlacklist?: readonly NamedKindPattern[] | null;
  /** Missing permits all kinds; an empty list permits none. */
  readonly namespaceResourceWhitelist?: readonly KindPattern[] | null;
  readonly namespaceResourceBlacklist?: readonly KindPattern[] | null;
  readonly roles?: readonly ProjectRole[] | null;
  readonly syncWindows?: readonly SyncWindow[] | null;
  readonly destinationServiceAccounts?: readonly DestinationServiceAccount[] | null;
}

/** Patterns of a destination. */
export interface ProjectDestination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Patterns of API group and kind. */
export interface KindPattern {
  readonly group?: string;
  readonly kind?: string;
}

/** Patterns of group, kind and name; no name is every name. */
export interface NamedKindPattern extends KindPattern {
  readonly name?: string;
}

/** A role of a project. */
export interface ProjectRole {
  readonly name?: string;
  readonly policies?: readonly string[] | null;
  readonly groups?: readonly string[] | null;
}

/** Which service account an operation acts as in a destination. */
export interface DestinationServiceAccount {
  readonly server?: string;
  readonly namespace?: string;
  readonly defaultServiceAccount?: string;
}
