import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors/tidegate-error.ts';
import { nodeApplicationName, nodeNamespace, type Environment } from '../model/network.ts';
import { isDnsLabel } from '../model/names.ts';
import { defaultNetwork, parseNetwork } from '../model/parse-network.ts';
import { assertNodeName, nodeNameFault } from './check-node-name.ts';

const network = defaultNetwork();

function environment(name: string): Environment {
  const found = network.environments.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no environment ${name}`);
  return found;
}
const qa = environment('qa');

describe('nodeNameFault', () => {
  it.each(['node-alpha', 'a', '7', 'node--x', 'n0'])('accepts %j', (node) => {
    expect(nodeNameFault(network, qa, node)).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    'node alpha',
    'Node-alpha',
    'node-alpha-',
    '-node',
    '../x',
    'a/b',
    '.',
    '..',
    '.hidden',
    '$(x)',
    '`x`',
    'a;b',
    'a\nb',
    'node_a',
    'node.a',
    'nöde',
    'узел',
    '{{path.basename}}',
    '*',
    '__proto__',
    'a'.repeat(64),
  ])('refuses %j, which is no DNS label', (node) => {
    expect(nodeNameFault(network, qa, node)).toBe(
      `node name ${JSON.stringify(node)} is no DNS label; expected 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends`,
    );
  });

  it.each<[environment: string, longest: number]>([
    ['qa', 36],
    ['preprod', 31],
    ['prod', 34],
  ])('in %s leaves %d characters, for the longest component and Helm', (name, longest) => {
    const node = 'n'.repeat(longest);
    expect(nodeNameFault(network, environment(name), node)).toBeUndefined();
    expect(nodeNameFault(network, environment(name), `${node}n`)).toBe(
      `node name "${node}n" makes the Helm release name "dlt-${node}n-namespace-${name}" of 54 characters; Helm allows 53, so a node name in "${name}" has ${longest} at most`,
    );
  });

  it.each(['ops', 'shared'])('refuses %j, whose namespace a service has', (node) => {
    expect(nodeNameFault(network, qa, node)).toBe(
      `node name "${node}" makes namespace "dlt-${node}", which environment "qa" uses already`,
    );
  });

  it('refuses a name whose namespace would be too long', () => {
    const other = parseNetwork(
      `environments: {qa: {sync: manual, nodeNamespacePrefix: ${'p'.repeat(50)}-}}\n`,
    );
    const [only] = other.environments;
    if (only === undefined) throw new Error('has an environment');
    expect(nodeNameFault(other, only, 'node-abcdefgh')).toContain('which is no namespace name');
    expect(nodeNameFault(other, only, 'node-abcdef')).toBeUndefined();
  });

  it('accepts only names that make valid names everywhere', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'ab9-'), minLength: 1, maxLength: 60 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...network.environments), (node, where) => {
        fc.pre(nodeNameFault(network, where, node) === undefined);
        expect(isDnsLabel(nodeNamespace(where, node))).toBe(true);
        for (const { name: component } of network.components) {
          const name = nodeApplicationName(network, where, { node, component });
          expect(name).toMatch(/^[a-z0-9][-a-z0-9]{0,52}$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('assertNodeName', () => {
  it('throws a UsageError with a hint', () => {
    expect(() => assertNodeName(network, qa, 'node-alpha')).not.toThrow();
    expect(() => assertNodeName(network, qa, '../x')).toThrow(UsageError);
    expect(() => assertNodeName(network, qa, '../x')).toThrow(
      expect.objectContaining({ hint: 'a node is named by its folder, such as node-delta' }),
    );
  });
});
