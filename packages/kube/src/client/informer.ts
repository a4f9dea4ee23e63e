import type { Cancellation } from '@tidegate/core';
import { asArray, asObject, asString, at, type JsonObject } from '../json/value.ts';
import type { Random, Timers } from '../server/context.ts';
import { type Backoff, createBackoff, linkedTo } from './backoff.ts';
import {
  type KubeClient,
  KubeError,
  type KubeList,
  type ResourceType,
  type SelectOptions,
  type WatchEvent,
} from './kube-client.ts';
import {
  type Indexes,
  type InformerHandler,
  ObjectCache,
  objectKey,
  versionOf,
} from './object-cache.ts';

export interface InformerOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly select?: SelectOptions;
  readonly timers: Timers;
  readonly random: Random;
  readonly indexes?: Indexes;
  /** Objects of one page of a list; 500 when left out. */
  readonly pageSize?: number;
  /** False: begins with a paged list, never with a watch that sends what is there (WatchList). */
  readonly watchList?: boolean;
  /** What is kept of each object, for instance without managedFields; its metadata must keep name, namespace, uid and version. */
  readonly transform?: (object: JsonObject) => JsonObject;
  /** Hears of failures, of handlers too; the informer goes on by itself. */
  readonly onError?: (error: unknown) => void;
}

/** A local copy of the objects of one kind, kept up to date by a watch. */
export interface Informer {
  /** Runs until it is cancelled. */
  run(cancellation: Cancellation): Promise<void>;
  /** Whether the copy was complete once. */
  hasSynced(): boolean;
  get(key: string): JsonObject | undefined;
  list(): readonly JsonObject[];
  byIndex(index: string, value: string): readonly JsonObject[];
  /** Adds a handler; it is told of the objects that are there already. */
  handle(handler: InformerHandler): () => void;
}

/** The annotation of the bookmark that ends what a WatchList begins with. */
const initialEnd = 'k8s.io/initial-events-end';
/** What an API says that does not know WatchList, or not for this resource. */
const unsupported = new Set([400, 405, 406, 415, 422, 501]);
/** A watch that ends by itself sooner, without an event, is not what was asked for. */
const shortWatchMs = 1000;
const maxShortWatches = 3;
/** How long after its time a watch that did not end is given up. */
const graceMs = 30_000;

/**
 * Follows a kind of objects: by WatchList where the API knows it, else by a paged list and a watch. A watch that ends
 * goes on where it was, by the newest version that an event or a bookmark told; when that is forgotten (410), all is
 * read anew. Failures are tried again with growing waits, and not before the API wants to be called again.
 */
export function createInformer(options: InformerOptions): Informer {
  return new WatchingInformer(options);
}

class WatchingInformer implements Informer {
  private readonly options: InformerOptions;
  private readonly cache: ObjectCache;
  private readonly backoff: Backoff;
  private synced = false;
  private watchList: boolean;
  /** From where a watch goes on; empty when all is to be read anew. */
  private version = '';
  private shortWatches = 0;

  constructor(options: InformerOptions) {
    this.options = options;
    this.cache = new ObjectCache(options.indexes ?? {}, (error) => options.onError?.(error));
    this.backoff = createBackoff(options.timers, options.random);
    this.watchList = options.watchList ?? true;
  }

  hasSynced(): boolean {
    return this.synced;
  }

  get(key: string): JsonObject | undefined {
    return this.cache.get(key);
  }

  list(): readonly JsonObject[] {
    return this.cache.list();
  }

  byIndex(index: string, value: string): readonly JsonObject[] {
    return this.cache.byIndex(index, value);
  }

  handle(handler: InformerHandler): () => void {
    return this.cache.handle(handler);
  }

  async run(cancellation: Cancellation): Promise<void> {
    while (!cancellation.aborted) {
      try {
        await this.follow(cancellation);
      } catch (error) {
        if (isCancelled(cancellation)) return;
        await this.onFailure(error, cancellation);
      }
    }
  }

  private async onFailure(error: unknown, cancellation: Cancellation): Promise<void> {
    const { onError } = this.options;
    if (this.isUnsupported(error)) {
      this.watchList = false;
      return;
    }
    onError?.(error);
    if (isExpired(error)) this.version = '';
    const seconds = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) : 0;
    await this.backoff.wait(cancellation, seconds * 1000);
  }

  /** Whether a failed WatchList means that this API has to be asked for lists. */
  private isUnsupported(error: unknown): boolean {
    if (error instanceof NoWatchList) return true;
    const asked = this.watchList && this.version === '';
    return asked && error instanceof KubeError && unsupported.has(error.code);
  }

  /** One watch, after a list where one is needed. */
  private async follow(cancellation: Cancellation): Promise<void> {
    if (this.version === '' && !this.watchList) await this.relist(cancellation);
    if (isCancelled(cancellation)) return;
    const { timers, random } = this.options;
    const seconds = Math.round(300 + random() * 300);
    const linked = linkedTo(cancellation);
    let isShort = true;
    const stops = [
      timers.after(shortWatchMs, () => (isShort = false)),
      timers.after(seconds * 1000 + graceMs, () => {
        linked.cancel();
      }),
    ];
    let seen: number;
    try {
      seen = await this.consume(this.open(seconds, linked.cancellation));
    } finally {
      for (const stop of stops) stop();
      linked.release();
    }
    if (isCancelled(cancellation)) return;
    if (this.version === '') throw new NoWatchList();
    this.onEnd(isShort && seen === 0);
  }

  /** Takes in the events of a watch; answers how many. */
  private async consume(events: AsyncIterable<WatchEvent>): Promise<number> {
    const initial = new Set<string>();
    let seen = 0;
    for await (const event of events) {
      seen += 1;
      if (event.type === 'ERROR')
        throw new KubeError(Number(event.object['code'] ?? 500), event.object);
      if (this.version === '') this.onInitialEvent(event, initial);
      else this.onEvent(event);
      this.backoff.reset();
    }
    return seen;
  }

  private open(timeoutSeconds: number, cancellation: Cancellation): AsyncIterable<WatchEvent> {
    const { client, type, select } = this.options;
    const from =
      this.version === '' ? { sendInitialEvents: true } : { resourceVersion: this.version };
    const watch = { ...select, ...from, bookmarks: true, timeoutSeconds };
    return client.watch(type, watch, cancellation);
  }

  /** A watch that ended as it should is followed by the next at once, unless none of them lasts. */
  private onEnd(wasShort: boolean): void {
    this.shortWatches = wasShort ? this.shortWatches + 1 : 0;
    if (this.shortWatches < maxShortWatches) return;
    this.shortWatches = 0;
    throw new Error(
      `the API ended ${maxShortWatches} watches of ${this.options.type.plural} in a row within a second and without an event`,
    );
  }

  private onEvent({ type, object }: WatchEvent): void {
    if (type === 'DELETED') this.cache.take(objectKey(object), this.kept(object));
    else if (type !== 'BOOKMARK') this.cache.put(this.kept(object));
    this.version = versionOf(object) || this.version;
  }

  /**
   * An event before the end of what a WatchList begins with, which is a bookmark. Until then a version says nothing
   * about the objects that did not come yet. Another bookmark comes from an API that knows no WatchList.
   */
  private onInitialEvent({ type, object }: WatchEvent, seen: Set<string>): void {
    const key = objectKey(object);
    if (type === 'DELETED') {
      this.cache.take(key, this.kept(object));
      seen.delete(key);
    } else if (type !== 'BOOKMARK') {
      this.cache.put(this.kept(object));
      seen.add(key);
    } else if (at(object, 'metadata', 'annotations', initialEnd) === 'true') {
      this.cache.retain(seen);
      this.version = versionOf(object);
      this.synced = true;
    } else throw new NoWatchList();
  }

  private kept(object: JsonObject): JsonObject {
    return this.options.transform?.(object) ?? object;
  }

  /** Lists all objects page by page and puts the copy right. */
  private async relist(cancellation: Cancellation): Promise<void> {
    const seen = new Set<string>();
    let page: KubeList | undefined;
    do {
      page = await this.nextPage(page?.continueToken ?? '', seen);
      for (const object of page.items) {
        seen.add(objectKey(object));
        this.cache.put(this.kept(object));
      }
    } while (page.continueToken !== '' && !cancellation.aborted);
    if (isCancelled(cancellation)) return;
    this.cache.retain(seen);
    this.version = page.resourceVersion;
    this.synced = true;
    this.backoff.reset();
  }

  /** A page; when the list that it belongs to is forgotten, all at once. */
  private async nextPage(continueToken: string, seen: Set<string>): Promise<KubeList> {
    const { client, type, select, pageSize } = this.options;
    if (continueToken === '') return client.list(type, { ...select, limit: pageSize ?? 500 });
    try {
      return await client.list(type, { ...select, limit: pageSize ?? 500, continueToken });
    } catch (error) {
      if (!isExpired(error)) throw error;
      seen.clear();
      return client.list(type, { ...select });
    }
  }
}

/** The API answered a WatchList like any other watch. */
class NoWatchList extends Error {
  override readonly name = 'NoWatchList';
}

/** Read anew each time: it changes while others run. */
function isCancelled(cancellation: Cancellation): boolean {
  return cancellation.aborted;
}

function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.code === 410;
}

/** Values of an index by the owners of objects. */
export function ownerUids(object: JsonObject): string[] {
  return asArray(at(object, 'metadata', 'ownerReferences')).map((owner) =>
    asString(asObject(owner)['uid']),
  );
}
