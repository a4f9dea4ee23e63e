import { describe, expect, it } from 'vitest';
import { admits, admitsClusterWide, admitsNamespaced } from '../../test/app-project.ts';
import {
  definition,
  generatedFiles,
  ownedRepository,
  readObject,
  readObjects,
  type Plain,
} from '../../test/generated.ts';
import { bootstrapReadme } from './bootstrap-readme.ts';
import { applicationHealth, applicationSetHealth, patHealth } from './health.ts';
import { findEnvironment } from './plan-generate.ts';
import { valueAt } from './value-at.ts';

type Files = ReadonlyMap<string, string>;

const environments = ['qa', 'preprod', 'prod'];
const specRepository = ownedRepository();
const specFiles = await generatedFiles(specRepository);

/** QA and pre-prod in one cluster, with nothing in common. */
const sharedCluster = definition([
  'sync: manual\n    promotesFrom: qa\n',
  [
    'sync: manual',
    '    promotesFrom: qa',
    '    cluster: qa',
    '    argocd: { namespace: argocd-pre, adminNamespace: argocd-pre-admin }',
    '    namespaces: { backup: pre-ops, shared-services: pre-shared }',
    '    nodeNamespacePrefix: pre-',
    '',
  ].join('\n'),
]);
const sharedFiles = await generatedFiles(ownedRepository(sharedCluster));

function resourceNames(files: Files, environment: string): string[] {
  const object = readObject(files, `bootstrap/${environment}/kustomization.yaml`);
  return object['resources'] as string[];
}

/** Every object that `kubectl apply -k` applies. */
function bootstrapObjects(files: Files, environment: string): Plain[] {
  return resourceNames(files, environment).flatMap((name) =>
    readObjects(files, `bootstrap/${environment}/${name}`),
  );
}

function identity(object: Plain): string {
  const text = (path: string[]): string =>
    String((valueAt(object, path) as string | undefined) ?? '');
  return [['kind'], ['metadata', 'namespace'], ['metadata', 'name']].map(text).join(' ');
}

function configMap(
  files: Files,
  environment: string,
  id: string,
): Readonly<Record<string, string>> {
  const found = bootstrapObjects(files, environment).find(
    (object) => identity(object) === `ConfigMap ${id}`,
  );
  return (found?.['data'] ?? {}) as Record<string, string>;
}

describe.each(environments)('bootstrap/%s', (environment) => {
  it('lists in its kustomization exactly the files that exist', () => {
    const present = [...specFiles.keys()].flatMap((path) => {
      const [folder, name, file] = path.split('/');
      return folder === 'bootstrap' && name === environment && file?.endsWith('.yaml') === true
        ? [file]
        : [];
    });

    expect(resourceNames(specFiles, environment).sort()).toEqual(
      present.filter((file) => file !== 'kustomization.yaml').sort(),
    );
  });

  it('has objects with apiVersion, kind and name, each once', () => {
    const objects = bootstrapObjects(specFiles, environment);
    const ids = objects.map(identity);

    for (const object of objects) {
      expect(object['apiVersion'], identity(object)).toMatch(/^([a-z0-9.]+\/)?v\d/);
      expect(valueAt(object, ['metadata', 'name']), identity(object)).toMatch(
        /^[a-z0-9][-.a-z0-9]*$/,
      );
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('makes every namespace that it puts an object into, before the objects', () => {
    const objects = bootstrapObjects(specFiles, environment);
    const made = objects.flatMap((object, index) =>
      object['kind'] === 'Namespace' ? [[valueAt(object, ['metadata', 'name']), index]] : [],
    );
    const position = new Map(made as [string, number][]);

    for (const [index, object] of objects.entries()) {
      const namespace = valueAt(object, ['metadata', 'namespace']) as string | undefined;
      if (namespace === undefined) continue;
      expect(position.get(namespace) ?? Infinity, identity(object)).toBeLessThan(index);
    }
    for (const name of ['argocd', 'argocd-admin', 'dlt-ops', 'dlt-shared', 'tidegate-system']) {
      expect(position.has(name), name).toBe(true);
    }
  });

  it('never deletes a namespace or a definition with its file', () => {
    const kept = bootstrapObjects(specFiles, environment).filter((object) =>
      ['Namespace', 'CustomResourceDefinition', 'AppProject', 'Application'].includes(
        String(object['kind']),
      ),
    );

    expect(kept.length).toBeGreaterThan(8);
    for (const object of kept) {
      const options = valueAt(object, [
        'metadata',
        'annotations',
        'argocd.argoproj.io/sync-options',
      ]);
      expect(options, identity(object)).toMatch(/Prune=false,Delete=false/);
    }
  });

  it('holds no Secret and no credentials', () => {
    const objects = bootstrapObjects(specFiles, environment);

    expect(objects.filter((object) => object['kind'] === 'Secret')).toEqual([]);
    expect(JSON.stringify(objects)).not.toMatch(/password|token|BEGIN [A-Z ]*PRIVATE KEY/i);
    for (const namespace of ['argocd', 'argocd-admin']) {
      expect(
        Object.keys(configMap(specFiles, environment, `${namespace} tidegate-repositories`)),
      ).toEqual(['gitops-repo', 'helm-charts']);
    }
  });

  it('has an Application of the admin instance that may do all this', () => {
    const objects = bootstrapObjects(specFiles, environment);
    const application = objects.find((object) => object['kind'] === 'Application');
    const project = objects.find(
      (object) => identity(object) === `AppProject argocd-admin dlt-bootstrap-${environment}`,
    );
    const server = 'https://kubernetes.default.svc';

    expect(valueAt(application, ['metadata', 'namespace'])).toBe('argocd-admin');
    expect(valueAt(application, ['spec', 'project'])).toBe(`dlt-bootstrap-${environment}`);
    expect(valueAt(application, ['spec', 'source', 'path'])).toBe(`bootstrap/${environment}`);
    for (const object of objects) {
      const namespace = valueAt(object, ['metadata', 'namespace']) as string | undefined;
      const kind = String(object['kind']);
      const group = String(object['apiVersion']).split('/').slice(0, -1).join('');
      const isPermitted =
        namespace === undefined
          ? admitsClusterWide(project, group, kind)
          : admitsNamespaced(project, group, kind) && admits(project, { server, namespace });
      expect(isPermitted, identity(object)).toBe(true);
    }
  });

  it('registers the health checks under keys that Argo CD reads', () => {
    const data = configMap(specFiles, environment, 'argocd argocd-cm');
    const health = Object.fromEntries(
      Object.entries(data).filter(([key]) => key.startsWith('resource.customizations.')),
    );

    expect(health).toEqual({
      'resource.customizations.health.argoproj.io_Application': applicationHealth,
      'resource.customizations.health.argoproj.io_ApplicationSet': applicationSetHealth,
      'resource.customizations.health.your.group_ProjectApplicationTemplate': patHealth,
    });
    for (const key of Object.keys(health)) {
      // Argo CD splits at the first three dots and then at one underscore.
      expect(key).toMatch(/^resource\.customizations\.health\.[^_]+_[A-Za-z]+$/);
    }
  });

  it('gives both instances a wave delay with which a wave is judged by its new state', () => {
    for (const namespace of ['argocd', 'argocd-admin']) {
      const data = configMap(specFiles, environment, `${namespace} argocd-cmd-params-cm`);
      expect(Number(data['controller.sync.wave.delay.seconds'])).toBeGreaterThanOrEqual(2);
    }
  });

  it('lets operators look and no more, outside the projects’ roles', () => {
    const settings = configMap(specFiles, environment, 'argocd argocd-rbac-cm');
    const admin = configMap(specFiles, environment, 'argocd-admin argocd-rbac-cm');

    expect(settings).toEqual({
      'policy.default': '',
      'policy.tidegate.csv': `g, dlt-${environment}-operators, role:readonly\ng, dlt-${environment}-repair, role:readonly\n`,
    });
    expect(admin).toEqual({ 'policy.default': '' });
  });

  it('is data of ConfigMaps in texts only', () => {
    for (const object of bootstrapObjects(specFiles, environment)) {
      if (object['kind'] !== 'ConfigMap') continue;
      for (const [key, value] of Object.entries(object['data'] as Plain)) {
        expect(typeof value, `${identity(object)} ${key}`).toBe('string');
      }
    }
  });

  it('is explained in an order that works, by files that exist', () => {
    const readme = specFiles.get(`bootstrap/${environment}/README.md`) ?? '';
    const files = [...readme.matchAll(/((?:bootstrap|argocd)\/[-\w/]+\.yaml)/g)].map(
      ([path]) => path,
    );

    expect(files).toEqual([
      `bootstrap/${environment}/namespaces.yaml`,
      `argocd/${environment}/app-root.yaml`,
    ]);
    for (const path of files) expect(specFiles.has(path), path).toBe(true);
    expect(readme).toBe(
      bootstrapReadme(specRepository.network, findEnvironment(specRepository.network, environment)),
    );
  });
});

describe('the instances', () => {
  const instanceIds = (files: Files): string[] =>
    environments.flatMap((environment) =>
      bootstrapObjects(files, environment).flatMap((object) => {
        const id = valueAt(object, ['data', 'installationID']);
        return typeof id === 'string' ? [id] : [];
      }),
    );

  it('have an installationID each, none like another', () => {
    for (const files of [specFiles, sharedFiles]) {
      expect(instanceIds(files)).toHaveLength(6);
      expect(new Set(instanceIds(files)).size).toBe(6);
    }
  });

  it('track objects by annotation, so that long names are not cut', () => {
    for (const environment of environments) {
      for (const namespace of ['argocd', 'argocd-admin']) {
        const data = configMap(specFiles, environment, `${namespace} argocd-cm`);
        expect(data['application.resourceTrackingMethod']).toBe('annotation');
      }
    }
  });

  it('sync the bootstrap by themselves in QA only', () => {
    for (const environment of environments) {
      const application = readObject(specFiles, `bootstrap/${environment}/app-bootstrap.yaml`);
      expect(valueAt(application, ['spec', 'syncPolicy', 'automated']) !== undefined).toBe(
        environment === 'qa',
      );
      expect(valueAt(application, ['spec', 'syncPolicy', 'automated', 'prune'])).toBeUndefined();
    }
  });
});

describe('two environments in one cluster', () => {
  it('have no object in common', () => {
    const [qa, preprod] = ['qa', 'preprod'].map((environment) =>
      bootstrapObjects(sharedFiles, environment).map(identity),
    );

    expect(qa?.filter((id) => preprod?.includes(id))).toEqual([]);
  });

  it('have definitions and the operator’s namespace once, in the first', () => {
    const kinds = (environment: string): number =>
      bootstrapObjects(sharedFiles, environment).filter(
        (object) => object['kind'] === 'CustomResourceDefinition',
      ).length;
    const names = (environment: string): string[] =>
      bootstrapObjects(sharedFiles, environment).map(identity);

    expect([kinds('qa'), kinds('preprod'), kinds('prod')]).toEqual([2, 0, 2]);
    expect(names('qa')).toContain('Namespace  tidegate-system');
    expect(names('preprod')).not.toContain('Namespace  tidegate-system');
    expect(names('prod')).toContain('Namespace  tidegate-system');
  });

  it('have Applications and projects of distinct names in every instance', () => {
    const all = [sharedFiles, specFiles].map((files) =>
      environments.flatMap((environment) =>
        bootstrapObjects(files, environment)
          .filter((object) => ['Application', 'AppProject'].includes(String(object['kind'])))
          .map(identity),
      ),
    );

    for (const ids of all) expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('settings of the definition', () => {
  it('reach the instances', async () => {
    const text = definition(
      ['waveDelaySeconds: 5', 'waveDelaySeconds: 9'],
      ['group: your.group', 'group: pat.example.org'],
      ['credentialsSecret: gitops-repo', 'credentialsSecret: our-git'],
    );
    const files = await generatedFiles(ownedRepository(text));

    expect(configMap(files, 'qa', 'argocd argocd-cmd-params-cm')).toEqual({
      'controller.sync.wave.delay.seconds': '9',
    });
    expect(Object.keys(configMap(files, 'qa', 'argocd argocd-cm'))).toContain(
      'resource.customizations.health.pat.example.org_ProjectApplicationTemplate',
    );
    expect(Object.keys(configMap(files, 'qa', 'argocd tidegate-repositories'))).toContain(
      'our-git',
    );
  });
});
