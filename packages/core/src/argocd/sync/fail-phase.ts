import { resourceKey } from './kube-object.ts';
import { runTasks } from './run-tasks.ts';
import type { SyncSteps } from './sync-request.ts';
import type { SyncRun } from './sync-run.ts';
import { isRunning, isTaskCompleted, objectOf, type SyncTask } from './tasks.ts';

/** What failed, and the hooks to run because of it. */
export interface SyncFailure {
  readonly hooks: readonly SyncTask[];
  readonly failed: readonly SyncTask[];
  readonly message: string;
}

/**
 * Ends a failed operation, after its SyncFail hooks have run: starts those that have not, and waits.
 * Says whether the operation has ended.
 * Source: `executeSyncFailPhase` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* failSync(run: SyncRun, failure: SyncFailure): SyncSteps<boolean> {
  const { hooks, failed, message } = failure;
  const text = withReasons(message, failed);
  if (hooks.every(isTaskCompleted)) {
    const bad = hooks.filter(({ status }) => status === 'SyncFailed');
    const more = bad.length > 0 ? `\n${withReasons('one or more SyncFail hooks failed', bad)}` : '';
    run.set('Failed', `${text}${more}`, {
      kind: 'failed',
      resources: [...failed, ...bad].map((task) => resourceKey(objectOf(task))),
    });
    return true;
  }
  const pending = hooks.filter((task) => !isTaskCompleted(task) && !isRunning(task));
  yield* runTasks(run, pending, false);
  run.waitFor(pending, false);
  return false;
}

function withReasons(message: string, tasks: readonly SyncTask[]): string {
  const reasons = [...new Set(tasks.map((task) => task.message))];
  return reasons.length > 0 ? `${message}, reason: ${reasons.join(',')}` : message;
}
