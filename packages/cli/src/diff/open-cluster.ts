import { InputError, parseYaml, valueAt, type LiveCluster } from '@tidegate/core';
import { httpClient } from '@tidegate/kube/node';
import { exists } from '@tidegate/node';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSet, type Io } from '../io.ts';
import { version } from '../version.ts';
import { kubeLiveCluster } from './live-cluster.ts';

/** Which cluster. */
export interface ClusterOptions {
  /** File; without it KUBECONFIG, the user's own, or the cluster that this runs in. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * Opens the cluster of a kubeconfig. Nothing is asked yet. Throws InputError when there is no kubeconfig,
 * or none that can be used; what it says stays out of the message, for it holds credentials.
 */
export async function openCluster(io: Io, options: ClusterOptions): Promise<LiveCluster> {
  const path = await findKubeconfig(io, options);
  const context =
    path === undefined ? undefined : pickContext(path, await readFile(path, 'utf8'), options);
  const client = httpClient({
    userAgent: `tidegate/${version}`,
    ...(path === undefined ? {} : { kubeconfigPath: path }),
    ...(context === undefined ? {} : { context }),
  });
  return kubeLiveCluster({
    name: context === undefined ? 'this cluster' : `context ${context}`,
    client,
    wait: (ms) => wait(ms, undefined),
  });
}

/** The context to use: the named one, or the current one. */
function pickContext(path: string, text: string, { context }: ClusterOptions): string {
  const config = readYaml(text);
  const wanted = context ?? valueAt(config, ['current-context']);
  const entry = named(config, 'contexts', wanted);
  const cluster = named(config, 'clusters', valueAt(entry, ['context', 'cluster']));
  if (typeof wanted === 'string' && typeof valueAt(cluster, ['cluster', 'server']) === 'string')
    return wanted;
  throw new InputError(
    context === undefined
      ? `${path} is no kubeconfig with a current context that has a cluster`
      : `${path} is no kubeconfig with a context ${JSON.stringify(context)} that has a cluster`,
    { hint: 'kubectl config get-contexts shows what it has' },
  );
}

function named(config: unknown, list: string, name: unknown): unknown {
  const entries = valueAt(config, [list]);
  return Array.isArray(entries)
    ? entries.find((entry) => valueAt(entry, ['name']) === name)
    : undefined;
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text, 'kubeconfig').value;
  } catch {
    return undefined;
  }
}

/** The file to read; undefined for the cluster that this runs in. */
async function findKubeconfig(
  { env, cwd }: Io,
  { kubeconfig }: ClusterOptions,
): Promise<string | undefined> {
  const [named] = [kubeconfig, env['KUBECONFIG']].filter(
    (path) => path !== undefined && path !== '',
  );
  const path = named === undefined ? undefined : resolve(cwd, named);
  if (path !== undefined) {
    if (await exists(path)) return path;
    throw new InputError(`no kubeconfig ${path}; expected a file`);
  }
  const own = join(env['HOME'] ?? '', '.kube', 'config');
  if (await exists(own)) return own;
  if (isSet(env['KUBERNETES_SERVICE_HOST'])) return undefined;
  throw new InputError('there is no kubeconfig to reach the cluster with', {
    hint: 'pass --kubeconfig, or set KUBECONFIG',
  });
}
