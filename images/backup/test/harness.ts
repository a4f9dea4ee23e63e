import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const image = join(import.meta.dirname, '..');
const probe = 'kubernetes.default.svc';

export interface Result {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ManifestFile {
  readonly path: string;
  readonly kind: string;
  readonly size: number;
  readonly sha256: string;
  readonly source: string;
}

export interface Manifest {
  readonly version: number;
  readonly name: string;
  readonly environment: string;
  readonly created: string;
  readonly fileCount: number;
  readonly files: readonly ManifestFile[];
  readonly absent: readonly { readonly missing: string; readonly reason: string }[];
}

/** One machine with the image's scripts, fakes of the programs they call, and a folder or bucket as the target. */
export class Machine {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'backup-test-')));
  readonly target = join(this.root, 'target');
  readonly bucket = join(this.root, 's3', 'backups', 'dlt');
  readonly env: Record<string, string>;
  #server: Server | undefined;

  constructor() {
    for (const folder of ['bin', 'target', 'sources', 'credentials', 'staging', 'tmp', 's3'])
      mkdirSync(join(this.root, folder));
    for (const tool of ['curl', 'pg_dump', 'pg_restore']) {
      const fake = join(import.meta.dirname, 'fakes', `${tool}.js`);
      const file = join(this.root, 'bin', tool);
      writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${fake}' "$@"\n`);
      chmodSync(file, 0o755);
    }
    for (const tool of ['aws', 'getent'])
      symlinkSync(join(import.meta.dirname, 'fakes', `${tool}.sh`), join(this.root, 'bin', tool));
    this.env = {
      PATH: `${join(this.root, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: this.root,
      TMPDIR: join(this.root, 'tmp'),
      ENV: 'qa',
      TARGET: `file://${this.target}`,
      RETENTION: '7d',
      NAMESPACES: '',
      SOURCES_FILE: join(this.root, 'sources.tsv'),
      SOURCES_DIR: join(this.root, 'sources'),
      CREDENTIALS_DIR: join(this.root, 'credentials'),
      STAGING_DIR: join(this.root, 'staging'),
      FAKE_HOSTS: probe,
      FAKE_LOG: join(this.root, 'calls'),
      FAKE_S3: join(this.root, 's3'),
    };
  }

  async dispose(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  useS3(): void {
    this.env['TARGET'] = 's3://backups/dlt';
  }

  /** Answers for every host. */
  async serve(listener: RequestListener): Promise<void> {
    const server = createServer(listener);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.env['FAKE_PORT'] = String(address.port);
    this.#server = server;
  }

  hosts(...names: string[]): void {
    this.env['FAKE_HOSTS'] = [probe, ...names].join(' ');
  }

  sources(...lines: string[][]): void {
    this.write('sources.tsv', lines.map((fields) => `${fields.join('\t')}\n`).join(''));
  }

  /** Writes a file below the machine's folder, which has `sources`, `credentials` and `target`. */
  write(path: string, content: string | Buffer): string {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  backup(env: Record<string, string> = {}): Promise<Result> {
    return run(join(image, 'backup.sh'), [], { ...this.env, ...env });
  }

  restore(...args: string[]): Promise<Result> {
    return run(join(image, 'restore.sh'), args, this.env);
  }

  /** Names in the target, hidden ones too. An empty folder of a bucket is none. */
  names(folder = this.target): string[] {
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    if (folder !== this.bucket) return names;
    return names.filter((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).some((entry) =>
        entry.isFile(),
      ),
    );
  }

  /** Manifest of the only backup. */
  manifest(folder = this.target): Manifest {
    const [name, ...others] = this.names(folder);
    if (name === undefined || others.length > 0) throw new Error('expected one backup');
    return JSON.parse(readFileSync(join(folder, name, 'manifest.json'), 'utf8')) as Manifest;
  }

  /** All that programs were called with. */
  calls(): string {
    const log = this.env['FAKE_LOG'] ?? '';
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  /** A backup as an earlier run left it, `age` before now. */
  earlier(age: number, files: Record<string, string> = { 'exports/a/chain': 'old' }): string {
    const name = `${timeName(age)}-qa`;
    this.plant(name, { ...files, 'manifest.json': '{}\n' });
    return name;
  }

  plant(name: string, files: Record<string, string>): void {
    const folder = this.env['TARGET']?.startsWith('s3:') ? this.bucket : this.target;
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

export const hour = 3_600_000;
export const day = 24 * hour;

export function timeName(age: number): string {
  const time = new Date(Date.now() - age).toISOString();
  return time.replace(/\.\d+Z$/u, 'Z').replaceAll(/[-:]/gu, '');
}

function run(script: string, args: string[], env: Record<string, string>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, out, err });
    });
  });
}
