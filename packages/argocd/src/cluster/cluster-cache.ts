import {
  createInformer,
  isNotFound,
  type Informer,
  type JsonObject,
  type KubeClient,
  type ObjectRef,
} from '@tidegate/kube';
import {
  groupVersionKind,
  isCustomResourceDefinition,
  keyText,
  resourceKey,
  type KubeObject,
  type ResourceKey,
} from '@tidegate/core/argocd/sync';
import { createCanceller, type Canceller } from '../cancel.ts';
import { isWatchable, type ApiResource } from '../discovery/api-resource.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { keepTrying } from '../keep-trying.ts';
import { sleep } from '../sleep.ts';
import { ResourceGraph } from './resource-graph.ts';
import {
  isIgnoredUpdate,
  resourceNode,
  type NodeSettings,
  type ResourceNode,
} from './resource-node.ts';

/** What changed: the Applications concerned, with whether the object is one of their own. */
export interface ClusterChange {
  readonly applications: ReadonlyMap<string, boolean>;
  readonly key: ResourceKey;
  readonly uid: string;
}

export interface ClusterCacheOptions extends Surroundings {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly settings: () => NodeSettings;
  /** How long changes are gathered before they show. */
  readonly lagMs: number;
  readonly onChange: (change: ClusterChange) => void;
  readonly onError: (error: unknown) => void;
}

interface Watch {
  readonly informer: Informer;
  readonly canceller: Canceller;
}

interface PendingEvent {
  readonly object: KubeObject;
  readonly deleted: boolean;
}

/**
 * The live state that Argo CD works with: a copy of all objects, fed by watches, a little late.
 * Source: gitops-engine/pkg/cache/cluster.go.
 */
export class ClusterCache {
  readonly graph = new ResourceGraph();
  private readonly options: ClusterCacheOptions;
  private readonly watches = new Map<string, Watch>();
  private pending: PendingEvent[] = [];
  private cancelTimer: (() => void) | undefined;
  private readonly canceller = createCanceller();
  private synced = false;

  constructor(options: ClusterCacheOptions) {
    this.options = options;
  }

  /** Reads what the server offers, begins to watch it and waits until all is there. */
  async start(): Promise<void> {
    const { discovery, timers, onError } = this.options;
    const { cancellation } = this.canceller;
    await keepTrying(() => discovery.refresh(), { timers, cancellation, onError });
    if (this.stopped) return;
    this.watchAll();
    while (!this.stopped && ![...this.watches.values()].every((one) => one.informer.hasSynced())) {
      await sleep(this.options.timers, 1);
    }
    this.flush();
    this.synced = true;
  }

  private get stopped(): boolean {
    return this.canceller.cancellation.aborted;
  }

  hasSynced(): boolean {
    return this.synced;
  }

  stop(): void {
    this.canceller.cancel();
    this.cancelTimer?.();
    for (const { canceller } of this.watches.values()) canceller.cancel();
  }

  /** Looks at every object again, as after a change of the settings. */
  refreshNodes(): void {
    const settings = this.options.settings();
    for (const node of [...this.graph.all()]) {
      this.graph.set(node.id, resourceNode(node.object, settings));
    }
  }

  /** Whether objects of a kind are in namespaces; undefined: the server does not know the kind. */
  isNamespaced(object: KubeObject): boolean | undefined {
    const { group, kind } = groupVersionKind(object);
    return this.options.discovery.resourceFor(group, undefined, kind)?.namespaced;
  }

  /**
   * The live objects of an Application: those that carry its tracking and have no owner, and those
   * that are wanted, tracked or not. Throws KubeError where one cannot be read.
   * Source: `GetManagedLiveObjs` in gitops-engine/pkg/cache/cluster.go.
   */
  async managedObjects(
    application: string,
    targets: readonly KubeObject[],
  ): Promise<Map<string, KubeObject>> {
    const found = new Map<string, KubeObject>();
    for (const node of this.graph.ofApplication(application)) found.set(node.id, node.object);
    for (const target of targets) {
      const id = keyText(resourceKey(target));
      const known = found.get(id) ?? this.graph.get(id)?.object;
      const live = await this.asVersion(target, known);
      if (live !== undefined) found.set(id, live);
    }
    return found;
  }

  /** The live object in the version of the target; read where it is not watched or of another version. */
  private async asVersion(
    target: KubeObject,
    known: KubeObject | undefined,
  ): Promise<KubeObject | undefined> {
    if (known !== undefined && known.apiVersion === target.apiVersion) return known;
    const { group, version, kind } = groupVersionKind(target);
    if (known === undefined && this.isWatched(group, kind)) return undefined;
    const resource = this.options.discovery.resourceFor(group, version, kind);
    if (resource === undefined) return known;
    try {
      const { name = '', namespace = '' } = target.metadata ?? {};
      const ref: ObjectRef = namespace === '' ? { name } : { name, namespace };
      return await this.options.client.get(resource.type, ref);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private isWatched(group: string, kind: string): boolean {
    return this.watches.has(`${group}/${kind}`);
  }

  private watchAll(): void {
    const { discovery, settings } = this.options;
    const now = settings();
    const wanted = discovery
      .all()
      .filter((one) => one.preferred && isWatchable(one) && !now.excluded(one.group, one.kind));
    const ids = new Set(wanted.map(({ group, kind }) => `${group}/${kind}`));
    for (const resource of wanted) this.watch(resource);
    for (const [id, { canceller, informer }] of this.watches) {
      if (ids.has(id)) continue;
      canceller.cancel();
      this.watches.delete(id);
      for (const object of informer.list()) this.push(object, true);
    }
  }

  private watch(resource: ApiResource): void {
    const id = `${resource.group}/${resource.kind}`;
    if (this.watches.has(id)) return;
    const { client, timers, random } = this.options;
    const onError = (error: unknown): void => {
      // The kind went away: its definition was deleted.
      if (isNotFound(error)) void this.refreshKinds();
      else this.options.onError(error);
    };
    const informer = createInformer({ client, type: resource.type, timers, random, onError });
    const canceller = createCanceller();
    this.watches.set(id, { informer, canceller });
    informer.handle({
      added: (object) => {
        this.push(object, false);
      },
      updated: (_, object) => {
        this.push(object, false);
      },
      deleted: (object) => {
        this.push(object, true);
      },
    });
    void informer.run(canceller.cancellation);
  }

  private push(object: JsonObject, deleted: boolean): void {
    if (this.stopped) return;
    const kept = object as KubeObject;
    this.pending.push({ object: kept, deleted });
    if (isCustomResourceDefinition(kept)) void this.refreshKinds();
    if (this.pending.length > 1 || !this.synced) return;
    this.cancelTimer = this.options.timers.after(Math.max(0, this.options.lagMs), () => {
      this.flush();
    });
  }

  private async refreshKinds(): Promise<void> {
    if (!this.synced) return;
    try {
      await this.options.discovery.refresh();
      if (!this.stopped) this.watchAll();
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** Takes over what was gathered. */
  private flush(): void {
    const events = this.pending;
    this.pending = [];
    const settings = this.options.settings();
    for (const { object, deleted } of events) this.take(object, deleted, settings);
  }

  private take(object: KubeObject, deleted: boolean, settings: NodeSettings): void {
    const after = deleted ? undefined : resourceNode(object, settings);
    const id = after?.id ?? keyText(resourceKey(object));
    const before = this.graph.get(id);
    const subject = after ?? before;
    if (subject === undefined) return;
    const concerned = new Map<string, boolean>();
    this.note(concerned, before);
    this.graph.set(id, after);
    this.note(concerned, after);
    if (!this.synced || isEndpoints(subject.key)) return;
    if (before !== undefined && after !== undefined && isIgnoredUpdate(before, after, settings)) {
      return;
    }
    this.options.onChange({ applications: concerned, key: subject.key, uid: subject.uid });
  }

  /** Notes the Application of an object, and whether the object is one of its own. */
  private note(concerned: Map<string, boolean>, node: ResourceNode | undefined): void {
    const name = node === undefined ? '' : this.graph.applicationOf(node);
    if (name === '' || node === undefined) return;
    concerned.set(name, node.application !== '' || concerned.get(name) === true);
  }
}

function isEndpoints({ group, kind }: ResourceKey): boolean {
  return group === '' && kind === 'Endpoints';
}
