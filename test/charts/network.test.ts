import { defaultAnswers, parseYaml } from '@tidegate/core';
import { describe, expect, test } from 'vitest';
import { repositoryFiles } from '../../packages/cli/src/commands/init.ts';
import { clustersOf, resolve, type Cluster, type Pods } from './cluster.ts';
import { brokenConnections, connectionsOf } from './connections.ts';
import { isAllowed } from './network-policies.ts';
import { kindOf, stringsIn, textAt } from './kubernetes-objects.ts';
import { renderEdited, renderExample, renderRepository, variants } from './rendered-network.ts';

/** The pods behind a workload's name in a namespace. */
function pods(cluster: Cluster, namespace: string, workload: string): Pods {
  const found = cluster.pods.find(
    (candidate) => candidate.namespace === namespace && candidate.workload === workload,
  );
  if (found === undefined) throw new Error(`no ${workload} in ${namespace}`);
  return found;
}

describe.each(Object.entries(variants))('%s', async (_name, edits) => {
  const rendered = await renderExample(edits);
  const clusters = clustersOf(rendered);

  test.each(clusters)('every host in the values of $environment is a Service', (cluster) => {
    const hosts = [...rendered.files]
      .filter(([path]) => path.startsWith(`envs/${cluster.environment}/`))
      .flatMap(([path, content]) =>
        stringsIn(parseYaml(content, path).value).flatMap(({ text }) =>
          [...text.matchAll(/([a-z]+:\/\/)?([a-z0-9.-]+\.svc\.cluster\.local)(?::(\d+))?/g)].map(
            ([, scheme, host = '', port]) => ({
              path,
              host,
              // A peer is named without a port and means the peer-to-peer one.
              port: Number(port ?? (scheme === undefined ? 30303 : 80)),
            }),
          ),
        ),
      );
    expect(hosts.length).toBeGreaterThan(3);

    for (const { path, host, port } of hosts) {
      expect(resolve(cluster, 'default', host, port), `${path}: ${host}`).toBeTypeOf('object');
    }
  });

  test.each(clusters)('what pods of $environment connect to is there and allowed', (cluster) => {
    const connections = connectionsOf(cluster);
    expect(connections.length).toBeGreaterThan(cluster.pods.length);

    expect(brokenConnections(cluster, connections)).toEqual([]);
  });

  test.each(clusters)('every pod of $environment may ask the DNS', (cluster) => {
    const dns = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
    for (const from of cluster.pods) {
      for (const protocol of ['UDP', 'TCP'] as const) {
        expect(isAllowed(cluster, { from, to: dns, port: 53, protocol }), from.workload).toBe(true);
      }
    }
  });

  test.each(clusters)('every node of $environment is isolated but for what it needs', (cluster) => {
    const stranger = { namespace: 'default', labels: {} };
    const nodes = cluster.pods.filter(({ namespace }) => namespace.startsWith('dlt-node-'));
    expect(nodes.length).toBeGreaterThan(0);
    for (const to of nodes) {
      for (const port of [80, 8080, 8200, 8201, 30303]) {
        expect(isAllowed(cluster, { from: stranger, to, port })).toBe(false);
      }
      expect(isAllowed(cluster, { from: to, to: stranger, port: 443 })).toBe(false);
    }
  });
});

test('a node reaches only the peer port of another one', async () => {
  const cluster = clustersOf(await renderExample()).find(({ environment }) => environment === 'qa');
  if (cluster === undefined) throw new Error('no qa');
  const alpha = (workload: string): Pods => pods(cluster, 'dlt-node-alpha', workload);
  const beta = (workload: string): Pods => pods(cluster, 'dlt-node-beta', workload);
  const can = (from: Pods, to: Pods, port: number): boolean =>
    isAllowed(cluster, { from, to, port });

  expect(can(alpha('backend'), beta('backend'), 30303)).toBe(true);
  expect(can(alpha('backend'), beta('backend'), 8080)).toBe(false);
  expect(can(alpha('backend'), beta('vault'), 8200)).toBe(false);
  expect(can(alpha('frontend'), beta('backend'), 8080)).toBe(false);
  expect(can(alpha('frontend'), alpha('backend'), 8080)).toBe(true);
  expect(can(alpha('frontend'), alpha('vault'), 8200)).toBe(false);
  expect(can(alpha('frontend'), pods(cluster, 'dlt-shared', 'postgres'), 5432)).toBe(false);
  expect(can(alpha('backend'), pods(cluster, 'dlt-shared', 'postgres'), 5432)).toBe(true);
});

test('a network of another name works as well', async () => {
  const answers = { ...defaultAnswers, name: 'acme', patGroup: 'platform.acme.example' };
  const files = await repositoryFiles(answers, true);
  const rendered = await renderRepository(new Map(files.map((file) => [file.path, file.content])));
  for (const cluster of clustersOf(rendered)) {
    const connections = connectionsOf(cluster);
    expect(connections.length).toBeGreaterThan(cluster.pods.length);
    expect(brokenConnections(cluster, connections)).toEqual([]);
    expect([...cluster.namespaces.keys()].filter((name) => name.startsWith('dlt-'))).toEqual([]);
  }
  const requests = rendered.objects.filter(
    ({ object }) => kindOf(object) === 'ProjectApplicationTemplate',
  );
  expect(requests.map(({ object }) => textAt(object, 'apiVersion'))).toEqual(
    Array.from({ length: 10 }, () => 'platform.acme.example/v1'),
  );
});

/** Two environments in one cluster with namespaces of their own, which are called something else. */
const sharedCluster = {
  'tidegate.yaml': [
    [
      '  preprod:\n    sync: manual\n',
      '  preprod:\n    sync: manual\n    cluster: qa\n    argocd: {namespace: pp-argocd, adminNamespace: pp-admin}\n' +
        '    namespaces: {backup: pp-ops, shared-services: pp-common}\n    nodeNamespacePrefix: ppn-\n',
    ],
  ],
} as const;

test('environments that share a cluster keep apart, each with what it needs', async () => {
  const rendered = await renderEdited(sharedCluster);
  const [qa, preprod] = clustersOf(rendered);
  if (qa === undefined || preprod === undefined) throw new Error('two environments expected');
  for (const cluster of [qa, preprod]) {
    const connections = connectionsOf(cluster);
    expect(connections.length).toBeGreaterThan(cluster.pods.length);
    // The example's values name peers and backends by the namespaces of an environment of its own.
    const own = connections.filter(({ why }) => !/BACKEND_URL|peers/.test(why));
    expect(brokenConnections(cluster, own)).toEqual([]);
  }
  expect([...preprod.namespaces.keys()].sort()).toEqual([
    'kube-system',
    'pp-admin',
    'pp-argocd',
    'pp-common',
    'pp-ops',
    'ppn-node-alpha',
    'ppn-node-delta',
  ]);

  const both: Cluster = {
    environment: 'both',
    objects: [...qa.objects, ...preprod.objects],
    pods: [...qa.pods, ...preprod.pods],
    namespaces: new Map([...qa.namespaces, ...preprod.namespaces]),
  };
  for (const from of preprod.pods) {
    for (const to of qa.pods) {
      for (const port of [80, 4222, 5432, 8080, 8200, 30303]) {
        expect(isAllowed(both, { from, to, port }), `${from.workload} ${to.workload}`).toBe(false);
      }
    }
  }
});

test('a node gets its own namespace, whatever its values ask for', async () => {
  const path = 'envs/qa/nodes/node-alpha/values-namespace.yaml';
  const asked =
    '  namespace: kube-system\n  project: default\n  destination: {server: "https://other"}\n';
  const rendered = await renderEdited({ [path]: [['  namespace: dlt-node-alpha\n', asked]] });
  const request = rendered.objects.find(
    ({ object, target }) =>
      kindOf(object) === 'ProjectApplicationTemplate' &&
      target.application.includes('alpha') &&
      target.environment === 'qa',
  );

  expect(request?.object).toMatchObject({
    metadata: { name: 'dlt-node-alpha' },
    spec: {
      project: 'dlt-qa',
      destination: { server: 'https://kubernetes.default.svc', namespace: 'dlt-node-alpha' },
    },
  });
});
