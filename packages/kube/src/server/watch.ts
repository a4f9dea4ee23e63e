import { type JsonObject } from '../json/value.ts';
import type { Accepted } from '../request/accept.ts';
import type { ListOptions } from '../request/options.ts';
import type { ApiStream, WatchedType, WatchSink } from '../request/request.ts';
import { definitionStorage } from '../resources/custom-resources.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { badRequest, expired, toStatus } from '../status/status-error.ts';
import { CompactedError, stamped, type StoreEvent } from '../store/store.ts';
import type { Context } from './context.ts';
import { nameOf, namespaceOf, partial, present, textOf } from './present.ts';
import { matches, type Selectors, selectorsOf } from './read.ts';
import { checkInclude, makeTable, warningHeaders } from './respond.ts';

/** What a watch looks at. */
export interface WatchRequest {
  readonly resource: Resource;
  readonly namespace: string;
  readonly options: ListOptions;
  readonly accepted: Accepted;
  readonly include: string;
  readonly warnings: readonly string[];
}

/** A watch ends by itself after this long when it does not say how long. */
const defaultSeconds = 1800;
/** A bookmark tells a quiet watcher how far it is. */
const bookmarkMs = 60_000;
const initialEnd = 'k8s.io/initial-events-end';

/** Opens a watch; selectors and options are checked before anything is sent. */
export function openWatch(context: Context, request: WatchRequest): ApiStream {
  const selectors = selectorsOf(request.resource, request.options);
  const text = request.options.resourceVersion;
  if (text !== '' && !/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  checkInclude({ accepted: request.accepted, include: request.include, warnings: [] });
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...warningHeaders(request.warnings) },
    start: (sink) => new Watcher(context, request, selectors, sink).start(),
  };
}

/** One open watch. */
class Watcher {
  private readonly context: Context;
  private readonly request: WatchRequest;
  private readonly selectors: Selectors;
  private readonly sink: WatchSink;
  private readonly stops: (() => void)[] = [];
  private ended = false;
  private tables = 0;
  private from = 0;

  constructor(
    ...[context, request, selectors, sink]: [Context, WatchRequest, Selectors, WatchSink]
  ) {
    this.context = context;
    this.request = request;
    this.selectors = selectors;
    this.sink = sink;
  }

  start(): () => void {
    const { store } = this.context;
    const { resource, options } = this.request;
    const missed = this.begin();
    if (missed === undefined) return () => undefined;
    for (const event of missed) this.onEvent(event);
    this.stops.push(
      store.subscribe(resource.storage, (event) => {
        this.onEvent(event);
      }),
    );
    if (resource.custom !== undefined) {
      this.stops.push(
        store.subscribe(definitionStorage, (event) => {
          this.onDefinition(event);
        }),
      );
    }
    const seconds = options.timeoutSeconds ?? 0;
    this.keepTime((seconds > 0 ? seconds : defaultSeconds) * 1000);
    return () => {
      this.stop();
    };
  }

  /** Sends what the watch begins with; answers events that were missed since its revision. */
  private begin(): readonly StoreEvent[] | undefined {
    const { store } = this.context;
    const { resource, options } = this.request;
    const revision = options.resourceVersion === '' ? 0 : Number(options.resourceVersion);
    const initial = options.sendInitialEvents ?? revision === 0;
    if (initial || (options.sendInitialEvents === false && revision === 0)) {
      if (initial) this.sendInitial();
      this.from = store.revision();
      return [];
    }
    this.from = revision;
    try {
      return store.eventsAfter(resource.storage, revision);
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.send(
        'ERROR',
        toStatus(expired(`too old resource version: ${revision} (${store.compacted()})`)),
      );
      this.end();
      return undefined;
    }
  }

  private sendInitial(): void {
    const { resource, namespace, options } = this.request;
    for (const object of this.context.store.list(resource.storage, namespace)) {
      if (matches(resource, this.selectors, object)) this.sendObject('ADDED', object);
    }
    if (options.sendInitialEvents === true && options.bookmarks) this.sendBookmark(true);
  }

  private keepTime(ms: number): void {
    const { timers } = this.context.options;
    const { bookmarks } = this.request.options;
    // A little late, so that a client that counts the seconds itself is first.
    this.stops.push(
      timers.after(ms + 25, () => {
        this.end();
      }),
    );
    if (!bookmarks) return;
    if (ms > 3000)
      this.stops.push(
        timers.after(ms - 2000, () => {
          this.sendBookmark(false);
        }),
      );
    this.bookmarkLater(ms - bookmarkMs);
  }

  private bookmarkLater(left: number): void {
    if (left <= 0) return;
    this.stops.push(
      this.context.options.timers.after(bookmarkMs, () => {
        this.sendBookmark(false);
        this.bookmarkLater(left - bookmarkMs);
      }),
    );
  }

  private onEvent(event: StoreEvent): void {
    const { resource, namespace } = this.request;
    if (this.ended || event.revision <= this.from) return;
    if (namespace !== '' && namespaceOf(event.object) !== namespace) return;
    const { previous } = event;
    const before = previous !== undefined && matches(resource, this.selectors, previous);
    if (event.type === 'DELETED') {
      if (before) this.sendObject('DELETED', event.object, previous);
    } else if (matches(resource, this.selectors, event.object)) {
      this.sendObject(before ? 'MODIFIED' : 'ADDED', event.object, previous);
    } else if (before) {
      this.sendObject('DELETED', stamped(previous, event.revision));
    }
  }

  /** A watch of custom resources ends when its definition goes or changes. */
  private onDefinition(event: StoreEvent): void {
    const { resource } = this.request;
    if (this.ended || nameOf(event.object) !== resource.custom?.definition) return;
    const served = this.context.resources.byPath(resource.group, resource.version, resource.plural);
    if (event.type === 'DELETED' || served === undefined) this.end();
  }

  private sendObject(type: WatchedType, stored: JsonObject, before?: JsonObject): void {
    const { resource, accepted, include } = this.request;
    const object = present(this.context, resource, stored, before);
    if (accepted.form === 'object') {
      if (this.sink.event !== undefined) this.sink.event(type, object);
      else this.line(`{"type":"${type}","object":${textOf(this.context, object)}}`);
    } else if (accepted.form === 'table') {
      const output = { accepted, include, warnings: [] };
      const table = makeTable(this.context, { resource, objects: [object], output });
      this.tables += 1;
      this.send(type, this.tables > 1 ? { ...table, columnDefinitions: null } : table);
    } else {
      this.send(type, partial(object, accepted.version));
    }
  }

  private sendBookmark(initial: boolean): void {
    if (this.ended) return;
    const { resource, accepted } = this.request;
    const metadata: JsonObject = { resourceVersion: String(this.context.store.revision()) };
    if (initial) metadata['annotations'] = { [initialEnd]: 'true' };
    const object: JsonObject = {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata,
    };
    if (accepted.form === 'table') {
      const output = { accepted, include: this.request.include, warnings: [] };
      const table = makeTable(this.context, { resource, objects: [object], output });
      this.send('BOOKMARK', { ...table, metadata });
    } else {
      this.send(
        'BOOKMARK',
        accepted.form === 'object' ? object : partial(object, accepted.version),
      );
    }
  }

  private send(type: string, object: JsonObject): void {
    this.line(JSON.stringify({ type, object }));
  }

  private line(text: string): void {
    if (!this.ended) this.sink.send(`${text}\n`);
  }

  private end(): void {
    if (this.ended) return;
    this.stop();
    this.sink.end();
  }

  private stop(): void {
    this.ended = true;
    for (const stop of this.stops.splice(0)) stop();
  }
}
