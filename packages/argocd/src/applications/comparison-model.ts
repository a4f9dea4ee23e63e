import type { StoredCondition } from '@tidegate/core/argocd/application';
import type { ApplicationHealth } from '@tidegate/core/argocd/health';
import type { ComparisonResult } from '@tidegate/core/argocd/sync';
import type { Clock, KubeClient } from '@tidegate/kube';
import type { ClusterCache } from '../cluster/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { ApplicationSource, ManifestSource } from '../ports/manifests.ts';
import type { Differ, InstanceSettings } from '../settings/instance-settings.ts';
import type { SyncStatus } from './application.ts';
import type { Project } from './projects.ts';

/** What comparisons need besides the Application. */
export interface ComparerOptions {
  readonly client: KubeClient;
  readonly manifests: ManifestSource;
  readonly cluster: ClusterCache;
  readonly discovery: Discovery;
  readonly settings: () => InstanceSettings;
  readonly clock: Clock;
  /** Argo CD's namespace. */
  readonly namespace: string;
  /** How long an error of a repository leaves the status of before. */
  readonly repositoryErrorGraceMs: number;
}

/** What is compared, and how thoroughly. */
export interface ComparisonRequest {
  readonly project: Project;
  readonly sources: readonly ApplicationSource[];
  readonly revisions: readonly string[];
  readonly multiSource: boolean;
  readonly noCache: boolean;
  readonly noRevisionCache: boolean;
}

/** What came of a comparison. */
export interface ComparisonOutcome {
  readonly sync: SyncStatus;
  readonly result: ComparisonResult;
  readonly health: ApplicationHealth;
  /** Conditions of the Application after it. */
  readonly conditions: readonly StoredCondition[];
  /** One for each source that was rendered. */
  readonly sourceTypes: readonly string[];
  readonly differ: Differ;
  /** Whether an object differs; undefined: not compared. */
  modified(id: string): boolean | undefined;
}
