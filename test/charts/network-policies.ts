import type { Cluster, Pods } from './cluster.ts';
import {
  kindOf,
  labelsAt,
  listAt,
  mapAt,
  matches,
  namespaceOf,
  textAt,
} from './kubernetes-objects.ts';

/** One end of a connection. */
export type Peer = Pick<Pods, 'namespace' | 'labels'>;

export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/**
 * Whether NetworkPolicies let a connection through, by the rules of
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod that any policy
 * selects for a direction is isolated in it, and then one rule of one such policy must allow.
 */
export function isAllowed(cluster: Cluster, flow: Flow): boolean {
  return (['Egress', 'Ingress'] as const).every((direction) =>
    isDirectionAllowed(cluster, flow, direction),
  );
}

function isDirectionAllowed(
  cluster: Cluster,
  flow: Flow,
  direction: 'Ingress' | 'Egress',
): boolean {
  const [subject, other] = direction === 'Ingress' ? [flow.to, flow.from] : [flow.from, flow.to];
  const policies = cluster.objects
    .filter(
      (rendered) =>
        kindOf(rendered.object) === 'NetworkPolicy' && namespaceOf(rendered) === subject.namespace,
    )
    .map(({ object }) => object)
    .filter((policy) => listAt(policy, 'spec', 'policyTypes').includes(direction))
    .filter((policy) =>
      matches(subject.labels, labelsAt(policy, 'spec', 'podSelector', 'matchLabels')),
    );
  if (policies.length === 0) return true;
  const [rules, peers] =
    direction === 'Ingress' ? (['ingress', 'from'] as const) : (['egress', 'to'] as const);
  return policies
    .flatMap((policy) => listAt(policy, 'spec', rules))
    .some(
      (rule) =>
        allowsPort(listAt(rule, 'ports'), flow) &&
        allowsPeer(cluster, subject.namespace, listAt(rule, peers), other),
    );
}

function allowsPort(ports: readonly unknown[], { port, protocol = 'TCP' }: Flow): boolean {
  if (ports.length === 0) return true;
  return ports.some((candidate) => {
    const { port: allowed } = mapAt(candidate);
    return (
      (textAt(candidate, 'protocol') || 'TCP') === protocol &&
      (allowed === undefined || allowed === port)
    );
  });
}

function allowsPeer(
  cluster: Cluster,
  namespace: string,
  peers: readonly unknown[],
  other: Peer,
): boolean {
  if (peers.length === 0) return true;
  return peers.some((peer) => {
    const { namespaceSelector, podSelector, ipBlock } = mapAt(peer);
    if (ipBlock !== undefined) return false;
    const inNamespace =
      namespaceSelector === undefined
        ? other.namespace === namespace
        : matches(
            cluster.namespaces.get(other.namespace) ?? {},
            labelsAt(namespaceSelector, 'matchLabels'),
          );
    return (
      inNamespace &&
      (podSelector === undefined || matches(other.labels, labelsAt(podSelector, 'matchLabels')))
    );
  });
}
