import { describe, expect, test } from 'vitest';
import { podTemplateOf, titleOf } from './kubernetes-objects.ts';
import { renderExample, type Edits } from './rendered-network.ts';

/** Pod templates of qa as text, by object. */
async function templates(edits: Edits): Promise<Map<string, string>> {
  const { objects } = await renderExample(edits);
  return new Map(
    objects
      .filter(({ target, object }) => target.environment === 'qa' && podTemplateOf(object))
      .map((one) => [titleOf(one), JSON.stringify(podTemplateOf(one.object))]),
  );
}

const before = await templates({});

/** Names of the objects whose pods would restart. */
async function restarted(edits: Edits): Promise<string[]> {
  const after = await templates(edits);
  expect([...after.keys()]).toEqual([...before.keys()]);
  return [...after].filter(([key, text]) => before.get(key) !== text).map(([key]) => key);
}

function versions(...edits: [string, string][]): Edits {
  return { 'versions/qa.yaml': edits };
}

describe('a release', () => {
  test('that changes only its number restarts nothing', async () => {
    expect(before.size).toBe(12);
    const manifests = Object.fromEntries(
      [
        'app-backup',
        'app-shared-services',
        'appset-namespace',
        'appset-vault',
        'appset-backend',
        'appset-frontend',
      ].map((name) => [
        `argocd/qa/${name}.yaml`,
        [
          ['release: "0"', 'release: "7"'],
          ['release/qa/0', 'release/qa/7'],
        ] as [string, string][],
      ]),
    );
    expect(await restarted({ ...versions(['release: 0', 'release: 7']), ...manifests })).toEqual(
      [],
    );
  });

  test('with a new frontend image restarts the frontends only', async () => {
    expect(await restarted(versions(['imageTag: v1.5.0', 'imageTag: v1.5.1']))).toEqual([
      'qa Deployment dlt-node-alpha/frontend',
      'qa Deployment dlt-node-beta/frontend',
      'qa Deployment dlt-node-gamma/frontend',
    ]);
  });

  test('with a new backend image restarts the backends only', async () => {
    expect(await restarted(versions(['imageTag: v2.1.0', 'imageTag: v2.1.1']))).toEqual([
      'qa StatefulSet dlt-node-alpha/backend',
      'qa StatefulSet dlt-node-beta/backend',
      'qa StatefulSet dlt-node-gamma/backend',
    ]);
  });

  test('with new values of one node restarts that node only', async () => {
    const path = 'envs/qa/nodes/node-beta/values-backend.yaml';
    expect(await restarted({ [path]: [['role: validator', 'role: observer']] })).toEqual([
      'qa StatefulSet dlt-node-beta/backend',
    ]);
  });
});
