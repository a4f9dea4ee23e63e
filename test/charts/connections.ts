import { parseYaml } from '@tidegate/core';
import { resolve, type Cluster, type Pods } from './cluster.ts';
import {
  containersOf,
  kindOf,
  labelsAt,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  stringsIn,
  textAt,
} from './kubernetes-objects.ts';
import { isAllowed } from './network-policies.ts';

/** A host name and port that a pod's configuration makes it connect to. */
export interface Connection {
  readonly from: Pods;
  readonly host: string;
  readonly port: number;
  /** Where the configuration says so. */
  readonly why: string;
}

const ports: Readonly<Record<string, number>> = { http: 80, https: 443, nats: 4222 };

/** Everything that the pods of a cluster connect to inside it, read from what is rendered. */
export function connectionsOf(cluster: Cluster): Connection[] {
  return cluster.pods.flatMap((from) => [
    ...urlsOf(from, textsOf(cluster, from)),
    ...nodeConnections(cluster, from),
  ]);
}

/** Why a connection does not come about, for each that does not. */
export function brokenConnections(cluster: Cluster, connections: readonly Connection[]): string[] {
  return connections.flatMap(({ from, host, port, why }) => {
    const title = `${from.namespace}/${from.workload} to ${host}:${port} (${why})`;
    const endpoint = resolve(cluster, from.namespace, host, port);
    if (typeof endpoint === 'string') return [`${title}: ${endpoint}`];
    const flow = { from, to: endpoint.pods, port: endpoint.containerPort };
    return isAllowed(cluster, flow) ? [] : [`${title} is blocked by a NetworkPolicy`];
  });
}

interface PlacedText {
  readonly path: string;
  readonly text: string;
}

/** Environment, arguments and mounted ConfigMaps of pods. */
function textsOf(cluster: Cluster, pods: Pods): PlacedText[] {
  return [
    ...containersOf(pods.template).flatMap((container) => [
      ...listAt(container, 'env').map((entry) => ({
        path: `env ${textAt(entry, 'name')}`,
        text: textAt(entry, 'value').replaceAll('$(POD_NAME)', `${pods.workload}-0`),
      })),
      ...stringsIn(listAt(container, 'args'), 'args'),
    ]),
    ...configMapsOf(cluster, pods).flatMap((data) => stringsIn(data, 'ConfigMap')),
  ].flatMap((text) => forEachNamespace(pods, text));
}

/** The backup's sources hold for every namespace that it is given. */
function forEachNamespace(pods: Pods, { path, text }: PlacedText): PlacedText[] {
  if (!text.includes('{namespace}')) return [{ path, text }];
  const given = containersOf(pods.template)
    .flatMap((container) => listAt(container, 'env'))
    .find((entry) => textAt(entry, 'name') === 'NAMESPACES');
  return textAt(given, 'value')
    .split(' ')
    .map((namespace) => ({ path, text: text.replaceAll('{namespace}', namespace) }));
}

function configMapsOf(cluster: Cluster, pods: Pods): Record<string, string>[] {
  const names = listAt(pods.template, 'spec', 'volumes').map((volume) =>
    textAt(volume, 'configMap', 'name'),
  );
  return cluster.objects
    .filter(
      (rendered) =>
        kindOf(rendered.object) === 'ConfigMap' &&
        namespaceOf(rendered) === pods.namespace &&
        names.includes(nameOf(rendered.object)),
    )
    .map(({ object }) => labelsAt(object, 'data'));
}

function urlsOf(from: Pods, texts: readonly PlacedText[]): Connection[] {
  return texts.flatMap(({ path, text }) =>
    [...text.matchAll(/\b([a-z]+):\/\/([a-z0-9][a-z0-9.-]*)(?::(\d+))?/g)].flatMap(
      ([, scheme = '', host = '', port]) => {
        const number = port === undefined ? ports[scheme] : Number(port);
        if (number === undefined || isOutside(host)) return [];
        return [{ from, host, port: number, why: `${path}: ${text.slice(0, 60)}` }];
      },
    ),
  );
}

function isOutside(host: string): boolean {
  return host === '127.0.0.1' || host === 'localhost' || host.endsWith('.example.com');
}

/** What a backend's own configuration says without URLs: peers and database. */
function nodeConnections(cluster: Cluster, from: Pods): Connection[] {
  return configMapsOf(cluster, from).flatMap((data) => {
    const text = data['node.yaml'];
    if (text === undefined) return [];
    const config = parseYaml(text, 'node.yaml').value;
    const peers = listAt(config, 'peers').map((peer) => {
      const [host = '', port = ''] = String(peer).split(':');
      return { from, host, port: Number(port), why: 'node.yaml: peers' };
    });
    const database = mapAt(config, 'database');
    if (typeof database['host'] !== 'string') return peers;
    return [
      ...peers,
      { from, host: database['host'], port: Number(database['port']), why: 'node.yaml: database' },
    ];
  });
}
