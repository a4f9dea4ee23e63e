import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatYaml } from '../yaml/format-yaml.ts';
import { compareManifests } from './compare-manifests.ts';
import type { FieldChange, Masker } from './model.ts';

const noMask: Masker = { maskObject: (object) => object, maskText: (text) => text };

type Plain = Record<string, unknown>;

const name = fc.stringMatching(/^[a-z]{1,4}$/);
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
/** Values as objects of Kubernetes hold them; maps and lists of named items among them. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3 }),
    fc.uniqueArray(fc.record({ name, more: leaf }), {
      minLength: 1,
      maxLength: 4,
      selector: (item) => item.name,
    }),
  ),
}));

/** A manifest: objects of some kinds and names, each once. */
const manifest = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('ConfigMap', 'Service'),
      name,
      spec: fc.dictionary(name, value, { maxKeys: 4 }),
    }),
    { maxLength: 5, selector: (object) => `${object.kind} ${object.name}` },
  )
  .map((objects) =>
    objects.map(({ kind, name: own, spec }): Plain => ({
      apiVersion: 'v1',
      kind,
      metadata: { name: own },
      spec,
    })),
  );

const textOf = (objects: readonly Plain[]): string =>
  objects.map((object) => `---\n${formatYaml(object)}`).join('');

/** The steps of a path: keys, and items of a list by their names or places. */
function step(at: unknown, key: string): string | number {
  const [, by, text] = /^\[(\w+)=(.*)\]$/s.exec(key) ?? [];
  if (Array.isArray(at) && by !== undefined)
    return at.findIndex((item) => String((item as Plain)[by]) === text);
  const [, index] = /^\[(\d+)\]$/.exec(key) ?? [];
  return Array.isArray(at) && index !== undefined ? Number(index) : key;
}

/** Carries out one change of a field. */
function applyField(object: unknown, { path, after }: FieldChange): void {
  let at = object as Plain;
  for (const key of path.slice(0, -1)) at = at[step(at, key)] as Plain;
  const last = step(at, path.at(-1) ?? '');
  if (Array.isArray(at)) {
    if (last === -1) at.push(after);
    else if (after === undefined) at.splice(Number(last), 1);
    else at[Number(last)] = after;
  } else if (after === undefined) Reflect.deleteProperty(at, last);
  else at[last] = after;
}

describe('compareManifests', () => {
  it('finds nothing between a manifest and itself, in whatever order its objects stand', () => {
    fc.assert(
      fc.property(manifest, (objects) => {
        const [one, other] = [textOf(objects), textOf([...objects].reverse())];

        expect(compareManifests(one, one, 'n', noMask)).toEqual([]);
        expect(compareManifests(one, other, 'n', noMask)).toEqual([]);
      }),
    );
  });

  it('says all that differs: carried out on one side, the changes give the other', () => {
    fc.assert(
      fc.property(manifest, manifest, (base, head) => {
        const changes = compareManifests(textOf(base), textOf(head), 'n', noMask);
        const keyOf = (kind: unknown, own: unknown): string => `${String(kind)} ${String(own)}`;
        const result = new Map(
          base.map((object) => [
            keyOf(object['kind'], (object['metadata'] as Plain)['name']),
            structuredClone(object),
          ]),
        );
        for (const { change, resource, fields, after } of changes) {
          const key = keyOf(resource.kind, resource.name);
          if (change === 'added') result.set(key, after as Plain);
          else if (change === 'removed') result.delete(key);
          // Items at the end go first, so that the others keep their places.
          else for (const field of [...fields].reverse()) applyField(result.get(key), field);
        }

        // Nothing is left to say about what has come of it.
        const made = textOf([...result.values()]);
        expect(compareManifests(made, textOf(head), 'n', noMask)).toEqual([]);
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for a name like any other',
    (key) => {
      const object = (text: string): Plain => ({
        apiVersion: 'v1',
        kind: key,
        metadata: { name: key },
        spec: Object.fromEntries([[key, [{ name: 'a', value: text }]]]),
      });
      const [change] = compareManifests(textOf([object('x')]), textOf([object('y')]), 'n', noMask);

      expect(change?.fields).toEqual([
        { path: ['spec', key, '[name=a]', 'value'], before: 'x', after: 'y' },
      ]);
    },
  );

  it('has no alarm for a hook that every sync makes anew, and one for a Job that stays', () => {
    const job = (image: string, annotations: Plain): Plain => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a', annotations },
      spec: { template: { image } },
    });
    const badges = (annotations: Plain): string[] =>
      compareManifests(
        textOf([job('x:1', annotations)]),
        textOf([job('x:2', annotations)]),
        'n',
        noMask,
      ).flatMap(({ risks }) => risks.map(({ badge }) => badge));
    const hook = { 'argocd.argoproj.io/hook': 'PreSync' };

    expect(badges({})).toContain('immutable field');
    expect(badges(hook)).not.toContain('immutable field');
    expect(badges({ ...hook, 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' })).toContain(
      'immutable field',
    );
    const removed = compareManifests(textOf([job('x:1', hook)]), '', 'n', noMask);
    expect(removed[0]?.risks).toEqual([]);
  });
});
