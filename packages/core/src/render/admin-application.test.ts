import { describe, expect, it } from 'vitest';
import { defaultNetwork } from '../model/parse-network.ts';
import { adminApplication, adminTargets, readPat } from './admin-application.ts';
import type { RenderTarget } from './render-target.ts';

const network = defaultNetwork();
const pat = {
  apiVersion: 'your.group/v1alpha1',
  kind: 'ProjectApplicationTemplate',
  metadata: { name: 'dlt-node-alpha' },
  spec: {
    project: 'dlt-qa',
    destination: { server: 'https://kubernetes.default.svc', namespace: 'dlt-node-alpha' },
    source: { chart: 'dlt-namespace', targetRevision: '1.0.0' },
    values: { namespace: { name: 'dlt-node-alpha' } },
  },
};
const parent: RenderTarget = {
  application: 'dlt-node-alpha-namespace-qa',
  environment: 'qa',
  node: 'node-alpha',
  component: 'namespace',
  wave: -1,
  instance: 'non-admin',
  chart: { repository: 'r', name: 'dlt-node-namespace', version: '1.0.0' },
  releaseName: 'dlt-node-alpha-namespace-qa',
  namespace: 'argocd',
  valueFiles: ['envs/qa/common-node-values.yaml'],
  ignoreMissingValueFiles: true,
  inlineValues: undefined,
  parameters: [{ name: 'a', value: 'b', forceString: true }],
  skip: { crds: false, tests: false, schemaValidation: false },
  valuesRevision: 'release/qa/1',
  position: { file: 'argocd/qa/appset-namespace.yaml' },
};

describe('readPat', () => {
  it('reads what decides the Application of the admin instance', () => {
    expect(readPat(pat, 'f')).toStrictEqual({
      name: 'dlt-node-alpha',
      project: 'dlt-qa',
      server: 'https://kubernetes.default.svc',
      namespace: 'dlt-node-alpha',
      chart: 'dlt-namespace',
      chartVersion: '1.0.0',
      syncPolicy: undefined,
      values: { namespace: { name: 'dlt-node-alpha' } },
    });
  });

  it.each([
    [['metadata', 'name']],
    [['spec', 'project']],
    [['spec', 'destination', 'server']],
    [['spec', 'destination', 'namespace']],
    [['spec', 'source', 'chart']],
    [['spec', 'source', 'targetRevision']],
  ])('names %j when it is missing, empty or no text', (path) => {
    for (const value of [undefined, '', 7, null]) {
      const broken = structuredClone(pat) as unknown as Record<string, unknown>;
      const last = path.at(-1) ?? '';
      const holder = path
        .slice(0, -1)
        .reduce((at, part) => at[part] as Record<string, unknown>, broken);
      holder[last] = value;
      expect(() => readPat(broken, 'f')).toThrow(` has no ${path.join('.')}`);
    }
  });
});

describe('adminApplication', () => {
  it('renders the chart of the PAT, from the repository of the network', () => {
    const malicious = {
      ...pat,
      spec: { ...pat.spec, source: { ...pat.spec.source, repoURL: 'https://evil' } },
    };
    expect(adminApplication(network, 'argocd-admin', readPat(malicious, 'f'))).toStrictEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'dlt-node-alpha', namespace: 'argocd-admin' },
      spec: {
        project: 'dlt-qa',
        source: {
          repoURL: 'https://artifactory.example.com/helm',
          chart: 'dlt-namespace',
          targetRevision: '1.0.0',
          helm: { valuesObject: { namespace: { name: 'dlt-node-alpha' } } },
        },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'dlt-node-alpha' },
      },
    });
  });

  it('carries the sync policy when there is one', () => {
    const syncPolicy = { automated: { prune: true } };
    const given = readPat({ ...pat, spec: { ...pat.spec, syncPolicy } }, 'f');
    expect(adminApplication(network, 'a', given)).toMatchObject({ spec: { syncPolicy } });
  });
});

describe('adminTargets', () => {
  it('makes a target of every PAT of the group of the network, and of nothing else', () => {
    const documents = [
      pat,
      { ...pat, apiVersion: 'other.group/v1' },
      { ...pat, kind: 'ConfigMap' },
      { ...pat, metadata: { name: 'second' } },
    ];
    const manifest = documents.map((document) => JSON.stringify(document)).join('\n---\n');
    const targets = adminTargets(network, parent, `---\n# Source\n---\n${manifest}\n---\n`);
    expect(targets.map(({ application }) => application)).toStrictEqual([
      'dlt-node-alpha',
      'second',
    ]);
    expect(targets[0]).toStrictEqual({
      ...parent,
      application: 'dlt-node-alpha',
      instance: 'admin',
      chart: {
        repository: 'https://artifactory.example.com/helm',
        name: 'dlt-namespace',
        version: '1.0.0',
      },
      releaseName: 'dlt-node-alpha',
      namespace: 'dlt-node-alpha',
      valueFiles: [],
      ignoreMissingValueFiles: false,
      inlineValues: 'namespace:\n  name: dlt-node-alpha\n',
      parameters: [],
      skip: { crds: false, tests: false, schemaValidation: false },
    });
  });

  it('makes nothing of an empty manifest', () => {
    expect(adminTargets(network, parent, '')).toStrictEqual([]);
  });
});
