import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  clipText,
  countCharacters,
  escapeJson,
  escapeJsonForHtml,
  showInvisible,
} from './visible-text.ts';

const any = fc.oneof(fc.string({ unit: 'binary' }), fc.string());

test.each([
  ['plain text\twith a tab', 'plain text\twith a tab'],
  ['日本語 🎉 é', '日本語 🎉 é'],
  ['a\u202eb', 'a<U+202E>b'],
  ['a\nb\rc', 'a<U+000A>b<U+000D>c'],
  ['\u001b[31m\u009b\u0000\u007f', '<U+001B>[31m<U+009B><U+0000><U+007F>'],
  ['\u200b\ufeff\u00ad\u00a0\u2028', '<U+200B><U+FEFF><U+00AD><U+00A0><U+2028>'],
  ['\u{e0041}', '<U+E0041>'],
  ['\ud83d', '<U+D83D>'],
  ['\ufffe\u3164', '<U+FFFE><U+3164>'],
])('%j is shown as %j', (text, shown) => {
  expect(showInvisible(text)).toBe(shown);
});

describe('JSON', () => {
  it('keeps its value when invisible characters are escaped', () => {
    fc.assert(
      fc.property(any, (text) => {
        const json = JSON.stringify({ text });
        expect(JSON.parse(escapeJson(json))).toEqual({ text });
        expect(JSON.parse(escapeJsonForHtml(json))).toEqual({ text });
        expect(escapeJsonForHtml(json)).not.toMatch(/[<>&]/);
        expect(showInvisible(escapeJson(json))).toBe(escapeJson(json));
      }),
    );
  });
});

describe('characters', () => {
  it('are counted as code points', () => {
    fc.assert(fc.property(any, (text) => countCharacters(text) === [...text].length));
  });

  it('are never cut in half', () => {
    fc.assert(
      fc.property(any, fc.nat(20), (text, max) => {
        const clipped = clipText(text, max);
        const all = [...text];
        if (all.length <= max) expect(clipped).toBe(text);
        else expect(clipped).toBe([...all.slice(0, Math.max(max - 1, 0)), '…'].join(''));
      }),
    );
  });
});
