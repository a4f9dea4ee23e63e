import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Machine } from './test/harness.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const alpha = 'backend.dlt-node-alpha.svc.cluster.local';
const beta = 'backend.dlt-node-beta.svc.cluster.local';
const vaultAlpha = 'vault.dlt-node-alpha.svc.cluster.local';
const database = 'postgres.dlt-shared.svc.cluster.local';
const chain = ['export', 'chain', 'http://backend.{namespace}.svc.cluster.local/snapshot'];
const vault = [
  'vault',
  'http://vault.{namespace}.svc.cluster.local:8200/v1/sys/storage/raft/snapshot',
];
const postgres = ['database', 'shared', database, '5432', 'dlt', 'dlt', 'postgres-password'];
const name = /^\d{8}T\d{6}Z-qa$/u;

async function chains(...namespaces: string[]): Promise<void> {
  machine.sources(chain);
  machine.env['NAMESPACES'] = namespaces.join(' ');
  machine.hosts(...namespaces.map((namespace) => `backend.${namespace}.svc.cluster.local`));
  await machine.serve((request, response) => {
    response.end(`blocks of ${request.headers.host ?? ''}${request.url ?? ''}`);
  });
}

/** A snapshot as Vault makes it: a compressed archive whose last file has the checksums. */
function raftSnapshot(): Buffer {
  const folder = join(machine.root, 'snapshot');
  mkdirSync(folder, { recursive: true });
  for (const file of ['meta.json', 'state.bin', 'SHA256SUMS', 'SHA256SUMS.sealed'])
    writeFileSync(join(folder, file), `content of ${file}`);
  const args = ['-czf', '-', 'meta.json', 'state.bin', 'SHA256SUMS', 'SHA256SUMS.sealed'];
  return spawnSync('tar', args, { cwd: folder }).stdout;
}

function expectNothingPublished(): void {
  expect(machine.names()).toEqual([]);
  expect(machine.names(machine.bucket)).toEqual([]);
  expect(machine.names(join(machine.root, 'staging'))).toEqual([]);
  expect(machine.names(join(machine.root, 'tmp'))).toEqual([]);
}

describe.each(['file', 's3'] as const)('a backup into %s', (kind) => {
  const folder = (): string => (kind === 's3' ? machine.bucket : machine.target);
  beforeEach(() => {
    if (kind === 's3') machine.useS3();
  });

  test('has a manifest with size, checksum and source of every file', async () => {
    await chains('dlt-node-alpha', 'dlt-node-beta');
    const result = await machine.backup();
    expect(result).toMatchObject({ status: 0, err: '' });
    const manifest = machine.manifest(folder());
    const content = `blocks of ${alpha}/snapshot`;
    expect(manifest).toMatchObject({ version: 1, environment: 'qa', fileCount: 2, absent: [] });
    expect(manifest.name).toMatch(name);
    expect(Date.parse(manifest.created)).toBeGreaterThan(Date.now() - 60_000);
    expect(manifest.files[0]).toEqual({
      path: 'exports/dlt-node-alpha/chain',
      kind: 'export',
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      source: `http://${alpha}/snapshot`,
    });
    const file = join(folder(), manifest.name, 'exports/dlt-node-alpha/chain');
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(machine.names(folder())).toEqual([manifest.name]);
    expect(machine.names(join(folder(), manifest.name))).toEqual(['exports', 'manifest.json']);
    expect(machine.names(join(machine.root, 'staging'))).toEqual([]);
    expect(machine.names(join(machine.root, 'tmp'))).toEqual([]);
  });

  test('publishes nothing when one of several sources fails', async () => {
    await chains('dlt-node-alpha', 'dlt-node-beta');
    const earlier = machine.earlier(30 * 86_400_000);
    const result = await machine.backup({ FAKE_REFUSED: beta });
    expect(result.status).toBe(1);
    expect(result.out).toContain('saved exports/dlt-node-alpha/chain');
    expect(result.err).toContain(`http://${beta}/snapshot does not answer`);
    expect(result.err).toContain('Nothing was published.');
    // Nor does an old backup go away for it.
    expect(machine.names(folder())).toEqual([earlier]);
  });

  test('two runs at the same time both publish, under different names', async () => {
    await chains('dlt-node-alpha');
    const results = await Promise.all([machine.backup(), machine.backup(), machine.backup()]);
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
    const names = machine.names(folder());
    expect(names).toHaveLength(3);
    for (const backup of names) {
      expect(await machine.restore('verify', backup)).toMatchObject({ status: 0 });
    }
  });
});

describe('a name in a folder', () => {
  test('may be held by another run that gives it up before one looks', async () => {
    await chains('dlt-node-alpha');
    const mkdir = join(machine.root, 'bin', 'mkdir');
    writeFileSync(
      mkdir,
      [
        '#!/bin/sh',
        'case $1 in */.staging-*)',
        '  if [ ! -e "$HOME/held" ]; then',
        '    touch "$HOME/held"',
        '    echo "mkdir: cannot create directory: File exists" >&2',
        '    exit 1',
        '  fi ;;',
        'esac',
        'exec /bin/mkdir "$@"',
        '',
      ].join('\n'),
    );
    chmodSync(mkdir, 0o755);
    expect(await machine.backup()).toMatchObject({ status: 0 });
    expect(existsSync(join(machine.root, 'held'))).toBe(true);
    expect(machine.names(machine.target)).toHaveLength(1);
  });
});

describe('checks after writing to S3', () => {
  beforeEach(async () => {
    machine.useS3();
    await chains('dlt-node-alpha');
  });

  test.each([
    [
      'a file that reads back differently',
      { FAKE_AWS_CORRUPTS: 'chain$' },
      'reads back differently',
    ],
    ['a manifest that reads back differently', { FAKE_AWS_CORRUPTS: 'manifest' }, 'the manifest'],
    [
      'a file of another size',
      { FAKE_AWS_TRUNCATES: 'chain$', VERIFY: 'size' },
      'other files or sizes',
    ],
    ['a refused upload', { FAKE_AWS_FAILS: 'cp .*chain$' }, 'could not be written'],
    ['a refused upload of the manifest', { FAKE_AWS_FAILS: 'cp .*manifest' }, 'manifest could not'],
    ['a refused claim', { FAKE_AWS_FAILS: 'cp .*claim' }, 'cannot write to the target'],
  ])('find %s', async (_title, env, message) => {
    const result = await machine.backup(env);
    expect(result.status).toBe(1);
    expect(result.err).toContain(message);
    expect(result.err).toContain('Nothing was published.');
    expect(
      machine
        .names(machine.bucket)
        .flatMap((backup) => machine.names(join(machine.bucket, backup))),
    ).toEqual([]);
  });

  test('find no fault with sizes alone when VERIFY says so', async () => {
    expect(await machine.backup({ VERIFY: 'size' })).toMatchObject({ status: 0 });
    expect(machine.calls()).not.toMatch(/chain -$/mu);
  });

  test('only warn when a token may not delete', async () => {
    const result = await machine.backup({ FAKE_AWS_FAILS: '^s3 rm' });
    expect(result.status).toBe(0);
    expect(result.err).toContain('could not remove the marker');
  });

  test('use the credentials of the Secret as a file', async () => {
    machine.write('credentials/aws-credentials', '[default]\naws_secret_access_key = sesame\n');
    expect(await machine.backup()).toMatchObject({ status: 0 });
    const file = join(machine.root, 'credentials/aws-credentials');
    expect(machine.calls()).toContain(`AWS_SHARED_CREDENTIALS_FILE=${file}\n`);
    expect(machine.calls()).not.toContain('sesame');
  });
});

describe('nothing yet', () => {
  test('without any source', async () => {
    const result = await machine.backup();
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toContain('Nothing to back up yet');
    expectNothingPublished();
  });

  test('before the first rollout has made a Service', async () => {
    machine.sources(chain, vault, postgres);
    machine.env['NAMESPACES'] = 'dlt-node-alpha dlt-node-beta';
    machine.earlier(30 * 86_400_000);
    const result = await machine.backup();
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toContain(`nothing yet: ${alpha} does not exist`);
    expect(result.out).toContain('Nothing to back up yet');
    expect(machine.names()).toHaveLength(1);
  });

  test('of one new node does not keep the others from being backed up', async () => {
    await chains('dlt-node-alpha');
    machine.env['NAMESPACES'] = 'dlt-node-alpha dlt-node-beta';
    expect(await machine.backup()).toMatchObject({ status: 0 });
    expect(machine.manifest().absent).toEqual([
      { missing: 'exports/dlt-node-beta/chain', reason: `nothing yet: ${beta} does not exist` },
    ]);
  });

  test('of a node that answers without content', async () => {
    await chains();
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    machine.hosts(alpha);
    await machine.serve((_request, response) => response.writeHead(204).end());
    expect(await machine.backup()).toMatchObject({ status: 0 });
    expectNothingPublished();
  });

  test('is a failure while DNS itself does not work', async () => {
    await chains('dlt-node-alpha');
    const result = await machine.backup({ FAKE_HOSTS: '' });
    expect(result.status).toBe(1);
    expect(result.err).toContain(`DNS does not work: neither ${alpha} nor kubernetes.default.svc`);
    expectNothingPublished();
  });

  test('is a failure for a host outside the cluster', async () => {
    machine.sources(['database', 'other', 'db.example.com', '5432', 'dlt', 'dlt', '']);
    const result = await machine.backup();
    expect(result).toMatchObject({ status: 1 });
    expect(result.err).toContain('db.example.com does not resolve');
  });
});

describe('an export fails', () => {
  beforeEach(() => chains());
  beforeEach(() => {
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    machine.hosts(alpha);
  });

  test.each([404, 500, 503, 302])('with status %i', async (status) => {
    await machine.serve((_request, response) =>
      response.writeHead(status, { Location: 'http://elsewhere.example.com/' }).end('secret body'),
    );
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain(`answers with status ${status}`);
    expect(result.err + result.out).not.toContain('secret body');
    expectNothingPublished();
  });

  test('when it is empty', async () => {
    await machine.serve((_request, response) => response.end());
    expect((await machine.backup()).err).toContain('exports/dlt-node-alpha/chain is empty');
    expectNothingPublished();
  });

  test('when it ends too early', async () => {
    await machine.serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('half', () => response.destroy());
    });
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain('does not answer in full');
    expectNothingPublished();
  });

  test('but not the backup of the others, once the node is left out', async () => {
    const env = {
      FAKE_REFUSED: alpha,
      NAMESPACES: 'dlt-node-alpha dlt-node-beta',
      SKIP: 'dlt-node-alpha',
    };
    machine.hosts(alpha, beta);
    expect(await machine.backup(env)).toMatchObject({ status: 0 });
    expect(machine.manifest().absent).toEqual([
      { missing: 'exports/dlt-node-alpha/chain', reason: 'left out by SKIP' },
    ]);
    expect(machine.manifest().files).toHaveLength(1);
  });
});

describe('Vault', () => {
  let health = 200;
  let snapshot: Buffer;
  beforeEach(async () => {
    health = 200;
    snapshot = raftSnapshot();
    machine.sources(vault);
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    machine.hosts(vaultAlpha);
    machine.write('credentials/vault-token', 'hvs.general\n');
    await machine.serve((request, response) => {
      const allowed = ['hvs.general', 'hvs.alpha'].includes(
        String(request.headers['x-vault-token']),
      );
      if (request.url === '/v1/sys/health') response.writeHead(health).end('{}');
      else if (request.url === '/active') response.end(snapshot);
      else if (!allowed) response.writeHead(403).end();
      else response.writeHead(health === 429 ? 307 : 200, { Location: '/active' }).end(snapshot);
    });
  });

  test.each([200, 429, 473])('gives its snapshot with health %i', async (status) => {
    health = status;
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    const manifest = machine.manifest();
    expect(manifest.files).toMatchObject([{ path: 'vault/dlt-node-alpha.snap', kind: 'vault' }]);
    const file = join(machine.target, manifest.name, 'vault/dlt-node-alpha.snap');
    expect(readFileSync(file).equals(snapshot)).toBe(true);
  });

  test('gets its own token when there is one', async () => {
    machine.write('credentials/vault-token', 'hvs.wrong');
    machine.write('credentials/vault-token-dlt-node-alpha', 'hvs.alpha');
    expect(await machine.backup()).toMatchObject({ status: 0 });
  });

  test('not initialised has nothing to back up yet, and needs no token', async () => {
    health = 501;
    const result = await machine.backup({ CREDENTIALS_DIR: '/nonexistent' });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toContain('the Vault of dlt-node-alpha is not initialised');
    expectNothingPublished();
  });

  test('sealed fails, and says so', async () => {
    health = 503;
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain('the Vault of dlt-node-alpha is sealed: unseal it');
    expectNothingPublished();
  });

  test.each([
    ['hvs.wrong', 'refuses the token of the key vault-token'],
    ['', 'the key vault-token of the Secret is empty'],
    ['two\nlines', 'is not one line of text'],
  ])('token %j fails', async (token, message) => {
    machine.write('credentials/vault-token', token);
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain(message);
    if (token !== '') expect(result.err).not.toContain(token);
    expectNothingPublished();
  });

  test('without a token fails', async () => {
    const result = await machine.backup({ CREDENTIALS_DIR: '/nonexistent' });
    expect(result.err).toContain('the Secret has no key vault-token');
    expectNothingPublished();
  });

  test('that breaks off its snapshot fails', async () => {
    snapshot = snapshot.subarray(0, snapshot.length - 40);
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain('the snapshot of the Vault of dlt-node-alpha is incomplete');
    expectNothingPublished();
  });
});

describe('a database', () => {
  beforeEach(() => {
    machine.sources(postgres);
    machine.hosts(database);
    machine.write('credentials/postgres-password', 'pa:ss\\word\n');
    machine.env['FAKE_PG_PASSWORD'] = 'pa\\:ss\\\\word';
  });

  test('is dumped with the password of the Secret', async () => {
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    const manifest = machine.manifest();
    expect(manifest.files).toMatchObject([
      { path: 'databases/shared.dump', source: `postgresql://${database}:5432/dlt` },
    ]);
    const file = join(machine.target, manifest.name, 'databases/shared.dump');
    expect(readFileSync(file, 'utf8')).toBe(`PGDMP ${database} 5432 dlt dlt`);
  });

  test.each([
    ['a wrong password', { FAKE_PG_PASSWORD: 'other' }, 'could not be dumped'],
    ['a broken dump', { FAKE_PG_BROKEN: 'yes' }, 'cannot be read'],
    ['no password', { CREDENTIALS_DIR: '/nonexistent' }, 'no key postgres-password'],
  ])('with %s fails', async (_title, env, message) => {
    const result = await machine.backup(env);
    expect(result.status).toBe(1);
    expect(result.err).toContain(message);
    expectNothingPublished();
  });
});

describe('secrets', () => {
  test('are neither printed nor in arguments, variables or the target', async () => {
    machine.sources(['export', 'chain', `${chain[2] ?? ''}?token=in-query`], vault, postgres);
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    machine.hosts(alpha, vaultAlpha, database);
    machine.write('credentials/vault-token', 'hvs.sesame');
    machine.write('credentials/postgres-password', 'pg-sesame');
    const snapshot = raftSnapshot();
    await machine.serve((_request, response) => response.end(snapshot));
    const result = await machine.backup({ FAKE_PG_PASSWORD: 'pg-sesame', FAKE_LOG: '' });
    expect(result).toMatchObject({ status: 0 });
    const manifest = JSON.stringify(machine.manifest());
    expect(result.out + result.err + manifest).not.toMatch(/sesame|in-query/u);
    // The fake gets the password it expects in a variable; the other calls must not.
    machine.env['FAKE_PG_PASSWORD'] = 'other';
    expect(await machine.backup()).toMatchObject({ status: 1 });
    expect(machine.calls()).toContain('"tool":"pg_dump"');
    expect(machine.calls()).not.toContain('sesame');
  });
});

describe('volumes', () => {
  test('below /sources are all backed up, empty ones too', async () => {
    machine.write('sources/ledger/block', 'content');
    mkdirSync(join(machine.root, 'sources', 'empty.claim'));
    expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
    expect(machine.manifest().files.map(({ path, kind }) => [path, kind])).toEqual([
      ['volumes/empty.claim.tar.gz', 'volume'],
      ['volumes/ledger.tar.gz', 'volume'],
    ]);
  });

  test('that are no folder or no claim fail', async () => {
    symlinkSync('/etc', join(machine.root, 'sources', 'link'));
    expect((await machine.backup()).err).toContain('volume link is no folder');
    mkdirSync(join(machine.root, 'sources', 'a\nb'));
    expect((await machine.backup()).err).toContain('a name that is no name of a claim');
    expectNothingPublished();
  });

  test('with an unreadable file fail', async () => {
    machine.write('sources/ledger/readable', 'content');
    // What tar does then: an archive of the rest, and status 2. Root could read the file itself.
    const tar = machine.write(
      'bin/tar',
      '#!/bin/sh\nPATH=/usr/bin:/bin tar "$@"\necho "tar: ./locked: Permission denied" >&2\nexit 2\n',
    );
    chmodSync(tar, 0o755);
    const result = await machine.backup();
    expect(result.status).toBe(1);
    expect(result.err).toContain('volume ledger could not be read in full');
    expectNothingPublished();
  });
});

test('what a killed run left in its volumes goes, what a running one has stays', async () => {
  machine.write('sources/ledger/block', 'content');
  const ended = spawnSync('true').pid;
  for (const folder of ['staging', 'tmp'])
    for (const owner of [ended, process.pid])
      machine.write(`${folder}/backup.${owner}.abcdef/file`, 'half a source');
  expect(await machine.backup()).toMatchObject({ status: 0, err: '' });
  for (const folder of ['staging', 'tmp'])
    expect(machine.names(join(machine.root, folder))).toEqual([`backup.${process.pid}.abcdef`]);
});

describe('wrong input', () => {
  test.each([
    ['ENV', ''],
    ['ENV', 'QA'],
    ['ENV', '../qa'],
    ['ENV', 'qa\nprod'],
    ['TARGET', ''],
    ['TARGET', 'gs://bucket'],
    ['TARGET', 's3://'],
    ['TARGET', 's3://bucket/a b'],
    ['RETENTION', '7'],
    ['RETENTION', '7m'],
    ['RETENTION', '-1d'],
    ['RETENTION', '1.5d'],
    ['NAMESPACES', 'a;b'],
    ['NAMESPACES', '../*'],
    ['SKIP', '$(id)'],
    ['VERIFY', 'none'],
  ])('%s=%j is refused', async (variable, value) => {
    machine.write('sources/ledger/block', 'content');
    const result = await machine.backup({ [variable]: value });
    expect(result.status).toBe(2);
    expect(result.err).toContain(`error: ${variable}`);
    expectNothingPublished();
  });

  test.each([
    [['export', 'chain', 'http://user:sesame@host/{namespace}']],
    [['export', '../chain', 'http://host/{namespace}']],
    [['export', 'chain', 'file:///etc/passwd']],
    [['vault', 'http://vault.{namespace}.svc/v1/sys/raw']],
    [['database', 'shared', 'host', 'port', 'dlt', 'dlt']],
    [['database', 'shared', 'host', '5432', 'dlt', 'dlt', '../token']],
    [['files', '/etc']],
  ])('source %j is refused', async (line) => {
    machine.sources(line);
    machine.env['NAMESPACES'] = 'dlt-node-alpha';
    const result = await machine.backup();
    expect(result.status).toBe(2);
    expect(result.err).not.toContain('sesame');
    expectNothingPublished();
  });

  test('a target folder that does not exist is not made', async () => {
    machine.write('sources/ledger/block', 'content');
    const folder = join(machine.root, 'not-mounted');
    expect(await machine.backup({ TARGET: `file://${folder}` })).toMatchObject({ status: 1 });
    expect(existsSync(folder)).toBe(false);
  });

  test('sources without a line end at the end of the file are read', async () => {
    await chains('dlt-node-alpha');
    machine.write('sources.tsv', `# a comment\n\n${chain.join('\t')}`);
    expect(await machine.backup()).toMatchObject({ status: 0 });
    expect(machine.manifest().fileCount).toBe(1);
  });
});
