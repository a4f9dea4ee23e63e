import { describe, expect, it } from 'vitest';
import { Lru, SharedFetches } from './lru.ts';
import { defaultPause, ManifestCache, type PauseSettings } from './manifest-cache.ts';

const made = { revision: 'c', sourceType: 'Directory', manifests: [] } as const;
const paused = { cachedError: 'Manifest generation error (cached): boom' };

function cacheAt(pause: PauseSettings = defaultPause) {
  const clock = { at: 0, nowMs: () => clock.at };
  const cache = new ManifestCache({ clock, entriesMax: 10, keepMs: 86_400_000, pause });
  return { clock, cache };
}

describe('ManifestCache', () => {
  it('pauses after three failures in a row, for an hour after the first', () => {
    const { clock, cache } = cacheAt();
    for (const at of [1_000, 2_000, 3_000]) {
      clock.at = at;
      expect(cache.find('k')).toBeUndefined();
      cache.fail('k', 'boom');
    }

    expect(cache.find('k')).toEqual(paused);
    clock.at = 3_600_999;
    expect(cache.find('k')).toEqual(paused);
    clock.at = 3_601_000;
    expect(cache.find('k')).toBeUndefined();
    cache.fail('k', 'boom');
    expect(cache.find('k')).toBeUndefined();
  });

  it('counts anew after manifests were made', () => {
    const { cache } = cacheAt();
    cache.fail('k', 'boom');
    cache.fail('k', 'boom');
    cache.keep('k', made);
    expect(cache.find('k')).toEqual({ manifests: made });
    cache.fail('k', 'boom');
    expect(cache.find('k')).toBeUndefined();
    cache.fail('k', 'boom');
    cache.fail('k', 'boom');
    expect(cache.find('k')).toEqual(paused);
  });

  it('tries again after so many paused answers, where that is set', () => {
    const { cache } = cacheAt({ afterFailures: 1, forMs: 0, forRequests: 2 });
    cache.fail('k', 'boom');

    const answers = [1, 2, 3].map(() => cache.find('k'));

    expect(answers).toEqual([paused, paused, undefined]);
  });

  it('never pauses where that is switched off', () => {
    const { cache } = cacheAt({ ...defaultPause, afterFailures: 0 });
    for (let count = 0; count < 10; count += 1) cache.fail('k', 'boom');

    expect(cache.find('k')).toBeUndefined();
  });

  it('forgets after a day', () => {
    const { clock, cache } = cacheAt();
    cache.keep('k', made);
    clock.at = 86_399_999;
    expect(cache.find('k')).toEqual({ manifests: made });
    clock.at = 86_400_000;
    expect(cache.find('k')).toBeUndefined();
  });
});

describe('Lru', () => {
  it('forgets what was not asked for longest', () => {
    const lru = new Lru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);

    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3]);
    expect(lru.size).toBe(2);
  });
});

describe('SharedFetches', () => {
  it('fetches once for all who ask meanwhile and later, but keeps no fault', async () => {
    const fetches = new SharedFetches<{ value: number } | { fault: string }>(10);
    let count = 0;
    const good = (): Promise<{ value: number }> => Promise.resolve({ value: (count += 1) });
    const bad = (): Promise<{ fault: string }> => Promise.resolve({ fault: `f${(count += 1)}` });

    const first = await Promise.all([fetches.get('a', good), fetches.get('a', good)]);
    const later = await fetches.get('a', good);
    const faults = [await fetches.get('b', bad), await fetches.get('b', bad)];

    expect([...first, later]).toEqual([{ value: 1 }, { value: 1 }, { value: 1 }]);
    expect(faults).toEqual([{ fault: 'f2' }, { fault: 'f3' }]);
  });
});
