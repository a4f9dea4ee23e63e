import { randomBytes } from 'node:crypto';
import type { Clock, Random, Timers } from '../server/context.ts';

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, 2_147_483_647));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

export const systemRandom: Random = () => Math.random();

/** A token that nobody can guess. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}
