import { afterEach, describe, expect, it } from 'vitest';
import {
  applicationOf,
  argoCdWorld,
  configMap,
  deployment,
  flakyClient,
  git,
  shortStatus,
  type ArgoCdWorld,
  type WorldOptions,
} from './argocd-world.ts';

const worlds: ArgoCdWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function start(options?: WorldOptions): Promise<ArgoCdWorld> {
  const world = await argoCdWorld(options);
  worlds.push(world);
  return world;
}

const automated = { syncPolicy: { automated: { prune: true, selfHeal: true } } };

function value(world: ArgoCdWorld, name: string): unknown {
  const object = world.find('ConfigMap', `work/${name}`) as
    { data?: { value?: string } } | undefined;
  return object?.data?.value;
}

function conditions(world: ArgoCdWorld, name: string): string[] {
  return (world.application(name)?.status?.conditions ?? []).map(
    ({ type, message }) => `${type}: ${message}`,
  );
}

describe('an Application', () => {
  it('that is manual is only compared, until somebody syncs it', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a'));
    await world.time.advance(30_000);
    expect(shortStatus(world.application('a'))).toBe('OutOfSync Missing');
    await world.sync('a');
    await world.time.advance(2000);
    expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
    expect(value(world, 'x')).toBe('1');
  });

  it('that is Synced stays so, and nothing is written but the time of comparisons', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1'), 'a/web.json': deployment('web') });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(30_000);
    const before = world.audit.length;
    const status = world.application('a')?.status;
    await world.time.advance(600_000);
    expect({ ...world.application('a')?.status, reconciledAt: '' }).toEqual({
      ...status,
      reconciledAt: '',
    });
    const written = world.audit.slice(before).filter(({ userAgent }) => userAgent === 'argocd');
    expect(new Set(written.map(({ resource, verb }) => `${verb} ${resource}`))).toEqual(
      new Set(['patch applications.argoproj.io']),
    );
    expect(written.length).toBeLessThanOrEqual(61);
  });

  it('follows commits, heals what somebody changed and prunes what left the repository', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1'), 'a/y.json': configMap('y', '1') });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(5000);
    world.commit({ 'a/x.json': configMap('x', '2'), 'a/y.json': null });
    await world.time.advance(30_000);
    expect([value(world, 'x'), value(world, 'y')]).toEqual(['2', undefined]);
    await world.client.patch(
      world.resource('ConfigMap'),
      { name: 'x', namespace: 'work' },
      { type: 'merge', patch: { data: { value: 'by hand' } } },
    );
    await world.time.advance(5000);
    expect(value(world, 'x')).toBe('2');
    expect(world.application('a')?.status?.history).toHaveLength(2);
  });

  it('goes on to the next wave only when the one before is healthy', async () => {
    const world = await start();
    world.commit({
      'a/first.json': deployment('first', { wave: 0, readyMs: 20_000 }),
      'a/second.json': deployment('second', { wave: 1 }),
    });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(15_000);
    expect(world.find('Deployment', 'work/second')).toBeUndefined();
    expect(world.application('a')?.status?.operationState?.message).toBe(
      'waiting for healthy state of apps/Deployment/first',
    );
    await world.time.advance(15_000);
    expect(world.find('Deployment', 'work/second')).toBeDefined();
    expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
  });

  it('says why each thing is done, as data', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(5000);
    expect(world.log.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'refreshing (sourceDiffers, level 3)',
        'automated sync: sync (newRevision)',
        'automated sync: nothing (notOutOfSync)',
        'operation begins: new (automated)',
        'operation Succeeded: successfully synced (all tasks run)',
      ]),
    );
    const sync = world.log.find(
      ({ message }) => message === 'sync: Succeeded successfully synced (all tasks run)',
    );
    expect(sync?.detail).toEqual({ kind: 'succeeded', lastWaveAwaited: false });
  });

  it('writes the same log for the same seed', async () => {
    const logs = [];
    for (let run = 0; run < 2; run += 1) {
      const world = await start();
      world.commit({ 'a/x.json': configMap('x', '1'), 'a/web.json': deployment('web') });
      await world.apply(applicationOf('a', automated), applicationOf('b', automated));
      await world.time.advance(60_000);
      logs.push(world.log);
    }
    expect(logs[0]).toEqual(logs[1]);
  });

  it.each([
    ['normal', 'a refresh finds a commit before the next poll'],
    ['hard', 'a hard refresh does, too'],
  ])('looks at once when it is asked to (%s): %s', async (type) => {
    const world = await start({
      options: {
        timing: {
          reconciliationMs: 3_600_000,
          reconciliationJitterMs: 0,
          revisionCacheMs: 3_600_000,
        },
      },
    });
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a'));
    await world.time.advance(1000);
    const commit = world.commit({ 'a/x.json': configMap('x', '2') });
    await world.time.advance(60_000);
    expect(world.application('a')?.status?.sync?.revision).not.toBe(commit);
    await world.client.patch(
      world.resource('Application'),
      { name: 'a', namespace: 'argocd' },
      {
        type: 'merge',
        patch: { metadata: { annotations: { 'argocd.argoproj.io/refresh': type } } },
      },
    );
    await world.time.advance(1000);
    expect(world.application('a')?.status?.sync?.revision).toBe(commit);
    expect(world.application('a')?.metadata.annotations ?? {}).toEqual({});
  });

  it('with the finalizer takes its objects along, without it leaves them', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1'), 'b/y.json': configMap('y', '1') });
    const cascading = applicationOf('a', automated);
    const metadata = cascading['metadata'] as Record<string, string>;
    await world.apply(
      {
        ...cascading,
        metadata: { ...metadata, finalizers: ['resources-finalizer.argocd.argoproj.io'] },
      },
      applicationOf('b', automated),
    );
    await world.time.advance(5000);
    for (const name of ['a', 'b']) {
      await world.client.delete(world.resource('Application'), { name, namespace: 'argocd' });
    }
    await world.time.advance(5000);
    expect([world.application('a'), world.application('b')]).toEqual([undefined, undefined]);
    expect([value(world, 'x'), value(world, 'y')]).toEqual([undefined, '1']);
  });
});

describe('two Applications that own one object', () => {
  it('both warn', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1'), 'b/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a'), applicationOf('b'));
    await world.sync('a');
    await world.time.advance(20_000);
    expect(conditions(world, 'b')).toEqual([
      'SharedResourceWarning: ConfigMap/x is part of applications argocd/b and a',
    ]);
  });
});

describe('orphaned resources', () => {
  it('are counted where the project wants to hear of them', async () => {
    const world = await start();
    await world.client.patch(
      world.resource('AppProject'),
      { name: 'default', namespace: 'argocd' },
      {
        type: 'merge',
        patch: {
          spec: { orphanedResources: { ignore: [{ kind: 'ConfigMap', name: 'known-*' }] } },
        },
      },
    );
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a', automated));
    for (const name of ['stray', 'known-one']) {
      await world.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'work' },
      });
    }
    await world.time.advance(20_000);
    expect(conditions(world, 'a')).toEqual([
      'OrphanedResourceWarning: Application has 1 orphaned resources',
    ]);
  });
});

describe('what is not modelled', () => {
  it.each([
    [
      'kustomize',
      { kustomize: { namePrefix: 'x' } },
      'spec.source.kustomize.namePrefix is not modelled',
    ],
    ['a plugin', { plugin: { name: 'p' } }, 'spec.source.plugin asks for, is not modelled'],
  ])('is refused by name: %s', async (_, extra, message) => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(
      applicationOf('a', {
        ...automated,
        source: { repoURL: git, targetRevision: 'main', path: 'a', ...extra },
      }),
    );
    await world.time.advance(5000);
    expect(conditions(world, 'a').join()).toContain(message);
    expect(shortStatus(world.application('a'))).toBe('Unknown Healthy');
  });

  it.each([
    [
      'another cluster',
      { destination: { server: 'https://other.example', namespace: 'work' } },
      'error getting cluster by server "https://other.example"',
    ],
    [
      'a cluster by name and server',
      { destination: { server: 'https://kubernetes.default.svc', name: 'in-cluster' } },
      "can't have both name and server defined",
    ],
    [
      'no cluster',
      { destination: { namespace: 'work' } },
      'Destination server missing from app spec',
    ],
    [
      'no path',
      { source: { repoURL: git } },
      'either spec.source.path or spec.source.chart are required',
    ],
    [
      'no project',
      { project: 'nobody' },
      'Application referencing project nobody which does not exist',
    ],
  ])('is a condition of the Application: %s', async (_, spec, message) => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a', { ...automated, ...spec }));
    await world.time.advance(5000);
    expect(conditions(world, 'a').join()).toContain(message);
    expect(shortStatus(world.application('a'))).toBe('Unknown Unknown');
  });
});

describe('trouble', () => {
  it.each([409, 429, 500].flatMap((code) => [1, 2, 3].map((seed) => [code, seed] as const)))(
    'an API that answers %d to one call in five ends in the same state (seed %d)',
    async (code, seed) => {
      const world = await start({ wrapClient: (client) => flakyClient(client, { code, seed }) });
      world.commit({ 'a/x.json': configMap('x', '1'), 'a/web.json': deployment('web') });
      const retry = { limit: -1, backoff: { duration: '1s', factor: 1 } };
      await world.apply(applicationOf('a', { syncPolicy: { ...automated.syncPolicy, retry } }));
      await world.time.advance(300_000);
      expect(value(world, 'x')).toBe('1');
      const { sync, health } = world.application('a')?.status ?? {};
      expect([sync?.status, health?.status]).toEqual(['Synced', 'Healthy']);
    },
  );

  it('two controllers at once come to the same end, and neither does it twice for ever', async () => {
    const one = await start();
    one.commit({ 'a/x.json': configMap('x', '1'), 'a/web.json': deployment('web') });
    await one.apply(applicationOf('a', automated));
    const { startArgoCd } = await import('../src/instance.ts');
    const other = startArgoCd({
      ...one.time,
      client: one.clientOf('other'),
      random: () => 0.3,
      namespace: 'argocd',
      manifests: one.manifests,
      timing: { reconciliationMs: 10_000, reconciliationJitterMs: 0 },
    });
    await one.time.advance(60_000);
    expect(shortStatus(one.application('a'))).toBe('Synced Healthy Succeeded');
    const before = one.application('a')?.status?.history?.length;
    await one.time.advance(120_000);
    expect(one.application('a')?.status?.history).toHaveLength(before ?? 0);
    await other.stop();
  });

  it('an Application that is deleted in the middle of its operation goes when that is over', async () => {
    const world = await start();
    world.commit({
      'a/first.json': deployment('first', { wave: 0, readyMs: 20_000 }),
      'a/second.json': configMap('x', '1'),
    });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(3000);
    await world.client.delete(world.resource('Application'), { name: 'a', namespace: 'argocd' });
    await world.time.advance(60_000);
    expect(world.application('a')).toBeUndefined();
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('a repository that goes away leaves the status of before, for a while', async () => {
    const world = await start();
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(15_000);
    world.manifests.repositories.removeRepository(git);
    await world.time.advance(120_000);
    expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
    await world.time.advance(120_000);
    expect(shortStatus(world.application('a'))).toBe('Unknown Healthy Succeeded');
    expect(conditions(world, 'a').join()).toContain('failed to list refs');
    expect(value(world, 'x')).toBe('1');
    world.commit({ 'a/x.json': configMap('x', '2') });
    await world.time.advance(60_000);
    expect(value(world, 'x')).toBe('2');
  });

  it('a repository that is slow holds back nobody else', async () => {
    let answer: () => void = () => undefined;
    const world = await start({
      waitsForManifests: false,
      wrapManifests: (source) => ({
        ...source,
        generate: async (request) => {
          if (request.application.name === 'slow' && !answered) {
            await new Promise<void>((done) => (answer = done));
          }
          return source.generate(request);
        },
      }),
    });
    let answered = false;
    world.commit({ 'fast/x.json': configMap('x', '1'), 'slow/y.json': configMap('y', '1') });
    await world.apply(applicationOf('slow', automated), applicationOf('fast', automated));
    await world.time.advance(60_000);
    expect(value(world, 'x')).toBe('1');
    expect(world.application('slow')?.status?.sync).toBeUndefined();
    answered = true;
    answer();
    await world.time.advance(5000);
    expect(value(world, 'y')).toBe('1');
  });

  it('a definition and its objects in one sync need only one', async () => {
    const world = await start();
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
    const gate = { apiVersion: 'example.dev/v1', kind: 'Gate', metadata: { name: 'g' } };
    world.commit({ 'a/crd.json': JSON.stringify(definition), 'a/gate.json': JSON.stringify(gate) });
    await world.apply(applicationOf('a', automated));
    await world.time.advance(30_000);
    expect(world.find('Gate', 'work/g')).toBeDefined();
    expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
  });

  it('an object of a kind that nobody defines fails the sync with a word about the definition', async () => {
    const world = await start();
    const gate = { apiVersion: 'nobody.dev/v1', kind: 'Gate', metadata: { name: 'g' } };
    world.commit({ 'a/gate.json': JSON.stringify(gate) });
    await world.apply(applicationOf('a', { syncPolicy: { automated: {}, retry: { limit: 0 } } }));
    await world.time.advance(30_000);
    expect(
      world.application('a')?.status?.operationState?.syncResult?.resources?.[0]?.message,
    ).toBe(
      'The Kubernetes API could not find nobody.dev/Gate for requested resource work/g. Make sure the "Gate" CRD is installed on the destination cluster.',
    );
  });

  it.each([
    ['settings that cannot be read', { 'resource.customizations.health.nonsense_a_b_c': 'x' }],
    ['customizations that are no YAML', { 'resource.customizations': '[' }],
  ])('%s let no sync begin, and say so', async (_, settings) => {
    const world = await start({ settings });
    world.commit({ 'a/x.json': configMap('x', '1') });
    await world.apply(applicationOf('a', { syncPolicy: { automated: {}, retry: { limit: 0 } } }));
    await world.time.advance(30_000);
    expect(value(world, 'x')).toBeUndefined();
  });
});
