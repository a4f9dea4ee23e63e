import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchGlob } from './match-glob.ts';

test.each<[string, string, boolean]>([
  ['tidegate.yaml', 'tidegate.yaml', true],
  ['tidegate.yaml', 'envs/tidegate.yaml', false],
  ['*.yaml', 'tidegate.yaml', true],
  ['*.yaml', 'versions/qa.yaml', false],
  ['*', '.hidden', true],
  ['versions/*', 'versions/qa.yaml', true],
  ['envs/*', 'envs/qa/common.yaml', false],
  ['envs/**/*', 'envs/qa/nodes/alpha/values.yaml', true],
  ['envs/**/*.yaml', 'envs/a.yaml', true],
  ['**/*.yaml', 'a.yaml', true],
  ['**/*.yaml', '.hidden/.a.yaml', true],
  ['**/nodes/**/*', 'envs/qa/nodes/alpha/values.yaml', true],
  ['**/nodes/**/*', 'envs/qa/nodes', false],
  // Only a whole name before a slash stands for folders.
  ['envs/**', 'envs/qa', true],
  ['envs/**', 'envs/qa/a.yaml', false],
  ['e**/a', 'envs/b/a', false],
  ['e**/a', 'envs/a', true],
  ['/envs/*', 'envs/qa', false],
  ['?.yaml', 'a.yaml', true],
  ['?.yaml', '.yaml', false],
  ['[a-c].yaml', 'b.yaml', true],
  ['[^a-c].yaml', 'b.yaml', false],
  ['[!a-c].yaml', 'd.yaml', true],
  ['[]x].yaml', ']x].yaml', false],
  ['[\\]x].yaml', '].yaml', true],
  ['[a-].yaml', '-.yaml', true],
  ['[a.yaml', '[a.yaml', false],
  ['\\*.yaml', '*.yaml', true],
  ['\\*.yaml', 'a.yaml', false],
  ['{qa,prod}/*.{yml,yaml}', 'prod/a.yml', true],
  ['{qa,prod}/*.{yml,yaml}', 'preprod/a.yml', false],
  ['{a,b{c,d}}x', 'bdx', true],
  ['{a,b{c,d}}x', 'bx', false],
  ['{,pre}prod', 'prod', true],
  ['a{b', 'a{b', true],
  ['a\\{b,c}', 'a{b,c}', true],
  ['a(b)+$', 'a(b)+$', true],
  ['é?', 'é😀', true],
])('%s matches %s: %s', (glob, path, expected) => {
  expect(matchGlob(glob, path)).toBe(expected);
});

test('a path without special characters matches itself only, and ** any', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '-', '+', '(', '$'),
    minLength: 1,
  });
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  fc.assert(
    fc.property(path, path, (one, other) => {
      expect(matchGlob(one, other)).toBe(one === other);
      expect(matchGlob('**/*', one)).toBe(true);
    }),
  );
});
