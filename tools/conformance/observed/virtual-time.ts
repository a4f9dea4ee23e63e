import type { Clock, Timers } from '@tidegate/kube';

/** A clock that stands still while anything is in flight, and then goes on to the next timer. */
export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Timers of polls, which can be brought forward. */
  readonly polls: Timers;
  /** Counts a call into the outer world as in flight until it is answered. */
  track<T>(call: () => Promise<T>): Promise<T>;
  /**
   * Brings the polls of a period that wait forward; one that would be past then waits for its next turn.
   *
   * @param byMs - by how much each; polls are counted in the order in which they were set
   */
  bringForward(periodMs: number, byMs: (index: number) => number): void;
  /** Lets all that is due until a time happen. */
  advanceTo(ms: number): Promise<void>;
}

interface Entry {
  dueMs: number;
  readonly order: number;
  readonly run: () => void;
  /** Period of a poll; undefined for a plain timer. */
  readonly periodMs: number | undefined;
}

/** More rounds than this at one instant mean that something never comes to rest. */
const maxRounds = 5000;

/**
 * Makes a clock.
 *
 * @param step - does work that is due now and is no promise, such as a controller's; says whether there was any
 */
export function virtualTime(startMs: number, step: () => boolean): VirtualTime {
  return new Time(startMs, step);
}

class Time implements VirtualTime {
  private now: number;
  private readonly step: () => boolean;
  private readonly waiting = new Set<Entry>();
  private orders = 0;
  private inFlight = 0;
  private landed: () => void = () => undefined;

  constructor(startMs: number, step: () => boolean) {
    this.now = startMs;
    this.step = step;
  }

  readonly clock: Clock = { nowMs: () => this.now };

  readonly timers: Timers = {
    after: (ms, run) => this.add({ dueMs: this.now + Math.max(0, ms), run, periodMs: undefined }),
  };

  readonly polls: Timers = {
    after: (ms, run) => this.add({ dueMs: this.now + Math.max(0, ms), run, periodMs: ms }),
  };

  private add(given: Omit<Entry, 'order'>): () => void {
    this.orders += 1;
    const entry: Entry = { ...given, order: this.orders };
    this.waiting.add(entry);
    return () => {
      this.waiting.delete(entry);
    };
  }

  async track<T>(call: () => Promise<T>): Promise<T> {
    this.inFlight += 1;
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
      this.landed();
    }
  }

  bringForward(periodMs: number, byMs: (index: number) => number): void {
    const polls = [...this.waiting].filter((entry) => entry.periodMs === periodMs);
    for (const [index, entry] of polls.entries()) {
      const left = entry.dueMs - this.now - byMs(index);
      const turn = ((left % periodMs) + periodMs) % periodMs;
      entry.dueMs = this.now + (turn === 0 ? periodMs : turn);
    }
  }

  async advanceTo(ms: number): Promise<void> {
    for (;;) {
      await this.settle();
      const next = this.next();
      if (next === undefined || next.dueMs > ms) break;
      this.now = Math.max(this.now, next.dueMs);
      this.waiting.delete(next);
      next.run();
    }
    this.now = Math.max(this.now, ms);
  }

  private next(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.waiting)
      if (
        first === undefined ||
        entry.dueMs < first.dueMs ||
        (entry.dueMs === first.dueMs && entry.order < first.order)
      )
        first = entry;
    return first;
  }

  /** Waits until no promise goes on and no call is in flight. */
  private async settle(): Promise<void> {
    for (let round = 0; round < maxRounds; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.inFlight > 0) await new Promise<void>((resolve) => (this.landed = resolve));
      else if (!this.step()) return;
    }
    throw new Error(`nothing came to rest at ${new Date(this.now).toISOString()}`);
  }
}
