import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInformer,
  objectKey,
  type JsonObject,
  type KubeClient,
  type Timers,
  type WatchEvent,
} from '../src/index.ts';
import { types } from './harness.ts';

export interface OpenClient {
  readonly client: KubeClient;
  readonly timers: Timers;
  /** Makes the API forget its history, where that can be asked for. */
  forget?(): void;
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

    it('does not tell an empty list of a built-in kind from none', async () => {
      const made = await client.create(types.roles, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { namespace, name: 'nothing' },
        rules: [],
      });
      expect(made['rules']).toBeNull();
      const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
      const rules = [{ ...rule, resourceNames: [] }];
      const changed = await client.update(types.roles, { ...made, rules });
      expect(changed['rules']).toEqual([rule]);
      await client.delete(types.roles, { namespace, name: 'nothing' });
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

    it('refuses what is there already, what is not there, and what nobody knows', async () => {
      const ref = { namespace, name: 'twice' };
      await client.create(types.configMaps, configMap(namespace, 'twice'));
      await expect(
        client.create(types.configMaps, configMap(namespace, 'twice')),
      ).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' });
      const nobody = { namespace, name: 'nobody' };
      const gone = { code: 404, reason: 'NotFound' };
      await expect(client.get(types.configMaps, nobody)).rejects.toMatchObject(gone);
      await expect(client.delete(types.configMaps, nobody)).rejects.toMatchObject(gone);
      const patch = { type: 'merge', patch: {} } as const;
      await expect(client.patch(types.configMaps, nobody, patch)).rejects.toMatchObject(gone);
      await expect(
        client.update(types.configMaps, configMap(namespace, 'nobody')),
      ).rejects.toMatchObject(gone);
      await expect(
        client.list({ apiVersion: 'example.invalid/v1', plural: 'things' }),
      ).rejects.toMatchObject({ code: 404 });
      await client.delete(types.configMaps, ref);
    });

    it('holds to preconditions', async () => {
      const made = await client.create(types.configMaps, configMap(namespace, 'kept', { a: '1' }));
      const { uid, resourceVersion } = made['metadata'] as Record<string, string>;
      const ref = { namespace, name: 'kept' };
      const changed = await client.update(types.configMaps, { ...made, data: { a: '2' } });
      const conflict = { code: 409, reason: 'Conflict' };
      for (const preconditions of [{ uid: 'other' }, { resourceVersion: resourceVersion ?? '' }]) {
        await expect(client.delete(types.configMaps, ref, { preconditions })).rejects.toMatchObject(
          conflict,
        );
      }
      const old = { metadata: { resourceVersion: resourceVersion ?? '' }, data: { a: '3' } };
      await expect(
        client.patch(types.configMaps, ref, { type: 'merge', patch: old }),
      ).rejects.toMatchObject(conflict);
      const test = { op: 'test', path: '/data/a', value: 'other' };
      await expect(
        client.patch(types.configMaps, ref, { type: 'json', operations: [test] }),
      ).rejects.toMatchObject({ code: 422 });
      const newest = (changed['metadata'] as Record<string, string>)['resourceVersion'] ?? '';
      const preconditions = { uid: uid ?? '', resourceVersion: newest };
      await client.delete(types.configMaps, ref, { preconditions });
      await expect(client.get(types.configMaps, ref)).rejects.toMatchObject({ code: 404 });
    });

    it('tries writes without doing them', async () => {
      const ref = { namespace, name: 'dry' };
      const object = configMap(namespace, 'dry', { a: '1' });
      const tried = await client.create(types.configMaps, object, { dryRun: true });
      expect(tried['data']).toEqual({ a: '1' });
      await expect(client.get(types.configMaps, ref)).rejects.toMatchObject({ code: 404 });
      const made = await client.create(types.configMaps, object);
      const other = { ...made, data: { a: '2' } };
      await client.update(types.configMaps, other, { dryRun: true });
      const patch = { type: 'merge', patch: { data: { a: '3' } } } as const;
      const patched = await client.patch(types.configMaps, ref, patch, { dryRun: true });
      expect(patched['data']).toEqual({ a: '3' });
      const applied = configMap(namespace, 'dry', { a: '4' });
      await client.apply(types.configMaps, applied, {
        fieldManager: 'm',
        force: true,
        dryRun: true,
      });
      await client.delete(types.configMaps, ref, { dryRun: true });
      await expect(
        client.create(types.configMaps, configMap(namespace, 'Bad'), { dryRun: true }),
      ).rejects.toMatchObject({ code: 422 });
      expect(await client.get(types.configMaps, ref)).toEqual(made);
    });

    it('looks at fields that nobody knows as it is told to', async () => {
      const odd = { ...configMap(namespace, 'odd'), surprise: true };
      await expect(
        client.create(types.configMaps, odd, { fieldValidation: 'Strict' }),
      ).rejects.toMatchObject({ code: 400, reason: 'BadRequest' });
      const made = await client.create(types.configMaps, odd, { fieldValidation: 'Ignore' });
      expect(made['surprise']).toBeUndefined();
      const patch = { type: 'merge', patch: { surprise: true } } as const;
      await expect(
        client.patch(types.configMaps, { namespace, name: 'odd' }, patch, {
          fieldValidation: 'Strict',
        }),
      ).rejects.toMatchObject({ code: 422 });
    });

    it('selects by labels and fields', async () => {
      for (const [id, labels] of [
        ['s1', { tier: 'one', set: 'yes' }],
        ['s2', { tier: 'two', set: 'yes' }],
        ['s3', { set: 'yes' }],
      ] as const) {
        await client.create(types.configMaps, {
          ...configMap(namespace, id),
          metadata: { namespace, name: id, labels },
        });
      }
      const found = async (labelSelector: string, fieldSelector?: string): Promise<unknown> => {
        const fields = fieldSelector === undefined ? {} : { fieldSelector };
        const select = { namespace, labelSelector: `set=yes,${labelSelector}`, ...fields };
        const { items } = await client.list(types.configMaps, select);
        return items.map((item) => (item['metadata'] as JsonObject)['name']);
      };
      expect(await found('tier=one')).toEqual(['s1']);
      expect(await found('tier!=one')).toEqual(['s2', 's3']);
      expect(await found('tier in (one,two)')).toEqual(['s1', 's2']);
      expect(await found('!tier')).toEqual(['s3']);
      expect(await found('tier', 'metadata.name=s2')).toEqual(['s2']);
      await expect(found('tier', 'data.a=b')).rejects.toMatchObject({ code: 400 });
    });

    it('tells a watch with a selector what comes into it and what leaves it', async () => {
      const { resourceVersion } = await client.list(types.configMaps, { namespace });
      const ref = { namespace, name: 'moving' };
      const label = (value: string | null): Promise<JsonObject> =>
        client.patch(types.configMaps, ref, {
          type: 'merge',
          patch: { metadata: { labels: { moving: value } } },
        });
      await client.create(types.configMaps, configMap(namespace, 'moving'));
      await label('yes');
      await label('no');
      await label('yes');
      await client.delete(types.configMaps, ref);
      const abort = new AbortController();
      const seen: string[] = [];
      for await (const { type } of client.watch(
        types.configMaps,
        { namespace, resourceVersion, labelSelector: 'moving=yes' },
        abort.signal,
      )) {
        seen.push(type);
        if (seen.length === 4) abort.abort();
      }
      expect(seen).toEqual(['ADDED', 'DELETED', 'ADDED', 'DELETED']);
    });

    it('begins a watch with what is there, up to a bookmark, where the API knows that', async () => {
      await client.create(types.configMaps, configMap(namespace, 'first-there'));
      const abort = new AbortController();
      const seen: string[] = [];
      const select = { namespace, fieldSelector: 'metadata.name=first-there' };
      const watch = { ...select, sendInitialEvents: true, bookmarks: true };
      try {
        for await (const { type, object } of client.watch(types.configMaps, watch, abort.signal)) {
          const { annotations } = object['metadata'] as { annotations?: JsonObject };
          seen.push(`${type} ${JSON.stringify(annotations ?? {})}`);
          if (type === 'BOOKMARK') abort.abort();
        }
      } catch (error) {
        // A cluster may have this switched off: then it says so.
        expect(error).toMatchObject({ code: 422 });
        return;
      }
      expect(seen).toEqual(['ADDED {}', 'BOOKMARK {"k8s.io/initial-events-end":"true"}']);
    });

    it('writes the status apart from the rest', async () => {
      const claims = { apiVersion: 'v1', plural: 'persistentvolumeclaims' };
      const made = await client.create(claims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { namespace, name: 'claim' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'none-such',
          resources: { requests: { storage: '1Gi' } },
        },
      });
      expect(made['status']).toMatchObject({ phase: 'Pending' });
      const conditions = [{ type: 'Resizing', status: 'True' }];
      const patch = { type: 'merge', patch: { status: { conditions } } } as const;
      const ref = { namespace, name: 'claim' };
      const ignored = await client.patch(claims, ref, patch);
      expect((ignored['status'] as JsonObject)['conditions']).toBeUndefined();
      const written = await client.patch(claims, ref, patch, { subresource: 'status' });
      expect((written['status'] as JsonObject)['conditions']).toMatchObject(conditions);
      await client.delete(claims, ref);
    });

    it('says that a revision and a page are forgotten', async () => {
      await expect(
        client.list(types.configMaps, { namespace, limit: 1, continueToken: 'rubbish' }),
      ).rejects.toMatchObject({ code: 400 });
      if (opened.forget === undefined) return;
      const { resourceVersion } = await client.list(types.configMaps, { namespace });
      await client.create(types.configMaps, configMap(namespace, 'after-list'));
      await client.create(types.configMaps, configMap(namespace, 'after-that'));
      const { continueToken } = await client.list(types.configMaps, { namespace, limit: 1 });
      await client.create(types.configMaps, configMap(namespace, 'after-page'));
      opened.forget();
      const watch = client.watch(types.configMaps, { namespace, resourceVersion });
      const { value } = (await watch[Symbol.asyncIterator]().next()) as { value: WatchEvent };
      expect(value).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
      await expect(
        client.list(types.configMaps, { namespace, limit: 1, continueToken }),
      ).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    });

    it('deletes in the foreground, and keeps what a finalizer holds', async () => {
      const ref = { namespace, name: 'held' };
      const held = { namespace, name: 'held', finalizers: ['example.com/hold'] };
      await client.create(types.configMaps, { ...configMap(namespace, 'held'), metadata: held });
      const answer = await client.delete(types.configMaps, ref);
      expect(answer['kind']).toBe('ConfigMap');
      const waiting = await client.get(types.configMaps, ref);
      expect((waiting['metadata'] as JsonObject)['deletionTimestamp']).toBeDefined();
      const free = { type: 'merge', patch: { metadata: { finalizers: null } } } as const;
      await client.patch(types.configMaps, ref, free);
      await expect(client.get(types.configMaps, ref)).rejects.toMatchObject({ code: 404 });
    });

    it('answers plain paths', async () => {
      expect(await client.raw('/version')).toMatchObject({ major: '1' });
      await expect(client.raw('/no/such/path')).rejects.toMatchObject({ code: 404 });
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
