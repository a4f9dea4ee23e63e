import { RemoteError } from '@tidegate/core';
import { startApiServer, type StartedServer } from '@tidegate/kube/node';
import { writeAtomically } from '@tidegate/node';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';

export interface LabApiOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** File that gets the kubeconfig of the administrator. */
  readonly kubeconfig: string;
  /** False: everybody is the administrator. */
  readonly auth: boolean;
}

/** How long the lab's kubelet takes to start a pod. */
const podStartMs = 500;

/**
 * `tidegate lab api`: an empty Kubernetes API on this machine, until it is interrupted. Returns the exit
 * code.
 */
export async function runLabApi(io: Io, options: LabApiOptions): Promise<number> {
  const started = await start(options);
  const path = resolve(io.cwd, options.kubeconfig);
  try {
    await writeAtomically(path, started.kubeconfig);
    io.stdout.write(`${started.url}\n`);
    io.stderr.write(`kubectl --kubeconfig ${path} get namespaces\nStop it with Ctrl-C.\n`);
    await interrupted(io.signal);
  } finally {
    await started.close();
  }
  return 0;
}

async function start({ port, auth }: LabApiOptions): Promise<StartedServer> {
  try {
    return await startApiServer({
      port,
      noAuth: !auth,
      controllers: { kubelet: { nodeName: 'node', behaviour: () => ({ startMs: podStartMs }) } },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RemoteError(`cannot listen on 127.0.0.1:${port}: ${error.message}`, {
      hint: 'take another port; --port 0 takes a free one',
      cause: error,
    });
  }
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
