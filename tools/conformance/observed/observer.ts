import { isDeepStrictEqual } from 'node:util';
import type { ApiServer, Json, JsonObject, StoreEvent } from '@tidegate/kube';
import {
  objectName,
  type OperationRecord,
  type StepOutcome,
  type TimelineEntry,
} from './recording.ts';
import type { Scrubber } from './scrub.ts';
import {
  applicationSetView,
  applicationView,
  field,
  fields,
  items,
  liveView,
  operationView,
  text,
} from './views.ts';

const argoCdKinds = new Set(['AppProject', 'Application', 'ApplicationSet']);
const finalPhases = new Set(['Succeeded', 'Failed', 'Error']);

/** Where recordings put objects of no Application. */
const untracked = 'no tracking annotation';

/** Something that happened to an object, in the order in which it happened. */
interface Happening extends TimelineEntry {
  /** The Application whose tracking annotation the object carries. */
  readonly trackedBy: string;
  readonly isGenerated: boolean;
}

/** Watches a cluster and writes down what recordings tell of it. */
export interface Observer {
  /** Forgets what happened so far. */
  beginStep(): void;
  /** What happened since the step began, and what is there now. */
  outcome(): StepOutcome;
  stop(): void;
}

export interface ObserverOptions {
  readonly server: ApiServer;
  readonly scrubber: Scrubber;
  readonly kinds: ReadonlySet<string>;
  readonly nowMs: () => number;
  /** Hears of each operation that ended, by `namespace/name` of its Application. */
  readonly onOperation: (application: string, operation: OperationRecord) => void;
}

/** Starts to watch; objects that are there already are taken as part of the installation. */
export function observe(options: ObserverOptions): Observer {
  return new Watching(options);
}

class Watching implements Observer {
  private readonly options: ObserverOptions;
  private readonly installed = new Set<string>();
  private readonly shown = new Map<string, JsonObject>();
  private readonly cancel: () => void;
  private happenings: Happening[] = [];
  private operations: Record<string, OperationRecord[]> = {};
  private beganMs = 0;

  constructor(options: ObserverOptions) {
    this.options = options;
    for (const object of this.objects()) {
      this.installed.add(objectName(object));
      this.shown.set(objectName(object), changeView(object));
    }
    this.cancel = options.server.store.subscribeAll((event) => {
      this.onEvent(event);
    });
  }

  private objects(): JsonObject[] {
    const { store, context } = this.options.server;
    const storages = context.resources
      .all()
      .filter(({ kind }) => this.options.kinds.has(kind))
      .map(({ storage }) => storage);
    return [...new Set(storages)].flatMap((storage) => [...store.list(storage)]);
  }

  beginStep(): void {
    this.happenings = [];
    this.operations = {};
    this.beganMs = this.options.nowMs();
  }

  stop(): void {
    this.cancel();
  }

  private onEvent(event: StoreEvent): void {
    const { object } = event;
    if (!this.options.kinds.has(text(object, 'kind'))) return;
    const name = objectName(object);
    if (event.type === 'DELETED') {
      this.shown.delete(name);
      this.note(object, 'deleted');
      return;
    }
    if (event.type === 'ADDED') this.note(object, 'created');
    const wasDeleting = field(event.previous, 'metadata', 'deletionTimestamp') !== undefined;
    if (field(object, 'metadata', 'deletionTimestamp') !== undefined && !wasDeleting)
      this.note(object, 'deleting');
    const before = this.shown.get(name);
    const after = changeView(object);
    this.shown.set(name, after);
    const change = changed(before ?? initialView(after), after);
    if (change !== undefined) this.note(object, this.options.scrubber.object(change));
    if (object['kind'] === 'Application') this.noteOperation(event);
  }

  private note(object: JsonObject, change: TimelineEntry['change']): void {
    const t = Math.round((this.options.nowMs() - this.beganMs) / 10) / 100;
    const mark = field(object, 'metadata', 'annotations', 'argocd.argoproj.io/tracking-id');
    const owners = items(object, 'metadata', 'ownerReferences');
    this.happenings.push({
      t,
      object: objectName(object),
      change,
      trackedBy: typeof mark === 'string' ? `argocd/${mark.split(':')[0] ?? ''}` : untracked,
      isGenerated: owners.some((owner) => field(owner, 'kind') === 'ApplicationSet'),
    });
  }

  private noteOperation(event: StoreEvent): void {
    const state = fields(event.object, 'status', 'operationState');
    if (!finalPhases.has(text(state, 'phase'))) return;
    const before = fields(event.previous, 'status', 'operationState');
    const isSame = ['phase', 'startedAt', 'finishedAt'].every((key) => before[key] === state[key]);
    if (isSame) return;
    const name = objectName(event.object).replace('Application/', '');
    const operation = this.options.scrubber.object(operationView(state));
    (this.operations[name] ??= []).push(operation);
    this.options.onOperation(name, operation);
  }

  outcome(): StepOutcome {
    const { scrubber } = this.options;
    const happenings = [...this.happenings];
    const after: Record<string, JsonObject> = {};
    const live: Record<string, JsonObject> = {};
    for (const object of this.objects()) {
      const name = objectName(object);
      if (object['kind'] === 'Application')
        after[name.replace('Application/', '')] = scrubber.object(applicationView(object));
      else if (object['kind'] === 'ApplicationSet')
        after[name] = scrubber.object(applicationSetView(object));
      else if (!argoCdKinds.has(text(object, 'kind')) && !this.installed.has(name))
        live[name] = scrubber.object(liveView(object));
    }
    const generated = happenings.filter(
      ({ change, isGenerated }) => change === 'created' && isGenerated,
    );
    return {
      timeline: happenings.map(({ t, object, change }) => ({ t, object, change })),
      created: batches(
        happenings.filter(({ isGenerated }) => !isGenerated),
        'created',
      ),
      deleted: batches(happenings, 'deleted'),
      createdBy: createdBy(happenings),
      generated: generated.map(({ object }) => object),
      operations: { ...this.operations },
      after,
      live,
    };
  }
}

/** Objects of a change in batches that lie more than a second apart. */
function batches(happenings: readonly Happening[], word: string): string[][] {
  const found: string[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { t, object, change } of happenings) {
    if (change !== word) continue;
    if (t - last > 1) found.push([]);
    last = t;
    const batch = found.at(-1);
    if (batch?.includes(object) === false) batch.push(object);
  }
  return found;
}

function createdBy(happenings: readonly Happening[]): Record<string, string[][]> {
  const made = happenings.filter(({ change, isGenerated }) => change === 'created' && !isGenerated);
  const apps = new Set(made.map(({ trackedBy }) => trackedBy));
  return Object.fromEntries(
    [...apps].map((app) => [
      app,
      batches(
        made.filter(({ trackedBy }) => trackedBy === app),
        'created',
      ),
    ]),
  );
}

/** What a new object is taken to have been before: only states are news. */
function initialView(after: JsonObject): JsonObject {
  const { annotations = null, finalizers = null, spec = null, labels = null } = after;
  const kept = { annotations, finalizers, spec, labels, conditions: [], operation: false };
  return Object.fromEntries(Object.entries<Json>(kept).filter(([key]) => key in after));
}

function changed(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const change: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    if (isDeepStrictEqual(old, now)) continue;
    change[key] = key === 'spec' && typeof now === 'string' ? 'changed' : now;
  }
  return Object.keys(change).length === 0 ? undefined : change;
}

/** The fields of an object whose changes a timeline shows. */
function changeView(object: JsonObject): JsonObject {
  const { kind } = object;
  if (kind === 'Application') return applicationChange(object);
  if (kind === 'ApplicationSet') return applicationSetChange(object);
  if (kind === 'AppProject') return { spec: JSON.stringify(object['spec']) };
  if (kind === 'Deployment' || kind === 'Job') {
    const template = field(object, 'spec', 'template') ?? null;
    return { ...liveView(object), images: null, spec: JSON.stringify(template) };
  }
  return liveView(object);
}

function applicationChange(object: JsonObject): JsonObject {
  const { metadata, spec } = applicationView(object);
  const status = fields(object, 'status');
  const state = fields(status, 'operationState');
  const revisions = items(status, 'sync', 'revisions');
  return {
    annotations: field(metadata, 'annotations') ?? null,
    finalizers: field(metadata, 'finalizers') ?? null,
    spec: JSON.stringify(spec),
    sync: field(status, 'sync', 'status') ?? null,
    revision: revisions.length > 0 ? [...revisions] : field(status, 'sync', 'revision') || null,
    health: field(status, 'health', 'status') ?? null,
    operation: object['operation'] !== undefined,
    phase: state['phase'] ?? null,
    message: state['message'] ?? null,
    retryCount: state['phase'] === undefined ? null : (state['retryCount'] ?? 0),
    conditions: items(status, 'conditions').map((condition) => field(condition, 'type') ?? null),
  };
}

function applicationSetChange(object: JsonObject): JsonObject {
  const status = fields(object, 'status');
  const conditions = items(status, 'conditions').map((condition) => [
    text(condition, 'type'),
    `${text(condition, 'status')} ${text(condition, 'reason')}`,
  ]);
  const resources = items(status, 'resources').map((resource) =>
    [
      text(resource, 'name'),
      text(resource, 'status') || 'None',
      text(resource, 'health', 'status') || 'None',
    ].join(' '),
  );
  return {
    annotations: fields(object, 'metadata', 'annotations'),
    spec: JSON.stringify(object['spec']),
    conditions: Object.fromEntries(conditions) as JsonObject,
    resources,
  };
}
