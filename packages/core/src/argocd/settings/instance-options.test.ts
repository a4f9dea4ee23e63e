import { expect, it, test } from 'vitest';
import { parseInstanceOptions } from './index.ts';

test('the defaults of Argo CD', () => {
  expect(parseInstanceOptions({})).toEqual({
    trackingMethod: 'annotation',
    installationId: '',
    instanceLabelKey: 'app.kubernetes.io/instance',
    respectRbac: 'disabled',
    ignoresResourceUpdates: true,
    reconciliationMs: 120_000,
    reconciliationJitterMs: 60_000,
    hardReconciliationMs: 0,
  });
});

it.each<[Readonly<Record<string, string>>, object]>([
  [
    { 'application.resourceTrackingMethod': 'annotation+label' },
    { trackingMethod: 'annotation+label' },
  ],
  [{ 'application.resourceTrackingMethod': 'odd' }, { trackingMethod: 'annotation' }],
  [{ installationID: 'admin' }, { installationId: 'admin' }],
  [{ 'application.instanceLabelKey': 'mine' }, { instanceLabelKey: 'mine' }],
  [{ 'resource.respectRBAC': 'strict' }, { respectRbac: 'strict' }],
  [{ 'resource.ignoreResourceUpdatesEnabled': 'false' }, { ignoresResourceUpdates: false }],
  [{ 'timeout.reconciliation': '10s' }, { reconciliationMs: 10_000 }],
  [{ 'timeout.reconciliation': '1500ms' }, { reconciliationMs: 1_000 }],
  [{ 'timeout.reconciliation': '0s' }, { reconciliationMs: 0 }],
  [{ 'timeout.reconciliation': '2d' }, { reconciliationMs: 172_800_000 }],
  [{ 'timeout.reconciliation': 'soon' }, { reconciliationMs: 120_000 }],
  [{ 'timeout.reconciliation': '-5s' }, { reconciliationMs: 120_000 }],
  [{ 'timeout.reconciliation.jitter': '0' }, { reconciliationJitterMs: 0 }],
  [{ 'timeout.hard.reconciliation': '1h' }, { hardReconciliationMs: 3_600_000 }],
])('%j', (config, expected) => {
  expect(parseInstanceOptions(config)).toMatchObject(expected);
});

it.each([
  [{ 'resource.respectRBAC': 'odd' }, 'invalid value for resource.respectRBAC: odd'],
  [{ 'resource.ignoreResourceUpdatesEnabled': 'odd' }, 'strconv.ParseBool: parsing "odd"'],
])('%j fails', (config: Readonly<Record<string, string>>, message) => {
  expect(() => parseInstanceOptions(config)).toThrow(message);
});
