import { isNotFound, type Informer, type JsonObject, objectKey } from '@tidegate/kube';

/** What the controller hears of Applications. Its own writes show no difference. */
export interface ApplicationEvents {
  updated(before: JsonObject, after: JsonObject): void;
  deleted(application: JsonObject): void;
}

/**
 * Applications as the controller sees them: what its watch has told, and what it has written itself
 * since. So a reconciliation that follows its own write reads that write, and the event of it does not
 * begin another one. Source: applicationset/utils/client.go.
 */
export class ApplicationCache {
  private readonly informer: Informer;
  private readonly events: ApplicationEvents;
  /** Results of own writes that the watch has not told of yet. */
  private readonly written = new Map<string, JsonObject>();
  /** Objects that an own call found to be gone, by key, with their uid. */
  private readonly gone = new Map<string, string>();
  /** What the watch told of objects while they were written. */
  private readonly held = new Map<string, (() => void)[]>();

  constructor(informer: Informer, events: ApplicationEvents) {
    this.informer = informer;
    this.events = events;
    informer.handle({
      added: (application) => this.hear(application, () => this.seen(application, undefined)),
      updated: (before, after) => this.hear(after, () => this.seen(after, before)),
      deleted: (application) => this.hear(application, () => this.forget(application)),
    });
  }

  list(): JsonObject[] {
    const found = new Map<string, JsonObject>();
    for (const application of this.informer.list()) {
      if (!this.isGone(application)) found.set(objectKey(application), application);
    }
    for (const [key, application] of this.written) found.set(key, application);
    return [...found.values()];
  }

  get(key: string): JsonObject | undefined {
    const written = this.written.get(key);
    if (written !== undefined) return written;
    const application = this.informer.get(key);
    return application === undefined || this.isGone(application) ? undefined : application;
  }

  /** Writes an Application. One that turns out to be gone is forgotten, and the error thrown on. */
  write(key: string, call: () => Promise<JsonObject>): Promise<JsonObject> {
    return this.holding(key, async () => {
      try {
        const application = await call();
        this.written.set(key, application);
        return application;
      } catch (error) {
        if (isNotFound(error)) this.evict(key);
        throw error;
      }
    });
  }

  /** Deletes an Application. One without finalizers is gone at once; that it was gone is no error. */
  delete(key: string, call: () => Promise<unknown>): Promise<void> {
    return this.holding(key, async () => {
      const application = this.get(key);
      try {
        await call();
        if (application !== undefined && !hasFinalizers(application)) this.evict(key);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        this.evict(key);
      }
    });
  }

  private isGone(application: JsonObject): boolean {
    return this.gone.get(objectKey(application)) === uidOf(application);
  }

  private evict(key: string): void {
    this.written.delete(key);
    const known = this.informer.get(key);
    if (known !== undefined) this.gone.set(key, uidOf(known));
  }

  private async holding<T>(key: string, call: () => Promise<T>): Promise<T> {
    const events = this.held.get(key) ?? [];
    this.held.set(key, events);
    try {
      return await call();
    } finally {
      this.held.delete(key);
      for (const event of events) event();
    }
  }

  private hear(application: JsonObject, event: () => void): void {
    const held = this.held.get(objectKey(application));
    if (held === undefined) event();
    else held.push(event);
  }

  private seen(application: JsonObject, before: JsonObject | undefined): void {
    const key = objectKey(application);
    const written = this.written.get(key);
    if (written !== undefined && isOlder(application, written)) return;
    this.written.delete(key);
    const known = written ?? before;
    if (known !== undefined) this.events.updated(known, application);
  }

  private forget(application: JsonObject): void {
    const key = objectKey(application);
    this.written.delete(key);
    this.gone.delete(key);
    this.events.deleted(application);
  }
}

function metadataOf(application: JsonObject): ObjectMetadata {
  return (application['metadata'] ?? {}) as ObjectMetadata;
}

interface ObjectMetadata {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly finalizers?: readonly string[];
}

function uidOf(application: JsonObject): string {
  return metadataOf(application).uid ?? '';
}

function hasFinalizers(application: JsonObject): boolean {
  return (metadataOf(application).finalizers ?? []).length > 0;
}

/** Whether a state of an object comes before another one; resource versions are whole numbers. */
function isOlder(one: JsonObject, other: JsonObject): boolean {
  const { resourceVersion: a = '' } = metadataOf(one);
  const { resourceVersion: b = '' } = metadataOf(other);
  return a.length === b.length ? a < b : a.length < b.length;
}
