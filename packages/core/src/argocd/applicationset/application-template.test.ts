import { describe, expect, it } from 'vitest';
import { renderApplication } from './application-template.ts';
import { mergeTemplates } from './merge-templates.ts';
import { normalizeSpec, withoutZeros } from './normalize-spec.ts';
import { plainDialect } from './render-text.ts';
import { applyTemplatePatch } from './template-patch.ts';
import { destinationFault } from './validate-applications.ts';

const settings = { dialect: plainDialect, namespace: 'argocd' };

describe('a generated Application', () => {
  it('takes the namespace of its set and gets a finalizer', () => {
    const template = { metadata: { name: '{{a}}', namespace: 'other' }, spec: { project: 'p' } };
    expect(renderApplication(template, { a: 'x' }, settings)).toStrictEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: 'x',
        namespace: 'argocd',
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: { project: 'p' },
    });
  });

  it('is the bare template where there are no parameters', () => {
    const made = renderApplication({ metadata: { name: '{{a}}' }, spec: {} }, {}, settings);
    expect(made.metadata).toStrictEqual({ name: '{{a}}', namespace: 'argocd' });
  });

  it('reports the first faulty field', () => {
    const template = {
      spec: { project: '{{ b }}' },
      metadata: { labels: { x: '{{ c }}' }, name: '{{ a }}' },
    };
    const dialect = { goTemplate: true, options: [] };
    expect(() => renderApplication(template, { x: 1 }, { ...settings, dialect })).toThrow(
      'function "a" not defined',
    );
  });

  it('is patched last, but keeps its project', () => {
    const templatePatch =
      'metadata:\n  labels: {a: "{{a}}"}\nspec:\n  project: evil\n  source: {path: x}';
    const template = {
      metadata: { name: 'n' },
      spec: { project: 'p', source: { path: 'y', ref: 'r' } },
    };
    const made = renderApplication(template, { a: '1' }, { ...settings, templatePatch });
    expect(made.metadata.labels).toStrictEqual({ a: '1' });
    expect(made.spec).toStrictEqual({ project: 'p', source: { path: 'x', ref: 'r' } });
  });
});

describe('template patches', () => {
  const base = {
    apiVersion: 'v',
    kind: 'Application',
    metadata: { name: 'n', finalizers: ['a'] },
    spec: { project: 'p', sources: [{ path: '1' }] },
  };

  it('merge objects and finalizers, replace lists and remove with null', () => {
    const patch = JSON.stringify({
      metadata: { finalizers: ['b', 'a'] },
      spec: { sources: [{ path: '2' }], info: null },
    });
    expect(applyTemplatePatch({ ...base, spec: { ...base.spec, info: [] } }, patch)).toStrictEqual({
      ...base,
      metadata: { name: 'n', finalizers: ['a', 'b'] },
      spec: { project: 'p', sources: [{ path: '2' }] },
    });
  });

  it.each(['text', '- list', '{', 'a: b: c', '{"$retainKeys": []}'])('%j is refused', (patch) => {
    expect(() => applyTemplatePatch(base, patch)).toThrow();
  });
});

describe('templates of generators', () => {
  it('are filled from the set where they are empty', () => {
    const own = { metadata: { name: '', labels: { a: '1' } }, spec: { project: 'own' } };
    const base = { metadata: { name: 'n', labels: { b: '2' } }, spec: { project: 'p', info: [1] } };
    expect(mergeTemplates(own, base)).toStrictEqual({
      metadata: { name: 'n', labels: { a: '1', b: '2' } },
      spec: { project: 'own', info: [1] },
    });
    expect(mergeTemplates(undefined, base)).toBe(base);
  });
});

describe('normalising a spec', () => {
  it('drops what holds nothing and sets the project', () => {
    const spec = {
      syncPolicy: {},
      source: { path: 'x', helm: { valueFiles: [] }, directory: { recurse: false }, kustomize: {} },
    };
    expect(normalizeSpec(spec)).toStrictEqual({ project: 'default', source: { path: 'x' } });
    const kept = { project: 'p', syncPolicy: { automated: {} } };
    expect(normalizeSpec(kept)).toStrictEqual(kept);
  });

  it('knows which zeros count', () => {
    expect(
      withoutZeros({
        syncPolicy: { automated: { prune: false }, syncOptions: [] },
        source: { directory: { recurse: false, jsonnet: {} }, helm: { valuesObject: { a: '' } } },
        revisionHistoryLimit: 0,
        labels: {},
      }),
    ).toStrictEqual({
      syncPolicy: { automated: { prune: false } },
      source: { directory: {}, helm: { valuesObject: { a: '' } } },
      revisionHistoryLimit: 0,
    });
  });
});

describe('destinations', () => {
  const clusters = [
    { name: 'one', server: 'https://one' },
    { name: 'two', server: 'https://two' },
    { name: 'two', server: 'https://three' },
  ];

  it.each([
    [{ server: 'https://one/' }, undefined],
    [{ name: 'one' }, undefined],
    [{}, 'Destination server missing from app spec'],
    [undefined, 'Destination server missing from app spec'],
    [{ name: 'two' }, 'there are 2 clusters with the same name: [https://two https://three]'],
    [
      { server: 'https://x' },
      'error getting cluster by server "https://x": rpc error: code = NotFound desc = cluster "https://x" not found',
    ],
  ])('%j: %s', (destination, fault) => {
    expect(destinationFault(destination, clusters)).toBe(fault);
  });
});
