import {
  concernsSet,
  controllingSet,
  isSetChanged,
  type GeneratedApplication,
  type SetDecision,
} from '@tidegate/core/argocd/applicationset';
import {
  createInformer,
  objectKey,
  type Informer,
  type JsonObject,
  type KubeClient,
  type ResourceType,
  type Timers,
} from '@tidegate/kube';
import { createCanceller } from '../cancel.ts';
import type { LogEntry } from '../log.ts';
import type { ManifestSource } from '../ports/manifests.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { sleep } from '../sleep.ts';
import { ApplicationCache, type ApplicationEvents } from './application-cache.ts';
import { clusterSecretSelector, knownClusters } from './known-clusters.ts';
import { reconcileSet, type ReconcileDeps } from './reconcile-set.ts';
import { createSetQueue, type SetQueue } from './set-queue.ts';
import { SetStatusWriter } from './set-status.ts';
import { defaultSetSettings, type ApplicationSetSettings } from './settings.ts';
import { applicationType, projectType, secretType, setType } from './types.ts';

export interface ApplicationSetControllerOptions extends Surroundings {
  readonly client: KubeClient;
  readonly manifests: ManifestSource;
  /** Where the sets, their Applications, the AppProjects and the Secrets of clusters lie. */
  readonly namespace: string;
  readonly settings?: Partial<ApplicationSetSettings>;
  /** Timers of looks that nothing but time asks for; `timers` when left out. */
  readonly polls?: Timers;
  /** Hears of each decision, with its reasons as data, and of failures. */
  readonly log?: (entry: LogEntry) => void;
}

/** A controller that runs. */
export interface ApplicationSetController {
  /** Ends the watches, and when the last set that is being worked on is done. */
  stop(): Promise<void>;
  /** Whether the controller has seen everything once. */
  hasSynced(): boolean;
}

/** The longest pause between two looks at whether everything is there. */
const longestPollMs = 100;

/**
 * Runs Argo CD's ApplicationSet controller for one namespace: it generates the Applications of each
 * set, writes them where they differ, deletes what is generated no more, and says so in the status.
 * Progressive syncs are off, as they are by default.
 * Source: applicationset/controllers/applicationset_controller.go.
 */
export function startApplicationSetController(
  options: ApplicationSetControllerOptions,
): ApplicationSetController {
  const settings = { ...defaultSetSettings, ...options.settings };
  const { timers, namespace } = options;
  const log = options.log ?? (() => undefined);
  const canceller = createCanceller();
  const informerOf = (type: ResourceType, labelSelector?: string): Informer =>
    createInformer({
      ...options,
      type,
      onError: (error) => log(failure(`${namespace}/`, error)),
      select: { namespace, ...(labelSelector === undefined ? {} : { labelSelector }) },
    });
  const sets = informerOf(setType);
  const applications = informerOf(applicationType);
  const projects = informerOf(projectType);
  const secrets = informerOf(secretType, clusterSecretSelector);
  const informers = [sets, applications, projects, secrets];

  const queue = createSetQueue({
    timers,
    polls: options.polls ?? timers,
    onError: (error, key) => log(failure(key, error)),
    workers: settings.workers,
    work: async (key) => {
      const seconds = await reconcileSet(key, deps);
      return seconds === undefined ? undefined : seconds * 1000;
    },
  });
  const deps: ReconcileDeps = {
    ...options,
    settings,
    applications: new ApplicationCache(applications, applicationEvents(queue, settings)),
    status: new SetStatusWriter(options),
    findSet: (key) => sets.get(key),
    projects: () => projects.list().map(nameOf),
    clusters: () => knownClusters(secrets.list()),
    onDecision: (key, decision) => log(decisionEntry(key, decision)),
  };
  sets.handle({
    added: (set) => queue.add(objectKey(set)),
    updated: (before, after) => {
      if (isSetChanged(before, after)) queue.add(objectKey(after));
    },
    deleted: (set) => queue.add(objectKey(set)),
  });

  const hasSynced = (): boolean => informers.every((informer) => informer.hasSynced());
  const runs = informers.map((informer) => informer.run(canceller.cancellation));
  void waitUntil(() => hasSynced() || canceller.cancellation.aborted, timers).then(() =>
    queue.start(),
  );
  return {
    hasSynced,
    stop: async () => {
      canceller.cancel();
      await queue.stop();
      await Promise.all(runs);
    },
  };
}

function failure(object: string, error: unknown): LogEntry {
  const message = error instanceof Error ? error.message : String(error);
  return { level: 'warn', object, message };
}

function decisionEntry(object: string, decision: SetDecision): LogEntry {
  const { type, message } = decision.outcome;
  return { level: type === 'ErrorOccurred' ? 'warn' : 'info', object, message, detail: decision };
}

function nameOf(object: JsonObject): string {
  return (object['metadata'] as { readonly name: string }).name;
}

/** An Application wakes its set when what the set writes has changed, and when it is gone. */
function applicationEvents(queue: SetQueue, settings: ApplicationSetSettings): ApplicationEvents {
  const wake = (application: JsonObject): void => {
    const set = controllingSet(application as unknown as GeneratedApplication);
    const { namespace } = application['metadata'] as { readonly namespace: string };
    if (set !== undefined) queue.add(`${namespace}/${set}`);
  };
  return {
    updated: (before, after) => {
      if (!concernsSet(before, after, settings)) return;
      wake(before);
      wake(after);
    },
    deleted: wake,
  };
}

async function waitUntil(condition: () => boolean, timers: Surroundings['timers']): Promise<void> {
  for (let pauseMs = 1; !condition(); pauseMs = Math.min(longestPollMs, pauseMs * 2)) {
    await sleep(timers, pauseMs);
  }
}
