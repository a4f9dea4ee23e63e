import type { Cancellation } from '@tidegate/core';
import type { Random, Timers } from '../server/context.ts';

/** Waits that get longer with each failure. */
export interface Backoff {
  /** Waits at least this many milliseconds; ends early when it is cancelled. */
  wait(cancellation: Cancellation, atLeastMs?: number): Promise<void>;
  /** Begins with short waits again. */
  reset(): void;
}

const firstMs = 200;
const longestMs = 30_000;

/** From 100-200 ms doubling up to 15-30 s, never twice the same time. */
export function createBackoff(timers: Timers, random: Random): Backoff {
  let failures = 0;
  return {
    wait: (cancellation, atLeastMs = 0) => {
      const longest = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20));
      failures += 1;
      // Those who were told to wait do not all come back at once either.
      const asked = atLeastMs * (1 + random() / 10);
      const ms = Math.max(longest * (0.5 + random() / 2), asked);
      return sleep(timers, ms, cancellation);
    },
    reset: () => {
      failures = 0;
    },
  };
}

function sleep(timers: Timers, ms: number, cancellation: Cancellation): Promise<void> {
  if (cancellation.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      cancellation.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    cancellation.addEventListener('abort', done);
  });
}

/** A cancellation that follows another one and can also be called by itself. */
export interface Linked {
  readonly cancellation: Cancellation;
  cancel(): void;
  /** Lets go of the other one. */
  release(): void;
}

export function linkedTo(parent: Cancellation): Linked {
  const listeners = new Set<() => void>();
  let aborted = parent.aborted;
  const cancel = (): void => {
    if (aborted) return;
    aborted = true;
    for (const listener of [...listeners]) listener();
  };
  parent.addEventListener('abort', cancel);
  return {
    cancellation: {
      get aborted() {
        return aborted;
      },
      addEventListener: (_, listener) => void listeners.add(listener),
      removeEventListener: (_, listener) => void listeners.delete(listener),
    },
    cancel,
    release: () => {
      parent.removeEventListener('abort', cancel);
    },
  };
}
