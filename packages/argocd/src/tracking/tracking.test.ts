import type { KubeObject } from '@tidegate/core/argocd/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultTracking,
  formatTrackingId,
  instanceName,
  isOwn,
  normalizeTracking,
  parseTrackingId,
  placeTarget,
  trackedApplication,
  TrackingError,
  trackTarget,
  type TrackingSettings,
} from './index.ts';

const application = { instanceName: 'app', namespace: 'dest' };
const both: TrackingSettings = { ...defaultTracking, method: 'annotation+label' };
const label: TrackingSettings = { ...defaultTracking, method: 'label' };

function object(metadata: object = {}, kind = 'ConfigMap', apiVersion = 'v1'): KubeObject {
  return { apiVersion, kind, metadata: { name: 'a', ...metadata } };
}

const id = 'argocd.argoproj.io/tracking-id';
const installation = 'argocd.argoproj.io/installation-id';
const instance = 'app.kubernetes.io/instance';

describe('marks on wanted objects', () => {
  it.each([
    [
      'an annotation',
      object(),
      defaultTracking,
      { annotations: { [id]: 'app:/ConfigMap:dest/a' } },
    ],
    [
      'its own namespace',
      object({ namespace: 'own' }, 'Deployment', 'apps/v1'),
      defaultTracking,
      { annotations: { [id]: 'app:apps/Deployment:own/a' } },
    ],
    [
      'an installation',
      object({ annotations: { x: 'y' } }),
      { ...defaultTracking, installationId: 'one' },
      { annotations: { x: 'y', [id]: 'app:/ConfigMap:dest/a', [installation]: 'one' } },
    ],
    [
      'no installation any more',
      object({ annotations: { [installation]: 'one' } }),
      defaultTracking,
      { annotations: { [id]: 'app:/ConfigMap:dest/a' } },
    ],
    ['a label', object(), label, { labels: { [instance]: 'app' } }],
    [
      'both',
      object({ labels: { x: 'y' } }),
      both,
      {
        annotations: { [id]: 'app:/ConfigMap:dest/a' },
        labels: { x: 'y', [instance]: 'app' },
      },
    ],
  ])('are %s', (_, target, tracking, metadata) => {
    const marked = trackTarget(target, application, tracking);
    expect(marked.metadata).toEqual({ ...target.metadata, ...metadata });
  });

  it('are left off definitions', () => {
    const target = object({}, 'CustomResourceDefinition', 'apiextensions.k8s.io/v1');
    expect(trackTarget(target, application, both)).toEqual(target);
  });

  it('are cut as labels, unless the label is all there is', () => {
    const long = { ...application, instanceName: `${'a'.repeat(60)}-..b` };
    const labelOf = (tracking: TrackingSettings): unknown =>
      trackTarget(object(), long, tracking).metadata?.labels?.[instance];
    expect(labelOf(both)).toBe('a'.repeat(60));
    expect(labelOf(label)).toBe(long.instanceName);
    const dashes = { ...application, instanceName: '-'.repeat(70) };
    expect(() => trackTarget(object(), dashes, both)).toThrow(TrackingError);
  });

  it('need texts to stand among', () => {
    const target = object({ annotations: { x: 1 }, namespace: 'n' });
    expect(() => trackTarget(target, application, defaultTracking)).toThrow(
      'failed to get annotations from target object /v1, Kind=ConfigMap n/a: .metadata.annotations accessor error: contains non-string value in the map under key "x": 1 is of the type int64, expected string',
    );
  });

  it('follow the object to where it belongs', () => {
    const about = { application, tracking: defaultTracking };
    const place = (target: KubeObject, isNamespaced: boolean): KubeObject['metadata'] =>
      placeTarget(trackTarget(target, application, defaultTracking), isNamespaced, about).metadata;
    expect(place(object(), true)).toMatchObject({
      namespace: 'dest',
      annotations: { [id]: 'app:/ConfigMap:dest/a' },
    });
    expect(place(object({ namespace: 'own' }, 'Namespace'), false)).toMatchObject({
      namespace: '',
      annotations: { [id]: 'app:/Namespace:dest/a' },
    });
    expect(place(object({ namespace: 'own' }), true)).toMatchObject({ namespace: 'own' });
  });
});

describe('marks on live objects', () => {
  it('name their Application', () => {
    for (const tracking of [defaultTracking, both, label]) {
      const marked = trackTarget(object(), application, tracking);
      expect(trackedApplication(marked, tracking)).toBe('app');
      expect(trackedApplication(object(), tracking)).toBe('');
    }
    const other = { ...defaultTracking, installationId: 'two' };
    const marked = trackTarget(object(), application, { ...other, installationId: 'one' });
    expect(trackedApplication(marked, other)).toBe('');
    expect(trackedApplication(marked, defaultTracking)).toBe('');
    const broken = object({ annotations: { [id]: 'app:ConfigMap' } });
    expect(trackedApplication(broken, defaultTracking)).toBe('');
  });

  it('may be copies', () => {
    const at = (name: string, namespace = 'dest'): KubeObject =>
      object({ name, namespace, annotations: { [id]: 'app:/ConfigMap:dest/a' } });
    expect(isOwn(at('a'), undefined, defaultTracking)).toBe(true);
    expect(isOwn(at('b'), undefined, defaultTracking)).toBe(false);
    expect(isOwn(at('a', 'other'), undefined, defaultTracking)).toBe(false);
    expect(isOwn(at('b'), undefined, label)).toBe(true);
    expect(isOwn(at('a', ''), undefined, defaultTracking)).toBe(true);
    // With a wanted object it is that which counts, not the annotation.
    expect(isOwn(at('b'), object({ name: 'b', namespace: 'dest' }), defaultTracking)).toBe(true);
    expect(isOwn(undefined, object(), defaultTracking)).toBe(true);
  });

  it('of the older way are no difference', () => {
    const target = trackTarget(object({ namespace: 'dest' }), application, defaultTracking);
    const live = object({ namespace: 'dest', labels: { [instance]: 'app' } });
    expect(normalizeTracking(target, live, defaultTracking)).toEqual(target);
    expect(normalizeTracking(target, live, label)).toBe(live);
    const labelled = object({ ...target.metadata, labels: { [instance]: 'chart' } });
    expect(normalizeTracking(labelled, labelled, defaultTracking)).toEqual(labelled);
    const foreign = object({ ...live.metadata, annotations: { [id]: 'other:/ConfigMap:dest/a' } });
    expect(normalizeTracking(target, foreign, defaultTracking).metadata?.annotations).toEqual({
      [id]: 'other:/ConfigMap:dest/a',
    });
  });
});

describe('tracking ids', () => {
  it('are read as they are written', () => {
    const word = fc.stringMatching(/^[a-z0-9.-]{0,12}$/);
    const ids = fc.record({
      application: word,
      group: word,
      kind: word,
      namespace: word,
      name: word,
    });
    fc.assert(
      fc.property(ids, (one) => {
        expect(parseTrackingId(formatTrackingId(one))).toEqual(one);
      }),
    );
  });

  it('may hold colons in names', () => {
    expect(parseTrackingId('app:rbac/Role:ns/system:x')?.name).toBe('system:x');
    expect(parseTrackingId('app:a/b/c:ns/x')).toBeUndefined();
    expect(parseTrackingId('app:b:x')).toBeUndefined();
  });

  it('name the namespace of Applications elsewhere', () => {
    expect(instanceName({ name: 'a', namespace: 'argocd' }, 'argocd')).toBe('a');
    expect(instanceName({ name: 'a', namespace: 'team' }, 'argocd')).toBe('team_a');
    expect(instanceName({ name: 'a', namespace: '' }, 'argocd')).toBe('a');
  });
});
