import {
  argoCdDefinitions,
  argoCdInstallation,
  seededRandom,
  startArgoCd,
  type ArgoCdInstance,
  type ArgoCdTiming,
  type LogEntry,
} from '@tidegate/argocd';
import { nodeManifestSource, type NodeManifestSource } from '@tidegate/argocd/node';
import {
  argocdRepository,
  ConflictError,
  findEnvironment,
  InputError,
  RemoteError,
  type Network,
} from '@tidegate/core';
import { isConflict, KubeError, type JsonObject, type KubeClient } from '@tidegate/kube';
import { httpClient, systemClock, systemRandom, systemTimers } from '@tidegate/kube/node';
import { chooseRenderer, isSystemError, openChosenRenderer } from '@tidegate/node';
import { join, resolve } from 'node:path';
import type { Io } from '../io.ts';
import { cacheFolder, readCredentials, rendererChoice, type RendererOptions } from '../renderer.ts';
import { version } from '../version.ts';
import { openWorkspace } from '../workspace.ts';

export interface LabArgoCdOptions extends RendererOptions {
  /** Kubeconfig of the lab; `kubeconfig` without it. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The GitOps repository: its own branches and tags are what Argo CD sees. */
  readonly repoDir: string;
  /** Only the instances of this environment. */
  readonly env?: string;
  /** Seconds between two looks at a repository; what `argocd-cm` says without it. */
  readonly polling?: number;
  /** Seconds after each wave; what `argocd-cmd-params-cm` says without it. */
  readonly waveDelay?: number;
  /** Milliseconds until a change shows in the live state. */
  readonly cacheLag: number;
  /** Milliseconds until a status is written. */
  readonly statusDelay: number;
  readonly seed?: number;
  readonly verbose?: boolean;
}

/** How long Argo CD keeps lists of branches and tags. */
const usualPollingSeconds = 180;

/**
 * `tidegate lab argocd`: the admin and the non-admin Argo CD of a network over the Kubernetes API of a
 * lab, until it is interrupted. Returns the exit code.
 */
export async function runLabArgoCd(io: Io, options: LabArgoCdOptions): Promise<number> {
  const { network, root } = await openWorkspace(io, { dir: options.repoDir });
  const namespaces = instanceNamespaces(network, options.env);
  const client = openClient(io, options);
  const manifests = await openManifests(io, network, { root, options });
  try {
    await install(client, namespaces);
    const instances = namespaces.map((namespace) =>
      startInstance(io, namespace, { client, manifests, options }),
    );
    io.stderr.write(`Argo CD runs in ${namespaces.join(' and ')}. Stop it with Ctrl-C.\n`);
    await interrupted(io.signal);
    await Promise.all(instances.map((instance) => instance.stop()));
  } finally {
    await manifests.close();
  }
  return 0;
}

function instanceNamespaces(network: Network, name: string | undefined): readonly string[] {
  const environments = name === undefined ? network.environments : [findEnvironment(network, name)];
  const all = environments.flatMap(({ argocd }) => [argocd.namespace, argocd.adminNamespace]);
  return [...new Set(all)];
}

function openClient(io: Io, { kubeconfig, context }: LabArgoCdOptions): KubeClient {
  const path = resolve(io.cwd, kubeconfig ?? io.env['KUBECONFIG'] ?? 'kubeconfig');
  try {
    return httpClient({
      kubeconfigPath: path,
      ...(context === undefined ? {} : { context }),
      userAgent: `tidegate/${version} (lab argocd)`,
    });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new InputError(`cannot use the kubeconfig ${path}: ${cause}`, {
      hint: 'start a lab with "tidegate lab api --kubeconfig FILE" and name its file',
      cause: error,
    });
  }
}

interface Sources {
  readonly root: string;
  readonly options: LabArgoCdOptions;
}

/** The network's repository is the folder, its charts are where the options say. */
async function openManifests(
  io: Io,
  network: Network,
  { root, options }: Sources,
): Promise<NodeManifestSource> {
  const repository = options.chartsUrl ?? network.charts.repository;
  const choosing = rendererChoice(io, options);
  const choice = await chooseRenderer(choosing);
  return nodeManifestSource({
    cacheDir: join(cacheFolder(io, options), 'lab'),
    urls: new Map([
      [network.git.url, root],
      [argocdRepository(network.charts.repository), repository],
    ]),
    chartCredentials: readCredentials(io.env, repository),
    openRenderer: (charts) =>
      openChosenRenderer(choice, {
        ...choosing,
        charts,
        timeoutMs: options.timeout * 1000,
        onFallback: (message) => {
          io.stderr.write(`warning: ${message}\n`);
        },
      }),
    clock: systemClock,
    revisionCacheMs: (options.polling ?? usualPollingSeconds) * 1000,
  });
}

/** Brings what an installation of Argo CD brings, as far as it is not there. */
async function install(client: KubeClient, namespaces: readonly string[]): Promise<void> {
  try {
    for (const namespace of namespaces) await refuseRealArgoCd(client, namespace);
    for (const object of argoCdDefinitions()) await createMissing(client, object);
    for (const namespace of namespaces) {
      for (const object of argoCdInstallation(namespace)) await createWhenServed(client, object);
    }
  } catch (error) {
    if (error instanceof KubeError || isSystemError(error)) throw unreachable(error);
    throw error;
  }
}

function unreachable(error: Error): RemoteError {
  return new RemoteError(`the Kubernetes API cannot be used: ${error.message}`, {
    hint: 'is "tidegate lab api" still running, and is this its kubeconfig?',
    cause: error,
  });
}

/** Two controllers over the same Applications would work against each other. */
async function refuseRealArgoCd(client: KubeClient, namespace: string): Promise<void> {
  const type = { apiVersion: 'apps/v1', plural: 'statefulsets' };
  const { items } = await client.list(type, {
    namespace,
    labelSelector: 'app.kubernetes.io/part-of=argocd',
  });
  if (items.length === 0) return;
  throw new ConflictError(`namespace "${namespace}" of this cluster has a real Argo CD`, {
    hint: 'the lab is for the API that "tidegate lab api" starts',
  });
}

const plurals: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  AppProject: 'appprojects',
};

async function createMissing(client: KubeClient, object: JsonObject): Promise<void> {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  try {
    await client.create({ apiVersion, plural: plurals[kind] ?? '' }, object);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

/** A definition takes a moment to be served. */
async function createWhenServed(client: KubeClient, object: JsonObject): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createMissing(client, object);
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 404 || attempt > 50) throw error;
      await new Promise((done) => void systemTimers.after(100, () => done(undefined)));
    }
  }
}

interface Running {
  readonly client: KubeClient;
  readonly manifests: NodeManifestSource;
  readonly options: LabArgoCdOptions;
}

function startInstance(
  io: Io,
  namespace: string,
  { client, manifests, options }: Running,
): ArgoCdInstance {
  return startArgoCd({
    client,
    manifests,
    namespace,
    clock: systemClock,
    timers: systemTimers,
    random: options.seed === undefined ? systemRandom : seededRandom(options.seed),
    timing: timingOf(options),
    log: (entry) => {
      if (entry.level !== 'debug' || options.verbose === true) io.stderr.write(logLine(entry));
    },
  });
}

function timingOf({
  polling,
  waveDelay,
  cacheLag,
  statusDelay,
}: LabArgoCdOptions): Partial<ArgoCdTiming> {
  return {
    ...(polling === undefined ? {} : pollingTimes(polling * 1000)),
    ...(waveDelay === undefined ? {} : { waveDelayMs: waveDelay * 1000 }),
    cacheLagMs: cacheLag,
    statusDelayMs: statusDelay,
  };
}

function pollingTimes(pollingMs: number): Partial<ArgoCdTiming> {
  return {
    reconciliationMs: pollingMs,
    reconciliationJitterMs: pollingMs / 2,
    applicationSetRequeueMs: pollingMs,
  };
}

function logLine({ level, object, message }: LogEntry): string {
  const time = new Date(systemClock.nowMs()).toISOString().slice(11, 19);
  const word = level === 'info' || level === 'debug' ? '' : `${level}: `;
  return `${time} ${object} ${word}${message}\n`;
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
