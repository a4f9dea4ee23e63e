import { isHook, isIgnoredHook } from './hooks.ts';
import {
  groupVersionKind,
  keyText,
  nameOf,
  namespaceOf,
  resourceKey,
  type KubeObject,
} from './kube-object.ts';

/** An object as it is wanted and as it is. At least one of the two is there. */
export interface ReconciledResource {
  readonly target: KubeObject | undefined;
  readonly live: KubeObject | undefined;
}

/** Wanted and live objects brought together, and the hooks apart from them. */
export interface Reconciliation {
  readonly resources: readonly ReconciledResource[];
  readonly hooks: readonly KubeObject[];
}

/** What is known about the scope of kinds. */
export interface ReconcileOptions {
  /** The destination's namespace, for objects that name none. */
  readonly namespace: string;
  /** Undefined: not known; then the object is looked for in both scopes. */
  readonly isNamespaced: (object: KubeObject) => boolean | undefined;
}

/**
 * Finds the live object of every wanted one; live objects that are left have no target. Hooks are
 * kept apart, and hooks without a phase dropped. Source: gitops-engine/pkg/sync/reconcile.go.
 */
export function reconcile(
  targets: readonly KubeObject[],
  live: readonly KubeObject[],
  options: ReconcileOptions,
): Reconciliation {
  const kept = targets.filter((object) => !isIgnoredHook(object));
  const wanted = kept.filter((object) => !isHook(object));
  const left = new Map(
    withoutTwins(live, wanted).map((object) => [keyText(resourceKey(object)), object]),
  );
  const resources = wanted.map((target): ReconciledResource => {
    const key = liveKeys(target, options).find((candidate) => left.has(candidate));
    if (key === undefined) return { target, live: undefined };
    const found = left.get(key);
    left.delete(key);
    return { target, live: found };
  });
  const extra = [...left.values()].map((object) => ({ target: undefined, live: object }));
  return { resources: [...resources, ...extra], hooks: kept.filter(isHook) };
}

function liveKeys(target: KubeObject, { namespace, isNamespaced }: ReconcileOptions): string[] {
  const { group, kind } = groupVersionKind(target);
  const namespaced = isNamespaced(target);
  const keys = [];
  if (namespaced !== false) {
    const own = namespaceOf(target);
    keys.push({ group, kind, namespace: own === '' ? namespace : own, name: nameOf(target) });
  }
  if (namespaced !== true) keys.push({ group, kind, namespace: '', name: nameOf(target) });
  return keys.map(keyText);
}

/** Of live objects that are the same one in several API groups, keeps those that are wanted, else one. */
function withoutTwins(live: readonly KubeObject[], wanted: readonly KubeObject[]): KubeObject[] {
  const wantedKeys = new Set(wanted.map((object) => keyText(resourceKey(object))));
  const left = new Map<string, number>();
  for (const object of live) {
    const uid = object.metadata?.uid;
    if (uid !== undefined && uid !== '') left.set(uid, (left.get(uid) ?? 0) + 1);
  }
  return live.filter((object) => {
    const uid = object.metadata?.uid ?? '';
    const twins = left.get(uid) ?? 1;
    if (twins === 1 || wantedKeys.has(keyText(resourceKey(object)))) return true;
    left.set(uid, twins - 1);
    return false;
  });
}
