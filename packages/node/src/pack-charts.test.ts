import { InputError, ToolError } from '@tidegate/core';
import { execa } from 'execa';
import { readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { realHelm } from '../test/real-helm.ts';
import { failureOf, putFiles, putScript, scratchFolders } from '../test/scratch.ts';
import { fileSha256 } from './digest.ts';
import { listFiles } from './files.ts';
import type { HelmBinary } from './helm-binary.ts';
import { packCharts, readCharts } from './pack-charts.ts';

const scratch = scratchFolders();
let helm: HelmBinary;
beforeAll(async () => {
  helm = await realHelm();
});

const chartFiles: Readonly<Record<string, string>> = {
  'app/Chart.yaml': [
    'apiVersion: v2',
    'name: app',
    'version: 1.2.0',
    'dependencies:',
    '  - name: shared',
    '    version: 1.0.0',
    '    repository: file://../shared',
    '',
  ].join('\n'),
  'app/values.yaml': 'a: 1\n',
  'app/values.schema.json': '{}\n',
  'app/README.md': '# app\n',
  'app/.helmignore': '*.bak\n/notes/\n',
  'app/left.bak': 'ignored',
  'app/notes/todo.txt': 'ignored',
  'app/templates/a.yaml': 'a: {{ include "shared.name" . }}\n',
  'app/templates/ci/b.yaml': 'b: 1\n',
  'app/crds/crd.yaml': 'kind: CustomResourceDefinition\n',
  'app/files/with blank ü.txt': 'text\n',
  'shared/Chart.yaml': 'apiVersion: v2\nname: shared\nversion: 1.0.0\ntype: library\n',
  'shared/templates/_name.tpl': '{{ define "shared.name" }}shared{{ end }}\n',
  'shared/.helmignore': '*.bak\n',
  'shared/left.bak': 'ignored',
  'plain/Chart.yaml': 'apiVersion: v2\nname: plain\nversion: 0.1.0+build.7\n',
  'plain/templates/x.yaml': 'x: 1\n',
  'no-chart/readme.txt': 'not a chart',
};

async function charts(change: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = join(await scratch(), 'charts');
  await putFiles(folder, { ...chartFiles, ...change });
  return folder;
}

async function pack(chartsDir: string, into?: string): Promise<string> {
  const outDir = into ?? join(await scratch(), 'out');
  await packCharts({ chartsDir, outDir, helm });
  return outDir;
}

/** Names and contents of an archive's files, in its order. */
function entriesOf(archive: Buffer): Map<string, string> {
  const tar = gunzipSync(archive);
  const entries = new Map<string, string>();
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const field = (begin: number, length: number): string =>
      tar.toString('utf8', at + begin, at + begin + length).replace(/\0.*$/s, '');
    const sizeBytes = Number.parseInt(field(124, 12), 8);
    const kind = field(156, 1);
    // Long and unusual names stand in a header of their own.
    if (kind === '0' || kind === '') {
      entries.set(field(0, 100), tar.toString('utf8', at + 512, at + 512 + sizeBytes));
    }
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  return entries;
}

async function archive(outDir: string, file: string): Promise<Buffer> {
  return readFile(join(outDir, file));
}

describe('packCharts', () => {
  it('packs all charts but libraries into a repository whose index is true', async () => {
    const chartsDir = await charts();
    const outDir = join(await scratch(), 'new', 'out');
    const packed = await packCharts({ chartsDir, outDir, helm });
    const index = parse(await readFile(join(outDir, 'index.yaml'), 'utf8')) as {
      entries: Record<string, { version: string; digest: string; urls: string[] }[]>;
    };

    expect(packed.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'app 1.2.0',
      'plain 0.1.0+build.7',
    ]);
    expect(await listFiles(outDir)).toEqual([
      '.packed-from',
      'app-1.2.0.tgz',
      'index.yaml',
      'plain-0.1.0+build.7.tgz',
    ]);
    expect(Object.keys(index.entries)).toEqual(['app', 'plain']);
    for (const { name } of packed) {
      const [entry] = index.entries[name] ?? [];
      expect(entry?.digest).toBe(await fileSha256(join(outDir, entry?.urls[0] ?? '')));
    }
  });

  it('packs what helm package --dependency-update packs', async () => {
    const chartsDir = await charts();
    const ours = entriesOf(await archive(await pack(chartsDir), 'app-1.2.0.tgz'));
    const folder = await scratch();
    await execa(helm.path, ['package', join(chartsDir, 'app'), '-u', '--destination', folder]);
    const theirs = entriesOf(await archive(folder, 'app-1.2.0.tgz'));
    // A lock tells of a resolution that was dated; ours has none.
    theirs.delete('app/Chart.lock');

    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    expect(ours.get('app/charts/shared/templates/_name.tpl')).toContain('shared.name');
    expect([...ours.keys()].join('\n')).not.toMatch(/bak|notes/);
    expect(ours).toEqual(theirs);
  });

  it('packs a chart that helm can render', async () => {
    const outDir = await pack(await charts());
    const { stdout } = await execa(helm.path, ['template', 'x', join(outDir, 'app-1.2.0.tgz')]);

    expect(stdout).toContain('a: shared');
  });

  it('leaves values for tests out, and no other folder of that name', async () => {
    const outDir = await pack(
      await charts({ 'app/ci/values.yaml': 'a: 1\n', 'shared/ci/values.yaml': 'a: 1\n' }),
    );
    const names = [...entriesOf(await archive(outDir, 'app-1.2.0.tgz')).keys()];

    expect(names.filter((name) => name.includes('/ci/'))).toEqual(['app/templates/ci/b.yaml']);
  });

  it('packs a chart called ci', async () => {
    const outDir = await pack(
      await charts({ 'ci/Chart.yaml': 'apiVersion: v2\nname: ci\nversion: 1.0.0\n' }),
    );

    expect(await readdir(outDir)).toContain('ci-1.0.0.tgz');
  });

  it('packs what a dependency depends on, too', async () => {
    const outDir = await pack(
      await charts({
        'shared/Chart.yaml':
          'apiVersion: v2\nname: shared\nversion: 1.0.0\ndependencies: [{name: base, version: 1.0.0, repository: "file://../base"}]\n',
        'base/Chart.yaml': 'apiVersion: v2\nname: base\nversion: 1.0.0\ntype: library\n',
      }),
    );
    const names = [...entriesOf(await archive(outDir, 'app-1.2.0.tgz')).keys()];

    expect(names).toContain('app/charts/shared/charts/base/Chart.yaml');
  });

  it('makes the same bytes from the same files, whenever and by whomever', async () => {
    const one = await pack(await charts());
    const other = await charts();
    for (const file of await listFiles(other)) {
      await utimes(join(other, file), 1_000_000_000, 1_000_000_000);
    }
    const umask = process.umask(0o077);
    const two = await pack(other).finally(() => process.umask(umask));

    for (const file of ['app-1.2.0.tgz', 'plain-0.1.0+build.7.tgz']) {
      expect(await fileSha256(join(two, file))).toBe(await fileSha256(join(one, file)));
    }
  });

  it('packs nothing again while nothing has changed', async () => {
    const chartsDir = await charts();
    const outDir = await pack(chartsDir);
    const before = await stat(join(outDir, 'index.yaml'));
    for (const file of await listFiles(chartsDir)) await utimes(join(chartsDir, file), 1, 1);
    const broken = { path: '/nowhere/helm', version: helm.version, origin: 'path' as const };
    const packed = await packCharts({ chartsDir, outDir, helm: broken });

    expect(packed).toHaveLength(2);
    expect((await stat(join(outDir, 'index.yaml'))).ino).toBe(before.ino);
  });

  it.each<[string, (chartsDir: string, outDir: string) => Promise<void>]>([
    ['a file changed', (from) => writeFile(join(from, 'app/values.yaml'), 'a: 2\n')],
    ['a file is gone', (from) => rm(join(from, 'app/README.md'))],
    ['a library changed', (from) => writeFile(join(from, 'shared/templates/_name.tpl'), '')],
    ['an archive is gone', (_, out) => rm(join(out, 'app-1.2.0.tgz'))],
    ['the index is gone', (_, out) => rm(join(out, 'index.yaml'))],
  ])('packs again when %s', async (_, change) => {
    const chartsDir = await charts();
    const outDir = await pack(chartsDir);
    const { ino } = await stat(outDir);
    await change(chartsDir, outDir);
    await pack(chartsDir, outDir);

    expect((await stat(outDir)).ino).not.toBe(ino);
    expect(await readdir(outDir)).toContain('app-1.2.0.tgz');
    expect(await readdir(join(outDir, '..'))).toEqual(['out']);
  });

  it('stands several that pack into one folder at once', async () => {
    const chartsDir = await charts();
    const outDir = join(await scratch(), 'out');
    await Promise.all(
      Array.from({ length: 4 }, () => packCharts({ chartsDir, outDir: `${outDir}/`, helm })),
    );

    expect(await readdir(join(outDir, '..'))).toEqual(['out']);
    expect(await readdir(outDir)).toHaveLength(4);
  });

  it('never removes a folder that it did not make', async () => {
    const outDir = await scratch();
    await putFiles(outDir, { 'thesis.txt': 'years of work' });
    const error = await failureOf(pack(await charts(), outDir));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('holds something else');
    expect(await listFiles(outDir)).toEqual(['thesis.txt']);
    expect(await failureOf(pack(await charts(), join(outDir, 'thesis.txt')))).toBeInstanceOf(
      InputError,
    );
  });

  it('leaves the repository as it was when a chart is broken', async () => {
    const chartsDir = await charts();
    const outDir = await pack(chartsDir);
    const before = await fileSha256(join(outDir, 'index.yaml'));
    await writeFile(join(chartsDir, 'plain/values.yaml'), 'a: [');
    const error = await failureOf(pack(chartsDir, outDir));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('helm package failed: ');
    expect(await fileSha256(join(outDir, 'index.yaml'))).toBe(before);
    expect(await readdir(join(outDir, '..'))).toEqual(['out']);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'a name that leads out',
      { 'plain/Chart.yaml': 'name: ../../x\nversion: 1.0.0\n' },
      'is no chart name',
    ],
    ['no version', { 'plain/Chart.yaml': 'name: plain\n' }, '"version" is missing'],
    [
      'an unquoted number for a version',
      { 'plain/Chart.yaml': 'name: x\nversion: 1\n' },
      '"version"',
    ],
    [
      'a dependency that is not there',
      {
        'plain/Chart.yaml':
          'name: p\nversion: 1.0.0\ndependencies: [{repository: "file://../gone"}]',
      },
      'is missing; expected it beside the chart',
    ],
    [
      'a dependency on itself',
      {
        'plain/Chart.yaml':
          'name: p\nversion: 1.0.0\ndependencies: [{repository: "file://../plain"}]',
      },
      'depends on itself',
    ],
  ])('refuses a chart with %s', async (_, change, message) => {
    const error = await failureOf(pack(await charts(change)));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
    expect(basename((error as InputError).position?.file ?? '')).toBe('Chart.yaml');
  });

  it('says that helm is missing', async () => {
    const path = await putScript(await scratch(), 'helm', 'echo "Error: out of order" >&2; exit 1');
    const options = { chartsDir: await charts(), outDir: join(await scratch(), 'out') };
    const run = (at: string): Promise<Error> =>
      failureOf(packCharts({ ...options, helm: { path: at, version: 'v4', origin: 'path' } }));

    expect((await run(path)).message).toBe('helm package failed: out of order');
    expect(await run('/nowhere/helm')).toBeInstanceOf(ToolError);
  });
});

describe('readCharts', () => {
  it('reads what charts say, and follows no links', async () => {
    const chartsDir = await charts();
    await symlink('app', join(chartsDir, 'linked'));
    const found = await readCharts(chartsDir);

    expect(found.map(({ name, isLibrary }) => [name, isLibrary])).toEqual([
      ['app', false],
      ['plain', false],
      ['shared', true],
    ]);
  });

  it('says that the folder is missing', async () => {
    expect(await failureOf(readCharts('/nowhere/charts'))).toBeInstanceOf(InputError);
  });
});
