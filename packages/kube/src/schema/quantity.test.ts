import { expect, it } from 'vitest';
import { isQuantity, normalizeQuantity, quantityValue } from './quantity.ts';

it.each([
  ['0.5Gi', '512Mi'],
  ['1', '1'],
  ['1000m', '1'],
  ['500m', '500m'],
  ['0.5', '500m'],
  ['1024Ki', '1Mi'],
  ['1000', '1k'],
  ['1e3', '1k'],
  ['0', '0'],
  ['1.5Gi', '1536Mi'],
  ['none', 'none'],
])('writes %s as %s', (given, expected) => {
  expect(normalizeQuantity(given)).toBe(expected);
});

it('values quantities', () => {
  expect(quantityValue('1Ki')).toBe(1024);
  expect(quantityValue('250m')).toBeCloseTo(0.25);
  expect(isQuantity('1Q')).toBe(false);
});
