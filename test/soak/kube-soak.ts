import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createInformer,
  inProcessClient,
  type JsonObject,
  type KubeClient,
  type PodBehaviour,
} from '@tidegate/kube';
import { startApiServer, systemTimers } from '@tidegate/kube/node';

/** A random writer with as many objects as it may have. */
export interface SoakOptions {
  readonly writes: number;
  /** Objects that are there at most. */
  readonly objects: number;
  /** A measure after each of these many writes. */
  readonly every: number;
  /** Forgets history before each measure: so a short soak does not have to fill it first. */
  readonly compact?: boolean;
  readonly random: () => number;
  /** Hears of each measure. */
  readonly onMeasure?: (measure: Measure) => void;
}

export interface Measure {
  readonly writes: number;
  /** Bytes on the heap after the garbage was collected, where that can be asked for. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly elapsedMs: number;
}

export interface SoakResult {
  readonly measures: readonly Measure[];
  /** What is wrong; empty when the soak is passed. */
  readonly faults: readonly string[];
}

const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const jobs = { apiVersion: 'batch/v1', plural: 'jobs' };
const namespaces = { apiVersion: 'v1', plural: 'namespaces' };
const namespace = 'soak';

/** Growth of the heap, from the first half to the second, that is more than noise. */
const allowedGrowth = 1.15;
const noiseBytes = 6 * 1024 * 1024;

/**
 * Writes to an embedded server without end: creates, updates, patches, applies and deletes of ConfigMaps, and Jobs
 * that run and go, with controllers, a kubelet, an informer and short watches beside. Memory must stay flat, and the
 * informer must have what the server has.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const behaviour = (): PodBehaviour => ({ startMs: 1, exitAfterMs: 1 });
  const api = await startApiServer({ controllers: { kubelet: { nodeName: 'node', behaviour } } });
  const client = inProcessClient(api.server, { userAgent: 'soak/1', token: api.token });
  const faults: string[] = [];
  const abort = new AbortController();
  const informer = createInformer({
    client,
    type: configMaps,
    select: { namespace },
    timers: systemTimers,
    random: options.random,
    onError: (error) => faults.push(`the informer failed: ${String(error)}`),
  });
  await client.create(namespaces, { metadata: { name: namespace } });
  const running = informer.run(abort.signal);
  const measures = await writeAll(client, options, () => {
    if (options.compact === true) api.server.compact();
    collectGarbage();
  });
  faults.push(...growthFaults(measures));
  await breathe(200);
  const { items } = await client.list(configMaps, { namespace });
  if (JSON.stringify(versions(items)) !== JSON.stringify(versions(informer.list())))
    faults.push('the informer does not have what the server has');
  abort.abort();
  await running;
  await api.close();
  return { measures, faults };
}

function versions(objects: readonly JsonObject[]): string[] {
  return objects
    .map((object) => object['metadata'] as Record<string, string>)
    .map(({ name = '', resourceVersion = '' }) => `${name}@${resourceVersion}`)
    .sort();
}

function breathe(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Only after a collection the heap says what is in use. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function writeAll(
  client: KubeClient,
  options: SoakOptions,
  prepare: () => void,
): Promise<Measure[]> {
  const measures: Measure[] = [];
  const startedMs = performance.now();
  for (let written = 1; written <= options.writes; written += 1) {
    await write(client, options, written);
    // The controllers, the informer and the garbage collector get their turn as well.
    if (written % 50 === 0) await breathe(0);
    if (written % 500 === 0) await watchShortly(client);
    if (written % options.every !== 0) continue;
    await breathe(50);
    prepare();
    const { heapUsed, rss } = process.memoryUsage();
    const elapsedMs = performance.now() - startedMs;
    const measure = { writes: written, heapBytes: heapUsed, rssBytes: rss, elapsedMs };
    measures.push(measure);
    options.onMeasure?.(measure);
  }
  return measures;
}

async function write(client: KubeClient, options: SoakOptions, written: number): Promise<void> {
  const name = `c${Math.floor(options.random() * options.objects)}`;
  const ref = { namespace, name };
  const data = { written: String(written), text: 'x'.repeat(Math.floor(options.random() * 2000)) };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref }, data };
  const dice = options.random();
  if (dice < 0.1) await quietly(client.delete(configMaps, ref));
  else if (dice < 0.4)
    await client.apply(configMaps, object, { fieldManager: `m${written % 5}`, force: true });
  else if (dice < 0.99) {
    const patch = { data, metadata: { annotations: { [`a${written % 7}`]: String(written) } } };
    const patched = await quietly(client.patch(configMaps, ref, { type: 'merge', patch }));
    if (!patched) await client.create(configMaps, object);
  } else await quietly(client.create(jobs, job(`j${written}`)));
}

function job(name: string): JsonObject {
  const containers = [{ name: 'c', image: 'registry.example/work:1' }];
  const template = { spec: { restartPolicy: 'Never', containers } };
  return { metadata: { name, namespace }, spec: { ttlSecondsAfterFinished: 0, template } };
}

/** Whether a call went through: what is not there, or there already, is part of the game. */
async function quietly(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

async function watchShortly(client: KubeClient): Promise<void> {
  const abort = new AbortController();
  for await (const event of client.watch(
    configMaps,
    { namespace, sendInitialEvents: true, bookmarks: true },
    abort.signal,
  ))
    if (event.type === 'BOOKMARK') abort.abort();
}

/** The heap of the last quarter against that of the second one: by then all that is bounded is full. */
export function growthFaults(measures: readonly Measure[]): string[] {
  const quarter = Math.floor(measures.length / 4);
  if (quarter === 0) return [`only ${measures.length} measures: at least 4 are needed`];
  const least = (part: readonly Measure[]): number =>
    Math.min(...part.map((entry) => entry.heapBytes));
  const before = least(measures.slice(quarter, 2 * quarter));
  const after = least(measures.slice(-quarter));
  if (after <= before * allowedGrowth + noiseBytes) return [];
  const shown = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return [`the heap grew from ${shown(before)} to ${shown(after)}`];
}
