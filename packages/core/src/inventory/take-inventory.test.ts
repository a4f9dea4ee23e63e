import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Component, Environment, Network, Service } from '../model/network.ts';
import { defaultNetwork } from '../model/parse-network.ts';
import { memoryTree, type FileTree } from '../ports/file-tree.ts';
import { exampleNodes } from '../scaffold/scaffold-repository.ts';
import { takeInventory } from './take-inventory.ts';

const network = defaultNetwork();

function environment(name: string): Environment {
  const found = network.environments.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no environment ${name}`);
  return found;
}

function treeOf(name: string, nodes: readonly string[]): FileTree {
  return memoryTree(new Map(nodes.map((node) => [`envs/${name}/nodes/${node}/x.yaml`, ''])));
}

describe('takeInventory', () => {
  // The table of the specification, section 7.
  it.each([
    ['qa', 12, 19, '1 + 1 + 1 + 4 + (3 nodes x 4 components) = 19'],
    ['preprod', 8, 15, '1 + 1 + 1 + 4 + (2 nodes x 4 components) = 15'],
    ['prod', 20, 27, '1 + 1 + 1 + 4 + (5 nodes x 4 components) = 27'],
  ])('counts %s: %d generated, %d in all', async (name, ...[generated, total, formula]) => {
    const nodes = exampleNodes[name] ?? [];
    const inventory = await takeInventory(treeOf(name, nodes), network, environment(name));
    expect(inventory.counts).toStrictEqual({
      roots: 1,
      services: 2,
      applicationSets: 4,
      generated,
      total,
    });
    expect(inventory.formula).toBe(formula);
    expect(inventory.nodes).toStrictEqual([...nodes].sort());
  });

  it('shows the hierarchy of the specification, wave by wave', async () => {
    const nodes = ['node-alpha', 'node-beta'];
    const { root, hierarchy } = await takeInventory(
      treeOf('qa', nodes),
      network,
      environment('qa'),
    );
    expect(root).toBe('dlt-root-qa');
    expect(hierarchy.map(({ wave, kind, name }) => `${wave} ${kind} ${name}`)).toStrictEqual([
      '-2 Application dlt-backup-qa',
      '-1 ApplicationSet dlt-nodes-namespace-qa',
      '0 Application dlt-shared-services-qa',
      '1 ApplicationSet dlt-nodes-vault-qa',
      '2 ApplicationSet dlt-nodes-backend-qa',
      '3 ApplicationSet dlt-nodes-frontend-qa',
    ]);
    expect(hierarchy[3]?.children).toStrictEqual([
      'dlt-node-alpha-vault-qa',
      'dlt-node-beta-vault-qa',
    ]);
    expect(hierarchy[2]?.children).toStrictEqual([]);
  });

  it('counts one node in the singular, and none', async () => {
    const one = await takeInventory(treeOf('qa', ['a']), network, environment('qa'));
    expect(one.formula).toBe('1 + 1 + 1 + 4 + (1 node x 4 components) = 11');
    const none = await takeInventory(treeOf('qa', []), network, environment('qa'));
    expect(none.counts.total).toBe(7);
  });

  it('counts what its formula says, for any services, components and nodes', async () => {
    const small = fc.nat({ max: 6 });
    await fc.assert(
      fc.asyncProperty(small, small, fc.nat({ max: 40 }), async (services, components, count) => {
        const given = networkOf(services, components);
        const nodes = Array.from({ length: count }, (_, index) => `n${index}`);
        const { counts, formula, hierarchy } = await takeInventory(
          treeOf('qa', nodes),
          given,
          environment('qa'),
        );
        const total = 1 + services + components + count * components;
        expect(counts.total).toBe(total);
        expect(formula.endsWith(` = ${total}`)).toBe(true);
        const [sum] = formula
          .replace(/ (nodes?|components)/g, '')
          .replace('x', '*')
          .split(' = ');
        expect(evaluate(sum ?? '')).toBe(total);
        const names = hierarchy.flatMap(({ name, children }) => [name, ...children]);
        expect(new Set(names).size).toBe(total - 1);
        const waves = hierarchy.map(({ wave }) => wave);
        expect(waves).toStrictEqual([...waves].sort((a, b) => a - b));
      }),
    );
  });
});

function networkOf(services: number, components: number): Network {
  const service = (name: string, wave: number): Service => ({
    name,
    chart: name,
    wave,
    namespace: name,
    layers: ['service'],
  });
  const component = (name: string, wave: number): Component => ({
    name,
    chart: name,
    wave,
    layers: ['node'],
    role: 'workload',
  });
  return {
    ...network,
    services: Array.from({ length: services }, (_, index) => service(`s${index}`, index - 3)),
    components: Array.from({ length: components }, (_, index) => component(`c${index}`, 3 - index)),
  };
}

/** Sums and products of whole numbers, such as `1 + (3 * 4)`. */
function evaluate(sum: string): number {
  return sum
    .replace(/[()]/g, '')
    .split(' + ')
    .map((term) => term.split(' * ').reduce((product, factor) => product * Number(factor), 1))
    .reduce((a, b) => a + b, 0);
}
