import {
  backupService,
  networkLabel,
  rootProject,
  type Environment,
  type Network,
} from '../model/network.ts';

/** A value by its path, such as `global.network`. */
export type ChartFact = readonly [name: string, value: string];

/** What ApplicationSet templates put in place of a node's name. */
export const nodeParameter = '{{path.basename}}';

const sharedServices = 'shared-services';

/**
 * What `tidegate.yaml` decides and charts need to know. Manifests pass it over all layers, so that it
 * cannot say two things; what a chart would take by itself is left out.
 */
export function chartFacts(network: Network, environment: Environment): ChartFact[] {
  const label = networkLabel(network, environment);
  const backup = environment.serviceNamespaces[backupService];
  const shared = environment.serviceNamespaces[sharedServices];
  return [
    ...(label === 'dlt' ? [] : [['global.network', label] as const]),
    ...(backup === undefined || backup === `${label}-ops`
      ? []
      : [['global.backupNamespace', backup] as const]),
    ...(shared === undefined || shared === `${label}-shared`
      ? []
      : [['global.sharedNamespace', shared] as const]),
    ['global.dataProtection', environment.dataProtection],
  ];
}

/**
 * What the request for a node's namespace says, whatever a node's values say: its name and namespace,
 * the project and cluster of the admin instance's Application. The admin instance may create
 * namespaces; which ones must not be up to whoever edits a node.
 */
export function requestFacts(network: Network, environment: Environment): ChartFact[] {
  const namespace = `${environment.nodeNamespacePrefix}${nodeParameter}`;
  const facts: ChartFact[] = [
    ['apiGroup', network.patGroup],
    ['name', namespace],
    ['namespace', namespace],
    ['project', rootProject(network, environment)],
    ['destination.server', environment.server],
  ];
  return facts.map(([name, value]) => [`projectApplicationTemplate.${name}`, value]);
}
