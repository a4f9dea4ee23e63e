import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualTime, type VirtualTime } from '../testing/index.ts';
import { createSetQueue, type SetQueue } from './set-queue.ts';

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Run {
  readonly key: string;
  readonly at: number;
}

interface Setup {
  readonly workers?: number;
  readonly takesMs?: number;
  readonly again?: (run: Run, count: number) => number | undefined;
}

function setup({ workers = 10, takesMs = 0, again = () => undefined }: Setup = {}): {
  readonly time: VirtualTime;
  readonly queue: SetQueue;
  readonly runs: Run[];
  readonly running: () => number;
} {
  const time = virtualTime({ startMs: 0, rest });
  const runs: Run[] = [];
  let running = 0;
  const queue = createSetQueue({
    timers: time.timers,
    polls: time.timers,
    workers,
    onError: () => undefined,
    work: async (key) => {
      const run = { key, at: time.clock.nowMs() };
      runs.push(run);
      running += 1;
      if (takesMs > 0) {
        await new Promise<void>((resolve) => void time.timers.after(takesMs, resolve));
      }
      running -= 1;
      return again(run, runs.length);
    },
  });
  queue.start();
  return { time, queue, runs, running: () => running };
}

describe('the queue of sets', () => {
  it('works on a key once, however often it was added', async () => {
    const { time, queue, runs } = setup();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    await time.advance(0);
    expect(runs.map(({ key }) => key)).toStrictEqual(['a', 'b']);
  });

  it('waits until it is started', async () => {
    const time = virtualTime({ startMs: 0, rest });
    const seen: string[] = [];
    const queue = createSetQueue({
      timers: time.timers,
      polls: time.timers,
      workers: 1,
      onError: () => undefined,
      work: (key) => {
        seen.push(key);
        return Promise.resolve(undefined);
      },
    });
    queue.add('a');
    await time.advance(1000);
    expect(seen).toStrictEqual([]);
    queue.start();
    await time.advance(0);
    expect(seen).toStrictEqual(['a']);
  });

  it('comes again after the time that was asked for, counted from the end', async () => {
    const { time, queue, runs } = setup({ takesMs: 10, again: () => 100 });
    queue.add('a');
    await time.advance(250);
    expect(runs.map(({ at }) => at)).toStrictEqual([0, 110, 220]);
  });

  it('forgets that time when the key is added before', async () => {
    const { time, queue, runs } = setup({ again: () => 100 });
    queue.add('a');
    await time.advance(60);
    queue.add('a');
    await time.advance(150);
    expect(runs.map(({ at }) => at)).toStrictEqual([0, 60, 160]);
  });

  it('works once more on a key that was added while it was worked on', async () => {
    const { time, queue, runs } = setup({ takesMs: 10, again: () => 1000 });
    queue.add('a');
    await time.advance(5);
    queue.add('a');
    await time.advance(20);
    expect(runs.map(({ at }) => at)).toStrictEqual([0, 10]);
  });

  it('tries again after errors, ever later up to 1,000 s, and begins anew after success', async () => {
    const { time, queue, runs } = setup({
      again: (_, count) => {
        if (count !== 20) throw new Error('no');
        return 1;
      },
    });
    queue.add('a');
    await time.advance(4_000_000);
    const gaps = runs.slice(1, 22).map(({ at }, index) => at - (runs[index]?.at ?? 0));
    const doubled = Array.from({ length: 19 }, (_, index) => Math.min(1_000_000, 5 * 2 ** index));
    expect(gaps).toStrictEqual([...doubled, 1, 5]);
  });

  it('never works on a key twice at a time, nor on more keys than it may', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ max: 30 })));
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (added, workers) => {
        const { time, queue, runs, running } = setup({ workers, takesMs: 20 });
        for (const [key, pauseMs] of added) {
          queue.add(key);
          await time.advance(pauseMs);
          expect(running()).toBeLessThanOrEqual(workers);
        }
        await time.advance(20 * (added.length + 1));
        const last = new Map<string, number>();
        for (const { key, at } of runs) {
          expect(at - (last.get(key) ?? -20)).toBeGreaterThanOrEqual(20);
          last.set(key, at);
        }
        expect([...last.keys()].sort()).toStrictEqual(
          [...new Set(added.map(([key]) => key))].sort(),
        );
        await queue.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('waits for its workers when it is stopped', async () => {
    const { time, queue, running } = setup({ takesMs: 10 });
    queue.add('a');
    await time.advance(0);
    let stopped = false;
    void queue.stop().then(() => (stopped = true));
    await time.advance(9);
    expect([stopped, running()]).toStrictEqual([false, 1]);
    await time.advance(1);
    expect([stopped, running()]).toStrictEqual([true, 0]);
  });
});
