import { ConflictError, InputError, RemoteError } from '@tidegate/core';
import { compactPath } from '@tidegate/kube';
import {
  httpTransport,
  startApiServer,
  StateFileError,
  type StartedServer,
} from '@tidegate/kube/node';
import { isSystemError, writeAtomically } from '@tidegate/node';
import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';
import { version } from '../version.ts';

export interface LabApiOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** File that gets the kubeconfig of the administrator; `kubeconfig` without it. */
  readonly kubeconfig?: string;
  /** False: everybody is the administrator. */
  readonly auth: boolean;
  /** Runs pods, in name only. */
  readonly kubelet?: boolean;
  /** File that keeps the state from one run to the next. */
  readonly state?: string;
}

/** Where the kubeconfig is when nobody says otherwise. */
const usualFile = 'kubeconfig';

/** How long the lab's kubelet takes to start a pod. */
const podStartMs = 500;

/**
 * `tidegate lab api`: an empty Kubernetes API on this machine, until it is interrupted. Its kubeconfig is there as long
 * as it runs. Returns the exit code.
 */
export async function runLabApi(io: Io, options: LabApiOptions): Promise<number> {
  const path = resolve(io.cwd, options.kubeconfig ?? usualFile);
  await refuseForeign(path);
  const started = await start(io, options);
  try {
    await writeKubeconfig(path, started.kubeconfig);
    io.stdout.write(`${started.url}\n`);
    io.stderr.write(`kubectl --kubeconfig ${path} get namespaces\nStop it with Ctrl-C.\n`);
    await interrupted(io.signal);
  } finally {
    await started.close();
    await removeOwn(path, started.kubeconfig);
  }
  return 0;
}

async function start(io: Io, options: LabApiOptions): Promise<StartedServer> {
  const { port, auth, kubelet, state } = options;
  const pods = { kubelet: { nodeName: 'node', behaviour: () => ({ startMs: podStartMs }) } };
  try {
    return await startApiServer({
      port,
      noAuth: !auth,
      ...(kubelet === true ? { controllers: pods } : {}),
      ...(state === undefined ? {} : { state: resolve(io.cwd, state) }),
    });
  } catch (error) {
    if (error instanceof StateFileError) {
      const hint = 'take another file with --state, or none';
      throw new InputError(error.message, { hint, cause: error });
    }
    if (!isSystemError(error)) throw error;
    if (error.syscall !== 'listen') throw unusable(resolve(io.cwd, state ?? ''), error);
    throw new RemoteError(`cannot listen on 127.0.0.1:${port}: ${error.message}`, {
      hint: 'take another port; --port 0 takes a free one',
      cause: error,
    });
  }
}

function unusable(path: string, error: Error): InputError {
  return new InputError(`cannot use ${path}: ${error.message}`, { cause: error });
}

/** The text of a file; undefined when there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    if (isSystemError(error)) throw unusable(path, error);
    throw error;
  }
}

/** Kubeconfigs of labs have this name for all that they name. */
const ownMark = /^current-context: tidegate$/m;

/** A lab overwrites what another lab left behind, and nothing else. */
async function refuseForeign(path: string): Promise<void> {
  const text = await textOf(path);
  if (text === undefined || text.trim() === '' || ownMark.test(text)) return;
  throw new ConflictError(`${path} is there and was not written by a lab`, {
    hint: 'name another file with --kubeconfig',
  });
}

async function writeKubeconfig(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text, 0o600);
  } catch (error) {
    if (isSystemError(error)) throw unusable(path, error);
    throw error;
  }
}

/** Removes the kubeconfig, unless another lab has written its own meanwhile. */
async function removeOwn(path: string, text: string): Promise<void> {
  const found = await textOf(path).catch(() => undefined);
  if (found === text) await rm(path, { force: true });
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener(
      'abort',
      () => {
        done();
      },
      { once: true },
    );
  });
}

export interface LabCompactOptions {
  readonly kubeconfig?: string;
}

const answerMs = 10_000;

/** `tidegate lab api compact`: makes a running lab forget its history, so that older revisions are expired. */
export async function runLabCompact(io: Io, options: LabCompactOptions): Promise<number> {
  const path = await kubeconfigOf(io, options);
  let answer: { readonly status: number; readonly body: string };
  try {
    const transport = httpTransport({
      userAgent: `tidegate/${version}`,
      kubeconfigPath: path,
      timeoutMs: answerMs,
    });
    const headers = { accept: 'application/json' };
    answer = await transport.request({ method: 'POST', path: compactPath, headers, body: '' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteError(`the lab of ${path} does not answer: ${why}`, {
      hint: '`tidegate lab api` must be running',
      cause: error,
    });
  }
  if (answer.status === 200) {
    io.stdout.write(`${messageOf(answer.body)}\n`);
    return 0;
  }
  if (answer.status === 401 || answer.status === 403)
    throw new RemoteError(`${path} is not the lab's administrator's`, {
      hint: 'only the kubeconfig that `tidegate lab api` wrote may compact',
    });
  throw new RemoteError(`what ${path} names is no lab: it answered ${answer.status}`, {
    hint: 'name the kubeconfig that `tidegate lab api` wrote with --kubeconfig',
  });
}

/** The named kubeconfig, else the usual file here, else that of KUBECONFIG. */
async function kubeconfigOf(io: Io, { kubeconfig }: LabCompactOptions): Promise<string> {
  const fromEnvironment = io.env['KUBECONFIG'] ?? '';
  const usual = resolve(io.cwd, usualFile);
  const isUsual = kubeconfig === undefined && (await textOf(usual)) !== undefined;
  const path = isUsual ? usual : resolve(io.cwd, kubeconfig ?? (fromEnvironment || usualFile));
  if ((await textOf(path)) !== undefined) return path;
  throw new InputError(`there is no kubeconfig ${path}`, {
    hint: 'name the one that `tidegate lab api` wrote with --kubeconfig',
  });
}

function messageOf(body: string): string {
  try {
    const status = JSON.parse(body) as { readonly message?: unknown };
    return typeof status.message === 'string' ? status.message : 'compacted';
  } catch {
    return 'compacted';
  }
}
