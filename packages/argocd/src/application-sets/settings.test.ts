import { describe, expect, it } from 'vitest';
import { readSetSettings } from './settings.ts';

describe('the settings in argocd-cmd-params-cm', () => {
  it.each([
    [{}, {}],
    [{ policy: 'create-only' }, { policy: 'create-only' }],
    [{ 'enable.policy.override': 'True' }, { policyOverride: true }],
    [{ 'enable.policy.override': 'yes' }, {}],
    [
      { 'global.preserved.annotations': 'a/b, c', 'global.preserved.labels': 'd' },
      { preserved: { annotations: ['a/b', 'c'], labels: ['d'] } },
    ],
    [{ 'requeue.after': '1m30s' }, { requeueSeconds: 90 }],
    [{ 'requeue.after': '500ms' }, {}],
    [{ 'requeue.after': 'often' }, {}],
    [{ 'status.max.resources.count': '0' }, { resourcesMax: 0 }],
    [{ 'status.max.resources.count': '-1' }, {}],
    [{ 'concurrent.reconciliations.max': '3' }, { workers: 3 }],
    [{ 'concurrent.reconciliations.max': '0' }, {}],
    [{ 'enable.progressive.syncs': 'false' }, { progressiveSyncs: false }],
  ])('%j are %j', (given, expected) => {
    const data = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`applicationsetcontroller.${key}`, value]),
    );
    expect(readSetSettings(data)).toStrictEqual(expected);
  });

  it('name a policy that does not exist', () => {
    expect(() => readSetSettings({ 'applicationsetcontroller.policy': 'delete-only' })).toThrow(
      '"applicationsetcontroller.policy" in argocd-cmd-params-cm is "delete-only", expected one of create-only, create-update, create-delete, sync',
    );
  });
});
