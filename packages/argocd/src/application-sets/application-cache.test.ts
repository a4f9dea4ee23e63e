import {
  KubeError,
  objectKey,
  type Informer,
  type InformerHandler,
  type JsonObject,
} from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { ApplicationCache } from './application-cache.ts';

/** An informer that tells what it is told to. */
function fakeInformer(): {
  informer: Informer;
  tell: (object: JsonObject) => void;
  lose: (key: string) => void;
} {
  const objects = new Map<string, JsonObject>();
  const handlers: InformerHandler[] = [];
  return {
    informer: {
      run: () => Promise.resolve(),
      hasSynced: () => true,
      get: (key) => objects.get(key),
      list: () => [...objects.values()],
      byIndex: () => [],
      handle: (handler) => {
        handlers.push(handler);
        return () => undefined;
      },
    },
    tell: (object) => {
      const before = objects.get(objectKey(object));
      objects.set(objectKey(object), object);
      for (const handler of handlers) {
        if (before === undefined) handler.added?.(object);
        else handler.updated?.(before, object);
      }
    },
    lose: (key) => {
      const before = objects.get(key);
      objects.delete(key);
      if (before !== undefined) for (const handler of handlers) handler.deleted?.(before);
    },
  };
}

function app(version: string, more: JsonObject = {}): JsonObject {
  return { metadata: { namespace: 'ns', name: 'a', uid: 'u1', resourceVersion: version, ...more } };
}

function setup() {
  const { informer, tell, lose } = fakeInformer();
  const heard: string[] = [];
  const version = (object: JsonObject): string =>
    (object['metadata'] as { resourceVersion: string }).resourceVersion;
  const cache = new ApplicationCache(informer, {
    updated: (before, after) => heard.push(`${version(before)} to ${version(after)}`),
    deleted: (application) => heard.push(`${version(application)} is gone`),
  });
  return { cache, tell, lose, heard, versions: () => cache.list().map(version) };
}

describe('the cache of Applications', () => {
  it('tells of changes by others', () => {
    const { tell, lose, heard } = setup();
    tell(app('1'));
    tell(app('2'));
    lose('ns/a');
    expect(heard).toStrictEqual(['1 to 2', '2 is gone']);
  });

  it('reads what it wrote before the watch tells of it, and then sees no change', async () => {
    const { cache, tell, heard, versions } = setup();
    tell(app('9'));
    await cache.write('ns/a', () => Promise.resolve(app('10')));
    expect(versions()).toStrictEqual(['10']);
    tell(app('10'));
    tell(app('11'));
    expect(versions()).toStrictEqual(['11']);
    expect(heard).toStrictEqual(['10 to 10', '10 to 11']);
  });

  it('sees what others wrote between its own write and the news of it', async () => {
    const { cache, tell, heard } = setup();
    await cache.write('ns/a', () => Promise.resolve(app('1')));
    tell(app('2'));
    expect(heard).toStrictEqual(['1 to 2']);
  });

  it('holds news that comes before the answer of its own write', async () => {
    const { cache, tell, heard, versions } = setup();
    tell(app('1'));
    await cache.write('ns/a', () => {
      tell(app('2'));
      tell(app('3'));
      expect(heard).toStrictEqual([]);
      return Promise.resolve(app('2'));
    });
    expect(heard).toStrictEqual(['2 to 2', '2 to 3']);
    expect(versions()).toStrictEqual(['3']);
  });

  it('forgets at once what it deleted, unless a finalizer holds it', async () => {
    const { cache, tell, lose, versions } = setup();
    tell(app('1', { finalizers: ['x'] }));
    await cache.delete('ns/a', () => Promise.resolve());
    expect(versions()).toStrictEqual(['1']);
    tell(app('2'));
    await cache.delete('ns/a', () => Promise.resolve());
    expect([versions(), cache.get('ns/a')]).toStrictEqual([[], undefined]);
    lose('ns/a');
    tell(app('3', { uid: 'u2' }));
    expect(versions()).toStrictEqual(['3']);
  });

  it('forgets what turns out to be gone', async () => {
    const { cache, tell, versions } = setup();
    const gone = (): Promise<never> => Promise.reject(new KubeError(404, {}));
    tell(app('1'));
    await expect(cache.write('ns/a', gone)).rejects.toThrow(KubeError);
    expect(versions()).toStrictEqual([]);
    tell(app('2', { uid: 'u2', finalizers: ['x'] }));
    expect(versions()).toStrictEqual(['2']);
    await cache.delete('ns/a', gone);
    expect(versions()).toStrictEqual([]);
  });

  it('keeps what it knew when a call fails otherwise', async () => {
    const { cache, tell, heard, versions } = setup();
    tell(app('1'));
    const fails = (): Promise<never> => Promise.reject(new KubeError(500, {}));
    await expect(cache.write('ns/a', fails)).rejects.toThrow(KubeError);
    await expect(cache.delete('ns/a', fails)).rejects.toThrow(KubeError);
    tell(app('2'));
    expect(versions()).toStrictEqual(['2']);
    expect(heard).toStrictEqual(['1 to 2']);
  });
});
