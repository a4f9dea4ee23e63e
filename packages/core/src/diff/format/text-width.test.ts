import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fitWidth, textWidth } from './text-width.ts';

test.each([
  ['abc', 3],
  ['日本', 4],
  ['🎉', 2],
  ['e\u0301', 1],
  ['→', 1],
])('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each([
  ['abc', 5, 'abc  '],
  ['abcdef', 4, 'abc…'],
  ['日本語', 4, '日… '],
  ['🎉🎉', 4, '🎉🎉'],
  ['abc', 0, ''],
])('%s in %i columns', (text, columns, fitted) => {
  expect(fitWidth(text, columns)).toBe(fitted);
});

it('always takes exactly the columns that it is given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, columns) => {
      expect(textWidth(fitWidth(text, columns))).toBe(columns);
    }),
  );
});
