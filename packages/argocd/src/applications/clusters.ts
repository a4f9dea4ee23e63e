import type { ApplicationDestination } from './application.ts';

/** A cluster that Argo CD knows. */
export interface Cluster {
  readonly server: string;
  readonly name: string;
}

/** The cluster that Argo CD runs in. */
export const inCluster: Cluster = { server: 'https://kubernetes.default.svc', name: 'in-cluster' };

/**
 * The cluster of a destination, or why there is none. Only the cluster that Argo CD runs in is known.
 * Source: `GetDestinationCluster` in util/argo/argo.go.
 */
export function destinationCluster({
  server = '',
  name = '',
}: ApplicationDestination): Cluster | { readonly fault: string } {
  if (server !== '' && name !== '') {
    const both = "application destination can't have both name and server defined";
    return { fault: `${both}: ${name} ${server}` };
  }
  if (server !== '') {
    const plain = server.replace(/\/+$/, '');
    if (plain === inCluster.server) return inCluster;
    const cause = `rpc error: code = NotFound desc = cluster "${plain}" not found`;
    return { fault: `error getting cluster by server "${plain}": ${cause}` };
  }
  if (name === '') return { fault: 'Destination server missing from app spec' };
  return name === inCluster.name
    ? inCluster
    : { fault: `there are no clusters with this name: ${name}` };
}
