import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inProcessClient, type JsonObject, type KubeClient } from '@tidegate/kube';
import { httpClient, makeKubeconfig, startApiServer } from '@tidegate/kube/node';
import { medianOf, report, shown, timed } from './measure.ts';

/**
 * The embedded Kubernetes API: start, memory, throughput over HTTP with eight clients, watchers and a large list.
 * With `--kubeconfig FILE` the same calls go to that cluster, so that the ratio can be stated; what they make there, a
 * namespace and a definition of their own, is deleted at the end.
 */
const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const namespaces = { apiVersion: 'v1', plural: 'namespaces' };
const definitions = {
  apiVersion: 'apiextensions.k8s.io/v1',
  plural: 'customresourcedefinitions',
};
/** A kind like Argo CD's Application, under a group that no cluster has. */
const group = 'bench.example.com';
const applications = { apiVersion: `${group}/v1alpha1`, plural: 'applications' };
const definitionName = `applications.${group}`;
const namespace = `bench-${Math.random().toString(36).slice(2, 8)}`;
const clients = 8;
const mebibyte = 1024 * 1024;

const flag = process.argv.indexOf('--kubeconfig');
const kubeconfigPath = flag < 0 ? undefined : process.argv[flag + 1];

async function perSecond(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: clients }, async () => {
        for (let index = next++; index < count; index = next++) await call(index);
      }),
    ),
  );
  return (count / ms) * 1000;
}

function configMap(index: number): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `c${index}`, namespace },
    data: { index: String(index) },
  };
}

async function throughput(client: KubeClient, where: string): Promise<void> {
  await perSecond(500, (index) => client.create(configMaps, configMap(100_000 + index)));
  const creates = await perSecond(4000, (index) => client.create(configMaps, configMap(index)));
  const gets = await perSecond(8000, (index) =>
    client.get(configMaps, { namespace, name: `c${index % 4000}` }),
  );
  report(
    `creates a second, ${clients} clients, ${where}`,
    creates.toFixed(0),
    '> 2000',
    creates > 2000,
  );
  report(`gets a second, ${clients} clients, ${where}`, gets.toFixed(0), '> 5000', gets > 5000);
}

async function defineApplications(client: KubeClient): Promise<void> {
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  await client.create(definitions, {
    metadata: { name: definitionName },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Application', plural: 'applications' },
      versions: [
        { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
      ],
    },
  });
  // It is served a moment after it is established.
  for (let tries = 0; tries < 200; tries += 1) {
    const isServed = await client.list(applications, { limit: 1 }).then(
      () => true,
      () => false,
    );
    if (isServed) return;
    await wait(50);
  }
  throw new Error(`${definitionName} is not served`);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function application(index: number): JsonObject {
  const resources = Array.from({ length: 10 }, (_, number) => ({
    kind: 'ConfigMap',
    version: 'v1',
    namespace: `n${index}`,
    name: `r${number}`,
    status: 'Synced',
    health: { status: 'Healthy' },
  }));
  return {
    apiVersion: applications.apiVersion,
    kind: 'Application',
    metadata: { name: `app${index}`, namespace, labels: { env: 'qa' } },
    spec: {
      project: 'qa',
      source: { repoURL: 'https://charts.example', chart: 'backend', targetRevision: '1.2.3' },
      destination: { server: 'https://kubernetes.default.svc', namespace: `n${index}` },
    },
    status: { sync: { status: 'Synced' }, health: { status: 'Healthy' }, resources },
  };
}

async function largeList(client: KubeClient, where: string): Promise<void> {
  await defineApplications(client);
  await perSecond(4000, (index) => client.create(applications, application(index)));
  const cold = await timed(() => client.list(applications, { namespace }));
  const warm = await timed(() => client.list(applications, { namespace }));
  report(`list of 4,000 Applications, first, ${where}`, shown(cold), '< 150 ms', cold < 150);
  report(`list of 4,000 Applications, again, ${where}`, shown(warm), '< 150 ms', warm < 150);
}

const watcherCount = 100;

async function watchers(client: KubeClient): Promise<void> {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const { resourceVersion } = await client.list(configMaps, { namespace, limit: 1 });
  let seen = 0;
  let all = (): void => undefined;
  const watchOne = async (): Promise<void> => {
    const watch = { namespace, resourceVersion };
    for await (const event of client.watch(configMaps, watch, abort.signal)) {
      if (event.type === 'ADDED') seen += 1;
      if (seen === watcherCount) all();
    }
  };
  const reach = async (index: number): Promise<void> => {
    seen = 0;
    const reached = new Promise<void>((resolve) => (all = resolve));
    await client.create(configMaps, configMap(index));
    await reached;
  };
  const running = Array.from({ length: watcherCount }, watchOne);
  // The first write waits until all watches are open.
  await reach(900_000);
  const ms = await medianOf(5, () => reach(900_001 + nextWrite++));
  abort.abort();
  await Promise.all(running);
  report(`a write reaches ${watcherCount} watchers`, shown(ms), '< 10 ms', ms < 10);
}

let nextWrite = 0;

async function memory(): Promise<void> {
  const api = await startApiServer();
  const client = inProcessClient(api.server, { userAgent: 'bench', token: api.token });
  await client.create(namespaces, { metadata: { name: namespace } });
  await defineApplications(client);
  for (let index = 0; index < 20_000; index += 1)
    await client.create(applications, application(index));
  const used = process.memoryUsage().rss / mebibyte;
  report(
    'memory of the process with 20,000 Applications',
    `${used.toFixed(0)} MB`,
    '< 400 MB',
    used < 400,
  );
  await api.close();
}

/** Runs a server in a process of its own, so that it and its clients have a core each. */
async function besideServer(work: (client: KubeClient) => Promise<void>): Promise<void> {
  const tool = fileURLToPath(new URL('../packages/kube/tools/serve.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', tool, '0', 'bench', 'http'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => {
        resolve(String(chunk));
      }),
    );
    const server = line.split(' ')[0] ?? '';
    await work(
      httpClient({ userAgent: 'bench', kubeconfig: makeKubeconfig({ server, token: 'bench' }) }),
    );
  } finally {
    child.kill();
  }
}

/** Everything that can be asked of any cluster, in a namespace of its own. */
async function everywhere(client: KubeClient, where: string): Promise<void> {
  await client.create(namespaces, { metadata: { name: namespace } });
  try {
    await throughput(client, where);
    await watchers(client);
    await largeList(client, where);
  } finally {
    await client.delete(definitions, { name: definitionName }).catch(() => undefined);
    await client.delete(namespaces, { name: namespace });
  }
}

if (kubeconfigPath === undefined) {
  const start = await timed(async () => (await startApiServer()).close());
  report('start of the embedded API to ready, in process', shown(start), '< 200 ms', start < 200);
  await memory();
  await besideServer((http) => everywhere(http, 'HTTP'));
  const api = await startApiServer();
  const client = inProcessClient(api.server, { userAgent: 'bench', token: api.token });
  await client.create(namespaces, { metadata: { name: namespace } });
  await largeList(client, 'in process');
  await api.close();
} else {
  await everywhere(httpClient({ userAgent: 'bench', kubeconfigPath }), 'cluster');
}
