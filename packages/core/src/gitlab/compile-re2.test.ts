import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, compileRe2 } from './compile-re2.ts';

describe('a pattern of RE2', () => {
  test.each<[string, string, boolean]>([
    ['b', 'abc', true],
    ['^b', 'a\nb', false],
    ['(?m)^b', 'a\nb', true],
    ['a$', 'a\n', false],
    ['(?m)a$', 'a\n', true],
    ['a.b', 'a\nb', false],
    ['a.b', 'a\rb', true],
    ['(?s)a.b', 'a\nb', true],
    ['(?i)ÄB', 'äb', true],
    ['(?i:a)B', 'Ab', false],
    ['(?i:a)B', 'AB', true],
    ['a(?i)b|c', 'aB', true],
    ['a(?i)b|c', 'C', true],
    ['(a(?i)b)c', 'aBC', false],
    ['(?i-s:[b-d])', 'C', true],
    ['(?i)[^b-d]', 'C', false],
    ['\\Aab\\z', 'ab', true],
    ['\\Q.*\\E+', '.**', true],
    ['^\\Q.*', 'ab', false],
    ['[[:upper:]][[:^digit:]]', 'Ax', true],
    ['[[:upper:]][[:^digit:]]', 'A1', false],
    ['^[]a]+$', ']a', true],
    ['^[^]a]$', 'b', true],
    ['[a-]', '-', true],
    ['^\\s$', '\u00a0', false],
    ['^[\\S]$', '\u00a0', true],
    ['^\\w$', 'é', false],
    ['^\\pL+$', 'né', true],
    ['^\\p{Greek}$', 'Ω', true],
    ['^\\P{^Lu}$', 'A', true],
    ['^\\x41\\x{42}\\103\\07$', 'ABC\u0007', true],
    ['^a{2}$', 'aa', true],
    ['^a{2,}$', 'aaaa', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^{$', '{', true],
    ['^}]$', '}]', true],
    ['a(?i)*b', 'B', true],
    ['^.$', '😀', true],
    ['(?P<name>a)(?<other>b)', 'ab', true],
  ])('%j finds something in %j: %j', (pattern, text, expected) => {
    expect(compileRe2(pattern)?.test(text)).toBe(expected);
  });

  test.each([
    ['look-around', ['(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '(?>a)']],
    ['references to what was found', ['(a)\\1', '(?P<n>a)(?P=n)']],
    ['a repetition of nothing or of a repetition', ['*', '(?i)+', 'a|?', 'a**', 'a+{2}', '(*)']],
    ['a count that is too large or the wrong way round', ['a{1001}', 'a{2,1001}', 'a{3,1}']],
    ['what does not end', ['(a', 'a)', '[a', '[]', '[^]', 'a\\', '(?i', '[[:alpha:]']],
    ['an unknown escape', ['\\Z', '\\8', '\\y', '\\xg1', '\\pX', '\\p{Nobody}']],
    ['an unknown class or a range the wrong way round', ['[[:nobody:]]', '[b-a]', '[a-\\d]']],
    ['a name twice', ['(?P<n>a)(?P<n>b)']],
    ['an unknown flag', ['(?x)a', '(?-)a']],
  ])('refuses %s', (_, patterns) => {
    expect(patterns.filter((pattern) => compileRe2(pattern) !== undefined)).toEqual([]);
  });

  test('takes flags as they stand behind a pattern in slashes', () => {
    expect(compilePattern('/a.B/is')?.test('A\nb')).toBe(true);
    expect(compilePattern('/^b/mU')?.test('a\nb')).toBe(true);
    expect(compilePattern('/a\\/b/')?.test('a/b')).toBe(true);
    expect(compilePattern('/a/b/')?.test('a/b')).toBe(true);
    expect(compilePattern('/a/x')).toBeUndefined();
    expect(compilePattern('a')).toBeUndefined();
  });

  test('of escaped characters finds exactly them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.string(), (text, other) => {
        const pattern = [...text].map((char) => (/\w/.test(char) ? char : `\\x{${hex(char)}}`));
        const expression = compileRe2(`^${pattern.join('')}$`);

        expect(expression?.test(text)).toBe(true);
        expect(expression?.test(other)).toBe(other === text);
      }),
    );
  });
});

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16);
}
