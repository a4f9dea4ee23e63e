import {
  argocdRepository,
  nodeNamespace,
  rootApplicationName,
  rootProject,
  serviceNamespace,
  workloadsProject,
  type Environment,
  type Network,
} from '../model/network.ts';
import { applicationApiVersion } from './application.ts';

type YamlObject = Record<string, unknown>;

/** Namespace of the operator (PAT controller and wave gate). */
export const operatorNamespace = 'tidegate-system';

interface ProjectInput {
  readonly name: string;
  readonly namespace: string;
  readonly description: string;
  readonly spec: YamlObject;
}

function appProject({ name, namespace, description, spec }: ProjectInput): YamlObject {
  return {
    apiVersion: applicationApiVersion,
    kind: 'AppProject',
    metadata: {
      name,
      namespace,
      annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
    },
    spec: { description, ...spec },
  };
}

/**
 * The environment's projects in both instances. Without sources and destinations a project permits
 * nothing; a project that may deploy into Argo CD's own namespace is as good as an administrator, so
 * workloads have a project of their own that never may.
 */
export function generateProjects(network: Network, environment: Environment): YamlObject[] {
  return [
    rootAppProject(network, environment),
    workloadsAppProject(network, environment),
    adminAppProject(network, environment),
    bootstrapAppProject(network, environment),
  ];
}

/** Name of the admin instance's project and Application that keep `bootstrap/<env>/` in sync. */
export function bootstrapName(network: Network, environment: Environment): string {
  return `${network.name}-bootstrap-${environment.name}`;
}

function rootAppProject(network: Network, environment: Environment): YamlObject {
  const name = rootProject(network, environment);
  return appProject({
    name,
    namespace: environment.argocd.namespace,
    description: `Root and namespaces of ${environment.name}; deploys into Argo CD's namespace only`,
    spec: {
      sourceRepos: [network.git.url, argocdRepository(network.charts.repository)],
      destinations: [{ server: environment.server, namespace: environment.argocd.namespace }],
      namespaceResourceWhitelist: [
        { group: 'argoproj.io', kind: 'Application' },
        { group: 'argoproj.io', kind: 'ApplicationSet' },
        { group: network.patGroup, kind: 'ProjectApplicationTemplate' },
      ],
      ...syncWindows(environment),
      roles: [
        {
          name: 'operator',
          description: 'May sync the root, which starts a rollout, and nothing else',
          policies: [
            policy(name, 'operator', 'get', '*'),
            policy(name, 'operator', 'sync', rootApplicationName(network, environment)),
          ],
          groups: [...environment.groups.operators],
        },
        repairRole(name, environment),
      ],
    },
  });
}

function workloadsAppProject(network: Network, environment: Environment): YamlObject {
  const name = workloadsProject(network, environment);
  const namespaces = new Set([
    ...network.services.map((service) => serviceNamespace(environment, service)),
    nodeNamespace(environment, '*'),
  ]);
  return appProject({
    name,
    namespace: environment.argocd.namespace,
    description: `Services and node components of ${environment.name}`,
    spec: {
      sourceRepos: [network.git.url, argocdRepository(network.charts.repository)],
      // Each namespace by name or prefix. A denied one beside them (`!argocd`) would permit every other.
      destinations: [...namespaces].map((namespace) => ({ server: environment.server, namespace })),
      // No clusterResourceWhitelist: workloads create no cluster-scoped object.
      namespaceResourceBlacklist: [
        { group: '', kind: 'ResourceQuota' },
        { group: '', kind: 'LimitRange' },
        { group: 'argoproj.io', kind: '*' },
        { group: network.patGroup, kind: '*' },
      ],
      ...syncWindows(environment),
      roles: [
        {
          name: 'operator',
          description: 'May look; rollouts start at the root',
          policies: [policy(name, 'operator', 'get', '*')],
          groups: [...environment.groups.operators],
        },
        repairRole(name, environment),
      ],
    },
  });
}

function adminAppProject(network: Network, environment: Environment): YamlObject {
  return appProject({
    name: rootProject(network, environment),
    namespace: environment.argocd.adminNamespace,
    description: `Node namespaces of ${environment.name}, one Application per PAT`,
    spec: {
      sourceRepos: [argocdRepository(network.charts.repository)],
      destinations: [{ server: environment.server, namespace: nodeNamespace(environment, '*') }],
      clusterResourceWhitelist: [
        { group: '', kind: 'Namespace', name: nodeNamespace(environment, '*') },
      ],
      namespaceResourceWhitelist: [
        { group: '', kind: 'ResourceQuota' },
        { group: '', kind: 'LimitRange' },
        { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
        { group: 'rbac.authorization.k8s.io', kind: 'Role' },
        { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
      ],
    },
  });
}

function bootstrapAppProject(network: Network, environment: Environment): YamlObject {
  const namespaces = new Set([
    environment.argocd.namespace,
    environment.argocd.adminNamespace,
    ...network.services.map((service) => serviceNamespace(environment, service)),
    operatorNamespace,
  ]);
  return appProject({
    name: bootstrapName(network, environment),
    namespace: environment.argocd.adminNamespace,
    description: `Settings of both Argo CD instances, projects, namespaces and CRDs of ${environment.name}`,
    spec: {
      sourceRepos: [network.git.url, argocdRepository(network.charts.repository)],
      destinations: [...namespaces].map((namespace) => ({ server: environment.server, namespace })),
      clusterResourceWhitelist: [
        { group: '', kind: 'Namespace' },
        { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
        { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
        { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
      ],
      namespaceResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  });
}

function repairRole(project: string, environment: Environment): YamlObject {
  return {
    name: 'repair',
    description:
      'May sync any Application by itself; goes around the gate and is reported as a bypass',
    policies: [policy(project, 'repair', 'get', '*'), policy(project, 'repair', 'sync', '*')],
    groups: [...environment.groups.repair],
  };
}

function policy(project: string, role: string, action: string, application: string): string {
  return `p, proj:${project}:${role}, applications, ${action}, ${project}/${application}, allow`;
}

/**
 * Allow windows only: outside them Argo CD denies by itself, and an active deny window beats every
 * allow. `syncOverrun` lets an operation that has started finish.
 */
function syncWindows(environment: Environment): YamlObject {
  if (environment.windows.length === 0) return {};
  return {
    syncWindows: environment.windows.map((window) => ({
      kind: 'allow',
      schedule: window.schedule,
      duration: window.duration,
      timeZone: window.timeZone,
      applications: ['*'],
      namespaces: ['*'],
      clusters: ['*'],
      syncOverrun: true,
    })),
  };
}
