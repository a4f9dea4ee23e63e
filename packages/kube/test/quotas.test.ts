import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { asString, at } from '../src/json/value.ts';
import { testServer, types } from './harness.ts';

const quotas = { apiVersion: 'v1', plural: 'resourcequotas' };
const limitRanges = { apiVersion: 'v1', plural: 'limitranges' };
const services = { apiVersion: 'v1', plural: 'services' };
const claims = { apiVersion: 'v1', plural: 'persistentvolumeclaims' };
const secrets = { apiVersion: 'v1', plural: 'secrets' };
const namespace = 'default';

type Lab = ReturnType<typeof testServer>;
type Resources = Readonly<Record<string, Readonly<Record<string, string>>>>;

function pod(name: string, resources: Resources = {}, spec: JsonObject = {}): JsonObject {
  const container = {
    name: 'c',
    image: 'registry.example/app:1',
    resources: resources as JsonObject,
  };
  return { metadata: { name, namespace }, spec: { containers: [container], ...spec } };
}

async function withQuota(hard: Record<string, string>, spec: JsonObject = {}): Promise<Lab> {
  const lab = testServer({ kubelet: { nodeName: 'node', behaviour: () => ({}) } });
  await lab.client.create(quotas, { metadata: { name: 'q', namespace }, spec: { hard, ...spec } });
  lab.pass(10);
  return lab;
}

async function used(lab: Lab): Promise<unknown> {
  return at(await lab.client.get(quotas, { name: 'q', namespace }), 'status', 'used');
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 403, reason: 'Forbidden' });
  return (error as Error).message;
}

describe('ResourceQuotas', () => {
  it('count at once: the second of two pods in a row does not pass', async () => {
    const lab = await withQuota({ pods: '1' });
    await lab.client.create(types.pods, pod('a'));
    expect(await refusal(lab.client.create(types.pods, pod('b')))).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
    await lab.client.delete(types.pods, { name: 'a', namespace }, { gracePeriodSeconds: 0 });
    lab.pass(2000);
    expect(await used(lab)).toEqual({ pods: '0' });
    await lab.client.create(types.pods, pod('b'));
  });

  it('name all that is exceeded, sorted, and nothing else', async () => {
    const lab = await withQuota({
      'requests.cpu': '1',
      'limits.memory': '1Gi',
      'requests.memory': '1Gi',
      pods: '5',
    });
    const small = { requests: { cpu: '600m', memory: '256Mi' }, limits: { memory: '768Mi' } };
    await lab.client.create(types.pods, pod('a', small));
    expect(await refusal(lab.client.create(types.pods, pod('b', small)))).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: limits.memory=768Mi,requests.cpu=600m, ' +
        'used: limits.memory=768Mi,requests.cpu=600m, limited: limits.memory=1Gi,requests.cpu=1',
    );
    expect(await used(lab)).toEqual({
      'limits.memory': '768Mi',
      pods: '1',
      'requests.cpu': '600m',
      'requests.memory': '256Mi',
    });
  });

  it('ask for what they limit', async () => {
    const lab = await withQuota({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
    const two = {
      containers: [
        { name: 'b', image: 'i', resources: { limits: { memory: '1Mi' } } },
        { name: 'a', image: 'i' },
      ],
    };
    const call = lab.client.create(types.pods, { metadata: { name: 'p', namespace }, spec: two });
    expect(await refusal(call)).toBe(
      'pods "p" is forbidden: failed quota: q: must specify limits.memory for: a; requests.cpu for: a,b',
    );
  });

  it('try without counting on a dry run, and leave updates of pods alone', async () => {
    const lab = await withQuota({ pods: '1' });
    await lab.client.create(types.pods, pod('a'), { dryRun: true });
    expect(await used(lab)).toEqual({ pods: '0' });
    await lab.client.create(types.pods, pod('a'));
    await refusal(lab.client.create(types.pods, pod('b'), { dryRun: true }));
    const labels = { type: 'merge', patch: { metadata: { labels: { a: 'b' } } } } as const;
    await lab.client.patch(types.pods, { name: 'a', namespace }, labels);
  });

  it('count objects of any kind, services by their kind, and claims by their class', async () => {
    const lab = await withQuota({
      'count/deployments.apps': '0',
      'count/configmaps': '1',
      secrets: '0',
      services: '2',
      'services.loadbalancers': '1',
      'services.nodeports': '1',
      persistentvolumeclaims: '5',
      'requests.storage': '10Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '3Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    });
    const { client } = lab;
    await client.create(types.configMaps, { metadata: { name: 'a', namespace } });
    expect(
      await refusal(client.create(types.configMaps, { metadata: { name: 'b', namespace } })),
    ).toContain(
      'requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    );
    expect(await refusal(client.create(secrets, { metadata: { name: 's', namespace } }))).toContain(
      'requested: secrets=1, used: secrets=0, limited: secrets=0',
    );
    const template = { metadata: { labels: { a: 'b' } }, spec: pod('x')['spec'] ?? {} };
    const deployment = {
      metadata: { name: 'd', namespace },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    };
    expect(await refusal(client.create(types.deployments, deployment))).toContain(
      'count/deployments.apps=1',
    );

    const service = (name: string, type: string, ports: number[]): JsonObject => ({
      metadata: { name, namespace },
      spec: { type, ports: ports.map((port) => ({ port, name: `p${port}` })) },
    });
    await client.create(services, service('one', 'ClusterIP', [80]));
    expect(
      await refusal(client.create(services, service('two', 'LoadBalancer', [80, 81]))),
    ).toContain(
      'requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    );
    await client.create(services, service('two', 'LoadBalancer', [80]));
    const type = { type: 'merge', patch: { spec: { type: 'NodePort' } } } as const;
    expect(await refusal(client.patch(services, { name: 'one', namespace }, type))).toContain(
      'requested: services.nodeports=1, used: services.nodeports=1',
    );

    const claim = (name: string, storage: string, storageClassName: string): JsonObject => ({
      metadata: { name, namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName,
        resources: { requests: { storage } },
      },
    });
    expect(await refusal(client.create(claims, claim('big', '4Gi', 'gold')))).toBe(
      'persistentvolumeclaims "big" is forbidden: exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=4Gi, ' +
        'used: gold.storageclass.storage.k8s.io/requests.storage=0, limited: gold.storageclass.storage.k8s.io/requests.storage=3Gi',
    );
    await client.create(claims, claim('gold', '3Gi', 'gold'));
    expect(await refusal(client.create(claims, claim('more', '8Gi', 'silver')))).toContain(
      'requested: requests.storage=8Gi, used: requests.storage=3Gi, limited: requests.storage=10Gi',
    );
  });

  it.each([
    ['Terminating', pod('in', {}, { activeDeadlineSeconds: 60 }), pod('out')],
    ['NotTerminating', pod('in'), pod('out', {}, { activeDeadlineSeconds: 60 })],
    ['BestEffort', pod('in'), pod('out', { requests: { cpu: '1m' } })],
    ['NotBestEffort', pod('in', { limits: { memory: '1Mi' } }), pod('out')],
  ])('of the scope %s count the pods that are in it only', async (scope, inside, outside) => {
    const lab = await withQuota({ pods: '0' }, { scopes: [scope] });
    await lab.client.create(types.pods, outside);
    await refusal(lab.client.create(types.pods, inside));
    lab.pass(300_000, 60_000);
    expect(await used(lab)).toEqual({ pods: '0' });
  });

  it('of a priority class count the pods that have it', async () => {
    const scopeSelector = {
      matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
    };
    const lab = await withQuota({ pods: '1' }, { scopeSelector });
    const classes = { apiVersion: 'scheduling.k8s.io/v1', plural: 'priorityclasses' };
    await lab.client.create(classes, { metadata: { name: 'high' }, value: 1000 });
    await lab.client.create(types.pods, pod('other'));
    await lab.client.create(types.pods, pod('one', {}, { priorityClassName: 'high' }));
    await refusal(lab.client.create(types.pods, pod('two', {}, { priorityClassName: 'high' })));
    expect(await used(lab)).toEqual({ pods: '1' });
  });

  it('free what ended pods used, and correct what somebody wrote into them', async () => {
    const lab = testServer({
      kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 1000 }) },
    });
    const hard = { pods: '1', 'count/pods': '2' };
    await lab.client.create(quotas, { metadata: { name: 'q', namespace }, spec: { hard } });
    lab.pass(10);
    await lab.client.create(types.pods, pod('a', {}, { restartPolicy: 'Never' }));
    expect(await used(lab)).toEqual({ pods: '1', 'count/pods': '1' });
    lab.pass(3000);
    expect(await used(lab)).toEqual({ pods: '0', 'count/pods': '1' });
    const wrong = { type: 'merge', patch: { status: { used: { pods: '7' } } } } as const;
    await lab.client.patch(quotas, { name: 'q', namespace }, wrong, { subresource: 'status' });
    lab.pass(301_000, 1000);
    expect(await used(lab)).toEqual({ pods: '0', 'count/pods': '1' });
  });

  it('never let more in than they allow, and agree with what is there', async () => {
    const actions = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        gone: fc.boolean(),
        cpu: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        const lab = await withQuota({ pods: '3', 'requests.cpu': '1' });
        for (const { name, gone, cpu } of list) {
          const call = gone
            ? lab.client.delete(types.pods, { name, namespace }, { gracePeriodSeconds: 0 })
            : lab.client.create(types.pods, pod(name, { requests: { cpu: `${cpu}00m` } }));
          await call.catch(() => undefined);
          if (gone) lab.pass(10);
          const { items } = await lab.client.list(types.pods, { namespace });
          const sum = items.reduce((all, item) => {
            const text = asString(
              at(item, 'spec', 'containers', 0, 'resources', 'requests', 'cpu'),
            );
            return all + Number(text.replace('m', ''));
          }, 0);
          expect(items.length).toBeLessThanOrEqual(3);
          expect(sum).toBeLessThanOrEqual(1000);
          const shown = (await used(lab)) as JsonObject;
          expect(shown).toEqual({
            pods: String(items.length),
            'requests.cpu': sum === 1000 ? '1' : sum === 0 ? '0' : `${sum}m`,
          });
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('LimitRanges', () => {
  async function withLimits(limits: JsonObject[]): Promise<Lab> {
    const lab = testServer();
    await lab.client.create(limitRanges, { metadata: { name: 'l', namespace }, spec: { limits } });
    return lab;
  }

  it('give containers what they do not say', async () => {
    const lab = await withLimits([
      {
        type: 'Container',
        default: { cpu: '500m', memory: '1Gi' },
        defaultRequest: { cpu: '100m' },
      },
    ]);
    const made = await lab.client.create(types.pods, pod('a', { limits: { memory: '2Gi' } }));
    expect(at(made, 'spec', 'containers', 0, 'resources')).toEqual({
      limits: { cpu: '500m', memory: '2Gi' },
      requests: { cpu: '100m', memory: '2Gi' },
    });
    expect(at(made, 'metadata', 'annotations', 'kubernetes.io/limit-ranger')).toBe(
      'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    );
    expect(at(made, 'status', 'qosClass')).toBe('Burstable');
  });

  it.each([
    [
      { max: { cpu: '1' } },
      { limits: { cpu: '2' } },
      'maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      { min: { memory: '64Mi' } },
      { requests: { memory: '32Mi' } },
      'minimum memory usage per Container is 64Mi, but request is 32Mi',
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '300m' }, limits: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.333333',
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      {},
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      { max: { cpu: '1' }, min: { memory: '1Gi' } },
      { limits: { cpu: '2', memory: '1Mi' } },
      '[minimum memory usage per Container is 1Gi, but request is 1Mi, maximum cpu usage per Container is 1, but limit is 2]',
    ],
  ] as [JsonObject, Resources, string][])('refuse %j of %j', async (item, resources, words) => {
    const lab = await withLimits([{ type: 'Container', ...item }]);
    expect(await refusal(lab.client.create(types.pods, pod('a', resources)))).toBe(
      `pods "a" is forbidden: ${words}`,
    );
  });

  it('look at a pod as a whole', async () => {
    const lab = await withLimits([{ type: 'Pod', max: { memory: '1Gi' } }]);
    expect(await refusal(lab.client.create(types.pods, pod('a')))).toContain(
      'maximum memory usage per Pod is 1Gi.  No limit is specified',
    );
    const part = { image: 'i', resources: { limits: { memory: '600Mi' } } };
    const containers = [
      { name: 'a', ...part },
      { name: 'b', ...part },
    ];
    const call = lab.client.create(types.pods, {
      metadata: { name: 'a', namespace },
      spec: { containers },
    });
    expect(await refusal(call)).toContain(
      'maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
    );
  });

  it('look at the storage of claims', async () => {
    const lab = await withLimits([
      { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '5Gi' } },
    ]);
    const claim = (storage: string): JsonObject => ({
      metadata: { name: 'c', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    expect(await refusal(lab.client.create(claims, claim('512Mi')))).toBe(
      'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi',
    );
    expect(await refusal(lab.client.create(claims, claim('6Gi')))).toContain(
      'maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi',
    );
    await lab.client.create(claims, claim('5Gi'));
  });
});
