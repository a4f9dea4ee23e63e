import { throwFaults, type Diagnostic } from '../errors/tidegate-error.ts';
import { nodesFolder, nodeValuesPath } from '../layout/paths.ts';
import { nodesPerEnvironmentMax } from '../model/names.ts';
import type { Environment, Network } from '../model/network.ts';
import type { FileTree } from '../ports/file-tree.ts';
import { nodeNameFault } from './check-node-name.ts';
import { nameClashes } from './name-clashes.ts';

/**
 * The environment's nodes, sorted: the folders below `envs/<env>/nodes`, as Argo CD's git directory
 * generator sees them (folders that begin with a dot are none). Throws InputError when a folder's
 * name cannot be a node's, two of them make the same name, or there are more than 2,000.
 */
export async function listNodes(
  tree: FileTree,
  network: Network,
  environment: Environment,
): Promise<string[]> {
  const folder = nodesFolder(environment.name);
  const nodes = (await tree.list(folder))
    .filter((entry) => entry.kind === 'folder' && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const faults = nodes.flatMap((node): Diagnostic[] => {
    const fault = nodeNameFault(network, environment, node);
    return fault === undefined
      ? []
      : [{ message: fault, position: { file: `${folder}/${node}` }, hint: 'rename the folder' }];
  });
  if (faults.length === 0) {
    faults.push(
      ...nameClashes(network, environment, nodes).map(({ node, fault }) => ({
        message: fault,
        position: { file: `${folder}/${node}` },
        hint: 'rename one of them',
      })),
    );
  }
  if (nodes.length > nodesPerEnvironmentMax) {
    faults.push({
      message: `environment "${environment.name}" has ${nodes.length} nodes; expected ${nodesPerEnvironmentMax} at most, more names do not fit the annotation that carries them`,
      position: { file: folder },
    });
  }
  throwFaults(faults);
  return nodes;
}

/** Value files that a node lacks, of all its components. Argo CD renders nothing for such a node. */
export async function missingNodeFiles(
  tree: FileTree,
  network: Network,
  environment: Environment,
  node: string,
): Promise<string[]> {
  const wanted = network.components
    .filter((component) => component.layers.includes('node'))
    .map((component) => nodeValuesPath(environment.name, node, component.name));
  const present = await tree.list(`${nodesFolder(environment.name)}/${node}`);
  const names = new Set(present.filter((e) => e.kind === 'file').map((e) => e.name));
  return wanted.filter((path) => !names.has(path.slice(path.lastIndexOf('/') + 1)));
}
