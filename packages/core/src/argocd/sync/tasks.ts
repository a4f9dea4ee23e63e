import {
  containerImagesOf,
  groupVersionKind,
  isDeleting,
  namespaceOf,
  resourceKey,
  type KubeObject,
  type ResourceKey,
} from './kube-object.ts';
import { hookDeletePolicies, isHook, type HookDeletePolicy } from './hooks.ts';
import {
  isCompleted,
  type OperationPhase,
  type ResourceResult,
  type ResultCode,
  type SyncPhase,
} from './sync-state.ts';
import { waveOf } from './waves.ts';

/**
 * One object in one phase of a sync. It lives for one step; what outlasts a step is its result.
 * Source: gitops-engine/pkg/sync/sync_task.go.
 */
export interface SyncTask {
  phase: SyncPhase;
  /** Undefined: the live object is to be pruned. */
  readonly target: KubeObject | undefined;
  live: KubeObject | undefined;
  /** Set where an object's wave follows from others, as with pruning. */
  waveOverride: number | undefined;
  /** Whether the kind comes with this very sync, so that the server does not know it yet. */
  skipDryRun: boolean;
  status: ResultCode | '';
  state: OperationPhase | '';
  message: string;
}

export function newTask(
  phase: SyncPhase,
  target: KubeObject | undefined,
  live: KubeObject | undefined,
): SyncTask {
  return {
    phase,
    target,
    live,
    waveOverride: undefined,
    skipDryRun: false,
    status: '',
    state: '',
    message: '',
  };
}

/** The object that a task is about: what is wanted, else what is there. */
export function objectOf(task: SyncTask): KubeObject {
  const object = task.target ?? task.live;
  if (object === undefined) throw new Error('a task without an object');
  return object;
}

export function taskWave(task: SyncTask): number {
  return task.waveOverride ?? waveOf(objectOf(task));
}

export function isPrune(task: SyncTask): boolean {
  return task.target === undefined;
}

export function isHookTask(task: SyncTask): boolean {
  return isHook(objectOf(task));
}

export function isPending(task: SyncTask): boolean {
  return task.state === '';
}

export function isRunning(task: SyncTask): boolean {
  return task.state === 'Running';
}

export function isTaskCompleted(task: SyncTask): boolean {
  return isCompleted(task.state);
}

export function isPrunedAndStillThere(task: SyncTask): boolean {
  return task.status === 'Pruned' && task.live !== undefined && isDeleting(task.live);
}

export function hasDeletePolicy(task: SyncTask, policy: HookDeletePolicy): boolean {
  return isHookTask(task) && hookDeletePolicies(objectOf(task)).includes(policy);
}

/** Whether an object of an earlier run has to go before the hook is created. */
export function isDeletedBeforeCreation(task: SyncTask): boolean {
  return task.live !== undefined && isPending(task) && hasDeletePolicy(task, 'BeforeHookCreation');
}

/**
 * The key by which a diff knows the object. A target has a namespace even when it is of the cluster,
 * so the live object's is taken where there is one.
 */
export function comparisonKey(task: SyncTask): ResourceKey {
  const key = resourceKey(objectOf(task));
  return task.live === undefined ? key : { ...key, namespace: namespaceOf(task.live) };
}

/** The result of a task as it is now. */
export function resultOf(task: SyncTask): ResourceResult {
  const object = objectOf(task);
  return {
    ...resourceKey(object),
    version: groupVersionKind(object).version,
    status: task.status,
    message: task.message,
    hookType: isHook(object) ? task.phase : '',
    hookPhase: task.state,
    syncPhase: task.phase,
    images: containerImagesOf(object),
  };
}
