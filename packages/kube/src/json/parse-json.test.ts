import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, parseJson, UnsupportedJsonError } from './parse-json.ts';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['[1 2]', "invalid character '2' after array element"],
    ['- op', "invalid character ' ' in numeric literal"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['{} {}', "invalid character '{' after top-level value"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ])('refuses %j in the words of Go', (text, message) => {
    expect(() => parseJson(text)).toThrow(new JsonSyntaxError(message));
  });

  it('names keys that come twice and keeps the last', () => {
    expect(parseJson('{"a":{"b":1,"b":2},"l":[{"c":1,"c":2}]}')).toEqual({
      value: { a: { b: 2 }, l: [{ c: 2 }] },
      duplicates: ['a.b', 'l[0].c'],
    });
  });

  it('takes no key that would reach a prototype', () => {
    expect(() => parseJson('{"__proto__":{"polluted":true}}')).toThrow(UnsupportedJsonError);
  });

  it('ends at deep nesting instead of running out of stack', () => {
    expect(() => parseJson('['.repeat(20_000))).toThrow();
  });
});
