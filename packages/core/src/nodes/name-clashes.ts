import {
  applicationSetName,
  nodeApplicationName,
  nodeId,
  rootApplicationName,
  serviceApplicationName,
  type Environment,
  type Network,
} from '../model/network.ts';

/** A node that would take a name which something else in its environment has. */
export interface NameClash {
  readonly node: string;
  /** One sentence. */
  readonly fault: string;
}

/**
 * Nodes whose names are allowed one by one and cannot stand side by side: `alpha` and `node-alpha` are
 * the same node to their peers, and node `x-vault` with component `backend` makes the same Application
 * as node `x` with component `vault-backend`. The first node keeps the name.
 */
export function nameClashes(
  network: Network,
  environment: Environment,
  nodes: readonly string[],
): NameClash[] {
  const identities = new Map<string, string>();
  const applications = new Map<string, string>([
    [rootApplicationName(network, environment), 'the root'],
    ...network.services.map(({ name }): [string, string] => [
      serviceApplicationName(network, environment, name),
      `service "${name}"`,
    ]),
    ...network.components.map(({ name }): [string, string] => [
      applicationSetName(network, environment, name),
      `the set of "${name}"`,
    ]),
  ]);
  return nodes.flatMap((node) => {
    const clash =
      taken(identities, nodeId(node), `node "${node}"`, 'the identity among its peers') ??
      network.components
        .map((component) => {
          const name = nodeApplicationName(network, environment, {
            node,
            component: component.name,
          });
          return taken(applications, name, `node "${node}"`, 'the Application');
        })
        .find((fault) => fault !== undefined);
    return clash === undefined ? [] : [{ node, fault: clash }];
  });
}

/** Claims a name for an owner, or says who has it. */
function taken(
  owners: Map<string, string>,
  name: string,
  owner: string,
  what: string,
): string | undefined {
  const other = owners.get(name);
  if (other === undefined) {
    owners.set(name, owner);
    return undefined;
  }
  return `${owner} makes ${what} "${name}", which ${other} makes too`;
}
