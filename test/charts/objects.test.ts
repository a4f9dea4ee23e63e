import { parseYamlDocuments } from '@tidegate/core';
import { describe, expect, test } from 'vitest';
import { clustersOf } from './cluster.ts';
import {
  containersOf,
  kindOf,
  listAt,
  mapAt,
  namespaceOf,
  textAt,
  titleOf,
} from './kubernetes-objects.ts';
import { schemaFaults } from './kubernetes-schema.ts';
import { restrictedFaults } from './pod-security.ts';
import { renderExample, variants, type KubernetesObject } from './rendered-network.ts';

/** Kinds that live in a namespace, of all that the charts render; any other kind must be looked at. */
const namespaced = new Set([
  'ConfigMap',
  'Deployment',
  'Ingress',
  'Job',
  'LimitRange',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ProjectApplicationTemplate',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'Service',
  'ServiceAccount',
  'StatefulSet',
]);

describe.each(Object.entries(variants))('%s', async (_name, edits) => {
  const rendered = await renderExample(edits);
  const clusters = clustersOf(rendered);
  const own = rendered.objects;

  test('every object passes the Kubernetes schemas', () => {
    expect(own.length).toBeGreaterThan(200);
    for (const one of own) {
      if (kindOf(one.object) === 'ProjectApplicationTemplate') continue;
      expect(schemaFaults(one.object), titleOf(one)).toEqual([]);
    }
  });

  test('every object of bootstrap passes them too', () => {
    let checked = 0;
    for (const [path, content] of rendered.files) {
      if (!/^bootstrap\/.*(?<!kustomization)\.yaml$/.test(path)) continue;
      for (const { value } of parseYamlDocuments(content, path)) {
        const object = value as KubernetesObject;
        if (textAt(object, 'apiVersion').startsWith('argoproj.io/')) continue;
        expect(schemaFaults(object), `${path} ${kindOf(object)}`).toEqual([]);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(30);
  });

  test('every pod keeps the restricted Pod Security Standard', () => {
    const pods = clusters.flatMap((cluster) => cluster.pods);
    expect(pods.length).toBeGreaterThan(30);
    for (const one of pods) expect(restrictedFaults(one.template), one.workload).toEqual([]);
  });

  test('containers have requests, limits and no writable root file system', () => {
    for (const { template, workload } of clusters.flatMap((cluster) => cluster.pods)) {
      expect(mapAt(template, 'spec')['automountServiceAccountToken'], workload).toBe(false);
      for (const container of containersOf(template)) {
        expect(Object.keys(mapAt(container, 'resources', 'requests'))).toContain('memory');
        expect(Object.keys(mapAt(container, 'resources', 'limits'))).toContain('memory');
        expect(mapAt(container, 'securityContext')['readOnlyRootFilesystem'], workload).toBe(true);
      }
    }
  });

  test('the non-admin instance renders no cluster-scoped object, and stays in its namespace', () => {
    for (const one of own.filter(({ target }) => target.instance === 'non-admin')) {
      expect(namespaced, titleOf(one)).toContain(kindOf(one.object));
      expect(namespaceOf(one), titleOf(one)).toBe(one.target.namespace);
    }
  });

  test('the admin instance renders a namespace with quota, limits, roles and default deny', () => {
    const targets = new Set(
      own.filter(({ target }) => target.instance === 'admin').map(({ target }) => target),
    );
    expect(targets.size).toBe(10);
    for (const target of targets) {
      const kinds = own.filter((one) => one.target === target).map(({ object }) => kindOf(object));
      expect(kinds.sort()).toEqual([
        'LimitRange',
        'Namespace',
        'NetworkPolicy',
        'ResourceQuota',
        'Role',
        'Role',
        'RoleBinding',
        'RoleBinding',
      ]);
      expect(target.chart).toMatchObject({ name: 'dlt-namespace', version: '1.0.0' });
    }
  });

  test('no object is rendered twice in one cluster', () => {
    const titles = own.map(titleOf);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  test('AppProjects permit every object that is rendered', () => {
    for (const environment of rendered.network.environments) {
      const file = `bootstrap/${environment.name}/projects.yaml`;
      const projects = parseYamlDocuments(rendered.files.get(file) ?? '', file).map(
        ({ value }) => value as KubernetesObject,
      );
      for (const one of own.filter(({ target }) => target.environment === environment.name)) {
        const { admin, name } = projectOf(
          one.target.instance,
          kindOf(one.object),
          environment.name,
        );
        const project = projects.find(
          (candidate) =>
            textAt(candidate, 'metadata', 'name') === name &&
            (textAt(candidate, 'metadata', 'namespace') === 'argocd-admin') === admin,
        );
        expect(permits(project, one.object), titleOf(one)).toBe(true);
      }
    }
  });

  test('the Argo CD that deploys into a node has a right for every kind that it deploys', () => {
    for (const cluster of clusters) {
      for (const one of cluster.objects) {
        if (one.target.node === undefined || one.target.instance === 'admin') continue;
        if (one.target.component === 'namespace') continue;
        const roles = cluster.objects.filter(
          (other) =>
            kindOf(other.object) === 'Role' &&
            textAt(other.object, 'metadata', 'name') === 'node-deployer' &&
            namespaceOf(other) === namespaceOf(one),
        );
        const rules = roles.flatMap(({ object }) => listAt(object, 'rules'));
        expect(
          rules.some((rule) => covers(rule, one.object)),
          titleOf(one),
        ).toBe(true);
      }
    }
  });
});

function projectOf(
  instance: 'admin' | 'non-admin',
  kind: string,
  environment: string,
): { admin: boolean; name: string } {
  if (instance === 'admin') return { admin: true, name: `dlt-${environment}` };
  const isPat = kind === 'ProjectApplicationTemplate';
  return { admin: false, name: `dlt-${environment}${isPat ? '' : '-workloads'}` };
}

/** Argo CD's rule: whitelisted where there is a list, and not blacklisted; cluster kinds need a list. */
function permits(project: KubernetesObject | undefined, object: KubernetesObject): boolean {
  const group = textAt(object, 'apiVersion').includes('/')
    ? (textAt(object, 'apiVersion').split('/')[0] ?? '')
    : '';
  const kind = kindOf(object);
  const listed = (list: string): boolean =>
    listAt(project, 'spec', list).some(
      (entry) =>
        ['*', group].includes(textAt(entry, 'group')) &&
        ['*', kind].includes(textAt(entry, 'kind')),
    );
  if (project === undefined) return false;
  if (kind === 'Namespace') return listed('clusterResourceWhitelist');
  const whitelist = mapAt(project, 'spec')['namespaceResourceWhitelist'];
  return (
    (whitelist === undefined || listed('namespaceResourceWhitelist')) &&
    !listed('namespaceResourceBlacklist')
  );
}

function covers(rule: unknown, object: KubernetesObject): boolean {
  const [group = ''] = textAt(object, 'apiVersion').includes('/')
    ? textAt(object, 'apiVersion').split('/')
    : [''];
  const kind = kindOf(object).toLowerCase();
  const plural = kind.endsWith('y')
    ? `${kind.slice(0, -1)}ies`
    : kind.endsWith('s')
      ? `${kind}es`
      : `${kind}s`;
  return (
    listAt(rule, 'apiGroups').includes(group) &&
    listAt(rule, 'resources').includes(plural) &&
    ['create', 'update', 'patch', 'delete'].every((verb) => listAt(rule, 'verbs').includes(verb))
  );
}
