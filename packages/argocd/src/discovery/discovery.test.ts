import { KubeError } from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { definition, testApi } from '../../test/api-server.ts';
import { createDiscovery } from './discovery.ts';

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };

describe('discovery', () => {
  it('knows built-in kinds, their scope and their preferred version', async () => {
    const discovery = createDiscovery(testApi().client);
    expect(discovery.all()).toEqual([]);
    await discovery.refresh();
    expect(discovery.resourceFor('apps', undefined, 'Deployment')).toMatchObject({
      type: { apiVersion: 'apps/v1', plural: 'deployments' },
      namespaced: true,
      preferred: true,
    });
    expect(discovery.resourceFor('', 'v1', 'Namespace')).toMatchObject({ namespaced: false });
    expect(discovery.resourceFor('', 'v2', 'Namespace')).toBeUndefined();
    expect(discovery.resourceFor('apps', undefined, 'Scale')).toBeUndefined();
    expect(discovery.kubeVersion()).toMatch(/^v1\.\d+\.\d+$/);
  });

  it('prefers the version that the server does, and another for what that does not have', async () => {
    const resource = (name: string, kind: string): object => ({ name, kind, verbs: ['list'] });
    const answers: Readonly<Record<string, unknown>> = {
      '/version': { gitVersion: 'v1.36.1-gke.100' },
      '/api': { versions: [] },
      '/apis': {
        groups: [
          {
            name: 'example.dev',
            versions: [{ version: 'v1' }, { version: 'v2' }, { version: 'v3' }],
            preferredVersion: { version: 'v2' },
          },
        ],
      },
      '/apis/example.dev/v1': { resources: [resource('gates', 'Gate'), resource('olds', 'Old')] },
      '/apis/example.dev/v2': { resources: [resource('gates', 'Gate'), resource('gates/x', 'X')] },
    };
    const raw = (path: string): Promise<never> =>
      path in answers
        ? Promise.resolve(answers[path] as never)
        : Promise.reject(new KubeError(503, { message: 'away' }));
    const discovery = createDiscovery({ raw });
    await discovery.refresh();
    expect(discovery.kubeVersion()).toBe('v1.36.1');
    expect(discovery.all().map((one) => [one.kind, one.version, one.preferred])).toEqual([
      ['Gate', 'v2', true],
      ['Gate', 'v1', false],
      ['Old', 'v1', true],
    ]);
    await expect(discovery.refreshVersion('example.dev', 'v3')).rejects.toThrow('away');
    await expect(createDiscovery({ raw: () => raw('/nowhere') }).refresh()).rejects.toThrow('away');
  });

  it('tells Helm of kinds that can be watched, once, sorted', async () => {
    const discovery = createDiscovery(testApi().client);
    await discovery.refresh();
    const versions = discovery.apiVersions();
    expect(versions).toEqual([...new Set(versions)].sort());
    expect(versions).toContain('v1');
    expect(versions).toContain('apps/v1/Deployment');
    expect(versions).not.toContain('v1/Binding');
    const fewer = discovery.apiVersions((group, kind) => group === '' && kind === 'Endpoints');
    expect(versions.filter((version) => !fewer.includes(version))).toEqual(['v1/Endpoints']);
  });

  it('learns of a definition that arrives and of one that goes', async () => {
    const api = testApi();
    const discovery = createDiscovery(api.client);
    await discovery.refresh();
    expect(await discovery.find('example.dev', 'v1', 'Gate')).toBeUndefined();
    await api.client.create(definitions, definition('Gate', 'gates'));
    api.pass(500);
    expect(discovery.resourceFor('example.dev', 'v1', 'Gate')).toBeUndefined();
    expect(await discovery.find('example.dev', 'v1', 'Gate')).toMatchObject({
      type: { apiVersion: 'example.dev/v1', plural: 'gates' },
    });
    await discovery.refresh();
    expect(discovery.apiVersions()).toContain('example.dev/v1/Gate');
    await api.client.delete(definitions, { name: 'gates.example.dev' });
    api.pass(2000);
    expect(await discovery.refreshVersion('example.dev', 'v1')).toBeUndefined();
    expect(discovery.resourceFor('example.dev', 'v1', 'Gate')).toBeUndefined();
  });

  it('reads again for a refresh that is asked for while one runs', async () => {
    const api = testApi();
    const discovery = createDiscovery(api.client);
    const first = discovery.refresh();
    await api.client.create(definitions, definition('Gate', 'gates'));
    api.pass(500);
    await Promise.all([first, discovery.refresh(), discovery.refresh()]);
    expect(discovery.resourceFor('example.dev', undefined, 'Gate')).toBeDefined();
  });
});
