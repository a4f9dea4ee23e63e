import {
  defaultAnswers,
  definitionText,
  memoryTree,
  nodeValuesFiles,
  parseNetwork,
  planGenerate,
  scaffoldRepository,
} from '@tidegate/core';
import { writeFiles } from '@tidegate/node';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemaFile } from '../packages/cli/src/commands/init.ts';

/** Writes a whole GitOps repository with that many nodes in each named environment; returns its folder. */
export async function repositoryWith(
  nodes: number,
  environments: readonly string[],
): Promise<string> {
  const definition = definitionText(defaultAnswers);
  const network = parseNetwork(definition);
  const names = Array.from(
    { length: nodes },
    (_, index) => `node-${String(index).padStart(4, '0')}`,
  );
  const added = network.environments
    .filter(({ name }) => environments.includes(name))
    .flatMap((environment) =>
      names.flatMap((node, index) => {
        const peers = names.slice(Math.max(0, index - 3), index);
        return nodeValuesFiles(network, environment, { node, role: 'validator', peers });
      }),
    );
  const owned = [...scaffoldRepository(network, definition, {}), ...added];
  const tree = memoryTree(new Map(owned.map((file) => [file.path, file.content])));
  const { files } = await planGenerate(tree, network);
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  await writeFiles(folder, [...owned, ...files, schemaFile()], { overwrite: false });
  return folder;
}
