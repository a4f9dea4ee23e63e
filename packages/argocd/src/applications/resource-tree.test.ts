import { describe, expect, it } from 'vitest';
import { ResourceGraph, resourceNode, type NodeSettings } from '../cluster/index.ts';
import type { KubeObject } from '@tidegate/core/argocd/sync';
import type { Application } from './application.ts';
import type { Project } from './projects.ts';
import { Summaries, type ManagedKey } from './resource-tree.ts';

const settings: NodeSettings = {
  excluded: () => false,
  ignoresUpdates: true,
  applicationOf: () => '',
  health: () => undefined,
  withoutIgnoredUpdates: (object) => object,
};
const application: Application = { metadata: { name: 'a', namespace: 'argocd' }, spec: {} };
const everything: Project['spec'] = {
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
};
const key = { group: 'apps', kind: 'ReplicaSet', namespace: 'n', name: 'set' };
const managed: readonly ManagedKey[] = [{ key, live: true }];

function replicaSet(uid = 'one'): KubeObject {
  const metadata = { name: 'set', namespace: 'n', uid };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata };
}

function pod(image: string, labels = {}): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'set', uid: 'one' };
  const metadata = { name: 'pod', namespace: 'n', uid: 'two', ownerReferences: [owner], labels };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ image }] } };
}

describe('Summaries', () => {
  const graph = new ResourceGraph();
  const put = (object: KubeObject): void => {
    const node = resourceNode(object, settings);
    graph.set(node.id, node);
  };
  const summaries = new Summaries();
  const images = (spec = everything): readonly string[] | undefined =>
    summaries.of(application, graph, { managed, project: { spec } as Project }).images;

  it.each<[string, () => void, readonly string[]]>([
    ['objects below', () => [replicaSet(), pod('app:1')].forEach(put), ['app:1']],
    ['what makes no difference', () => put(pod('app:1', { changed: 'yes' })), ['app:1']],
    ['another image', () => put(pod('app:2')), ['app:2']],
    ['an owner that is another object', () => put(replicaSet('three')), []],
    ['the owner that it was', () => put(replicaSet()), ['app:2']],
    ['an object that went', () => graph.set(resourceNode(pod(''), settings).id, undefined), []],
  ])('show %s', (_, change, expected) => {
    change();
    expect(images()).toEqual(expected);
    expect(images()).toEqual(expected);
  });

  it('show what another project permits', () => {
    put(pod('app:3'));
    expect(images()).toEqual(['app:3']);
    expect(images({ ...everything, destinations: [] })).toEqual([]);
  });
});
