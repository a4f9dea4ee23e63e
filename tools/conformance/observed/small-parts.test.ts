import { describe, expect, test } from 'vitest';
import { withoutDeviations } from './deviations.ts';
import { allowanceOf, isAllowed } from './not-deterministic.ts';
import { createScrubber } from './scrub.ts';
import { startTimeMs } from './start-time.ts';

describe('what changes from run to run', () => {
  const commits = new Map([['0123456789012345678901234567890123456789', 'c1']]);
  const scrubber = createScrubber(commits);

  test.each([
    ['at 0123456789012345678901234567890123456789', 'at <c1>'],
    ['uid 12345678-1234-4234-8234-123456789012 here', 'uid <uid> here'],
    ['from 2026-03-02T10:07:00Z on', 'from <time> on'],
    ['x. Retrying attempt #2 at 5:04PM.', 'x. Retrying attempt #2 at <time>.'],
    [
      'helm template . --values /tmp/_argocd-repo/3f-2a/missing.yaml --api-versions v1 --api-versions apps/v1 --include-crds',
      'helm template . --values <path to cached source>/missing.yaml <api versions removed> --include-crds',
    ],
    ['from "/dev/shm/1234567": no matches', 'from "<temporary file>": no matches'],
  ])('%s', (given, scrubbed) => {
    expect(scrubber.text(given)).toBe(scrubbed);
  });

  test('goes for all texts of a value', () => {
    const given = { a: [{ b: '12345678-1234-4234-8234-123456789012', c: 1 }], d: null };
    expect(scrubber.value(given)).toEqual({ a: [{ b: '<uid>', c: 1 }], d: null });
  });
});

test('notDeterministic by step', () => {
  const entries = [
    'step 2: order of resources in operation results',
    'step 2: after > argocd/a > status > phase (not always there)',
    'step 2: deleted (number of entries)',
    'step 2: after > argocd/b (not always there)',
    'a word to the reader',
  ];
  const two = allowanceOf(entries, 2);
  expect(two.anyResultOrder).toBe(true);
  expect(two.partialSelfHeal).toBe(false);
  expect([...two.optionalObjects]).toEqual(['Application/argocd/b']);
  expect(isAllowed(two, 'after > argocd/a > status > phase')).toBe(true);
  expect(isAllowed(two, 'after > argocd/a > status > phases')).toBe(false);
  expect(isAllowed(two, 'deleted')).toBe(true);
  expect(isAllowed(two, 'created')).toBe(false);
  expect(allowanceOf(entries, 1).paths).toEqual([]);
});

describe('the clock of a step', () => {
  test.each([
    ['Wednesday 14:05:30', 3, '14:05:30'],
    ['Sun 02:00 UTC', 0, '02:00:00'],
    [{ weekday: 'Fri', time: '23:59:01' }, 5, '23:59:01'],
  ])('%s', (clock, day, time) => {
    const date = new Date(startTimeMs(clock));
    expect(date.getUTCDay()).toBe(day);
    expect(date.toISOString().slice(11, 19)).toBe(time);
  });

  test('says what it does not understand', () => {
    expect(() => startTimeMs('noon')).toThrow('must be a weekday and a time of day');
  });
});

test('a deviation is left out, and one that agrees is told', () => {
  const listed = { recording: 'x', step: 1, path: 'after > a', reason: 'because' };
  const difference = { where: 'step 1 > after > a > status', expected: 1, got: 2 };
  const other = { where: 'step 1 > after > ab', expected: 1, got: 2 };
  expect(withoutDeviations([difference, other], [listed])).toEqual([other]);
  expect(withoutDeviations([], [listed])).toEqual([
    expect.objectContaining({ where: 'step 1 > after > a' }),
  ]);
});
