import {
  argoCdInstallation,
  startArgoCd,
  type ApplyHabits,
  type ArgoCdTiming,
  type ManifestSource,
} from '@tidegate/argocd';
import {
  inProcessClient,
  type ApiServer,
  type KubeClient,
  type ResourceType,
} from '@tidegate/kube';
import { resourceFinder, seededRandom, startCluster } from './cluster.ts';
import { definitions } from './installation.ts';
import type { CommitAction, Recording } from './recording.ts';
import { text } from './views.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Git and chart repositories of a replay. */
export interface Repositories {
  readonly source: ManifestSource;
  /** Makes a commit; answers its hash. */
  commit(commit: CommitAction): string;
  close(): Promise<void>;
}

/** A cluster with Argo CD on a virtual clock. */
export interface World {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly time: VirtualTime;
  readonly repositories: Repositories;
  /** The resource of an object, by its `apiVersion` and kind, or by its kind alone. */
  resource(kind: string, apiVersion?: string): ResourceType;
  /** How often ApplicationSets look at their repositories, in milliseconds. */
  readonly setPeriodMs: number;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly recording: Recording;
  readonly startMs: number;
  readonly openRepositories: (recording: Recording, time: VirtualTime) => Repositories;
  readonly timing?: Partial<ArgoCdTiming>;
  readonly applyHabits: ApplyHabits;
  /** How long Argo CD runs before the first step. */
  readonly warmUpMs: number;
}

/** What goes on when Argo CD is stopped ends within this. */
const longestStopMs = 600_000;

/** Starts a cluster and Argo CD in it, and lets them come to rest. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { recording } = options;
  const { time, server } = startCluster(options.startMs - options.warmUpMs);
  const client = inProcessClient(server, { userAgent: 'recorder' });
  const world = { server, client, time, resource: resourceFinder(server) };
  for (const object of definitions()) await client.create(definitionType, object);
  await time.advanceTo(time.clock.nowMs());
  for (const object of argoCdInstallation('argocd', recording.settings.argocdCm))
    await client.create(world.resource(text(object, 'kind'), text(object, 'apiVersion')), object);
  const repositories = options.openRepositories(recording, time);
  const argoCd = startArgoCd({
    client: inProcessClient(server, { userAgent: 'argocd-application-controller' }),
    clock: time.clock,
    timers: time.timers,
    polls: time.polls,
    random: seededRandom(2),
    manifests: tracked(repositories.source, time),
    namespace: 'argocd',
    applyHabits: options.applyHabits,
    timing: { ...timingOf(recording), ...options.timing },
  });
  await time.advanceTo(options.startMs);
  return {
    ...world,
    repositories,
    setPeriodMs: recording.settings.appsetRequeueSeconds * 1000,
    stop: async () => {
      await passing(time, argoCd.stop());
      await repositories.close();
    },
  };
}

const definitionType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  plural: 'customresourcedefinitions',
};

/** Lets time pass until something has ended: what goes on may wait for a timer. */
async function passing(time: VirtualTime, end: Promise<void>): Promise<void> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  const untilMs = time.clock.nowMs() + longestStopMs;
  // It is awaited below; until then a failure is nobody's.
  over.catch(() => undefined);
  while (!isOver && time.clock.nowMs() < untilMs) await time.advanceTo(time.clock.nowMs() + 1000);
  if (!isOver) throw new Error('Argo CD does not stop');
  await over;
}

function timingOf({ settings }: Recording): Partial<ArgoCdTiming> {
  return {
    reconciliationMs: settings.reconciliationSeconds * 1000,
    reconciliationJitterMs: 0,
    revisionCacheMs: settings.reconciliationSeconds * 1000,
    waveDelayMs: settings.waveDelaySeconds * 1000,
    applicationSetRequeueMs: settings.appsetRequeueSeconds * 1000,
    repositoryErrorGraceMs: settings.repoErrorGraceSeconds * 1000,
  };
}

function tracked(source: ManifestSource, time: VirtualTime): ManifestSource {
  return Object.fromEntries(
    Object.entries(source).map(([name, call]) => [
      name,
      (...args: unknown[]) =>
        time.track(() => (call as (...given: unknown[]) => Promise<unknown>)(...args)),
    ]),
  ) as unknown as ManifestSource;
}
