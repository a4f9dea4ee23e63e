import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Machine, day, hour, timeName } from './test/harness.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
  machine.write('sources/ledger/block', 'content');
});
afterEach(() => machine.dispose());

const minute = 60_000;

describe.each(['file', 's3'] as const)('retention in %s', (kind) => {
  const folder = (): string => (kind === 's3' ? machine.bucket : machine.target);
  beforeEach(() => {
    if (kind === 's3') machine.useS3();
  });

  test.each([
    ['7d', 7 * day - 5 * minute, true],
    ['7d', 7 * day + 5 * minute, false],
    ['12h', 12 * hour - 5 * minute, true],
    ['12h', 12 * hour + 5 * minute, false],
    ['4w', 28 * day - 5 * minute, true],
    ['4w', 28 * day + 5 * minute, false],
    ['0', 3650 * day, true],
    ['', 3650 * day, true],
  ])('%s: a backup %i ms old is kept: %s', async (retention, age, kept) => {
    const name = machine.earlier(age);
    const result = await machine.backup({ RETENTION: retention });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(machine.names(folder()).includes(name)).toBe(kept);
    expect(machine.names(folder())).toHaveLength(kept ? 2 : 1);
    expect(result.out.includes(`deleted ${name} (expired)`)).toBe(!kept);
  });

  test('deletes only what has the name of a backup of this environment', async () => {
    const old = timeName(30 * day);
    const others = [
      `${old}-prod`,
      `${old}-pre-qa`,
      `${old}-qa2`,
      `${old}-qa.bak`,
      `x${old}-qa`,
      old,
      'notes',
      `${old}-QA`,
      `.${old}-qa`,
    ];
    for (const name of others) machine.plant(name, { 'manifest.json': '{}\n' });
    const expired = machine.earlier(30 * day);
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    expect(machine.names(folder())).toEqual(expect.arrayContaining(others));
    expect(machine.names(folder())).not.toContain(expired);
    expect(machine.names(folder())).toHaveLength(others.length + 1);
  });

  test('deletes nothing when the backup fails', async () => {
    const expired = machine.earlier(30 * day);
    machine.sources(['database', 'other', 'db.example.com', '5432', 'dlt', 'dlt', '']);
    expect(await machine.backup()).toMatchObject({ status: 1 });
    expect(machine.names(folder())).toEqual([expired]);
  });

  test('deletes nothing when there was nothing to back up', async () => {
    const expired = machine.earlier(30 * day);
    expect(await machine.backup({ SOURCES_DIR: '/nonexistent' })).toMatchObject({ status: 0 });
    expect(machine.names(folder())).toEqual([expired]);
  });

  test('keeps the newest backup of a source that is not in this one', async () => {
    machine.sources(['export', 'chain', 'http://backend.{namespace}.svc.cluster.local/snapshot']);
    machine.env['NAMESPACES'] = 'dlt-node-alpha dlt-node-beta';
    machine.env['SKIP'] = 'dlt-node-beta';
    const alpha = { 'exports/dlt-node-alpha/chain': 'blocks' };
    const beta = { 'exports/dlt-node-beta/chain': 'blocks' };
    const gamma = { 'exports/dlt-node-gamma/chain': 'blocks' };
    machine.earlier(40 * day, alpha);
    const newestAlpha = machine.earlier(30 * day, alpha);
    const newestBeta = machine.earlier(35 * day, beta);
    machine.earlier(36 * day, { ...alpha, ...beta });
    machine.earlier(20 * day, gamma);
    const unfinished = `${timeName(10 * day)}-qa`;
    machine.plant(unfinished, alpha);
    const result = await machine.backup();
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(machine.names(folder()).slice(0, -1)).toEqual([newestBeta, newestAlpha]);
    expect(result.out).toContain(
      `kept ${newestAlpha} beyond its time: the newest that has exports/dlt-node-alpha/chain`,
    );
    expect(result.out).toContain(`deleted ${unfinished} (unfinished)`);
  });

  test('lets an unfinished backup of another run alone for a day', async () => {
    const running = `${timeName(hour)}-qa`;
    machine.plant(running, { 'exports/a/chain': 'half' });
    expect(await machine.backup({ RETENTION: '0' })).toMatchObject({ status: 0 });
    expect(machine.names(folder())).toContain(running);
  });

  test('keeps backups from the future, as a clock may have been wrong', async () => {
    const future = machine.earlier(-400 * day);
    const expired = machine.earlier(30 * day);
    expect(await machine.backup()).toMatchObject({ status: 0 });
    expect(machine.names(folder())).toContain(future);
    expect(machine.names(folder())).not.toContain(expired);
  });
});

test('what cannot be deleted is a warning, as the backup is good', async () => {
  machine.useS3();
  const expired = machine.earlier(30 * day);
  const result = await machine.backup({ FAKE_AWS_FAILS: '^s3 rm .*manifest' });
  expect(result.status).toBe(0);
  expect(result.err).toContain(`could not delete ${expired}`);
  expect(machine.names(machine.bucket)).toContain(expired);
});

test('a backup that cannot be deleted in full has lost its manifest first', async () => {
  machine.useS3();
  const expired = machine.earlier(30 * day);
  const result = await machine.backup({ FAKE_AWS_FAILS: '^s3 rm --recursive' });
  expect(result.err).toContain(`could not delete ${expired}`);
  expect(machine.names(join(machine.bucket, expired))).toEqual(['exports']);
});

test('leftovers of ended runs in a folder go after a day', async () => {
  const old = `${timeName(2 * day)}-qa`;
  const young = `${timeName(hour)}-qa`;
  const other = `${timeName(2 * day)}-prod`;
  const names = [
    `.staging-${old}`,
    `.staging-${young}`,
    `.staging-${other}`,
    `.deleting-${old}`,
    `.staging-notes-${old}`,
  ];
  for (const name of names) machine.plant(name, { 'exports/a/chain': 'half' });
  expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
  expect(machine.names().slice(0, -1).sort()).toEqual(
    [`.staging-${young}`, `.staging-${other}`, `.staging-notes-${old}`].sort(),
  );
});

test('a link with the name of an old backup is not followed', async () => {
  const elsewhere = join(machine.root, 'elsewhere');
  mkdirSync(elsewhere);
  machine.write('elsewhere/manifest.json', '{}\n');
  symlinkSync(elsewhere, join(machine.target, `${timeName(30 * day)}-qa`));
  expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
  expect(existsSync(join(elsewhere, 'manifest.json'))).toBe(true);
  expect(machine.names()).toHaveLength(2);
});
