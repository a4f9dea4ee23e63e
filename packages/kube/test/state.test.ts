import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcessClient, type KubeClient } from '../src/index.ts';
import {
  httpClient,
  readState,
  startApiServer,
  type StartedServer,
  StateFileError,
  writeState,
} from '../src/node/index.ts';
import { asString, at, type JsonObject } from '../src/json/value.ts';
import { types } from './harness.ts';

const namespace = 'default';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-state-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function clientOf(started: StartedServer): KubeClient {
  return inProcessClient(started.server, { userAgent: 'test/1', token: started.token });
}

async function firstEvent(client: KubeClient, resourceVersion: string): Promise<unknown> {
  const watch = client.watch(types.configMaps, { namespace, resourceVersion, timeoutSeconds: 1 });
  for await (const event of watch) return event;
  return undefined;
}

describe('a saved state', () => {
  it('is opened again as it was: versions, uids, managers, tokens and the certificate', async () => {
    const path = join(folder, 'whole');
    const first = await startApiServer({ state: path });
    const client = clientOf(first);
    const definition = {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    };
    await client.create(types.definitions, definition);
    await client.apply(
      types.configMaps,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace }, data: { k: 'v' } },
      { fieldManager: 'one' },
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const widgets = { apiVersion: 'example.com/v1', plural: 'widgets' };
    const widget = await client.create(widgets, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace },
      spec: { size: 1 },
    });
    const before = await client.get(types.configMaps, { name: 'a', namespace });
    const { resourceVersion: old } = await client.list(types.configMaps, { namespace });
    await client.create(types.configMaps, { metadata: { name: 'b', namespace } });
    await client.create(
      { apiVersion: 'v1', plural: 'serviceaccounts' },
      { metadata: { name: 'sa', namespace } },
    );
    const revision = first.server.store.revision();
    await first.close();

    const second = await startApiServer({ state: path });
    expect(second.server.store.revision()).toBe(revision);
    expect(second.token).toBe(first.token);
    const again = httpClient({
      userAgent: 'test/1',
      kubeconfig: first.kubeconfig.replace(first.url, second.url),
    });
    expect(await again.get(types.configMaps, { name: 'a', namespace })).toEqual(before);
    expect(await again.get(widgets, { name: 'w', namespace })).toEqual(widget);
    expect(await firstEvent(again, old)).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
    const made = await again.create(types.configMaps, { metadata: { name: 'c', namespace } });
    expect(at(made, 'metadata', 'resourceVersion')).toBe(String(revision + 1));
    expect(await firstEvent(again, String(revision))).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'c' } },
    });
    await second.close();
  });

  it('goes on with what controllers had begun', async () => {
    const path = join(folder, 'begun');
    const controllers = { kubelet: { nodeName: 'node', behaviour: () => ({ startMs: 1200 }) } };
    const first = await startApiServer({ state: path, controllers });
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await clientOf(first).create(types.pods, { metadata: { name: 'p', namespace }, spec });
    await first.close();
    const second = await startApiServer({ state: path, controllers });
    const phase = async (): Promise<unknown> =>
      at(await clientOf(second).get(types.pods, { name: 'p', namespace }), 'status', 'phase');
    expect(await phase()).toBe('Pending');
    for (let tries = 0; (await phase()) !== 'Running' && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await phase()).toBe('Running');
    await second.close();
  });

  it('is for its owner only, and leaves no other file behind', async () => {
    const path = join(folder, 'alone', 'x');
    await expect(
      startApiServer({ state: path }).then((started) => started.close()),
    ).rejects.toMatchObject({ code: 'ENOENT' });
    const here = join(folder, 'private');
    const started = await startApiServer({ state: here });
    await Promise.all([started.save(), started.save()]);
    await started.close();
    expect((await stat(here)).mode & 0o077).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('private'))).toEqual([
      'private',
    ]);
  });

  it.each([
    ['nothing', () => '', 'its first line is no header'],
    ['garbage', () => '\u0000\u0001 rubbish\n', 'its first line is no header'],
    ['other JSON', () => '{"kind":"List"}\n', 'its first line is no header'],
    [
      'a later version',
      (text: string) => text.replace('"version":1', '"version":2'),
      'its version is 2, expected 1',
    ],
    ['a part', (text: string) => text.split('\n').slice(0, 3).join('\n'), 'it has 2 objects'],
    [
      'changed objects',
      (text: string) => text.replace('kube-system', 'cube-system'),
      'the digest differs',
    ],
  ])('refuses a file that holds %s', async (name, change, why) => {
    const path = join(folder, `bad ${name}`);
    const started = await startApiServer({ state: path });
    await started.close();
    await writeFile(path, change(await readFile(path, 'utf8')));
    const error: unknown = await startApiServer({ state: path }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StateFileError);
    expect((error as Error).message).toContain(
      `${path} is no saved state of the embedded Kubernetes API: `,
    );
    expect((error as Error).message).toContain(why);
  });

  it('comes back from any cut or flipped byte as it was, or not at all', async () => {
    const path = join(folder, 'fuzzed');
    const started = await startApiServer({ state: path });
    await started.close();
    const good = await readFile(path);
    const original = await readState(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (position, flip, cut) => {
          const bytes = cut ? good.subarray(0, position) : Buffer.from(good);
          if (!cut) bytes[position] = (bytes[position] ?? 0) ^ flip;
          await writeFile(path, bytes);
          const state = await readState(path).catch((error: unknown) => error);
          if (state instanceof StateFileError) return;
          expect((state as { snapshot: unknown }).snapshot).toEqual(original?.snapshot);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('holds any objects exactly', async () => {
    const path = join(folder, 'any');
    const values = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 4 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 5 }), async (list) => {
        const things = list.map((value, index): JsonObject => ({
          ...(JSON.parse(JSON.stringify(value)) as JsonObject),
          metadata: { name: `n${index}`, resourceVersion: String(index + 1) },
        }));
        const snapshot = { revision: 10, resources: things.length === 0 ? {} : { things } };
        await writeState(path, {
          snapshot,
          token: 't',
          signingKey: 'k',
          certificate: undefined,
          savedAtMs: 0,
        });
        expect((await readState(path))?.snapshot).toEqual(snapshot);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps tokens of service accounts valid', async () => {
    const path = join(folder, 'accounts');
    const first = await startApiServer({ state: path });
    await clientOf(first).create(
      { apiVersion: 'v1', plural: 'serviceaccounts' },
      { metadata: { name: 'sa', namespace } },
    );
    const response = first.server.handle({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts/sa/token',
      headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/json' },
      body: '{"spec":{"expirationSeconds":3600}}',
    });
    const token = asString(
      at(
        JSON.parse('body' in response ? String(response.body) : '{}') as JsonObject,
        'status',
        'token',
      ),
    );
    await first.close();
    const second = await startApiServer({ state: path });
    const call = inProcessClient(second.server, { userAgent: 'sa', token }).list(types.configMaps, {
      namespace,
    });
    await expect(call).rejects.toMatchObject({ code: 403 });
    await second.close();
  });
});
