import { inProcessClient, type JsonObject } from '@tidegate/kube';
import { describe, expect, test } from 'vitest';
import { resourceFinder, startCluster } from './cluster.ts';
import { field, text } from './views.ts';

const startMs = Date.parse('2026-03-02T10:00:00.300Z');

interface Lab {
  make(object: JsonObject): Promise<void>;
  /** The first time at which a value is seen, in seconds after the start; undefined within half a minute. */
  seen(kind: string, path: readonly string[], value: unknown): Promise<number | undefined>;
}

async function lab(): Promise<Lab> {
  const { time, server } = startCluster(startMs);
  const client = inProcessClient(server, { userAgent: 'test' });
  const resource = resourceFinder(server);
  await time.advanceTo(startMs);
  return {
    make: async (object) => {
      const type = resource(text(object, 'kind'), text(object, 'apiVersion'));
      await client.create(type, object);
    },
    seen: async (kind, path, value) => {
      for (let ms = 0; ms <= 30_000; ms += 100) {
        await time.advanceTo(startMs + ms);
        const object = await client.get(resource(kind), { namespace: 'default', name: 'x' });
        if (field(object, ...path) === value) return ms / 1000;
      }
      return undefined;
    },
  };
}

function workload(kind: string, annotations: JsonObject, spec: JsonObject = {}): JsonObject {
  const isJob = kind === 'Job';
  return {
    apiVersion: isJob ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'x', namespace: 'default' },
    spec: {
      ...(isJob ? { backoffLimit: 0 } : { selector: { matchLabels: { app: 'x' } } }),
      ...spec,
      template: {
        metadata: { annotations, ...(isJob ? {} : { labels: { app: 'x' } }) },
        spec: {
          containers: [{ name: 'main', image: 'app:1' }],
          ...(isJob ? { restartPolicy: 'Never' } : {}),
        },
      },
    },
  };
}

describe('pods of the recordings', () => {
  test.each<readonly [string, JsonObject, number | undefined]>([
    ['a second', {}, 1],
    ['as long as the annotation says', { 'fake/delay': '6' }, 6],
    ['never', { 'fake/ready': 'never' }, undefined],
  ])('a Deployment is ready after %s', async (_, annotations, seconds) => {
    const cluster = await lab();
    await cluster.make(workload('Deployment', annotations));
    expect(await cluster.seen('Deployment', ['status', 'readyReplicas'], 1)).toBe(seconds);
  });

  test.each<readonly [string, JsonObject, string, number | undefined]>([
    ['is done', {}, 'succeeded', 2],
    ['takes its time', { 'fake/delay': '3' }, 'succeeded', 4],
    ['fails', { 'fake/exit': '1' }, 'failed', 2],
    ['does not end', { 'fake/run': 'ever' }, 'succeeded', undefined],
  ])('a Job %s', async (_, annotations, count, seconds) => {
    const cluster = await lab();
    await cluster.make(workload('Job', annotations));
    expect(await cluster.seen('Job', ['status', count], 1)).toBe(seconds);
  });
});
