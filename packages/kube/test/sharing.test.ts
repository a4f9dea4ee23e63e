import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApiServer, createServer, inProcessClient, type JsonObject } from '../src/index.ts';
import { administrator } from '../src/auth/authenticate.ts';
import { asArray, at, deepFreeze, type Json } from '../src/json/value.ts';
import { seededRandom, testServer, types } from './harness.ts';

const things = { apiVersion: 'example.com/v1', plural: 'things' };
const ref = { namespace: 'default', name: 'a' };

const part = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 3 },
    size: { type: 'integer', default: 1, maximum: 3 },
    note: { type: 'string', nullable: true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    tags: { type: 'object', additionalProperties: { type: 'string', enum: ['x', 'y'] } },
    either: { anyOf: [{ minimum: 5 }, { maximum: 1 }], type: 'integer' },
  },
};
const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        one: part,
        two: part,
        list: { type: 'array', maxItems: 3, items: part },
        keyed: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { ...part, required: ['name'] },
        },
        ruled: {
          type: 'object',
          properties: { low: { type: 'integer' }, high: { type: 'integer' } },
          'x-kubernetes-validations': [
            { rule: '!has(self.low) || !has(self.high) || self.low <= self.high' },
          ],
        },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

async function withThings(): Promise<ReturnType<typeof testServer>> {
  const lab = testServer();
  await lab.client.create(types.definitions, {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  lab.pass(100);
  return lab;
}

/** A server with the same objects that has looked at none of them before. */
function newlyOpened(lab: ReturnType<typeof testServer>): ApiServer {
  const server = createServer({
    clock: lab.clock,
    timers: lab.clock.timers,
    random: seededRandom(),
    tokens: new Map([['admin', administrator]]),
    signingKey: 'key',
  });
  const text = JSON.stringify(lab.server.snapshot());
  server.restore(JSON.parse(text) as ReturnType<typeof lab.server.snapshot>);
  return server;
}

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 4 });
const partPatch = fc.record(
  {
    name: maybe(fc.constantFrom('a', 'b', 'long name')),
    size: maybe(fc.constantFrom<Json[]>(1, 2, 9, 'x')),
    note: maybe(fc.constantFrom('n', 'm')),
    free: maybe(fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom<Json[]>(1, null, ['z']))),
    tags: maybe(fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y', 'z'))),
    either: maybe(fc.constantFrom(0, 3, 7)),
    unknown: fc.constant(1),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const patch = fc.record(
  {
    metadata: fc.record(
      {
        labels: maybe(fc.dictionary(fc.constantFrom('l', 'm', '-'), maybe(fc.constant('v')))),
        unknown: fc.constant(1),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    spec: fc.record(
      {
        one: maybe(partPatch),
        two: maybe(partPatch),
        list: maybe(fc.array(partPatch, { maxLength: 4 })),
        keyed: maybe(fc.array(partPatch, { maxLength: 3 })),
        ruled: maybe(
          fc.record(
            { low: maybe(fc.constantFrom(1, 2, 3)), high: maybe(fc.constantFrom(1, 2, 3)) },
            { requiredKeys: [], noNullPrototype: true },
          ),
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    status: maybe(fc.dictionary(fc.constantFrom('s', 't'), partPatch as fc.Arbitrary<Json>)),
  },
  { requiredKeys: [], noNullPrototype: true },
) as unknown as fc.Arbitrary<JsonObject>;

interface Outcome {
  readonly status: number;
  readonly warning: unknown;
  readonly body: unknown;
}

function send(server: ApiServer, body: JsonObject, manager: string): Outcome {
  const answer = server.handle({
    method: 'PATCH',
    path: `/apis/example.com/v1/namespaces/default/things/a?fieldManager=${manager}`,
    headers: { authorization: 'Bearer admin', 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(body),
  });
  const text = 'body' in answer ? String(answer.body) : '';
  return { status: answer.status, warning: answer.headers['warning'], body: JSON.parse(text) };
}

describe('a patch of a known object', () => {
  it('gives what it gives on a server that looks at the whole object', async () => {
    const lab = await withThings();
    const outcomes = new Set<number>();
    const step = fc.tuple(patch, fc.constantFrom('me', 'you'), fc.nat(2));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        await lab.client.delete(things, ref).catch(() => undefined);
        await lab.client.create(things, { ...base, metadata: ref });
        for (const [body, manager, seconds] of steps) {
          lab.clock.advance(seconds * 1000);
          const expected = send(newlyOpened(lab), body, manager);
          const found = send(lab.server, body, manager);
          outcomes.add(found.status);
          expect(found).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
    expect([...outcomes].sort()).toEqual([200, 422]);
  });

  it('shares what it leaves as it is with the state before', async () => {
    const lab = await withThings();
    const created = await lab.client.create(things, {
      ...base,
      metadata: ref,
      spec: { one: { name: 'a', tags: { a: 'x' } }, list: [{ name: 'b' }] },
      status: { s: { deep: { a: 1 } }, at: '1' },
    });
    const patched = await lab.client.patch(things, ref, {
      type: 'merge',
      patch: { status: { at: '2' } },
    });
    expect(at(patched, 'status', 'at')).toBe('2');
    expect(patched['spec']).toBe(created['spec']);
    expect(at(patched, 'status', 's')).toBe(at(created, 'status', 's'));
    const same = await lab.client.patch(things, ref, {
      type: 'merge',
      patch: { status: { at: '2' }, spec: { list: [{ name: 'b', size: 1 }] } },
    });
    expect(same).toBe(patched);
  });
});

const base = { apiVersion: 'example.com/v1', kind: 'Thing' };

describe('objects in process', () => {
  it('are those of the server and cannot be changed by a caller', async () => {
    const lab = await withThings();
    const spec = { list: [{ name: 'b' }] };
    await lab.client.create(things, { ...base, metadata: ref, spec });
    const abort = new AbortController();
    const watch = lab.client.watch(things, { sendInitialEvents: true }, abort.signal);
    const events: JsonObject[] = [];
    for await (const event of watch) {
      events.push(event.object);
      break;
    }
    const { items } = await lab.client.list(things);
    const gotten = await lab.client.get(things, ref);
    expect(items[0]).toBe(gotten);
    expect(events[0]).toBe(gotten);
    expect(() => asArray(at(gotten, 'spec', 'list')).push('x')).toThrow(TypeError);
    expect(() => {
      (gotten['metadata'] as JsonObject)['name'] = 'b';
    }).toThrow(TypeError);
  });

  it('say what their text says', async () => {
    const lab = await withThings();
    await lab.client.create(things, { ...base, metadata: { ...ref, labels: { a: 'b' } } });
    await lab.client.create(types.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ref,
      data: { a: 'b' },
    });
    for (const [type, group] of [
      [things, '/apis/example.com/v1'],
      [types.configMaps, '/api/v1'],
    ] as const) {
      const path = `${group}/namespaces/default/${type.plural}/a`;
      const headers = { authorization: 'Bearer admin' };
      const answer = lab.server.handle({ method: 'GET', path, headers, body: '' });
      expect(await lab.client.get(type, ref)).toEqual(
        JSON.parse('body' in answer ? String(answer.body) : ''),
      );
    }
  });

  it('do not hold on to what a caller gave', async () => {
    const lab = await withThings();
    const given = { ...base, metadata: ref, spec: { list: [{ name: 'b' }] } };
    await lab.client.create(things, given);
    given.spec.list.push({ name: 'c' });
    expect(at(await lab.client.get(things, ref), 'spec', 'list')).toHaveLength(1);
    expect(Object.isFrozen(given)).toBe(false);
  });

  it('freezes at every depth, once', () => {
    const inner = { a: [1, { b: 2 }] };
    const value = deepFreeze({ inner, other: null });
    expect(Object.isFrozen(value)).toBe(true);
    expect(Object.isFrozen(inner.a)).toBe(true);
    expect(Object.isFrozen(inner.a[1])).toBe(true);
    expect(deepFreeze(value)).toBe(value);
  });
});

describe('another client of the same server', () => {
  it('is refused in the same words', async () => {
    const lab = await withThings();
    const client = inProcessClient(lab.server, { userAgent: 't', token: 'admin' });
    await expect(client.get(things, { ...ref, name: 'none' })).rejects.toThrow(
      'things.example.com "none" not found',
    );
  });
});
