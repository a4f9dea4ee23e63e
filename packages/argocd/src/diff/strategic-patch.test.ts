import { equal, strategicMerge, type JsonObject } from '@tidegate/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchSchema } from './patch-meta.ts';
import { PatchFault, threeWayStrategicPatch, twoWayStrategicPatch } from './strategic-patch.ts';

const schema = patchSchema('V1Deployment');

function pod(spec: object, metadata: object = {}): JsonObject {
  return JSON.parse(JSON.stringify({ metadata, spec: { template: { spec } } })) as JsonObject;
}

const container = (name: string, more: object = {}): object => ({
  name,
  image: `${name}:1`,
  ...more,
});

describe('three-way strategic patch', () => {
  it.each([
    ['nothing to do', pod({}), pod({}), pod({ dnsPolicy: 'ClusterFirst' }), {}],
    [
      'a field that was applied before and is not wanted any more',
      pod({ hostname: 'a' }),
      pod({}),
      pod({ hostname: 'a' }),
      { spec: { template: { spec: { hostname: null } } } },
    ],
    ['a field that somebody else set', pod({}), pod({}), pod({ hostname: 'a' }), {}],
    [
      'an entry that was applied before, and one that somebody else added',
      pod({ containers: [container('a'), container('b')] }),
      pod({ containers: [container('a')] }),
      pod({ containers: [container('a'), container('b'), container('c')] }),
      {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'b', $patch: 'delete' }],
              '$setElementOrder/containers': [{ name: 'a' }],
            },
          },
        },
      },
    ],
    [
      'finalizers',
      pod({}, { finalizers: ['a', 'b'] }),
      pod({}, { finalizers: ['b', 'c'] }),
      pod({}, { finalizers: ['a', 'b', 'x'] }),
      {
        metadata: {
          finalizers: ['c'],
          '$deleteFromPrimitiveList/finalizers': ['a'],
          '$setElementOrder/finalizers': ['b', 'c'],
        },
      },
    ],
    [
      'a volume of another kind',
      pod({ volumes: [{ name: 'v', emptyDir: {} }] }),
      pod({ volumes: [{ name: 'v', configMap: { name: 'c' } }] }),
      pod({ volumes: [{ name: 'v', emptyDir: {} }] }),
      {
        spec: {
          template: {
            spec: {
              volumes: [
                {
                  name: 'v',
                  emptyDir: null,
                  configMap: { name: 'c' },
                  $retainKeys: ['configMap', 'name'],
                },
              ],
              '$setElementOrder/volumes': [{ name: 'v' }],
            },
          },
        },
      },
    ],
  ])('%s', (...[, original, modified, current, patch]) => {
    expect(threeWayStrategicPatch(schema, { original, modified, current })).toEqual(patch);
  });

  it('replaces lists without a merge key, and refuses entries without theirs', () => {
    const args = (list: string[]): JsonObject =>
      pod({ containers: [container('a', { args: list })] });
    const states = { original: args(['a']), modified: args(['b']), current: args(['a', 'x']) };
    expect(threeWayStrategicPatch(schema, states)).toMatchObject({
      spec: { template: { spec: { containers: [{ name: 'a', args: ['b'] }] } } },
    });
    const nameless = pod({ containers: [{ image: 'x' }] });
    expect(() => twoWayStrategicPatch(schema, args([]), nameless)).toThrow(PatchFault);
  });

  it('is refused for a field that the type does not have, where it changes', () => {
    const typo = (value: number): JsonObject => pod({ typo: { value } });
    expect(twoWayStrategicPatch(schema, typo(1), typo(1))).toEqual({});
    expect(() => twoWayStrategicPatch(schema, typo(1), typo(2))).toThrow(PatchFault);
  });
});

const envs = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }),
  { selector: (entry) => entry.name },
);
const containers = fc.uniqueArray(
  fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      image: fc.constantFrom('x:1', 'x:2'),
      args: fc.array(fc.constantFrom('p', 'q'), { maxLength: 2 }),
      env: envs,
    },
    { requiredKeys: ['name', 'image'] },
  ),
  { selector: (entry) => entry.name },
);
const specs = fc
  .record(
    {
      hostname: fc.constantFrom('h', 'i'),
      nodeSelector: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('1', '2')),
      containers,
    },
    { requiredKeys: [] },
  )
  .map((spec) => pod(spec));

describe('what a patch leads to', () => {
  it('is what is wanted, when nobody else wrote', () => {
    fc.assert(
      fc.property(specs, specs, (applied, wanted) => {
        const patch = threeWayStrategicPatch(schema, {
          original: applied,
          modified: wanted,
          current: applied,
        });
        const merged = strategicMerge('V1Deployment', applied, patch);
        // A list or map of which all is gone stays as an empty one, or the other way round.
        expect(withoutEmpty(merged)).toEqual(withoutEmpty(wanted));
        expect(Object.keys(patch).length === 0).toBe(equal(applied, wanted));
      }),
    );
  });

  it('needs no second patch, whoever wrote', () => {
    fc.assert(
      fc.property(specs, specs, specs, (applied, wanted, live) => {
        const states = { original: applied, modified: wanted, current: live };
        const merged = strategicMerge('V1Deployment', live, threeWayStrategicPatch(schema, states));
        const again = { original: wanted, modified: wanted, current: merged };
        const second = strategicMerge(
          'V1Deployment',
          merged,
          threeWayStrategicPatch(schema, again),
        );
        expect(second).toEqual(merged);
      }),
    );
  });
});

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
    .filter(([, inner]) => typeof inner !== 'object' || Object.keys(inner ?? {}).length > 0);
  return Object.fromEntries(entries);
}
