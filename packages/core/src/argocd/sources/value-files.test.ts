import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandEnvironment } from './environment.ts';
import { joinPath, outOfBoundsLink, realPath } from './file-path.ts';
import { resolveValueFilePath } from './resolve-path.ts';
import {
  missingValueFile,
  resolveValueFiles,
  type Checkout,
  type ValueFilesQuestion,
} from './value-files.ts';

const main: Checkout = {
  root: '/src/app',
  files: ['values.yaml', 'envs/b.yaml', 'envs/a.yaml', 'envs/eu/c.yaml', 'chart/values.yaml'],
};
const shared: Checkout = { root: '/src/shared', files: ['base.yaml', 'eu/x.yaml'] };
const target = { repoUrl: 'https://git.example/shared.git', targetRevision: 'v1', chart: '' };
const question = {
  main,
  appPath: '/src/app/chart',
  refSources: { $shared: target, $gone: { ...target, repoUrl: 'https://git.example/gone' } },
  checkouts: { 'https://git.example/Shared': shared },
  environment: { REGION: 'eu' },
};

function resolve(valueFiles: string[], more: Partial<ValueFilesQuestion> = {}): unknown {
  const result = resolveValueFiles({ ...question, ...more, valueFiles });
  return 'fault' in result ? result.fault : result.files;
}

describe('where value files are', () => {
  test.each<[string, string[], string[]]>([
    ['beside the chart', ['values.yaml'], ['/src/app/chart/values.yaml']],
    ['above it', ['../values.yaml'], ['/src/app/values.yaml']],
    ['from the root', ['/values.yaml'], ['/src/app/values.yaml']],
    ['in another source', ['$shared/base.yaml'], ['/src/shared/base.yaml']],
    ['with variables', ['$shared/${REGION}/x.yaml'], ['/src/shared/eu/x.yaml']],
    ['with a name that no source has', ['$other/values.yaml'], ['/src/app/values.yaml']],
    ['a URL', ['https://example.com/v.yaml'], ['https://example.com/v.yaml']],
    ['twice', ['values.yaml', './values.yaml'], ['/src/app/chart/values.yaml']],
    ['missing', ['none.yaml'], ['/src/app/chart/none.yaml']],
  ])('%s', (_, valueFiles, files) => {
    expect(resolve(valueFiles)).toEqual(files);
  });

  test.each<[string, string, string]>([
    ['out of the repository', '../../x.yaml', 'outside repository root'],
    ['out of another source', '$shared/../x.yaml', 'outside repository root'],
    ['the repository itself', '..', 'failed to resolve path'],
    ['another source itself', '$shared', 'failed to resolve path'],
    ['a source that is not checked out', '$gone/a.yaml', 'failed to find repo'],
    ['a scheme', 'file:///etc/passwd', "the URL scheme 'file' is not allowed"],
  ])('refused: %s', (_, file, fault) => {
    expect(resolve([file])).toContain(fault);
  });

  test('only some schemes', () => {
    expect(resolve(['S3://bucket/v.yaml'], { allowedSchemes: ['s3'] })).toEqual([
      'S3://bucket/v.yaml',
    ]);
    expect(resolve(['https://a/v.yaml'], { allowedSchemes: ['s3'] })).toContain('not allowed');
  });
});

describe('globs', () => {
  test.each<[string, string[], string[] | string]>([
    ['in order', ['/envs/*.yaml'], ['/src/app/envs/a.yaml', '/src/app/envs/b.yaml']],
    [
      'deeper later',
      ['/envs/**/*.yaml'],
      ['/src/app/envs/a.yaml', '/src/app/envs/b.yaml', '/src/app/envs/eu/c.yaml'],
    ],
    [
      'without those listed',
      ['/envs/*.yaml', '/envs/a.yaml'],
      ['/src/app/envs/b.yaml', '/src/app/envs/a.yaml'],
    ],
    ['in another source', ['$shared/*/x.yaml'], ['/src/shared/eu/x.yaml']],
    ['folders too', ['/envs/e*'], ['/src/app/envs/eu']],
    ['braces alone are no glob', ['/envs/{a,b}.yaml'], ['/src/app/envs/{a,b}.yaml']],
    ['nothing', ['/none/*.yaml'], 'values file glob "/none/*.yaml" matched no files'],
    ['a bad pattern', ['/envs/[.yaml'], 'syntax error in pattern'],
    ['remote', ['https://a/*.yaml'], ['https://a/*.yaml']],
  ])('%s', (_, valueFiles, expected) => {
    if (typeof expected === 'string') expect(resolve(valueFiles)).toContain(expected);
    else expect(resolve(valueFiles)).toEqual(expected);
  });

  test('links that lead out of the repository', () => {
    const linked = { ...main, links: { '/src/app/envs/eu': '/etc' } };
    expect(resolve(['/envs/**/*.yaml'], { main: linked })).toContain('outside repository root');
  });
});

test('missing files may be ignored', () => {
  const more = { ignoreMissingValueFiles: true };
  expect(resolve(['none.yaml', 'values.yaml', '/none/*.yaml'], more)).toEqual([
    '/src/app/chart/values.yaml',
  ]);
});

test('missingValueFile says what Helm says', () => {
  const files = ['https://a/b', '/src/app/values.yaml', '/src/shared/none.yaml'];
  expect(missingValueFile(files, [main, shared])).toBe(
    'open /src/shared/none.yaml: no such file or directory',
  );
  expect(missingValueFile(files.slice(0, 2), [main, shared])).toBeUndefined();
});

test('every file comes once, and all that are listed come', () => {
  const entry = fc.constantFrom('/envs/*.yaml', '/envs/a.yaml', '/**/*.yaml', 'values.yaml');
  fc.assert(
    fc.property(fc.array(entry), (valueFiles) => {
      const files = resolve(valueFiles) as string[];
      expect(new Set(files).size).toBe(files.length);
      const last = valueFiles.lastIndexOf('/envs/a.yaml');
      expect(files.includes('/src/app/envs/a.yaml')).toBe(
        last !== -1 || valueFiles.some((file) => file.includes('*')),
      );
    }),
  );
});

describe('links', () => {
  const links = { '/r/a': 'b', '/r/b': '../x', '/r/loop': 'loop', '/r/dir': 'sub' };
  const context = { appPath: '/r', repoRoot: '/r', links };

  test('are followed before the check', () => {
    expect(resolveValueFilePath('a', context)).toHaveProperty('fault');
    expect(resolveValueFilePath('loop', context)).toHaveProperty('fault');
    expect(resolveValueFilePath('dir', context)).toEqual({ path: '/r/sub', isRemote: false });
    expect(realPath('/r/dir/file', links)).toBe('/r/sub/file');
    expect(realPath('/r/loop/file', links)).toBeUndefined();
  });

  test.each<[string, string, boolean]>([
    ['/r/l', 'file', false],
    ['/r/d/l', '../file', false],
    ['/r/l', '../r/file', true],
    ['/r/l', '/r/file', true],
    ['/r/l', 'a/../../r/file', true],
    ['/other/l', '/etc', false],
  ])('%s to %s', (path, to, isOut) => {
    expect(outOfBoundsLink('/r', { [path]: to })).toBe(isOut ? path : undefined);
  });
});

test.each<[string[], string]>([
  [['a', 'b'], 'a/b'],
  [['/a/', './b//c'], '/a/b/c'],
  [['/a', '../../b'], '/b'],
  [['a', '../../b'], '../b'],
  [['/'], '/'],
  [['a', '..'], '.'],
  [[''], ''],
])('joinPath %j', (parts, expected) => {
  expect(joinPath(...parts)).toBe(expected);
});

test.each<[string, string]>([
  ['$A/${A}', '1/1'],
  ['$AB', ''],
  ['$$A', '$A'],
  ['$', '$'],
  ['$/', '$/'],
  ['${}x', 'x'],
  ['${A', 'A'],
  ['$1x', 'x'],
])('expandEnvironment %s', (text, expected) => {
  expect(expandEnvironment(text, { A: '1' })).toBe(expected);
});
