import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { ApiTarget } from './api.ts';
import type { RunResult } from './check.ts';
import { scrubOutput } from './scrub.ts';

/** One run of kubectl. */
export interface KubectlRun {
  /** Its words, with the name of the program first. */
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A working folder in which kubectl runs against one server, with a home of its own. */
export interface KubectlFolder {
  run(run: KubectlRun): Promise<RunResult>;
  remove(): Promise<void>;
}

const longestRunMs = 90_000;

/** Makes an empty working folder. */
export async function kubectlFolder(binary: string, target: ApiTarget): Promise<KubectlFolder> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'conformance-kubectl-')));
  await mkdir(join(folder, '.tmp'));
  await writeFile(join(folder, '.kubeconfig'), kubeconfig(target), { mode: 0o600 });
  return {
    run: async (run) => {
      for (const [name, text] of Object.entries(run.files ?? {})) await put(folder, name, text);
      return start(binary, folder, run);
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function put(folder: string, name: string, text: string): Promise<void> {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith('..')) throw new Error(`${name} is outside of the folder`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function kubeconfig({ url, token }: ApiTarget): string {
  const trust = url.startsWith('https:') ? { 'insecure-skip-tls-verify': true } : {};
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'r',
    clusters: [{ name: 'r', cluster: { server: url, ...trust } }],
    users: [{ name: 'r', user: { token } }],
    contexts: [{ name: 'r', context: { cluster: 'r', user: 'r' } }],
  });
}

function start(binary: string, folder: string, run: KubectlRun): Promise<RunResult> {
  const child = spawn(binary, run.argv.slice(1), {
    cwd: folder,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: join(folder, '.home'),
      KUBECONFIG: join(folder, '.kubeconfig'),
      TMPDIR: join(folder, '.tmp'),
      ...run.env,
    },
    stdio: [run.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(run.stdin);
  const timer = setTimeout(() => child.kill('SIGKILL'), longestRunMs);
  const text = (name: 'stdout' | 'stderr'): string =>
    scrubOutput(Buffer.concat(chunks[name]).toString('utf8'), folder);
  return new Promise((done, fail) => {
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ stdout: text('stdout'), stderr: text('stderr'), exitCode: code ?? -9 });
    });
  });
}
