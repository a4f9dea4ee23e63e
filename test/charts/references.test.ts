import { parseYaml, valueAt } from '@tidegate/core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetFolder } from '../../packages/cli/src/assets.ts';
import { clustersOf, resolve, type Cluster, type Pods } from './cluster.ts';
import {
  containersOf,
  kindOf,
  labelsAt,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  textAt,
} from './kubernetes-objects.ts';
import {
  renderExample,
  variants,
  type RenderedNetwork,
  type RenderedObject,
} from './rendered-network.ts';

/** An object that a pod needs in its own namespace. */
interface Reference {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim' | 'ServiceAccount';
  readonly name: string;
  readonly keys: readonly string[];
}

function referencesOf({ template }: Pods): Reference[] {
  const volumes = listAt(template, 'spec', 'volumes').flatMap((volume) => [
    ...volumeReferences(volume),
    ...listAt(volume, 'projected', 'sources').flatMap(volumeReferences),
  ]);
  const containers = containersOf(template).flatMap((container) => [
    ...listAt(container, 'env').flatMap((entry) => [
      ...keyReference('ConfigMap', valueAt(entry, ['valueFrom', 'configMapKeyRef'])),
      ...keyReference('Secret', valueAt(entry, ['valueFrom', 'secretKeyRef'])),
    ]),
    ...listAt(container, 'envFrom').flatMap((entry) => [
      ...keyReference('ConfigMap', valueAt(entry, ['configMapRef'])),
      ...keyReference('Secret', valueAt(entry, ['secretRef'])),
    ]),
  ]);
  const pullSecrets = listAt(template, 'spec', 'imagePullSecrets').flatMap((secret) =>
    keyReference('Secret', secret),
  );
  const account = textAt(template, 'spec', 'serviceAccountName');
  return [
    ...volumes,
    ...containers,
    ...pullSecrets,
    ...(account === '' ? [] : [{ kind: 'ServiceAccount' as const, name: account, keys: [] }]),
  ];
}

function volumeReferences(volume: unknown): Reference[] {
  const configMap = mapAt(volume, 'configMap');
  const secret = mapAt(volume, 'secret');
  const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
  const keys = (source: unknown): string[] =>
    listAt(source, 'items').map((item) => textAt(item, 'key'));
  return [
    ...(typeof configMap['name'] === 'string'
      ? [{ kind: 'ConfigMap' as const, name: configMap['name'], keys: keys(configMap) }]
      : []),
    ...(typeof secret['secretName'] === 'string'
      ? [{ kind: 'Secret' as const, name: secret['secretName'], keys: keys(secret) }]
      : []),
    ...(claim === '' ? [] : [{ kind: 'PersistentVolumeClaim' as const, name: claim, keys: [] }]),
  ];
}

function keyReference(kind: 'ConfigMap' | 'Secret', source: unknown): Reference[] {
  const name = textAt(source, 'name');
  const key = textAt(source, 'key');
  return name === '' ? [] : [{ kind, name, keys: key === '' ? [] : [key] }];
}

/** Values of a rendered object's Application: the chart's defaults and its layers, merged. */
function valuesOf({ files }: RenderedNetwork, { target }: RenderedObject): unknown {
  const defaults = readFileSync(
    join(assetFolder('charts'), target.chart.name, 'values.yaml'),
    'utf8',
  );
  const layers = [
    defaults,
    ...target.valueFiles.map((path) => files.get(path) ?? ''),
    target.inlineValues ?? '',
  ];
  return layers.map((text) => parseYaml(text, 'values').value).reduce(merge, {});
}

function merge(base: unknown, over: unknown): unknown {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) return over === undefined ? base : over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

/** Names of the objects that a chart says somebody else has to make. */
function prerequisites(rendered: RenderedNetwork, of: RenderedObject): Set<string> {
  const file = join(assetFolder('charts'), of.target.chart.name, 'Chart.yaml');
  const chart = parseYaml(readFileSync(file, 'utf8'), file).value;
  const list = textAt(chart, 'annotations', 'tidegate.dev/prerequisites');
  const values = valuesOf(rendered, of);
  const entries = parseYaml(list, file).value;
  return new Set(
    (Array.isArray(entries) ? entries : []).flatMap((entry) => {
      const named = textAt(entry, 'name');
      const from = valueAt(values, textAt(entry, 'nameFrom').split('.'));
      const names = Array.isArray(from)
        ? from.map((item) => (typeof item === 'string' ? item : textAt(item, 'name')))
        : [named || (typeof from === 'string' ? from : '')];
      expect(textAt(entry, 'why'), `${file}: every prerequisite says why`).not.toBe('');
      return names.filter((name) => name !== '').map((name) => `${textAt(entry, 'kind')}/${name}`);
    }),
  );
}

function find(cluster: Cluster, namespace: string, kind: string, name: string): unknown {
  return cluster.objects.find(
    (rendered) =>
      kindOf(rendered.object) === kind &&
      nameOf(rendered.object) === name &&
      namespaceOf(rendered) === namespace,
  )?.object;
}

describe.each(Object.entries(variants))('%s', async (_name, edits) => {
  const rendered = await renderExample(edits);
  const clusters = clustersOf(rendered);

  test.each(clusters)('what pods of $environment refer to is rendered or listed', (cluster) => {
    let checked = 0;
    for (const pods of cluster.pods) {
      const listed = prerequisites(rendered, pods.rendered);
      for (const { kind, name, keys } of referencesOf(pods)) {
        const title = `${pods.namespace}/${pods.workload} refers to ${kind} ${name}`;
        const object = find(cluster, pods.namespace, kind, name);
        checked += 1;
        if (object === undefined) {
          expect(listed.has(`${kind}/${name}`), `${title}, which nobody makes`).toBe(true);
          continue;
        }
        const data = Object.keys(mapAt(object, 'data'));
        expect(data, `${title} without its keys`).toEqual(expect.arrayContaining([...keys]));
      }
    }
    expect(checked).toBeGreaterThan(cluster.pods.length);
  });

  test.each(clusters)('every prerequisite of $environment is really referred to', (cluster) => {
    for (const application of new Set(cluster.pods.map(({ rendered: { target } }) => target))) {
      const own = cluster.pods.filter((pods) => pods.rendered.target === application);
      const [first] = own;
      if (first === undefined) continue;
      const used = own.flatMap(referencesOf).map(({ kind, name }) => `${kind}/${name}`);
      const listed = prerequisites(rendered, first.rendered);
      const ingresses = cluster.objects
        .filter(({ object, target }) => target === application && kindOf(object) === 'Ingress')
        .flatMap(({ object }) => listAt(object, 'spec', 'tls'))
        .map((tls) => `Secret/${textAt(tls, 'secretName')}`);
      for (const name of listed) expect([...used, ...ingresses]).toContain(name);
    }
  });

  test.each(clusters)('every Ingress of $environment leads to a Service', (cluster) => {
    for (const ingress of cluster.objects.filter(({ object }) => kindOf(object) === 'Ingress')) {
      const backends = listAt(ingress.object, 'spec', 'rules')
        .flatMap((rule) => listAt(rule, 'http', 'paths'))
        .map((path) => mapAt(path, 'backend', 'service'));
      expect(backends.length).toBeGreaterThan(0);
      for (const backend of backends) {
        const name = textAt(backend, 'name');
        const service = find(cluster, namespaceOf(ingress), 'Service', name);
        const named = listAt(service, 'spec', 'ports').find(
          (port) => textAt(port, 'name') === textAt(backend, 'port', 'name'),
        );
        const port = Number(mapAt(named)['port'] ?? mapAt(backend, 'port')['number']);
        expect(resolve(cluster, namespaceOf(ingress), name, port)).toBeTypeOf('object');
      }
    }
  });

  test.each(clusters)('Services and selectors of $environment select pods', (cluster) => {
    const selecting = cluster.objects.filter(({ object }) =>
      ['Service', 'PodDisruptionBudget'].includes(kindOf(object)),
    );
    expect(selecting.length).toBeGreaterThan(0);
    for (const one of selecting) {
      const selector =
        kindOf(one.object) === 'Service'
          ? labelsAt(one.object, 'spec', 'selector')
          : labelsAt(one.object, 'spec', 'selector', 'matchLabels');
      const selected = cluster.pods.filter(
        (pods) =>
          pods.namespace === namespaceOf(one) &&
          Object.entries(selector).every(([key, value]) => pods.labels[key] === value),
      );
      expect(Object.keys(selector).length).toBeGreaterThan(0);
      expect(selected.map(({ workload }) => workload)).toHaveLength(1);
    }
  });
});
