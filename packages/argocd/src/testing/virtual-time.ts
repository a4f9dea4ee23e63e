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
  isCancelled: boolean;
}

/** Timers by when they are due, those due at once in the order they were set. */
function timerQueue() {
  const entries: Entry[] = [];
  const placeOf = (dueMs: number): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.dueMs ?? Infinity) <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: (entry: Entry): void => void entries.splice(placeOf(entry.dueMs), 0, entry),
    /** Takes the first timer that is due by then. */
    take: (endMs: number): Entry | undefined => {
      while (entries[0]?.isCancelled === true) entries.shift();
      return entries[0] !== undefined && entries[0].dueMs <= endMs ? entries.shift() : undefined;
    },
  };
}

/** More timers than this without time passing mean that something never comes to rest. */
const stillMax = 100_000;

export function virtualTime({ startMs, rest }: VirtualTimeOptions): VirtualTime {
  let now = startMs;
  let going = 0;
  let still = 0;
  const waiting = timerQueue();
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
        const entry = { dueMs: now + Math.max(0, ms), run, isCancelled: false };
        waiting.add(entry);
        return () => {
          entry.isCancelled = true;
        };
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
      for (let entry = waiting.take(end); entry !== undefined; entry = waiting.take(end)) {
        moveTo(entry.dueMs);
        entry.run();
        await settle();
      }
      now = Math.max(now, end);
    },
  };
}
