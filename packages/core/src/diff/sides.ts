import { generateReleaseFiles } from '../generate/application.ts';
import { findEnvironment, readNetwork } from '../generate/plan-generate.ts';
import { releaseTag, type Environment, type Network } from '../model/network.ts';
import { readVersions, type Versions } from '../model/versions.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import type { FileTree } from '../ports/file-tree.ts';
import type { CutRelease } from '../release/release-state.ts';
import { overlayTree } from '../release/overlay-tree.ts';
import type { RenderTrees } from '../render/plan-renders.ts';

/** One environment as one side of a diff has it. */
export interface EnvironmentSide {
  /** The side for people. */
  readonly name: string;
  readonly network: Network;
  readonly environment: Environment;
  readonly trees: RenderTrees;
  readonly versions: Versions;
  readonly nodes: readonly string[];
}

/**
 * An environment as the next release would deploy it: manifests from today's definition and versions,
 * values and nodes of the tree itself. Undefined when the tree's definition does not have it.
 */
export async function nextRelease(
  tree: FileTree,
  environmentName: string,
): Promise<EnvironmentSide | undefined> {
  const network = await readNetwork(tree);
  const environment = network.environments.find(({ name }) => name === environmentName);
  if (environment === undefined) return undefined;
  const versions = await readVersions(tree, network, environment);
  const nodes = await listNodes(tree, network, environment);
  const { release } = versions;
  const valuesRevision = releaseTag(environment.name, release);
  const files = generateReleaseFiles(network, environment, {
    release,
    versions,
    nodes,
    valuesRevision,
  });
  const manifests = overlayTree(tree, { files, removed: [] });
  return {
    name: tree.name,
    network,
    environment,
    trees: { manifests, values: tree },
    versions,
    nodes,
  };
}

/** An environment as a release has deployed it. */
export function deployedRelease(release: CutRelease, environmentName: string): EnvironmentSide {
  const { tag, network, tree, values, versions, nodes } = release;
  const environment = findEnvironment(network, environmentName);
  return { name: tag, network, environment, trees: { manifests: tree, values }, versions, nodes };
}
