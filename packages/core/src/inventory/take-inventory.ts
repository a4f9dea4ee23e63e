import {
  applicationSetName,
  nodeApplicationName,
  rootApplicationName,
  serviceApplicationName,
  type Environment,
  type Network,
} from '../model/network.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import type { FileTree } from '../ports/file-tree.ts';

/** How many Argo CD objects an environment has, by kind (spec section 16). */
export interface ObjectCounts {
  readonly roots: number;
  /** Applications of services: backup, shared services. */
  readonly services: number;
  readonly applicationSets: number;
  /** Applications that the ApplicationSets generate. */
  readonly generated: number;
  readonly total: number;
}

/** One line of the App of Apps hierarchy. */
export interface HierarchyEntry {
  readonly name: string;
  readonly kind: 'Application' | 'ApplicationSet';
  readonly wave: number;
  /** Generated Applications of an ApplicationSet. */
  readonly children: readonly string[];
}

export interface Inventory {
  readonly environment: string;
  readonly nodes: readonly string[];
  readonly root: string;
  readonly counts: ObjectCounts;
  /** The counts as the spec's sum, such as `1 + 1 + 1 + 4 + (3 nodes x 4 components) = 19`. */
  readonly formula: string;
  readonly hierarchy: readonly HierarchyEntry[];
}

/** Counts an environment's objects by listing them, and puts the formula beside. */
export async function takeInventory(
  tree: FileTree,
  network: Network,
  environment: Environment,
): Promise<Inventory> {
  const nodes = await listNodes(tree, network, environment);
  const hierarchy = buildHierarchy(network, environment, nodes);
  const services = hierarchy.filter((entry) => entry.kind === 'Application').length;
  const sets = hierarchy.length - services;
  const generated = hierarchy.reduce((sum, entry) => sum + entry.children.length, 0);
  const counts = {
    roots: 1,
    services,
    applicationSets: sets,
    generated,
    total: 1 + services + sets + generated,
  };
  return {
    environment: environment.name,
    nodes,
    root: rootApplicationName(network, environment),
    counts,
    formula: formula(network, nodes.length),
    hierarchy,
  };
}

/** The objects below the root, in the order of their waves; services first within one. */
function buildHierarchy(
  network: Network,
  environment: Environment,
  nodes: readonly string[],
): HierarchyEntry[] {
  const services = network.services.map((service): HierarchyEntry => ({
    name: serviceApplicationName(network, environment, service.name),
    kind: 'Application',
    wave: service.wave,
    children: [],
  }));
  const sets = network.components.map((component): HierarchyEntry => ({
    name: applicationSetName(network, environment, component.name),
    kind: 'ApplicationSet',
    wave: component.wave,
    children: nodes.map((node) =>
      nodeApplicationName(network, environment, { node, component: component.name }),
    ),
  }));
  return [...services, ...sets].sort((a, b) => a.wave - b.wave);
}

function formula(network: Network, nodes: number): string {
  const components = network.components.length;
  const ones = ['1', ...network.services.map(() => '1')].join(' + ');
  const total = 1 + network.services.length + components + nodes * components;
  return `${ones} + ${components} + (${nodes} ${nodes === 1 ? 'node' : 'nodes'} x ${components} components) = ${total}`;
}
