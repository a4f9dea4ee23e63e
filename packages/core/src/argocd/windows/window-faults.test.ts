import { expect, test } from 'vitest';
import type { SyncWindow } from './sync-window.ts';
import { windowFault, windowListFault } from './window-faults.ts';

const window: SyncWindow = {
  kind: 'deny',
  schedule: '0 20 * * *',
  duration: '3h',
  applications: ['*'],
};

test.each<[string, SyncWindow, string | undefined]>([
  ['nothing', window, undefined],
  ['a zone that is none', { ...window, timeZone: 'Nowhere' }, undefined],
  ['kind', { ...window, kind: 'Deny' }, "kind 'Deny' mismatch"],
  ['no kind', { schedule: '0 20 * * *', duration: '3h' }, "kind '' mismatch"],
  ['schedule', { ...window, schedule: '@daily' }, "cannot parse schedule '@daily'"],
  ['duration', { ...window, duration: '3' }, "cannot parse duration '3'"],
  ['description', { ...window, description: 'ü'.repeat(128) }, 'must not exceed 255 characters'],
])('%s', (_, one, expected) => {
  expect(windowFault(one) ?? 'none').toContain(expected ?? 'none');
});

test.each<[string, SyncWindow[], string | undefined]>([
  ['nothing', [window, { ...window, kind: 'allow' }], undefined],
  ['twice', [window, { ...window, manualSync: true, syncOverrun: true }], 'already exists'],
  ['twice, with empty lists', [window, { ...window, clusters: [] }], 'already exists'],
  ['another zone', [window, { ...window, timeZone: 'UTC' }], undefined],
  ['a fault in one', [window, { ...window, duration: '' }], 'cannot parse duration'],
  ['nothing selected', [{ ...window, applications: [] }], 'requires one of application'],
])('in a list: %s', (_, windows, expected) => {
  expect(windowListFault(windows) ?? 'none').toContain(expected ?? 'none');
});
