import type { ApplyRequest, KubeObject, SyncAnswer, SyncRequest } from '@tidegate/core/argocd/sync';
import { at, type JsonObject } from '@tidegate/kube';
import { beforeEach, describe, expect, it } from 'vitest';
import { definition, testApi, type TestApi } from '../../test/api-server.ts';
import { createDiscovery } from '../discovery/index.ts';
import { createSyncDriver, type SyncDriver } from './sync-driver.ts';

const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const deployments = { apiVersion: 'apps/v1', plural: 'deployments' };
const file = String.raw`"/dev/shm/\d+"`;

let api: TestApi;
let driver: SyncDriver;

beforeEach(async () => {
  api = testApi();
  const discovery = createDiscovery(api.client);
  await discovery.refresh();
  driver = createSyncDriver({
    client: api.client,
    discovery,
    timers: api.timers,
    random: () => 0.5,
  });
});

/** Answers one request while time goes on. */
async function ask(request: SyncRequest): Promise<SyncAnswer> {
  let done = false;
  const pending = driver.answer([request]).finally(() => (done = true));
  for (let turn = 0; !done && turn < 5000; turn += 1) {
    for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
    if (!done) api.pass(100);
  }
  const { answers } = await pending;
  if (answers[0] === undefined) throw new Error('no answer');
  return answers[0];
}

function request(target: KubeObject, more: Partial<ApplyRequest> = {}): ApplyRequest {
  return {
    do: 'apply',
    command: 'apply',
    target,
    live: undefined,
    dryRun: false,
    validate: true,
    force: false,
    serverSide: undefined,
    ...more,
  };
}

async function apply(target: KubeObject, more: Partial<ApplyRequest> = {}): Promise<string> {
  return (await ask(request(target, more))).message ?? '';
}

function configMap(data: Record<string, string>, name = 'a', namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function deployment(image: string, app = 'web'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'c', image, ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

const a = { name: 'a', namespace: 'default' };

describe('client-side apply', () => {
  it('creates, leaves alone and changes', async () => {
    expect(await apply(configMap({ x: '1' }))).toBe('configmap/a created');
    expect(await apply(configMap({ x: '1' }))).toBe('configmap/a unchanged');
    expect(await apply(configMap({ y: '2' }))).toBe('configmap/a configured');
    expect((await api.client.get(configMaps, a))['data']).toEqual({ y: '2' });
    expect(await apply(deployment('i:1'))).toBe('deployment.apps/web created');
    expect(await apply(deployment('i:1'))).toBe('deployment.apps/web unchanged');
    expect(await apply(deployment('i:2'))).toBe('deployment.apps/web configured');
  });

  it("leaves kubectl's note and the name of Argo CD's controller", async () => {
    await apply(configMap({ x: '<1>' }));
    const live = await api.client.get(configMaps, a);
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    expect(at(live, 'metadata', 'annotations', key)).toBe(
      '{"apiVersion":"v1","data":{"x":"\\u003c1\\u003e"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a","namespace":"default"}}\n',
    );
    expect(at(live, 'metadata', 'managedFields', 0, 'manager')).toBe('argocd-controller');
    expect(at(live, 'metadata', 'managedFields', 0, 'operation')).toBe('Update');
  });

  it('keeps what others added, and takes away what was applied before', async () => {
    await apply(configMap({ x: '1', y: '1' }));
    const patch = { data: { z: '1', x: '2' } };
    await api.client.patch(configMaps, a, { type: 'merge', patch });
    expect(await apply(configMap({ x: '1' }))).toBe('configmap/a configured');
    expect((await api.client.get(configMaps, a))['data']).toEqual({ x: '1', z: '1' });
  });

  it('writes nothing in a dry run', async () => {
    expect(await apply(configMap({ x: '1' }), { dryRun: true })).toBe(
      'configmap/a created (dry run)',
    );
    await apply(configMap({ x: '1' }));
    const writes = api.audit.length;
    expect(await apply(configMap({ a: '1' }), { dryRun: true })).toBe(
      'configmap/a configured (dry run)',
    );
    expect(await apply(configMap({ x: '1' }), { dryRun: true })).toBe(
      'configmap/a unchanged (dry run)',
    );
    expect(api.audit.length).toBe(writes);
  });

  it('warns of an object that kubectl did not apply', async () => {
    await api.client.create(configMaps, configMap({ x: '1' }) as JsonObject);
    expect(await apply(configMap({ x: '1' }))).toBe(
      'configmap/a configured. Warning: resource configmaps/a is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by  apply.  apply should only be used on resources created declaratively by either  create --save-config or  apply. The missing annotation will be patched automatically.',
    );
    expect(await apply(configMap({ x: '1' }))).toBe('configmap/a unchanged');
  });

  it('warns of an object that is being deleted', async () => {
    const held = { ...configMap({ x: '1' }), metadata: { ...a, finalizers: ['example.dev/hold'] } };
    await apply(held);
    await ask({
      do: 'delete',
      version: 'v1',
      key: { group: '', kind: 'ConfigMap', ...a },
      propagation: 'Background',
    });
    expect(await apply(held)).toBe(
      'configmap/a unchanged. Warning: Detected changes to resource a which is currently being deleted.',
    );
  });

  it('says what the server refuses, in the words of Argo CD', async () => {
    expect(await apply(configMap({}, 'a', 'nsm'))).toBe('namespaces "nsm" not found');
    expect(await apply(configMap({}, 'Not_A_Name'))).toMatch(
      /^ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123/,
    );
    const thing = {
      apiVersion: 'nobody.example/v1',
      kind: 'Thing',
      metadata: { name: 'x', namespace: 'crm' },
    };
    expect(await apply(thing)).toMatch(
      new RegExp(
        String.raw`^resource mapping not found for name: "x" namespace: "crm" from ${file}: no matches for kind "Thing" in version "nobody.example/v1"\nensure CRDs are installed first$`,
      ),
    );
    await apply(deployment('i:1'));
    expect(await apply(deployment('i:1', 'other'))).toMatch(
      new RegExp(`^error when patching ${file}: Deployment.apps "web" is invalid: spec.selector: `),
    );
    expect(await ask(request(deployment('i:1', 'other')))).toMatchObject({ ok: false });
  });

  it('needs a name', async () => {
    const generated = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'a-' } };
    expect(await apply(generated)).toBe('from a-: cannot use generate name with apply');
    expect(await apply(generated, { command: 'create' })).toMatch(/^configmap\/a-\w{5} created$/);
    expect(await apply({ ...generated, metadata: {} })).toBe('resource name may not be empty');
  });

  it('makes anew what cannot be changed, by force', async () => {
    await apply(deployment('i:1'));
    const ref = { name: 'web', namespace: 'default' };
    const before = at(await api.client.get(deployments, ref), 'metadata', 'uid');
    expect(await apply(deployment('i:1', 'other'), { force: true })).toBe(
      'deployment.apps/web configured',
    );
    const after = await api.client.get(deployments, ref);
    expect(at(after, 'metadata', 'uid')).not.toBe(before);
    expect(at(after, 'spec', 'selector', 'matchLabels', 'app')).toBe('other');
  });

  it('gives the deletion no time', async () => {
    const held = deployment('i:1');
    await apply({ ...held, metadata: { ...held.metadata, finalizers: ['example.dev/hold'] } });
    const changed = deployment('i:1', 'other');
    expect(await apply(changed, { force: true })).toBe('context deadline exceeded');
  });

  it('applies objects of the whole cluster, whatever namespace they name', async () => {
    const target = (value: string): KubeObject => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'high', namespace: 'default', labels: { value } },
      value: 10,
    });
    expect(await apply(target('1'))).toBe('priorityclass.scheduling.k8s.io/high created');
    expect(await apply(target('1'))).toBe('priorityclass.scheduling.k8s.io/high unchanged');
    expect(await apply(target('2'))).toBe('priorityclass.scheduling.k8s.io/high configured');
  });

  it('waits for a definition and then knows its kind', async () => {
    const target = definition('Gate', 'gates') as KubeObject;
    expect(await apply(target)).toBe(
      'customresourcedefinition.apiextensions.k8s.io/gates.example.dev created',
    );
    const gate = (open: boolean): KubeObject => ({
      apiVersion: 'example.dev/v1',
      kind: 'Gate',
      metadata: { name: 'g', namespace: 'default' },
      spec: { open, list: [1, 2] },
    });
    expect(await apply(gate(true))).toBe('gate.example.dev/g created');
    expect(await apply(gate(true))).toBe('gate.example.dev/g unchanged');
    expect(await apply(gate(false))).toBe('gate.example.dev/g configured');
    expect(await apply(target)).toBe(
      'customresourcedefinition.apiextensions.k8s.io/gates.example.dev unchanged',
    );
  });
});

describe('roles and bindings', () => {
  const role = (verbs: string[]): KubeObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'r', namespace: 'default' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
  });
  const binding = (name: string): KubeObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'r', namespace: 'default' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'default' }],
  });

  it('are reconciled before they are applied', async () => {
    expect(await apply(role(['get', 'list']))).toMatch(
      /^role\.rbac\.authorization\.k8s\.io\/r reconciled\. reconciliation required create\n\tmissing rules added:\n\t\t\{Verbs:\[get list\] APIGroups:\[\] Resources:\[pods\] ResourceNames:\[\] NonResourceURLs:\[\]\}role\.rbac\.authorization\.k8s\.io\/r configured\. Warning: resource roles\/r is missing /,
    );
    expect(await apply(role(['get', 'list']))).toBe(
      'role.rbac.authorization.k8s.io/r reconciledrole.rbac.authorization.k8s.io/r unchanged',
    );
    expect(await apply(role(['get', 'watch']))).toBe(
      'role.rbac.authorization.k8s.io/r reconciled. reconciliation required update\n\tmissing rules added:\n\t\t{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}role.rbac.authorization.k8s.io/r configured',
    );
    expect(await apply(role(['get']), { dryRun: true })).toBe(
      'role.rbac.authorization.k8s.io/r reconciled (dry run)role.rbac.authorization.k8s.io/r configured (dry run)',
    );
  });

  it('are made anew where the role of a binding changes', async () => {
    await apply(binding('one'));
    expect(await apply(binding('two'))).toMatch(
      /^rolebinding\.rbac\.authorization\.k8s\.io\/r reconciled\. reconciliation required recreaterolebinding\.rbac\.authorization\.k8s\.io\/r configured\. Warning: /,
    );
  });

  it('need their namespace', async () => {
    const away = { ...role(['get']), metadata: { name: 'r', namespace: 'nsm' } };
    expect(await apply(away)).toBe(
      'error running kubectl auth reconcile: error getting namespace nsm: namespaces "nsm" not found',
    );
  });
});

describe('server-side apply', () => {
  const serverSide = { manager: 'argocd-controller', takeOverFrom: 'kubectl-client-side-apply' };

  it('takes fields over from others and says so in few words', async () => {
    await api.client.create(configMaps, configMap({ x: '1' }) as JsonObject);
    expect(await apply(configMap({ x: '2' }), { serverSide })).toBe(
      'configmap/a serverside-applied',
    );
    expect((await api.client.get(configMaps, a))['data']).toEqual({ x: '2' });
  });

  it('takes over what the client applied, so that it can go', async () => {
    await apply(configMap({ x: '1', y: '1' }));
    expect(await apply(configMap({ x: '1' }), { serverSide })).toBe(
      'configmap/a serverside-applied',
    );
    const live = await api.client.get(configMaps, a);
    expect(live['data']).toEqual({ x: '1' });
    expect(at(live, 'metadata', 'managedFields')).toMatchObject([
      { manager: 'argocd-controller', operation: 'Apply' },
    ]);
  });

  it('takes over from a named manager before', async () => {
    const options = { fieldManager: 'kubectl-client-side-apply' };
    const live = await api.client.create(
      configMaps,
      configMap({ x: '1', y: '1' }) as JsonObject,
      options,
    );
    await apply(configMap({ x: '1' }), { serverSide, live: live });
    expect((await api.client.get(configMaps, a))['data']).toEqual({ x: '1' });
  });

  it('cannot be forced', async () => {
    expect(await apply(configMap({}), { serverSide, force: true })).toBe(
      'error validating options: --force cannot be used with --server-side',
    );
  });
});

describe('replacing', () => {
  it('creates, replaces whole and updates', async () => {
    expect(await apply(configMap({ x: '1' }), { command: 'create' })).toBe('configmap/a created');
    expect(await apply(configMap({ x: '1' }), { command: 'create' })).toBe(
      'configmaps "a" already exists',
    );
    await api.client.patch(configMaps, a, { type: 'merge', patch: { data: { z: '1' } } });
    expect(await apply(configMap({ x: '2' }), { command: 'replace' })).toBe('configmap/a replaced');
    expect((await api.client.get(configMaps, a))['data']).toEqual({ x: '2' });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    const live = await api.client.get(
      { apiVersion: 'v1', plural: 'namespaces' },
      namespace.metadata,
    );
    expect(await apply(namespace, { command: 'update', live: live })).toBe(
      'Namespace/default updated',
    );
  });

  it('deletes before, by force', async () => {
    await apply(configMap({ x: '1' }), { command: 'create' });
    const uid = at(await api.client.get(configMaps, a), 'metadata', 'uid');
    expect(await apply(configMap({ x: '2' }), { command: 'replace', force: true })).toBe(
      'configmap "a" deleted from default namespace\nconfigmap/a replaced',
    );
    expect(at(await api.client.get(configMaps, a), 'metadata', 'uid')).not.toBe(uid);
  });
});

describe('other requests', () => {
  const key = { group: '', kind: 'ConfigMap', ...a };

  it('discover kinds', async () => {
    expect(await ask({ do: 'discover', group: 'apps', version: 'v1', kind: 'Deployment' })).toEqual(
      { ok: true, namespaced: true },
    );
    expect(
      await ask({ do: 'discover', group: 'nobody.example', version: 'v1', kind: 'Thing' }),
    ).toEqual({
      ok: false,
      notFound: true,
      message:
        'failed to discover server resources for group version nobody.example/v1: the server could not find the requested resource',
    });
    expect(await ask({ do: 'discover', group: 'apps', version: 'v1', kind: 'Thing' })).toEqual({
      ok: false,
      notFound: true,
      message: 'Thing.apps "" not found',
    });
    expect(await ask({ do: 'discover', group: '', version: 'v1', kind: 'Binding' })).toEqual({
      ok: false,
      message: 'get is not supported on resources of kind "Binding"',
    });
  });

  it('get and delete', async () => {
    const missing = { ok: false, notFound: true, message: 'configmaps "a" not found' };
    expect(await ask({ do: 'get', version: 'v1', key })).toEqual(missing);
    await apply(configMap({ x: '1' }));
    expect(await ask({ do: 'get', version: 'v1', key })).toMatchObject({
      ok: true,
      object: { data: { x: '1' } },
    });
    const gone: SyncRequest = { do: 'delete', version: 'v1', key, propagation: 'Background' };
    expect(await ask(gone)).toEqual({ ok: true });
    expect(await ask(gone)).toEqual(missing);
  });

  it('take finalizers off, though the object has changed or gone', async () => {
    const finalizers = ['example.dev/one', 'example.dev/two'];
    const created = await api.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...a, finalizers },
    });
    await api.client.patch(configMaps, a, { type: 'merge', patch: { data: { x: '1' } } });
    const off = (finalizer: string): SyncRequest => ({
      do: 'removeFinalizer',
      live: created,
      finalizer,
    });
    expect(await ask(off('example.dev/one'))).toMatchObject({
      ok: true,
      object: { data: { x: '1' }, metadata: { finalizers: ['example.dev/two'] } },
    });
    await ask(off('example.dev/two'));
    await api.client.delete(configMaps, a);
    expect(await ask(off('example.dev/two'))).toEqual({ ok: true });
  });

  it('are done as one batch', async () => {
    const names = ['a', 'b', 'c'];
    const { answers, order } = await driver.answer(
      names.map((name) => request(configMap({}, name))),
    );
    expect(answers.map((answer) => answer.message)).toEqual(
      names.map((name) => `configmap/${name} created`),
    );
    expect([...(order ?? [])].sort()).toEqual([0, 1, 2]);
  });
});
