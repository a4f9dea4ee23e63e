import { expect, test } from 'vitest';
import { clustersOf, type Pods } from './cluster.ts';
import {
  containersOf,
  kindOf,
  labelsAt,
  listAt,
  mapAt,
  namespaceOf,
  textAt,
} from './kubernetes-objects.ts';
import { renderExample } from './rendered-network.ts';

const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number. */
function amount(quantity: unknown): number {
  const [, number, unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  if (number === undefined) throw new Error(`${String(quantity)} is no quantity`);
  return Number(number) * (unit === '' ? 1 : (units[unit] ?? NaN));
}

/** Pods that exist at once at the worst: a Deployment makes one more while it rolls. */
function podCount({ rendered: { object } }: Pods): number {
  const replicas = Number(mapAt(object, 'spec')['replicas'] ?? 1);
  return kindOf(object) === 'Deployment' ? replicas + 1 : replicas;
}

function sum(pods: readonly Pods[], list: 'requests' | 'limits', resource: string): number {
  return pods
    .flatMap((one) =>
      containersOf(one.template).map(
        (container) => podCount(one) * amount(mapAt(container, 'resources', list)[resource] ?? 0),
      ),
    )
    .reduce((total, value) => total + value, 0);
}

function storage(pods: readonly Pods[]): number {
  return pods
    .flatMap((one) =>
      listAt(one.rendered.object, 'spec', 'volumeClaimTemplates').map(
        (claim) =>
          podCount(one) * amount(textAt(claim, 'spec', 'resources', 'requests', 'storage')),
      ),
    )
    .reduce((total, value) => total + value, 0);
}

test('the quota of a node holds everything that is deployed into it', async () => {
  for (const cluster of clustersOf(await renderExample())) {
    const quotas = cluster.objects.filter(({ object }) => kindOf(object) === 'ResourceQuota');
    expect(quotas.length).toBeGreaterThan(1);
    for (const quota of quotas) {
      const hard = labelsAt(quota.object, 'spec', 'hard');
      const pods = cluster.pods.filter(({ namespace }) => namespace === namespaceOf(quota));
      const used = {
        'requests.cpu': sum(pods, 'requests', 'cpu'),
        'requests.memory': sum(pods, 'requests', 'memory'),
        'limits.cpu': sum(pods, 'limits', 'cpu'),
        'limits.memory': sum(pods, 'limits', 'memory'),
        'requests.storage': storage(pods),
        pods: pods.map(podCount).reduce((total, count) => total + count, 0),
      };
      for (const [name, value] of Object.entries(used)) {
        expect(value, `${namespaceOf(quota)} ${name}`).toBeGreaterThan(0);
        expect(value, `${namespaceOf(quota)} ${name}`).toBeLessThanOrEqual(amount(hard[name]));
      }
    }
  }
});
