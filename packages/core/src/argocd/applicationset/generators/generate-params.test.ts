import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainDialect, type Params, type TemplateDialect } from '../render-text.ts';
import {
  driveGenerator,
  driveGeneratorAsync,
  generateParams,
  type RepositoryAnswer,
} from './generate-params.ts';
import { chooseDirectories, listDirectories } from './git-directories.ts';
import type { Generator } from './interpolate.ts';

const goDialect: TemplateDialect = { goTemplate: true, options: ['missingkey=error'] };

function params(
  generator: Generator,
  dialect: TemplateDialect = plainDialect,
  answer: RepositoryAnswer = { directories: [] },
): Params[] {
  return driveGenerator(generateParams(generator, dialect), () => answer).flatMap((one) => [
    ...one.params,
  ]);
}

const git = (settings: object): Generator => ({
  git: { repoURL: 'r', revision: 'main', ...settings },
});
const list = (...elements: unknown[]): Generator => ({ list: { elements } });

describe('git directories', () => {
  const directories = ['envs', 'envs/qa', 'envs/qa/nodes', 'envs/qa/nodes/a', 'envs/qa/nodes/b_1'];

  it('give parameters in both dialects', () => {
    const generator = git({ directories: [{ path: 'envs/*/nodes/*' }] });
    expect(params(generator, plainDialect, { directories })[1]).toStrictEqual({
      path: 'envs/qa/nodes/b_1',
      'path.basename': 'b_1',
      'path.basenameNormalized': 'b-1',
      'path[0]': 'envs',
      'path[1]': 'qa',
      'path[2]': 'nodes',
      'path[3]': 'b_1',
    });
    const found: unknown = JSON.parse(
      JSON.stringify(params(generator, goDialect, { directories })[0]),
    );
    expect(found).toMatchObject({
      path: { path: 'envs/qa/nodes/a', basename: 'a', segments: ['envs', 'qa', 'nodes', 'a'] },
    });
  });

  it('are chosen by any pattern, and left out by any that excludes', () => {
    const patterns = [{ path: 'envs/*' }, { path: 'envs/qa/*' }, { path: '[', exclude: true }];
    expect(chooseDirectories(patterns, directories)).toStrictEqual(['envs/qa', 'envs/qa/nodes']);
    fc.assert(
      fc.property(fc.subarray(directories), (some) => {
        const chosen = chooseDirectories(
          [{ path: '*/*' }, { path: 'envs/qa', exclude: true }],
          some,
        );
        expect(chosen).toStrictEqual([]);
      }),
    );
  });

  it('of a repository are those with files and those above, without hidden ones', () => {
    const files = ['a/b/c.yaml', 'a-b/x', '.git/config', 'a/.hidden/b/x', 'README.md'];
    expect(listDirectories(files)).toStrictEqual(['a', 'a/b', 'a-b']);
    expect(listDirectories(files, true)).toStrictEqual([
      '.git',
      'a',
      'a/.hidden',
      'a/.hidden/b',
      'a/b',
      'a-b',
    ]);
  });

  it('fail with the repository', () => {
    const generator = git({ directories: [{ path: '*' }] });
    expect(() => params(generator, plainDialect, { error: 'gone' })).toThrow(
      'error generating params from git: error getting directories from repo: gone',
    );
    expect(() => params(git({}))).toThrow('ApplicationSet is empty');
  });

  it('can be asked for over time', async () => {
    const steps = generateParams(git({ directories: [{ path: '*' }] }), plainDialect);
    const seen: unknown[] = [];
    const results = await driveGeneratorAsync(steps, (request) => {
      seen.push(request);
      return Promise.resolve({ directories: ['a'] });
    });
    expect(seen).toStrictEqual([{ want: 'directories', repoURL: 'r', revision: 'main' }]);
    expect(results[0]?.params).toHaveLength(1);
  });
});

describe('git files', () => {
  const files = {
    'b/config.yaml': 'x: {list: [1, z]}\nnone: null',
    'a/config.yaml': '- q: 1\n- q: 2',
  };
  const generator = git({ files: [{ path: '*/config.yaml' }], values: { v: 'of {{path}}' } });

  it('give what is in them, file by file, flat without Go templates', () => {
    const found = params(generator, plainDialect, { files });
    expect(found.map((one) => [one['path'], one['q'], one['x.list.1'], one['none']])).toStrictEqual(
      [
        ['a', '1', undefined, undefined],
        ['a', '2', undefined, undefined],
        ['b', undefined, 'z', '<nil>'],
      ],
    );
    expect(found[2]).toMatchObject({ 'values.v': 'of b', 'path.filename': 'config.yaml' });
  });

  it('fail where they cannot be read', () => {
    expect(() => params(generator, plainDialect, { files: { 'a/config.yaml': 'text' } })).toThrow(
      "unable to process file 'a/config.yaml' from repository 'r': unable to parse file: ",
    );
  });
});

describe('lists', () => {
  it('hold texts, those under values flat', () => {
    const generator = list({ a: 'x', values: { b: 'y' } }, {});
    expect(params(generator)).toStrictEqual([{ a: 'x', 'values.b': 'y' }, {}]);
    expect(() => params(list({ a: 1 }))).toThrow('error parsing value as string');
    expect(() => params(list({ values: 'x' }))).toThrow('error parsing values map');
    expect(params(list({ a: 1 }), goDialect)).toStrictEqual([{ a: 1 }]);
  });

  it('can come as YAML', () => {
    const generator = { list: { elementsYaml: '- {a: 1}\n- {b: [x]}' } };
    expect(params(generator)).toStrictEqual([{ a: 1 }, { b: ['x'] }]);
  });

  it('are filtered by a selector', () => {
    const selector = {
      matchLabels: { env: 'qa' },
      matchExpressions: [{ key: 'url', operator: 'In', values: ['https://a:1'] }],
    };
    const elements = [
      { env: 'qa', url: 'https://a:1' },
      { env: 'qa', url: 'https://b:1' },
      { env: 'prod', url: 'https://a:1' },
    ];
    expect(params({ ...list(...elements), selector })).toStrictEqual([elements[0]]);
    const wrong = { matchExpressions: [{ key: 'a', operator: 'Near' }] };
    expect(() => params({ ...list({}), selector: wrong })).toThrow(
      'error parsing label selector: "Near" is not a valid pod selector operator',
    );
  });
});

describe('matrix', () => {
  const matrix = (...generators: Generator[]): Generator => ({ matrix: { generators } });

  it('pairs everything, the first generator outside', () => {
    const texts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 4 });
    fc.assert(
      fc.property(texts, texts, (as, bs) => {
        const generator = matrix(list(...as.map((a) => ({ a }))), list(...bs.map((b) => ({ b }))));
        const expected = as.flatMap((a) => bs.map((b) => ({ a, b })));
        expect(params(generator)).toStrictEqual(expected);
        expect(params(generator, goDialect)).toStrictEqual(expected);
      }),
    );
  });

  it('fills the first into the second', () => {
    const generator = matrix(list({ env: 'qa' }), list({ url: 'https://{{env}}' }));
    expect(params(generator)).toStrictEqual([{ env: 'qa', url: 'https://qa' }]);
  });

  it('merges deeply with Go templates, and the first wins', () => {
    const generator = matrix(list({ a: { x: 1 } }), list({ a: { x: 2, y: 3 } }));
    expect(params(generator, goDialect)).toStrictEqual([{ a: { x: 1, y: 3 } }]);
  });

  it('refuses two values of one name without them', () => {
    const generator = matrix(list({ a: 'x' }), list({ a: 'y' }));
    expect(() => params(generator)).toThrow(
      'found duplicate key a with different value, a: x ,b: y',
    );
  });

  it.each([
    [[list({})], 'found less than two generators'],
    [[list({}), list({}), list({})], 'found more than two generators'],
    [
      [list({ a: 'b' }), { ...list({}), ...git({ directories: [{ path: '*' }] }) }],
      'more than one generator',
    ],
    [[list({}), {}], 'child generator generated no parameters'],
  ])('takes two generators of one kind each: %j', (generators, message) => {
    expect(() => params(matrix(...generators))).toThrow(message);
  });

  it('is nested once at most', () => {
    const inner = matrix(list({ a: 'x' }), list({ b: 'y' }));
    expect(params(matrix(inner, list({ c: 'z' })))).toStrictEqual([{ a: 'x', b: 'y', c: 'z' }]);
    expect(() => params(matrix(matrix(inner, list({})), list({})))).toThrow(
      'child generator generated no parameters',
    );
  });
});

describe('merge', () => {
  const merge = (mergeKeys: string[], ...generators: Generator[]): Generator => ({
    merge: { generators, mergeKeys },
  });

  it('lays later generators over the first where the keys are the same', () => {
    const generator = merge(
      ['name'],
      list({ name: 'a', size: '1' }, { name: 'b', size: '1' }),
      list({ name: 'b', size: '2' }, { name: 'c', size: '3' }),
    );
    expect(params(generator)).toStrictEqual([
      { name: 'a', size: '1' },
      { name: 'b', size: '2' },
    ]);
  });

  it.each([
    [merge(['a'], list({})), 'found less than two generators, Merge requires two or more'],
    [merge([], list({}), list({})), 'no merge keys were specified'],
    [merge(['a'], list({ a: 'x' }, { a: 'x' }), list({})), 'Duplicate key was {"a":"x"}'],
  ])('%j is refused', (generator, message) => {
    expect(() => params(generator)).toThrow(message);
  });
});

describe('other generators', () => {
  it.each(['clusters', 'scmProvider', 'clusterDecisionResource', 'pullRequest', 'plugin'])(
    '%s is refused by name',
    (kind) => {
      expect(() => params({ [kind]: {} })).toThrow(`generator "${kind}" is refused`);
    },
  );
});
