import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packChart } from './chart-archive.ts';
import { helmIgnore } from './helm-ignore.ts';
import { memoryFiles } from './memory-files.ts';
import { unpackChart } from './unpack-chart.ts';

describe('packChart', () => {
  it('gives an archive that unpacks to the same files, also with long paths', async () => {
    const name = fc.stringMatching(/^[a-z]{1,40}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(path, fc.uint8Array({ maxLength: 1200 }), { minKeys: 1, maxKeys: 6 }),
        async (content) => {
          const files = memoryFiles(new Map(Object.entries(content)));

          const unpacked = await unpackChart(await packChart({ files, folder: '' }), 'chart');

          expect(unpacked.files).toEqual(files.files);
          for (const file of files.files) {
            expect(Buffer.from(await unpacked.bytes(file))).toEqual(
              Buffer.from(await files.bytes(file)),
            );
          }
        },
      ),
    );
  });

  it('takes a folder alone, without what .helmignore names, always as the same bytes', async () => {
    const files = memoryFiles(
      new Map([
        ['a/Chart.yaml', 'name: a\n'],
        ['a/.helmignore', '*.md\nci/\n'],
        ['a/README.md', 'x'],
        ['a/ci/values.yaml', 'x'],
        ['ab/Chart.yaml', 'name: ab\n'],
      ]),
    );

    const archive = await packChart({ files, folder: 'a' });

    expect((await unpackChart(archive, 'chart')).files).toEqual(['.helmignore', 'Chart.yaml']);
    expect(await packChart({ files, folder: 'a' })).toEqual(archive);
  });
});

describe('unpackChart', () => {
  it.each([
    ['no archive', Buffer.from('<html>'), /incorrect header check/],
    ['half an archive', gzipSync(Buffer.alloc(700, 'x')), /unexpected EOF/],
  ])('says what is wrong with %s', async (_, archive, message) => {
    await expect(unpackChart(archive, 'c')).rejects.toThrow(message);
  });

  it('refuses paths that lead out, and leaves out what is not the chart', async () => {
    const pack = (path: string) =>
      packChart({ files: memoryFiles(new Map([[path, 'x']])), folder: '' });

    await expect(unpackChart(await pack('../x'), 'chart')).rejects.toThrow('illegal filepath');
    expect((await unpackChart(await pack('x'), 'another')).files).toEqual([]);
  });
});

describe('helmIgnore', () => {
  it.each([
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', true],
    ['/*.md', 'docs/README.md', false],
    ['docs/*.md', 'docs/README.md', true],
    ['ci/', 'ci/values.yaml', true],
    ['ci/', 'ci', false],
    ['ci', 'a/ci/values.yaml', true],
    ['# *.md', 'README.md', false],
    ['!*.yaml', 'values.yaml', false],
    ['!*.yaml', 'README.md', true],
    ['', 'templates/.hidden', true],
    ['', 'templates/x.yaml', false],
  ])('%j and %j: %j', (rules, path, expected) => {
    expect(helmIgnore(rules)(path)).toBe(expected);
  });
});
