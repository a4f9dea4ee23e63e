import type { CompareLevel } from '@tidegate/core/argocd/application';
import type { Timers } from '@tidegate/kube';
import type { WorkQueue } from '../work-queue.ts';

/**
 * Comparisons that were asked for, with the highest level for each Application.
 * Source: `requestAppRefresh` in controller/appcontroller.go.
 */
export class RefreshRequests {
  private readonly levels = new Map<string, CompareLevel>();
  private readonly timers = new Set<() => void>();
  private readonly queue: () => WorkQueue;
  private readonly clock: Timers;

  constructor(queue: () => WorkQueue, timers: Timers) {
    this.queue = queue;
    this.clock = timers;
  }

  /** Asks for a look at an Application, and with a level for a comparison. */
  request(key: string, level?: CompareLevel): void {
    if (level !== undefined) this.levels.set(key, highest(level, this.levels.get(key)));
    this.queue().add(key);
  }

  /** Asks for a comparison later. */
  requestAfter(key: string, level: CompareLevel | undefined, milliseconds: number): void {
    const cancel = this.clock.after(milliseconds, () => {
      this.timers.delete(cancel);
      this.request(key, level);
    });
    this.timers.add(cancel);
  }

  /** The level that was asked for, if any. */
  requested(key: string): CompareLevel | undefined {
    return this.levels.get(key);
  }

  /** Forgets what was asked for, because it is done now. */
  use(key: string): void {
    this.levels.delete(key);
  }

  stop(): void {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }
}

function highest(one: CompareLevel, other: CompareLevel | undefined): CompareLevel {
  return other !== undefined && other > one ? other : one;
}
