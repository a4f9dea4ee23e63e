import { annotationOf, annotationValues, syncAnnotations } from './annotations.ts';
import type { KubeObject } from './kube-object.ts';
import type { SyncPhase } from './sync-state.ts';

/** What a hook annotation may name. `Skip` alone keeps an object out of every sync. */
export type HookType = SyncPhase | 'Skip';

/** When a hook's object is deleted. */
export type HookDeletePolicy = 'HookSucceeded' | 'HookFailed' | 'BeforeHookCreation';

/** Keeps a hook's object until its phase is over. */
export const hookFinalizer = 'argocd.argoproj.io/hook-finalizer';

const helmHook = 'helm.sh/hook';
const helmHookDeletePolicy = 'helm.sh/hook-delete-policy';

const hookTypeNames: Readonly<Record<string, HookType>> = {
  PreSync: 'PreSync',
  Sync: 'Sync',
  PostSync: 'PostSync',
  SyncFail: 'SyncFail',
  Skip: 'Skip',
};

const helmHookTypes: Readonly<Record<string, HookType>> = {
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
  'post-upgrade': 'PostSync',
};

const deletePolicyNames: Readonly<Record<string, HookDeletePolicy>> = {
  HookSucceeded: 'HookSucceeded',
  HookFailed: 'HookFailed',
  BeforeHookCreation: 'BeforeHookCreation',
};

const helmDeletePolicies: Readonly<Record<string, HookDeletePolicy>> = {
  'before-hook-creation': 'BeforeHookCreation',
  'hook-succeeded': 'HookSucceeded',
  'hook-failed': 'HookFailed',
};

/**
 * The hook types that an object names and Argo CD knows, in order. Helm's annotation counts only
 * where Argo CD's names none. Two of Helm's types can stand for the same one, which then comes twice.
 * Source: `Types` in gitops-engine/pkg/sync/hook/hook.go.
 */
export function hookTypes(object: KubeObject): HookType[] {
  const own = known(annotationValues(object, syncAnnotations.hook), hookTypeNames);
  return own.length > 0 ? own : known(annotationValues(object, helmHook), helmHookTypes);
}

/** Whether an object is never applied because `Skip` is all that it names. */
export function isSkipped(object: KubeObject): boolean {
  const types = hookTypes(object);
  return types.length === 1 && types[0] === 'Skip';
}

/**
 * Whether an object is a hook. One whose annotation names nothing that is known is a hook, too, and
 * is never applied. Helm's `crd-install` is none.
 */
export function isHook(object: KubeObject): boolean {
  if (annotationOf(object, syncAnnotations.hook) !== undefined) return !isSkipped(object);
  const helm = annotationOf(object, helmHook);
  return helm !== undefined && helm !== 'crd-install';
}

/** Whether an object is a hook without any phase: it is left out of comparison and sync. */
export function isIgnoredHook(object: KubeObject): boolean {
  return isHook(object) && hookTypes(object).length === 0;
}

/**
 * The phases in which an object is applied, each once.
 * Source: `syncPhases` in gitops-engine/pkg/sync/sync_phase.go.
 */
export function syncPhasesOf(object: KubeObject): SyncPhase[] {
  if (isSkipped(object)) return [];
  if (!isHook(object)) return ['Sync'];
  return [...new Set(hookTypes(object).filter((type) => type !== 'Skip'))];
}

/** When a hook's object is deleted; before the next creation where it says nothing that is known. */
export function hookDeletePolicies(object: KubeObject): HookDeletePolicy[] {
  const policies = [
    ...known(annotationValues(object, syncAnnotations.hookDeletePolicy), deletePolicyNames),
    ...known(annotationValues(object, helmHookDeletePolicy), helmDeletePolicies),
  ];
  return policies.length > 0 ? policies : ['BeforeHookCreation'];
}

export function hasHookFinalizer(object: KubeObject): boolean {
  return object.metadata?.finalizers?.includes(hookFinalizer) ?? false;
}

/** Hooks that run when an Application is deleted. They are no part of a sync. */
export type DeletionHook = 'PreDelete' | 'PostDelete';

const deletionHooks: Readonly<Record<DeletionHook, string>> = {
  PreDelete: 'pre-delete',
  PostDelete: 'post-delete',
};

/** Whether an object runs at deletion. Source: `isHookOfType` in controller/hook.go. */
export function isDeletionHook(object: KubeObject, type: DeletionHook): boolean {
  const lists = (name: string, value: string): boolean =>
    annotationValues(object, name).includes(value);
  return lists(syncAnnotations.hook, type) || lists(helmHook, deletionHooks[type]);
}

/** Whether an object is a hook of any kind: of a sync or of a deletion. */
export function isAnyHook(object: KubeObject): boolean {
  return (
    isHook(object) || isDeletionHook(object, 'PreDelete') || isDeletionHook(object, 'PostDelete')
  );
}

/** The manifests that a sync handles, and whether the others hold hooks of a deletion. */
export interface SyncManifests {
  readonly manifests: readonly KubeObject[];
  readonly hasPreDeleteHooks: boolean;
  readonly hasPostDeleteHooks: boolean;
}

/**
 * Leaves out hooks that run at deletion only.
 * Source: `partitionTargetObjsForSync` in controller/state.go.
 */
export function withoutDeletionHooks(manifests: readonly KubeObject[]): SyncManifests {
  const preDelete = manifests.filter((object) => isDeletionHook(object, 'PreDelete'));
  const others = manifests.filter((object) => !preDelete.includes(object) || runsInSync(object));
  const postDelete = others.filter((object) => isDeletionHook(object, 'PostDelete'));
  return {
    manifests: others.filter((object) => !postDelete.includes(object) || runsInSync(object)),
    hasPreDeleteHooks: preDelete.length > 0,
    hasPostDeleteHooks: postDelete.length > 0,
  };
}

function runsInSync(object: KubeObject): boolean {
  return hookTypes(object).some((type) => type !== 'Skip');
}

function known<T>(names: readonly string[], table: Readonly<Record<string, T>>): T[] {
  return names.flatMap((name) => {
    const value = Object.hasOwn(table, name) ? table[name] : undefined;
    return value === undefined ? [] : [value];
  });
}
