import { describe, expect, test } from 'vitest';
import { kindOf, labelsAt, listAt, mapAt, titleOf } from './kubernetes-objects.ts';
import { renderExample, type RenderedObject } from './rendered-network.ts';

const syncOptions = 'argocd.argoproj.io/sync-options';
const compareOptions = 'argocd.argoproj.io/compare-options';
const { objects } = await renderExample();

/** What holds data: the claims, and what the claims would go with. */
const holding = objects.filter(({ object }) =>
  ['StatefulSet', 'Namespace', 'ProjectApplicationTemplate'].includes(kindOf(object)),
);

function annotationsOf({ object }: RenderedObject): Record<string, string>[] {
  return [
    labelsAt(object, 'metadata', 'annotations'),
    ...listAt(object, 'spec', 'volumeClaimTemplates').map((claim) =>
      labelsAt(claim, 'metadata', 'annotations'),
    ),
  ];
}

describe('data', () => {
  test.each(['preprod', 'prod'])('in %s is kept when it leaves Git', (environment) => {
    const kept = holding.filter(({ target }) => target.environment === environment);
    expect(kept.length).toBeGreaterThan(8);
    for (const one of kept) {
      for (const annotations of annotationsOf(one)) {
        expect(annotations[syncOptions], titleOf(one)).toBe('Prune=false,Delete=false');
        expect(annotations[compareOptions], titleOf(one)).toBe('IgnoreExtraneous');
      }
      if (kindOf(one.object) !== 'StatefulSet') continue;
      expect(mapAt(one.object, 'spec', 'persistentVolumeClaimRetentionPolicy')).toEqual({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      });
    }
  });

  test('in qa goes with the node', () => {
    const gone = holding.filter(({ target }) => target.environment === 'qa');
    expect(gone.length).toBeGreaterThan(8);
    for (const one of gone) {
      for (const annotations of annotationsOf(one)) {
        expect(annotations, titleOf(one)).not.toHaveProperty([syncOptions]);
        expect(annotations, titleOf(one)).not.toHaveProperty([compareOptions]);
      }
    }
  });

  test('follows tidegate.yaml, whatever values say', async () => {
    const manifests = ['app-shared-services', 'appset-namespace', 'appset-vault', 'appset-backend'];
    const edits: [string, [string, string][]][] = manifests.map((name) => [
      `argocd/qa/${name}.yaml`,
      [['value: delete', 'value: retain']],
    ]);
    const retained = await renderExample(Object.fromEntries(edits));
    const qa = retained.objects.filter(
      ({ object, target }) => target.environment === 'qa' && kindOf(object) === 'StatefulSet',
    );
    expect(qa.length).toBeGreaterThan(5);
    for (const one of qa) {
      for (const annotations of annotationsOf(one)) {
        expect(annotations[syncOptions], titleOf(one)).toBe('Prune=false,Delete=false');
      }
    }
  });
});
