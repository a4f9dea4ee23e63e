import {
  administrator,
  createServer,
  inProcessClient,
  startControllers,
  type ApiServer,
  type AuditEntry,
  type ControllerManager,
  type KubeClient,
} from '@tidegate/kube';

/** An embedded Kubernetes API on a virtual clock, with its controllers. */
export interface TestApi {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly controllers: ControllerManager;
  readonly audit: AuditEntry[];
  /** Lets time pass in steps of 100 ms. */
  pass(ms: number): void;
  readonly clock: { nowMs(): number };
  readonly timers: { after(ms: number, run: () => void): () => void };
}

export function testApi(): TestApi {
  let now = Date.parse('2026-01-01T00:00:00Z');
  let state = 1;
  const waiting = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  const audit: AuditEntry[] = [];
  const clock = { nowMs: () => now };
  const timers = {
    after: (ms: number, run: () => void) => {
      const entry = { dueMs: now + ms, run };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
  };
  const server = createServer({
    clock,
    timers,
    random: () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    },
    tokens: new Map([['admin', administrator]]),
    signingKey: 'key',
    audit: (entry) => audit.push(entry),
  });
  const controllers = startControllers(server.context, {});
  controllers.step();
  return {
    server,
    controllers,
    audit,
    clock,
    timers,
    client: inProcessClient(server, { userAgent: 'argocd-application-controller', token: 'admin' }),
    pass: (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        now += 100;
        for (const entry of [...waiting].sort((a, b) => a.dueMs - b.dueMs))
          if (entry.dueMs <= now && waiting.delete(entry)) entry.run();
        controllers.step();
      }
    },
  };
}

/** A definition of a namespaced kind `example.dev/v1` of any schema, with a status subresource. */
export function definition(kind: string, plural: string): { [key: string]: never } {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.dev` },
    spec: {
      group: 'example.dev',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
  return JSON.parse(JSON.stringify(object)) as { [key: string]: never };
}
