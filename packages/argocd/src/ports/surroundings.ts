import type { SyncRequest } from '@tidegate/core/argocd/sync';
import type { Clock, Random, Timers } from '@tidegate/kube';

/** Time and chance, which controllers never take from the machine. */
export interface Surroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

/** Habits of a running Argo CD that can be adjusted; all times in milliseconds. */
export interface ArgoCdTiming {
  /** `timeout.reconciliation`: how often an Application is compared though nothing changed. */
  readonly reconciliationMs: number;
  /** `timeout.reconciliation.jitter`: up to so much more. */
  readonly reconciliationJitterMs: number;
  /** When all Applications are looked at for the first time after the start; then every `reconciliationMs`. */
  readonly firstResyncMs?: number;
  /** How long a list of branches and tags is taken from memory. */
  readonly revisionCacheMs: number;
  /** `ARGOCD_SYNC_WAVE_DELAY`. */
  readonly waveDelayMs: number;
  /** How often an ApplicationSet looks at repositories where its generator does not say. */
  readonly applicationSetRequeueMs: number;
  /** How long an error of a repository leaves the status of before. */
  readonly repositoryErrorGraceMs: number;
  /** How late a write shows in the live state: Argo CD gathers events for this long. */
  readonly cacheLagMs: number;
  /** How late a status is written. */
  readonly statusDelayMs: number;
  /** `controller.sync.timeout.seconds`; 0: none. */
  readonly syncTimeoutMs: number;
}

/** What Argo CD 3.5.1 does unless told otherwise. */
export const defaultTiming: ArgoCdTiming = {
  reconciliationMs: 120_000,
  reconciliationJitterMs: 60_000,
  revisionCacheMs: 180_000,
  waveDelayMs: 2_000,
  applicationSetRequeueMs: 180_000,
  repositoryErrorGraceMs: 180_000,
  cacheLagMs: 100,
  statusDelayMs: 0,
  syncTimeoutMs: 0,
};

/**
 * How requests of a sync that go to the cluster at the same time come to their end. On a real Argo CD
 * both are a race; what comes of it decides whether a comparison right after a sync sees the cluster as
 * it was before, and in which order results stand.
 */
export interface ApplyHabits {
  /** How long writes take, in milliseconds. */
  durationMs(requests: readonly SyncRequest[]): number;
  /** Indices of the requests in the order in which they end. */
  order(requests: readonly SyncRequest[]): readonly number[];
}

/** Writes take longer than it takes the live state to show them, and end in the order of their begin. */
export const defaultApplyHabits: ApplyHabits = {
  durationMs: () => 150,
  order: (requests) => [...requests.keys()],
};
