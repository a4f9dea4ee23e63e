import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inProcessClient, type JsonObject, type KubeClient } from '@tidegate/kube';
import { httpClient, makeKubeconfig, startApiServer } from '@tidegate/kube/node';
import { report, shown, timed } from './measure.ts';

/**
 * The embedded Kubernetes API: start, throughput over HTTPS with eight clients, a large list, watchers and memory.
 * With `--kubeconfig FILE` the same calls go to that cluster, so that the ratio can be stated.
 */
const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const namespaces = { apiVersion: 'v1', plural: 'namespaces' };
const applications = { apiVersion: 'argoproj.io/v1alpha1', plural: 'applications' };
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
    metadata: { name: `c${index}`, namespace: 'bench' },
    data: { index: String(index) },
  };
}

async function throughput(client: KubeClient, where: string): Promise<void> {
  await client.create(namespaces, { metadata: { name: 'bench' } });
  await perSecond(500, (index) => client.create(configMaps, configMap(100_000 + index)));
  const creates = await perSecond(4000, (index) => client.create(configMaps, configMap(index)));
  const gets = await perSecond(8000, (index) =>
    client.get(configMaps, { namespace: 'bench', name: `c${index % 4000}` }),
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
  await client.create(
    { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' },
    {
      metadata: { name: 'applications.argoproj.io' },
      spec: {
        group: 'argoproj.io',
        scope: 'Namespaced',
        names: { kind: 'Application', plural: 'applications' },
        versions: [
          { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
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
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `app${index}`, namespace: 'default', labels: { env: 'qa' } },
    spec: {
      project: 'qa',
      source: { repoURL: 'https://charts.example', chart: 'backend', targetRevision: '1.2.3' },
      destination: { server: 'https://kubernetes.default.svc', namespace: `n${index}` },
    },
    status: { sync: { status: 'Synced' }, health: { status: 'Healthy' }, resources },
  };
}

async function largeList(client: KubeClient): Promise<void> {
  await defineApplications(client);
  for (let index = 0; index < 4000; index += 1)
    await client.create(applications, application(index));
  const cold = await timed(() => client.list(applications, { namespace: 'default' }));
  const warm = await timed(() => client.list(applications, { namespace: 'default' }));
  report('list of 4,000 Applications, first', shown(cold), '< 150 ms', cold < 150);
  report('list of 4,000 Applications, again', shown(warm), '< 150 ms', warm < 150);
}

async function watchers(client: KubeClient): Promise<void> {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  let seen = 0;
  let all = (): void => undefined;
  const { resourceVersion } = await client.list(configMaps, { namespace: 'bench' });
  for (let index = 0; index < 100; index += 1) {
    void (async () => {
      for await (const event of client.watch(
        configMaps,
        { namespace: 'bench', resourceVersion },
        abort.signal,
      )) {
        if (event.type === 'ADDED') seen += 1;
        if (seen === 100) all();
      }
    })();
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const reached = new Promise<void>((resolve) => (all = resolve));
  const ms = await timed(async () => {
    await client.create(configMaps, configMap(900_000));
    await reached;
  });
  abort.abort();
  report('a write reaches 100 watchers', shown(ms), '< 10 ms', ms < 10);
}

async function memory(): Promise<void> {
  const api = await startApiServer();
  const client = inProcessClient(api.server, { userAgent: 'bench', token: api.token });
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

if (kubeconfigPath === undefined) {
  const start = await timed(async () => (await startApiServer()).close());
  report('start of the embedded API to ready, in process', shown(start), '< 200 ms', start < 200);
  await memory();
  await besideServer(async (http) => {
    await throughput(http, 'HTTP');
    await watchers(http);
  });
  const api = await startApiServer();
  await largeList(inProcessClient(api.server, { userAgent: 'bench', token: api.token }));
  await api.close();
} else {
  await throughput(httpClient({ userAgent: 'bench', kubeconfigPath }), 'cluster');
}
