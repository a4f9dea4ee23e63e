import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globFiles } from './doublestar.ts';

const files = ['b.yaml', 'a.yaml', 'x/b.yaml', 'x/a.yaml', 'x/y/a.yaml', 'x-y/a.yaml', 'z/n.txt'];

test.each<[string, string[] | 'bad pattern']>([
  ['*.yaml', ['a.yaml', 'b.yaml']],
  ['x/*.yaml', ['x/a.yaml', 'x/b.yaml']],
  ['**/a.yaml', ['a.yaml', 'x/a.yaml', 'x/y/a.yaml', 'x-y/a.yaml']],
  ['x/**/*.yaml', ['x/a.yaml', 'x/b.yaml', 'x/y/a.yaml']],
  ['x/**', ['x', 'x/a.yaml', 'x/b.yaml', 'x/y', 'x/y/a.yaml']],
  ['x/*', ['x/a.yaml', 'x/b.yaml', 'x/y']],
  ['{b,a}.yaml', ['a.yaml', 'b.yaml']],
  ['{x/y,z}/*', ['x/y/a.yaml', 'z/n.txt']],
  ['[!a].yaml', ['b.yaml']],
  ['[a-a]?yaml', ['a.yaml']],
  ['\\a.yaml', ['a.yaml']],
  ['none/*', []],
  ['{a.yaml,}', ['a.yaml']],
  ['[a.yaml', 'bad pattern'],
  ['{a.yaml', 'bad pattern'],
  ['a}', 'bad pattern'],
  ['a\\', 'bad pattern'],
])('%s', (pattern, expected) => {
  expect(globFiles(files, pattern)).toEqual(expected);
});

const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 });
const tree = fc.array(path).map((paths) => {
  const all = [...new Set(paths.map((names) => names.join('/')))];
  return all.filter((file) => !all.some((other) => other.startsWith(`${file}/`)));
});

test('two stars alone are everything, and every file once', () => {
  fc.assert(
    fc.property(tree, (all) => {
      const found = globFiles(all, '**');
      expect(new Set(found).size).toBe(found.length);
      expect(found).toEqual(expect.arrayContaining(all));
    }),
  );
});

test('the order of the files does not count', () => {
  fc.assert(
    fc.property(tree, (all) => {
      expect(globFiles(all.toReversed(), '**/a*')).toEqual(globFiles(all, '**/a*'));
    }),
  );
});
