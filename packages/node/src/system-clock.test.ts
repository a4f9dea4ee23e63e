import { describe, expect, it } from 'vitest';
import { failureOf } from '../test/scratch.ts';
import { systemClock } from './system-clock.ts';

describe('systemClock', () => {
  it('goes forward, and sleeps as long as it is told', async () => {
    const clock = systemClock();
    const [now, begin] = [clock.nowMs(), clock.monotonicMs()];
    await clock.sleep(20);

    expect(clock.nowMs()).toBeGreaterThanOrEqual(now);
    expect(clock.monotonicMs() - begin).toBeGreaterThan(15);
  });

  it('wakes up when told to', async () => {
    const controller = new AbortController();
    const sleeping = failureOf(systemClock().sleep(60_000, controller.signal));
    controller.abort();

    expect((await sleeping).name).toBe('AbortError');
  });
});
