import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchPath, type PathMatch } from './path-match.ts';

test.each<[string, string, PathMatch]>([
  ['nodes/*', 'nodes/a', true],
  ['nodes/*', 'nodes/a/b', false],
  ['nodes/*', 'nodes/', true],
  ['*/*/x', 'a/b/x', true],
  ['**', 'a', true],
  ['**', 'a/b', false],
  ['a/**/x', 'a/x', false],
  ['node-?', 'node-é', true],
  ['node?x', 'node/x', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[!a]x', '!x', true],
  ['[a/]x', '/x', true],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['\\[x', '[x', true],
  ['*a*b', 'xaxb', true],
  // The first star takes as little as it can, and does not think again.
  ['*[a/]*b', 'a/b', false],
  ['', '', true],
  ['', 'a', false],
  ['[', 'a', 'bad pattern'],
  ['[]a]', 'a', 'bad pattern'],
  ['[-a]', 'a', 'bad pattern'],
  ['[a-]', 'a', 'bad pattern'],
  ['a[', 'b', 'bad pattern'],
  ['a\\', 'a', 'bad pattern'],
])('%s and %s', (pattern, name, expected) => {
  expect(matchPath(pattern, name)).toBe(expected);
});

test('as a regular expression, where no class can take a slash', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 8 });
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab/]{0,8}$/), (items, name) => {
      const text = items.join('').replaceAll('?', '[^/]').replaceAll('*', '[^/]*');
      expect(matchPath(items.join(''), name)).toBe(new RegExp(`^${text}$`).test(name));
    }),
  );
});
