import { randomBytes } from 'node:crypto';
import type { Clock, Random, Timers } from '../server/context.ts';

/** Where a clock takes its time from. */
export interface TimeSource {
  /** Milliseconds since the epoch; may be put forward and back. */
  wallMs(): number;
  /** Milliseconds since some moment; only goes forward. */
  steadyMs(): number;
}

/**
 * A clock that follows the wall clock forward and never goes back: what is waited for comes in time, whatever is
 * done to the machine's clock.
 */
export function steadyClock(source: TimeSource): Clock {
  let offset = Number.NEGATIVE_INFINITY;
  return {
    nowMs: () => {
      const steadyMs = source.steadyMs();
      offset = Math.max(offset, source.wallMs() - steadyMs);
      return Math.floor(steadyMs + offset);
    },
  };
}

/** The machine's own clock, which never goes back. */
export const systemClock: Clock = steadyClock({
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
});

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
