import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { definitionJsonSchema } from './definition-schema.ts';
import { defaultNetwork, findBackup, parseNetwork } from './parse-network.ts';

/** Every fault as `line:column sentence`. */
function faults(text: string): string[] {
  try {
    parseNetwork(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.diagnostics.every(({ position }) => position?.file === 'tidegate.yaml')).toBe(
      true,
    );
    return error.diagnostics.map(
      ({ message, position }) => `${position?.line}:${position?.column} ${message}`,
    );
  }
  return [];
}

describe('an empty definition', () => {
  it.each(['', '# nothing\n', '---\n', '{}\n', 'apiVersion: tidegate.dev/v1\nkind: Network\n'])(
    '%j is the network of the specification',
    (text) => {
      expect(parseNetwork(text)).toStrictEqual(defaultNetwork());
    },
  );

  const network = defaultNetwork();

  it('has the waves, charts and layers of the specification', () => {
    const services = network.services.map((s) => [s.name, s.wave, s.chart, s.namespace, s.layers]);
    expect(services).toStrictEqual([
      ['backup', -2, 'dlt-backup', 'dlt-ops', ['versions', 'service']],
      ['shared-services', 0, 'dlt-shared-services', 'dlt-shared', ['versions', 'service']],
    ]);
    const components = network.components.map((c) => [c.name, c.wave, c.chart, c.role, c.layers]);
    const three = ['versions', 'common', 'node'];
    expect(components).toStrictEqual([
      ['namespace', -1, 'dlt-node-namespace', 'namespace', ['common', 'node']],
      ['vault', 1, 'dlt-vault', 'workload', three],
      ['backend', 2, 'dlt-backend', 'workload', three],
      ['frontend', 3, 'dlt-frontend', 'workload', three],
    ]);
    expect(findBackup(network)?.wave).toBe(-2);
  });

  it('has the environments of the specification', () => {
    const shown = network.environments.map((environment) => [
      environment.name,
      environment.sync,
      environment.promotesFrom,
      environment.dataProtection,
      environment.windows,
    ]);
    expect(shown).toStrictEqual([
      [
        'qa',
        'automatic',
        undefined,
        'delete',
        [{ schedule: '0 8 * * 1-5', duration: '8h', timeZone: 'UTC' }],
      ],
      ['preprod', 'manual', 'qa', 'retain', []],
      [
        'prod',
        'manual',
        'preprod',
        'retain',
        [{ schedule: '0 22 * * 3', duration: '4h', timeZone: 'UTC' }],
      ],
    ]);
  });

  it('has the places of the specification', () => {
    expect(network.git.url).toBe('https://gitlab.example.com/org/gitops-repo.git');
    expect(network.git.branch).toBe('main');
    expect(network.charts.repository).toBe('https://artifactory.example.com/helm');
    expect(network.patGroup).toBe('your.group');
    const [qa] = network.environments;
    expect(qa).toMatchObject({
      cluster: 'qa',
      server: 'https://kubernetes.default.svc',
      argocd: { namespace: 'argocd', adminNamespace: 'argocd-admin' },
      nodeNamespacePrefix: 'dlt-',
      groups: { operators: ['dlt-qa-operators'], repair: ['dlt-qa-repair'] },
    });
  });
});

describe('a definition', () => {
  it('prefixes everything with the name of the network', () => {
    const network = parseNetwork('name: ledger\n');
    expect(network.services[0]?.namespace).toBe('ledger-ops');
    expect(network.services[0]?.chart).toBe('dlt-backup');
    expect(network.environments[0]?.nodeNamespacePrefix).toBe('ledger-');
    expect(network.environments[2]?.groups.operators).toStrictEqual(['ledger-prod-operators']);
  });

  it('takes a fifth component', () => {
    const network = parseNetwork(`components:
  namespace: {}
  indexer: {wave: 4}
`);
    expect(network.components[1]).toStrictEqual({
      name: 'indexer',
      role: 'workload',
      chart: 'dlt-indexer',
      wave: 4,
      layers: ['versions', 'common', 'node'],
    });
  });

  it('allows two components in one wave, and environments in one cluster that never meet', () => {
    expect(
      faults(`components: {namespace: {}, a: {wave: 1}, b: {wave: 1}}
environments:
  one: {sync: manual, cluster: c}
  two:
    sync: manual
    cluster: c
    nodeNamespacePrefix: two-
    argocd: {namespace: cd-two, adminNamespace: cd-two-admin}
    namespaces: {backup: ops-two, shared-services: shared-two}
`),
    ).toStrictEqual([]);
  });
});

describe('a field is refused', () => {
  it.each<[name: string, text: string, expected: string]>([
    [
      'unknown',
      'nmae: dlt\n',
      '1:1 unknown field "nmae"; expected one of apiVersion, kind, name, git, charts, pat, argocd, services, components, compatibility, diff, ci, environments',
    ],
    [
      'unknown deep within',
      'git:\n  url: https://x/y.git\n  branche: x\n',
      '3:3 unknown field "git.branche"; expected one of url, branch, credentialsSecret',
    ],
    ['of another kind', 'kind: Netz\n', '1:7 "kind": expected Network'],
    [
      'of another version',
      'apiVersion: tidegate.dev/v2\n',
      '1:13 "apiVersion": expected tidegate.dev/v1',
    ],
    ['no text', 'name: 7\n', '1:7 "name": expected string, received number'],
    ['no mapping', 'git: x\n', '1:6 "git": expected object, received string'],
    ['no definition at all', '- a\n', '1:1 the document: expected object, received array'],
    [
      'a name in upper case',
      'name: DLT\n',
      '1:7 "name": expected a DNS label that starts with a letter (a-z, 0-9 and -)',
    ],
    [
      'a name that is too long',
      `name: ${'a'.repeat(64)}\n`,
      '1:7 "name": expected a DNS label that starts with a letter (a-z, 0-9 and -)',
    ],
    [
      'a URL with a password',
      'git:\n  url: https://u:secret@h/x.git\n',
      '2:8 "git.url": must not carry credentials; name an existing Secret instead',
    ],
    [
      'no Git URL',
      'git: {url: ftp://x}\n',
      '1:12 "git.url": expected a Git URL (https, ssh or file)',
    ],
    ['a branch with blanks', 'git: {branch: a b}\n', '1:15 "git.branch": expected a branch name'],
    [
      'a chart repository with a token',
      'charts: {repository: "https://t@h/x"}\n',
      '1:22 "charts.repository": must not carry credentials; name an existing Secret instead',
    ],
    [
      'no API group',
      'pat: {group: group}\n',
      '1:14 "pat.group": expected an API group such as your.group',
    ],
    [
      'a wave delay that is too short',
      'argocd:\n  waveDelaySeconds: 1\n',
      '2:21 "argocd.waveDelaySeconds": must be at least 2: with less Argo CD may judge a wave by its state before the sync',
    ],
    [
      'a wave that is no whole number',
      'components:\n  namespace: {}\n  x: {wave: 1.5}\n',
      '3:13 "components.x.wave": expected a whole number',
    ],
    [
      'an unknown layer',
      'components:\n  namespace: {layers: [nodes]}\n',
      '2:24 "components.namespace.layers.0": expected versions or common or node',
    ],
    [
      'a layer twice',
      'components:\n  namespace: {layers: [node, node]}\n',
      '2:23 "components.namespace.layers": names a layer twice',
    ],
    [
      'a component name',
      'components:\n  Name: {}\n',
      '2:3 "components.Name": expected a DNS label that starts with a letter (a-z, 0-9 and -)',
    ],
    [
      'a sync mode',
      'environments:\n  qa: {sync: auto}\n',
      '2:14 "environments.qa.sync": expected automatic or manual',
    ],
    [
      'a missing sync mode',
      'environments:\n  qa: {}\n',
      '2:7 "environments.qa.sync": expected automatic or manual',
    ],
    ['no environment', 'environments: {}\n', '1:15 "environments": names no environment'],
    [
      'a schedule',
      'environments:\n  qa:\n    sync: manual\n    windows:\n    - {schedule: "0 25 * * *", duration: 8h}\n',
      '5:18 "environments.qa.windows.0.schedule": hour "25" is not between 0 and 23',
    ],
    [
      'a duration',
      'environments:\n  qa:\n    sync: manual\n    windows:\n    - schedule: "0 5 * * *"\n      duration: 8 hours\n',
      '6:17 "environments.qa.windows.0.duration": "8 hours" is no duration; expected one such as 8h or 1h30m',
    ],
    [
      'a time zone',
      'environments:\n  qa:\n    sync: manual\n    windows: [{schedule: "0 8 * * *", duration: 8h, timeZone: Mars}]\n',
      '4:63 "environments.qa.windows.0.timeZone": expected an IANA time zone such as Europe/Zurich',
    ],
    [
      'a Kubernetes version',
      'environments:\n  qa: {sync: manual, kubernetes: {version: latest}}\n',
      '2:44 "environments.qa.kubernetes.version": expected a Kubernetes version such as 1.36.1',
    ],
    [
      'a namespace',
      'services:\n  backup: {namespace: "a b"}\n',
      '2:23 "services.backup.namespace": expected a DNS label (a-z, 0-9 and -)',
    ],
  ])('%s', (_, text, expected) => {
    expect(faults(text)).toStrictEqual([expected]);
  });

  it('with every other fault at once', () => {
    expect(faults('name: DLT\nnmae: x\ngit: {branch: a b}\n')).toHaveLength(3);
  });
});

describe('a contradiction is refused', () => {
  const environments = (...lines: string[]): string =>
    `environments:\n${lines.map((line) => `  ${line}\n`).join('')}`;

  it.each<[name: string, text: string, expected: string[]]>([
    [
      'a component without wave',
      'components:\n  namespace: {}\n  x: {}\n',
      ['3:3 "components.x" has no wave; expected a whole number'],
    ],
    [
      'no backup',
      'services:\n  shared-services: {}\n',
      ['2:3 "services" has no backup; every rollout begins with one'],
    ],
    [
      'a service in the wave of the backup',
      'services:\n  backup: {}\n  early: {wave: -2}\n',
      ['3:17 "services.early" is in wave -2, not after the backup in wave -2'],
    ],
    [
      'a component before its namespace',
      'components:\n  namespace: {wave: 2}\n  vault: {wave: 1}\n',
      ['3:17 "components.vault" is in wave 1, not after its namespace in wave 2'],
    ],
    [
      'a component in the wave of its namespace',
      'components:\n  namespace: {}\n  vault: {wave: -1}\n',
      ['3:17 "components.vault" is in wave -1, not after its namespace in wave -1'],
    ],
    [
      'no namespace component',
      'components:\n  vault: {}\n',
      ['2:3 expected exactly one component with role namespace, found 0'],
    ],
    [
      'two namespace components',
      'components:\n  namespace: {}\n  other: {wave: 1, role: namespace}\n',
      ['2:3 expected exactly one component with role namespace, found 2'],
    ],
    [
      'one name for a service and a component',
      'services: {backup: {}, vault: {wave: 1}}\ncomponents:\n  namespace: {}\n  vault: {}\n',
      ['4:3 "vault" is both a service and a component'],
    ],
    [
      'a service called root',
      'services:\n  backup: {}\n  root: {wave: 1}\n',
      ['3:3 "root" cannot be the name of a service: Tidegate uses it itself'],
    ],
    [
      'a service called as the versions of components',
      'services:\n  backup: {}\n  dlt-node: {wave: 1}\n',
      ['3:3 "dlt-node" cannot be the name of a service: Tidegate uses it itself'],
    ],
    [
      'a namespace for no service',
      environments('qa: {sync: manual, namespaces: {nothing: x}}'),
      ['2:35 "environments.qa.namespaces.nothing" names no service'],
    ],
    [
      'promotion from nowhere',
      environments('qa: {sync: manual, promotesFrom: dev}'),
      ['2:36 environment "qa" promotes from "dev", which is no environment'],
    ],
    [
      'promotion from itself',
      environments('qa: {sync: manual, promotesFrom: qa}'),
      ['2:36 environment "qa" promotes from itself in a circle'],
    ],
    [
      'promotion in a circle',
      environments(
        'a: {sync: manual, promotesFrom: c}',
        'b: {sync: manual, promotesFrom: a}',
        'c: {sync: manual, promotesFrom: b}',
      ),
      ['a', 'b', 'c'].map(
        (name, index) => `${index + 2}:35 environment "${name}" promotes from itself in a circle`,
      ),
    ],
    [
      'one namespace for both instances',
      'argocd: {adminNamespace: argocd}\n' + environments('qa: {sync: manual}'),
      ['3:3 environment "qa" uses namespace "argocd" for both argocd and argocd (admin)'],
    ],
    [
      'a service in the namespace of Argo CD',
      environments('qa: {sync: manual, namespaces: {backup: argocd}}'),
      ['2:3 environment "qa" uses namespace "argocd" for both argocd and backup'],
    ],
    [
      'node namespaces that reach Argo CD',
      environments('qa: {sync: manual, nodeNamespacePrefix: argocd-a}'),
      [
        '2:3 namespace "argocd-admin" of Argo CD begins like the node namespaces of environment "qa" ("argocd-a*"), which workloads may use',
      ],
    ],
    [
      'two environments in one cluster and namespace',
      environments('a: {sync: manual, cluster: c}', 'b: {sync: manual, cluster: c}'),
      ['3:3 environments "a" and "b" share cluster "c" and namespace "argocd"'],
    ],
    [
      'two environments whose nodes meet',
      environments(
        'a: {sync: manual, cluster: c}',
        'b: {sync: manual, cluster: c, argocd: {namespace: x, adminNamespace: y}, namespaces: {backup: o, shared-services: s}}',
      ),
      ['3:3 environments "a" and "b" share cluster "c" and node namespaces "dlt-*"'],
    ],
    [
      'nodes that reach the namespace of another environment',
      environments(
        'a: {sync: manual, cluster: c}',
        'b: {sync: manual, cluster: c, nodeNamespacePrefix: n-, argocd: {namespace: x, adminNamespace: y}, namespaces: {backup: dlt-b, shared-services: s}}',
      ),
      [
        '3:3 environments "a" and "b" share cluster "c" and namespace "dlt-b", which node namespaces may take',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(faults(text)).toStrictEqual(expected);
  });

  it('that no namespace name can come of: a network name that is too long', () => {
    const found = faults(`name: ${'a'.repeat(60)}\n`);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((fault) => fault.includes('is no namespace name'))).toBe(true);
  });
});

describe('definitionJsonSchema', () => {
  it('describes every field of the definition and allows no other', () => {
    const schema = definitionJsonSchema();
    expect(schema['additionalProperties']).toBe(false);
    expect(Object.keys(schema['properties'] as object)).toStrictEqual([
      ...['apiVersion', 'kind', 'name', 'git', 'charts', 'pat', 'argocd', 'services'],
      ...['components', 'compatibility', 'diff', 'ci', 'environments'],
    ]);
    expect(schema['required']).toBeUndefined();
  });
});

describe('namespaces and groups that nobody may have', () => {
  it.each<[name: string, text: string, expected: string]>([
    ['a prefix that reaches Kubernetes', 'name: kube\n', 'would reach "kube-node-lease"'],
    ['a prefix that reaches the operator', 'name: tidegate\n', 'would reach "tidegate-system"'],
    [
      'a service in the default namespace',
      'services: {backup: {namespace: default}}\n',
      'uses "default" for backup',
    ],
    [
      'a group that Argo CD would take for several fields',
      'environments: {qa: {sync: manual, groups: {operators: ["CN=ops,OU=dlt"]}}}\n',
      'expected a group name without commas',
    ],
    [
      'a group of two lines',
      'environments: {qa: {sync: manual, groups: {repair: ["a\\nb"]}}}\n',
      'expected a group name without commas',
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(() => parseNetwork(text)).toThrow(expected);
  });
});
