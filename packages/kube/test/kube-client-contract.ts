import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInformer,
  objectKey,
  type JsonObject,
  type KubeClient,
  type Timers,
} from '../src/index.ts';
import { types } from './harness.ts';

export interface OpenClient {
  readonly client: KubeClient;
  readonly timers: Timers;
  close(): Promise<void>;
}

function configMap(namespace: string, name: string, data: Record<string, string> = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

/** What every KubeClient does, whatever is behind it. It leaves nothing but a namespace that is being deleted. */
export function kubeClientContract(name: string, open: () => Promise<OpenClient>): void {
  describe(`KubeClient: ${name}`, () => {
    let opened: OpenClient;
    let client: KubeClient;
    const namespace = `contract-${Math.random().toString(36).slice(2, 8)}`;

    beforeAll(async () => {
      opened = await open();
      client = opened.client;
      await client.create(types.namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
    });
    afterAll(async () => {
      await client.delete(types.namespaces, { name: namespace });
      await opened.close();
    });

    it('creates, gets, updates and deletes', async () => {
      const made = await client.create(types.configMaps, configMap(namespace, 'crud', { a: '1' }));
      expect(await client.get(types.configMaps, { namespace, name: 'crud' })).toEqual(made);
      const changed = await client.update(types.configMaps, { ...made, data: { a: '2' } });
      expect(changed['data']).toEqual({ a: '2' });
      await expect(
        client.update(types.configMaps, { ...made, data: { a: '3' } }),
      ).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
      await client.delete(types.configMaps, { namespace, name: 'crud' });
      await expect(client.get(types.configMaps, { namespace, name: 'crud' })).rejects.toMatchObject(
        { code: 404, reason: 'NotFound' },
      );
    });

    it('refuses what is invalid, with causes', async () => {
      await expect(
        client.create(types.configMaps, configMap(namespace, 'Bad_Name')),
      ).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
      await expect(
        client.create(types.configMaps, configMap('no-such-namespace', 'a')),
      ).rejects.toMatchObject({ code: 404 });
    });

    it('lists in pages and by selectors', async () => {
      for (const id of ['p1', 'p2', 'p3']) {
        await client.create(types.configMaps, {
          ...configMap(namespace, id),
          metadata: { namespace, name: id, labels: { page: 'yes' } },
        });
      }
      const first = await client.list(types.configMaps, {
        namespace,
        limit: 2,
        labelSelector: 'page=yes',
      });
      expect(first.items.map((item) => (item['metadata'] as JsonObject)['name'])).toEqual([
        'p1',
        'p2',
      ]);
      const rest = await client.list(types.configMaps, {
        namespace,
        limit: 2,
        labelSelector: 'page=yes',
        continueToken: first.continueToken,
      });
      expect(rest.items.map((item) => (item['metadata'] as JsonObject)['name'])).toEqual(['p3']);
      expect(rest.continueToken).toBe('');
      await client.deleteCollection(types.configMaps, { namespace, labelSelector: 'page=yes' });
      expect(
        (await client.list(types.configMaps, { namespace, labelSelector: 'page=yes' })).items,
      ).toEqual([]);
    });

    it('patches in three ways', async () => {
      await client.create(types.configMaps, configMap(namespace, 'patched', { a: '1', b: '2' }));
      const ref = { namespace, name: 'patched' };
      const merged = await client.patch(types.configMaps, ref, {
        type: 'merge',
        patch: { data: { a: null, c: '3' } },
      });
      expect(merged['data']).toEqual({ b: '2', c: '3' });
      const json = await client.patch(types.configMaps, ref, {
        type: 'json',
        operations: [{ op: 'replace', path: '/data/b', value: 'x' }],
      });
      expect(json['data']).toEqual({ b: 'x', c: '3' });
      const strategic = await client.patch(types.configMaps, ref, {
        type: 'strategic',
        patch: { metadata: { labels: { l: 'm' } } },
      });
      expect((strategic['metadata'] as JsonObject)['labels']).toEqual({ l: 'm' });
    });

    it('applies with owners and conflicts', async () => {
      const one = configMap(namespace, 'applied', { a: '1' });
      await client.apply(types.configMaps, one, { fieldManager: 'one' });
      const other = configMap(namespace, 'applied', { a: '2' });
      await expect(
        client.apply(types.configMaps, other, { fieldManager: 'two' }),
      ).rejects.toMatchObject({ code: 409 });
      const forced = await client.apply(types.configMaps, other, {
        fieldManager: 'two',
        force: true,
      });
      expect(forced['data']).toEqual({ a: '2' });
    });

    it('watches from a revision until it is cancelled', async () => {
      const { resourceVersion } = await client.list(types.configMaps, { namespace });
      const abort = new AbortController();
      const seen: string[] = [];
      const watching = (async () => {
        for await (const event of client.watch(
          types.configMaps,
          { namespace, resourceVersion },
          abort.signal,
        )) {
          seen.push(`${event.type} ${objectKey(event.object).split('/').pop() ?? ''}`);
          if (seen.length === 3) abort.abort();
        }
      })();
      await client.create(types.configMaps, configMap(namespace, 'watched'));
      await client.patch(
        types.configMaps,
        { namespace, name: 'watched' },
        { type: 'merge', patch: { data: { a: 'b' } } },
      );
      await client.delete(types.configMaps, { namespace, name: 'watched' });
      await watching;
      expect(seen).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
    });

    it('refuses a watch that it cannot open', async () => {
      const watch = client.watch(types.configMaps, { namespace, labelSelector: 'a b c' });
      await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 400 });
    });

    it('feeds informers', async () => {
      await client.create(types.configMaps, {
        ...configMap(namespace, 'i1'),
        metadata: { namespace, name: 'i1', labels: { app: 'x' } },
      });
      const abort = new AbortController();
      const informer = createInformer({
        client,
        type: types.configMaps,
        select: { namespace, labelSelector: 'app=x' },
        timers: opened.timers,
        random: Math.random,
        indexes: { byData: (object) => Object.keys((object['data'] ?? {}) as JsonObject) },
      });
      const told: string[] = [];
      const changed = new Promise<void>((resolve) => {
        informer.handle({
          added: (object) => told.push(`added ${objectKey(object).split('/').pop() ?? ''}`),
          updated: (before, after) => {
            told.push(
              `updated ${JSON.stringify(before['data'] ?? null)} ${JSON.stringify(after['data'])}`,
            );
            resolve();
          },
        });
      });
      const running = informer.run(abort.signal);
      while (!informer.hasSynced()) await new Promise((resolve) => setTimeout(resolve, 5));
      await client.patch(
        types.configMaps,
        { namespace, name: 'i1' },
        { type: 'merge', patch: { data: { k: 'v' } } },
      );
      await changed;
      expect(told).toEqual(['added i1', 'updated null {"k":"v"}']);
      expect(informer.byIndex('byData', 'k')).toHaveLength(1);
      abort.abort();
      await running;
    });
  });
}
