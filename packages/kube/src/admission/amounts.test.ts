import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addAmount,
  formatAmount,
  parseAmount,
  roundedUp,
  subtractAmounts,
  zero,
  type Amount,
} from './amounts.ts';

function amount(text: string): Amount {
  return parseAmount(text) ?? { nano: -1n, format: 'decimal' };
}

describe('amounts', () => {
  it.each([
    ['1', '1'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.5', '500m'],
    ['2048Ki', '2Mi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['1000Ki', '1000Ki'],
    ['0.5Ki', '512'],
    ['1000', '1k'],
    ['1e3', '1e3'],
    ['12E', '12E'],
    ['0', '0'],
    ['-1Gi', '-1Gi'],
    ['0.1n', '1n'],
  ])('writes %s as %s', (text, written) => {
    expect(formatAmount(amount(text))).toBe(written);
  });

  it.each(['', '.', 'x', '1KiB', '1 Gi', '--1', 'e3'])('does not read %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('adds up in the way in which the first is written, unless that is nothing', () => {
    expect(formatAmount(addAmount(zero, amount('1Gi')))).toBe('1Gi');
    expect(formatAmount(addAmount(amount('1Gi'), amount('1024')))).toBe('1048577Ki');
    expect(formatAmount(addAmount(amount('1'), amount('500m')))).toBe('1500m');
  });

  it('rounds up to whole numbers and never goes below nothing', () => {
    expect(formatAmount(roundedUp(amount('1500m')))).toBe('2');
    const left = subtractAmounts(new Map([['cpu', amount('1')]]), new Map([['cpu', amount('3')]]));
    expect(formatAmount(left.get('cpu') ?? zero)).toBe('0');
  });

  it('reads back what it writes, without loss', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'E-3');
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), suffix, (digits, unit) => {
        const first = amount(`${digits}${unit}`);
        const again = amount(formatAmount(first));
        expect(again.nano).toBe(first.nano);
        expect(formatAmount(again)).toBe(formatAmount(first));
      }),
    );
  });
});
