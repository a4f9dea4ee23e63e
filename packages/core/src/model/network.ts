import type { MaskSettings } from '../diff/mask.ts';
import type { CompatibilityRule } from '../release/compatibility.ts';
import type { FreezePeriod } from '../release/freeze.ts';

/**
 * The network as all code sees it: the definition with every default filled in, as plain data.
 */
export interface Network {
  /** Prefix of all object names, such as `dlt`. */
  readonly name: string;
  readonly git: {
    readonly url: string;
    readonly branch: string;
    readonly credentialsSecret: string;
  };
  readonly charts: { readonly repository: string; readonly credentialsSecret: string };
  /** API group of ProjectApplicationTemplate. */
  readonly patGroup: string;
  readonly ci: CiSettings;
  /** What the manifest diff takes for a secret. */
  readonly diff: MaskSettings;
  /** Rules between chart versions, such as `backend >=3.1 needs vault >=1.2`. */
  readonly compatibility: readonly CompatibilityRule[];
  readonly waveDelaySeconds: number;
  readonly services: readonly Service[];
  readonly components: readonly Component[];
  /** In the definition's order. */
  readonly environments: readonly Environment[];
}

/** What the generated `.gitlab-ci.yml` is made with. */
export interface CiSettings {
  /** Image of all jobs: tidegate, git and helm. */
  readonly image: string;
  /** Further local files that the pipeline includes. */
  readonly include: readonly string[];
  /** Environments whose cluster merge requests are compared with. */
  readonly liveDiff: readonly string[];
}

/** What has to hold before a release of an environment is cut. */
export interface ReleaseGates {
  /** How long the release of the source must have been out before it is promoted; 0 for not at all. */
  readonly soakSeconds: number;
  readonly freezes: readonly FreezePeriod[];
  readonly allowDowngrades: boolean;
  /** Whether every chart version must be in the chart repository. */
  readonly checkCharts: boolean;
  /** Whether every image tag must be in its registry. */
  readonly checkImages: boolean;
  /** Whether everything must render. */
  readonly checkRender: boolean;
}

/** Something an environment has once: backup, shared services. One Application. */
export interface Service {
  readonly name: string;
  readonly chart: string;
  readonly wave: number;
  /** Default namespace; an environment may have its own. */
  readonly namespace: string;
  readonly layers: readonly ServiceLayer[];
}

/** Something every node has: namespace, vault, backend, frontend. One ApplicationSet. */
export interface Component {
  readonly name: string;
  readonly chart: string;
  readonly wave: number;
  readonly layers: readonly ComponentLayer[];
  /** `namespace` renders the PAT into Argo CD's namespace; `workload` deploys into the node's. */
  readonly role: 'namespace' | 'workload';
}

export type ServiceLayer = 'versions' | 'service';
export type ComponentLayer = 'versions' | 'common' | 'node';

export interface Environment {
  readonly name: string;
  readonly sync: 'automatic' | 'manual';
  readonly promotesFrom: string | undefined;
  readonly cluster: string;
  /** The cluster's API server as its Argo CD knows it. */
  readonly server: string;
  readonly windows: readonly SyncWindow[];
  /** `retain`: what leaves Git stays in the cluster until an operator removes it. */
  readonly dataProtection: 'retain' | 'delete';
  readonly kubernetes: { readonly version: string; readonly apiVersions: readonly string[] };
  readonly argocd: { readonly namespace: string; readonly adminNamespace: string };
  /** Namespace of every service, by service name. */
  readonly serviceNamespaces: Readonly<Record<string, string>>;
  readonly nodeNamespacePrefix: string;
  readonly groups: { readonly operators: readonly string[]; readonly repair: readonly string[] };
  readonly gates: ReleaseGates;
}

/** An allow window. There are no deny windows: outside its allow windows Argo CD denies by itself. */
export interface SyncWindow {
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
}

/** The service that backs up before every rollout. Always there. */
export const backupService = 'backup';

/** Top-level key of the components' versions in `versions/<env>.yaml`; the charts read it by this name. */
export const componentVersionsKey = 'dlt-node';

/** Namespace of a node's workloads, such as `dlt-node-alpha`. */
export function nodeNamespace(environment: Environment, node: string): string {
  return `${environment.nodeNamespacePrefix}${node}`;
}

/** Namespace of a service in an environment, such as `dlt-ops`. */
export function serviceNamespace(environment: Environment, service: Service): string {
  return environment.serviceNamespaces[service.name] ?? service.namespace;
}

/** AppProject of the root and of what lives in Argo CD's own namespace. */
export function rootProject(network: Network, environment: Environment): string {
  return `${network.name}-${environment.name}`;
}

/** AppProject of everything that is deployed into workload namespaces. */
export function workloadsProject(network: Network, environment: Environment): string {
  return `${rootProject(network, environment)}-workloads`;
}

/** Name of the App of Apps. */
export function rootApplicationName(network: Network, environment: Environment): string {
  return `${network.name}-root-${environment.name}`;
}

/** Name of a service's Application, such as `dlt-backup-qa`. */
export function serviceApplicationName(
  network: Network,
  environment: Environment,
  service: string,
): string {
  return `${network.name}-${service}-${environment.name}`;
}

/** Name of a component's ApplicationSet, such as `dlt-nodes-vault-qa`. */
export function applicationSetName(
  network: Network,
  environment: Environment,
  component: string,
): string {
  return `${network.name}-nodes-${component}-${environment.name}`;
}

/** Where one generated Application belongs. */
export interface NodeComponent {
  readonly node: string;
  readonly component: string;
}

/** Name of a generated Application, such as `dlt-node-alpha-vault-qa`; also its Helm release name. */
export function nodeApplicationName(
  network: Network,
  environment: Environment,
  { node, component }: NodeComponent,
): string {
  return `${network.name}-${node}-${component}-${environment.name}`;
}

/** The short identity of a node inside the ledger: its name without a leading `node-`. */
export function nodeId(node: string): string {
  return node.startsWith('node-') && node.length > 5 ? node.slice(5) : node;
}

/** Name of a node's peer-to-peer Service, such as `node-alpha`. */
export function nodeServiceName(node: string): string {
  return `node-${nodeId(node)}`;
}

/** Host name under which peers reach a node. */
export function nodeHostName(environment: Environment, node: string): string {
  return `${nodeServiceName(node)}.${nodeNamespace(environment, node)}.svc.cluster.local`;
}

/**
 * Value of the label `tidegate.dev/network` on node namespaces; nodes of one value reach each other.
 * Environments that share a cluster are kept apart by it.
 */
export function networkLabel(network: Network, environment: Environment): string {
  const isShared = network.environments.some(
    (other) => other.name !== environment.name && other.cluster === environment.cluster,
  );
  return isShared ? `${network.name}-${environment.name}` : network.name;
}

/** The chart repository as Argo CD wants it: an OCI registry without its scheme. */
export function argocdRepository(repository: string): string {
  return repository.replace(/^oci:\/\//i, '');
}

/** Whether a chart repository is an OCI registry: by its scheme, or because it has none. */
export function isOciRepository(repository: string): boolean {
  return /^oci:\/\//i.test(repository) || !repository.includes('://');
}

/** The revision that an environment's release is tagged with. */
export function releaseTag(environment: string, release: number): string {
  return `release/${environment}/${release}`;
}
