import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlainObject } from './live-cluster.ts';
import { isOwned, trackedBy, trackedObject } from './tracking.ts';

const tracker = { application: 'shop', namespace: 'shop-ns', installationId: 'one' };

function object(apiVersion: string, kind: string, metadata: PlainObject): PlainObject {
  return { apiVersion, kind, metadata };
}

function idOf(tracked: PlainObject): unknown {
  const { annotations } = tracked['metadata'] as { annotations: Record<string, unknown> };
  return annotations['argocd.argoproj.io/tracking-id'];
}

describe('trackedObject', () => {
  it.each<[PlainObject, string]>([
    [object('v1', 'Service', { name: 'a', namespace: 'n' }), 'shop:/Service:n/a'],
    [object('apps/v1', 'Deployment', { name: 'a' }), 'shop:apps/Deployment:shop-ns/a'],
    [
      object('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: 'a:b' }),
      'shop:rbac.authorization.k8s.io/ClusterRole:shop-ns/a:b',
    ],
  ])('of %j', (given, id) => {
    expect(idOf(trackedObject(given, tracker))).toBe(id);
  });

  it('keeps other annotations, and has no installation where there is none', () => {
    const given = object('v1', 'Service', { name: 'a', annotations: { b: 'c' } });
    const without = trackedObject(given, { ...tracker, installationId: undefined });

    expect(without['metadata']).toEqual({
      name: 'a',
      annotations: { b: 'c', 'argocd.argoproj.io/tracking-id': 'shop:/Service:shop-ns/a' },
    });
  });
});

describe('trackedBy', () => {
  it('reads what trackedObject has written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.:-]{0,20}$/);
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    const group = fc.constantFrom('v1', 'apps/v1', 'your.group/v1alpha1');
    fc.assert(
      fc.property(name, label, group, label, (own, namespace, apiVersion, application) => {
        const given = object(apiVersion, 'Thing', { name: own, namespace });
        const tracked = trackedObject(given, { ...tracker, application });

        expect(trackedBy(tracked)).toEqual({ application, installationId: 'one' });
      }),
    );
  });

  it.each([
    ['another name', 'shop:apps/Deployment:n/b'],
    ['another namespace', 'shop:apps/Deployment:m/a'],
    ['another kind', 'shop:apps/StatefulSet:n/a'],
    ['another group', 'shop:/Deployment:n/a'],
    ['no Application', ':apps/Deployment:n/a'],
    ['another form', 'shop'],
    ['nothing', ''],
  ])('is undefined for a mark with %s', (_, id) => {
    const annotations = { 'argocd.argoproj.io/tracking-id': id };

    expect(
      trackedBy(object('apps/v1', 'Deployment', { name: 'a', namespace: 'n', annotations })),
    ).toBeUndefined();
  });
});

describe('isOwned', () => {
  it.each<[PlainObject, boolean]>([
    [{}, false],
    [{ ownerReferences: [] }, false],
    [{ ownerReferences: [{ name: 'a' }] }, true],
  ])('%j', (metadata, expected) => {
    expect(isOwned(object('v1', 'Pod', metadata))).toBe(expected);
  });
});
