import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, compareObjects } from './compare-objects.ts';
import type { FieldChange } from './model.ts';

function shown(before: unknown, after: unknown): string[] {
  return compareObjects(before, after).map(
    ({ path, before: from, after: to }) =>
      `${path.join('.')}: ${JSON.stringify(from) ?? 'none'} -> ${JSON.stringify(to) ?? 'none'}`,
  );
}

describe('compareObjects', () => {
  it.each<[what: string, before: unknown, after: unknown, expected: string[]]>([
    ['a scalar', { a: 1 }, { a: 2 }, ['a: 1 -> 2']],
    ['a type', { a: 1 }, { a: '1' }, ['a: 1 -> "1"']],
    ['a key more', { a: 1 }, { a: 1, b: { c: 2 } }, ['b: none -> {"c":2}']],
    ['a key less', { a: null }, {}, ['a: null -> none']],
    ['order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [
      'a container by its name, in another order',
      {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      {
        containers: [
          { name: 'b', image: '2' },
          { name: 'a', image: '1' },
        ],
      },
      ['containers.[name=b].image: "1" -> "2"'],
    ],
    [
      'a port by its number',
      { ports: [{ containerPort: 80 }, { containerPort: 81 }] },
      { ports: [{ containerPort: 81, protocol: 'UDP' }] },
      [
        'ports.[containerPort=80]: {"containerPort":80} -> none',
        'ports.[containerPort=81].protocol: none -> "UDP"',
      ],
    ],
    [
      'a list of texts by place',
      { args: ['a', 'b'] },
      { args: ['a', 'c'] },
      ['args.[1]: "b" -> "c"'],
    ],
    [
      'a list whose names are not distinct',
      { env: [{ name: 'a' }, { name: 'a', value: '1' }] },
      { env: [{ name: 'a' }, { name: 'a', value: '2' }] },
      ['env.[1].value: "1" -> "2"'],
    ],
    ['a list that becomes a text', { a: ['b'] }, { a: 'b' }, ['a: ["b"] -> "b"']],
    [
      'keys of the prototype',
      JSON.parse('{"__proto__":{"a":1}}'),
      {},
      ['__proto__: {"a":1} -> none'],
    ],
  ])('finds %s', (_, before, after, expected) => {
    expect(shown(before, after)).toEqual(expected);
  });

  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('a', 'b', 1, 2, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'name', 'containers', 'spec'), tie('value'), {
        maxKeys: 3,
      }),
    ),
  })).value;

  it('finds nothing between a value and itself', () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(compareObjects(one, structuredClone(one))).toEqual([]);
      }),
    );
  });

  it('says everything: with its changes, one becomes the other', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const changed = compareObjects(one, other).reduce<unknown>(apply, structuredClone(one));
        expect(canonical(changed)).toEqual(canonical(other));
      }),
      { numRuns: 500 },
    );
  });
});

/** Puts a change into a value, as a reader of it would. */
function apply(value: unknown, { path, after }: FieldChange): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return after;
  if (Array.isArray(value))
    return applyToList(value as unknown[], part, { path: rest, before: undefined, after });
  const record = { ...(value as Record<string, unknown>) };
  const inner = apply(record[part], { path: rest, before: undefined, after });
  if (inner === undefined) delete record[part];
  else record[part] = inner;
  return record;
}

function applyToList(list: readonly unknown[], label: string, change: FieldChange): unknown[] {
  const [, key, name = ''] = /^\[(?:([^=]+)=)?(.*)\]$/.exec(label) ?? [];
  const at =
    key === undefined
      ? Number(name)
      : list.findIndex((item) => String((item as Record<string, unknown>)[key]) === name);
  const copy = [...list];
  if (at < 0 || at >= list.length) return [...copy, apply(undefined, change)];
  const inner = apply(copy[at], change);
  // Items without names keep their places until all changes are in.
  if (inner === undefined && key !== undefined) copy.splice(at, 1);
  else copy[at] = inner;
  return key === undefined ? trimmed(copy) : copy;
}

function trimmed(list: unknown[]): unknown[] {
  while (list.length > 0 && list.at(-1) === undefined) list.pop();
  return list;
}
