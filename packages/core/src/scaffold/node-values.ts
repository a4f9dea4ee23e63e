import { nodeValuesPath } from '../layout/paths.ts';
import {
  nodeHostName,
  nodeId,
  nodeNamespace,
  type Environment,
  type Network,
} from '../model/network.ts';
import type { FileContent } from '../ports/file-tree.ts';
import { formatYaml } from '../yaml/format-yaml.ts';

/** What a new node's values say about it. */
export interface NodeProfile {
  readonly node: string;
  /** What the node does in the ledger, such as `validator` or `observer`. */
  readonly role: string;
  /** Names of the nodes it connects to first. */
  readonly peers: readonly string[];
}

/**
 * The values files of a new node, one per component (spec section 15): only what differs from the
 * environment's common values. A component that Tidegate does not know gets an empty entry to fill.
 */
export function nodeValuesFiles(
  network: Network,
  environment: Environment,
  profile: NodeProfile,
): FileContent[] {
  return network.components
    .filter((component) => component.layers.includes('node'))
    .map((component) => ({
      path: nodeValuesPath(environment.name, profile.node, component.name),
      content: formatYaml(componentValues(environment, component.name, profile)),
    }));
}

function componentValues(
  environment: Environment,
  component: string,
  { node, role, peers }: NodeProfile,
): Record<string, unknown> {
  const namespace = nodeNamespace(environment, node);
  switch (component) {
    case 'namespace':
      return { projectApplicationTemplate: { name: namespace, namespace } };
    case 'vault':
      return { vault: { server: { extraEnv: [{ name: 'VAULT_CLUSTER_NAME', value: node }] } } };
    case 'backend':
      return {
        backend: {
          node: {
            id: nodeId(node),
            role,
            ...(peers.length > 0
              ? { peers: peers.map((peer) => nodeHostName(environment, peer)) }
              : {}),
          },
        },
      };
    case 'frontend':
      return {
        frontend: {
          env: {
            NODE_ID: nodeId(node),
            BACKEND_URL: `http://backend.${namespace}.svc.cluster.local`,
          },
        },
      };
    default:
      return { [component]: {} };
  }
}
