import { describe, expect, test } from 'vitest';
import {
  collectRefSources,
  givesObjects,
  referenceFault,
  referencedSource,
  type ReferenceQuestion,
} from './ref-sources.ts';

const git = 'https://git.example/values';

test('sources with a name, and the revisions that an operation asks for', () => {
  const sources = [
    { repoUrl: 'https://charts.example', chart: 'app', targetRevision: '1.0.0' },
    { repoUrl: git, ref: 'values', targetRevision: 'main' },
    { repoUrl: git, ref: 'more' },
  ];
  expect(collectRefSources(sources, { revisions: ['', '', 'abc'] })).toEqual({
    refSources: {
      $values: { repoUrl: git, targetRevision: 'main', chart: '' },
      $more: { repoUrl: git, targetRevision: 'abc', chart: '' },
    },
  });
});

test.each<[string, string[], string]>([
  ['characters', ['a.b'], "cannot contain any special characters except '_' and '-'"],
  ['twice', ['a', 'a'], 'multiple sources had the same `ref` key'],
])('names are refused: %s', (_, names, fault) => {
  const result = collectRefSources(names.map((ref) => ({ repoUrl: git, ref })));
  expect('fault' in result && result.fault).toContain(fault);
});

test('a repository that Argo CD does not know', () => {
  const result = collectRefSources([{ repoUrl: git, ref: 'a' }], { repositoryFault: () => 'gone' });
  expect(result).toEqual({ fault: `failed to get repository ${git}: gone` });
});

test.each<[string, boolean]>([
  ['$values/a.yaml', true],
  ['$values', true],
  ['$valuesX/a.yaml', false],
  ['a/$values/a.yaml', false],
  ['$toString/a', false],
  ['', false],
])('%s refers to a source: %s', (file, expected) => {
  const refSources = { $values: { repoUrl: git, targetRevision: '', chart: '' } };
  expect(referencedSource(file, refSources) !== undefined).toBe(expected);
});

describe('sources that do not fit together', () => {
  const target = (repoUrl: string, targetRevision: string, chart = ''): object => ({
    repoUrl,
    targetRevision,
    chart,
  });
  const fault = (
    files: string[],
    refSources: Record<string, object>,
    application?: ReferenceQuestion['application'],
  ): string =>
    referenceFault({
      files,
      refSources: refSources as ReferenceQuestion['refSources'],
      commitOf: ({ targetRevision }) => targetRevision,
      ...(application === undefined ? {} : { application }),
    }) ?? 'none';

  test('names', () => {
    expect(fault(['$a/x'], {})).toContain('source referenced "$a", but no source has');
    expect(fault(['$a/x'], { $b: target(git, 'v1') })).toContain('available sources ($b)');
    expect(fault(['$a/x'], { $a: target(git, 'v1', 'chart') })).toContain("'chart' field");
    expect(fault(['x.yaml', '$a/x', '$a/y'], { $a: target(git, 'v1') })).toBe('none');
  });

  test('revisions', () => {
    const both = { $a: target(git, 'v1'), $b: target(`${git}.git`, 'v2') };
    expect(fault(['$a/x', '$b/x'], both)).toContain('multiple revisions for the same repository');
    expect(fault(['$a/x', '$b/x'], { ...both, $b: target(git, 'v1') })).toBe('none');
    const application = { repoUrl: git, revision: 'v2', commit: 'v2' };
    expect(fault(['$a/x'], both, application)).toContain('a different revision of the same');
    expect(fault(['$b/x'], both, application)).toBe('none');
    expect(fault(['$a/x'], both, { ...application, repoUrl: 'https://other' })).toBe('none');
  });
});

test('givesObjects', () => {
  expect(givesObjects({}, true)).toBe(false);
  expect(givesObjects({}, false)).toBe(true);
  expect(givesObjects({ path: '.' }, true)).toBe(true);
  expect(givesObjects({ chart: 'a' }, true)).toBe(true);
});
