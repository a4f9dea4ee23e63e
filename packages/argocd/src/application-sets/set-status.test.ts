import { upToDate } from '@tidegate/core/argocd/applicationset';
import { KubeError, type JsonObject, type KubeClient } from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { testCluster, type TestCluster } from '../testing/index.ts';
import { SetStatusWriter } from './set-status.ts';

const ref = { namespace: 'argocd', name: 'one' };

async function setup(wrap: (client: KubeClient) => KubeClient = (client) => client) {
  const cluster = await testCluster({
    rest: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const template = { metadata: {}, spec: { project: 'default', destination: {} } };
  await cluster.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: ref,
    spec: { generators: [], template },
  });
  const client = wrap(cluster.clientOf('writer'));
  return { cluster, writer: new SetStatusWriter({ ...cluster.time, client, random: () => 0.5 }) };
}

function versionOf(cluster: TestCluster): unknown {
  const set = cluster.find('ApplicationSet', 'argocd/one');
  return (set?.['metadata'] as JsonObject)['resourceVersion'];
}

describe('the status of a set', () => {
  it('is written again after a conflict, a little later, five times at most', async () => {
    for (const [conflicts, succeeds] of [
      [4, true],
      [5, false],
    ] as const) {
      const times: number[] = [];
      const { cluster, writer } = await setup((client) => ({
        ...client,
        update: async (...args) => {
          times.push(cluster.time.clock.nowMs());
          if (times.length <= conflicts) throw new KubeError(409, { message: 'conflict' });
          return client.update(...args);
        },
      }));
      let result = '';
      void writer.writeOutcome(ref, upToDate).then(
        () => (result = 'written'),
        (error: unknown) => (result = String(error)),
      );
      await cluster.time.advance(1000);
      expect(result).toBe(succeeds ? 'written' : 'KubeError: conflict');
      expect(times.map((time) => time - (times[0] ?? 0))).toStrictEqual([0, 10.5, 21, 31.5, 42]);
    }
  });

  it('keeps the times of conditions that stay, and is not written when nothing changes', async () => {
    const { cluster, writer } = await setup();
    await writer.writeOutcome(ref, upToDate);
    const first = versionOf(cluster);
    await cluster.time.advance(5000);
    await writer.writeOutcome(ref, upToDate);
    expect(versionOf(cluster)).toBe(first);
    const failure = { ...upToDate, type: 'ErrorOccurred', reason: 'x', message: 'y' } as const;
    await writer.writeOutcome(ref, failure);
    const status = cluster.find('ApplicationSet', 'argocd/one')?.['status'] as JsonObject;
    const times = (status['conditions'] as JsonObject[]).map((one) => [
      one['type'],
      one['lastTransitionTime'],
    ]);
    expect(times).toStrictEqual([
      ['ErrorOccurred', '2026-03-04T08:00:05Z'],
      ['ParametersGenerated', '2026-03-04T08:00:00Z'],
      ['ResourcesUpToDate', '2026-03-04T08:00:05Z'],
    ]);
  });

  it('loses what progressive syncs left', async () => {
    const { cluster, writer } = await setup();
    await writer.writeOutcome(ref, upToDate);
    const left = {
      application: 'a',
      message: '',
      status: 'Healthy',
      step: '1',
      targetRevisions: [],
    };
    await cluster.client.patch(
      cluster.resource('ApplicationSet'),
      ref,
      { type: 'merge', patch: { status: { applicationStatus: [left] } } },
      { subresource: 'status' },
    );
    await writer.clearRollout(ref);
    const status = cluster.find('ApplicationSet', 'argocd/one')?.['status'] as JsonObject;
    expect(Object.keys(status).sort()).toStrictEqual(['conditions', 'health']);
  });
});
