import type { Timers } from '@tidegate/kube';

/** Waits; 0 or less does not wait at all. */
export function sleep(timers: Timers, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => void timers.after(milliseconds, resolve));
}
