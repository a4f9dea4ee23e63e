import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder } from './in-order.ts';

describe('inOrder', () => {
  it('takes results in order, whichever comes first, and never has more on their way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        fc.scheduler(),
        async (items, atOnce, scheduler) => {
          const [taken, counts]: [number[], number[]] = [[], []];
          let [running, most] = [0, 0];
          const all = inOrder(items, {
            atOnce,
            run: async (item) => {
              most = Math.max(most, ++running);
              await scheduler.schedule(Promise.resolve());
              running--;
              return item;
            },
            take: (item, done) => {
              taken.push(item);
              counts.push(done);
            },
          });
          await scheduler.waitFor(all);

          expect(taken).toEqual(items);
          expect(counts).toEqual(items.map((_, index) => index + 1));
          expect(most).toBeLessThanOrEqual(atOnce);
        },
      ),
    );
  });

  it('fails with the first failure in order, and leaves none unhandled', async () => {
    const taken: number[] = [];
    const all = inOrder([1, 2, 3, 4], {
      atOnce: 4,
      run: (item) =>
        item % 2 === 0 ? Promise.reject(new Error(`no ${item}`)) : Promise.resolve(item),
      take: (item) => taken.push(item),
    });

    await expect(all).rejects.toThrow('no 2');
    expect(taken).toEqual([1]);
  });

  it('starts another one as soon as the oldest is taken', async () => {
    const started: number[] = [];
    const ends = new Map<number, () => void>();
    const all = inOrder([0, 1, 2], {
      atOnce: 2,
      run: (item) => {
        started.push(item);
        return new Promise<void>((end) => ends.set(item, end));
      },
      take: () => undefined,
    });
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    ends.get(0)?.();
    await new Promise((soon) => setTimeout(soon));
    expect(started).toEqual([0, 1, 2]);
    ends.get(1)?.();
    ends.get(2)?.();
    await all;
  });
});
