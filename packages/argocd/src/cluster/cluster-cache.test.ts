import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@tidegate/core/argocd/sync';
import { createDiscovery } from '../discovery/index.ts';
import { seededRandom, testCluster, type TestCluster } from '../testing/index.ts';
import { ClusterCache, type ClusterChange } from './cluster-cache.ts';
import type { NodeSettings } from './resource-node.ts';

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const settings: NodeSettings = {
  ignoresUpdates: true,
  excluded: (group, kind) => group === 'coordination.k8s.io' || kind === 'Event',
  applicationOf: (object) => object.metadata?.annotations?.['app'] ?? '',
  health: () => ({ status: 'Healthy' }),
  withoutIgnoredUpdates: ({ metadata, status: _, ...rest }) => ({
    ...rest,
    metadata: { annotations: metadata?.annotations ?? {} },
  }),
};

interface Bench {
  readonly cluster: TestCluster;
  readonly cache: ClusterCache;
  readonly changes: ClusterChange[];
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function bench(lagMs = 100): Promise<Bench> {
  const cluster = await testCluster({ rest });
  const changes: ClusterChange[] = [];
  const cache = new ClusterCache({
    ...cluster.time,
    random: seededRandom(1),
    client: cluster.client,
    discovery: createDiscovery(cluster.client),
    settings: () => settings,
    lagMs,
    onChange: (change) => changes.push(change),
    onError: (error) => {
      throw error;
    },
  });
  stops.push(() => {
    cache.stop();
  });
  const started = cache.start();
  await cluster.time.advance(50);
  await started;
  return { cluster, cache, changes };
}

function map(name: string, annotations: Record<string, string> = {}, value = '1'): KubeObject {
  const metadata = { name, namespace: 'argocd', annotations };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
}

async function apply({ cluster }: Bench, ...objects: readonly KubeObject[]): Promise<void> {
  await cluster.apply(...(objects as never[]));
}

describe('the cluster cache', () => {
  it('shows what was there at the start, and changes only after the lag', async () => {
    const one = await bench();
    expect(one.cache.hasSynced()).toBe(true);
    expect(one.cache.graph.get('argoproj.io/AppProject/argocd/default')).toBeDefined();
    await apply(one, map('a', { app: 'x' }));
    await one.cluster.time.advance(50);
    expect(one.cache.graph.get('/ConfigMap/argocd/a')).toBeUndefined();
    await one.cluster.time.advance(60);
    expect(one.cache.graph.ofApplication('x').map(({ key }) => key.name)).toEqual(['a']);
    expect(one.changes.at(-1)).toMatchObject({
      key: { kind: 'ConfigMap', name: 'a' },
      applications: new Map([['x', true]]),
    });
  });

  it('tells the Application that an object leaves and the one that it joins', async () => {
    const one = await bench();
    await apply(one, map('a', { app: 'x' }));
    await one.cluster.time.advance(200);
    await apply(one, map('a', { app: 'y' }));
    await one.cluster.time.advance(200);
    expect([...(one.changes.at(-1)?.applications.keys() ?? [])]).toEqual(['x', 'y']);
    expect(one.cache.graph.ofApplication('x')).toEqual([]);
  });

  it('keeps quiet about what is to be ignored, unless the health is another', async () => {
    const one = await bench();
    await apply(one, map('a', { app: 'x' }));
    await one.cluster.time.advance(200);
    const before = one.changes.length;
    const labelled = map('a', { app: 'x' });
    await apply(one, { ...labelled, metadata: { ...labelled.metadata, labels: { l: '1' } } });
    await one.cluster.time.advance(200);
    expect(one.changes).toHaveLength(before);
    await apply(one, map('a', { app: 'x' }, '2'));
    await one.cluster.time.advance(200);
    expect(one.changes).toHaveLength(before + 1);
  });

  it('finds live objects by tracking, and wanted ones without', async () => {
    const one = await bench();
    await apply(one, map('a', { app: 'x' }), map('b'));
    await one.cluster.time.advance(200);
    const keys = async (targets: readonly KubeObject[]): Promise<string[]> =>
      [...(await one.cache.managedObjects('x', targets)).keys()].sort();
    expect(await keys([])).toEqual(['/ConfigMap/argocd/a']);
    expect(await keys([map('b'), map('c')])).toEqual([
      '/ConfigMap/argocd/a',
      '/ConfigMap/argocd/b',
    ]);
  });

  it('reads what it does not watch, and knows nothing of kinds that are not there', async () => {
    const one = await bench();
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l', namespace: 'argocd' },
    };
    await apply(one, lease);
    await one.cluster.time.advance(200);
    const gate = { ...lease, apiVersion: 'example.dev/v1', kind: 'Gate' };
    expect([...(await one.cache.managedObjects('x', [lease, gate])).keys()]).toEqual([
      'coordination.k8s.io/Lease/argocd/l',
    ]);
    expect(one.cache.isNamespaced(gate)).toBeUndefined();
    expect(one.cache.isNamespaced({ apiVersion: 'v1', kind: 'Namespace' })).toBe(false);
  });

  it('begins to watch a kind when its definition arrives, and forgets it when that goes', async () => {
    const one = await bench();
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gates.example.dev' },
      spec: {
        group: 'example.dev',
        scope: 'Namespaced',
        names: { plural: 'gates', kind: 'Gate' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    };
    await apply(one, definition);
    await one.cluster.time.advance(500);
    const gate = { apiVersion: 'example.dev/v1', kind: 'Gate' };
    const metadata = { name: 'g', namespace: 'argocd', annotations: { app: 'x' } };
    await apply(one, { ...gate, metadata });
    await one.cluster.time.advance(500);
    expect(one.cache.isNamespaced(gate)).toBe(true);
    expect(one.cache.graph.ofApplication('x').map(({ key }) => key.kind)).toEqual(['Gate']);
    await one.cluster.client.delete(
      { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' },
      { name: 'gates.example.dev' },
    );
    await one.cluster.time.advance(5000);
    expect(one.cache.graph.ofApplication('x')).toEqual([]);
  });
});

describe('the graph of objects', () => {
  it('goes down from an object to all that it owns, and up to its Application', async () => {
    const one = await bench();
    await apply(one, map('parent', { app: 'x' }));
    const uid = one.cluster.find('ConfigMap', 'argocd/parent')?.['metadata'] as {
      readonly uid: string;
    };
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid: uid.uid };
    const child = map('child', { app: 'y' });
    await apply(one, { ...child, metadata: { ...child.metadata, ownerReferences: [owner] } });
    await one.cluster.time.advance(200);
    const { graph } = one.cache;
    const node = graph.get('/ConfigMap/argocd/child');
    expect(node?.application).toBe('');
    expect(node === undefined ? '' : graph.applicationOf(node)).toBe('x');
    const parent = { group: '', kind: 'ConfigMap', namespace: 'argocd', name: 'parent' };
    expect(graph.withDescendants([parent, parent]).map(({ key }) => key.name)).toEqual([
      'parent',
      'child',
    ]);
    expect([...(one.changes.at(-1)?.applications ?? [])]).toEqual([['x', false]]);
  });
});
