import { asObject, asString, byKey, type JsonObject } from '../json/value.ts';
import { createPacker, type Packer } from './pack.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write. Objects in it are shared with the store and never changed. */
export interface StoreEvent {
  readonly type: EventType;
  readonly revision: number;
  /** `resource.group`, such as `deployments.apps` or `configmaps`. */
  readonly resource: string;
  /** `namespace/name`, or the name of a cluster-scoped object. */
  readonly key: string;
  readonly object: JsonObject;
  /** What was there before. */
  readonly previous: JsonObject | undefined;
}

export interface StoreSnapshot {
  readonly revision: number;
  readonly resources: Readonly<Record<string, readonly JsonObject[]>>;
}

/** The revision that was asked for is forgotten. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
}

/** Objects under one revision counter, with a bounded history. */
export interface Store {
  revision(): number;
  /** The oldest revision from which events are still known. */
  compacted(): number;
  get(resource: string, key: string): JsonObject | undefined;
  /** Objects sorted by key; all namespaces when `namespace` is empty. */
  list(resource: string, namespace?: string): readonly JsonObject[];
  /** The state at an earlier revision, or CompactedError. */
  listAt(resource: string, namespace: string, revision: number): readonly JsonObject[];
  count(resource: string): number;
  resources(): readonly string[];
  /**
   * Writes an object under the next revision, which is put into its metadata. `note` is called with the object as it is
   * kept, before anybody hears of it.
   */
  put(
    resource: string,
    key: string,
    object: JsonObject,
    note?: (stored: JsonObject) => void,
  ): JsonObject;
  /** Takes an object away; the event carries `last` with the revision of the deletion. */
  remove(resource: string, key: string, last?: JsonObject): JsonObject | undefined;
  /** Events after a revision, in order, or CompactedError. */
  eventsAfter(resource: string, revision: number): readonly StoreEvent[];
  subscribe(resource: string, listener: (event: StoreEvent) => void): () => void;
  /** Hears of every write. */
  subscribeAll(listener: (event: StoreEvent) => void): () => void;
  /** Forgets the history up to a revision. */
  compact(revision: number): void;
  snapshot(): StoreSnapshot;
  restore(snapshot: StoreSnapshot): void;
}

interface Shelf {
  readonly objects: Map<string, JsonObject>;
  sorted: readonly string[] | undefined;
}

interface State {
  revision: number;
  compacted: number;
  readonly shelves: Map<string, Shelf>;
  /** Those before `first` are dropped. */
  events: (StoreEvent | undefined)[];
  /** Index of the first event that still counts: dropping from the front costs nothing. */
  first: number;
  readonly listeners: Map<string, Set<(event: StoreEvent) => void>>;
  readonly everywhere: Set<(event: StoreEvent) => void>;
  /** About how much text each event keeps alive, beside `events`. */
  sizes: number[];
  keptSize: number;
  readonly maxEvents: number;
  readonly maxSize: number;
  readonly packer: Packer;
}

/** About as many characters of text history may keep alive: large objects leave room for few events. */
const defaultMaxSize = 64 * 1024 * 1024;

/** Makes an empty store. Its history is at most `maxEvents` long and keeps `maxSize` characters alive. */
export function createStore(maxEvents = 20_000, maxSize = defaultMaxSize): Store {
  const state: State = {
    revision: 1,
    compacted: 0,
    shelves: new Map(),
    events: [],
    first: 0,
    listeners: new Map(),
    everywhere: new Set(),
    sizes: [],
    keptSize: 0,
    maxEvents,
    maxSize,
    packer: createPacker(),
  };
  return {
    revision: () => state.revision,
    compacted: () => state.compacted,
    get: (resource, key) => state.shelves.get(resource)?.objects.get(key),
    list: (resource, namespace = '') => listNow(state, resource, namespace),
    listAt: (resource, namespace, revision) => listBefore(state, resource, { namespace, revision }),
    count: (resource) => state.shelves.get(resource)?.objects.size ?? 0,
    resources: () => [...state.shelves.keys()],
    put: (resource, key, object, note) => put(state, resource, { key, object, note }),
    remove: (resource, key, last) => remove(state, resource, key, last),
    eventsAfter: (resource, revision) =>
      eventsAfter(state, revision, (event) => event.resource === resource),
    subscribe: (resource, listener) => subscribe(state, resource, listener),
    subscribeAll: (listener) => {
      state.everywhere.add(listener);
      return () => state.everywhere.delete(listener);
    },
    compact: (revision) => {
      compact(state, revision);
    },
    snapshot: () => snapshot(state),
    restore: (from) => {
      restore(state, from);
    },
  };
}

/** The key of an object in its resource. */
export function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function shelf(state: State, resource: string): Shelf {
  let found = state.shelves.get(resource);
  if (found === undefined) {
    found = { objects: new Map(), sorted: undefined };
    state.shelves.set(resource, found);
  }
  return found;
}

function listNow(state: State, resource: string, namespace: string): readonly JsonObject[] {
  const found = state.shelves.get(resource);
  if (found === undefined) return [];
  found.sorted ??= [...found.objects.keys()].sort(byKey);
  const keys = namespace === '' ? found.sorted : within(found.sorted, `${namespace}/`);
  return keys.map((key) => found.objects.get(key)).filter((object) => object !== undefined);
}

/** The keys that begin with a prefix, of sorted ones. */
function within(keys: readonly string[], prefix: string): readonly string[] {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < keys.length && (keys[end] ?? '').startsWith(prefix)) end += 1;
  return keys.slice(low, end);
}

interface Before {
  readonly namespace: string;
  readonly revision: number;
}

function listBefore(state: State, resource: string, before: Before): readonly JsonObject[] {
  if (before.revision < state.compacted)
    throw new CompactedError('The history of that revision is gone.');
  const objects = new Map(state.shelves.get(resource)?.objects);
  for (let index = state.events.length - 1; index >= state.first; index -= 1) {
    const event = state.events[index];
    if (event === undefined || event.revision <= before.revision) break;
    if (event.resource !== resource) continue;
    if (event.previous === undefined) objects.delete(event.key);
    else objects.set(event.key, event.previous);
  }
  const prefix = before.namespace === '' ? '' : `${before.namespace}/`;
  return [...objects.entries()]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => byKey(a, b))
    .map(([, object]) => object);
}

/** An object with a revision in its metadata. */
export function stamped(object: JsonObject, revision: number): JsonObject {
  return {
    ...object,
    metadata: { ...asObject(object['metadata']), resourceVersion: String(revision) },
  };
}

interface Put {
  readonly key: string;
  readonly object: JsonObject;
  readonly note: ((stored: JsonObject) => void) | undefined;
}

function put(state: State, resource: string, { key, object, note }: Put): JsonObject {
  const place = shelf(state, resource);
  const previous = place.objects.get(key);
  state.revision += 1;
  const stored = state.packer.pack(stamped(object, state.revision), previous);
  place.objects.set(key, stored);
  note?.(stored);
  if (previous === undefined) place.sorted = undefined;
  const type = previous === undefined ? 'ADDED' : 'MODIFIED';
  const event = {
    type,
    revision: state.revision,
    resource,
    key,
    object: stored,
    previous,
  } as const;
  record(state, event, state.packer.ownSize());
  return stored;
}

function remove(
  state: State,
  resource: string,
  key: string,
  last?: JsonObject,
): JsonObject | undefined {
  const place = shelf(state, resource);
  const previous = place.objects.get(key);
  if (previous === undefined) return undefined;
  place.objects.delete(key);
  place.sorted = undefined;
  state.revision += 1;
  const object = stamped(last ?? previous, state.revision);
  const event = {
    type: 'DELETED',
    revision: state.revision,
    resource,
    key,
    object,
    previous,
  } as const;
  record(state, event, JSON.stringify(previous).length);
  return object;
}

function record(state: State, event: StoreEvent, size: number): void {
  state.events.push(event);
  state.sizes.push(size);
  state.keptSize += size;
  while (isTooLong(state)) dropOldest(state);
  for (const listener of state.listeners.get(event.resource) ?? []) listener(event);
  for (const listener of state.everywhere) listener(event);
}

/** The newest event always stays. */
function isTooLong(state: State): boolean {
  const length = state.events.length - state.first;
  return length > state.maxEvents || (state.keptSize > state.maxSize && length > 1);
}

function dropOldest(state: State): void {
  const dropped = state.events[state.first];
  if (dropped !== undefined) state.compacted = dropped.revision;
  state.keptSize -= state.sizes[state.first] ?? 0;
  state.first += 1;
  // What was dropped is let go of at once, its place when enough of them are empty.
  state.events[state.first - 1] = undefined;
  if (state.first <= Math.min(1000, state.maxEvents)) return;
  state.events = state.events.slice(state.first);
  state.sizes = state.sizes.slice(state.first);
  state.first = 0;
}

function eventsAfter(
  state: State,
  revision: number,
  wanted: (event: StoreEvent) => boolean,
): readonly StoreEvent[] {
  if (revision < state.compacted) throw new CompactedError('The history of that revision is gone.');
  let low = state.first;
  let high = state.events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((state.events[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return state.events
    .slice(low)
    .filter((event) => event !== undefined && wanted(event)) as StoreEvent[];
}

function subscribe(
  state: State,
  resource: string,
  listener: (event: StoreEvent) => void,
): () => void {
  const listeners = state.listeners.get(resource) ?? new Set();
  state.listeners.set(resource, listeners);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && state.listeners.get(resource) === listeners)
      state.listeners.delete(resource);
  };
}

function compact(state: State, revision: number): void {
  const until = Math.min(revision, state.revision);
  while (state.first < state.events.length && (state.events[state.first]?.revision ?? 0) <= until)
    dropOldest(state);
  state.compacted = Math.max(state.compacted, until);
}

function snapshot(state: State): StoreSnapshot {
  const resources: Record<string, readonly JsonObject[]> = {};
  for (const resource of [...state.shelves.keys()].sort(byKey)) {
    const objects = listNow(state, resource, '');
    if (objects.length > 0) resources[resource] = objects;
  }
  return { revision: state.revision, resources };
}

function restore(state: State, from: StoreSnapshot): void {
  state.shelves.clear();
  state.events = [];
  state.sizes = [];
  state.keptSize = 0;
  state.first = 0;
  state.revision = from.revision;
  state.compacted = from.revision;
  for (const [resource, objects] of Object.entries(from.resources)) {
    const place = shelf(state, resource);
    for (const object of objects) {
      const metadata = asObject(object['metadata']);
      const key = keyOf(asString(metadata['namespace']), asString(metadata['name']));
      place.objects.set(key, state.packer.pack(object, undefined));
    }
  }
}
