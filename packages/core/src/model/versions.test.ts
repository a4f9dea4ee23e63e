import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { memoryTree } from '../ports/file-tree.ts';
import { defaultNetwork } from './parse-network.ts';
import { parseVersions, readVersions } from './versions.ts';

const network = defaultNetwork();
/** The example of the specification, section 4. */
const example = `# versions/qa.yaml
dlt-node:
  namespace:
    chartVersion: "1.0.0"          # thin wrapper chart for PAT CR
  vault:
    chartVersion: "1.2.0"
    imageTag: "v1.2.0"
  backend:
    chartVersion: "3.1.0"
    imageTag: "v2.1.0"
  frontend:
    chartVersion: "2.3.1"
    imageTag: "v1.5.0"

shared-services:
  chartVersion: "2.1.0"
  imageTag: "v1.8.3"

backup:
  chartVersion: "0.3.1"
  imageTag: "v1.2.0"
`;

function faults(text: string): string[] {
  try {
    parseVersions(text, network, 'versions/qa.yaml');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.diagnostics.map(
      ({ message, position }) => `${position?.line}:${position?.column} ${message}`,
    );
  }
  return [];
}

describe('parseVersions', () => {
  it('reads the example of the specification', () => {
    expect(parseVersions(example, network, 'f')).toStrictEqual({
      release: 0,
      services: {
        backup: { chartVersion: '0.3.1', imageTag: 'v1.2.0' },
        'shared-services': { chartVersion: '2.1.0', imageTag: 'v1.8.3' },
      },
      components: {
        namespace: { chartVersion: '1.0.0', imageTag: undefined },
        vault: { chartVersion: '1.2.0', imageTag: 'v1.2.0' },
        backend: { chartVersion: '3.1.0', imageTag: 'v2.1.0' },
        frontend: { chartVersion: '2.3.1', imageTag: 'v1.5.0' },
      },
    });
  });

  it('reads the release', () => {
    expect(parseVersions(`release: 12\n${example}`, network, 'f').release).toBe(12);
  });

  it.each(['1.2.3-rc.1', '0.0.0', '10.20.30', '1.0.0-alpha.7'])('accepts chart version %s', (v) => {
    expect(faults(example.replace('"0.3.1"', `"${v}"`))).toStrictEqual([]);
  });

  it.each(['v1.2.0', '1.0', 'latest', 'sha-0a1b2c3', '_x', 'a'.repeat(128)])(
    'accepts image tag %s',
    (tag) => {
      expect(faults(example.replace('"v1.8.3"', `"${tag}"`))).toStrictEqual([]);
    },
  );

  it.each([
    ['"1.0"', '"1.0"'],
    ['1.0', '1'],
    ['"v1.0.0"', '"v1.0.0"'],
    ['"^1.0.0"', '"^1.0.0"'],
    ['"1.x"', '"1.x"'],
    ['"*"', '"*"'],
    ['latest', '"latest"'],
    ['" 1.0.0"', '" 1.0.0"'],
    ['"01.0.0"', '"01.0.0"'],
    ['[1]', '[1]'],
  ])('refuses chart version %s', (written, shown) => {
    expect(faults(example.replace('"0.3.1"', written))).toStrictEqual([
      `20:17 "backup.chartVersion" is ${shown}; expected an exact chart version such as "1.2.0"`,
    ]);
  });

  it.each([
    ['1.0', '1'],
    ['""', '""'],
    ['"-x"', '"-x"'],
    ['"a b"', '"a b"'],
    ['"a:b"', '"a:b"'],
    ['"{{ x }}"', '"{{ x }}"'],
    [`"${'a'.repeat(129)}"`, `"${'a'.repeat(129)}"`],
    ['', 'null'],
  ])('refuses image tag %s', (written, shown) => {
    const [fault, ...more] = faults(example.replace('"v1.8.3"', written));
    expect(more).toStrictEqual([]);
    expect(fault).toContain(`"shared-services.imageTag" is ${shown}; expected an image tag`);
    expect(fault).toMatch(/^17:1[123] /);
  });

  it('hints at quotes where YAML read a number', () => {
    const read = (): unknown => parseVersions(example.replace('"0.3.1"', '0.3'), network, 'f');
    expect(read).toThrow(
      expect.objectContaining({ hint: 'put it in quotes, or YAML reads a number' }),
    );
  });

  it.each(['-1', '1.5', '"7"', 'true', 'null'])('refuses release %s', (release) => {
    expect(faults(`release: ${release}\n${example}`)).toStrictEqual([
      '1:10 "release" must be a whole number, 0 when never released',
    ]);
  });

  it.each<[name: string, text: string, expected: string[]]>([
    [
      'a missing component',
      example.replace(/ {2}vault:\n.*\n.*\n/, ''),
      [
        '3:3 "dlt-node.vault" is missing; expected its chartVersion, and an imageTag if the chart has images',
      ],
    ],
    [
      'a missing service',
      example.replace(/backup:\n.*\n.*\n/, ''),
      [
        '2:1 "backup" is missing; expected its chartVersion, and an imageTag if the chart has images',
      ],
    ],
    [
      'a missing chart version',
      example.replace('  chartVersion: "0.3.1"\n', ''),
      ['20:3 "backup.chartVersion" is missing; expected an exact chart version such as "1.2.0"'],
    ],
    [
      'an unknown component',
      example.replace('  vault:', '  vualt:'),
      [
        '5:3 unknown entry "dlt-node.vualt"; expected namespace, vault, backend, frontend',
        '3:3 "dlt-node.vault" is missing; expected its chartVersion, and an imageTag if the chart has images',
      ],
    ],
    [
      'an unknown service',
      `${example}extra: {}\n`,
      ['22:1 unknown entry "extra"; expected release, dlt-node, backup, shared-services'],
    ],
    [
      'an unknown field',
      example.replace('imageTag: "v1.8.3"', 'image: "v1.8.3"'),
      ['17:3 unknown entry "shared-services.image"; expected chartVersion, imageTag'],
    ],
    [
      'a list of components',
      'dlt-node: []\n' + example.slice(example.indexOf('shared')),
      [
        '1:11 "dlt-node" must be a mapping',
        ...['namespace', 'vault', 'backend', 'frontend'].map(
          (name) =>
            `1:11 "dlt-node.${name}" is missing; expected its chartVersion, and an imageTag if the chart has images`,
        ),
      ],
    ],
  ])('refuses %s', (_, text, expected) => {
    expect([...faults(text)].sort()).toStrictEqual([...expected].sort());
  });

  it.each(['- a\n', 'text\n'])('refuses %j, which is no mapping', (text) => {
    expect(faults(text)[0]).toBe('1:1 expected a mapping');
  });

  it('refuses an empty file by naming all that is missing', () => {
    expect(faults('')).toHaveLength(6);
  });
});

describe('readVersions', () => {
  const [qa] = network.environments;
  if (qa === undefined) throw new Error('the default network has environments');

  it('reads the file of the environment', async () => {
    const tree = memoryTree(new Map([['versions/qa.yaml', example]]));
    await expect(readVersions(tree, network, qa)).resolves.toMatchObject({ release: 0 });
  });

  it('names the file and the tree when it is missing', async () => {
    const tree = memoryTree(new Map(), 'release/qa/3');
    await expect(readVersions(tree, network, qa)).rejects.toThrow(
      'versions of environment "qa" are missing: no versions/qa.yaml in release/qa/3',
    );
  });
});
