import { describe, expect, it } from 'vitest';
import { planGenerate } from '../generate/plan-generate.ts';
import { nodeApplicationName, type Environment } from '../model/network.ts';
import { defaultNetwork } from '../model/parse-network.ts';
import { memoryTree } from '../ports/file-tree.ts';
import { exampleNodes, scaffoldRepository } from '../scaffold/scaffold-repository.ts';
import { planRenders, type RenderSelection } from './plan-renders.ts';
import type { RenderTarget } from './render-target.ts';

const network = defaultNetwork();
const people = new Map(
  scaffoldRepository(network, '', exampleNodes).map(({ path, content }) => [path, content]),
);
const generated = await planGenerate(memoryTree(people), network);
const files = new Map([
  ...people,
  ...generated.files.map(({ path, content }): [string, string] => [path, content]),
]);

function environment(name: string): Environment {
  const found = network.environments.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no environment ${name}`);
  return found;
}

function plan(
  name: string,
  selection: RenderSelection = {},
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<RenderTarget[]> {
  const changed = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    if (content === undefined) changed.delete(path);
    else changed.set(path, content);
  }
  const tree = memoryTree(changed, 'the tree');
  return planRenders({ manifests: tree, values: tree }, network, environment(name), selection);
}

function file(path: string): string {
  const content = files.get(path);
  if (content === undefined) throw new Error(`no file ${path}`);
  return content;
}

describe('planRenders', () => {
  it.each([
    ['qa', 14],
    ['preprod', 10],
    ['prod', 22],
  ])('lists every Application of %s: %d', async (name, count) => {
    const targets = await plan(name);
    expect(targets).toHaveLength(count);
    expect(new Set(targets.map(({ application }) => application)).size).toBe(count);
    const waves = targets.map(({ wave }) => wave);
    expect(waves).toStrictEqual([...waves].sort((a, b) => a - b));
    expect(targets.every((target) => target.environment === name)).toBe(true);
  });

  it('names every generated Application as the model does', async () => {
    for (const { application, node, component, releaseName } of await plan('qa')) {
      if (node === undefined) continue;
      const at = { node, component };
      expect(application).toBe(nodeApplicationName(network, environment('qa'), at));
      expect(releaseName).toBe(application);
    }
  });

  const node = 'envs/qa/nodes/node-alpha/values-';
  it.each<[component: string, layers: string[]]>([
    ['backup', ['versions/qa.yaml', 'envs/qa/backup/values.yaml']],
    ['shared-services', ['versions/qa.yaml', 'envs/qa/shared-services/values.yaml']],
    ['namespace', ['envs/qa/common-node-values.yaml', `${node}namespace.yaml`]],
    ['vault', ['versions/qa.yaml', 'envs/qa/common-node-values.yaml', `${node}vault.yaml`]],
    ['backend', ['versions/qa.yaml', 'envs/qa/common-node-values.yaml', `${node}backend.yaml`]],
    ['frontend', ['versions/qa.yaml', 'envs/qa/common-node-values.yaml', `${node}frontend.yaml`]],
  ])('layers the values of %s', async (component, layers) => {
    const [target] = await plan('qa', { component });
    expect(target?.valueFiles).toStrictEqual(layers);
    expect(layers.filter((path) => !files.has(path))).toStrictEqual([]);
  });

  it.each<[component: string, chart: string, version: string, namespace: string]>([
    ['backup', 'dlt-backup', '0.3.1', 'dlt-ops'],
    ['shared-services', 'dlt-shared-services', '2.1.0', 'dlt-shared'],
    ['namespace', 'dlt-node-namespace', '1.0.0', 'argocd'],
    ['vault', 'dlt-vault', '1.2.0', 'dlt-node-alpha'],
    ['backend', 'dlt-backend', '3.1.0', 'dlt-node-alpha'],
    ['frontend', 'dlt-frontend', '2.3.1', 'dlt-node-alpha'],
  ])('renders %s from its chart and version', async (component, name, ...[version, namespace]) => {
    const [target] = await plan('qa', { component });
    const repository = 'https://artifactory.example.com/helm';
    expect(target?.chart).toStrictEqual({ repository, name, version });
    expect(target?.namespace).toBe(namespace);
    expect(target?.valuesRevision).toBe('release/qa/0');
    const { file: manifest, line } = target?.position ?? { file: '' };
    expect(file(manifest).split('\n')[(line ?? 0) - 1]).toContain(`targetRevision: "${version}"`);
  });

  it.each<[selection: RenderSelection, count: number]>([
    [{ node: 'node-alpha' }, 4],
    [{ component: 'vault' }, 3],
    [{ node: 'node-alpha', component: 'vault' }, 1],
    [{ node: 'node-alpha', component: 'backup' }, 0],
    [{ component: 'backup' }, 1],
    [{ node: 'node-omega' }, 0],
    [{ component: 'nothing' }, 0],
  ])('selects %j: %d', async (selection, count) => {
    await expect(plan('qa', selection)).resolves.toHaveLength(count);
  });

  it('reads nodes from the values, not from the manifests', async () => {
    const values = memoryTree(new Map([['envs/qa/nodes/only/x', '']]));
    const trees = { manifests: memoryTree(files), values };
    const targets = await planRenders(trees, network, environment('qa'));
    expect(new Set(targets.map((target) => target.node))).toStrictEqual(
      new Set([undefined, 'only']),
    );
  });

  const vault = 'argocd/qa/appset-vault.yaml';
  it.each<[name: string, path: string, content: string | undefined, message: string]>([
    [
      'a missing manifest',
      vault,
      undefined,
      `no ${vault} in the tree; expected the generated ApplicationSet`,
    ],
    [
      'a missing Application',
      'argocd/qa/app-backup.yaml',
      undefined,
      'no argocd/qa/app-backup.yaml in the tree; expected the generated Application',
    ],
    ['another kind', vault, 'kind: Application\n', 'expected kind ApplicationSet'],
    ['two documents', vault, 'a: 1\n---\nb: 1\n', 'expected one YAML document, found several'],
    [
      'a list generator',
      vault,
      file(vault).replace('- git:', '- list:'),
      'expected one git directory generator over envs/qa/nodes/* without goTemplate',
    ],
    [
      'another folder',
      vault,
      file(vault).replace('envs/qa/nodes/*', 'envs/prod/nodes/*'),
      'expected one git directory generator over envs/qa/nodes/* without goTemplate',
    ],
    [
      'Go templates',
      vault,
      file(vault).replace('spec:\n', 'spec:\n  goTemplate: true\n'),
      'expected one git directory generator over envs/qa/nodes/* without goTemplate',
    ],
  ])('refuses %s', async (_, path, content, message) => {
    await expect(plan('qa', {}, { [path]: content })).rejects.toThrow(message);
  });

  it('does not read the manifests of components that are not selected', async () => {
    await expect(
      plan('qa', { component: 'backend' }, { [vault]: undefined }),
    ).resolves.toHaveLength(3);
  });
});
