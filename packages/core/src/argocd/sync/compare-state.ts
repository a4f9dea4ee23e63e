import { hasAnnotationValue, syncAnnotations } from './annotations.ts';
import { isAnyHook, isIgnoredHook, isSkipped, withoutDeletionHooks } from './hooks.ts';
import {
  groupVersionKind,
  isNamespace,
  keyText,
  nameOf,
  namespaceOf,
  resourceKey,
  withMetadata,
  type KubeObject,
} from './kube-object.ts';
import { needsDeletionConfirmation } from './plan-tasks.ts';
import { reconcile, type ReconciledResource, type Reconciliation } from './reconcile.ts';
import { waveOf } from './waves.ts';

export type SyncStatusCode = 'Synced' | 'OutOfSync' | 'Unknown';

/** One entry of `status.resources`. */
export interface ResourceStatus {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined: the object does not count, as with hooks. */
  readonly status: SyncStatusCode | undefined;
  readonly hook: boolean;
  readonly requiresPruning: boolean;
  readonly requiresDeletionConfirmation: boolean;
  readonly syncWave: number;
}

/** A condition of an Application. */
export interface ApplicationCondition {
  readonly type: string;
  readonly message: string;
}

/** Labels and annotations that an Application wants on the namespace that it creates. */
export interface ManagedNamespaceMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything that a comparison looks at. */
export interface ComparisonInput {
  readonly targets: readonly KubeObject[];
  readonly live: readonly KubeObject[];
  /** Namespace of the destination. */
  readonly namespace: string;
  /** Undefined: not known, which counts as namespaced. */
  readonly isNamespaced: (object: KubeObject) => boolean | undefined;
  /** Whether what is there differs from what is wanted. */
  readonly modified: (target: KubeObject, live: KubeObject) => boolean;
  /** Whether a live object belongs to this Application, not only to a copy of its annotations. */
  readonly isOwn?: (live: KubeObject, target: KubeObject | undefined) => boolean;
  /** Whether the project permits an object's kind. */
  readonly isPermitted?: (object: KubeObject) => boolean;
  /** The Application's sync options. */
  readonly syncOptions?: readonly string[];
  readonly managedNamespace?: {
    readonly wanted: ManagedNamespaceMetadata;
    /** Whether it differs from what the last sync wrote. */
    readonly changed: boolean;
  };
  /** Whether targets or live objects could not be loaded: then nothing is known. */
  readonly incomplete?: boolean;
}

/** What a comparison says. */
export interface ComparisonResult {
  readonly status: SyncStatusCode;
  readonly resources: readonly ResourceStatus[];
  readonly reconciliation: Reconciliation;
  readonly conditions: readonly ApplicationCondition[];
  readonly hasPreDeleteHooks: boolean;
  readonly hasPostDeleteHooks: boolean;
  /** The objects that make it OutOfSync, and why. */
  readonly reasons: readonly OutOfSyncReason[];
}

export interface OutOfSyncReason {
  readonly resource: ResourceStatus;
  readonly why: 'missing' | 'extra' | 'different';
}

/**
 * Compares what is wanted with what is there. Hooks, skipped objects and objects that only carry
 * another's annotations are listed but do not count.
 * Source: `CompareAppState` in controller/state.go.
 */
export function compareState(input: ComparisonInput): ComparisonResult {
  const { targets, conditions } = normalizeTargets(input);
  const wanted = withoutDeletionHooks([...targets, ...managedNamespaces(input, targets)]);
  const reconciliation = reconcile(wanted.manifests, input.live, input);
  const judged = reconciliation.resources.map((resource) => judge(input, reconciliation, resource));
  const reasons = judged.flatMap(({ resource, why, counts }) =>
    why !== undefined && counts ? [{ resource, why }] : [],
  );
  const changed = input.managedNamespace?.changed ?? false;
  const status = reasons.length > 0 || changed ? 'OutOfSync' : 'Synced';
  return {
    status: input.incomplete === true ? 'Unknown' : status,
    resources: judged.map(({ resource }) => resource),
    reconciliation,
    conditions: [...conditions, ...judged.flatMap((one) => one.conditions)],
    hasPreDeleteHooks: wanted.hasPreDeleteHooks,
    hasPostDeleteHooks: wanted.hasPostDeleteHooks,
    reasons,
  };
}

/**
 * Sets the namespaces of targets and keeps the last of each that comes more than once, with a
 * warning. Source: `NormalizeTargetObjects` in controller/state.go.
 */
export function normalizeTargets({
  targets,
  namespace,
  isNamespaced,
}: Pick<ComparisonInput, 'targets' | 'namespace' | 'isNamespaced'>): {
  readonly targets: readonly KubeObject[];
  readonly conditions: readonly ApplicationCondition[];
} {
  const byKey = new Map<string, KubeObject[]>();
  for (const [index, target] of targets.entries()) {
    const own = namespaceOf(target);
    const scoped = isNamespaced(target) ?? true;
    const place = scoped ? own || namespace : '';
    const placed = place === own ? target : withMetadata(target, { namespace: place });
    const key = resourceKey(placed);
    const generated = key.name === '' ? `${placed.metadata?.generateName ?? ''}${index}` : key.name;
    const id = keyText({ ...key, name: generated });
    byKey.set(id, [...(byKey.get(id) ?? []), placed]);
  }
  const conditions = [...byKey].flatMap(([id, same]) =>
    same.length > 1
      ? [
          {
            type: 'RepeatedResourceWarning',
            message: `Resource ${id} appeared ${same.length} times among application resources.`,
          },
        ]
      : [],
  );
  return { targets: [...byKey.values()].flatMap((same) => same.slice(-1)), conditions };
}

/** The namespace that is there and looked after, as a target, where no manifest holds it. */
function managedNamespaces(
  { live, namespace, managedNamespace }: ComparisonInput,
  targets: readonly KubeObject[],
): KubeObject[] {
  const isManaged = (object: KubeObject): boolean =>
    isNamespace(object) && nameOf(object) === namespace;
  if (managedNamespace === undefined || targets.some(isManaged) || !live.some(isManaged)) return [];
  return [managedNamespaceObject(namespace, managedNamespace.wanted)];
}

/** The namespace as a sync with `CreateNamespace=true` writes it. */
export function managedNamespaceObject(
  name: string,
  { labels, annotations }: ManagedNamespaceMetadata,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [syncAnnotations.options]: 'ServerSideApply=true' },
    },
  };
}

interface Judgement {
  readonly resource: ResourceStatus;
  readonly why: OutOfSyncReason['why'] | undefined;
  /** Whether it makes the whole OutOfSync. */
  readonly counts: boolean;
  readonly conditions: readonly ApplicationCondition[];
}

function judge(
  input: ComparisonInput,
  reconciliation: Reconciliation,
  { target, live }: ReconciledResource,
): Judgement {
  const object = live ?? target ?? {};
  const own = live === undefined || (input.isOwn?.(live, target) ?? true);
  const hook = isAnyHook(object);
  const exempt = hook || !own || isLeftOut(object, target);
  const why = exempt ? undefined : differenceOf(input, target, live);
  const resource: ResourceStatus = {
    ...groupVersionKind(object),
    namespace: namespaceOf(object),
    name: nameOf(object),
    status: statusOf(input, object, { exempt, why }),
    hook,
    requiresPruning: target === undefined && own,
    requiresDeletionConfirmation: [target, live].some(
      (one) => one !== undefined && needsDeletionConfirmation(one, input.syncOptions ?? []),
    ),
    syncWave: waveOfResource(reconciliation, target, hook ? live : undefined),
  };
  const counts = why !== 'extra' || !ignoresExtra(object);
  return { resource, why, counts, conditions: namespaceFaults(input, object) };
}

function isLeftOut(object: KubeObject, target: KubeObject | undefined): boolean {
  return isIgnoredHook(object) || (target !== undefined && isSkipped(target));
}

function ignoresExtra(object: KubeObject): boolean {
  return hasAnnotationValue(object, syncAnnotations.compareOptions, 'IgnoreExtraneous');
}

function statusOf(
  { incomplete, isPermitted }: ComparisonInput,
  object: KubeObject,
  { exempt, why }: { readonly exempt: boolean; readonly why: OutOfSyncReason['why'] | undefined },
): SyncStatusCode | undefined {
  const permitted = isPermitted?.(object) ?? true;
  if (incomplete === true || !permitted) return 'Unknown';
  if (exempt) return undefined;
  return why === undefined ? 'Synced' : 'OutOfSync';
}

function differenceOf(
  input: ComparisonInput,
  target: KubeObject | undefined,
  live: KubeObject | undefined,
): OutOfSyncReason['why'] | undefined {
  if (target === undefined) return 'extra';
  if (live !== undefined) return input.modified(target, live) ? 'different' : undefined;
  // A namespace that is looked after and not there is created with the next sync.
  const managed =
    input.managedNamespace !== undefined &&
    target.kind === 'Namespace' &&
    nameOf(target) === input.namespace;
  return managed ? undefined : 'missing';
}

/** The wave of the target; of a hook that is there, that of the hook among the manifests. */
function waveOfResource(
  { hooks }: Reconciliation,
  target: KubeObject | undefined,
  liveHook: KubeObject | undefined,
): number {
  if (target !== undefined) return waveOf(target);
  if (liveHook === undefined) return 0;
  const same = hooks.find(
    (hook) =>
      nameOf(hook) === nameOf(liveHook) &&
      hook.kind === liveHook.kind &&
      namespaceOf(hook) === namespaceOf(liveHook),
  );
  return same === undefined ? 0 : waveOf(same);
}

function namespaceFaults(
  { isNamespaced }: ComparisonInput,
  object: KubeObject,
): ApplicationCondition[] {
  if (isNamespaced(object) !== true || namespaceOf(object) !== '') return [];
  const { group, version, kind } = groupVersionKind(object);
  const type = `${group}/${version}, Kind=${kind}`;
  return [
    { type: 'InvalidSpecError', message: `Namespace for ${nameOf(object)} ${type} is missing.` },
  ];
}
