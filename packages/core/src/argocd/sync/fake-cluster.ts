import { hookFinalizer } from './hooks.ts';
import { keyText, resourceKey, withMetadata, type KubeObject } from './kube-object.ts';
import { reconcile } from './reconcile.ts';
import { defaultSyncSettings, type HealthAnswer, type SyncInput } from './sync-input.ts';
import { driveSync, type SyncAnswer, type SyncRequest } from './sync-request.ts';
import type { SyncState } from './sync-state.ts';
import { syncStep, terminateSync } from './sync-step.ts';

/** A cluster in memory for tests: applies at once and keeps a log. */
export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  readonly log: string[] = [];
  /** Messages of writes that fail, by name. */
  readonly refusals = new Map<string, string>();
  /** Kinds that the server does not know. */
  readonly unknownKinds = new Set<string>();

  constructor(objects: readonly KubeObject[] = []) {
    for (const object of objects) this.put(object);
  }

  put(object: KubeObject): void {
    this.objects.set(keyText(resourceKey(object)), object);
  }

  answer(request: SyncRequest): SyncAnswer {
    switch (request.do) {
      case 'apply':
        return this.apply(request.target, request.dryRun);
      case 'delete':
        return this.remove(request.key.name, keyText(request.key));
      case 'get':
        return found(this.objects.get(keyText(request.key)));
      case 'removeFinalizer':
        this.put(withMetadata(request.live, { finalizers: [] }));
        return { ok: true };
      case 'wave':
        this.log.push(`${request.phase} ${request.wave}${request.final ? ' final' : ''}`);
        return { ok: true };
      case 'discover':
        return this.unknownKinds.has(request.kind)
          ? { ok: false, notFound: true, message: 'the server could not find the resource' }
          : { ok: true, namespaced: request.kind !== 'Namespace' };
    }
  }

  private apply(target: KubeObject, dryRun: boolean): SyncAnswer {
    const name = target.metadata?.name ?? '';
    const refusal = this.refusals.get(name);
    if (refusal !== undefined && !dryRun) return { ok: false, message: refusal };
    if (dryRun) return { ok: true };
    this.put(target);
    this.log.push(`apply ${name}`);
    return { ok: true, message: `${name} applied` };
  }

  private remove(name: string, key: string): SyncAnswer {
    if (!this.objects.has(key)) return { ok: false, notFound: true, message: 'not found' };
    this.objects.delete(key);
    this.log.push(`delete ${name}`);
    return { ok: true };
  }
}

function found(object: KubeObject | undefined): SyncAnswer {
  return object === undefined
    ? { ok: false, notFound: true, message: 'not found' }
    : { ok: true, object };
}

/** What a step of a test looks at. */
export interface FakeStep {
  readonly targets: readonly KubeObject[];
  readonly health?: (object: KubeObject) => HealthAnswer;
  readonly settings?: Partial<SyncInput['settings']>;
  readonly more?: Partial<SyncInput>;
}

/** One step over a cluster, whose live objects are taken as they are then. */
export function fakeStep(
  state: SyncState,
  cluster: FakeCluster,
  { targets, health, settings, more }: FakeStep,
  steps = syncStep,
): SyncState {
  // The namespace is nobody's: a comparison does not list it.
  const live = [...cluster.objects.values()].filter(({ kind }) => kind !== 'Namespace');
  const reconciled = reconcile(targets, live, { namespace: 'ns', isNamespaced: () => undefined });
  const input: SyncInput = {
    revision: '0123456789',
    startedAtSeconds: 1000,
    namespace: 'ns',
    ...reconciled,
    settings: { ...defaultSyncSettings, prune: true, ...settings },
    health: health ?? (() => undefined),
    ...more,
  };
  return driveSync(steps(state, input), (request) => cluster.answer(request));
}

/** Ends an operation over a cluster. */
export function fakeTermination(state: SyncState, cluster: FakeCluster, step: FakeStep): SyncState {
  return fakeStep(state, cluster, step, terminateSync);
}

/** An object in the test's namespace. */
export function testObject(
  kind: string,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const entries = Object.entries(annotations).map(
    ([key, value]) => [`argocd.argoproj.io/${key}`, value] as const,
  );
  const metadata = { name, namespace: 'ns', annotations: Object.fromEntries(entries) };
  return { apiVersion: 'v1', kind, metadata };
}

/** A hook as it is after it was applied. */
export function appliedHook(hook: KubeObject): KubeObject {
  return withMetadata(hook, { finalizers: [hookFinalizer] });
}
