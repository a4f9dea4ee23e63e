import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparable, lastApplied, withoutDropped } from './comparable.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

describe('comparable', () => {
  it('leaves out what the server keeps, and what is ignored', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: {
        name: 'a',
        uid: 'x',
        generation: 3,
        resourceVersion: '7',
        creationTimestamp: 'now',
        managedFields: [{}],
        annotations: { [annotation]: '{"secret":1}' },
      },
      spec: { a: 1, b: 2 },
      status: { phase: 'Ready' },
    };
    const rule = { group: '*', kind: '*', name: '', namespace: '', isPartial: false };

    expect(comparable(object, [{ ...rule, jsonPointers: ['/spec/b'] }])).toEqual({
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'a' },
      spec: { a: 1 },
    });
  });
});

describe('lastApplied', () => {
  const live = (managedFields: unknown, text = '{"a":1}'): Record<string, unknown> => ({
    metadata: { annotations: { [annotation]: text }, managedFields },
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    [
      'was applied by a client',
      live([{ manager: 'argocd-controller', operation: 'Update' }]),
      { a: 1 },
    ],
    ['has no managers', live(undefined), { a: 1 }],
    [
      'was applied on the server',
      live([{ manager: 'argocd-controller', operation: 'Apply' }]),
      undefined,
    ],
    ['says nothing that can be read', live(undefined, '{'), undefined],
    ['was never applied', { metadata: {} }, undefined],
  ])('of what %s', (_, object, expected) => {
    expect(lastApplied(object)).toEqual(expected);
  });
});

describe('withoutDropped', () => {
  it.each<[string, Record<'predicted' | 'last' | 'desired' | 'expected', unknown>]>([
    [
      'a field that is no longer wanted',
      {
        last: { spec: { a: 1, b: 2 } },
        desired: { spec: { a: 1 } },
        predicted: { spec: { a: 1, b: 2, defaulted: 3 } },
        expected: { spec: { a: 1, defaulted: 3 } },
      },
    ],
    [
      'an item of a named list',
      {
        last: { env: [{ name: 'A' }, { name: 'B' }] },
        desired: { env: [{ name: 'A' }] },
        predicted: { env: [{ name: 'A' }, { name: 'B' }, { name: 'INJECTED' }] },
        expected: { env: [{ name: 'A' }, { name: 'INJECTED' }] },
      },
    ],
    [
      'a field within such an item',
      {
        last: { containers: [{ name: 'a', image: 'x', tty: true }] },
        desired: { containers: [{ name: 'a', image: 'x' }] },
        predicted: { containers: [{ name: 'a', image: 'x', tty: true, stdin: false }] },
        expected: { containers: [{ name: 'a', image: 'x', stdin: false }] },
      },
    ],
    [
      'nothing of a list without names',
      { last: { l: [1, 2] }, desired: { l: [1] }, predicted: { l: [1] }, expected: { l: [1] } },
    ],
    [
      'never what names the object',
      {
        last: { apiVersion: 'v1', metadata: { name: 'a', namespace: 'b', labels: { c: 'd' } } },
        desired: { apiVersion: 'v1', metadata: { name: 'a' } },
        predicted: {
          apiVersion: 'v1',
          metadata: { name: 'a', namespace: 'b', labels: { c: 'd' } },
        },
        expected: { apiVersion: 'v1', metadata: { name: 'a', namespace: 'b' } },
      },
    ],
  ])('takes out %s', (_, { predicted, last, desired, expected }) => {
    expect(withoutDropped(predicted, { last, desired })).toEqual(expected);
  });

  it('takes out nothing where the same is wanted as before', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (wanted, more) => {
        const predicted = { ...wanted, more };

        expect(withoutDropped(predicted, { last: wanted, desired: wanted })).toEqual(predicted);
      }),
    );
  });
});
