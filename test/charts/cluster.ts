import { parseYamlDocuments } from '@tidegate/core';
import {
  containersOf,
  kindOf,
  labelsAt,
  listAt,
  mapAt,
  matches,
  nameOf,
  namespaceOf,
  podTemplateOf,
  textAt,
} from './kubernetes-objects.ts';
import type { KubernetesObject, RenderedNetwork, RenderedObject } from './rendered-network.ts';

/** Pods of one workload. */
export interface Pods {
  readonly workload: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly template: unknown;
  readonly rendered: RenderedObject;
}

/** What one environment's cluster holds once everything is rendered. */
export interface Cluster {
  readonly environment: string;
  readonly objects: readonly RenderedObject[];
  readonly pods: readonly Pods[];
  /** Labels of every namespace, with the one that Kubernetes sets itself. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** One cluster per environment: what both instances render, and the namespaces of `bootstrap/`. */
export function clustersOf({ network, files, objects }: RenderedNetwork): Cluster[] {
  return network.environments.map(({ name }) => {
    const own = objects.filter(({ target }) => target.environment === name);
    const file = `bootstrap/${name}/namespaces.yaml`;
    const bootstrap = parseYamlDocuments(files.get(file) ?? '', file).map(
      ({ value }) => value as KubernetesObject,
    );
    const namespaces = [...bootstrap, ...own.map(({ object }) => object)].filter(
      (object) => kindOf(object) === 'Namespace',
    );
    return {
      environment: name,
      objects: own,
      pods: own.flatMap(podsOf),
      namespaces: new Map([
        ['kube-system', { 'kubernetes.io/metadata.name': 'kube-system' }],
        ...namespaces.map((object): [string, Record<string, string>] => [
          nameOf(object),
          {
            ...labelsAt(object, 'metadata', 'labels'),
            'kubernetes.io/metadata.name': nameOf(object),
          },
        ]),
      ]),
    };
  });
}

function podsOf(rendered: RenderedObject): Pods[] {
  const template = podTemplateOf(rendered.object);
  if (template === undefined) return [];
  return [
    {
      workload: nameOf(rendered.object),
      namespace: namespaceOf(rendered),
      labels: labelsAt(template, 'metadata', 'labels'),
      template,
      rendered,
    },
  ];
}

/** A port of a Service, and the pods and container port behind it. */
export interface Endpoint {
  readonly service: string;
  readonly namespace: string;
  readonly pods: Pods;
  readonly containerPort: number;
}

/**
 * Finds what a host name and port lead to, as a pod of a namespace would: a Service's short or full
 * name, or a pod's name below a headless Service. Returns why not when they lead nowhere.
 */
export function resolve(
  cluster: Cluster,
  from: string,
  host: string,
  port: number,
): Endpoint | string {
  const { name, namespace } = splitHost(cluster, from, host);
  const service = cluster.objects.find(
    (rendered) =>
      kindOf(rendered.object) === 'Service' &&
      nameOf(rendered.object) === name &&
      namespaceOf(rendered) === namespace,
  );
  if (service === undefined) return `no Service ${name} in ${namespace}`;
  const served = listAt(service.object, 'spec', 'ports').find(
    (candidate) => mapAt(candidate)['port'] === port,
  );
  if (served === undefined) return `Service ${name} in ${namespace} has no port ${port}`;
  const selector = labelsAt(service.object, 'spec', 'selector');
  const pods = cluster.pods.find(
    (candidate) => candidate.namespace === namespace && matches(candidate.labels, selector),
  );
  if (pods === undefined) return `Service ${name} in ${namespace} selects no pods`;
  const containerPort = containerPortOf(pods, mapAt(served)['targetPort'] ?? port);
  if (containerPort === undefined) return `no container of ${pods.workload} has that port`;
  return { service: name, namespace, pods, containerPort };
}

/** `backend`, `backend.dlt-node-alpha.svc.cluster.local`, `vault-0.vault-internal`. */
function splitHost(
  cluster: Cluster,
  from: string,
  host: string,
): { name: string; namespace: string } {
  const labels = host.replace(/\.svc(\.cluster\.local)?$/, '').split('.');
  const last = labels.at(-1) ?? '';
  const namesNamespace = /\.svc(\.cluster\.local)?$/.test(host) || cluster.namespaces.has(last);
  return namesNamespace
    ? { name: labels.at(-2) ?? '', namespace: last }
    : { name: last, namespace: from };
}

function containerPortOf(pods: Pods, target: unknown): number | undefined {
  const ports = containersOf(pods.template).flatMap((container) => listAt(container, 'ports'));
  const found = ports.find((port) =>
    typeof target === 'string'
      ? textAt(port, 'name') === target
      : mapAt(port)['containerPort'] === target,
  );
  const number = mapAt(found)['containerPort'];
  return typeof number === 'number' ? number : undefined;
}
