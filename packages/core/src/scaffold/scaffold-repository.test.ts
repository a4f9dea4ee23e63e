import { describe, expect, it } from 'vitest';
import { valueAt } from '../generate/value-at.ts';
import { defaultNetwork, parseNetwork } from '../model/parse-network.ts';
import { readVersions } from '../model/versions.ts';
import { listNodes, missingNodeFiles } from '../nodes/list-nodes.ts';
import { memoryTree } from '../ports/file-tree.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { defaultAnswers, definitionText } from './definition-text.ts';
import { exampleNodes, scaffoldRepository } from './scaffold-repository.ts';

const network = defaultNetwork();
const files = scaffoldRepository(network, definitionText(defaultAnswers), exampleNodes);
const tree = memoryTree(new Map(files.map(({ path, content }) => [path, content])));

function content(path: string): string {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`no file ${path}`);
  return found.content;
}

function values(path: string): unknown {
  return parseYaml(content(path), path).value;
}

describe('scaffoldRepository', () => {
  it('makes the tree of the specification, section 3', () => {
    const components = ['namespace', 'vault', 'backend', 'frontend'];
    const expected = Object.entries(exampleNodes).flatMap(([name, nodes]) => [
      `versions/${name}.yaml`,
      `envs/${name}/common-node-values.yaml`,
      `envs/${name}/backup/values.yaml`,
      `envs/${name}/shared-services/values.yaml`,
      ...nodes.flatMap((node) =>
        components.map((c) => `envs/${name}/nodes/${node}/values-${c}.yaml`),
      ),
    ]);
    const own = ['tidegate.yaml', 'README.md', 'CODEOWNERS'];
    expect(files.map(({ path }) => path).sort()).toStrictEqual([...own, ...expected].sort());
  });

  it('keeps manifests out of envs/ and writes YAML that reads', () => {
    for (const { path, content: text } of files.filter(({ path: p }) => p.endsWith('.yaml'))) {
      const read = parseYaml(text, path).value;
      expect(text.endsWith('\n')).toBe(true);
      if (path.startsWith('envs/')) expect(valueAt(read, ['kind'])).toBeUndefined();
    }
  });

  it.each(network.environments)('gives $name versions, nodes and values', async (environment) => {
    const nodes = await listNodes(tree, network, environment);
    expect(nodes).toStrictEqual([...(exampleNodes[environment.name] ?? [])].sort());
    for (const node of nodes) {
      await expect(missingNodeFiles(tree, network, environment, node)).resolves.toStrictEqual([]);
    }
    // The versions of the specification, section 4.
    await expect(readVersions(tree, network, environment)).resolves.toStrictEqual({
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

  it('writes the common values of the specification, section 9, for QA', () => {
    expect(values('envs/qa/common-node-values.yaml')).toMatchObject({
      projectApplicationTemplate: {
        project: 'dlt-qa',
        destination: { server: 'https://kubernetes.default.svc' },
      },
      vault: { server: { ha: { enabled: false } }, injector: { enabled: true } },
      backend: {
        chain: {
          networkId: 'qa-net-001',
          genesisConfigMap: 'qa-genesis',
          consensusTimeout: '5s',
        },
        persistence: { storageClass: 'fast-ssd', size: '50Gi' },
        resources: {
          requests: { cpu: '500m', memory: '1Gi' },
          limits: { cpu: 2, memory: '4Gi' },
        },
      },
      frontend: { replicaCount: 1, ingress: { enabled: false }, env: { LOG_LEVEL: 'debug' } },
    });
  });

  it.each([
    ['qa', 'delete', false, 'debug', '7d'],
    ['preprod', 'retain', true, 'info', '30d'],
    ['prod', 'retain', true, 'info', '30d'],
  ])('fits %s: data protection %s', (name, ...[protection, ha, level, retention]) => {
    const common = values(`envs/${name}/common-node-values.yaml`);
    const protections = ['projectApplicationTemplate', 'vault', 'backend'].map((part) =>
      valueAt(common, [part, 'dataProtection']),
    );
    expect(protections).toStrictEqual([protection, protection, protection]);
    expect(valueAt(common, ['vault', 'server', 'ha', 'enabled'])).toBe(ha);
    expect(valueAt(common, ['frontend', 'env', 'LOG_LEVEL'])).toBe(level);
    expect(values(`envs/${name}/backup/values.yaml`)).toMatchObject({
      backup: { env: name, target: `s3://company-backups/dlt/${name}`, retention },
    });
  });

  it('makes the nodes of an environment peers of each other, never of themselves', () => {
    const alpha = values('envs/qa/nodes/node-alpha/values-backend.yaml');
    expect(valueAt(alpha, ['backend', 'node', 'peers'])).toStrictEqual([
      'node-beta.dlt-node-beta.svc.cluster.local',
      'node-gamma.dlt-node-gamma.svc.cluster.local',
    ]);
  });

  it('gives services and components of its own an entry everywhere', () => {
    const other = parseNetwork(`name: ledger
services: {backup: {}, metrics: {wave: 1}}
components: {namespace: {}, indexer: {wave: 4}}
`);
    const written = new Map(
      scaffoldRepository(other, '', { qa: ['n'] }).map((file) => [file.path, file.content]),
    );
    const metrics = parseYaml(written.get('envs/qa/metrics/values.yaml') ?? '', 'f').value;
    expect(metrics).toStrictEqual({ metrics: {} });
    expect(written.get('envs/qa/nodes/n/values-indexer.yaml')).toBe('indexer: {}\n');
    const common = parseYaml(written.get('envs/qa/common-node-values.yaml') ?? '', 'f').value;
    expect(common).toMatchObject({ indexer: {} });
    expect(written.get('versions/qa.yaml')).toContain('  indexer:\n    chartVersion: "0.1.0"\n');
  });

  it('describes every environment in README and CODEOWNERS', () => {
    expect(content('README.md')).toContain(
      '| qa | automatic | builds | `0 8 * * 1-5` for 8h (UTC) |\n| preprod | manual | qa | always open |\n',
    );
    expect(content('CODEOWNERS')).toContain('\n/envs/prod/ @operators @platform-engineers\n');
    expect(content('CODEOWNERS')).not.toContain('/envs/qa/');
  });
});

describe('definitionText', () => {
  it('says in full what an empty definition means', () => {
    expect(parseNetwork(definitionText(defaultAnswers))).toStrictEqual(network);
  });

  it('says what was answered', () => {
    const answered = parseNetwork(
      definitionText({
        name: 'ledger',
        gitUrl: 'ssh://git@host/ops.git',
        branch: 'trunk',
        chartRepository: 'oci://registry/charts',
        patGroup: 'pat.example.org',
        timeZone: 'Europe/Zurich',
      }),
    );
    expect(answered).toMatchObject({
      name: 'ledger',
      git: { url: 'ssh://git@host/ops.git', branch: 'trunk' },
      charts: { repository: 'oci://registry/charts' },
      patGroup: 'pat.example.org',
    });
    const zones = answered.environments.flatMap(({ windows }) => windows.map((w) => w.timeZone));
    expect(zones).toStrictEqual(['Europe/Zurich', 'Europe/Zurich']);
  });
});
