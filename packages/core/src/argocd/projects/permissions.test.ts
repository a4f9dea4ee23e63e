import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProjectDestination } from './app-project.ts';
import { permissionFaults } from './permission-faults.ts';
import {
  permitsApplicationNamespace,
  permitsDestination,
  permitsKind,
  permitsObject,
  permitsSource,
  type Destination,
} from './permissions.ts';

describe('sources', () => {
  test.each<[string, string[], string, boolean]>([
    ['nothing listed', [], 'https://git.example/a', false],
    ['everything', ['*'], 'https://git.example/a/b', true],
    ['an exact one', ['https://git.example/a'], 'https://git.example/a.git', true],
    ['in capitals', ['https://GIT.example/A'], 'https://git.example/a', true],
    ['a star within a folder', ['https://git.example/*'], 'https://git.example/a/b', false],
    ['two stars across', ['https://git.example/**'], 'https://git.example/a/b', true],
    ['by ssh', ['git@git.example:team/*'], 'ssh://git@git.example/team/a.git', true],
    ['braces are escaped', ['https://git.example/{a,b}'], 'https://git.example/a', false],
    ['denied', ['*', '!https://git.example/a'], 'https://git.example/a', false],
    ['denied first', ['!https://git.example/a', '*'], 'https://git.example/a', false],
    ['not denied', ['!https://git.example/a'], 'https://git.example/b', true],
    ['two that are no URLs', ['https://git.example:x/a'], 'http://[', true],
  ])('%s', (_, sourceRepos, url, permitted) => {
    expect(permitsSource({ sourceRepos }, url).permitted).toBe(permitted);
  });

  test('the pattern that decided', () => {
    const spec = { sourceRepos: ['https://git.example/*', '!https://git.example/secret'] };
    expect(permitsSource(spec, 'https://git.example/secret')).toEqual({
      permitted: false,
      reason: 'denied',
      by: '!https://git.example/secret',
    });
    expect(
      permitsSource({ sourceRepos: ['https://git.example/*'] }, 'https://git.example/a'),
    ).toEqual({ permitted: true, reason: 'matched', by: 'https://git.example/*' });
  });
});

describe('destinations', () => {
  const destination = { server: 'https://k8s.example', name: 'eu', namespace: 'shop' };

  test.each<[string, ProjectDestination[], boolean, Destination?]>([
    ['nothing listed', [], false],
    ['by server', [{ server: 'https://k8s.*', namespace: 'shop' }], true],
    ['by name', [{ name: 'e?', namespace: '*' }], true],
    ['another namespace', [{ server: '*', namespace: 'shop-*' }], false],
    ['no namespace given', [{ server: '*' }], false],
    ['no namespace anywhere', [{ server: '*' }], true, { server: 'x' }],
    ['only the namespace', [{ namespace: '*' }], false],
    [
      'a denied namespace',
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!shop' },
      ],
      false,
    ],
    ['another denied namespace', [{ server: '*', namespace: '!kube-*' }], true],
    [
      'a denied server',
      [
        { name: 'eu', namespace: '*' },
        { server: '!https://k8s.*', namespace: 'shop' },
      ],
      false,
    ],
    [
      'a denied server, elsewhere',
      [
        { name: 'eu', namespace: '*' },
        { server: '!https://k8s.*', namespace: 'other' },
      ],
      true,
    ],
    ['a denied name', [{ server: '*', namespace: '*' }, { name: '!eu' }], false],
    [
      'a denied name, and none given',
      [{ server: '*', namespace: '*' }, { name: '!eu' }],
      false,
      {
        server: 'x',
        namespace: 'shop',
      },
    ],
  ])('%s', (_, destinations, permitted, other) => {
    expect(permitsDestination({ destinations }, other ?? destination).permitted).toBe(permitted);
  });

  test('only clusters of the project, where it says so', () => {
    const spec = {
      destinations: [{ server: '*', namespace: '*' }],
      permitOnlyProjectScopedClusters: true,
    };
    expect(permitsDestination(spec, destination).permitted).toBe(false);
    expect(permitsDestination(spec, destination, [{ name: 'us', server: 'y' }]).permitted).toBe(
      false,
    );
    expect(permitsDestination(spec, destination, [{ name: 'eu', server: 'y' }]).permitted).toBe(
      true,
    );
  });

  test('entries do not count by their order, unless they deny', () => {
    const pattern = fc.constantFrom('*', 'a', 'a*', 'b');
    const entry = fc.record({ server: pattern, namespace: pattern });
    const value = fc.constantFrom('a', 'b', 'ab');
    fc.assert(
      fc.property(fc.array(entry), value, value, (destinations, server, namespace) => {
        const reversed = { destinations: destinations.toReversed() };
        const { permitted } = permitsDestination({ destinations }, { server, namespace });
        expect(permitsDestination(reversed, { server, namespace }).permitted).toBe(permitted);
      }),
    );
  });
});

describe('kinds', () => {
  const deployment = { group: 'apps', kind: 'Deployment', isNamespaced: true };
  const role = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', isNamespaced: false };
  const named = { ...role, name: 'team-a' };

  test('without lists: all in namespaces, none in the cluster', () => {
    expect(permitsKind({}, deployment).permitted).toBe(true);
    expect(permitsKind({ namespaceResourceWhitelist: null }, deployment).permitted).toBe(true);
    expect(permitsKind({ namespaceResourceWhitelist: [] }, deployment).permitted).toBe(false);
    expect(permitsKind({}, role).permitted).toBe(false);
  });

  test('patterns of group, kind and name', () => {
    const kinds = (group: string, kind: string): boolean =>
      permitsKind({ namespaceResourceWhitelist: [{ group, kind }] }, deployment).permitted;
    expect(kinds('*', 'Deploy*')).toBe(true);
    expect(kinds('', 'Deployment')).toBe(false);
    expect(kinds('app?', '[D]eployment')).toBe(true);
    expect(kinds('{apps,x}', '*')).toBe(false);
    const names = (name: string): boolean =>
      permitsKind({ clusterResourceWhitelist: [{ group: '*', kind: '*', name }] }, named).permitted;
    expect(names('')).toBe(true);
    expect(names('team-*')).toBe(true);
    expect(names('other')).toBe(false);
  });

  test('what is denied is denied', () => {
    const spec = {
      namespaceResourceBlacklist: [{ group: 'apps', kind: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      clusterResourceBlacklist: [{ group: '*', kind: 'ClusterRole', name: 'team-*' }],
    };
    expect(permitsKind(spec, deployment)).toMatchObject({ permitted: false, reason: 'denied' });
    expect(permitsKind(spec, named).permitted).toBe(false);
    expect(permitsKind(spec, { ...role, name: 'x' }).permitted).toBe(true);
  });

  test('an object in a namespace also needs its destination', () => {
    const spec = {
      destinations: [{ server: '*', namespace: 'shop' }],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    };
    const pod = { group: '', kind: 'Pod' };
    expect(permitsObject(spec, pod, { server: 'x', namespace: 'shop' }).permitted).toBe(true);
    expect(permitsObject(spec, pod, { server: 'x', namespace: 'other' }).permitted).toBe(false);
    expect(permitsObject(spec, { group: '', kind: 'Namespace' }, { server: 'x' }).permitted).toBe(
      true,
    );
  });
});

test.each<[string[], string, boolean]>([
  [[], 'argocd', true],
  [[], '', true],
  [[], 'team', false],
  [['team-*'], 'team-a', true],
  [['/^team-[ab]$/'], 'team-a', true],
  [['/^team-[ab]$/'], 'team-c', false],
  [['/(/'], 'team', false],
])('Applications with %j in %s', (sourceNamespaces, namespace, expected) => {
  expect(permitsApplicationNamespace({ sourceNamespaces }, namespace, 'argocd')).toBe(expected);
});

test('permissionFaults says what Argo CD says', () => {
  const project = {
    name: 'shop',
    spec: {
      sourceRepos: ['https://git.example/a'],
      destinations: [{ server: 's', namespace: 'n' }],
    },
  };
  const question = {
    repoUrls: ['https://git.example/a', 'https://git.example/b'],
    destination: { server: 's', name: 'eu', namespace: 'x' },
  };
  expect(permissionFaults(project, question)).toEqual([
    "application repo https://git.example/b is not permitted in project 'shop'",
    "application destination server 's' and namespace 'x' do not match any of the allowed destinations in project 'shop'",
  ]);
  const named = { ...question, repoUrls: [], isClusterNamed: true };
  expect(permissionFaults(project, named)[0]).toContain("server 'eu'");
  const fine = { repoUrls: [], destination: { server: 's', namespace: 'n' } };
  expect(permissionFaults(project, fine)).toEqual([]);
});
