import { describe, expect, test } from 'vitest';
import type { AppProjectSpec } from './app-project.ts';
import { policyFault } from './policy-faults.ts';
import { projectFault } from './project-faults.ts';
import { serviceAccountFor } from './service-account.ts';

function fault(spec: AppProjectSpec): string | undefined {
  return projectFault({ name: 'shop', spec });
}

describe('what is wrong with a project', () => {
  const policy = 'p, proj:shop:ci, applications, sync, shop/*, allow';
  const window = { kind: 'deny', schedule: '0 0 * * *', duration: '1h' };

  test.each<[string, AppProjectSpec, string | undefined]>([
    ['nothing', {}, undefined],
    ['empty lists', { destinations: null, roles: [], syncWindows: null }, undefined],
    ['all names', { destinations: [{ name: '!*' }] }, "name has an invalid format, '!*'"],
    ['all servers', { destinations: [{ server: '!*' }] }, "server has an invalid format, '!*'"],
    ['all namespaces', { destinations: [{ namespace: '!*' }] }, 'namespace has an invalid format'],
    [
      'a destination twice',
      {
        destinations: [
          { server: 's', namespace: 'n' },
          { server: 's', name: 'x', namespace: 'n' },
        ],
      },
      "destination 's/n' already added",
    ],
    [
      'two clusters by name',
      {
        destinations: [
          { name: 'a', namespace: 'n' },
          { name: 'b', namespace: 'n' },
        ],
      },
      undefined,
    ],
    ['a namespace twice', { sourceNamespaces: ['a', 'a'] }, "source namespace 'a' already added"],
    ['no source', { sourceRepos: ['!*'] }, 'source repository has an invalid format'],
    ['a source twice', { sourceRepos: ['a', 'a'] }, "source repository 'a' already added"],
    ['a role', { roles: [{ name: 'ci', policies: [policy], groups: ['dev'] }] }, undefined],
    ['a role twice', { roles: [{ name: 'ci' }, { name: 'ci' }] }, "role 'ci' already exists"],
    ['a role without name', { roles: [{}] }, "invalid role name ''"],
    ['a role with a blank', { roles: [{ name: 'c i' }] }, "invalid role name 'c i'"],
    [
      'a policy twice',
      { roles: [{ name: 'ci', policies: [policy, policy] }] },
      'already exists for role',
    ],
    ['a policy of another role', { roles: [{ name: 'cd', policies: [policy] }] }, 'policy subject'],
    ['a group twice', { roles: [{ name: 'ci', groups: ['a', 'a'] }] }, "group 'a' already exists"],
    ['a group with a comma', { roles: [{ name: 'ci', groups: ['a,b'] }] }, 'must be quoted'],
    ['quoted', { roles: [{ name: 'ci', groups: ['"a,b"'] }] }, undefined],
    ['an empty group', { roles: [{ name: 'ci', groups: ['""'] }] }, 'is empty'],
    ['a group of lines', { roles: [{ name: 'ci', groups: ['a\nb'] }] }, 'invalid characters'],
    ['a blank before', { roles: [{ name: 'ci', groups: [' a'] }] }, 'a leading space'],
    ['a blank behind', { roles: [{ name: 'ci', groups: ['a '] }] }, 'a trailing space'],
    ['a window', { syncWindows: [window] }, 'requires one of application'],
    [
      'an account',
      { destinationServiceAccounts: [{ server: '*', defaultServiceAccount: 'a:b' }] },
      undefined,
    ],
    [
      'an account that is none',
      { destinationServiceAccounts: [{ defaultServiceAccount: ' ' }] },
      'defaultServiceAccount',
    ],
    [
      'an account with a bad server',
      { destinationServiceAccounts: [{ server: '[', defaultServiceAccount: 'a' }] },
      "server has an invalid format, '['",
    ],
    [
      'an account that is denied',
      { destinationServiceAccounts: [{ namespace: '!a', defaultServiceAccount: 'a' }] },
      "namespace has an invalid format, '!a'",
    ],
    [
      'an account twice',
      {
        destinationServiceAccounts: [
          { defaultServiceAccount: 'a' },
          { defaultServiceAccount: 'b' },
        ],
      },
      "destinationServiceAccount '/' already added",
    ],
  ])('%s', (_, spec, expected) => {
    expect(fault(spec) ?? 'none').toContain(expected ?? 'none');
  });
});

test.each<[string, string | undefined]>([
  ['p,proj:shop:ci,logs,get,shop/ns/a-*,deny', undefined],
  ['p, proj:shop:ci, exec, create, shop/*, allow', undefined],
  ['p, proj:shop:ci, applications, delete/apps/*, shop/a.b, allow', undefined],
  ['p, proj:shop:ci, applications, sync, shop/*', 'must be of the form'],
  ['g, proj:shop:ci, applications, sync, shop/*, allow', 'must be of the form'],
  ['p, proj:shop:cd, applications, sync, shop/*, allow', 'policy subject must be'],
  ['p, proj:shop:ci, accounts, get, shop/*, allow', 'project resource must be'],
  ['p, proj:shop:ci, applications, invoke, shop/*, allow', "invalid action 'invoke'"],
  ['p, proj:shop:ci, applications, get, shopping/*, allow', 'object must be of form'],
  ['p, proj:shop:ci, applications, get, shop, allow', 'object must be of form'],
  ['p, proj:shop:ci, applications, get, shop/a/b/c, allow', 'object must be of form'],
  ['p, proj:shop:ci, applications, get, shop/*, maybe', 'effect must be'],
])('%s', (policy, expected) => {
  const found = policyFault(policy, { project: 'shop', role: 'ci' });
  expect(found ?? 'none').toContain(expected ?? 'none');
});

describe('who an operation acts as', () => {
  const question = { server: 'https://k8s', namespace: 'shop', applicationNamespace: 'argocd' };
  const user = (
    entries: AppProjectSpec['destinationServiceAccounts'],
    namespace = 'shop',
  ): unknown =>
    serviceAccountFor({ destinationServiceAccounts: entries ?? [] }, { ...question, namespace });

  test('the first entry that matches', () => {
    const entries = [
      { server: 'other', namespace: '*', defaultServiceAccount: 'a' },
      { server: '*', namespace: 'sh*', defaultServiceAccount: 'b' },
      { server: '*', namespace: '*', defaultServiceAccount: 'ns:c' },
    ];
    expect(user(entries)).toEqual({ user: 'system:serviceaccount:shop:b' });
    expect(user(entries, 'x')).toEqual({ user: 'system:serviceaccount:ns:c' });
    expect(user([])).toEqual({ user: undefined });
  });

  test('without a namespace that of the Application', () => {
    const entries = [{ server: '*', namespace: '*', defaultServiceAccount: 'a' }];
    expect(user(entries, '')).toEqual({ user: 'system:serviceaccount:argocd:a' });
  });

  test('faults', () => {
    expect(user([{ server: '[' }])).toHaveProperty('fault');
    expect(user([{ server: '*', namespace: '[' }])).toHaveProperty('fault');
    expect(user([{ server: '*', namespace: '*', defaultServiceAccount: 'a/b' }])).toHaveProperty(
      'fault',
    );
  });
});
