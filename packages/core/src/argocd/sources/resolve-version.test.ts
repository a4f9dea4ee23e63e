import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveGitRevision, type GitRef } from './resolve-git-revision.ts';
import { maxVersion, resolveChartVersion } from './resolve-version.ts';
import { compareVersions, parseVersion } from './semantic-version.ts';
import { parseConstraint } from './version-constraint.ts';

function permits(constraint: string, version: string): boolean | undefined {
  const parsed = parseVersion(version);
  return parsed && parseConstraint(constraint)?.permits(parsed);
}

describe('constraints', () => {
  test.each<[string, string[], string[]]>([
    // constraint, versions that it permits, versions that it does not
    ['*', ['0.0.1', '9.0.0'], ['1.0.0-rc.1']],
    ['1.2.3', ['1.2.3', 'v1.2.3', '1.2.3+x'], ['1.2.4']],
    ['1.x', ['1.0.0', '1.9.9'], ['2.0.0', '0.9.0']],
    ['1.2', ['1.2.0', '1.2.9'], ['1.3.0']],
    ['!=1.2.x', ['1.3.0', '2.2.0'], ['1.2.5']],
    ['!=1.2.3', ['1.2.4', '2.0.0'], ['1.2.3']],
    ['>1.2', ['1.3.0', '2.0.0'], ['1.2.9']],
    ['>1', ['2.0.0'], ['1.9.0']],
    ['>=1.2.0 <2', ['1.2.0', '1.9.0'], ['2.0.0', '1.1.9']],
    ['=> 1.2.0, =< 1.4', ['1.2.0', '1.4.9'], ['1.5.0']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3.0', '1.2.2']],
    ['~1', ['1.9.0'], ['2.0.0']],
    ['^1.2.3', ['1.2.3', '1.9.0'], ['2.0.0', '1.2.2']],
    ['^0.2.3', ['0.2.9'], ['0.3.0']],
    ['^0.0.3', ['0.0.3'], ['0.0.4']],
    ['^0.0', ['0.0.9'], ['0.1.0']],
    ['1.2 - 1.4', ['1.2.0', '1.4.9'], ['1.5.0', '1.1.0']],
    ['<1 || >=2', ['0.9.0', '2.0.0'], ['1.5.0']],
    ['>=1.0.0-0', ['1.0.0-rc.1', '1.0.0', '1.1.0-rc.1'], ['0.9.0']],
    ['>1.0.0-rc.2', ['1.0.0-rc.10', '1.0.0'], ['1.0.0-rc.1']],
  ])('%s', (constraint, permitted, others) => {
    expect(permitted.filter((version) => permits(constraint, version) !== true)).toEqual([]);
    expect(others.filter((version) => permits(constraint, version) !== false)).toEqual([]);
  });

  test.each(['', 'main', '1.2.3.4', '1,,2', '>', '1x', '>= latest', '1.0.0-01'])(
    '%j is none',
    (text) => {
      expect(parseConstraint(text)).toBeUndefined();
    },
  );
});

const part = fc.integer({ min: 0, max: 12 });
const prerelease = fc.constantFrom('', '-rc.1', '-rc.2', '-rc.10', '-alpha', '-1', '-rc');
const version = fc
  .tuple(part, part, part, prerelease)
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);

test('versions have an order, and constraints follow it', () => {
  fc.assert(
    fc.property(version, version, (left, right) => {
      const [first, second] = [parseVersion(left), parseVersion(right)];
      if (first === undefined || second === undefined) throw new Error('no version');
      const order = compareVersions(first, second);
      expect(compareVersions(second, first)).toBe(0 - order);
      expect(order === 0).toBe(left === right);
      if (first.prerelease !== '') return;
      expect(permits(`<=${right}`, left)).toBe(order <= 0);
      expect(permits(`>${right}`, left)).toBe(order > 0);
    }),
  );
});

test.each<[string, string[], object]>([
  ['1.2', ['1.2.0', '1.2.9'], { version: '1.2' }],
  ['~1.2', ['v1.2.0', 'v1.2.9', 'v1.3.0', 'x'], { version: 'v1.2.9' }],
  ['stable', ['stable'], { version: 'stable' }],
  [
    'stable',
    ['1.0.0'],
    { fault: 'failed to determine semver constraint: improper constraint: stable' },
  ],
  ['>3', ['1.0.0'], { fault: 'version matching constraint not found in 1 tags' }],
  ['>1', ['1.0.0-01'], { fault: 'invalid semver version in tags: 1.0.0-01' }],
])('the greatest version for %s of %j', (revision, versions, expected) => {
  expect(maxVersion(revision, versions)).toEqual(expected);
});

test('a chart version that is exact need not be there', () => {
  expect(resolveChartVersion('7.0.0', [])).toEqual({ version: '7.0.0' });
  expect(resolveChartVersion('>7', [])).toHaveProperty('fault');
});

describe('revisions of Git', () => {
  const commit = (digit: string): string => digit.repeat(40);
  const refs: GitRef[] = [
    { name: 'HEAD', target: 'refs/heads/main' },
    { name: 'refs/heads/main', commit: commit('a') },
    { name: 'refs/heads/1.x', commit: commit('b') },
    { name: 'refs/heads/team/x', commit: commit('c') },
    { name: 'refs/tags/v1.4.0', commit: commit('d') },
    { name: 'refs/tags/release/1', commit: commit('e') },
    { name: 'refs/pull/7/head', commit: commit('f') },
  ];

  test.each<[string, string, string | undefined]>([
    ['', commit('a'), 'HEAD'],
    ['HEAD', commit('a'), 'HEAD'],
    ['main', commit('a'), 'refs/heads/main'],
    ['refs/heads/main', commit('a'), 'refs/heads/main'],
    ['team/x', commit('c'), 'refs/heads/team/x'],
    ['release/1', commit('e'), 'refs/tags/release/1'],
    ['refs/pull/7/head', commit('f'), 'refs/pull/7/head'],
    ['pull/7/head', commit('f'), 'refs/pull/7/head'],
    // A constraint, although there is a branch of the name.
    ['1.x', commit('d'), 'refs/tags/v1.4.0'],
    ['v1.4.0', commit('d'), 'refs/tags/v1.4.0'],
    [commit('9'), commit('9'), undefined],
    ['abcdef0', 'abcdef0', undefined],
  ])('%s', (revision, expected, ref) => {
    expect(resolveGitRevision(revision, refs)).toMatchObject(
      ref === undefined ? { commit: expected } : { commit: expected, via: 'ref', ref },
    );
  });

  test('one that is nowhere', () => {
    const fault = "unable to resolve 'none' to a commit SHA";
    expect(resolveGitRevision('none', refs)).toEqual({ fault });
    expect(resolveGitRevision('abc', refs)).toHaveProperty('fault');
  });
});
