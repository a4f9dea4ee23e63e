import {
  administrator,
  createServer,
  inProcessClient,
  startControllers,
  type ApiServer,
  type AuditEntry,
  type ControllerOptions,
  type JsonObject,
  type KubeClient,
  type ResourceType,
} from '@tidegate/kube';
import { argoCdDefinitions } from '../crds/index.ts';
import { argoCdInstallation } from '../installation.ts';
import { seededRandom } from '../seeded-random.ts';
import { virtualTime, type VirtualTime } from './virtual-time.ts';

/** An embedded cluster on a virtual clock, with Argo CD's definitions and what an installation brings. */
export interface TestCluster {
  readonly time: VirtualTime;
  readonly server: ApiServer;
  readonly client: KubeClient;
  /** Everything that was written, in order. */
  readonly audit: readonly AuditEntry[];
  /** A client whose calls are told apart in the audit. */
  clientOf(userAgent: string): KubeClient;
  /** Applies objects of any kind, one after the other, as `kubectl apply --server-side` does. */
  apply(...objects: readonly JsonObject[]): Promise<void>;
  /** The resource of a kind that the cluster serves. */
  resource(kind: string): ResourceType;
  /** An object by kind and `namespace/name`, or name; undefined: there is none. */
  find(kind: string, key: string): JsonObject | undefined;
  /** All objects of a kind, by key. */
  all(kind: string): readonly JsonObject[];
}

export interface TestClusterOptions {
  readonly startMs?: number;
  /** Ends when all promises that can go on have done so. */
  readonly rest: () => Promise<void>;
  readonly controllers?: ControllerOptions;
  /** Keys of `argocd-cm` besides those of an installation. */
  readonly settings?: Readonly<Record<string, string>>;
}

const argoCdNamespace = 'argocd';

export async function testCluster(options: TestClusterOptions): Promise<TestCluster> {
  const startMs = options.startMs ?? Date.parse('2026-03-04T08:00:00Z');
  const time = virtualTime({ startMs, rest: options.rest });
  const audit: AuditEntry[] = [];
  const server = createServer({
    ...time,
    random: seededRandom(1),
    tokens: new Map([['admin', administrator]]),
    signingKey: 'key',
    audit: (entry) => audit.push(entry),
  });
  runControllers(server, time, options.controllers);
  const clientOf = (userAgent: string): KubeClient =>
    inProcessClient(server, { userAgent, token: 'admin' });
  const client = clientOf('test');
  const cluster: TestCluster = {
    time,
    server,
    client,
    audit,
    clientOf,
    resource: (kind) => resourceOf(server, kind),
    find: (kind, key) => server.context.store.get(storageOf(server, kind), key),
    all: (kind) => server.context.store.list(storageOf(server, kind)),
    apply: async (...objects) => {
      for (const object of objects) {
        const type = resourceOf(server, object['kind'] as string);
        await client.apply(type, object, { fieldManager: 'test', force: true });
      }
    },
  };
  await cluster.apply(...argoCdDefinitions());
  await time.advance(0);
  await cluster.apply(...argoCdInstallation(argoCdNamespace, options.settings));
  await time.advance(0);
  return cluster;
}

/** Steps the built-in controllers after each write and whenever something is due. */
function runControllers(server: ApiServer, time: VirtualTime, options?: ControllerOptions): void {
  const manager = startControllers(server.context, options);
  let cancel: () => void = () => undefined;
  let planned = false;
  const step = (): void => {
    planned = false;
    cancel();
    const dueMs = manager.step();
    if (dueMs !== undefined) cancel = time.timers.after(dueMs - time.clock.nowMs(), step);
  };
  manager.onWork(() => {
    if (planned) return;
    planned = true;
    time.timers.after(0, step);
  });
  step();
}

function resourceOf(server: ApiServer, kind: string): ResourceType {
  const found = server.context.resources.all().find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`the cluster serves no ${kind}`);
  const { group, version, plural } = found;
  return { apiVersion: group === '' ? version : `${group}/${version}`, plural };
}

function storageOf(server: ApiServer, kind: string): string {
  const { apiVersion, plural } = resourceOf(server, kind);
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return group === '' ? plural : `${plural}.${group}`;
}
