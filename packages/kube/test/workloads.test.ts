import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { asArray, asString, at } from '../src/json/value.ts';
import { testServer, types } from './harness.ts';

const namespace = 'default';
const quotas = { apiVersion: 'v1', plural: 'resourcequotas' };
const daemonSets = { apiVersion: 'apps/v1', plural: 'daemonsets' };
const statefulSets = { apiVersion: 'apps/v1', plural: 'statefulsets' };
const replicaSets = { apiVersion: 'apps/v1', plural: 'replicasets' };
const labels = { app: 'web' };
const containers = [{ name: 'c', image: 'registry.example/app:1' }];
const template = { metadata: { labels }, spec: { containers } };

type Lab = ReturnType<typeof testServer>;

function owner(name: string, spec: JsonObject = {}): JsonObject {
  return {
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

function pod(name: string, spec: JsonObject = {}): JsonObject {
  return { metadata: { name, namespace }, spec: { containers, ...spec } };
}

async function names(lab: Lab): Promise<string[]> {
  const { items } = await lab.client.list(types.pods, { namespace });
  return items.map((item) => asString(at(item, 'metadata', 'name')));
}

describe('pods that are refused', () => {
  it('show at their ReplicaSet and Deployment, and come when there is room', async () => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({}) } });
    await lab.client.create(quotas, {
      metadata: { name: 'q', namespace },
      spec: { hard: { pods: '1' } },
    });
    lab.pass(10);
    await lab.client.create(types.deployments, owner('web', { replicas: 2 }));
    lab.pass(500);
    const [set] = (await lab.client.list(replicaSets, { namespace })).items;
    const conditions = asArray(at(set, 'status', 'conditions'));
    expect(conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
    ]);
    expect(at(conditions[0], 'message')).toMatch(
      /^pods "web-\w+-\w+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1$/,
    );
    const deployment = await lab.client.get(types.deployments, { name: 'web', namespace });
    expect(
      asArray(at(deployment, 'status', 'conditions')).map((entry) => at(entry, 'type')),
    ).toContain('ReplicaFailure');
    await lab.client.patch(
      quotas,
      { name: 'q', namespace },
      { type: 'merge', patch: { spec: { hard: { pods: '2' } } } },
    );
    lab.pass(12_000, 1000);
    const after = await lab.client.get(types.deployments, { name: 'web', namespace });
    expect(at(after, 'status', 'availableReplicas')).toBe(2);
    expect(
      asArray(at(after, 'status', 'conditions')).map((entry) => at(entry, 'type')),
    ).not.toContain('ReplicaFailure');
  });

  it.each([
    ['a StatefulSet', statefulSets, owner('s', { replicas: 2, serviceName: 's' })],
    ['a DaemonSet', daemonSets, owner('s')],
    [
      'a Job',
      types.jobs,
      {
        metadata: { name: 's', namespace },
        spec: { template: { spec: { containers, restartPolicy: 'Never' } } },
      },
    ],
  ])('of %s come when there is room', async (_, type, object) => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({}) } });
    await lab.client.create(quotas, {
      metadata: { name: 'q', namespace },
      spec: { hard: { pods: '0' } },
    });
    lab.pass(10);
    await lab.client.create(type, object);
    lab.pass(1000);
    expect(await names(lab)).toEqual([]);
    await lab.client.delete(quotas, { name: 'q', namespace });
    lab.pass(12_000, 1000);
    expect((await names(lab)).length).toBeGreaterThan(0);
  });
});

describe('containers that end', () => {
  async function shown(lab: Lab): Promise<JsonObject> {
    const found = await lab.client.get(types.pods, { name: 'p', namespace });
    const status = at(found, 'status', 'containerStatuses', 0) as JsonObject;
    return {
      phase: at(found, 'status', 'phase') ?? '',
      restarts: status['restartCount'] ?? -1,
      waiting: at(status, 'state', 'waiting', 'reason') ?? '',
      last: at(status, 'lastState', 'terminated', 'exitCode') ?? -1,
    };
  }

  it('start again at once, then later and later', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 5000, exitCode: 3 }) },
    });
    await lab.client.create(types.pods, pod('p'));
    lab.pass(1000);
    expect(await shown(lab)).toEqual({ phase: 'Running', restarts: 0, waiting: '', last: -1 });
    lab.pass(5000);
    expect(await shown(lab)).toEqual({ phase: 'Running', restarts: 1, waiting: '', last: 3 });
    lab.pass(5000);
    expect(await shown(lab)).toEqual({
      phase: 'Running',
      restarts: 1,
      waiting: 'CrashLoopBackOff',
      last: 3,
    });
    lab.pass(10_000);
    expect(await shown(lab)).toEqual({ phase: 'Running', restarts: 2, waiting: '', last: 3 });
    lab.pass(5000 + 15_000);
    expect(await shown(lab)).toMatchObject({ restarts: 2, waiting: 'CrashLoopBackOff' });
    lab.pass(5000);
    expect(await shown(lab)).toMatchObject({ restarts: 3, waiting: '' });
  });

  it('that crash at once are in a loop from the start, and count on', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ failure: 'CrashLoopBackOff' }) },
    });
    await lab.client.create(types.pods, pod('p'));
    lab.pass(100);
    expect(await shown(lab)).toEqual({
      phase: 'Running',
      restarts: 0,
      waiting: 'CrashLoopBackOff',
      last: 1,
    });
    lab.pass(3_600_000, 10_000);
    const { restarts } = await shown(lab);
    expect(restarts).toBeGreaterThan(10);
    expect(restarts).toBeLessThan(20);
  });

  it.each([
    ['Never', 0, 'Succeeded'],
    ['Never', 2, 'Failed'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 2, 'Running'],
    ['Always', 0, 'Running'],
  ])(
    'with restartPolicy %s and exit code %i leave the pod %s',
    async (restartPolicy, exitCode, phase) => {
      const lab = testServer({
        kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 500, exitCode }) },
      });
      await lab.client.create(types.pods, pod('p', { restartPolicy }));
      lab.pass(3000);
      expect((await shown(lab))['phase']).toBe(phase);
    },
  );

  it.each([
    [{ onExitCodes: { operator: 'In', values: [42] }, action: 'FailJob' }, 1, 'PodFailurePolicy'],
    [
      { onExitCodes: { operator: 'NotIn', values: [42] }, action: 'FailJob' },
      2,
      'BackoffLimitExceeded',
    ],
    [{ onExitCodes: { operator: 'In', values: [42] }, action: 'Ignore' }, 0, undefined],
    [
      { onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }], action: 'FailJob' },
      2,
      'BackoffLimitExceeded',
    ],
  ] as [JsonObject, number, string | undefined][])(
    'with 42 under the rule %j fail %i times: %s',
    async (rule, failed, reason) => {
      const lab = testServer({
        kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 1000, exitCode: 42 }) },
      });
      const spec = {
        backoffLimit: 1,
        podFailurePolicy: { rules: [rule] },
        template: { spec: { containers, restartPolicy: 'Never' } },
      };
      await lab.client.create(types.jobs, { metadata: { name: 'j', namespace }, spec });
      lab.pass(60_000, 500);
      const job = await lab.client.get(types.jobs, { name: 'j', namespace });
      expect(at(job, 'status', 'failed') ?? 0).toBe(failed);
      expect(at(job, 'status', 'conditions', 1, 'reason')).toBe(reason);
      if (reason === 'PodFailurePolicy')
        expect(at(job, 'status', 'conditions', 1, 'message')).toMatch(
          /^Container c for pod default\/j-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
        );
    },
  );

  it('again and again in a pod of a Job make it fail at its limit', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 500, exitCode: 1 }) },
    });
    const spec = {
      backoffLimit: 2,
      template: { spec: { containers, restartPolicy: 'OnFailure' } },
    };
    await lab.client.create(types.jobs, { metadata: { name: 'j', namespace }, spec });
    lab.pass(5000);
    const ref = { name: 'j', namespace };
    expect(at(await lab.client.get(types.jobs, ref), 'status', 'conditions')).toBeUndefined();
    lab.pass(20_000);
    expect(at(await lab.client.get(types.jobs, ref), 'status', 'conditions', 1, 'reason')).toBe(
      'BackoffLimitExceeded',
    );
    lab.pass(40_000, 1000);
    expect(await names(lab)).toEqual([]);
  });
});

describe('sets of pods', () => {
  it('count a pod as available after minReadySeconds', async () => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({}) } });
    await lab.client.create(daemonSets, owner('d', { minReadySeconds: 10 }));
    lab.pass(2000);
    const ref = { name: 'd', namespace };
    expect(at(await lab.client.get(daemonSets, ref), 'status')).toMatchObject({
      numberReady: 1,
      numberUnavailable: 1,
    });
    lab.pass(10_000, 1000);
    const status = at(await lab.client.get(daemonSets, ref), 'status') as JsonObject;
    expect([status['numberAvailable'], status['numberUnavailable']]).toEqual([1, undefined]);
  });

  it('number pods from where they are told to, one after the other', async () => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({ startMs: 1000 }) } });
    await lab.client.create(
      statefulSets,
      owner('s', { replicas: 2, serviceName: 's', ordinals: { start: 5 } }),
    );
    lab.pass(500);
    expect(await names(lab)).toEqual(['s-5']);
    lab.pass(3000);
    expect(await names(lab)).toEqual(['s-5', 's-6']);
    await lab.client.patch(
      statefulSets,
      { name: 's', namespace },
      { type: 'merge', patch: { spec: { replicas: 1 } } },
    );
    lab.pass(40_000, 1000);
    expect(await names(lab)).toEqual(['s-5']);
  });

  it('replace pods above the partition only, the highest first', async () => {
    const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({ startMs: 100 }) } });
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    await lab.client.create(
      statefulSets,
      owner('s', { replicas: 3, serviceName: 's', updateStrategy }),
    );
    lab.pass(5000);
    const image = [{ name: 'c', image: 'registry.example/app:2' }];
    const patch = { spec: { template: { spec: { containers: image } } } };
    await lab.client.patch(statefulSets, { name: 's', namespace }, { type: 'strategic', patch });
    const replaced: string[] = [];
    for (let step = 0; step < 400; step += 1) {
      lab.pass(50, 10);
      for (const item of (await lab.client.list(types.pods, { namespace })).items) {
        const name = asString(at(item, 'metadata', 'name'));
        const isNew = at(item, 'spec', 'containers', 0, 'image') === 'registry.example/app:2';
        if (isNew && !replaced.includes(name)) replaced.push(name);
      }
    }
    expect(replaced).toEqual(['s-2', 's-1']);
  });

  it('on nodes replace pods that do not work at once, others one by one', async () => {
    const lab = testServer({
      kubelet: {
        nodeName: 'node',
        behaviour: (item) =>
          at(item, 'spec', 'containers', 0, 'image') === 'registry.example/app:1'
            ? { readyMs: 'never' }
            : {},
      },
    });
    await lab.client.create(daemonSets, owner('d'));
    lab.pass(1000);
    const image = [{ name: 'c', image: 'registry.example/app:2' }];
    const patch = { spec: { template: { spec: { containers: image } } } };
    await lab.client.patch(daemonSets, { name: 'd', namespace }, { type: 'strategic', patch });
    lab.pass(40_000, 1000);
    expect(at(await lab.client.get(daemonSets, { name: 'd', namespace }), 'status')).toMatchObject({
      numberReady: 1,
      updatedNumberScheduled: 1,
    });
  });
});
