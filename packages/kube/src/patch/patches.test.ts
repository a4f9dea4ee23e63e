import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../json/value.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';

/** The plain procedure of RFC 7386, on copies. */
function reference(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(out, key);
    else out[key] = reference(out[key], value);
  }
  return out;
}

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json[]>(null, 1, 'x', true),
    fc.array(tie('tree'), { maxLength: 2 }),
    fc.dictionary(key, tie('tree'), { noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
})).tree;

describe('merge patch', () => {
  it('does what the plain procedure does, and changes nothing in place', () => {
    fc.assert(
      fc.property(value, value, (target, patch) => {
        const before = JSON.stringify(target);
        expect(mergePatch(target, patch)).toEqual(reference(target, patch));
        expect(JSON.stringify(target)).toBe(before);
      }),
    );
  });
});

describe('JSON patch', () => {
  const base: JsonObject = { a: { 'x/y': 1 }, l: [1, 2] };
  it.each<[string, Json, JsonObject]>([
    ['add', [{ op: 'add', path: '/l/1', value: 9 }], { a: { 'x/y': 1 }, l: [1, 9, 2] }],
    ['append', [{ op: 'add', path: '/l/-', value: 3 }], { a: { 'x/y': 1 }, l: [1, 2, 3] }],
    ['escape', [{ op: 'remove', path: '/a/x~1y' }], { a: {}, l: [1, 2] }],
    ['move', [{ op: 'move', from: '/l/0', path: '/b' }], { a: { 'x/y': 1 }, l: [2], b: 1 }],
    ['copy', [{ op: 'copy', from: '/l', path: '/m' }], { ...base, m: [1, 2] }],
  ])('%s', (_, patch, expected) => {
    expect(jsonPatch(base, patch)).toEqual(expected);
    expect(base).toEqual({ a: { 'x/y': 1 }, l: [1, 2] });
  });

  it.each([
    [[{ op: 'remove', path: '/none' }]],
    [[{ op: 'add', path: '/l/9', value: 1 }]],
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'frob', path: '/a' }]],
    [[{ op: 'add', path: 'a', value: 1 }]],
  ])('refuses %j', (patch) => {
    expect(() => jsonPatch(base, patch as Json)).toThrow('the server rejected our request');
  });
});

describe('strategic merge patch', () => {
  const pod: JsonObject = {
    spec: {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
  };

  it('merges lists by their keys, and deletes entries', () => {
    const patched = strategicMerge('V1Pod', pod, {
      spec: {
        containers: [
          { name: 'b', image: '2' },
          { name: 'a', $patch: 'delete' },
        ],
      },
    });
    expect(patched).toEqual({ spec: { containers: [{ name: 'b', image: '2' }] } });
  });

  it('replaces what it is told to', () => {
    const patched = strategicMerge('V1Pod', pod, { spec: { $patch: 'replace', nodeName: 'n' } });
    expect(patched).toEqual({ spec: { nodeName: 'n' } });
  });

  it('adds to and takes from lists of plain values', () => {
    const object = { metadata: { finalizers: ['x', 'y'] } };
    const patched = strategicMerge('V1ConfigMap', object, {
      metadata: { finalizers: ['z'], '$deleteFromPrimitiveList/finalizers': ['x'] },
    });
    expect(new Set((patched['metadata'] as JsonObject)['finalizers'] as Json[])).toEqual(
      new Set(['y', 'z']),
    );
  });
});
