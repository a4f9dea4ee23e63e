import { KubeError, type JsonObject, type KubeClient } from '@tidegate/kube';
import type { Application } from '../src/applications/application.ts';
import { startArgoCd, type ArgoCdInstance, type ArgoCdOptions } from '../src/instance.ts';
import type { LogEntry } from '../src/log.ts';
import { memoryManifestSource, type MemoryManifestSource } from '../src/node/index.ts';
import type { ManifestSource } from '../src/ports/manifests.ts';
import { seededRandom, testCluster, type TestCluster } from '../src/testing/index.ts';

export const git = 'https://git.example/work.git';

/** A cluster with one Argo CD over a repository in memory, on a virtual clock. */
export interface ArgoCdWorld extends TestCluster {
  readonly manifests: MemoryManifestSource;
  readonly argoCd: ArgoCdInstance;
  readonly log: readonly LogEntry[];
  /** Commits on main; null deletes. Answers the hash. */
  commit(files: Readonly<Record<string, string | null>>): string;
  application(name: string): Application | undefined;
  /** Asks for a sync as a person does. */
  sync(name: string, sync?: JsonObject): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly options?: Partial<ArgoCdOptions>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Stands between Argo CD and the API. */
  readonly wrapClient?: (client: KubeClient) => KubeClient;
  /** False: time goes on while manifests are made. */
  readonly waitsForManifests?: boolean;
  readonly wrapManifests?: (source: ManifestSource) => ManifestSource;
}

export async function argoCdWorld({
  options = {},
  settings,
  wrapClient = (client) => client,
  wrapManifests = (source) => source,
  waitsForManifests = true,
}: WorldOptions = {}): Promise<ArgoCdWorld> {
  const cluster = await testCluster({
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    ...(settings === undefined ? {} : { settings }),
    controllers: {
      kubelet: { nodeName: 'node', behaviour: (pod) => ({ readyMs: readyMsOf(pod) }) },
    },
  });
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'work' } });
  const manifests = memoryManifestSource({
    openRenderer: () => ({ render: () => Promise.reject(new Error('nothing is a chart here')) }),
    clock: cluster.time.clock,
    revisionCacheMs: 10_000,
  });
  const source = wrapManifests(manifests);
  const log: LogEntry[] = [];
  const argoCd = startArgoCd({
    ...cluster.time,
    client: wrapClient(cluster.clientOf('argocd')),
    random: seededRandom(1),
    namespace: 'argocd',
    manifests: waitsForManifests
      ? {
          generate: (request) => cluster.time.track(() => source.generate(request)),
          directories: (request) => cluster.time.track(() => source.directories(request)),
        }
      : source,
    timing: { reconciliationMs: 10_000, reconciliationJitterMs: 0, revisionCacheMs: 10_000 },
    log: (entry) => log.push(entry),
    ...options,
  });
  await cluster.time.advance(500);
  return {
    ...cluster,
    manifests,
    argoCd,
    log,
    commit: (files) => manifests.repositories.commit(git, 'main', files),
    application: (name) => cluster.find('Application', `argocd/${name}`) as Application | undefined,
    sync: async (name, sync = {}) => {
      await cluster.client.patch(
        cluster.resource('Application'),
        { name, namespace: 'argocd' },
        {
          type: 'merge',
          patch: {
            operation: { initiatedBy: { username: 'operator' }, sync },
            status: { operationState: null },
          },
        },
      );
    },
    stop: async () => {
      await argoCd.stop();
      await manifests.close();
    },
  };
}

function readyMsOf(pod: JsonObject): number {
  const { annotations = {} } = pod['metadata'] as { annotations?: Record<string, string> };
  return Number(annotations['ready-ms'] ?? 500);
}

/** An Application of the repository's folder of its name. */
export function applicationOf(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: 'work' },
      source: { repoURL: git, targetRevision: 'main', path: name },
      ...spec,
    },
  };
}

export function configMap(name: string, value: string, annotations: JsonObject = {}): string {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations } };
  return JSON.stringify({ ...object, data: { value } });
}

export function deployment(
  name: string,
  options: { readyMs?: number; wave?: number } = {},
): string {
  const labels = { app: name };
  const annotations = { 'ready-ms': String(options.readyMs ?? 500) };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      annotations: { 'argocd.argoproj.io/sync-wave': String(options.wave ?? 0) },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: 'main', image: 'app:1' }] },
      },
    },
  });
}

/** `Synced Healthy Succeeded`: sync, health and the phase of the last operation. */
export function shortStatus(application: Application | undefined): string {
  const { sync, health, operationState } = application?.status ?? {};
  return [sync?.status, health?.status, operationState?.phase].filter(Boolean).join(' ');
}

/** A client of whose calls one in five fails with a status. */
export function flakyClient(
  client: KubeClient,
  { code, seed }: { readonly code: number; readonly seed: number },
): KubeClient {
  const random = seededRandom(seed);
  const flaky =
    <T extends unknown[], R>(call: (...args: T) => Promise<R>) =>
    (...args: T): Promise<R> => {
      return random() < 0.2
        ? Promise.reject(new KubeError(code, { message: `made to fail with ${code}` }))
        : call(...args);
    };
  return {
    ...client,
    get: flaky(client.get.bind(client)),
    create: flaky(client.create.bind(client)),
    update: flaky(client.update.bind(client)),
    patch: flaky(client.patch.bind(client)),
  };
}
