import { describe, expect, it } from 'vitest';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

interface Bench {
  readonly queue: WorkQueue;
  readonly log: string[];
  readonly release: Map<string, () => void>;
  readonly timers: { readonly ms: number; readonly run: () => void }[];
}

function bench(workers: number): Bench {
  const log: string[] = [];
  const release = new Map<string, () => void>();
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const queue = createWorkQueue({
    timers: {
      after: (ms, run) => {
        const timer = { ms, run };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    workers,
    work: (key) => {
      log.push(key);
      return new Promise((resolve) => release.set(key, resolve));
    },
    onError: (error, key) => log.push(`${key}: ${String(error)}`),
  });
  return { queue, log, release, timers };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('takes a key that waits only once', async () => {
    const { queue, log } = bench(1);
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    await settled();
    expect(log).toEqual(['a']);
    expect(queue.busy()).toBe(true);
  });

  it('takes a key that is added while it is worked on again afterwards, never beside it', async () => {
    const { queue, log, release } = bench(2);
    queue.add('a');
    await settled();
    queue.add('a');
    queue.add('a');
    await settled();
    expect(log).toEqual(['a']);
    release.get('a')?.();
    await settled();
    expect(log).toEqual(['a', 'a']);
    release.get('a')?.();
    await settled();
    expect(queue.busy()).toBe(false);
  });

  it('works on no more keys at once than it has workers, in order', async () => {
    const { queue, log, release } = bench(2);
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await settled();
    expect(log).toEqual(['a', 'b']);
    release.get('b')?.();
    await settled();
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('adds later, and tells of failures', async () => {
    const { queue, log, timers } = bench(1);
    queue.addAfter('a', 500);
    await settled();
    expect(log).toEqual([]);
    expect(timers.map(({ ms }) => ms)).toEqual([500]);
    timers[0]?.run();
    await settled();
    expect(log).toEqual(['a']);
    const failing = createWorkQueue({
      timers: { after: () => () => undefined },
      workers: 1,
      work: () => Promise.reject(new Error('no')),
      onError: (error, key) => log.push(`${key} ${(error as Error).message}`),
    });
    failing.add('x');
    await settled();
    expect(log).toContain('x no');
    expect(failing.busy()).toBe(false);
  });

  it('stops: nothing waits any more, and what runs is awaited', async () => {
    const { queue, log, release, timers } = bench(1);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await settled();
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    await settled();
    expect([stopped, timers.length]).toEqual([false, 0]);
    release.get('a')?.();
    await stopping;
    queue.add('d');
    await settled();
    expect(log).toEqual(['a']);
  });
});
