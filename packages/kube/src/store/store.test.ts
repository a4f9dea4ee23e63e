import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asString, at, type JsonObject } from '../json/value.ts';
import { CompactedError, createStore, type StoreEvent } from './store.ts';

function object(name: string, value: number): JsonObject {
  return { kind: 'Thing', apiVersion: 'v1', metadata: { name, namespace: 'n' }, value };
}

const writes = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    value: fc.integer({ min: 0, max: 9 }),
    gone: fc.boolean(),
  }),
  { maxLength: 60 },
);

function write(
  store: ReturnType<typeof createStore>,
  entry: { name: string; value: number; gone: boolean },
): void {
  if (entry.gone) store.remove('things', `n/${entry.name}`);
  else store.put('things', `n/${entry.name}`, object(entry.name, entry.value));
}

function replay(state: Map<string, JsonObject>, event: StoreEvent): void {
  if (event.type === 'DELETED') state.delete(event.key);
  else state.set(event.key, event.object);
}

describe('store', () => {
  it('tells a watcher enough to rebuild the exact state', () => {
    fc.assert(
      fc.property(writes, fc.nat(60), (list, cut) => {
        const store = createStore();
        list.slice(0, cut).forEach((entry) => {
          write(store, entry);
        });
        const state = new Map(
          store
            .list('things')
            .map((found) => [`n/${asString(at(found, 'metadata', 'name'))}`, found]),
        );
        const from = store.revision();
        list.slice(cut).forEach((entry) => {
          write(store, entry);
        });
        for (const event of store.eventsAfter('things', from)) replay(state, event);
        expect([...state.entries()].sort()).toEqual(
          store
            .list('things')
            .map((found) => [`n/${asString(at(found, 'metadata', 'name'))}`, found])
            .sort(),
        );
      }),
    );
  });

  it('lists the state at any revision that it still knows', () => {
    fc.assert(
      fc.property(writes, (list) => {
        const store = createStore();
        const states = new Map<number, readonly JsonObject[]>();
        for (const entry of list) {
          write(store, entry);
          states.set(store.revision(), store.list('things'));
        }
        for (const [revision, objects] of states)
          expect(store.listAt('things', 'n', revision)).toEqual(objects);
      }),
    );
  });

  it('comes back from a snapshot as it was, without history', () => {
    fc.assert(
      fc.property(writes, (list) => {
        const store = createStore();
        list.forEach((entry) => {
          write(store, entry);
        });
        const other = createStore();
        other.restore(
          JSON.parse(JSON.stringify(store.snapshot())) as ReturnType<typeof store.snapshot>,
        );
        expect(other.revision()).toBe(store.revision());
        expect(other.list('things')).toEqual(store.list('things'));
        expect(() => other.eventsAfter('things', store.revision() - 1)).toThrow(CompactedError);
      }),
    );
  });

  it('keeps a bounded history', () => {
    const store = createStore(100);
    for (let index = 0; index < 1000; index += 1) store.put('things', 'n/a', object('a', index));
    expect(store.eventsAfter('things', store.revision() - 100)).toHaveLength(100);
    expect(() => store.eventsAfter('things', store.revision() - 102)).toThrow(CompactedError);
  });

  it('keeps less history of large objects, and always the newest event', () => {
    const store = createStore(1000, 10_000);
    const put = (size: number): void => {
      const base = object('a', store.revision());
      store.put('things', 'n/a', { ...base, text: 'x'.repeat(size) });
    };
    for (let index = 0; index < 100; index += 1) put(1000 + index);
    const from = store.compacted();
    expect(store.eventsAfter('things', from).length).toBeLessThan(12);
    expect(store.eventsAfter('things', from).length).toBeGreaterThan(5);
    put(50_000);
    expect(store.eventsAfter('things', store.revision() - 1)).toHaveLength(1);
    expect(store.listAt('things', '', store.revision())).toHaveLength(1);
  });

  it('shares what did not change with the state before, and managers with other objects', () => {
    const store = createStore();
    const managed = (name: string, value: number): JsonObject => ({
      kind: 'Thing',
      metadata: {
        name,
        managedFields: [{ manager: 'm', fieldsV1: { 'f:value': {} }, time: `t${value}` }],
      },
      spec: { list: [1, 2, { a: 'b' }] },
      status: { value },
    });
    const one = store.put('things', 'a', managed('a', 1));
    const two = store.put('things', 'a', managed('a', 2));
    const other = store.put('things', 'b', managed('b', 1));
    expect(two).toEqual({
      ...managed('a', 2),
      metadata: { ...(managed('a', 2)['metadata'] as JsonObject), resourceVersion: '3' },
    });
    expect(two['spec']).toBe(one['spec']);
    const fields = (thing: JsonObject): unknown =>
      at(thing, 'metadata', 'managedFields', 0, 'fieldsV1');
    expect(fields(two)).toBe(fields(one));
    expect(fields(other)).toBe(fields(one));
    expect(Object.keys(at(two, 'metadata', 'managedFields', 0) as JsonObject)).toEqual([
      'manager',
      'fieldsV1',
      'time',
    ]);
  });

  it('forgets history when it is told to', () => {
    const store = createStore();
    store.put('things', 'n/a', object('a', 1));
    const before = store.revision();
    store.put('things', 'n/a', object('a', 2));
    store.compact(store.revision());
    expect(() => store.listAt('things', '', before)).toThrow(CompactedError);
    expect(store.listAt('things', '', store.revision())).toHaveLength(1);
  });
});
