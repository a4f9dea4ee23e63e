import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Machine, day, timeName } from './test/harness.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const folder = (): string =>
  machine.env['TARGET'] === 's3://backups/dlt' ? machine.bucket : machine.target;
const newest = (): string => machine.names(folder()).at(-1) ?? '';

/** A volume with all that file names, kinds and modes can be. */
function oddVolume(): string {
  const root = join(machine.root, 'sources', 'ledger');
  const names = [
    'plain',
    'with spaces  and tab\t',
    'line\nbreak',
    'ünïcode-日本-🦀',
    '-rf',
    '*',
    '$(id)',
    '"quoted" \\',
    '.hidden',
    'x'.repeat(200),
  ];
  for (const name of names) machine.write(join('sources/ledger', name), `content of ${name}`);
  const invalid = Buffer.concat([Buffer.from(`${root}/not-utf8-`), Buffer.from([0xff, 0xfe])]);
  writeFileSync(invalid, 'content');
  machine.write('sources/ledger/empty-file', '');
  const deep = Array.from({ length: 30 }, (_, depth) => `level-${depth}`).join('/');
  machine.write(join('sources/ledger', deep, 'file'), 'deep');
  mkdirSync(join(root, 'empty folder', 'empty too'), { recursive: true });
  symlinkSync('plain', join(root, 'link'));
  symlinkSync('/nonexistent/outside', join(root, 'dangling'));
  symlinkSync('empty folder', join(root, 'link to folder'));
  linkSync(join(root, 'plain'), join(root, 'hard link'));
  machine.write('sources/ledger/modes/executable', '#!/bin/sh\n');
  machine.write('sources/ledger/modes/read-only', 'content');
  machine.write('sources/ledger/modes/locked/file', 'content');
  chmodSync(join(root, 'modes/executable'), 0o751);
  chmodSync(join(root, 'modes/read-only'), 0o440);
  chmodSync(join(root, 'modes/locked'), 0o555);
  chmodSync(join(root, 'modes'), 0o2770);
  utimesSync(join(root, 'plain'), 1_000_000_000.25, 1_000_000_000.25);
  return root;
}

/** Everything below a folder: kind, mode, content or destination, and time of files. Names are bytes. */
function snapshotOf(root: Buffer, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { encoding: 'buffer' })) {
    const path = Buffer.concat([root, Buffer.from('/'), name]);
    const key = `${below}/${name.toString('latin1')}`;
    const { mode, nlink, mtimeMs } = lstatSync(path);
    const shown = (mode & 0o177777).toString(8);
    if (lstatSync(path).isSymbolicLink()) found[key] = `link to ${readlinkSync(path)}`;
    else if (lstatSync(path).isDirectory())
      Object.assign(found, { [key]: shown }, snapshotOf(path, key));
    else found[key] = `${shown} ${nlink} ${mtimeMs} ${readFileSync(path, 'utf8')}`;
  }
  return found;
}

describe.each(['file', 's3'] as const)('a backup in %s', (kind) => {
  beforeEach(() => {
    if (kind === 's3') machine.useS3();
  });

  test('restores a volume as it was', async () => {
    const before = snapshotOf(Buffer.from(oddVolume()));
    expect(Object.keys(before).length).toBeGreaterThan(50);
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    expect(await machine.restore('verify', newest())).toMatchObject({ status: 0 });
    const restored = join(machine.root, 'restored');
    const result = await machine.restore('restore', newest(), 'volumes/ledger.tar.gz', restored);
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(snapshotOf(Buffer.from(restored))).toEqual(before);
    expect(result.out).toContain('Next:');
  });

  test('restores an export, byte by byte, into a folder with an odd name', async () => {
    const blocks = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 31) % 256));
    machine.sources(['export', 'chain', 'http://127.0.0.1/{namespace}/snapshot']);
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    await machine.serve((_request, response) => response.end(blocks));
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    const restored = join(machine.root, '-a b\n');
    const source = 'exports/dlt-node-alpha/chain';
    const result = await machine.restore('restore', 'latest', source, restored);
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(readdirSync(restored)).toEqual(['chain']);
    expect(readFileSync(join(restored, 'chain')).equals(blocks)).toBe(true);
    expect(result.out).toContain('kubectl -n dlt-node-alpha scale statefulset backend');
  });

  test.each([
    [
      'a changed byte',
      (file: string) => {
        const content = readFileSync(file);
        content[20] = (content[20] ?? 0) ^ 1;
        writeFileSync(file, content);
      },
    ],
    [
      'a missing end',
      (file: string) => {
        writeFileSync(file, readFileSync(file).subarray(0, -1));
      },
    ],
    [
      'a missing file',
      (file: string) => {
        rmSync(file);
      },
    ],
  ])('with %s is found damaged and not restored', async (_title, damage) => {
    oddVolume();
    await machine.backup();
    damage(join(folder(), newest(), 'volumes/ledger.tar.gz'));
    const verified = await machine.restore('verify', 'latest');
    expect(verified.status).toBe(1);
    expect(verified.out).toContain('DAMAGED  volumes/ledger.tar.gz');
    const restored = join(machine.root, 'restored');
    const result = await machine.restore('restore', 'latest', 'volumes/ledger.tar.gz', restored);
    expect(result.status).toBe(1);
    expect(result.err).toMatch(/is damaged|cannot be read/u);
    expect(readdirSync(restored)).toEqual([]);
  });

  test('without its manifest is not one', async () => {
    oddVolume();
    await machine.backup();
    const name = newest();
    rmSync(join(folder(), name, 'manifest.json'));
    expect((await machine.restore('list')).out).toBe('');
    expect((await machine.restore('verify', 'latest')).err).toContain('there is no backup');
    const result = await machine.restore('verify', name);
    expect(result.status).toBe(1);
    expect(result.err).toContain('its manifest.json cannot be read');
  });
});

describe('a manifest', () => {
  test.each([
    ['cut off', (text: string) => text.slice(0, -3)],
    ['that lost a line', (text: string) => text.replace(/^ {4}\{"path".*\n/mu, '')],
    [
      'that points outside',
      (text: string) => text.replace('volumes/ledger.tar.gz', '../../secret'),
    ],
    ['emptied', () => ''],
  ])('%s is damaged', async (_title, damage) => {
    oddVolume();
    await machine.backup();
    const file = join(machine.target, newest(), 'manifest.json');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const result = await machine.restore('verify', newest());
    expect(result.status).toBe(1);
    expect(result.err).toContain('is damaged');
  });
});

describe('restore.sh', () => {
  beforeEach(async () => {
    oddVolume();
    expect(await machine.backup()).toMatchObject({ status: 0 });
  });

  test('lists backups, newest first, and their files', async () => {
    machine.plant(`${timeName(2 * day)}-qa`, { 'manifest.json': '{}\n', 'vault/a.snap': '12345' });
    machine.plant(`${timeName(3 * day)}-qa`, { 'vault/unfinished.snap': '12345' });
    machine.plant('someone-elses', { 'manifest.json': '{}\n' });
    const lines = (await machine.restore('list')).out.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^\d{8}T\d{6}Z-qa {2}1 files {2}\d+ bytes$/u),
      `${timeName(2 * day)}-qa  1 files  5 bytes`,
    ]);
    const files = await machine.restore('list', 'latest');
    expect(files.out).toMatch(
      /^volumes\/ledger\.tar\.gz {2}volume {2}\d+ bytes {2}sha256:[0-9a-f]{64}\n$/u,
    );
  });

  test('takes the newest of an environment, and asks for it when there are several', async () => {
    machine.plant(`${timeName(-day)}-prod`, { 'manifest.json': '{}\n' });
    expect(await machine.restore('verify', 'latest')).toMatchObject({ status: 0 });
    machine.env['ENV'] = '';
    const result = await machine.restore('verify', 'latest');
    expect(result.status).toBe(2);
    expect(result.err).toContain('several environments');
  });

  test('never writes into a folder that is not empty', async () => {
    const occupied = join(machine.root, 'occupied');
    mkdirSync(occupied);
    writeFileSync(join(occupied, '.keep'), 'mine');
    const source = 'volumes/ledger.tar.gz';
    const result = await machine.restore('restore', 'latest', source, occupied);
    expect(result).toMatchObject({ status: 3, out: '' });
    expect(result.err).toContain('is not empty; nothing was written');
    expect(readdirSync(occupied)).toEqual(['.keep']);
    const file = machine.write('a-file', 'mine');
    expect(await machine.restore('restore', 'latest', source, file)).toMatchObject({ status: 3 });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('takes a new file system for empty', async () => {
    const volume = join(machine.root, 'volume');
    mkdirSync(join(volume, 'lost+found'), { recursive: true });
    chmodSync(volume, 0o775);
    const result = await machine.restore('restore', 'latest', 'volumes/ledger.tar.gz', volume);
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(readFileSync(join(volume, 'plain'), 'utf8')).toBe('content of plain');
    expect(statSync(volume).mode & 0o7777).toBe(0o775);
    writeFileSync(join(volume, 'lost+found', '#1'), 'found');
    rmSync(join(volume, 'modes'), { recursive: true });
  });

  test('names the sources when one is not there', async () => {
    const restored = join(machine.root, 'restored');
    const result = await machine.restore('restore', 'latest', 'vault/a.snap', restored);
    expect(result.status).toBe(1);
    expect(result.err).toContain('it has:\nvolumes/ledger.tar.gz\n');
    expect(machine.names(restored)).toEqual([]);
  });

  test.each([
    [[]],
    [['delete']],
    [['verify']],
    [['restore', 'latest']],
    [['verify', '../target']],
    [['verify', 'latest', 'twice']],
  ])('%j is wrong usage', async (args) => {
    const result = await machine.restore(...args);
    expect(result.status).toBe(2);
    expect(result.err).toContain('usage:');
  });

  test('says how it is used', async () => {
    expect(await machine.restore('--help')).toMatchObject({ status: 0, err: '' });
  });

  test('leaves the backup as it was', async () => {
    const root = join(machine.target, newest());
    const before = spawnSync('find', [root, '-printf', '%p %m %s %T@\n'], { encoding: 'utf8' });
    await machine.restore('verify', 'latest');
    await machine.restore('restore', 'latest', 'volumes/ledger.tar.gz', join(machine.root, 'r'));
    const after = spawnSync('find', [root, '-printf', '%p %m %s %T@\n'], { encoding: 'utf8' });
    expect(after.stdout).toBe(before.stdout);
    expect(before.stdout).toContain(basename(root));
  });
});
