import { describe, expect, it } from 'vitest';
import { inProcessClient, type JsonObject } from '../src/index.ts';
import { asString, at } from '../src/json/value.ts';
import { testServer, types } from './harness.ts';

const roles = { apiVersion: 'rbac.authorization.k8s.io/v1', plural: 'roles' };
const bindings = { apiVersion: 'rbac.authorization.k8s.io/v1', plural: 'rolebindings' };
const accounts = { apiVersion: 'v1', plural: 'serviceaccounts' };

async function withReader(): Promise<ReturnType<typeof testServer>> {
  const lab = testServer();
  await lab.client.create(roles, {
    metadata: { name: 'reader', namespace: 'default' },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['update'] },
    ],
  });
  await lab.client.create(bindings, {
    metadata: { name: 'reader', namespace: 'default' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'sa', namespace: 'default' }],
  });
  await lab.client.create(accounts, { metadata: { name: 'sa', namespace: 'default' } });
  await lab.client.create(types.configMaps, { metadata: { name: 'mine', namespace: 'default' } });
  return lab;
}

function token(lab: ReturnType<typeof testServer>, seconds = 600): string {
  const response = lab.server.handle({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/sa/token',
    headers: { authorization: 'Bearer admin', 'content-type': 'application/json' },
    body: JSON.stringify({ spec: { expirationSeconds: seconds } }),
  });
  const body = 'body' in response ? (JSON.parse(String(response.body)) as JsonObject) : {};
  return asString(at(body, 'status', 'token'));
}

describe('access', () => {
  it('lets the token of a service account do what its role says, and no more', async () => {
    const lab = await withReader();
    const client = inProcessClient(lab.server, { userAgent: 'sa', token: token(lab) });
    const mine = await client.get(types.configMaps, { name: 'mine', namespace: 'default' });
    expect(await client.update(types.configMaps, { ...mine, data: { a: 'b' } })).toMatchObject({
      data: { a: 'b' },
    });
    await expect(client.list(types.configMaps, { namespace: 'kube-system' })).rejects.toMatchObject(
      {
        code: 403,
        message:
          'configmaps is forbidden: User "system:serviceaccount:default:sa" cannot list resource "configmaps" in API group "" in the namespace "kube-system"',
      },
    );
    await expect(
      client.delete(types.configMaps, { name: 'mine', namespace: 'default' }),
    ).rejects.toMatchObject({ code: 403 });
  });

  it('refuses tokens that have expired, are forged, or whose account is gone', async () => {
    const lab = await withReader();
    const short = token(lab, 60);
    const call = (bearer: string): Promise<JsonObject> =>
      inProcessClient(lab.server, { userAgent: 'sa', token: bearer }).get(types.configMaps, {
        name: 'mine',
        namespace: 'default',
      });
    await expect(call(`${short}x`)).rejects.toMatchObject({ code: 401 });
    const long = token(lab, 6000);
    lab.pass(61_000, 1000);
    await expect(call(short)).rejects.toMatchObject({ code: 401 });
    await expect(call(long)).resolves.toBeDefined();
    await lab.client.delete(accounts, { name: 'sa', namespace: 'default' });
    await expect(call(long)).rejects.toMatchObject({ code: 401 });
  });

  it('acts as others only for those who may', async () => {
    const lab = await withReader();
    const user = 'system:serviceaccount:default:sa';
    const as = inProcessClient(lab.server, {
      userAgent: 't',
      token: 'admin',
      impersonate: { user },
    });
    await expect(
      as.get(types.configMaps, { name: 'mine', namespace: 'default' }),
    ).resolves.toBeDefined();
    const other = inProcessClient(lab.server, {
      userAgent: 't',
      token: token(lab),
      impersonate: { user: 'admin', groups: ['system:masters'] },
    });
    await expect(
      other.get(types.configMaps, { name: 'mine', namespace: 'default' }),
    ).rejects.toMatchObject({ code: 403 });
  });

  it('records each write with who did it', async () => {
    const lab = await withReader();
    lab.audit.length = 0;
    await lab.client.patch(
      types.configMaps,
      { name: 'mine', namespace: 'default' },
      { type: 'merge', patch: { data: { x: 'y' } } },
    );
    await lab.client.get(types.configMaps, { name: 'mine', namespace: 'default' });
    expect(lab.audit).toEqual([
      expect.objectContaining({
        user: 'admin',
        userAgent: 'test/1',
        verb: 'patch',
        resource: 'configmaps',
        namespace: 'default',
        name: 'mine',
        status: 200,
        object: await lab.client.get(types.configMaps, { name: 'mine', namespace: 'default' }),
      }),
    ]);
  });

  it('records the names that the server makes, what went, and that a dry run wrote nothing', async () => {
    const lab = testServer();
    const made = await lab.client.create(types.configMaps, {
      metadata: { generateName: 'some-', namespace: 'default' },
    });
    const name = asString(at(made, 'metadata', 'name'));
    await lab.client.delete(types.configMaps, { name, namespace: 'default' }, { dryRun: true });
    await lab.client.delete(types.configMaps, { name, namespace: 'default' });
    expect(lab.audit).toMatchObject([
      { verb: 'create', name, object: made, userAgent: 'test/1' },
      { verb: 'delete', name, object: undefined },
      { verb: 'delete', name, object: { metadata: { name } }, dryRun: false },
    ]);
  });
});
