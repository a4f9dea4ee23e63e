import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runesOf, toBytes } from './utf8.ts';

test('bytes are those of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(toBytes(text)).toBe(Buffer.from(text, 'utf8').toString('latin1'));
    }),
  );
});

test('runes are the characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const codes = runesOf(toBytes(text)).map(({ code }) => String.fromCodePoint(code));
      expect(codes.join('')).toBe(text);
    }),
  );
});

test('halves of characters are replaced, or stand alone', () => {
  expect(toBytes('\ud800')).toBe('\u00ef\u00bf\u00bd');
  expect(runesOf('\u00e2\u0082').map(({ code }) => code)).toEqual([0xfffd, 0xfffd]);
});
