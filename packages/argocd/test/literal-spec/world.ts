import {
  createInformer,
  isNotFound,
  type JsonObject,
  type KubeClient,
  type ResourceType,
} from '@tidegate/kube';
import { createCanceller } from '../../src/cancel.ts';
import { startArgoCd, type ArgoCdInstance } from '../../src/instance.ts';
import { memoryManifestSource, type MemoryManifestSource } from '../../src/node/index.ts';
import { seededRandom, testCluster, type TestCluster } from '../../src/testing/index.ts';
import { gitOpsRepository, literalCharts, literalObject } from './literal-files.ts';
import { lazyRenderer } from './renderer.ts';

export const repository = 'https://gitlab.example.com/org/gitops-repo.git';
export const chartRepository = 'https://artifactory.example.com/helm';

/** A cluster with the specification's repository and charts, and an Argo CD. */
export interface LiteralWorld extends TestCluster {
  readonly manifests: MemoryManifestSource;
  readonly argoCd: ArgoCdInstance;
  /** Commits on main; null deletes. */
  commit(files: Readonly<Record<string, string | null>>): void;
  application(name: string): LiteralApplication;
  stop(): Promise<void>;
}

/** The fields of an Application that tests look at. */
export interface LiteralApplication {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly operation?: unknown;
  readonly status?: LiteralStatus;
}

export interface LiteralStatus {
  readonly sync: { readonly status: string; readonly revision?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly operationState?: {
    readonly phase: string;
    readonly message: string;
    readonly startedAt: string;
  };
}

export interface LiteralOptions {
  readonly startMs?: number;
  /** Files of the repository that differ from the fixture. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** How often Argo CD looks at repositories; 10 s when left out. */
  readonly pollMs?: number;
  /** How long pods take to be ready, by the label `app`. */
  readonly readyMs?: Readonly<Record<string, number>>;
}

const definitionOfPat: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'projectapplicationtemplates.your.group' },
  spec: {
    group: 'your.group',
    names: {
      kind: 'ProjectApplicationTemplate',
      listKind: 'ProjectApplicationTemplateList',
      plural: 'projectapplicationtemplates',
      singular: 'projectapplicationtemplate',
    },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
        subresources: { status: {} },
      },
    ],
  },
};

export async function literalWorld(options: LiteralOptions = {}): Promise<LiteralWorld> {
  const { pollMs = 10_000 } = options;
  const { data } = literalObject('argocd-cm.yaml') as { data: Record<string, string> };
  const cluster = await testCluster({
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    settings: data,
    ...(options.startMs === undefined ? {} : { startMs: options.startMs }),
    controllers: {
      jobPodLagMs: 1000,
      kubelet: { nodeName: 'node', behaviour: (pod) => ({ readyMs: readyMsOf(pod, options) }) },
    },
  });
  await cluster.apply(definitionOfPat);
  await cluster.time.advance(0);
  for (const name of ['dlt-ops', 'dlt-shared']) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const manifests = memoryManifestSource({
    openRenderer: lazyRenderer,
    clock: cluster.time.clock,
    revisionCacheMs: pollMs,
  });
  for (const { name, version, files } of literalCharts()) {
    manifests.charts.setChart(chartRepository, name, version, files);
  }
  const commit: LiteralWorld['commit'] = (files) =>
    void manifests.repositories.commit(repository, 'main', files);
  commit({ ...gitOpsRepository(), ...options.files });
  const stopPats = runPatController(cluster);
  const argoCd = startArgoCd({
    ...cluster.time,
    client: cluster.clientOf('argocd'),
    random: seededRandom(3),
    namespace: 'argocd',
    manifests: {
      generate: (request) => cluster.time.track(() => manifests.generate(request)),
      directories: (request) => cluster.time.track(() => manifests.directories(request)),
    },
    timing: {
      reconciliationMs: pollMs,
      reconciliationJitterMs: 0,
      revisionCacheMs: pollMs,
      applicationSetRequeueMs: pollMs / 2,
    },
  });
  await cluster.time.advance(1000);
  return {
    ...cluster,
    manifests,
    argoCd,
    commit,
    application: (name) =>
      cluster.find('Application', `argocd/${name}`) as unknown as LiteralApplication,
    stop: async () => {
      stopPats();
      await argoCd.stop();
      await manifests.close();
    },
  };
}

function readyMsOf(pod: JsonObject, { readyMs = {} }: LiteralOptions): number {
  const { labels = {} } = pod['metadata'] as { labels?: Record<string, string> };
  return readyMs[labels['app'] ?? ''] ?? 1000;
}

/** Stands in for the PAT controller and the admin instance: a PAT's namespace comes and goes with it. */
function runPatController(cluster: TestCluster): () => void {
  const client = cluster.clientOf('pat-controller');
  const pats: ResourceType = cluster.resource('ProjectApplicationTemplate');
  const canceller = createCanceller();
  const informer = createInformer({ ...cluster.time, client, type: pats, random: () => 0.5 });
  informer.handle({
    added: (pat) => void provision(client, pats, pat),
    deleted: (pat) => void removeNamespace(client, namespaceOf(pat)),
  });
  void informer.run(canceller.cancellation);
  return () => {
    canceller.cancel();
  };
}

const namespaces: ResourceType = { apiVersion: 'v1', plural: 'namespaces' };

function namespaceOf(pat: JsonObject): string {
  return (pat['spec'] as { namespace: string }).namespace;
}

async function provision(client: KubeClient, pats: ResourceType, pat: JsonObject): Promise<void> {
  const { name, namespace } = pat['metadata'] as { name: string; namespace: string };
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(pat) } };
  await client.apply(namespaces, made, { fieldManager: 'pat-controller' });
  await client.patch(
    pats,
    { name, namespace },
    { type: 'merge', patch: { status: { phase: 'Ready' } } },
    { subresource: 'status' },
  );
}

async function removeNamespace(client: KubeClient, name: string): Promise<void> {
  try {
    await client.delete(namespaces, { name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
