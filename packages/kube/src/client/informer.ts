import type { Cancellation } from '@tidegate/core';
import { asArray, asObject, asString, at, type JsonObject } from '../json/value.ts';
import type { Random, Timers } from '../server/context.ts';
import {
  type KubeClient,
  KubeError,
  type ResourceType,
  type SelectOptions,
  type WatchEvent,
} from './kube-client.ts';

/** What an informer tells of its objects. */
export interface InformerHandler {
  added?(object: JsonObject): void;
  updated?(before: JsonObject, after: JsonObject): void;
  deleted?(object: JsonObject): void;
}

export interface InformerOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly select?: SelectOptions;
  readonly timers: Timers;
  readonly random: Random;
  /** Values by which objects can be found, by the name of the index. */
  readonly indexes?: Readonly<Record<string, (object: JsonObject) => readonly string[]>>;
  readonly pageSize?: number;
  /** Hears of failures; the informer goes on by itself. */
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

const firstBackoffMs = 200;
const longestBackoffMs = 30_000;

/** `namespace/name`, or the name of a cluster-scoped object. */
export function objectKey(object: JsonObject): string {
  const namespace = asString(at(object, 'metadata', 'namespace'));
  const name = asString(at(object, 'metadata', 'name'));
  return namespace === '' ? name : `${namespace}/${name}`;
}

function versionOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'resourceVersion'));
}

export function createInformer(options: InformerOptions): Informer {
  return new CachingInformer(options);
}

class CachingInformer implements Informer {
  private readonly options: InformerOptions;
  private readonly objects = new Map<string, JsonObject>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();
  private readonly handlers = new Set<InformerHandler>();
  private synced = false;
  private version = '';
  private failures = 0;

  constructor(options: InformerOptions) {
    this.options = options;
    for (const name of Object.keys(options.indexes ?? {})) this.indexes.set(name, new Map());
  }

  hasSynced(): boolean {
    return this.synced;
  }

  get(key: string): JsonObject | undefined {
    return this.objects.get(key);
  }

  list(): readonly JsonObject[] {
    return [...this.objects.values()];
  }

  byIndex(index: string, value: string): readonly JsonObject[] {
    const keys = this.indexes.get(index)?.get(value) ?? [];
    return [...keys].map((key) => this.objects.get(key)).filter((object) => object !== undefined);
  }

  handle(handler: InformerHandler): () => void {
    this.handlers.add(handler);
    for (const object of this.objects.values()) handler.added?.(object);
    return () => this.handlers.delete(handler);
  }

  async run(cancellation: Cancellation): Promise<void> {
    while (!cancellation.aborted) {
      try {
        if (this.version === '') await this.relist(cancellation);
        await this.follow(cancellation);
        this.failures = 0;
      } catch (error) {
        if (cancellation.aborted) return;
        this.options.onError?.(error);
        if (error instanceof KubeError && error.code === 410) this.version = '';
        await this.pause(cancellation);
      }
    }
  }

  /** Lists all objects page by page and puts the copy right. */
  private async relist(cancellation: Cancellation): Promise<void> {
    const { client, type, select, pageSize } = this.options;
    const seen = new Set<string>();
    let token = '';
    do {
      const page = await client.list(type, {
        ...select,
        limit: pageSize ?? 500,
        ...(token === '' ? {} : { continueToken: token }),
      });
      for (const object of page.items) {
        seen.add(objectKey(object));
        this.put(object);
      }
      token = page.continueToken;
      this.version = page.resourceVersion;
    } while (token !== '' && !cancellation.aborted);
    for (const [key, object] of this.objects) if (!seen.has(key)) this.take(key, object);
    this.synced = true;
  }

  private async follow(cancellation: Cancellation): Promise<void> {
    const { client, type, select, random } = this.options;
    const timeoutSeconds = Math.round(300 + random() * 300);
    const watch = { ...select, resourceVersion: this.version, bookmarks: true, timeoutSeconds };
    for await (const event of client.watch(type, watch, cancellation)) this.onEvent(event);
  }

  private onEvent(event: WatchEvent): void {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        this.put(event.object);
        break;
      case 'DELETED':
        this.take(objectKey(event.object), event.object);
        break;
      case 'ERROR':
        throw new KubeError(Number(event.object['code'] ?? 500), event.object);
      case 'BOOKMARK':
        break;
    }
    this.version = versionOf(event.object) || this.version;
    this.failures = 0;
  }

  private put(object: JsonObject): void {
    const key = objectKey(object);
    const before = this.objects.get(key);
    if (before !== undefined && versionOf(before) === versionOf(object)) return;
    if (before !== undefined) this.index(before, key, false);
    this.objects.set(key, object);
    this.index(object, key, true);
    for (const handler of this.handlers) {
      if (before === undefined) handler.added?.(object);
      else handler.updated?.(before, object);
    }
  }

  private take(key: string, object: JsonObject): void {
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    this.index(before, key, false);
    for (const handler of this.handlers) handler.deleted?.(object);
  }

  private index(object: JsonObject, key: string, present: boolean): void {
    for (const [name, valuesOf] of Object.entries(this.options.indexes ?? {})) {
      const table = this.indexes.get(name) ?? new Map<string, Set<string>>();
      for (const value of valuesOf(object)) {
        const keys = table.get(value) ?? new Set();
        if (present) keys.add(key);
        else keys.delete(key);
        if (keys.size === 0) table.delete(value);
        else table.set(value, keys);
      }
    }
  }

  /** Waits longer after each failure, never twice the same time. */
  private pause(cancellation: Cancellation): Promise<void> {
    const longest = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.failures);
    this.failures += 1;
    const ms = longest * (0.5 + this.options.random() / 2);
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        cancellation.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.options.timers.after(ms, done);
      cancellation.addEventListener('abort', done);
    });
  }
}

/** Values of an index by the owners of objects. */
export function ownerUids(object: JsonObject): string[] {
  return asArray(at(object, 'metadata', 'ownerReferences')).map((owner) =>
    asString(asObject(owner)['uid']),
  );
}
