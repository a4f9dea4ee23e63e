import { expect, test } from 'vitest';
import { directoryFiles, type DirectoryOptions, type DirectoryReason } from './directory-files.ts';

const files = ['b.yaml', 'a.yml', 'sub/c.json', 'README.md', 'sub.yaml', 'sub/deep/d.jsonnet'];

function read(options: DirectoryOptions): string[] {
  return directoryFiles(files, options)
    .filter(({ reason }) => reason === 'read')
    .map(({ path }) => path);
}

test.each<[string, DirectoryOptions, string[]]>([
  ['this folder', {}, ['a.yml', 'b.yaml', 'sub.yaml']],
  [
    'all folders',
    { recurse: true },
    ['a.yml', 'b.yaml', 'sub/c.json', 'sub/deep/d.jsonnet', 'sub.yaml'],
  ],
  [
    'a star across folders',
    { recurse: true, include: 'sub*' },
    ['sub/c.json', 'sub/deep/d.jsonnet', 'sub.yaml'],
  ],
  ['alternatives', { include: '{a.yml,b.yaml}' }, ['a.yml', 'b.yaml']],
  ['excluded first', { include: '*', exclude: 'a.*' }, ['b.yaml', 'sub.yaml']],
  ['a slash is needed', { recurse: true, include: '**/*.json' }, ['sub/c.json']],
  ['a glob with a fault includes nothing', { include: '[' }, []],
  ['and excludes nothing', { exclude: '[' }, ['a.yml', 'b.yaml', 'sub.yaml']],
])('%s', (_, options, expected) => {
  expect(read(options)).toEqual(expected);
});

test('why a file is not read', () => {
  const reasons = directoryFiles(files, { exclude: 'a*', include: 'sub*' });
  expect(new Map(reasons.map(({ path, reason }) => [path, reason]))).toEqual(
    new Map<string, DirectoryReason>([
      ['README.md', 'no manifest by its name'],
      ['a.yml', 'excluded'],
      ['b.yaml', 'not included'],
      ['sub/c.json', 'in a subfolder'],
      ['sub/deep/d.jsonnet', 'in a subfolder'],
      ['sub.yaml', 'read'],
    ]),
  );
});
