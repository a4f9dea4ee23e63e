import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGoDuration } from './go-duration.ts';

test.each<[string, bigint]>([
  ['90m', 5_400_000_000_000n],
  ['1h0.5s', 3_600_500_000_000n],
  ['-2us', -2_000n],
  ['+.25ms', 250_000n],
  ['3.h', 10_800_000_000_000n],
  ['0', 0n],
  ['7µs7μs', 14_000n],
  ['9223372036854775807ns', 9_223_372_036_854_775_807n],
  ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
])('%s', (text, nanoseconds) => {
  expect(parseGoDuration(text)).toEqual({ nanoseconds });
});

test.each<[string, string]>([
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['.s', 'time: invalid duration ".s"'],
  ['3', 'time: missing unit in duration "3"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['1h 2m', 'time: unknown unit "h " in duration "1h 2m"'],
  ['1toString', 'time: unknown unit "toString" in duration "1toString"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
])('%j is refused', (text, fault) => {
  expect(parseGoDuration(text)).toEqual({ fault });
});

test('hours, minutes and seconds add up', () => {
  const amount = fc.integer({ min: 0, max: 999 });
  fc.assert(
    fc.property(amount, amount, amount, (hours, minutes, seconds) => {
      const total = BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000_000n;
      const text = `${hours}h${minutes}m${seconds}s`;
      expect(parseGoDuration(text)).toEqual({ nanoseconds: total });
      expect(parseGoDuration(`-${text}`)).toEqual({ nanoseconds: -total });
    }),
  );
});
