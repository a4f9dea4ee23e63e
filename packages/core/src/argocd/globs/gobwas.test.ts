import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGobwas, matchGobwas, type GlobSeparators } from './gobwas.ts';

function answer(pattern: string, text: string, separators: GlobSeparators): boolean | 'fault' {
  const compiled = compileGobwas(pattern, separators);
  return 'fault' in compiled ? 'fault' : compiled.matches(text);
}

describe('the grammar', () => {
  test.each<[string, string, boolean | 'fault', boolean | 'fault']>([
    // pattern, text, without separators, with '/'
    ['team-*', 'team-red/eu', true, false],
    ['team-**', 'team-red/eu', true, true],
    ['team-?', 'team-/', true, false],
    ['?', 'ü', true, true],
    ['shard-[0-3]', 'shard-2', true, true],
    ['shard-[0-3]', 'shard-4', false, false],
    ['shard-[!0-3]', 'shard-4', true, true],
    ['[xyz]1', 'y1', true, true],
    ['[!xyz]1', 'a1', true, true],
    ['[^x]', '^', true, true],
    ['{eu,us}-*', 'us-east', true, true],
    ['{eu,us}-*', 'ap-east', false, false],
    ['{a{1,2},b}', 'a2', true, true],
    ['{,x}y', 'y', true, true],
    ['open{a,b', 'openb', true, true],
    ['a}', 'a}', true, true],
    ['a,b', 'a,b', true, true],
    ['\\*', '*', true, true],
    ['\\*', 'x', false, false],
    ['tail\\', 'tail', true, true],
    ['', '', true, true],
    ['', 'x', false, false],
    ['[', 'x', 'fault', 'fault'],
    ['[]', 'x', 'fault', 'fault'],
    ['[b-a]', 'a', 'fault', 'fault'],
    ['[a-cx]', 'b', 'fault', 'fault'],
  ])('%s and %s', (pattern, text, plain, slash) => {
    expect(answer(pattern, text, '')).toBe(plain);
    expect(answer(pattern, text, '/')).toBe(slash);
  });
});

describe('where the library is looser than its grammar', () => {
  test.each<[string, string, string, GlobSeparators]>([
    ['a beginning and an end overlap', 'node-*-prod', 'node-prod', ''],
    ['even by more than one character', 'abab*abab', 'ababab', ''],
    ['one character not in a list also matches nothing', '[!a]', '', ''],
    ['and so does the question mark', '?', '', ''],
  ])('%s', (_, pattern, text, separators) => {
    expect(answer(pattern, text, separators)).toBe(true);
  });

  test('but not where the star stops at slashes', () => {
    expect(answer('node-*-prod', 'node-prod', '/')).toBe(false);
  });

  test('characters of several bytes beside a question mark are not matched', () => {
    expect(answer('ü?', 'üa', '')).toBe(false);
    expect(answer('ü*', 'üa', '')).toBe(true);
  });
});

test('matchGobwas: a pattern with a fault matches nothing', () => {
  expect(matchGobwas('[', '[')).toBe(false);
  expect(matchGobwas('*', 'anything/at all')).toBe(true);
});

test('braces nested without end are a fault, not a crash', () => {
  expect(answer('{'.repeat(100_000), '', '')).toBe('fault');
});

const plainText = fc.stringMatching(/^[a-z0-9/._-]{0,12}$/);

test('a text without special characters matches itself and nothing else', () => {
  fc.assert(
    fc.property(plainText, plainText, (left, right) => {
      expect(answer(left, right, '')).toBe(left === right);
      expect(answer(left, right, '/')).toBe(left === right);
    }),
  );
});

test('any text with a backslash before every character matches itself', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-c*?[\]{},!\\-]{0,8}$/), (text) => {
      expect(answer(text.replace(/./g, '\\$&'), text, '')).toBe(true);
    }),
  );
});

test('a star with separators is a run within one folder', () => {
  fc.assert(
    fc.property(plainText, (text) => {
      expect(answer('*', text, '/')).toBe(!text.includes('/'));
      expect(answer('**', text, '/')).toBe(true);
      expect(answer('*', text, '')).toBe(true);
    }),
  );
});

test('alternatives match what one of them matches', () => {
  const word = fc.stringMatching(/^[ab]{1,3}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), word, (words, text) => {
      expect(answer(`{${words.join(',')}}`, text, '')).toBe(words.includes(text));
    }),
  );
});
