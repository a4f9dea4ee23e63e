import { describe, expect, it } from 'vitest';
import { limitCalls } from './limit-calls.ts';

describe('limitCalls', () => {
  it('runs so many at once, all of them, and goes on after a failure', async () => {
    const limit = limitCalls(3);
    let [running, most] = [0, 0];
    const calls = Array.from({ length: 20 }, (_, index) =>
      limit(async () => {
        most = Math.max(most, ++running);
        await new Promise((soon) => setTimeout(soon, index % 4));
        running--;
        if (index % 5 === 0) throw new Error(`no ${index}`);
        return index;
      }),
    );
    const results = await Promise.allSettled(calls);

    expect(most).toBe(3);
    expect(results.map(({ status }) => status)).toEqual(
      results.map((_, index) => (index % 5 === 0 ? 'rejected' : 'fulfilled')),
    );
    expect(await limit(() => Promise.resolve('free again'))).toBe('free again');
  });
});
