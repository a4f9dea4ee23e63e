import { compareLevels } from '@tidegate/core/argocd/application';
import type { SelfHealSettings } from '@tidegate/core/argocd/auto-sync';
import type { SyncAnswers, SyncRequest } from '@tidegate/core/argocd/sync';
import type { KubeClient, Timers } from '@tidegate/kube';
import { createCanceller } from '../cancel.ts';
import { ClusterCache, type ClusterChange } from '../cluster/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { LogEntry } from '../log.ts';
import type { ManifestSource } from '../ports/manifests.ts';
import type { ApplyHabits, ArgoCdTiming, Surroundings } from '../ports/surroundings.ts';
import type { InstanceSettings } from '../settings/instance-settings.ts';
import { sleep } from '../sleep.ts';
import { createWorkQueue, type WorkQueue } from '../work-queue.ts';
import { ApplicationStore } from './application-store.ts';
import { ApplicationWriter } from './application-writer.ts';
import { applicationKey, keyOfInstance, type Application } from './application.ts';
import { Comparer } from './compare-application.ts';
import type { ControllerContext } from './context.ts';
import { Operator } from './operate-application.ts';
import { projectNameOf, ProjectStore } from './projects.ts';
import { RefreshRequests } from './refresh-requests.ts';
import { Refresher } from './refresh-application.ts';

export interface ApplicationControllerOptions extends Surroundings {
  /** Timers of looks that nothing but time asks for. */
  readonly polls: Timers;
  readonly client: KubeClient;
  /** Namespace of Argo CD and of its Applications. */
  readonly namespace: string;
  readonly timing: ArgoCdTiming;
  readonly selfHeal: SelfHealSettings;
  /** `--status-processors` and `--operation-processors`. */
  readonly statusWorkers: number;
  readonly operationWorkers: number;
  readonly manifests: ManifestSource;
  readonly discovery: Discovery;
  readonly settings: () => InstanceSettings;
  readonly execute: (requests: readonly SyncRequest[]) => Promise<SyncAnswers>;
  readonly applyHabits: ApplyHabits;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Compares, syncs, heals and deletes Applications.
 * Source: `ApplicationController` in controller/appcontroller.go.
 */
export class ApplicationController {
  private readonly options: ApplicationControllerOptions;
  private readonly canceller = createCanceller();
  private readonly context: ControllerContext;
  private readonly refreshQueue: WorkQueue;
  private readonly operationQueue: WorkQueue;
  private readonly refresher: Refresher;
  private readonly operator: Operator;
  private cancelResync: (() => void) | undefined;
  private started = false;

  constructor(options: ApplicationControllerOptions) {
    this.options = options;
    this.context = this.createContext();
    this.refresher = new Refresher(this.context);
    this.operator = new Operator(this.context, (key, milliseconds) => {
      this.operationQueue.addAfter(key, milliseconds);
    });
    this.refreshQueue = this.createQueue(options.statusWorkers, async (key) => {
      try {
        await this.refresher.refresh(key);
      } finally {
        // Operations are looked at after the comparison, so that the two do not race.
        this.operationQueue.add(key);
      }
    });
    this.operationQueue = this.createQueue(options.operationWorkers, (key) =>
      this.operator.operate(key),
    );
  }

  /** Reads what is there and begins. */
  async start(): Promise<void> {
    const { store, projects, cluster, stopping } = this.context;
    projects.start();
    while (!stopping.aborted && !projects.hasSynced()) await sleep(this.options.timers, 1);
    await cluster.start();
    if (stopping.aborted) return;
    this.started = true;
    store.start();
    const { firstResyncMs, reconciliationMs } = this.options.timing;
    this.scheduleResync(firstResyncMs ?? reconciliationMs);
  }

  hasSynced(): boolean {
    return this.started && this.context.store.hasSynced();
  }

  /** Whether anything is being worked on. */
  busy(): boolean {
    return this.refreshQueue.busy() || this.operationQueue.busy();
  }

  async stop(): Promise<void> {
    this.canceller.cancel();
    this.cancelResync?.();
    this.context.store.stop();
    this.context.projects.stop();
    this.context.cluster.stop();
    this.context.refreshes.stop();
    await Promise.all([this.refreshQueue.stop(), this.operationQueue.stop()]);
  }

  /** Looks at all live objects again, as after a change of Argo CD's settings. */
  settingsChanged(): void {
    this.context.cluster.refreshNodes();
    for (const application of this.context.store.list()) {
      this.context.refreshes.request(applicationKey(application), compareLevels.latest);
    }
  }

  private createQueue(workers: number, work: (key: string) => Promise<void>): WorkQueue {
    return createWorkQueue({
      timers: this.options.timers,
      workers,
      work,
      onError: (error, key) => {
        this.report(error, key);
      },
    });
  }

  private createContext(): ControllerContext {
    const { options } = this;
    const onError = (error: unknown): void => {
      this.report(error, options.namespace);
    };
    const surroundings: Surroundings = {
      clock: options.clock,
      timers: options.timers,
      random: options.random,
    };
    const { client, namespace, timing, settings, discovery, manifests } = options;
    const cluster = new ClusterCache({
      ...surroundings,
      client,
      discovery,
      settings,
      lagMs: timing.cacheLagMs,
      onChange: (change) => {
        this.clusterChanged(change);
      },
      onError,
    });
    const projects = new ProjectStore({
      ...surroundings,
      client,
      namespace,
      onError,
      onChange: () => undefined,
    });
    const events = this.applicationEvents();
    const store = new ApplicationStore({ ...surroundings, client, namespace, events, onError });
    const writer = new ApplicationWriter({
      ...surroundings,
      client,
      store,
      statusDelayMs: timing.statusDelayMs,
      onError: (error, key) => {
        this.report(error, key);
      },
    });
    const comparer = new Comparer({
      client,
      manifests,
      cluster,
      discovery,
      settings,
      clock: options.clock,
      namespace,
      repositoryErrorGraceMs: timing.repositoryErrorGraceMs,
    });
    return {
      ...options,
      cluster,
      projects,
      store,
      writer,
      comparer,
      refreshes: new RefreshRequests(() => this.refreshQueue, options.timers),
      stopping: this.canceller.cancellation,
    };
  }

  private applicationEvents(): ConstructorParameters<typeof ApplicationStore>[0]['events'] {
    return {
      added: (application) => {
        if (isSkipped(application)) return;
        this.refreshQueue.add(applicationKey(application));
      },
      updated: (before, after) => {
        if (isSkipped(after)) return;
        this.applicationUpdated(before, after);
      },
      deleted: (application) => {
        const key = applicationKey(application);
        this.refresher.forget(application);
        this.refreshQueue.add(key);
      },
    };
  }

  /** Source: the `UpdateFunc` of `newApplicationInformerAndLister`. */
  private applicationUpdated(before: Application, after: Application): void {
    const key = applicationKey(after);
    const level = automationBegins(before, after) ? compareLevels.latest : undefined;
    const jitter = this.options.timing.reconciliationJitterMs;
    const isOwnWrite = before.metadata.resourceVersion === after.metadata.resourceVersion;
    if (jitter === 0 || !isOwnWrite) {
      this.context.refreshes.request(key, level);
      return;
    }
    this.context.refreshes.requestAfter(key, level, jitter * this.options.random());
    this.operationQueue.add(key);
  }

  private scheduleResync(milliseconds: number): void {
    if (this.options.timing.reconciliationMs <= 0) return;
    this.cancelResync = this.options.polls.after(milliseconds, () => {
      for (const application of [...this.context.store.list()]) {
        if (!isSkipped(application)) this.applicationUpdated(application, application);
      }
      this.scheduleResync(this.options.timing.reconciliationMs);
    });
  }

  /** Source: `handleObjectUpdated` in controller/appcontroller.go. */
  private clusterChanged({ applications, key, uid }: ClusterChange): void {
    const { refreshes, namespace } = this.context;
    if (applications.size === 0) {
      for (const id of this.lookingForOrphansIn(key.namespace)) {
        refreshes.request(id, compareLevels.recent);
      }
      return;
    }
    for (const [instance, isManaged] of applications) {
      const id = keyOfInstance(instance, namespace);
      if (!this.isConcerned(id, uid)) continue;
      refreshes.request(id, isManaged ? compareLevels.recent : compareLevels.nothing);
    }
  }

  /** Applications whose projects want to hear of objects that nobody manages. */
  private lookingForOrphansIn(namespace: string): string[] {
    if (namespace === '') return [];
    const { store, projects } = this.context;
    return [...store.list()]
      .filter(
        (application) =>
          application.spec.destination?.namespace === namespace &&
          projects.get(projectNameOf(application))?.orphanedResources !== undefined,
      )
      .map(applicationKey);
  }

  /** Whether a change of an object concerns an Application: it is there, may be looked at, and is not the object. */
  private isConcerned(id: string, uid: string): boolean {
    const application = this.context.store.get(id);
    if (application === undefined || application.metadata.uid === uid) return false;
    return (
      !isSkipped(application) && !('condition' in this.context.projects.projectOf(application))
    );
  }

  private report(error: unknown, object: string): void {
    if (this.canceller.cancellation.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    this.options.log({ level: 'warn', object, message });
  }
}

function isSkipped({ metadata }: Application): boolean {
  return metadata.annotations?.['argocd.argoproj.io/skip-reconcile'] === 'true';
}

/** Whether automated sync or self-heal was switched on. Source: `automatedSyncEnabled`. */
function automationBegins(before: Application, after: Application): boolean {
  const [old, now] = [before, after].map(({ spec }) => {
    const automated = spec.syncPolicy?.automated;
    const enabled = automated !== undefined && automated.enabled !== false;
    return { enabled, selfHeal: enabled && automated.selfHeal === true };
  });
  if (old === undefined || now === undefined) return false;
  return (!old.enabled && now.enabled) || (!old.selfHeal && now.selfHeal);
}
