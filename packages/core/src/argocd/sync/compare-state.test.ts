import { describe, expect, it } from 'vitest';
import { compareState, type ComparisonInput } from './compare-state.ts';
import { testObject } from './fake-cluster.ts';
import { reconcile } from './reconcile.ts';

const compare = (more: Partial<ComparisonInput>): ReturnType<typeof compareState> =>
  compareState({
    targets: [],
    live: [],
    namespace: 'ns',
    isNamespaced: ({ kind }) => kind !== 'Namespace' && kind !== 'ClusterRole',
    modified: () => false,
    ...more,
  });
const one = testObject('ConfigMap', 'one');

describe('reconciling', () => {
  const scope = (known: boolean | undefined): Parameters<typeof reconcile>[2] => ({
    namespace: 'ns',
    isNamespaced: () => known,
  });

  it('finds live objects by the namespace of the destination, or of the cluster', () => {
    const target = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' } };
    const inCluster = { ...target, metadata: { name: 'x' } };
    const inNamespace = { ...target, metadata: { name: 'x', namespace: 'ns' } };
    const live = [inCluster, inNamespace];
    expect(reconcile([target], live, scope(true)).resources[0]?.live).toBe(inNamespace);
    expect(reconcile([target], live, scope(false)).resources[0]?.live).toBe(inCluster);
    expect(reconcile([target], [inCluster], scope(undefined)).resources[0]?.live).toBe(inCluster);
  });

  it('takes one of two live objects that are the same one, the wanted one first', () => {
    const old = { apiVersion: 'extensions/v1', kind: 'Ingress', metadata: { name: 'i', uid: 'u' } };
    const current = { ...old, apiVersion: 'networking.k8s.io/v1' };
    const { resources } = reconcile([current], [old, current], scope(false));
    expect(resources).toStrictEqual([{ target: current, live: current }]);
    expect(reconcile([], [old, current], scope(false)).resources).toHaveLength(1);
  });

  it('keeps hooks apart and drops those without a phase', () => {
    const [hook, odd] = [
      testObject('Job', 'h', { hook: 'Sync' }),
      testObject('Job', 'o', { hook: '?' }),
    ];
    expect(reconcile([hook, odd], [], scope(true))).toStrictEqual({ resources: [], hooks: [hook] });
  });
});

describe('comparison', () => {
  it('is Synced when nothing is wanted and nothing is there', () => {
    expect(compare({})).toMatchObject({ status: 'Synced', resources: [], reasons: [] });
  });

  it.each([
    ['missing', { targets: [one] }],
    ['extra', { live: [one] }],
    ['different', { targets: [one], live: [one], modified: () => true }],
  ])('says that an object is %s', (why, input) => {
    const result = compare(input);
    expect(result.status).toBe('OutOfSync');
    expect(result.reasons).toMatchObject([{ why, resource: { name: 'one', status: 'OutOfSync' } }]);
    expect(result.resources).toMatchObject([{ requiresPruning: why === 'extra' }]);
  });

  it('is Synced when all is as wanted', () => {
    const result = compare({ targets: [one], live: [one] });
    expect(result).toMatchObject({ status: 'Synced', resources: [{ status: 'Synced' }] });
  });

  it('lists hooks and skipped objects without a status', () => {
    const hook = testObject('Job', 'hook', { hook: 'PreSync', 'sync-wave': '4' });
    const skipped = testObject('Pod', 'skipped', { hook: 'Skip' });
    const result = compare({ targets: [hook, skipped], live: [hook] });
    expect(result.status).toBe('Synced');
    expect(result.resources).toMatchObject([
      { name: 'skipped', hook: false },
      { name: 'hook', hook: true, syncWave: 4 },
    ]);
    expect(result.resources.every(({ status }) => status === undefined)).toBe(true);
  });

  it('ignores extra objects that ask for it, but lists them', () => {
    const extra = testObject('Pod', 'extra', { 'compare-options': 'IgnoreExtraneous' });
    expect(compare({ live: [extra] })).toMatchObject({
      status: 'Synced',
      resources: [{ status: 'OutOfSync', requiresPruning: true }],
    });
  });

  it("does not count another's object with copied annotations", () => {
    expect(compare({ live: [one], isOwn: () => false })).toMatchObject({
      status: 'Synced',
      resources: [{ requiresPruning: false }],
    });
  });

  it('says Unknown where something could not be loaded or is not permitted', () => {
    expect(compare({ targets: [one], incomplete: true }).status).toBe('Unknown');
    const result = compare({ targets: [one], isPermitted: () => false });
    expect(result).toMatchObject({ status: 'OutOfSync', resources: [{ status: 'Unknown' }] });
  });

  it('sets namespaces, keeps the last of several and warns', () => {
    const bare = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one' },
      data: { a: '1' },
    };
    const result = compare({ targets: [one, bare] });
    expect(result.conditions).toStrictEqual([
      {
        type: 'RepeatedResourceWarning',
        message: 'Resource /ConfigMap/ns/one appeared 2 times among application resources.',
      },
    ]);
    expect(result.reconciliation.resources[0]?.target).toMatchObject({
      data: { a: '1' },
      metadata: { namespace: 'ns' },
    });
  });

  it('takes the namespace from objects of the cluster', () => {
    const role = {
      apiVersion: 'rbac/v1',
      kind: 'ClusterRole',
      metadata: { name: 'r', namespace: 'x' },
    };
    expect(compare({ targets: [role] }).resources).toMatchObject([{ namespace: '' }]);
  });

  it('looks after the namespace that it creates', () => {
    const live = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } };
    const managedNamespace = { wanted: { labels: { a: 'b' } }, changed: false };
    expect(compare({ live: [live] }).resources).toMatchObject([{ requiresPruning: true }]);
    expect(compare({ live: [live], managedNamespace })).toMatchObject({
      status: 'Synced',
      resources: [{ requiresPruning: false }],
    });
    expect(compare({ managedNamespace: { ...managedNamespace, changed: true } }).status).toBe(
      'OutOfSync',
    );
  });
});
