import {
  checkedValues,
  memoryTree,
  parseYamlDocuments,
  planRenders,
  readNetwork,
  renderApplications,
  type FileContent,
  type Network,
  type RenderOutcome,
  type RenderTarget,
} from '@tidegate/core';
import { directoryTree, type RendererKind } from '@tidegate/node';
import { assetFolder } from '../../packages/cli/src/assets.ts';
import { exampleRepository } from '../../packages/cli/src/example-repository.ts';
import { openRenderer } from '../../packages/cli/src/renderer.ts';
import { testIo } from '../../packages/cli/test/test-io.ts';
import { packedCharts, testCacheDir } from '../../packages/cli/test/workbench.ts';

/** Kubernetes data as it comes out of YAML; read with the helpers of `kubernetes-objects.ts`. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

/** One object of a rendered Application. */
export interface RenderedObject {
  readonly target: RenderTarget;
  readonly object: KubernetesObject;
}

/** A whole network with everything that both instances render for it. */
export interface RenderedNetwork {
  readonly network: Network;
  readonly files: ReadonlyMap<string, string>;
  readonly objects: readonly RenderedObject[];
}

/** Changes text in the example's files: from and to, by path; `*` at the end stands for any rest. */
export type Edits = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

/** Renders every Application of the example network, after edits of its files. */
export async function renderExample(edits: Edits = {}): Promise<RenderedNetwork> {
  const owned = await exampleRepository(directoryTree(assetFolder('examples/dlt-network')));
  return renderRepository(new Map(owned.map((file) => [file.path, edited(file, edits)])));
}

/** Renders every Application of the example network, generated after edits of what people own. */
export async function renderEdited(edits: Edits): Promise<RenderedNetwork> {
  const source = directoryTree(assetFolder('examples/dlt-network'));
  const edit = async (path: string): Promise<string | undefined> => {
    const content = await source.read(path);
    return content === undefined ? undefined : edited({ path, content }, edits);
  };
  const files = await exampleRepository({ ...source, read: edit });
  return renderRepository(new Map(files.map((file) => [file.path, file.content])));
}

/** Renders every Application of the network in a repository's files. */
export async function renderRepository(
  files: ReadonlyMap<string, string>,
): Promise<RenderedNetwork> {
  const { network, outcomes } = await renderAll(files, () => true);
  const objects = outcomes.flatMap(({ target, result }) =>
    parseYamlDocuments(result.manifest, target.application).map(({ value }) => ({
      target,
      object: value as KubernetesObject,
    })),
  );
  return { network, files, objects };
}

/** The text of manifests by `<env>/<application>.yaml`; `<env>/admin/` for the admin instance's. */
export async function renderManifests(
  files: ReadonlyMap<string, string>,
  isWanted: (target: RenderTarget) => boolean,
  kind: RendererKind = 'helm',
): Promise<Map<string, string>> {
  const { outcomes } = await renderAll(files, isWanted, kind);
  return new Map(
    outcomes.map(({ target, result }) => {
      const folder = `${target.environment}/${target.instance === 'admin' ? 'admin/' : ''}`;
      return [`${folder}${target.application}.yaml`, result.manifest];
    }),
  );
}

type Rendered = Extract<RenderOutcome, { readonly result: unknown }>;

async function renderAll(
  files: ReadonlyMap<string, string>,
  isWanted: (target: RenderTarget) => boolean,
  kind: RendererKind = 'helm',
): Promise<{ network: Network; outcomes: Rendered[] }> {
  const tree = memoryTree(files);
  const network = await readNetwork(tree);
  const renderer = checkedValues(
    await openRenderer(testIo({ cwd: '/' }), network, {
      chartsUrl: await packedCharts(),
      cacheDir: testCacheDir,
      cache: true,
      renderer: kind,
      timeout: 60,
    }),
  );
  const outcomes = await Promise.all(
    network.environments.map(async (environment) => {
      const trees = { manifests: tree, values: tree };
      const targets = (await planRenders(trees, network, environment)).filter(isWanted);
      return renderApplications(targets, { network, environment, values: tree, renderer });
    }),
  );
  return {
    network,
    outcomes: outcomes.flat().map((outcome) => {
      if ('error' in outcome) throw outcome.error;
      return outcome;
    }),
  };
}

function edited({ path, content }: FileContent, edits: Edits): string {
  return (edits[path] ?? []).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`);
    return text.replace(from, () => to);
  }, content);
}

/**
 * The example as it is, and once with every option of the charts turned on (prod) or off (preprod),
 * so that what the tests say holds for more than the defaults.
 */
export const variants: Readonly<Record<string, Edits>> = {
  'the example': {},
  'options turned round': {
    'envs/prod/common-node-values.yaml': [
      ['  ingress:\n    enabled: false\n', prodIngress()],
      ['  injector:\n    enabled: true\n', prodVault()],
      ['    consensusTimeout: 5s\n', prodBackend()],
    ],
    'envs/prod/shared-services/values.yaml': [
      [
        'shared-services:\n',
        'shared-services:\n  imagePullSecrets:\n    - name: registry\n  queue:\n    existingSecret: queue-users\n',
      ],
    ],
    'envs/preprod/common-node-values.yaml': [
      ['    enabled: true\n', '    enabled: false\n'],
      [
        '    consensusTimeout: 5s\n',
        '    consensusTimeout: 5s\n  vault:\n    address: ""\n  sharedServices:\n    database:\n      enabled: false\n    queue:\n      enabled: false\n',
      ],
      ['  dataProtection: retain\n', '  dataProtection: delete\n'],
    ],
    'envs/preprod/shared-services/values.yaml': [
      [
        'shared-services:\n',
        'shared-services:\n  database:\n    enabled: false\n  queue:\n    enabled: false\n',
      ],
    ],
  },
};

function prodIngress(): string {
  return `  imagePullSecrets:
    - name: registry
  ingress:
    enabled: true
    className: nginx
    host: dlt.example.com
    annotations:
      nginx.ingress.kubernetes.io/proxy-body-size: 1m
    tls:
      existingSecret: frontend-certificate
`;
}

function prodVault(): string {
  return `    seal:
      existingSecret: vault-seal
    readyWhenSealed: false
    ui: true
  imagePullSecrets:
    - name: registry
  injector:
    enabled: true
    secrets:
      - path: secret/data/node
        file: node.json
`;
}

function prodBackend(): string {
  return `    consensusTimeout: 5s
  imagePullSecrets:
    - name: registry
  sharedServices:
    database:
      existingSecret: node-database
  extraEnv:
    - name: EXTRA
      valueFrom:
        configMapKeyRef:
          name: backend-config
          key: node.yaml
`;
}
