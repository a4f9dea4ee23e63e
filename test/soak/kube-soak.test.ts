import { describe, expect, test } from 'vitest';
import { growthFaults, soak, type Measure } from './kube-soak.ts';

function random(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('a soak of the embedded Kubernetes API', () => {
  test('keeps memory flat over 4,000 writes, and an informer right', async () => {
    const result = await soak({
      writes: 4000,
      objects: 100,
      every: 400,
      compact: true,
      random: random(),
    });
    expect(result.faults).toEqual([]);
    expect(result.measures).toHaveLength(10);
  });

  const megabyte = 1024 * 1024;
  function measures(heaps: readonly number[]): Measure[] {
    return heaps.map((heap, index) => ({
      writes: index,
      heapBytes: heap * megabyte,
      rssBytes: 0,
      elapsedMs: 0,
    }));
  }

  test.each([
    ['flat', [20, 90, 91, 90, 92, 90, 91, 90], true],
    ['up and down', [20, 90, 120, 95, 130, 90, 125, 92], true],
    ['growing', [20, 60, 70, 80, 90, 100, 110, 120], false],
    ['too short', [20, 20], false],
  ])('tells a heap that is %s', (_, heaps, isFlat) => {
    expect(growthFaults(measures(heaps)).length === 0).toBe(isFlat);
  });
});
