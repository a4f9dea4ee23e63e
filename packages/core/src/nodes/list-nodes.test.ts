import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { defaultNetwork } from '../model/parse-network.ts';
import { memoryTree, type FileTree } from '../ports/file-tree.ts';
import { listNodes, missingNodeFiles } from './list-nodes.ts';

const network = defaultNetwork();
const [qa] = network.environments;
if (qa === undefined) throw new Error('the default network has environments');

function tree(...paths: string[]): FileTree {
  return memoryTree(new Map(paths.map((path) => [path, ''])));
}

describe('listNodes', () => {
  it.each<[name: string, paths: string[], nodes: string[]]>([
    ['nothing without a folder', [], []],
    ['nothing of another environment', ['envs/prod/nodes/a/values-vault.yaml'], []],
    [
      'folders, sorted',
      ['envs/qa/nodes/node-b/x', 'envs/qa/nodes/node-a/x', 'envs/qa/nodes/c/b/x'],
      ['c', 'node-a', 'node-b'],
    ],
    ['no files', ['envs/qa/nodes/README.md', 'envs/qa/nodes/node-a/x'], ['node-a']],
    ['no folders that begin with a dot', ['envs/qa/nodes/.git/x', 'envs/qa/nodes/n/x'], ['n']],
  ])('lists %s', async (_, paths, nodes) => {
    await expect(listNodes(tree(...paths), network, qa)).resolves.toStrictEqual(nodes);
  });

  it('names every folder that cannot be a node', async () => {
    const given = tree('envs/qa/nodes/Node_A/x', 'envs/qa/nodes/ops/x', 'envs/qa/nodes/ok/x');
    const error: unknown = await listNodes(given, network, qa).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    const files = (error as InputError).diagnostics.map(({ position }) => position?.file);
    expect(files).toStrictEqual(['envs/qa/nodes/Node_A', 'envs/qa/nodes/ops']);
  });

  it('names nodes that cannot stand side by side', async () => {
    const given = tree('envs/qa/nodes/alpha/x', 'envs/qa/nodes/node-alpha/x');
    await expect(listNodes(given, network, qa)).rejects.toMatchObject({
      position: { file: 'envs/qa/nodes/node-alpha' },
      message: expect.stringContaining('which node "alpha" makes too') as string,
    });
  });

  it('takes 2,000 nodes and no more', async () => {
    const paths = Array.from({ length: 2001 }, (_, index) => `envs/qa/nodes/n${index}/x`);
    await expect(listNodes(tree(...paths.slice(1)), network, qa)).resolves.toHaveLength(2000);
    await expect(listNodes(tree(...paths), network, qa)).rejects.toThrow(
      'environment "qa" has 2001 nodes; expected 2000 at most',
    );
  });
});

describe('missingNodeFiles', () => {
  const folder = 'envs/qa/nodes/n';
  const four = ['namespace', 'vault', 'backend', 'frontend'].map(
    (c) => `${folder}/values-${c}.yaml`,
  );

  it('finds nothing when all four files are there', async () => {
    await expect(missingNodeFiles(tree(...four), network, qa, 'n')).resolves.toStrictEqual([]);
  });

  it('names what is missing; a folder of that name is no file', async () => {
    const given = tree(...four.slice(0, 2), `${folder}/values-frontend.yaml/x`);
    const missing = await missingNodeFiles(given, network, qa, 'n');
    expect(missing).toStrictEqual(four.slice(2));
  });
});
