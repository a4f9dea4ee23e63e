import type { Cancellation } from '@tidegate/core';
import type { Timers } from '@tidegate/kube';
import { sleep } from './sleep.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

export interface TryOptions {
  readonly timers: Timers;
  readonly cancellation: Cancellation;
  readonly onError: (error: unknown) => void;
}

/** Does something again and again until it works, with longer pauses each time. Undefined: it was cancelled. */
export async function keepTrying<T>(
  work: () => Promise<T>,
  { timers, cancellation, onError }: TryOptions,
): Promise<T | undefined> {
  for (
    let pauseMs = firstPauseMs;
    !cancellation.aborted;
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  ) {
    try {
      return await work();
    } catch (error) {
      onError(error);
      await sleep(timers, pauseMs);
    }
  }
  return undefined;
}
