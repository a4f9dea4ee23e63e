import {
  administrator,
  createServer,
  inProcessClient,
  startControllers,
  type ApiServer,
  type AuditEntry,
  type ControllerManager,
  type ControllerOptions,
  type KubeClient,
  type Timers,
} from '../src/index.ts';

/** A clock that only moves when it is told to, with its timers. */
export interface VirtualClock {
  nowMs(): number;
  advance(ms: number): void;
  readonly timers: Timers;
}

export function virtualClock(startMs = Date.parse('2026-01-01T00:00:00Z')): VirtualClock {
  let now = startMs;
  const waiting = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  const runDue = (): void => {
    for (const entry of [...waiting].sort((a, b) => a.dueMs - b.dueMs)) {
      if (entry.dueMs > now || !waiting.delete(entry)) continue;
      entry.run();
    }
  };
  return {
    nowMs: () => now,
    advance: (ms) => {
      now += ms;
      runDue();
    },
    timers: {
      after: (ms, run) => {
        const entry = { dueMs: now + ms, run };
        waiting.add(entry);
        return () => {
          waiting.delete(entry);
        };
      },
    },
  };
}

/** Numbers that look random and come again with the same seed. */
export function seededRandom(seed = 1): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface TestServer {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly clock: VirtualClock;
  readonly controllers: ControllerManager;
  readonly audit: AuditEntry[];
  /** Lets time pass in small steps, with the controllers at work. */
  pass(ms: number, stepMs?: number): void;
}

/** An embedded server on a virtual clock. */
export function testServer(options: ControllerOptions = {}): TestServer {
  const clock = virtualClock();
  const audit: AuditEntry[] = [];
  const server = createServer({
    clock,
    timers: clock.timers,
    random: seededRandom(),
    tokens: new Map([['admin', administrator]]),
    signingKey: 'key',
    audit: (entry) => audit.push(entry),
  });
  const controllers = startControllers(server.context, options);
  controllers.step();
  return {
    server,
    clock,
    controllers,
    audit,
    client: inProcessClient(server, { userAgent: 'test/1', token: 'admin' }),
    pass: (ms, stepMs = 100) => {
      controllers.step();
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(Math.min(stepMs, ms - passed));
        controllers.step();
      }
    },
  };
}

export const types = {
  namespaces: { apiVersion: 'v1', plural: 'namespaces' },
  configMaps: { apiVersion: 'v1', plural: 'configmaps' },
  pods: { apiVersion: 'v1', plural: 'pods' },
  deployments: { apiVersion: 'apps/v1', plural: 'deployments' },
  jobs: { apiVersion: 'batch/v1', plural: 'jobs' },
  roles: { apiVersion: 'rbac.authorization.k8s.io/v1', plural: 'roles' },
  definitions: { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' },
} as const;
