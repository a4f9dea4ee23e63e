import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { readChartSource } from './read-source.ts';

const values = { repoURL: 'https://git/x.git', targetRevision: 'release/qa/7', ref: 'values' };
const helm = { valueFiles: ['$values/versions/qa.yaml', '$values/envs/qa/backup/values.yaml'] };
const chart = { repoURL: 'https://charts', chart: 'dlt-backup', targetRevision: '0.3.1', helm };

function application(...sources: unknown[]): unknown {
  return {
    metadata: { name: 'dlt-backup-qa' },
    spec: { sources, destination: { namespace: 'dlt-ops' } },
  };
}

describe('readChartSource', () => {
  it('reads chart, layers and pinned revision', () => {
    expect(readChartSource(application(values, chart), 'f')).toStrictEqual({
      application: 'dlt-backup-qa',
      chart: { repository: 'https://charts', name: 'dlt-backup', version: '0.3.1' },
      releaseName: 'dlt-backup-qa',
      namespace: 'dlt-ops',
      valueFiles: ['versions/qa.yaml', 'envs/qa/backup/values.yaml'],
      valuesRevision: 'release/qa/7',
      ignoreMissingValueFiles: false,
      inlineValues: undefined,
      parameters: [],
      skip: { crds: false, tests: false, schemaValidation: false },
      versionPath: ['spec', 'sources', 1, 'targetRevision'],
    });
  });

  it('reads a single source', () => {
    const source = { ...chart, helm: {} };
    const single = { metadata: { name: 'a' }, spec: { source } };
    expect(readChartSource(single, 'f')).toMatchObject({
      valueFiles: [],
      valuesRevision: '',
      namespace: '',
      versionPath: ['spec', 'source', 'targetRevision'],
    });
  });

  it.each<[name: string, helm: object, expected: object]>([
    [
      'what is switched off',
      { skipCrds: true, skipTests: true, skipSchemaValidation: true },
      { skip: { crds: true, tests: true, schemaValidation: true } },
    ],
    ['the release name', { releaseName: 'r' }, { releaseName: 'r' }],
    ['inline values', { values: 'a: 1\n' }, { inlineValues: 'a: 1\n' }],
    [
      'a values object, before inline values',
      { values: 'a: 1', valuesObject: { b: 2 } },
      { inlineValues: 'b: 2\n' },
    ],
    [
      'missing files that are ignored',
      { ignoreMissingValueFiles: true },
      { ignoreMissingValueFiles: true },
    ],
    [
      'parameters',
      {
        parameters: [
          { name: 'a', value: '1' },
          { name: 'b', value: 'x', forceString: true },
        ],
      },
      {
        parameters: [
          { name: 'a', value: '1', forceString: false },
          { name: 'b', value: 'x', forceString: true },
        ],
      },
    ],
  ])('reads %s', (_, given, expected) => {
    expect(readChartSource(application(values, { ...chart, helm: given }), 'f')).toMatchObject(
      expected,
    );
  });

  const withFiles = (...valueFiles: string[]): unknown =>
    application(values, { ...chart, helm: { valueFiles } });

  it.each<[name: string, application: unknown, message: string]>([
    ['no name', { spec: {} }, 'has no metadata.name'],
    ['no source', application(), 'expected one source with a chart, found 0'],
    ['two charts', application(chart, chart), 'expected one source with a chart, found 2'],
    [
      'a source that is neither',
      application(chart, { repoURL: 'x', path: 'y' }),
      'has a source that is neither a chart nor a ref',
    ],
    [
      'Kustomize',
      application({ ...chart, kustomize: {} }),
      'uses kustomize, which Tidegate does not render',
    ],
    [
      'a plugin',
      application({ ...chart, plugin: {} }),
      'uses plugin, which Tidegate does not render',
    ],
    [
      'a plain directory',
      application({ ...chart, directory: {} }),
      'uses directory, which Tidegate does not render',
    ],
    [
      'a value file of the chart',
      withFiles('values-x.yaml'),
      'value file "values-x.yaml" does not begin with $values/',
    ],
    [
      'a value file of the web',
      withFiles('https://x/y.yaml'),
      'value file "https://x/y.yaml" does not begin with $values/',
    ],
    [
      'a value file of an unknown source',
      withFiles('$other/x.yaml'),
      'value file "$other/x.yaml" refers to no source of that name',
    ],
    [
      'a value file that leads out',
      withFiles('$values/a/../../x.yaml'),
      'value file "$values/a/../../x.yaml" leads out of the repository',
    ],
  ])('refuses %s', (_, given, message) => {
    expect(() => readChartSource(given, 'argocd/qa/x.yaml')).toThrow(InputError);
    expect(() => readChartSource(given, 'argocd/qa/x.yaml')).toThrow(message);
  });
});
