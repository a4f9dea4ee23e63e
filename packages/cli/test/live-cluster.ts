import {
  readNetwork,
  renderApplications,
  planRenders,
  nextRelease,
  type FileTree,
} from '@tidegate/core';
import type { AuditEntry, JsonObject, KubeClient } from '@tidegate/kube';
import { httpClient, startApiServer, type StartedServer } from '@tidegate/kube/node';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { openRenderer, type RendererOptions } from '../src/renderer.ts';
import { testIo } from './test-io.ts';
import { testCacheDir } from './workbench.ts';

/** An embedded cluster in which an environment is deployed, as Argo CD would have deployed it. */
export interface TestCluster {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  readonly server: StartedServer;
  /** Every write that has reached the cluster. */
  readonly audit: AuditEntry[];
  /** Applies an object as an Application of Argo CD does, with the annotations that track it. */
  apply(object: JsonObject, tracker?: Tracker): Promise<void>;
  /** A token of a service account. */
  token(namespace: string, account: string): Promise<string>;
}

/** Who applies an object. */
export interface Tracker {
  readonly application: string;
  readonly namespace: string;
  readonly installationId: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export async function startCluster(folder: string): Promise<TestCluster> {
  const audit: AuditEntry[] = [];
  const server = await startApiServer({ audit: (entry) => audit.push(entry) });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig);
  const client = httpClient({ userAgent: 'test/1', kubeconfig: server.kubeconfig });
  const plurals = new Map<string, { readonly plural: string; readonly namespaced: boolean }>();
  const typeOf = async (apiVersion: string, kind: string) => {
    const key = `${apiVersion} ${kind}`;
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!plurals.has(key)) {
      const { resources } = (await client.raw(path)) as unknown as {
        resources: { name: string; kind: string; namespaced: boolean }[];
      };
      for (const { name, kind: one, namespaced } of resources) {
        if (!name.includes('/')) plurals.set(`${apiVersion} ${one}`, { plural: name, namespaced });
      }
    }
    const found = plurals.get(key);
    if (found === undefined) throw new Error(`the cluster serves no ${key}`);
    return found;
  };
  return {
    client,
    kubeconfig,
    server,
    audit,
    token: async (namespace, account) => {
      const type = { apiVersion: 'v1', plural: `serviceaccounts/${account}/token` };
      const made = await client.create(type, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { namespace },
        spec: {},
      });
      return text((made['status'] as JsonObject)['token']);
    },
    apply: async (object, tracker) => {
      const apiVersion = text(object['apiVersion']);
      const kind = text(object['kind']);
      const { plural, namespaced } = await typeOf(apiVersion, kind);
      const metadata = object['metadata'] as JsonObject;
      const namespace = text(metadata['namespace'] ?? tracker?.namespace);
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      const id = `${tracker?.application ?? ''}:${group}/${kind}:${namespace}/${text(metadata['name'])}`;
      const annotations = {
        ...(metadata['annotations'] as JsonObject | undefined),
        ...(tracker === undefined
          ? {}
          : {
              'argocd.argoproj.io/tracking-id': id,
              'argocd.argoproj.io/installation-id': tracker.installationId,
            }),
      };
      const placed = {
        ...object,
        metadata: { ...metadata, ...(namespaced ? { namespace } : {}), annotations },
      };
      const type = { apiVersion, plural };
      await client.apply(type, placed, { fieldManager: 'argocd-controller', force: true });
    },
  };
}

const argocdKinds = [
  ['applications', 'Application'],
  ['applicationsets', 'ApplicationSet'],
  ['appprojects', 'AppProject'],
] as const;

/** Argo CD's own kinds, as far as the API server needs them: their fields are kept as they are. */
export function argocdDefinitions(): JsonObject[] {
  return argocdKinds.map(([plural, kind]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.argoproj.io` },
    spec: {
      group: 'argoproj.io',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      ],
    },
  }));
}

const isHook = (object: JsonObject): boolean =>
  /argocd\.argoproj\.io\/hook|helm\.sh\/hook/.test(
    JSON.stringify((object['metadata'] as JsonObject)['annotations'] ?? {}),
  );

export function documents(text: string): JsonObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as JsonObject | null)
    .filter((object) => object !== null);
}

async function filesOf(tree: FileTree, folder: string): Promise<[string, JsonObject[]][]> {
  const entries = (await tree.list(folder)).filter(({ name }) => name.endsWith('.yaml'));
  return Promise.all(
    entries.map(async ({ name }): Promise<[string, JsonObject[]]> => [
      name,
      documents((await tree.read(`${folder}/${name}`)) ?? ''),
    ]),
  );
}

/**
 * Deploys qa as the tree has it: bootstrap by the admin instance, `argocd/` by the root, and what all
 * Applications render to. Answers how many objects that is.
 */
export async function deploy(
  cluster: TestCluster,
  tree: FileTree,
  charts: string,
): Promise<number> {
  const network = await readNetwork(tree);
  const side = await nextRelease(tree, 'qa');
  if (side === undefined) throw new Error('the tree has no qa');
  const io = testIo({ cwd: '/' });
  const options: RendererOptions = {
    renderer: 'helm',
    chartsUrl: charts,
    cacheDir: testCacheDir,
    cache: true,
    timeout: 60,
  };
  const renderer = await openRenderer(io, network, options);
  const outcomes = await renderApplications(
    await planRenders(side.trees, network, side.environment),
    { network, environment: side.environment, values: tree, renderer },
  );
  let count = 0;
  const apply = async (object: JsonObject, tracker?: Tracker): Promise<void> => {
    if (isHook(object)) return;
    count++;
    await cluster.apply(object, tracker);
  };
  for (const definition of argocdDefinitions()) await cluster.apply(definition);
  const nonAdmin = 'dlt-qa';
  const admin = 'dlt-qa-admin';
  const bootstrap = await filesOf(tree, 'bootstrap/qa');
  const order = ['namespaces.yaml', 'crds.yaml'];
  const sorted = bootstrap
    .filter(([name]) => name !== 'kustomization.yaml')
    .sort(([a], [b]) => order.indexOf(b) - order.indexOf(a));
  for (const object of sorted.flatMap(([, objects]) => objects)) {
    await apply(object, {
      application: 'dlt-bootstrap-qa',
      namespace: 'argocd-admin',
      installationId: admin,
    });
  }
  for (const [name, objects] of await filesOf(tree, 'argocd/qa')) {
    const tracker = { application: 'dlt-root-qa', namespace: 'argocd', installationId: nonAdmin };
    for (const object of objects)
      await apply(object, name === 'app-root.yaml' ? undefined : tracker);
  }
  // The admin instance makes the namespaces that the others need.
  const byInstance = [...outcomes].sort((a, b) =>
    a.target.instance < b.target.instance ? -1 : a.target.instance > b.target.instance ? 1 : 0,
  );
  for (const outcome of byInstance) {
    if ('error' in outcome) throw outcome.error;
    const { application, namespace, instance } = outcome.target;
    const installationId = instance === 'admin' ? admin : nonAdmin;
    const tracker = { application, namespace, installationId };
    const objects = documents(outcome.result.manifest);
    const first = objects.filter(({ kind }) => kind === 'Namespace');
    const rest = objects.filter(({ kind }) => kind !== 'Namespace');
    for (const object of [...first, ...rest]) await apply(object, tracker);
  }
  return count;
}
