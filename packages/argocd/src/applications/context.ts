import type { Cancellation } from '@tidegate/core';
import type { SelfHealSettings } from '@tidegate/core/argocd/auto-sync';
import type { SyncAnswers, SyncRequest } from '@tidegate/core/argocd/sync';
import type { KubeClient } from '@tidegate/kube';
import type { ClusterCache } from '../cluster/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { LogEntry } from '../log.ts';
import type { ManifestSource } from '../ports/manifests.ts';
import type { ApplyHabits, ArgoCdTiming, Surroundings } from '../ports/surroundings.ts';
import type { InstanceSettings } from '../settings/instance-settings.ts';
import type { ApplicationStore } from './application-store.ts';
import type { ApplicationWriter } from './application-writer.ts';
import type { Comparer } from './compare-application.ts';
import type { ProjectStore } from './projects.ts';
import type { RefreshRequests } from './refresh-requests.ts';

/** What the parts of the application controller share. */
export interface ControllerContext extends Surroundings {
  readonly client: KubeClient;
  /** Argo CD's own namespace. */
  readonly namespace: string;
  readonly timing: ArgoCdTiming;
  readonly selfHeal: SelfHealSettings;
  readonly settings: () => InstanceSettings;
  readonly cluster: ClusterCache;
  readonly discovery: Discovery;
  readonly manifests: ManifestSource;
  readonly projects: ProjectStore;
  readonly store: ApplicationStore;
  readonly writer: ApplicationWriter;
  readonly comparer: Comparer;
  readonly refreshes: RefreshRequests;
  /** Carries out what a sync asks of the cluster. */
  readonly execute: (requests: readonly SyncRequest[]) => Promise<SyncAnswers>;
  readonly applyHabits: ApplyHabits;
  readonly log: (entry: LogEntry) => void;
  readonly stopping: Cancellation;
}
