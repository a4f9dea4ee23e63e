import { describe, expect, test } from 'vitest';
import { matchWindows, windowsOf } from './match-windows.ts';
import type { SyncWindow, WindowApplication } from './sync-window.ts';

const application: WindowApplication = {
  name: 'vault-eu',
  destination: { namespace: 'vault', server: 'https://cluster.example', name: 'eu' },
};

describe('one selector is enough, or all are needed', () => {
  test.each<[string, SyncWindow, boolean, boolean]>([
    // window, without andOperator, with it
    ['nothing selected', {}, false, false],
    ['empty lists', { applications: [], clusters: null }, false, false],
    ['the name', { applications: ['other', 'vault-*'] }, true, true],
    ['another name', { applications: ['other'] }, false, false],
    ['the cluster by name', { clusters: ['e?'] }, true, true],
    ['the cluster by URL', { clusters: ['https://*.example'] }, true, true],
    ['the namespace', { namespaces: ['{vault,other}'] }, true, true],
    ['one of two', { applications: ['other'], namespaces: ['*'] }, true, false],
    ['the other of two', { applications: ['*'], namespaces: ['other'] }, true, false],
    ['two of three', { applications: ['*'], clusters: ['us'], namespaces: ['*'] }, true, false],
    ['all of three', { applications: ['*'], clusters: ['eu'], namespaces: ['v*'] }, true, true],
    ['a pattern with a fault', { applications: ['['] }, false, false],
    ['no negation', { applications: ['!other'] }, false, false],
  ])('%s', (_, window, any, all) => {
    const [withAny, withAll] = matchWindows(
      [window, { ...window, andOperator: true }],
      application,
    );
    expect(withAny?.matches).toBe(any);
    expect(withAll?.matches).toBe(all);
  });
});

test('a cluster that is not given matches no cluster, but no namespace matches every one', () => {
  const bare = { name: 'a', destination: {} };
  expect(windowsOf([{ clusters: ['*'] }], bare)).toEqual([]);
  expect(windowsOf([{ namespaces: ['*'] }], bare)).toHaveLength(1);
});

test('which pattern decided', () => {
  const windows = [
    { applications: ['x', 'vault*'], namespaces: ['vault'] },
    { applications: ['vault*'], namespaces: ['x'], andOperator: true },
  ];
  expect(matchWindows(windows, application).map(({ selectors }) => selectors)).toEqual([
    [{ selector: 'applications', pattern: 'vault*' }],
    [{ selector: 'namespaces', pattern: undefined }],
  ]);
});
