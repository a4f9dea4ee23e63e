import type { Clock, Timers } from '@tidegate/kube';

/** A clock that stands still while anything is going on, and then goes on to the next timer. */
export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Counts a call as going on until it is answered. */
  track<T>(call: () => Promise<T>): Promise<T>;
  /** Lets all happen that is due within some time. */
  advance(ms: number): Promise<void>;
}

export interface VirtualTimeOptions {
  readonly startMs: number;
  /** Ends when all promises that can go on have done so, such as by `setImmediate`. */
  readonly rest: () => Promise<void>;
}

interface Entry {
  readonly dueMs: number;
  readonly run: () => void;
}

/** More timers than this without time passing mean that something never comes to rest. */
const stillMax = 100_000;

export function virtualTime({ startMs, rest }: VirtualTimeOptions): VirtualTime {
  let now = startMs;
  let going = 0;
  let still = 0;
  const waiting = new Set<Entry>();
  const next = (): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of waiting) if (entry.dueMs < (first?.dueMs ?? Infinity)) first = entry;
    return first;
  };
  const settle = async (): Promise<void> => {
    do await rest();
    while (going > 0);
  };
  const moveTo = (ms: number): void => {
    still = ms > now ? 0 : still + 1;
    if (still > stillMax)
      throw new Error(`nothing comes to rest at ${new Date(now).toISOString()}`);
    now = Math.max(now, ms);
  };
  return {
    clock: { nowMs: () => now },
    timers: {
      after: (ms, run) => {
        const entry = { dueMs: now + Math.max(0, ms), run };
        waiting.add(entry);
        return () => void waiting.delete(entry);
      },
    },
    track: async (call) => {
      going += 1;
      try {
        return await call();
      } finally {
        going -= 1;
      }
    },
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      for (let entry = next(); entry !== undefined && entry.dueMs <= end; entry = next()) {
        moveTo(entry.dueMs);
        waiting.delete(entry);
        entry.run();
        await settle();
      }
      now = Math.max(now, end);
    },
  };
}
