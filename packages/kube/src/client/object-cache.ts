import { asString, at, type JsonObject } from '../json/value.ts';

/** What an informer tells of its objects. */
export interface InformerHandler {
  added?(object: JsonObject): void;
  /** `before` is what was told of the object last. */
  updated?(before: JsonObject, after: JsonObject): void;
  deleted?(object: JsonObject): void;
}

/** Values by which objects can be found, by the name of the index. */
export type Indexes = Readonly<Record<string, (object: JsonObject) => readonly string[]>>;

/** `namespace/name`, or the name of a cluster-scoped object. */
export function objectKey(object: JsonObject): string {
  const namespace = asString(at(object, 'metadata', 'namespace'));
  const name = asString(at(object, 'metadata', 'name'));
  return namespace === '' ? name : `${namespace}/${name}`;
}

export function versionOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'resourceVersion'));
}

function uidOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'uid'));
}

/** Objects by key, with indexes, and handlers that hear of each change. */
export class ObjectCache {
  private readonly objects = new Map<string, JsonObject>();
  private readonly tables = new Map<string, Map<string, Set<string>>>();
  private readonly handlers = new Set<InformerHandler>();
  private readonly indexes: Indexes;
  private readonly onError: (error: unknown) => void;

  constructor(indexes: Indexes, onError: (error: unknown) => void) {
    this.indexes = indexes;
    this.onError = onError;
    for (const name of Object.keys(indexes)) this.tables.set(name, new Map());
  }

  get(key: string): JsonObject | undefined {
    return this.objects.get(key);
  }

  list(): readonly JsonObject[] {
    return [...this.objects.values()];
  }

  byIndex(index: string, value: string): readonly JsonObject[] {
    const keys = this.tables.get(index)?.get(value) ?? [];
    return [...keys].map((key) => this.objects.get(key)).filter((object) => object !== undefined);
  }

  handle(handler: InformerHandler): () => void {
    this.handlers.add(handler);
    for (const object of this.objects.values()) handler.added?.(object);
    return () => this.handlers.delete(handler);
  }

  put(object: JsonObject): void {
    const key = objectKey(object);
    const before = this.objects.get(key);
    if (before !== undefined && versionOf(before) === versionOf(object)) return;
    // Another object of the same name: the one that was known is gone.
    const isOther = before !== undefined && uidOf(before) !== uidOf(object);
    if (isOther) this.take(key, before);
    else if (before !== undefined) this.index(before, key, false);
    this.objects.set(key, object);
    this.index(object, key, true);
    this.tell((handler) => {
      if (before === undefined || isOther) handler.added?.(object);
      else handler.updated?.(before, object);
    });
  }

  /** Takes an object away; handlers hear of its last state. */
  take(key: string, last: JsonObject): void {
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    this.index(before, key, false);
    this.tell((handler) => handler.deleted?.(last));
  }

  /** Keeps these keys only. */
  retain(keys: ReadonlySet<string>): void {
    for (const [key, object] of this.objects) if (!keys.has(key)) this.take(key, object);
  }

  /** A handler that fails keeps nobody else from hearing. */
  private tell(call: (handler: InformerHandler) => void): void {
    for (const handler of this.handlers) {
      try {
        call(handler);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  private index(object: JsonObject, key: string, present: boolean): void {
    for (const [name, valuesOf] of Object.entries(this.indexes)) {
      const table = this.tables.get(name) ?? new Map<string, Set<string>>();
      for (const value of valuesOf(object)) {
        const keys = table.get(value) ?? new Set();
        if (present) keys.add(key);
        else keys.delete(key);
        if (keys.size === 0) table.delete(value);
        else table.set(value, keys);
      }
    }
  }
}
