import type { JsonObject } from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { testCluster, type TestCluster } from '../testing/index.ts';
import { argoCdDefinitions } from './index.ts';

const cluster = (): Promise<TestCluster> =>
  testCluster({ rest: () => new Promise((resolve) => setImmediate(resolve)) });

const source = { repoURL: 'http://git.test/a.git', path: '.' };
const destination = { server: 'https://kubernetes.default.svc', namespace: 'a' };

function object(kind: string, more: JsonObject): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind,
    metadata: { name: 'one', namespace: 'argocd' },
    ...more,
  };
}

function application(spec: JsonObject, more: JsonObject = {}): JsonObject {
  return object('Application', {
    spec: { project: 'default', source, destination, ...spec },
    ...more,
  });
}

function set(spec: JsonObject): JsonObject {
  const template = { metadata: { name: 'x' }, spec: { project: 'default', destination } };
  return object('ApplicationSet', { spec: { generators: [], template, ...spec } });
}

async function created(given: JsonObject): Promise<JsonObject> {
  const made = await cluster();
  return made.client.create(made.resource(given['kind'] as string), given);
}

describe('the definitions', () => {
  it('are what kubectl shows', () => {
    const names = argoCdDefinitions().map((definition) => {
      const { names: given } = definition['spec'] as { names: Record<string, unknown> };
      return [given['plural'], given['shortNames']];
    });
    expect(names).toStrictEqual([
      ['applications', ['app', 'apps']],
      ['applicationsets', ['appset', 'appsets']],
      ['appprojects', ['appproj', 'appprojs']],
    ]);
  });

  it.each([
    ['a project', object('Application', { spec: { destination } }), 'spec.project: Required value'],
    [
      'a destination',
      object('Application', { spec: { project: 'x' } }),
      'spec.destination: Required value',
    ],
    [
      'the repository of a source',
      application({ source: { path: '.' } }),
      'spec.source.repoURL: Required value',
    ],
    [
      'a status of the comparison',
      application({}, { status: { sync: {} } }),
      'status.sync.status: Required value',
    ],
    [
      'a compared destination',
      application({}, { status: { sync: { status: 'Synced', comparedTo: {} } } }),
      'status.sync.comparedTo.destination: Required value',
    ],
    [
      'the revision of a sync',
      application(
        {},
        {
          status: {
            operationState: {
              operation: {},
              phase: 'Running',
              startedAt: '2026-01-01T00:00:00Z',
              syncResult: {},
            },
          },
        },
      ),
      'status.operationState.syncResult.revision: Required value',
    ],
    [
      'the path of a folder',
      set({ generators: [{ git: { repoURL: 'x', revision: 'y', directories: [{}] } }] }),
      'spec.generators[0].git.directories[0].path: Required value',
    ],
    [
      'a known policy',
      set({ syncPolicy: { applicationsSync: 'delete-only' } }),
      'spec.syncPolicy.applicationsSync: Unsupported value: "delete-only"',
    ],
    [
      'a short description',
      object('AppProject', { spec: { description: 'x'.repeat(256) } }),
      'spec.description: Too long',
    ],
  ])('ask for %s', async (_, given, message) => {
    await expect(created(given)).rejects.toThrow(message);
  });

  it('prune what they do not name, and keep what is free', async () => {
    const helm = { valuesObject: { any: { thing: [1] } }, nonsense: 1 };
    const made = await created(
      application({ source: { ...source, helm, nonsense: 1 }, extra: {} }),
    );
    expect(made['spec']).toStrictEqual({
      project: 'default',
      source: { ...source, helm: { valuesObject: { any: { thing: [1] } } } },
      destination,
    });
    const list = { elements: [{ any: 'thing', deep: { er: 1 } }], nonsense: 1 };
    const nested = { git: { repoURL: 'x', revision: 'y', nonsense: 1 }, matrix: { free: 1 } };
    const { spec } = await created(
      set({ generators: [{ list }, { matrix: { generators: [nested] } }] }),
    );
    expect((spec as JsonObject)['generators']).toStrictEqual([
      { list: { elements: list.elements } },
      {
        matrix: {
          generators: [{ git: { repoURL: 'x', revision: 'y' }, matrix: { free: 1 } }],
        },
      },
    ]);
  });

  it('have a status of its own for sets only', async () => {
    const status = { sync: { status: 'Synced' } };
    expect((await created(application({}, { status })))['status']).toStrictEqual(status);
    expect(await created({ ...set({}), status: { resourcesCount: 1 } })).not.toHaveProperty(
      'status',
    );
  });
});
