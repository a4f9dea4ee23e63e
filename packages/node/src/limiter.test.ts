import * as fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../test/scratch.ts';
import { Limiter } from './limiter.ts';

describe('Limiter', () => {
  it('never runs more than its limit, runs everything, and begins in order', async () => {
    const task = fc.record({ turns: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(task), async (limit, tasks) => {
        const limiter = new Limiter(limit);
        const begun: number[] = [];
        let running = 0;
        let most = 0;
        const work = tasks.map(({ turns, fails }, index) =>
          limiter.run(async () => {
            begun.push(index);
            running += 1;
            most = Math.max(most, running);
            for (let done = 0; done < turns; done++) await turn();
            running -= 1;
            if (fails) throw new Error(`task ${index}`);
            return index;
          }),
        );
        const outcomes = await Promise.allSettled(work);

        expect(most).toBeLessThanOrEqual(limit);
        expect(most).toBe(Math.min(limit, tasks.length));
        expect(begun).toEqual(tasks.map((_, index) => index));
        expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(
          tasks.map(({ fails }) => fails),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('gives its place back when a task throws at once', async () => {
    const limiter = new Limiter(1);
    await failureOf(
      limiter.run(() => {
        throw new Error('at once');
      }),
    );

    expect(await limiter.run(() => Promise.resolve('next'))).toBe('next');
  });

  it.each([0, -1, NaN])('refuses a limit of %d, with which nothing would ever run', (limit) => {
    expect(() => new Limiter(limit)).toThrow('invariant');
  });
});
