import { describe, expect, it } from 'vitest';
import { formatConditions, setConditions } from './conditions.ts';

const before = [
  { type: 'ComparisonError', message: 'old', lastTransitionTime: 't1' },
  { type: 'SyncError', message: 'sync', lastTransitionTime: 't1' },
];

describe('setConditions', () => {
  it('replaces the types that were looked at, and only those', () => {
    const found = [{ type: 'ComparisonError', message: 'new' }];
    expect(setConditions(before, found, ['ComparisonError'], 't2')).toEqual([
      { type: 'ComparisonError', message: 'new', lastTransitionTime: 't2' },
      before[1],
    ]);
    expect(setConditions(before, [], ['ComparisonError'], 't2')).toEqual([before[1]]);
  });

  it('keeps the time of a condition that says the same', () => {
    const found = [{ type: 'ComparisonError', message: 'old' }];
    expect(setConditions(before, found, ['ComparisonError'], 't2')[0]).toEqual(before[0]);
  });

  it('gives a time to one that has none, and sorts by type and message', () => {
    const found = ['b', 'a'].map((message) => ({ type: 'X', message }));
    expect(
      setConditions([{ type: 'Y', message: 'm' }], found, ['X'], 't').map((one) => one.message),
    ).toEqual(['a', 'b', 'm']);
  });
});

it('quotes conditions in one text', () => {
  expect(formatConditions(before)).toBe('ComparisonError: old;SyncError: sync');
});
