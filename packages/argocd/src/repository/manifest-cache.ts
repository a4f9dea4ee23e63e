import type { Clock } from '@tidegate/kube';
import { Lru } from './lru.ts';
import type { SourceManifests } from '../ports/manifests.ts';

/** When Argo CD stops to try what failed. Its defaults are those of the repository server. */
export interface PauseSettings {
  /** `ARGOCD_PAUSE_GEN_AFTER_FAILED_ATTEMPTS`: failures in a row; 0: never. */
  readonly afterFailures: number;
  /** `ARGOCD_PAUSE_GEN_MINUTES`: how long after the first failure, in milliseconds; 0: for ever. */
  readonly forMs: number;
  /** `ARGOCD_PAUSE_GEN_REQUESTS`: for how many requests; 0: any number. */
  readonly forRequests: number;
}

/** What Argo CD 3.5.1 does unless told otherwise. */
export const defaultPause: PauseSettings = { afterFailures: 3, forMs: 3_600_000, forRequests: 0 };

interface Entry {
  readonly manifests?: SourceManifests;
  /** When `manifests` or the last failure came. */
  readonly atMs: number;
  readonly failures?: {
    readonly count: number;
    readonly firstMs: number;
    readonly error: string;
    readonly answered: number;
  };
}

/** What is known of a key: manifests, an error to answer with, or nothing. */
export type Known =
  { readonly manifests: SourceManifests } | { readonly cachedError: string } | undefined;

export interface ManifestCacheOptions {
  readonly clock: Clock;
  readonly entriesMax: number;
  /** `ARGOCD_REPO_CACHE_EXPIRATION`. */
  readonly keepMs: number;
  readonly pause: PauseSettings;
}

/**
 * Keeps manifests, and counts failures: after some in a row the last error is the answer, with a few words in
 * front, until it is time to try again.
 *
 * See `getManifestCacheEntry` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export class ManifestCache {
  private readonly entries: Lru<Entry>;
  private readonly options: ManifestCacheOptions;

  constructor(options: ManifestCacheOptions) {
    this.options = options;
    this.entries = new Lru(options.entriesMax);
  }

  /** What a request without `noCache` is answered with. */
  find(key: string): Known {
    const entry = this.entry(key);
    if (entry === undefined) return undefined;
    const { failures, manifests } = entry;
    const { pause } = this.options;
    if (failures === undefined || pause.afterFailures === 0) {
      return manifests === undefined ? undefined : { manifests };
    }
    if (failures.count < pause.afterFailures) return undefined;
    if (this.isOver(failures)) {
      this.entries.delete(key);
      return undefined;
    }
    const counted = { ...failures, answered: failures.answered + 1 };
    this.entries.set(key, { ...entry, failures: counted });
    return { cachedError: `Manifest generation error (cached): ${failures.error}` };
  }

  keep(key: string, manifests: SourceManifests): void {
    this.entries.set(key, { manifests, atMs: this.options.clock.nowMs() });
  }

  /** Counts a failure; manifests of before are not forgotten, but not used either. */
  fail(key: string, error: string): void {
    if (this.options.pause.afterFailures === 0) return;
    const nowMs = this.options.clock.nowMs();
    const entry = this.entry(key);
    const { count = 0, firstMs = nowMs, answered = 0 } = entry?.failures ?? {};
    const failures = { count: count + 1, firstMs, error, answered };
    this.entries.set(key, { ...entry, atMs: nowMs, failures });
  }

  private entry(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (this.options.clock.nowMs() - entry.atMs < this.options.keepMs) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private isOver({ firstMs, answered }: NonNullable<Entry['failures']>): boolean {
    const { forMs, forRequests } = this.options.pause;
    const minutes = Math.floor((this.options.clock.nowMs() - firstMs) / 60_000);
    const isLate = forMs > 0 && minutes >= Math.floor(forMs / 60_000);
    return isLate || (forRequests > 0 && answered >= forRequests);
  }
}
