import { describe, expect, it } from 'vitest';
import {
  admits,
  admitsClusterWide,
  admitsNamespaced,
  mayDo,
  type Destination,
} from '../../test/app-project.ts';
import { definition, emptyFields, ownedRepository, type Plain } from '../../test/generated.ts';
import type { Network } from '../model/network.ts';
import { generateProjects } from './projects.ts';
import { valueAt } from './value-at.ts';

const server = 'https://kubernetes.default.svc';
const specNetwork = ownedRepository().network;

/** The projects of an environment by namespace and name. */
function projectsOf(network: Network, environmentName: string): Map<string, Plain> {
  const environment = network.environments.find((e) => e.name === environmentName);
  if (environment === undefined) throw new Error(`no environment ${environmentName}`);
  const projects = generateProjects(network, environment).map((project): [string, Plain] => {
    const { namespace, name } = project['metadata'] as Record<string, string>;
    return [`${namespace ?? ''}/${name ?? ''}`, project];
  });
  return new Map(projects);
}

function to(namespace: string, atServer: string = server): Destination {
  return { server: atServer, namespace };
}

describe('the evaluator of destinations', () => {
  const project = (...destinations: Plain[]): Plain => ({ spec: { destinations } });

  it('needs server and namespace of one entry to match', () => {
    const one = project({ server, namespace: 'dlt-*' });

    expect(admits(one, to('dlt-ops'))).toBe(true);
    expect(admits(one, to('argocd'))).toBe(false);
    expect(admits(one, to('dlt-ops', 'https://other'))).toBe(false);
    expect(admits(project(), to('dlt-ops'))).toBe(false);
  });

  it('takes an entry with ! for one that matches every other namespace', () => {
    const one = project({ server, namespace: '!argocd' });
    const two = project({ server, namespace: '*' }, { server, namespace: '!argocd' });

    expect([admits(one, to('argocd')), admits(one, to('kube-system'))]).toEqual([false, true]);
    expect([admits(two, to('argocd')), admits(two, to('kube-system'))]).toEqual([false, true]);
  });
});

describe.each(['qa', 'preprod', 'prod'])('the projects of %s', (environment) => {
  const projects = projectsOf(specNetwork, environment);
  const root = projects.get(`argocd/dlt-${environment}`);
  const workloads = projects.get(`argocd/dlt-${environment}-workloads`);
  const admin = projects.get(`argocd-admin/dlt-${environment}`);
  const bootstrap = projects.get(`argocd-admin/dlt-bootstrap-${environment}`);

  it('are four, none of them deleted with its file', () => {
    expect(projects.size).toBe(4);
    for (const project of projects.values()) {
      expect(valueAt(project, ['kind'])).toBe('AppProject');
      expect(valueAt(project, ['metadata', 'annotations', 'argocd.argoproj.io/sync-options'])).toBe(
        'Prune=false,Delete=false',
      );
    }
  });

  it('read from the two repositories only', () => {
    for (const project of projects.values()) {
      const repositories = valueAt(project, ['spec', 'sourceRepos']) as string[];
      expect(repositories.length).toBeGreaterThan(0);
      for (const repository of repositories) {
        expect([specNetwork.git.url, specNetwork.charts.repository]).toContain(repository);
      }
    }
  });

  it('never let workloads into a namespace of Argo CD', () => {
    for (const namespace of ['argocd', 'argocd-admin']) {
      expect(admits(workloads, to(namespace))).toBe(false);
      expect(admits(admin, to(namespace))).toBe(false);
    }
  });

  it('let workloads into the namespaces of services and nodes', () => {
    for (const namespace of ['dlt-ops', 'dlt-shared', 'dlt-node-alpha', 'dlt-node-zeta']) {
      expect(admits(workloads, to(namespace)), namespace).toBe(true);
    }
  });

  it('do not let workloads into any other namespace', () => {
    const others = ['kube-system', 'default', 'tidegate-system', 'other', 'argocd-x', 'dltx'];

    expect(others.filter((namespace) => admits(workloads, to(namespace)))).toEqual([]);
  });

  it('let nothing into another cluster', () => {
    for (const project of projects.values()) {
      for (const namespace of ['argocd', 'argocd-admin', 'dlt-ops', 'dlt-node-alpha']) {
        expect(admits(project, to(namespace, 'https://10.0.0.1'))).toBe(false);
      }
    }
  });

  it('let the root deploy into its own namespace only, and only what belongs there', () => {
    expect(admits(root, to('argocd'))).toBe(true);
    for (const namespace of ['argocd-admin', 'dlt-ops', 'kube-system']) {
      expect(admits(root, to(namespace)), namespace).toBe(false);
    }
    expect(admitsNamespaced(root, 'argoproj.io', 'Application')).toBe(true);
    expect(admitsNamespaced(root, 'argoproj.io', 'ApplicationSet')).toBe(true);
    expect(admitsNamespaced(root, 'your.group', 'ProjectApplicationTemplate')).toBe(true);
    for (const [group, kind] of [
      ['argoproj.io', 'AppProject'],
      ['', 'ConfigMap'],
      ['', 'Secret'],
      ['batch', 'Job'],
      ['rbac.authorization.k8s.io', 'RoleBinding'],
    ] as const) {
      expect(admitsNamespaced(root, group, kind), kind).toBe(false);
    }
  });

  it('let workloads create ordinary objects, but no Argo CD objects, quotas or cluster-wide ones', () => {
    for (const [group, kind] of [
      ['apps', 'StatefulSet'],
      ['batch', 'Job'],
      ['', 'Service'],
      ['', 'ConfigMap'],
      ['networking.k8s.io', 'NetworkPolicy'],
    ] as const) {
      expect(admitsNamespaced(workloads, group, kind), kind).toBe(true);
    }
    for (const [group, kind] of [
      ['argoproj.io', 'Application'],
      ['argoproj.io', 'AppProject'],
      ['your.group', 'ProjectApplicationTemplate'],
      ['', 'ResourceQuota'],
      ['', 'LimitRange'],
    ] as const) {
      expect(admitsNamespaced(workloads, group, kind), kind).toBe(false);
    }
    for (const project of [root, workloads]) {
      expect(admitsClusterWide(project, '', 'Namespace')).toBe(false);
      expect(admitsClusterWide(project, 'rbac.authorization.k8s.io', 'ClusterRole')).toBe(false);
    }
  });

  it('let the admin instance make node namespaces, with quotas and roles and nothing else', () => {
    expect(admits(admin, to('dlt-node-alpha'))).toBe(true);
    expect(admitsClusterWide(admin, '', 'Namespace')).toBe(true);
    expect(admitsClusterWide(admin, 'rbac.authorization.k8s.io', 'ClusterRole')).toBe(false);
    for (const kind of ['ResourceQuota', 'LimitRange']) {
      expect(admitsNamespaced(admin, '', kind)).toBe(true);
    }
    for (const [group, kind] of [
      ['', 'Secret'],
      ['apps', 'Deployment'],
    ] as const) {
      expect(admitsNamespaced(admin, group, kind)).toBe(false);
    }
  });

  it('let the bootstrap into both instances, the services and the operator, not into nodes', () => {
    for (const namespace of [
      'argocd',
      'argocd-admin',
      'dlt-ops',
      'dlt-shared',
      'tidegate-system',
    ]) {
      expect(admits(bootstrap, to(namespace)), namespace).toBe(true);
    }
    for (const namespace of ['dlt-node-alpha', 'kube-system']) {
      expect(admits(bootstrap, to(namespace)), namespace).toBe(false);
    }
  });

  it('let an operator sync the root and nothing else', () => {
    const sync = (project: Plain | undefined, application: string): boolean =>
      mayDo(project, 'operator', { action: 'sync', application });

    expect(sync(root, `dlt-root-${environment}`)).toBe(true);
    expect(sync(root, `dlt-node-alpha-namespace-${environment}`)).toBe(false);
    expect(sync(root, `dlt-root-${environment}-other`)).toBe(false);
    expect(sync(workloads, `dlt-backup-${environment}`)).toBe(false);
    expect(sync(workloads, `dlt-node-alpha-vault-${environment}`)).toBe(false);
    for (const project of [root, workloads]) {
      expect(mayDo(project, 'operator', { action: 'get', application: 'dlt-any' })).toBe(true);
      for (const action of ['create', 'update', 'delete', 'override', 'action/x', 'exec']) {
        expect(mayDo(project, 'operator', { action, application: `dlt-root-${environment}` })).toBe(
          false,
        );
      }
    }
  });

  it('let the repair role sync any Application, and change none', () => {
    for (const project of [root, workloads]) {
      const request = { application: 'dlt-node-alpha-vault-x' };
      expect(mayDo(project, 'repair', { action: 'sync', ...request })).toBe(true);
      expect(mayDo(project, 'repair', { action: 'delete', ...request })).toBe(false);
      expect(mayDo(project, 'repair', { action: 'update', ...request })).toBe(false);
    }
  });

  it('give the roles to groups of this environment', () => {
    for (const project of [root, workloads]) {
      const roles = valueAt(project, ['spec', 'roles']) as { name: string; groups: string[] }[];
      expect(roles.map(({ name, groups }) => [name, groups])).toEqual([
        ['operator', [`dlt-${environment}-operators`]],
        ['repair', [`dlt-${environment}-repair`]],
      ]);
    }
  });

  it('have no empty field', () => {
    for (const project of projects.values()) {
      // The core API group is written as "".
      expect(emptyFields(project).filter((path) => !path.endsWith('.group'))).toEqual([]);
    }
  });
});

describe('sync windows', () => {
  it('are the definition’s, allow windows only, the same on both projects', () => {
    const expected: Readonly<Record<string, unknown>> = {
      qa: [{ schedule: '0 8 * * 1-5', duration: '8h' }],
      preprod: undefined,
      prod: [{ schedule: '0 22 * * 3', duration: '4h' }],
    };
    for (const [environment, windows] of Object.entries(expected)) {
      const projects = projectsOf(specNetwork, environment);
      for (const name of [`dlt-${environment}`, `dlt-${environment}-workloads`]) {
        const found = valueAt(projects.get(`argocd/${name}`), ['spec', 'syncWindows']);
        expect(found).toEqual(
          windows === undefined
            ? undefined
            : (windows as Plain[]).map((window) => ({
                kind: 'allow',
                ...window,
                timeZone: 'UTC',
                applications: ['*'],
                namespaces: ['*'],
                clusters: ['*'],
                syncOverrun: true,
              })),
        );
      }
    }
  });

  it('never let a sync by hand through, and are not on the admin instance', () => {
    for (const environment of ['qa', 'preprod', 'prod']) {
      for (const [name, project] of projectsOf(specNetwork, environment)) {
        const windows = (valueAt(project, ['spec', 'syncWindows']) ?? []) as Plain[];
        if (name.startsWith('argocd-admin/')) expect(windows).toEqual([]);
        for (const window of windows) {
          expect(window).not.toHaveProperty('manualSync');
          expect(window['kind']).toBe('allow');
        }
      }
    }
  });

  it('keep their time zone and their number', () => {
    const text = definition([
      'timeZone: UTC\n  preprod:',
      'timeZone: Europe/Zurich\n      - schedule: "0 20 * * 2"\n        duration: 1h30m\n  preprod:',
    ]);
    const projects = projectsOf(ownedRepository(text).network, 'qa');
    const windows = valueAt(projects.get('argocd/dlt-qa'), ['spec', 'syncWindows']) as Plain[];

    expect(windows.map((w) => [w['schedule'], w['duration'], w['timeZone']])).toEqual([
      ['0 8 * * 1-5', '8h', 'Europe/Zurich'],
      ['0 20 * * 2', '1h30m', 'UTC'],
    ]);
  });
});

describe('projects of another network', () => {
  it('follow its names, namespaces, server, PAT group and groups of people', () => {
    const text = definition(
      ['name: dlt\n', 'name: ledger\n'],
      ['group: your.group', 'group: pat.example.org'],
      ['namespace: argocd\n', 'namespace: gitops\n'],
      ['adminNamespace: argocd-admin', 'adminNamespace: gitops-admin'],
      [
        'sync: manual\n    promotesFrom: qa',
        'sync: manual\n    promotesFrom: qa\n    server: https://10.0.0.7\n    nodeNamespacePrefix: n-\n    groups:\n      operators: [ops-a, ops-b]',
      ],
    );
    const projects = projectsOf(ownedRepository(text, {}).network, 'preprod');
    const root = projects.get('gitops/ledger-preprod');
    const workloads = projects.get('gitops/ledger-preprod-workloads');

    expect([...projects.keys()]).toEqual([
      'gitops/ledger-preprod',
      'gitops/ledger-preprod-workloads',
      'gitops-admin/ledger-preprod',
      'gitops-admin/ledger-bootstrap-preprod',
    ]);
    expect(admits(root, to('gitops', 'https://10.0.0.7'))).toBe(true);
    expect(admits(root, to('gitops'))).toBe(false);
    expect(admits(workloads, to('n-node-alpha', 'https://10.0.0.7'))).toBe(true);
    expect(admits(workloads, to('gitops', 'https://10.0.0.7'))).toBe(false);
    expect(admits(workloads, to('gitops-admin', 'https://10.0.0.7'))).toBe(false);
    expect(admitsNamespaced(root, 'pat.example.org', 'ProjectApplicationTemplate')).toBe(true);
    expect(admitsNamespaced(root, 'your.group', 'ProjectApplicationTemplate')).toBe(false);
    expect(valueAt(root, ['spec', 'roles', 0, 'groups'])).toEqual(['ops-a', 'ops-b']);
  });
});
