import { UsageError } from '../errors/tidegate-error.ts';
import { helmReleaseNameLengthMax, isDnsLabel } from '../model/names.ts';
import {
  nodeApplicationName,
  nodeNamespace,
  type Environment,
  type Network,
} from '../model/network.ts';

/**
 * Says why a name cannot be a node of an environment, or nothing. Every name that Argo CD, Helm and
 * Kubernetes make from it must be valid, and its namespace must be its own.
 */
export function nodeNameFault(
  network: Network,
  environment: Environment,
  node: string,
): string | undefined {
  if (!isDnsLabel(node)) {
    return `node name ${JSON.stringify(node)} is no DNS label; expected 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends`;
  }
  const names = network.components.map((component) =>
    nodeApplicationName(network, environment, { node, component: component.name }),
  );
  const longest = names.reduce((a, b) => (b.length > a.length ? b : a), '');
  if (longest.length > helmReleaseNameLengthMax) {
    const roomFor = helmReleaseNameLengthMax - (longest.length - node.length);
    return `node name "${node}" makes the Helm release name "${longest}" of ${longest.length} characters; Helm allows ${helmReleaseNameLengthMax}, so a node name in "${environment.name}" has ${roomFor} at most`;
  }
  const namespace = nodeNamespace(environment, node);
  if (!isDnsLabel(namespace)) {
    return `node name "${node}" makes "${namespace}", which is no namespace name`;
  }
  const taken = [
    environment.argocd.namespace,
    environment.argocd.adminNamespace,
    ...Object.values(environment.serviceNamespaces),
  ];
  if (taken.includes(namespace)) {
    return `node name "${node}" makes namespace "${namespace}", which environment "${environment.name}" uses already`;
  }
  return undefined;
}

/** Throws UsageError when the name cannot be a node's. */
export function assertNodeName(network: Network, environment: Environment, node: string): void {
  const fault = nodeNameFault(network, environment, node);
  if (fault !== undefined) {
    throw new UsageError(fault, { hint: 'a node is named by its folder, such as node-delta' });
  }
}
