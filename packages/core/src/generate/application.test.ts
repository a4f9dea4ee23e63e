import { describe, expect, it } from 'vitest';
import { admits } from '../../test/app-project.ts';
import {
  definition,
  emptyFields,
  generatedFiles,
  largerDefinition,
  ownedRepository,
  readObject,
  readObjects,
  type Plain,
} from '../../test/generated.ts';
import { findEnvironment } from './plan-generate.ts';
import { generateReleaseFiles, generateRoot } from './application.ts';
import type { ReleaseInput } from './release-input.ts';
import { valueAt } from './value-at.ts';

const specRepository = ownedRepository();
const specFiles = await generatedFiles(specRepository);
const environments = ['qa', 'preprod', 'prod'];

function argocdPaths(files: ReadonlyMap<string, string>, environment: string): string[] {
  return [...files.keys()].filter((path) => path.startsWith(`argocd/${environment}/`)).sort();
}

function annotation(object: unknown, name: string): unknown {
  return valueAt(object, ['metadata', 'annotations', name]);
}

function waveOf(object: unknown): unknown {
  return annotation(object, 'argocd.argoproj.io/sync-wave');
}

/** The part of an object that describes Applications: its own spec, or its template's. */
function applicationSpec(object: Plain): Plain {
  return (valueAt(object, ['spec', 'template', 'spec']) ?? object['spec']) as Plain;
}

describe('what a root manages', () => {
  it.each(environments)('has no empty field in %s, but policies in templates', (environment) => {
    for (const path of argocdPaths(specFiles, environment)) {
      const empty = emptyFields(readObject(specFiles, path));
      expect(
        empty.filter((field) => field !== '.spec.template.spec.syncPolicy'),
        path,
      ).toEqual([]);
    }
  });

  it('has no empty field without nodes, but the list of nodes', async () => {
    const files = await generatedFiles(ownedRepository(definition(), {}));

    for (const path of environments.flatMap((environment) => argocdPaths(files, environment))) {
      const object = readObject(files, path);
      const empty = emptyFields(object).filter(
        (field) => field !== '.spec.template.spec.syncPolicy',
      );
      const isSet = object['kind'] === 'ApplicationSet';
      expect(empty, path).toEqual(isSet ? ['.metadata.annotations.tidegate.dev/nodes'] : []);
    }
  });

  it.each(environments)(
    'in %s goes where its project lets it, from where it may read',
    (environment) => {
      const projects = readObjects(specFiles, `bootstrap/${environment}/projects.yaml`);
      for (const path of argocdPaths(specFiles, environment)) {
        const spec = applicationSpec(readObject(specFiles, path));
        const project = projects.find(
          (candidate) =>
            valueAt(candidate, ['metadata', 'name']) === spec['project'] &&
            valueAt(candidate, ['metadata', 'namespace']) === 'argocd',
        );
        const destination = spec['destination'] as { server: string; namespace: string };
        const namespace = destination.namespace.replace('{{path.basename}}', 'node-alpha');
        const sources = (spec['sources'] ?? [spec['source']]) as Plain[];

        expect(project, path).toBeDefined();
        expect(admits(project, { ...destination, namespace }), path).toBe(true);
        for (const { repoURL } of sources) {
          expect(valueAt(project, ['spec', 'sourceRepos']), path).toContain(repoURL);
        }
      }
    },
  );

  it('never tracks a branch: chart, values and nodes are pinned', () => {
    for (const path of environments.flatMap((environment) => argocdPaths(specFiles, environment))) {
      if (path.endsWith('app-root.yaml')) continue;
      const text = specFiles.get(path) ?? '';
      const revisions = [...text.matchAll(/(?:targetRevision|revision): "?([^"\n]+)/gi)];
      for (const [, revision = ''] of revisions) {
        expect(revision, path).toMatch(/^(release\/\w+\/0|\d+\.\d+\.\d+)$/);
      }
      expect(revisions.length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('the root', () => {
  const root = (environment: string): Plain =>
    readObject(specFiles, `argocd/${environment}/app-root.yaml`);

  it.each(environments)('of %s excludes itself and is never pruned', (environment) => {
    const object = root(environment);

    expect(valueAt(object, ['spec', 'source', 'directory', 'exclude'])).toBe('app-root.yaml');
    expect(valueAt(object, ['spec', 'source', 'path'])).toBe(`argocd/${environment}`);
    expect(annotation(object, 'argocd.argoproj.io/sync-options')).toBe('Prune=false');
    expect(annotation(object, 'tidegate.dev/gated')).toBeUndefined();
    expect(waveOf(object)).toBeUndefined();
  });

  it('never skips objects that are in sync: their gates would be skipped with them', () => {
    for (const environment of environments) {
      expect(JSON.stringify(root(environment))).not.toContain('ApplyOutOfSyncOnly');
    }
  });

  it('is tried once by itself, and waits for an operator elsewhere', () => {
    expect(valueAt(root('qa'), ['spec', 'syncPolicy'])).toEqual({
      automated: { prune: true, selfHeal: true },
      retry: { limit: 0 },
    });
    for (const environment of ['preprod', 'prod']) {
      expect(valueAt(root(environment), ['spec', 'syncPolicy'])).toBeUndefined();
    }
  });

  it.each([
    [
      'https://gitlab.example.com/org/gitops-repo.git',
      'https://gitlab.example.com/org/gitops-repo',
    ],
    ['git@gitlab.example.com:org/sub/repo.git', 'https://gitlab.example.com/org/sub/repo'],
    ['ssh://git@gitlab.example.com:2222/org/repo.git', 'https://gitlab.example.com/org/repo'],
  ])('of the repository %s links to its releases', (url, web) => {
    const network = { ...specRepository.network, git: { ...specRepository.network.git, url } };
    const { content } = generateRoot(network, findEnvironment(network, 'prod'));

    expect(content).toContain(`${web}/-/tags?search=release/prod/`);
  });
});

describe('the files of a release', () => {
  const { network } = specRepository;
  const versions = {
    release: 7,
    services: {
      backup: { chartVersion: '0.4.0', imageTag: 'v1' },
      'shared-services': { chartVersion: '2.2.0', imageTag: 'v2' },
    },
    components: {
      namespace: { chartVersion: '1.0.1', imageTag: undefined },
      vault: { chartVersion: '1.3.0', imageTag: 'v3' },
      backend: { chartVersion: '3.2.0', imageTag: 'v4' },
      frontend: { chartVersion: '2.4.0', imageTag: 'v5' },
    },
  };
  const input: ReleaseInput = {
    release: 7,
    versions,
    nodes: ['node-b', 'node-a'],
    valuesRevision: 'release/prod/5',
  };
  const files = new Map(
    generateReleaseFiles(network, findEnvironment(network, 'prod'), input).map((file) => [
      file.path,
      file.content,
    ]),
  );
  const objects = [...files.keys()].map((path) => readObject(files, path));

  it('carry its number, and the revision that values are pinned to', () => {
    expect(objects).toHaveLength(6);
    for (const object of objects) {
      expect(annotation(object, 'tidegate.dev/gated')).toBe('true');
      expect(annotation(object, 'tidegate.dev/release')).toBe('7');
      expect(valueAt(applicationSpec(object), ['sources', 1])).toEqual({
        repoURL: network.git.url,
        targetRevision: 'release/prod/5',
        ref: 'values',
      });
      if (object['kind'] === 'ApplicationSet') {
        const template = valueAt(object, ['spec', 'template']);
        expect(annotation(template, 'tidegate.dev/release')).toBe('7');
        expect(annotation(object, 'tidegate.dev/nodes')).toBe('node-a,node-b');
        expect(valueAt(object, ['spec', 'generators', 0, 'git', 'revision'])).toBe(
          'release/prod/5',
        );
      }
    }
  });

  it('carry its chart versions', () => {
    const charts = objects.map(
      (object) => valueAt(applicationSpec(object), ['sources', 0]) as Plain,
    );

    expect(charts.map(({ chart, targetRevision }) => [chart, targetRevision])).toEqual([
      ['dlt-backup', '0.4.0'],
      ['dlt-shared-services', '2.2.0'],
      ['dlt-node-namespace', '1.0.1'],
      ['dlt-vault', '1.3.0'],
      ['dlt-backend', '3.2.0'],
      ['dlt-frontend', '2.4.0'],
    ]);
  });

  it('carry the namespaces of exactly the nodes of the release to the backup', () => {
    const [backup] = objects;
    const path = ['spec', 'sources', 0, 'helm', 'valuesObject', 'backup', 'namespaces'];

    expect([...(valueAt(backup, path) as string[])].sort()).toEqual(['dlt-node-a', 'dlt-node-b']);
  });

  it('put the same wave on a set and on its template', () => {
    for (const object of objects.filter((candidate) => candidate['kind'] === 'ApplicationSet')) {
      expect(waveOf(object)).toMatch(/^-?\d+$/);
      expect(waveOf(valueAt(object, ['spec', 'template']))).toBe(waveOf(object));
    }
  });
});

describe('data protection', () => {
  const guards = (object: Plain): unknown[] => [
    annotation(object, 'argocd.argoproj.io/sync-options'),
    valueAt(object, ['metadata', 'finalizers']),
    valueAt(object, ['spec', 'syncPolicy', 'preserveResourcesOnDeletion']),
  ];

  it('is the definition’s, whatever the environment is called', async () => {
    const text = definition(
      ['dataProtection: delete', 'dataProtection: retain'],
      ['promotesFrom: preprod', 'promotesFrom: preprod\n    dataProtection: delete'],
    );
    const files = await generatedFiles(ownedRepository(text));

    for (const component of ['namespace', 'vault', 'backend', 'frontend']) {
      expect(guards(readObject(files, `argocd/qa/appset-${component}.yaml`))).toEqual([
        'Prune=false',
        ['resources-finalizer.argocd.argoproj.io'],
        true,
      ]);
      expect(guards(readObject(files, `argocd/prod/appset-${component}.yaml`))).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it('never lets a set delete an Application by itself', () => {
    for (const path of environments.flatMap((environment) => argocdPaths(specFiles, environment))) {
      const object = readObject(specFiles, path);
      if (object['kind'] !== 'ApplicationSet') continue;
      expect(valueAt(object, ['spec', 'syncPolicy', 'applicationsSync']), path).toBe(
        'create-update',
      );
    }
  });
});

describe('another PAT group', () => {
  it('is a parameter of the namespace chart only', async () => {
    const text = definition(['group: your.group', 'group: pat.example.org']);
    const files = await generatedFiles(ownedRepository(text));
    const parameters = (component: string): unknown =>
      valueAt(applicationSpec(readObject(files, `argocd/qa/appset-${component}.yaml`)), [
        'sources',
        0,
        'helm',
        'parameters',
      ]);

    const apiGroup = {
      name: 'projectApplicationTemplate.apiGroup',
      value: 'pat.example.org',
      forceString: true,
    };
    expect(parameters('namespace')).toContainEqual(apiGroup);
    expect(parameters('vault')).not.toContainEqual(apiGroup);
  });
});

describe('a fifth component and a fourth environment', () => {
  const nodes = {
    qa: ['node-alpha'],
    preprod: ['node-alpha'],
    staging: ['node-one', 'node-two'],
    prod: ['node-alpha'],
  };
  const larger = ownedRepository(largerDefinition(), nodes);

  it('are configuration only: every environment has one file more, and there are four', async () => {
    const files = await generatedFiles(larger);

    for (const environment of [...environments, 'staging']) {
      expect(argocdPaths(files, environment)).toEqual(
        [
          'app-backup.yaml',
          'app-root.yaml',
          'app-shared-services.yaml',
          'appset-backend.yaml',
          'appset-explorer.yaml',
          'appset-frontend.yaml',
          'appset-namespace.yaml',
          'appset-vault.yaml',
        ].map((name) => `argocd/${environment}/${name}`),
      );
    }
    expect(new Set([...files.keys()].map((path) => path.split('/').slice(0, 2).join('/')))).toEqual(
      new Set([
        '.gitlab-ci.yml',
        ...[...environments, 'staging'].flatMap((name) => [`argocd/${name}`, `bootstrap/${name}`]),
      ]),
    );
  });

  it('have their names, waves, charts, layers and nodes', async () => {
    const files = await generatedFiles(larger);
    const set = readObject(files, 'argocd/staging/appset-explorer.yaml');
    const template = valueAt(set, ['spec', 'template']);

    expect(valueAt(set, ['metadata', 'name'])).toBe('dlt-nodes-explorer-staging');
    expect(waveOf(set)).toBe('4');
    expect(waveOf(template)).toBe('4');
    expect(annotation(set, 'tidegate.dev/nodes')).toBe('node-one,node-two');
    expect(valueAt(template, ['metadata', 'name'])).toBe('dlt-{{path.basename}}-explorer-staging');
    expect(valueAt(template, ['spec', 'project'])).toBe('dlt-staging-workloads');
    expect(valueAt(template, ['spec', 'destination', 'namespace'])).toBe('dlt-{{path.basename}}');
    expect(valueAt(template, ['spec', 'sources', 0])).toMatchObject({
      chart: 'chain-explorer',
      targetRevision: '0.1.0',
      helm: {
        valueFiles: [
          '$values/versions/staging.yaml',
          '$values/envs/staging/common-node-values.yaml',
          '$values/envs/staging/nodes/{{path.basename}}/values-explorer.yaml',
        ],
      },
    });
    expect(valueAt(set, ['spec', 'generators', 0, 'git', 'directories'])).toEqual([
      { path: 'envs/staging/nodes/*' },
    ]);
  });

  it('have waves in every environment as the definition says, and distinct names', async () => {
    const files = await generatedFiles(larger);

    for (const environment of [...environments, 'staging']) {
      const objects = argocdPaths(files, environment).map((path) => readObject(files, path));
      const waves = objects.flatMap((object) => waveOf(object) ?? []);
      const names = objects.map((object) => valueAt(object, ['metadata', 'name']));

      expect(waves.map(Number).sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3, 4]);
      expect(new Set(names).size).toBe(8);
      for (const name of names) expect(name).toMatch(new RegExp(`^dlt-.*-${environment}$`));
    }
  });

  it('leave the other objects of the other environments as they were', async () => {
    const before = await generatedFiles(ownedRepository(definition(), nodes));
    const after = await generatedFiles(larger);

    for (const [path, content] of before) {
      if (!path.startsWith('argocd/')) continue;
      expect(after.get(path), path).toBe(content);
    }
  });

  it('may read other layers', async () => {
    const text = largerDefinition().replace(
      'chart: chain-explorer\n',
      'chart: chain-explorer\n    layers: [node, versions]\n',
    );
    const files = await generatedFiles(ownedRepository(text, nodes));
    const set = readObject(files, 'argocd/qa/appset-explorer.yaml');

    expect(valueAt(applicationSpec(set), ['sources', 0, 'helm', 'valueFiles'])).toEqual([
      '$values/envs/qa/nodes/{{path.basename}}/values-explorer.yaml',
      '$values/versions/qa.yaml',
    ]);
  });
});
