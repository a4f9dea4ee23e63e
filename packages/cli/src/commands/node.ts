import {
  assertNodeName,
  ConflictError,
  listNodes,
  missingNodeFiles,
  nameClashes,
  nodeNamespace,
  nodesFolder,
  nodeValuesFiles,
  UsageError,
} from '@tidegate/core';
import { writeFiles } from '@tidegate/node';
import type { Io } from '../io.ts';
import { formatJson, formatListing } from '../output/data.ts';
import { openWorkspace, pickEnvironment, type DirectoryOptions } from '../workspace.ts';

export interface NodeAddOptions extends DirectoryOptions {
  readonly role: string;
  readonly peers: readonly string[];
  readonly dryRun?: boolean;
  readonly output: string;
}

/** `tidegate node add ENV NODE`: writes the new node's values files and nothing else. */
export async function runNodeAdd(
  io: Io,
  environmentName: string,
  node: string,
  options: NodeAddOptions,
): Promise<void> {
  const workspace = await openWorkspace(io, options);
  const environment = pickEnvironment(workspace, environmentName);
  assertNodeName(workspace.network, environment, node);
  const nodes = await listNodes(workspace.tree, workspace.network, environment);
  if (nodes.includes(node)) {
    throw new ConflictError(
      `node "${node}" is in "${environment.name}" already: ${nodesFolder(environment.name)}/${node}`,
      { hint: 'edit its values files, or choose another name' },
    );
  }
  const [clash] = nameClashes(workspace.network, environment, [...nodes, node]);
  if (clash !== undefined) {
    throw new ConflictError(clash.fault, { hint: 'choose another name' });
  }
  const unknown = options.peers.find((peer) => !nodes.includes(peer));
  if (unknown !== undefined) {
    throw new UsageError(`peer ${JSON.stringify(unknown)} is no node of "${environment.name}"`, {
      hint: nodes.length === 0 ? 'it has no nodes yet' : `its nodes: ${nodes.join(', ')}`,
    });
  }
  const files = nodeValuesFiles(workspace.network, environment, {
    node,
    role: options.role,
    peers: options.peers,
  });
  if (options.dryRun !== true) await writeFiles(workspace.root, files, { overwrite: false });
  if (options.output === 'json') {
    io.stdout.write(
      formatJson({ node, environment: environment.name, files: files.map((f) => f.path) }),
    );
    return;
  }
  if (options.dryRun === true) {
    io.stdout.write(files.map((file) => `# ${file.path}\n${file.content}`).join('\n'));
    return;
  }
  io.stdout.write(files.map((file) => `wrote ${file.path}\n`).join(''));
  io.stderr.write(
    `Commit these files; "${environment.name}" deploys ${node} with its next release. Nothing else changes.\n`,
  );
}

export interface NodeListOptions extends DirectoryOptions {
  readonly output: string;
}

/** `tidegate node list [ENV]`. Returns 1 when a node lacks a values file. */
export async function runNodeList(
  io: Io,
  environmentName: string | undefined,
  options: NodeListOptions,
): Promise<number> {
  const workspace = await openWorkspace(io, options);
  const environments =
    environmentName === undefined
      ? workspace.network.environments
      : [pickEnvironment(workspace, environmentName)];
  const data = [];
  for (const environment of environments) {
    for (const node of await listNodes(workspace.tree, workspace.network, environment)) {
      const missing = await missingNodeFiles(workspace.tree, workspace.network, environment, node);
      const namespace = nodeNamespace(environment, node);
      data.push({ environment: environment.name, node, namespace, missing });
    }
  }
  const rows = data.map(({ environment, node, namespace, missing }) => [
    environment,
    node,
    namespace,
    missing.length === 0
      ? 'complete'
      : `missing ${missing.map((path) => path.split('/').at(-1)).join(', ')}`,
  ]);
  const header = ['ENVIRONMENT', 'NODE', 'NAMESPACE', 'VALUES'];
  io.stdout.write(formatListing({ header, rows, data }, options.output));
  return data.some((entry) => entry.missing.length > 0) ? 1 : 0;
}
