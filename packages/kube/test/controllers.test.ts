import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { asArray, at } from '../src/json/value.ts';
import { testServer, types } from './harness.ts';

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'registry.example/app:1' }] },
};

function deployment(replicas: number): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
  };
}

function job(spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: {
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'c', image: 'registry.example/work:1' }],
        },
      },
    },
  };
}

const web = { namespace: 'default', name: 'web' };
const work = { namespace: 'default', name: 'work' };

describe('Deployments on a fake node', () => {
  it('roll out, update without falling below what is wanted, and scale down', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ startMs: 1000, readyMs: 500 }) },
    });
    await lab.client.create(types.deployments, deployment(3));
    lab.pass(3000);
    expect(at(await lab.client.get(types.deployments, web), 'status', 'availableReplicas')).toBe(3);

    const patch = {
      spec: {
        template: { spec: { containers: [{ name: 'c', image: 'registry.example/app:2' }] } },
      },
    };
    await lab.client.patch(types.deployments, web, { type: 'strategic', patch });
    for (let step = 0; step < 200; step += 1) {
      lab.pass(100);
      const ready = at(await lab.client.get(types.deployments, web), 'status', 'availableReplicas');
      expect(ready).toBeGreaterThanOrEqual(3);
    }
    const pods = await lab.client.list(types.pods, { namespace: 'default' });
    expect(pods.items.map((pod) => at(pod, 'spec', 'containers', 0, 'image'))).toEqual(
      Array(3).fill('registry.example/app:2'),
    );

    await lab.client.patch(types.deployments, web, {
      type: 'merge',
      patch: { spec: { replicas: 0 } },
    });
    lab.pass(60_000, 1000);
    expect((await lab.client.list(types.pods, { namespace: 'default' })).items).toEqual([]);
  });

  it('say that they take too long when pods never get ready', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ readyMs: 'never' }) },
    });
    const late = deployment(1);
    await lab.client.create(types.deployments, {
      ...late,
      spec: { ...(late['spec'] as JsonObject), progressDeadlineSeconds: 30 },
    });
    lab.pass(40_000, 1000);
    const conditions = asArray(
      at(await lab.client.get(types.deployments, web), 'status', 'conditions'),
    );
    expect(conditions.map((condition) => at(condition, 'reason'))).toContain(
      'ProgressDeadlineExceeded',
    );
  });

  it('show images that cannot be pulled', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ failure: 'ImagePullBackOff' }) },
    });
    await lab.client.create(types.deployments, deployment(1));
    lab.pass(2000);
    const [pod] = (await lab.client.list(types.pods, { namespace: 'default' })).items;
    expect(at(pod, 'status', 'containerStatuses', 0, 'state', 'waiting', 'reason')).toBe(
      'ImagePullBackOff',
    );
  });
});

describe('Jobs on a fake node', () => {
  it('complete', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 5000 }) },
    });
    await lab.client.create(types.jobs, job({ completions: 2 }));
    lab.pass(12_000);
    const done = await lab.client.get(types.jobs, work);
    expect(at(done, 'status', 'succeeded')).toBe(2);
    expect(
      asArray(at(done, 'status', 'conditions')).map((condition) => at(condition, 'type')),
    ).toEqual(['SuccessCriteriaMet', 'Complete']);
  });

  it('are told of their pods late when changes of pods are gathered', async () => {
    const lab = testServer({
      jobPodLagMs: 1000,
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 1300 }) },
    });
    await lab.client.create(types.jobs, job({ completions: 1 }));
    const isComplete = async (): Promise<boolean> =>
      at(await lab.client.get(types.jobs, work), 'status', 'succeeded') === 1;
    lab.pass(1900, 100);
    expect(await isComplete()).toBe(false);
    lab.pass(1000, 100);
    expect(await isComplete()).toBe(true);
  });

  it('look at their own new status late as well', async () => {
    const lab = testServer({
      jobPodLagMs: 1000,
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 0 }) },
    });
    await lab.client.create(types.jobs, job({ completions: 1 }));
    const isComplete = async (): Promise<boolean> =>
      at(await lab.client.get(types.jobs, work), 'status', 'succeeded') === 1;
    lab.pass(900, 100);
    expect(await isComplete()).toBe(false);
    lab.pass(1200, 100);
    expect(await isComplete()).toBe(true);
  });

  it('wait between failures and give up at their limit', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 1000, exitCode: 1 }) },
    });
    await lab.client.create(types.jobs, job({ backoffLimit: 1 }));
    lab.pass(5000);
    expect((await lab.client.list(types.pods, { namespace: 'default' })).items).toHaveLength(1);
    lab.pass(20_000);
    const failed = await lab.client.get(types.jobs, work);
    expect(at(failed, 'status', 'failed')).toBe(2);
    expect(at(failed, 'status', 'conditions', 1, 'reason')).toBe('BackoffLimitExceeded');
  });

  it('end at their deadline', async () => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({}) } });
    await lab.client.create(types.jobs, job({ activeDeadlineSeconds: 10 }));
    lab.pass(12_000);
    expect(at(await lab.client.get(types.jobs, work), 'status', 'conditions', 1, 'reason')).toBe(
      'DeadlineExceeded',
    );
  });
});

describe('namespaces and owners', () => {
  it('empties a namespace and lets it go', async () => {
    const lab = testServer();
    await lab.client.create(types.namespaces, { metadata: { name: 'gone' } });
    await lab.client.create(types.configMaps, { metadata: { name: 'a', namespace: 'gone' } });
    await lab.client.delete(types.namespaces, { name: 'gone' });
    lab.pass(100);
    await expect(lab.client.get(types.namespaces, { name: 'gone' })).rejects.toMatchObject({
      code: 404,
    });
  });

  it('deletes what has lost its owner', async () => {
    const lab = testServer();
    const owner = await lab.client.create(types.configMaps, {
      metadata: { name: 'owner', namespace: 'default' },
    });
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: at(owner, 'metadata', 'uid') ?? '',
    };
    await lab.client.create(types.configMaps, {
      metadata: { name: 'kid', namespace: 'default', ownerReferences: [reference] },
    });
    lab.pass(100);
    await lab.client.delete(types.configMaps, { name: 'owner', namespace: 'default' });
    lab.pass(100);
    await expect(
      lab.client.get(types.configMaps, { name: 'kid', namespace: 'default' }),
    ).rejects.toMatchObject({ code: 404 });
  });

  it('counts what a quota allows', async () => {
    const lab = testServer();
    const quotas = { apiVersion: 'v1', plural: 'resourcequotas' };
    await lab.client.create(quotas, {
      metadata: { name: 'q', namespace: 'default' },
      spec: { hard: { configmaps: '5' } },
    });
    await lab.client.create(types.configMaps, { metadata: { name: 'a', namespace: 'default' } });
    lab.pass(100);
    expect(
      at(await lab.client.get(quotas, { name: 'q', namespace: 'default' }), 'status', 'used'),
    ).toEqual({ configmaps: '1' });
  });

  it('binds claims to volumes that it makes', async () => {
    const lab = testServer({ provision: true });
    const claims = { apiVersion: 'v1', plural: 'persistentvolumeclaims' };
    await lab.client.create(claims, {
      metadata: { name: 'c', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    lab.pass(100);
    expect(
      at(await lab.client.get(claims, { name: 'c', namespace: 'default' }), 'status', 'phase'),
    ).toBe('Bound');
  });
});
