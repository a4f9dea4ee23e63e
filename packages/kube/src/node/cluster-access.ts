import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
import { dirname, isAbsolute, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';

/** Where the cluster and its credentials are said. */
export interface AccessOptions {
  /** Text of a kubeconfig file. Without it and without a path: `KUBECONFIG`, `~/.kube/config`, or the cluster that this runs in. */
  readonly kubeconfig?: string;
  readonly kubeconfigPath?: string;
  readonly context?: string;
  /**
   * The cluster that this runs in, whatever kubeconfig there is: its address from `KUBERNETES_SERVICE_HOST` and
   * `KUBERNETES_SERVICE_PORT`, its certificate and the token from the files of the pod's service account, which are
   * looked for under `root`, `/` when left out.
   */
  readonly inCluster?: { readonly root?: string };
}

/** A cluster, and how to be let in. */
export interface ClusterAccess {
  readonly server: URL;
  /** Certificates, headers, and the agent of a proxy where there is one. */
  credentials(): Promise<RequestOptions>;
  /** Reads the credentials anew for the next request; answers whether that can help. */
  renew(): boolean;
}

/** Tokens in files are rotated, and plugins hand out new ones: both are asked again after this long. */
const freshMs = 60_000;

/**
 * Reads a kubeconfig, or finds the service account of the pod that this runs in. The library is loaded only here:
 * it is large, and an embedded server needs nothing of it.
 */
export async function openAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  load(config, options);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(noCluster(options));
  // The library refuses plain HTTP unless it is told that nothing is to be verified.
  config.clusters = config.clusters.map((entry) =>
    entry.server.startsWith('http:') ? { ...entry, skipTLSVerify: true } : entry,
  );
  return accessTo(config, new URL(cluster.server), cluster.proxyUrl);
}

function noCluster({ context }: AccessOptions): string {
  return context === undefined
    ? 'the kubeconfig names no cluster: set its current-context, or name a context'
    : `the kubeconfig has no cluster for the context "${context}"`;
}

interface Named {
  readonly name?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly (Named & { readonly context?: { readonly cluster?: string } })[];
  readonly clusters?: readonly Named[];
  readonly users?: readonly (Named & { readonly user?: { readonly tokenFile?: string } })[];
}

/** Checks at once that a given kubeconfig can be read and that its context has a cluster; throws when not. */
export function checkAccess(options: AccessOptions): void {
  const text = textOf(options);
  if (text === undefined) return;
  const config = readKubeconfig(text);
  const wanted = options.context ?? config['current-context'];
  const context = config.contexts?.find((entry) => entry.name === wanted);
  const cluster = config.clusters?.find((entry) => entry.name === context?.context?.cluster);
  if (context === undefined || cluster === undefined) throw new Error(noCluster(options));
}

function textOf({ kubeconfig, kubeconfigPath }: AccessOptions): string | undefined {
  if (kubeconfig !== undefined) return kubeconfig;
  return kubeconfigPath === undefined ? undefined : readFileSync(kubeconfigPath, 'utf8');
}

function readKubeconfig(text: string): Kubeconfig {
  const value: unknown = parse(text);
  if (typeof value === 'object' && value !== null) return value;
  throw new Error('the kubeconfig is no mapping: expected clusters, users and contexts');
}

function load(config: KubeConfig, options: AccessOptions): void {
  if (options.inCluster !== undefined) {
    config.loadFromCluster((options.inCluster.root ?? '').replace(/\/$/, ''));
    return;
  }
  const text = textOf(options);
  if (text === undefined) {
    config.loadFromDefault();
    return;
  }
  const folder = options.kubeconfig === undefined ? dirname(options.kubeconfigPath ?? '') : '.';
  config.loadFromString(text);
  config.makePathsAbsolute(folder);
  addTokenFiles(config, readKubeconfig(text), folder);
}

/** Users whose token is in a file: the library knows that of pods only. */
function addTokenFiles(config: KubeConfig, { users = [] }: Kubeconfig, folder: string): void {
  for (const { name = '', user } of users) {
    const file = user?.tokenFile;
    if (typeof file !== 'string') continue;
    const tokenFile = isAbsolute(file) ? file : join(folder, file);
    config.users = config.users.map((entry) =>
      entry.name === name
        ? { name, authProvider: { name: 'tokenFile', config: { tokenFile } } }
        : entry,
    );
  }
}

function accessTo(config: KubeConfig, server: URL, proxyUrl: string | undefined): ClusterAccess {
  const user = config.getCurrentUser();
  const changes = [user?.exec, user?.authProvider, user?.certFile].some(
    (source) => source !== undefined && source !== null,
  );
  let known: Promise<RequestOptions> | undefined;
  let readAtMs = 0;
  return {
    server,
    credentials: () => {
      const nowMs = performance.now();
      if (known === undefined || (changes && nowMs - readAtMs > freshMs)) {
        readAtMs = nowMs;
        const reading = read(config, proxyUrl);
        known = reading;
        // A failure is not kept: the next request tries again.
        reading.catch(() => {
          if (known === reading) known = undefined;
        });
      }
      return known;
    },
    renew: () => {
      if (!changes) return false;
      known = undefined;
      forgetTokens(config);
      return true;
    },
  };
}

async function read(config: KubeConfig, proxyUrl: string | undefined): Promise<RequestOptions> {
  const found: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(found);
  const headers = (found.headers ?? {}) as Record<string, string>;
  // A file ends with a line break, a header must not.
  if (headers['Authorization'] !== undefined)
    headers['Authorization'] = headers['Authorization'].trim();
  // Connections are kept by an agent of our own, unless they go through a proxy.
  if (proxyUrl === undefined) delete found.agent;
  return { ...found, headers };
}

/** What the library keeps of tokens, so that a refused one is not used again. */
function forgetTokens(config: KubeConfig): void {
  const { authenticators } = config as unknown as {
    readonly authenticators?: readonly { token?: string | null; tokenCache?: object }[];
  };
  for (const entry of authenticators ?? []) {
    if ('token' in entry) entry.token = null;
    if ('tokenCache' in entry) entry.tokenCache = {};
  }
}
