import { setMaxListeners } from 'node:events';
import type { ChartRenderer } from '@tidegate/core';
import { startArgoCd, type ArgoCdInstance } from '@tidegate/argocd';
import { memoryManifestSource, type MemoryManifestSource } from '@tidegate/argocd/node';
import {
  defaultSyncSettings,
  driveSync,
  newSyncState,
  syncStep,
  type KubeObject,
} from '@tidegate/core/argocd/sync';
import { testCluster, type TestCluster } from '../packages/argocd/src/testing/index.ts';
import { growth, medianOf, report, shown, timed } from './measure.ts';

/**
 * Argo CD over the embedded API: a comparison of all Applications after a start with everything rendered,
 * a poll with nothing changed, and the computing of one sync.
 */
const repoURL = 'https://git.example/bench.git';
const namespace = 'work';
const pollingMs = 120_000;
const mebibyte = 1024 * 1024;

interface Bench {
  readonly cluster: TestCluster;
  readonly manifests: MemoryManifestSource;
}

const rest = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function manifestsOf(index: number): string {
  const labels = `{ app: app-${index} }`;
  return [
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app-${index} }\ndata: { index: "${index}" }`,
    `apiVersion: v1\nkind: Service\nmetadata: { name: app-${index} }\nspec: { selector: ${labels}, ports: [{ port: 80 }] }`,
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: app-${index} }\nspec: { replicas: 0, selector: { matchLabels: ${labels} }, template: { metadata: { labels: ${labels} }, spec: { containers: [{ name: main, image: "app:1" }] } } }`,
  ].join('\n---\n');
}

function application(index: number): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `app-${index}`, namespace: 'argocd' },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace },
      source: { repoURL, targetRevision: 'main', path: `apps/${index}` },
      syncPolicy: { automated: { selfHeal: true } },
    },
  };
}

async function build(count: number): Promise<Bench> {
  const cluster = await testCluster({ rest });
  const manifests = memoryManifestSource({
    openRenderer: () => noRenderer,
    clock: cluster.time.clock,
    revisionCacheMs: pollingMs,
  });
  const files = Array.from(
    { length: count },
    (_, index) => [`apps/${index}/all.yaml`, manifestsOf(index)] as const,
  );
  manifests.repositories.commit(repoURL, 'main', Object.fromEntries(files));
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const type = cluster.resource('Application');
  for (let index = 0; index < count; index += 1) {
    await cluster.client.create(type, application(index) as never);
  }
  return { cluster, manifests };
}

function start({ cluster, manifests }: Bench): ArgoCdInstance {
  return startArgoCd({
    ...cluster.time,
    client: cluster.clientOf('argocd'),
    random: () => 0.5,
    manifests: {
      generate: (request) => cluster.time.track(() => manifests.generate(request)),
      directories: (request) => cluster.time.track(() => manifests.directories(request)),
    },
    namespace: 'argocd',
    timing: { reconciliationMs: pollingMs, reconciliationJitterMs: 0, firstResyncMs: pollingMs },
  });
}

/** Nothing here is a chart. */
const noRenderer: ChartRenderer = {
  render: () => Promise.reject(new Error('nothing here is a chart')),
};

/** How many Applications are Synced. */
function settledCount({ cluster }: Bench): number {
  return cluster.all('Application').filter((object) => {
    const { status } = object as { status?: { sync?: { status?: string } } };
    return status?.sync?.status === 'Synced';
  }).length;
}

/** Applications are synced a few at a time, so more of them take longer. */
async function untilSynced(bench: Bench, count: number): Promise<void> {
  for (let minute = 0; minute < 60 && settledCount(bench) < count; minute += 1) {
    await bench.cluster.time.advance(60_000);
  }
  const synced = settledCount(bench);
  if (synced !== count) throw new Error(`${synced} of ${count} Applications are Synced`);
}

/** What an instance waits for while it stops needs time to pass. */
async function stop({ cluster }: Bench, instance: ArgoCdInstance): Promise<void> {
  const stopped = instance.stop();
  await cluster.time.advance(30_000);
  await stopped;
}

async function measure(count: number): Promise<{ full: number; poll: number; megabytes: number }> {
  const bench = await build(count);
  const { time } = bench.cluster;
  let instance = start(bench);
  await untilSynced(bench, count);
  await stop(bench, instance);
  // A start knows nothing but what is rendered: the first poll compares everything, the next finds nothing new.
  instance = start(bench);
  await time.advance(1_000);
  const full = await timed(() => time.advance(pollingMs));
  const poll = await timed(() => time.advance(pollingMs));
  global.gc?.();
  const megabytes = process.memoryUsage().rss / mebibyte;
  await stop(bench, instance);
  await bench.manifests.close();
  return { full, poll, megabytes };
}

/** One sync of 200 objects in ten waves, over a model of a cluster that is ready at once. */
function syncOnce(): void {
  const objects = Array.from({ length: 200 }, (_, index): KubeObject => {
    const annotations = { 'argocd.argoproj.io/sync-wave': String(index % 10) };
    const metadata = { name: `c${index}`, namespace, annotations };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  });
  const live = new Map<string, KubeObject>();
  let state = newSyncState;
  for (let step = 0; step < 30 && state.phase === 'Running'; step += 1) {
    const input = {
      revision: 'r',
      startedAtSeconds: 0,
      namespace,
      resources: objects.map((target) => ({ target, live: live.get(target.metadata?.name ?? '') })),
      hooks: [],
      settings: defaultSyncSettings,
      health: () => undefined,
    };
    state = driveSync(syncStep(state, input), (request) => {
      if (request.do === 'apply' && !request.dryRun) {
        live.set(request.target.metadata?.name ?? '', request.target);
      }
      return { ok: true, namespaced: true };
    });
  }
  if (state.phase !== 'Succeeded') throw new Error(`the sync is ${state.phase}: ${state.message}`);
}

setMaxListeners(0);
const sizes = [100, 1000, 4000];
const fulls: number[] = [];
const polls: number[] = [];
for (const [index, size] of sizes.entries()) {
  const { full, poll, megabytes } = await measure(size);
  fulls.push(full);
  polls.push(poll);
  const last = index === sizes.length - 1;
  const grown = growth(sizes, fulls, index);
  console.log(
    `${size} Applications: all compared in ${shown(full)}, a poll in ${shown(poll)}, ${megabytes.toFixed(0)} MB ${grown}`,
  );
  if (!last) continue;
  report('all Applications compared, renders cached', shown(full), '< 20 s', full < 20_000);
  report('a poll with nothing changed', shown(poll), '< 1 s', poll < 1000);
  report('memory', `${megabytes.toFixed(0)} MB`, '< 1536 MB', megabytes < 1536);
}
const sync = await medianOf(20, () => Promise.resolve(syncOnce()));
report('a sync of 200 objects in 10 waves, computing', shown(sync), '< 100 ms', sync < 100);
