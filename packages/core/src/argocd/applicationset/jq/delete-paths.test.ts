import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDeletion } from './delete-paths.ts';

const data = {
  a: { b: 1, 'c-d': 2 },
  list: [
    { name: 'x', url: 'https://x/test-repo', n: 1 },
    { name: 'y', url: 'https://y', n: 2 },
    { name: 'z', url: 'https://z/test-repo', n: 3 },
  ],
};
const remove = (expression: string): unknown => compileDeletion(expression)(data);
const listWithout = (...indices: number[]): unknown => ({
  ...data,
  list: data.list.filter((_, index) => !indices.includes(index)),
});

describe('deleting by jq path', () => {
  it.each([
    ['.a.b', { ...data, a: { 'c-d': 2 } }],
    ['.a["c-d"]', { ...data, a: { b: 1 } }],
    ['.a."c-d"', { ...data, a: { b: 1 } }],
    ['.a, .list', {}],
    ['.list[1]', listWithout(1)],
    ['.list[-1]', listWithout(2)],
    ['.list[] | select(.name == "y")', listWithout(1)],
    ['.list[] | select(.url | contains("test-repo"))', listWithout(0, 2)],
    ['.list[] | select(.n > 1 and (.name != "z"))', listWithout(1)],
    ['.list[] | select(.url | endswith("repo") | not)', listWithout(1)],
    ['.list[] | select(has("nothing"))', data],
    ['.missing.deeper', data],
    ['.missing', data],
    ['.constructor.name', data],
    ['.', null],
    ['.list[].missing?', data],
    [
      '.list[] | select(.n == 1) | .name, .url',
      { ...data, list: [{ n: 1 }, ...data.list.slice(1)] },
    ],
    ['empty', data],
  ])('%s', (expression, expected) => {
    expect(remove(expression)).toStrictEqual(expected);
  });

  it.each(['.a[]?.b.c | .d', '.a.b.c', '.list.name.x', '.a[0]', '.list.name', '.list | length'])(
    '%s fails on this data',
    (expression) => {
      expect(() => remove(expression)).toThrow();
    },
  );

  it.each(['.a |= 1', 'map(.x)', '.a as $x | $x', 'walk(.)', '.a[', '"\\(.a)"', 'if . then . end'])(
    '%s is refused',
    (expression) => {
      expect(() => compileDeletion(expression)).toThrow('is not modelled');
    },
  );

  it('never changes its input, and deleting twice is deleting once', () => {
    const paths = ['.a.b', '.a', '.b[0]?', '.c[]?', '.[]?'];
    const value = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(value, fc.constantFrom(...paths), (given, expression) => {
        const before = JSON.stringify(given);
        try {
          const once = compileDeletion(expression)(given);
          if (expression !== '.b[0]?') {
            expect(compileDeletion(expression)(once)).toStrictEqual(once);
          }
        } catch {
          // The data has no place for that path.
        }
        expect(JSON.stringify(given)).toBe(before);
      }),
    );
  });
});
