import { describe, expect, it } from 'vitest';
import { encodeApplication, encodeSource, encodeSpec, encodeStatus } from './go-application.ts';

describe('Applications as Argo CD writes them', () => {
  it('has structures that are always there, and nothing at its zero value', () => {
    expect(encodeStatus(undefined)).toEqual({
      sync: { status: '', comparedTo: { source: { repoURL: '' }, destination: {} } },
      health: {},
      summary: {},
      sourceHydrator: {},
    });
    expect(encodeSpec({ project: 'p', syncPolicy: {}, ignoreDifferences: [], unknown: 1 })).toEqual(
      {
        project: 'p',
        destination: {},
        syncPolicy: {},
      },
    );
  });

  it.each([
    ['empty lists and false vanish', { helm: { valueFiles: [], skipCrds: false } }, { helm: {} }],
    ['a directory without settings stays', { directory: { recurse: false } }, { directory: {} }],
    ['values as an object stay as they are', { helm: { valuesObject: { a: [] } } }, undefined],
    ['null is nothing', { path: null, ref: '' }, {}],
  ])('%s', (_, source, expected) => {
    expect(encodeSource({ repoURL: 'r', ...source })).toEqual({
      repoURL: 'r',
      ...(expected ?? source),
    });
  });

  it('tells a pointer that is false from one that is not set', () => {
    const automated = { prune: false, selfHeal: null };
    expect(encodeSpec({ syncPolicy: { automated } })).toMatchObject({
      syncPolicy: { automated: { prune: false } },
    });
  });

  it('writes an operation with its structures, and leaves it out where there is none', () => {
    const metadata = { name: 'a', labels: {}, finalizers: [] };
    const written = encodeApplication({ metadata, operation: { sync: {} } });
    expect(written).toMatchObject({
      kind: 'Application',
      operation: { sync: {}, initiatedBy: {}, retry: {} },
    });
    expect(written['metadata']).toEqual({ name: 'a' });
    expect(encodeApplication({ metadata })).not.toHaveProperty('operation');
  });

  it('keeps an empty type among those of several sources', () => {
    expect(encodeStatus({ sourceTypes: ['Helm', ''] })).toMatchObject({
      sourceTypes: ['Helm', ''],
    });
    expect(encodeStatus({ sourceTypes: [] })).not.toHaveProperty('sourceTypes');
  });
});
