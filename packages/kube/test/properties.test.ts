import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, objectKey, type StoreSnapshot, type WatchEvent } from '../src/index.ts';
import { asArray, asString, at, type Json } from '../src/json/value.ts';
import { testServer, types } from './harness.ts';

const namespace = 'default';
const widgets = { apiVersion: 'example.com/v1', plural: 'widgets' };
const ref = { namespace, name: 'w' };

type Lab = ReturnType<typeof testServer>;

async function withWidgets(): Promise<Lab> {
  const lab = testServer();
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const versions = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
  ];
  const names = { kind: 'Widget', plural: 'widgets' };
  await lab.client.create(types.definitions, {
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names, versions },
  });
  lab.pass(100);
  return lab;
}

async function put(lab: Lab, spec: Json): Promise<void> {
  await lab.client.delete(widgets, ref).catch(() => undefined);
  await lab.client.create(widgets, {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: ref,
    spec,
  });
}

async function spec(lab: Lab): Promise<Json | undefined> {
  return at(await lab.client.get(widgets, ref), 'spec');
}

const key = fc.constantFrom('a', 'b', 'c/d', 'e~f', '');
const tree = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json[]>(1, 'x', true, null),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
})).node;
const object = fc.dictionary(key, tree, {
  maxKeys: 3,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

interface Root {
  doc: Json;
}

function parts(pointer: Json | undefined): string[] {
  const steps = asString(pointer).split('/').slice(1);
  return ['doc', ...steps.map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))];
}

function walk(root: Root, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (place, part) => {
      if (Array.isArray(place))
        return /^(0|[1-9]\d*)$/.test(part) ? place[Number(part)] : undefined;
      if (typeof place !== 'object' || place === null) return undefined;
      return Object.hasOwn(place, part) ? place[part] : undefined;
    },
    { doc: root.doc },
  );
}

function add(root: Root, path: readonly string[], value: Json): boolean {
  const last = path.at(-1) ?? '';
  if (path.length === 1) root.doc = value;
  const place = path.length === 1 ? null : walk(root, path.slice(0, -1));
  if (Array.isArray(place)) {
    const index = last === '-' ? place.length : Number(last === '' ? 'x' : last);
    if (!Number.isInteger(index) || index < 0 || index > place.length) return false;
    place.splice(index, 0, value);
    return true;
  }
  if (typeof place !== 'object' || place === null) return path.length === 1;
  place[last] = value;
  return true;
}

function take(root: Root, path: readonly string[]): Json | undefined {
  const found = walk(root, path);
  const place = walk(root, path.slice(0, -1));
  if (found === undefined) return undefined;
  if (Array.isArray(place)) place.splice(Number(path.at(-1)), 1);
  else if (typeof place === 'object' && place !== null)
    Reflect.deleteProperty(place, path.at(-1) ?? '');
  return found;
}

/** One operation of RFC 6902 on a document of its own; false when it does not apply. */
function operate(root: Root, { op, path, from, value = null }: JsonObject): boolean {
  const target = parts(path);
  switch (op) {
    case 'add':
      return add(root, target, structuredClone(value));
    case 'remove':
      return take(root, target) !== undefined;
    case 'test':
      return JSON.stringify(sorted(walk(root, target) ?? null)) === JSON.stringify(sorted(value));
    default: {
      const source = parts(from);
      const found = op === 'move' ? take(root, source) : walk(root, source);
      return found !== undefined && add(root, target, structuredClone(found));
    }
  }
}

/** What RFC 6902 says, step by step on a copy; undefined when the patch does not apply. */
function patched(document: Json, operations: readonly JsonObject[]): Json | undefined {
  const root = { doc: structuredClone(document) };
  return operations.every((operation) => operate(root, operation)) ? root.doc : undefined;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

/** Pointers to places that are there, and to some that are not. */
function pointers(value: Json, prefix = ''): string[] {
  const escape = (part: string): string => part.replace(/~/g, '~0').replace(/\//g, '~1');
  if (Array.isArray(value))
    return [
      `${prefix}/-`,
      ...value.flatMap((entry, index) => [
        `${prefix}/${index}`,
        ...pointers(entry, `${prefix}/${index}`),
      ]),
    ];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    `${prefix}/${escape(name)}`,
    ...pointers(inner, `${prefix}/${escape(name)}`),
  ]);
}

describe('patches over the API', () => {
  it('of JSON do what RFC 6902 says, or nothing', async () => {
    const lab = await withWidgets();
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'move', 'copy', 'test'),
      pick: fc.nat(),
      other: fc.nat(),
      value: tree,
    });
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(
        object,
        fc.array(operation, { minLength: 1, maxLength: 4 }),
        async (document, chosen) => {
          await put(lab, document);
          const places = [...pointers(document), '/new', '/a/new', '/c~1d/0'];
          const pointer = (pick: number): string => places[pick % places.length] ?? '/new';
          const operations = chosen
            .map(({ op, pick, other, value }): JsonObject => {
              const [path, from] = [pointer(pick), pointer(other)];
              if (op === 'move' || op === 'copy') return { op, path, from };
              return op === 'remove' ? { op, path } : { op, path, value };
            })
            // The end of a list is a place to add to only, and nothing moves into itself.
            .filter(
              ({ op, path, from }) =>
                !(
                  asString(from).endsWith('/-') ||
                  (op !== 'add' && asString(path).endsWith('/-')) ||
                  asString(path).startsWith(asString(from) || '\0')
                ),
            );
          const expected = patched(document, operations);
          const prefixed = operations.map((entry) => ({
            ...entry,
            path: `/spec${asString(entry['path'])}`,
            ...(entry['from'] === undefined ? {} : { from: `/spec${asString(entry['from'])}` }),
          }));
          const call = lab.client.patch(widgets, ref, { type: 'json', operations: prefixed });
          if (expected === undefined) {
            await expect(call).rejects.toMatchObject({ code: 422 });
            expect(await spec(lab)).toEqual(document);
          } else {
            await call;
            expect(await spec(lab)).toEqual(expected);
            applied += 1;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(applied).toBeGreaterThan(20);
  });

  it('that merge do what RFC 7386 says', async () => {
    const lab = await withWidgets();
    const merged = (target: Json | undefined, patch: Json): Json => {
      if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
      const base =
        typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
      const kept = Object.entries(base).filter(([name]) => !Object.hasOwn(patch, name));
      const set = Object.entries(patch).filter(([, value]) => value !== null);
      return Object.fromEntries([
        ...kept,
        ...set.map(([name, value]): [string, Json] => [
          name,
          merged(Object.hasOwn(base, name) ? base[name] : undefined, value),
        ]),
      ]);
    };
    await fc.assert(
      fc.asyncProperty(object, object, async (document, patch) => {
        await put(lab, document);
        await lab.client.patch(widgets, ref, { type: 'merge', patch: { spec: patch } });
        expect(await spec(lab)).toEqual(merged(document, patch));
      }),
      { numRuns: 100 },
    );
  });

  it('that merge strategically change containers and variables by name', async () => {
    const lab = testServer();
    const variables = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }),
      { selector: ({ name }) => name, maxLength: 3 },
    );
    const containers = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('x', 'y', 'z'),
        image: fc.constantFrom('i:1', 'i:2'),
        env: variables,
      }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
    );
    const deletions = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 2 });
    type Container = { name: string; image: string; env: { name: string; value: string }[] };
    const byName = (list: readonly Container[]): JsonObject =>
      Object.fromEntries(
        list.map(({ name, image, env }) => [
          name,
          { image, env: Object.fromEntries(env.map((entry) => [entry.name, entry.value])) },
        ]),
      );
    await fc.assert(
      fc.asyncProperty(containers, containers, deletions, async (base, change, gone) => {
        const deleted = gone.filter((name) => !change.some((entry) => entry.name === name));
        const left = new Map(base.map((entry) => [entry.name, entry]));
        for (const name of deleted) left.delete(name);
        for (const entry of change) {
          const before = left.get(entry.name)?.env ?? [];
          const env = new Map([...before, ...entry.env].map((item) => [item.name, item]));
          left.set(entry.name, { ...entry, env: [...env.values()] });
        }
        const labels = { a: 'b' };
        const template = { metadata: { labels }, spec: { containers: base } };
        await lab.client.delete(types.deployments, ref).catch(() => undefined);
        await lab.client.create(types.deployments, {
          metadata: ref,
          spec: { replicas: 0, selector: { matchLabels: labels }, template },
        });
        const deletes = deleted.map((name) => ({ name, $patch: 'delete' }));
        const patch = { spec: { template: { spec: { containers: [...change, ...deletes] } } } };
        const result = await lab.client.patch(types.deployments, ref, { type: 'strategic', patch });
        const found = asArray(at(result, 'spec', 'template', 'spec', 'containers')).map(
          (entry): Container => ({
            name: asString(at(entry, 'name')),
            image: asString(at(entry, 'image')),
            env: asArray(at(entry, 'env')) as unknown as Container['env'],
          }),
        );
        expect(byName(found)).toEqual(byName([...left.values()]));
      }),
      { numRuns: 100 },
    );
  });
});

const actions = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    action: fc.constantFrom('create', 'update', 'relabel', 'delete', 'finalize', 'release'),
    label: fc.constantFrom('one', 'two'),
  }),
  { maxLength: 50 },
);

async function act(
  lab: Lab,
  { name, action, label }: { name: string; action: string; label: string },
): Promise<void> {
  const { client } = lab;
  const own = { namespace, name };
  const merge = (metadata: JsonObject, data: JsonObject = {}): Promise<unknown> =>
    client.patch(types.configMaps, own, { type: 'merge', patch: { metadata, data } });
  const calls: Record<string, () => Promise<unknown>> = {
    create: () => client.create(types.configMaps, { metadata: { ...own, labels: { label } } }),
    update: () => merge({}, { n: String(lab.server.store.revision()) }),
    relabel: () => merge({ labels: { label } }),
    delete: () => client.delete(types.configMaps, own),
    finalize: () => merge({ finalizers: ['example.com/hold'] }),
    release: () => merge({ finalizers: null }),
  };
  await calls[action]?.().catch(() => undefined);
}

describe('random writers', () => {
  it.each([{ labelSelector: 'label=one' }, { fieldSelector: 'metadata.name!=b' }, {}])(
    'are followed by a watch with %j to the exact state',
    async (select) => {
      await fc.assert(
        fc.asyncProperty(actions, fc.nat(50), async (list, cut) => {
          const lab = testServer();
          for (const entry of list.slice(0, cut)) await act(lab, entry);
          const begin = await lab.client.list(types.configMaps, { namespace, ...select });
          const state = new Map(begin.items.map((item) => [objectKey(item), item]));
          for (const entry of list.slice(cut)) await act(lab, entry);
          await lab.client.create(types.configMaps, {
            metadata: { namespace, name: 'end', labels: { label: 'one' } },
          });
          const events: WatchEvent[] = [];
          for await (const event of lab.client.watch(types.configMaps, {
            namespace,
            ...select,
            resourceVersion: begin.resourceVersion,
          })) {
            events.push(event);
            if (objectKey(event.object) === `${namespace}/end`) break;
          }
          let version = Number(begin.resourceVersion);
          for (const { type, object: changed } of events) {
            const id = objectKey(changed);
            expect(Number(at(changed, 'metadata', 'resourceVersion'))).toBeGreaterThan(version);
            version = Number(at(changed, 'metadata', 'resourceVersion'));
            expect(state.has(id)).toBe(type !== 'ADDED');
            if (type === 'DELETED') state.delete(id);
            else state.set(id, changed);
          }
          const { items } = await lab.client.list(types.configMaps, { namespace, ...select });
          expect([...state.entries()].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(
            items.map((item) => [objectKey(item), item]),
          );
        }),
        { numRuns: 60 },
      );
    },
  );

  it('are there again after saving and restoring, and their writers go on', async () => {
    await fc.assert(
      fc.asyncProperty(actions, actions, async (before, after) => {
        const [one, two] = [testServer(), testServer()];
        for (const entry of before) await act(one, entry);
        const text = JSON.stringify(one.server.snapshot());
        two.server.restore(JSON.parse(text) as StoreSnapshot);
        expect(JSON.stringify(two.server.snapshot())).toBe(text);
        for (const entry of after) {
          await act(one, entry);
          await act(two, entry);
        }
        // Only new uids differ.
        const plain = (lab: Lab): string =>
          JSON.stringify(lab.server.snapshot()).replace(/"uid":"[^"]*"/g, '');
        expect(plain(two)).toBe(plain(one));
      }),
      { numRuns: 60 },
    );
  });
});
