import { groupVersionKind, nameOf, resourceKey, type KubeObject } from './kube-object.ts';
import { deletion, removeHookFinalizers } from './run-tasks.ts';
import type { HealthAnswer } from './sync-input.ts';
import type { SyncSteps } from './sync-request.ts';
import type { SyncRun } from './sync-run.ts';
import { isCompleted, type OperationPhase } from './sync-state.ts';
import { hasDeletePolicy, isHookTask, isRunning, objectOf, type SyncTask } from './tasks.ts';

/** The phase of a hook as its live object shows it. */
export type HookPhase =
  { readonly phase: OperationPhase; readonly message: string } | { readonly error: string };

/**
 * The phase of a hook by its health: without a check it is done at once; Unknown counts as failed,
 * and Missing as done. Source: `getOperationPhase` in gitops-engine/pkg/sync/sync_context.go.
 */
export function hookPhaseOf(live: KubeObject, health: HealthAnswer): HookPhase {
  const created = { phase: 'Succeeded', message: `${nameOf(live)} created` } as const;
  if (health === undefined) return created;
  if ('error' in health) return { error: `failed to get resource health: ${health.error}` };
  const { status, message = '' } = health;
  if (status === 'Unknown' || status === 'Degraded') return { phase: 'Failed', message };
  if (status === 'Progressing' || status === 'Suspended') return { phase: 'Running', message };
  return status === 'Healthy' ? { phase: 'Succeeded', message } : created;
}

/** Deletes hooks whose phase is over. */
export function* deleteHooks(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<void> {
  if (tasks.length === 0) return;
  const { answers } = yield tasks.map((task) => deletion(task, run.input.settings));
  for (const [index, task] of tasks.entries()) {
    const answer = answers[index];
    if (answer === undefined || answer.ok || answer.notFound === true) continue;
    const message = `failed to delete resource: ${answer.message}`;
    run.record(task, { status: task.status, state: 'Error', message });
  }
}

/**
 * Stops hooks that still run: takes their finalizers off and deletes them, unless they have just
 * ended. Says whether all of that went well.
 * Source: `terminateHooksPreemptively` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* stopHooks(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<boolean> {
  let clean = true;
  for (const task of tasks.filter((one) => isHookTask(one) && isRunning(one))) {
    if (!(yield* stopHook(run, task))) clean = false;
  }
  return clean;
}

function* stopHook(run: SyncRun, task: SyncTask): SyncSteps<boolean> {
  const problem = yield* loadLive(task);
  if (problem !== undefined) {
    const message = `Failed to get live resource: ${problem}`;
    run.record(task, { status: task.status, state: 'Error', message });
    return false;
  }
  if (task.live === undefined) {
    run.record(task, { status: task.status, state: 'Succeeded', message: 'Terminated' });
    return true;
  }
  const now = hookPhaseOf(task.live, run.input.health(task.live));
  if ('error' in now) {
    const message = `Failed to get hook health: ${now.error}`;
    run.record(task, { status: task.status, state: 'Error', message });
  }
  if (yield* removeHookFinalizers(run, [task], 'Failed to remove hook finalizer')) return false;
  if (mustDelete(task, now) && !(yield* deleteStopped(run, task))) return false;
  if (!('error' in now) && isCompleted(now.phase)) {
    run.record(task, { status: task.status, state: now.phase, message: now.message });
  } else if (task.state !== 'Error') {
    run.record(task, { status: task.status, state: 'Failed', message: 'Terminated' });
  }
  return true;
}

/** Reads the live object of a task that has just been created. Returns why that failed. */
function* loadLive(task: SyncTask): SyncSteps<string | undefined> {
  if (task.live !== undefined) return undefined;
  const object = objectOf(task);
  const { version } = groupVersionKind(object);
  const { answers } = yield [{ do: 'get', version, key: resourceKey(object) }];
  const [answer] = answers;
  if (answer === undefined || (!answer.ok && answer.notFound === true)) return undefined;
  if (!answer.ok) return answer.message;
  task.live = answer.object;
  return undefined;
}

function mustDelete(task: SyncTask, now: HookPhase): boolean {
  return 'error' in now || now.phase === 'Running' || hasDeletePolicy(task, 'HookFailed');
}

function* deleteStopped(run: SyncRun, task: SyncTask): SyncSteps<boolean> {
  const { answers } = yield [deletion(task, run.input.settings)];
  const [answer] = answers;
  if (answer === undefined || answer.ok || answer.notFound === true) return true;
  const message = `Failed to delete: ${answer.message}`;
  run.record(task, { status: task.status, state: 'Failed', message });
  return false;
}
