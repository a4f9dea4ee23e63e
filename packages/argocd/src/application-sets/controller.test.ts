import { KubeError, type JsonObject, type KubeClient } from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { seededRandom, stubManifests, testCluster, type TestCluster } from '../testing/index.ts';
import { startApplicationSetController, type ApplicationSetSettings } from './index.ts';

const repoURL = 'http://git.test/nodes.git';
const inCluster = 'https://kubernetes.default.svc';
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Setup {
  readonly settings?: Partial<ApplicationSetSettings>;
  readonly client?: (client: KubeClient) => KubeClient;
}

async function setup({ settings, client = (one) => one }: Setup = {}) {
  const cluster = await testCluster({ rest });
  const manifests = stubManifests();
  manifests.set(repoURL, 'main', ['nodes', 'nodes/one', 'nodes/two', 'nodes/two/deeper']);
  const controller = startApplicationSetController({
    ...cluster.time,
    client: client(cluster.clientOf('applicationsets')),
    manifests,
    namespace: 'argocd',
    random: seededRandom(2),
    settings: { requeueSeconds: 10, ...settings },
  });
  await cluster.time.advance(10);
  return { cluster, manifests, controller };
}

function gitSet(spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'nodes', namespace: 'argocd', ...metadata },
    spec: {
      generators: [{ git: { repoURL, revision: 'main', directories: [{ path: 'nodes/*' }] } }],
      template: template(),
      ...spec,
    },
  };
}

function template(metadata: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'node-{{path.basename}}', ...metadata },
    spec: {
      project: 'default',
      destination: { server: inCluster, namespace: 'work' },
      source: { repoURL, targetRevision: 'main', path: '{{path}}' },
      ...spec,
    },
  };
}

function listSet(names: readonly string[], spec: JsonObject = {}): JsonObject {
  return gitSet({
    generators: [{ list: { elements: names.map((name) => ({ name })) } }],
    template: template(
      { name: 'node-{{name}}' },
      { source: { repoURL, targetRevision: 'main', path: '.' } },
    ),
    ...spec,
  });
}

function names(cluster: TestCluster): string[] {
  return cluster.all('Application').map((one) => (one['metadata'] as { name: string }).name);
}

function application(cluster: TestCluster, name: string): Record<string, JsonObject> {
  return cluster.find('Application', `argocd/${name}`) as Record<string, JsonObject>;
}

interface SetStatus {
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly lastTransitionTime: string;
  }[];
  readonly health: { readonly status: string; readonly message: string };
  readonly resources?: readonly { readonly name: string; readonly status?: string }[];
  readonly resourcesCount?: number;
}

function statusOf(cluster: TestCluster, name = 'nodes'): SetStatus {
  return cluster.find('ApplicationSet', `argocd/${name}`)?.['status'] as unknown as SetStatus;
}

function conditions(cluster: TestCluster, name = 'nodes'): Record<string, string> {
  const entries = statusOf(cluster, name).conditions.map(
    ({ type, status, reason }) => [type, `${status} ${reason}`] as const,
  );
  return Object.fromEntries(entries);
}

function errorOf(cluster: TestCluster): string | undefined {
  const found = statusOf(cluster).conditions.find(({ type }) => type === 'ErrorOccurred');
  return found?.status === 'True' ? found.message : undefined;
}

/** How often the controller wrote something. */
function writes(cluster: TestCluster): number {
  return cluster.audit.filter(
    ({ userAgent, verb }) => userAgent === 'applicationsets' && isWrite(verb),
  ).length;
}

function isWrite(verb: string): boolean {
  return !['get', 'list', 'watch'].includes(verb);
}

const allWell = {
  ErrorOccurred: 'False ApplicationSetUpToDate',
  ParametersGenerated: 'True ParametersGenerated',
  ResourcesUpToDate: 'True ApplicationSetUpToDate',
};

describe('an ApplicationSet', () => {
  it('makes an Application of each folder, as its owner', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-one', 'node-two']);
    const { metadata, spec, status } = application(cluster, 'node-one');
    expect(metadata).toMatchObject({
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
      ownerReferences: [{ kind: 'ApplicationSet', name: 'nodes', controller: true }],
    });
    expect(spec).toStrictEqual({
      project: 'default',
      destination: { server: inCluster, namespace: 'work' },
      source: { repoURL, targetRevision: 'main', path: 'nodes/one' },
    });
    // As Argo CD's own type writes it.
    expect(status).toStrictEqual({
      health: {},
      sourceHydrator: {},
      summary: {},
      sync: { comparedTo: { destination: {}, source: { repoURL: '' } }, status: '' },
    });
    expect(conditions(cluster)).toStrictEqual(allWell);
    expect(statusOf(cluster)).toMatchObject({
      health: { status: 'Healthy', message: 'All applications have been generated successfully' },
      resourcesCount: 2,
    });
    expect(statusOf(cluster).resources?.[0]).toStrictEqual({
      group: 'argoproj.io',
      health: {},
      kind: 'Application',
      name: 'node-one',
      namespace: 'argocd',
      version: 'v1alpha1',
    });
  });

  it('follows its folders, and shows the state of its Applications when it looks again', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(1000);
    await cluster.client.patch(
      cluster.resource('Application'),
      { namespace: 'argocd', name: 'node-one' },
      { type: 'merge', patch: { status: { sync: { status: 'Synced' } } } },
    );
    await cluster.time.advance(8000);
    expect(statusOf(cluster).resources?.[0]?.status).toBeUndefined();
    manifests.set(repoURL, 'main', ['nodes/one', 'nodes/three']);
    await cluster.time.advance(1000);
    expect(statusOf(cluster).resources?.[0]?.status).toBe('Synced');
    expect(names(cluster)).toStrictEqual(['node-one', 'node-three', 'node-two']);
    expect(application(cluster, 'node-two')['metadata']).toHaveProperty('deletionTimestamp');
    // Argo CD's application controller takes the finalizer away in the end.
    await cluster.client.patch(
      cluster.resource('Application'),
      { namespace: 'argocd', name: 'node-two' },
      { type: 'merge', patch: { metadata: { finalizers: null } } },
    );
    await cluster.time.advance(0);
    expect(statusOf(cluster).resources?.map(({ name }) => name)).toStrictEqual([
      'node-one',
      'node-three',
    ]);
  });

  it('deletes everything when no folder is left', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    await cluster.time.advance(0);
    expect(application(cluster, 'node-one')['metadata']).not.toHaveProperty('finalizers');
    manifests.set(repoURL, 'main', ['nodes']);
    await cluster.time.advance(10_000);
    expect(names(cluster)).toStrictEqual([]);
    expect(statusOf(cluster)).not.toHaveProperty('resources');
    expect(statusOf(cluster)).not.toHaveProperty('resourcesCount');
    expect(conditions(cluster)).toStrictEqual(allWell);
  });

  it('writes nothing when nothing changes', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    const before = writes(cluster);
    await cluster.time.advance(60_000);
    expect(writes(cluster)).toBe(before);
  });

  it('counts its time to the next look from the last one', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(9000);
    await cluster.apply(gitSet({}, { labels: { some: 'label' } }));
    await cluster.time.advance(0);
    const asked = manifests.asked.length;
    await cluster.time.advance(9999);
    expect(manifests.asked).toHaveLength(asked);
    await cluster.time.advance(1);
    expect(manifests.asked).toHaveLength(asked + 1);
  });

  it('keeps its Applications when it cannot generate, and recovers', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    const fault = 'rpc error: code = Internal desc = no such thing';
    manifests.set(repoURL, 'main', new Error(fault));
    await cluster.time.advance(10_000);
    expect(names(cluster)).toStrictEqual(['node-one', 'node-two']);
    expect(errorOf(cluster)).toBe(
      'error generating params from git: error getting directories from repo: ' +
        `error retrieving Git Directories: ${fault}`,
    );
    expect(conditions(cluster)).toStrictEqual({
      ErrorOccurred: 'True ApplicationGenerationFromParamsError',
      ParametersGenerated: 'False ErrorOccurred',
      ResourcesUpToDate: 'False ErrorOccurred',
    });
    expect(statusOf(cluster)).toMatchObject({
      health: { status: 'Degraded' },
      resourcesCount: 2,
    });
    manifests.set(repoURL, 'main', ['nodes/one', 'nodes/two']);
    await cluster.time.advance(179_999);
    expect(errorOf(cluster)).toBeDefined();
    await cluster.time.advance(1);
    expect(conditions(cluster)).toStrictEqual(allWell);
  });

  it('needs the project of its template before it asks a repository', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet({ template: template({}, { project: 'nobody' }) }));
    await cluster.time.advance(0);
    expect(errorOf(cluster)).toBe(
      'error getting project nobody: AppProject.argoproj.io "nobody" not found',
    );
    expect(manifests.asked).toStrictEqual([]);
  });

  it('pays no heed to a rollout while progressive syncs are off', async () => {
    const { cluster } = await setup();
    const rollingSync = { steps: [{ matchExpressions: [] }] };
    await cluster.apply(listSet(['one'], { strategy: { type: 'RollingSync', rollingSync } }));
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-one']);
    expect(errorOf(cluster)).toBeUndefined();
  });

  it('reports an Application that the API refuses, and makes the others', async () => {
    const { cluster } = await setup();
    await cluster.apply(listSet(['fine', 'Not_Fine']));
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-fine']);
    expect(errorOf(cluster)).toMatch(
      /^Application.argoproj.io "node-Not_Fine" is invalid: metadata.name: Invalid value: /,
    );
    expect(conditions(cluster)).toStrictEqual({
      ErrorOccurred: 'True UpdateApplicationError',
      ParametersGenerated: 'True ParametersGenerated',
      ResourcesUpToDate: 'False ErrorOccurred',
    });
    expect(statusOf(cluster)).not.toHaveProperty('resources');
  });

  it('leaves out Applications of a project or cluster that is not there', async () => {
    const { cluster } = await setup();
    const destination = { name: '{{name}}', namespace: 'work' };
    const spec = { destination, source: { repoURL, path: '.' } };
    await cluster.apply(
      listSet(['in-cluster', 'far-away'], { template: template({ name: 'node-{{name}}' }, spec) }),
    );
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-in-cluster']);
    expect(errorOf(cluster)).toBe(
      'application destination spec is invalid: there are no clusters with this name: far-away',
    );
    expect(statusOf(cluster).resourcesCount).toBe(1);
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'far',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
      },
      stringData: { name: 'far-away', server: 'https://far.example' },
    });
    await cluster.time.advance(180_000);
    expect(names(cluster)).toStrictEqual(['node-far-away', 'node-in-cluster']);
    expect(conditions(cluster)).toStrictEqual(allWell);
  });

  it('reports names that come twice', async () => {
    const { cluster } = await setup();
    await cluster.apply(listSet(['a', 'a', 'b']));
    await cluster.time.advance(0);
    expect(errorOf(cluster)).toBe(
      'ApplicationSet nodes contains applications with duplicate name: node-a',
    );
    expect(names(cluster)).toStrictEqual(['node-b']);
  });

  it.each([
    [{ generators: [{ clusters: {} }] }, 'generator "clusters" is refused'],
    [
      { generators: [{ plugin: { configMapRef: { name: 'x' } } }] },
      'generator "plugin" is refused',
    ],
    [
      { generators: [{ git: { repoURL, revision: 'main', files: [{ path: '*.json' }] } }] },
      'git generator with "files" is refused',
    ],
  ])('refuses what is not modelled: %j', async (spec, message) => {
    const { cluster } = await setup();
    await cluster.apply(gitSet(spec));
    await cluster.time.advance(0);
    expect(errorOf(cluster)).toContain(message);
    expect(names(cluster)).toStrictEqual([]);
  });
});

describe('Applications of a set', () => {
  it('get back what others change, but not their operation and status', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    const ref = { namespace: 'argocd', name: 'node-one' };
    const operation = { initiatedBy: { username: 'me' }, sync: { revision: 'abc' } };
    await cluster.client.patch(cluster.resource('Application'), ref, {
      type: 'merge',
      patch: {
        metadata: {
          annotations: { 'example.dev/x': '1', 'argocd.argoproj.io/refresh': 'hard' },
          labels: { mine: 'x' },
        },
        spec: { project: 'other' },
        operation,
      },
    });
    await cluster.time.advance(0);
    const one = application(cluster, 'node-one');
    expect(one['metadata']).toMatchObject({
      annotations: { 'argocd.argoproj.io/refresh': 'hard' },
    });
    expect(one['metadata']).not.toHaveProperty('labels');
    expect(one).toMatchObject({ spec: { project: 'default' }, operation });
  });

  it('are made again when somebody deletes them', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    await cluster.time.advance(0);
    const ref = { namespace: 'argocd', name: 'node-one' };
    await cluster.client.delete(cluster.resource('Application'), ref);
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-one', 'node-two']);
  });

  it('may have been there before, without an owner', async () => {
    const { cluster } = await setup();
    const before = { ...gitSet(), kind: 'Application' };
    await cluster.apply({
      ...before,
      metadata: { name: 'node-one', namespace: 'argocd', annotations: { mine: '1' } },
      spec: { project: 'default', destination: {}, source: { repoURL, path: 'elsewhere' } },
    });
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    const { metadata, spec } = application(cluster, 'node-one');
    expect(metadata).not.toHaveProperty('annotations');
    expect(metadata).toMatchObject({
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
      ownerReferences: [{ name: 'nodes' }],
    });
    expect(spec).toMatchObject({ source: { path: 'nodes/one' } });
  });

  it('stay with the set that owns them', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    await cluster.apply(gitSet({}, { name: 'others' }));
    await cluster.time.advance(0);
    const error = statusOf(cluster, 'others').health.message;
    expect(error).toBe(
      'error while wrapping using MutateFn: Object argocd/node-one is already owned by another ' +
        'ApplicationSet controller nodes',
    );
    expect(conditions(cluster)).toStrictEqual(allWell);
    const [owner] = (application(cluster, 'node-one')['metadata'] as JsonObject)[
      'ownerReferences'
    ] as JsonObject[];
    expect(owner).toMatchObject({ name: 'nodes' });
  });

  it.each([
    ['sync', true, true],
    ['create-update', true, false],
    ['create-delete', false, true],
    ['create-only', false, false],
  ])('with policy %s are updated: %s, deleted: %s', async (applicationsSync, update, mayDelete) => {
    const { cluster } = await setup();
    const syncPolicy = { applicationsSync, preserveResourcesOnDeletion: true };
    await cluster.apply(listSet(['a', 'b'], { syncPolicy }));
    await cluster.time.advance(0);
    const changed = template({ name: 'node-{{name}}', labels: { new: 'label' } });
    await cluster.apply(listSet(['a', 'c'], { syncPolicy, template: changed }));
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(
      mayDelete ? ['node-a', 'node-c'] : ['node-a', 'node-b', 'node-c'],
    );
    const labels = (application(cluster, 'node-a')['metadata'] as JsonObject)['labels'];
    expect(labels).toStrictEqual(update ? { new: 'label' } : undefined);
  });

  it('follow the policy of the controller where there is one', async () => {
    const { cluster } = await setup({ settings: { policy: 'create-only' } });
    await cluster.apply(listSet(['a'], { syncPolicy: { applicationsSync: 'sync' } }));
    await cluster.time.advance(0);
    await cluster.apply(listSet(['b'], { syncPolicy: { applicationsSync: 'sync' } }));
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-a', 'node-b']);
    const open = await setup({ settings: { policy: 'create-only', policyOverride: true } });
    const syncPolicy = { applicationsSync: 'sync', preserveResourcesOnDeletion: true };
    await open.cluster.apply(listSet(['a'], { syncPolicy }));
    await open.cluster.time.advance(0);
    await open.cluster.apply(listSet(['b'], { syncPolicy }));
    await open.cluster.time.advance(0);
    expect(names(open.cluster)).toStrictEqual(['node-b']);
  });

  it('lose their finalizer before they go when their cluster is gone', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    await cluster.client.patch(
      cluster.resource('ApplicationSet'),
      { namespace: 'argocd', name: 'nodes' },
      { type: 'merge', patch: { spec: { syncPolicy: { applicationsSync: 'create-delete' } } } },
    );
    await cluster.time.advance(0);
    await cluster.client.patch(
      cluster.resource('Application'),
      { namespace: 'argocd', name: 'node-two' },
      { type: 'merge', patch: { spec: { destination: { server: 'https://gone.example' } } } },
    );
    manifests.set(repoURL, 'main', ['nodes/one']);
    await cluster.time.advance(10_000);
    expect(names(cluster)).toStrictEqual(['node-one']);
  });
});

describe('a set that is deleted', () => {
  it('takes its Applications along', async () => {
    const { cluster } = await setup();
    await cluster.apply(gitSet({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    await cluster.time.advance(0);
    const ref = { namespace: 'argocd', name: 'nodes' };
    await cluster.client.delete(cluster.resource('ApplicationSet'), ref);
    await cluster.time.advance(0);
    expect(cluster.find('ApplicationSet', 'argocd/nodes')).toBeUndefined();
    expect(names(cluster)).toStrictEqual([]);
  });

  it('leaves them, without owner, where it has the finalizer and may not delete', async () => {
    const { cluster } = await setup();
    const finalizers = ['resources-finalizer.argocd.argoproj.io'];
    await cluster.apply(
      gitSet({ syncPolicy: { applicationsSync: 'create-update' } }, { finalizers }),
    );
    await cluster.time.advance(0);
    const ref = { namespace: 'argocd', name: 'nodes' };
    await cluster.client.delete(cluster.resource('ApplicationSet'), ref);
    await cluster.time.advance(0);
    expect(cluster.find('ApplicationSet', 'argocd/nodes')).toBeUndefined();
    expect(names(cluster)).toStrictEqual(['node-one', 'node-two']);
    expect(application(cluster, 'node-one')['metadata']).not.toHaveProperty('ownerReferences');
    expect(application(cluster, 'node-one')['metadata']).not.toHaveProperty('deletionTimestamp');
  });
});

describe('the refresh annotation', () => {
  it('makes the set look again at once, past the cache, and goes', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(1000);
    manifests.set(repoURL, 'main', ['nodes/three']);
    const ref = { namespace: 'argocd', name: 'nodes' };
    const annotations = { 'argocd.argoproj.io/application-set-refresh': 'true', kept: 'yes' };
    await cluster.client.patch(cluster.resource('ApplicationSet'), ref, {
      type: 'merge',
      patch: { metadata: { annotations } },
    });
    await cluster.time.advance(0);
    expect(manifests.asked.map(({ noRevisionCache }) => noRevisionCache)).toStrictEqual([
      false,
      true,
    ]);
    expect(names(cluster)).toContain('node-three');
    expect(cluster.find('ApplicationSet', 'argocd/nodes')?.['metadata']).toMatchObject({
      annotations: { kept: 'yes' },
    });
    expect(JSON.stringify(cluster.find('ApplicationSet', 'argocd/nodes'))).not.toContain('refresh');
  });
});

describe('when the API has trouble', () => {
  /** A client that fails now and then. */
  function troubled(client: KubeClient, random: () => number): KubeClient {
    const codes = [409, 429, 500, 503];
    const trouble = (): void => {
      if (random() > 0.4) return;
      const code = codes[Math.floor(random() * codes.length)] ?? 500;
      throw new KubeError(code, { message: `trouble ${code}`, code });
    };
    return {
      ...client,
      list: async (...args) => (trouble(), client.list(...args)),
      get: async (...args) => (trouble(), client.get(...args)),
      create: async (...args) => (trouble(), client.create(...args)),
      update: async (...args) => (trouble(), client.update(...args)),
      patch: async (...args) => (trouble(), client.patch(...args)),
      delete: async (...args) => (trouble(), client.delete(...args)),
    };
  }

  it.each([1, 2, 3, 4, 5])('it ends up right all the same (%i)', async (seed) => {
    const random = seededRandom(seed);
    const { cluster, manifests, controller } = await setup({
      client: (client) => troubled(client, random),
    });
    await cluster.apply(gitSet({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    await cluster.time.advance(120_000);
    expect(names(cluster)).toStrictEqual(['node-one', 'node-two']);
    manifests.set(repoURL, 'main', ['nodes/two', 'nodes/three']);
    await cluster.time.advance(300_000);
    expect(names(cluster)).toStrictEqual(['node-three', 'node-two']);
    expect(statusOf(cluster).resources?.map(({ name }) => name)).toStrictEqual([
      'node-three',
      'node-two',
    ]);
    await controller.stop();
  });

  it('reports what it could not delete, and deletes the rest', async () => {
    let fails = true;
    const { cluster } = await setup({
      client: (client) => ({
        ...client,
        delete: async (type, ref, options) => {
          if (fails && ref.name !== 'node-c')
            throw new KubeError(403, { message: `not ${ref.name}` });
          return client.delete(type, ref, options);
        },
      }),
    });
    const syncPolicy = { preserveResourcesOnDeletion: true };
    await cluster.apply(listSet(['d', 'c', 'b', 'a'], { syncPolicy }));
    await cluster.time.advance(0);
    await cluster.apply(listSet(['a'], { syncPolicy }));
    await cluster.time.advance(0);
    expect(names(cluster)).toStrictEqual(['node-a', 'node-b', 'node-d']);
    expect(errorOf(cluster)).toBe('not node-b');
    expect(conditions(cluster)['ErrorOccurred']).toBe('True DeleteApplicationError');
    fails = false;
    await cluster.time.advance(1000);
    expect(names(cluster)).toStrictEqual(['node-a']);
    expect(conditions(cluster)).toStrictEqual(allWell);
  });

  it('tries again where ignored differences cannot be read', async () => {
    const { cluster, manifests } = await setup();
    const ignoreApplicationDifferences = [{ jqPathExpressions: ['.a as $x'] }];
    await cluster.apply(gitSet({ ignoreApplicationDifferences }));
    await cluster.time.advance(0);
    expect(errorOf(cluster)).toContain('failed to build ignore diff config');
    expect(names(cluster)).toStrictEqual([]);
    expect(statusOf(cluster)).not.toHaveProperty('resources');
    await cluster.time.advance(15);
    expect(manifests.asked).toHaveLength(3);
  });

  it('tries again after 5 ms, then ever later', async () => {
    let fails = true;
    const times: number[] = [];
    const { cluster } = await setup({
      client: (client) => ({
        ...client,
        create: async (...args) => {
          times.push(cluster.time.clock.nowMs());
          if (fails) throw new KubeError(500, { message: 'no' });
          return client.create(...args);
        },
      }),
    });
    await cluster.apply(listSet(['a']));
    await cluster.time.advance(5 + 10 + 20 + 40);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toStrictEqual([5, 10, 20, 40]);
    expect(errorOf(cluster)).toBe('no');
    fails = false;
    await cluster.time.advance(80);
    expect(names(cluster)).toStrictEqual(['node-a']);
    expect(conditions(cluster)).toStrictEqual(allWell);
  });

  it('looks again when an Application progresses, if it is told to', async () => {
    const { cluster, manifests } = await setup({ settings: { progressiveSyncs: true } });
    await cluster.apply(gitSet());
    await cluster.time.advance(0);
    await cluster.client.patch(
      cluster.resource('Application'),
      { namespace: 'argocd', name: 'node-one' },
      { type: 'merge', patch: { status: { health: { status: 'Healthy' } } } },
    );
    await cluster.time.advance(0);
    expect(manifests.asked).toHaveLength(2);
    expect(JSON.stringify(statusOf(cluster).resources?.[0])).toContain('Healthy');
  });

  it('is not told of its own status as a change', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(5000);
    expect(manifests.asked).toHaveLength(1);
  });

  it('does not look again because of what it wrote itself', async () => {
    const { cluster, manifests } = await setup();
    await cluster.apply(gitSet());
    await cluster.time.advance(1000);
    await cluster.apply(gitSet({ template: template({ labels: { new: 'label' } }) }));
    await cluster.time.advance(1000);
    expect(application(cluster, 'node-one')['metadata']).toMatchObject({
      labels: { new: 'label' },
    });
    expect(manifests.asked).toHaveLength(2);
  });

  it('gets along with a second controller', async () => {
    const { cluster, manifests } = await setup();
    const second = startApplicationSetController({
      ...cluster.time,
      client: cluster.clientOf('applicationsets'),
      manifests,
      namespace: 'argocd',
      random: seededRandom(3),
      settings: { requeueSeconds: 10 },
    });
    await cluster.time.advance(10);
    await cluster.apply(gitSet({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    await cluster.time.advance(30_000);
    manifests.set(repoURL, 'main', ['nodes/two', 'nodes/three']);
    await cluster.time.advance(30_000);
    expect(names(cluster)).toStrictEqual(['node-three', 'node-two']);
    expect(conditions(cluster)).toStrictEqual(allWell);
    const before = writes(cluster);
    await cluster.time.advance(60_000);
    expect(writes(cluster)).toBe(before);
    await second.stop();
  });

  it('stops', async () => {
    const { cluster, controller } = await setup();
    expect(controller.hasSynced()).toBe(true);
    await controller.stop();
    await cluster.apply(gitSet());
    await cluster.time.advance(60_000);
    expect(names(cluster)).toStrictEqual([]);
  });
});

describe('a large set', () => {
  it(
    'makes and keeps 10,000 Applications, and lists 5,000 of them',
    { timeout: 60_000 },
    async () => {
      const { cluster } = await setup();
      const many = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
      await cluster.apply(listSet(many));
      await cluster.time.advance(0);
      expect(names(cluster)).toHaveLength(10_000);
      expect(statusOf(cluster).resources).toHaveLength(5000);
      expect(statusOf(cluster).resourcesCount).toBe(10_000);
      expect(conditions(cluster)).toStrictEqual(allWell);
    },
  );
});
