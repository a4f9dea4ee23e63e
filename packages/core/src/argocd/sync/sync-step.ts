import { failSync } from './fail-phase.ts';
import { deleteHooks, hookPhaseOf, stopHooks } from './hook-phase.ts';
import { groupVersionKind, nameOf, resourceKey, type KubeObject } from './kube-object.ts';
import { isNamespaceNamed, planTasks } from './plan-tasks.ts';
import { askEach, removeHookFinalizers, runTasks, type RunOutcome } from './run-tasks.ts';
import type { SyncInput } from './sync-input.ts';
import type { SyncSteps } from './sync-request.ts';
import { SyncRun } from './sync-run.ts';
import type { SyncPhase, SyncState } from './sync-state.ts';
import { firstStage, isMultiStage } from './task-order.ts';
import {
  comparisonKey,
  hasDeletePolicy,
  isDeletedBeforeCreation,
  isHookTask,
  isPending,
  isPrune,
  isPrunedAndStillThere,
  isRunning,
  isTaskCompleted,
  objectOf,
  taskWave,
  type SyncTask,
} from './tasks.ts';

/**
 * One step of a sync operation: looks at what is wanted and what is there, does what is next, and
 * says where the operation is then. Call it again, with everything as it is then, while the phase is
 * Running. Source: `Sync` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* syncStep(state: SyncState, input: SyncInput): SyncSteps<SyncState> {
  const run = new SyncRun(input, state);
  const { tasks, valid } = yield* planTasks(run);
  if (!valid) refuseTasks(run);
  else if (run.started || (yield* checkFirst(run, tasks))) yield* advance(run, tasks);
  return run.state;
}

/**
 * Ends an operation at once: hooks that run are stopped and deleted.
 * Source: `Terminate` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* terminateSync(state: SyncState, input: SyncInput): SyncSteps<SyncState> {
  const run = new SyncRun(input, state);
  const { tasks } = yield* planTasks(run);
  const hooks = tasks.filter(isHookTask);
  yield* removeHookFinalizers(
    run,
    hooks.filter(isTaskCompleted),
    'Failed to remove hook finalizer',
  );
  const clean = yield* stopHooks(run, hooks);
  if (clean) run.set('Failed', 'Operation terminated', { kind: 'terminated' });
  else run.set('Error', 'Operation termination had errors', { kind: 'terminated' });
  return run.state;
}

function refuseTasks(run: SyncRun): void {
  const errors = run.failureMessages();
  const message = 'one or more synchronization tasks are not valid';
  run.set('Failed', errors.length > 0 ? `${message}: ${errors.join('; ')}` : message, {
    kind: 'invalidTasks',
    errors,
  });
}

/**
 * Before anything else, once an operation: creates the namespace and checks all manifests. Says
 * whether to go on.
 */
function* checkFirst(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<boolean> {
  const { namespace } = run.input;
  const creation = tasks.find(
    ({ target, live }) => !live && target !== undefined && isNamespaceNamed(target, namespace),
  );
  if (creation !== undefined && (yield* runTasks(run, [creation], false)) === 'failed') {
    const message = 'the namespace failed to apply';
    yield* failSync(run, { hooks: [], failed: [creation], message });
    return false;
  }
  const others = tasks.filter((task) => task !== creation);
  if ((yield* runTasks(run, withoutUnmodified(run, others), true)) !== 'failed') return true;
  run.set('Failed', 'one or more objects failed to apply (dry run)', { kind: 'dryRunFailed' });
  return false;
}

/** With ApplyOutOfSyncOnly, leaves out objects that are as wanted. */
function withoutUnmodified(run: SyncRun, tasks: readonly SyncTask[]): readonly SyncTask[] {
  const { settings, modified } = run.input;
  if (!settings.applyOutOfSyncOnly) return tasks;
  return tasks.filter(
    (task) =>
      isHookTask(task) ||
      task.target === undefined ||
      task.live === undefined ||
      modified?.(comparisonKey(task)) !== false,
  );
}

function* advance(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<void> {
  for (const task of tasks.filter(isRunning)) updateRunning(run, task);
  const severalStages = isMultiStage(tasks);
  const running = tasks.filter((task) => isRunning(task) && (severalStages || isHookTask(task)));
  if (running.length > 0) return yield* keepWaiting(run, running);
  const leaving = tasks.filter(isPrunedAndStillThere);
  if (leaving.length > 0) return run.waitFor(leaving, true);
  const over = tasks.filter((task) => isHookTask(task) && isTaskCompleted(task));
  yield* removeHookFinalizers(run, over, 'Failed to remove hook finalizer');
  const stage = divide(tasks);
  const failed = stage.regular.some((task) => isTaskCompleted(task) && task.state !== 'Succeeded');
  if (!failed) return yield* runNextStage(run, stage);
  const message = 'one or more synchronization tasks completed unsuccessfully';
  yield* deleteHooks(run, stage.deletedOnFailure);
  yield* failSync(run, { hooks: stage.failHooks, failed: syncFailed(stage.regular), message });
}

/** Takes over what the live object of a running task shows. */
function updateRunning(run: SyncRun, task: SyncTask): void {
  const { live, status } = task;
  if (live === undefined) return;
  const health = run.input.health(live);
  if (isHookTask(task)) {
    const now = hookPhaseOf(live, health);
    if ('error' in now) {
      const message = `failed to get resource health: ${now.error}`;
      run.record(task, { status, state: 'Error', message });
    } else run.record(task, { status, state: now.phase, message: now.message });
    return;
  }
  if (health === undefined) {
    run.record(task, { status, state: 'Succeeded', message: task.message });
    return;
  }
  if ('error' in health) return;
  const { message = '' } = health;
  if (health.status === 'Healthy') run.record(task, { status, state: 'Succeeded', message });
  if (health.status === 'Degraded') run.record(task, { status, state: 'Failed', message });
}

/** Waits, unless what it waits for has been deleted: that fails with the next step. */
function* keepWaiting(run: SyncRun, running: readonly SyncTask[]): SyncSteps<void> {
  const missing = running.filter(({ live }) => live === undefined);
  yield* askEach(missing, {
    request: (task) => {
      const { version } = groupVersionKind(objectOf(task));
      return { do: 'get', version, key: resourceKey(objectOf(task)) };
    },
    take: () => undefined,
    fail: (task, answer) => {
      if (answer.notFound === true) return recordMissing(run, task, objectOf(task));
      const message = `Failed to get live resource ${answer.message}`;
      run.record(task, { status: task.status, state: 'Error', message });
    },
    goneIsFailure: true,
  });
  run.waitFor(running, false);
}

function recordMissing(run: SyncRun, task: SyncTask, object: KubeObject): void {
  const { group, kind } = groupVersionKind(object);
  const name = `${group}/${kind}/${nameOf(object)}`;
  run.record(task, {
    status: 'SyncFailed',
    state: 'Error',
    message: `Resource ${name} is missing, it might have been deleted`,
  });
}

/** The tasks of a step, SyncFail hooks apart, and the hooks that are deleted after it. */
interface Stage {
  readonly failHooks: readonly SyncTask[];
  readonly regular: readonly SyncTask[];
  readonly deletedOnSuccess: readonly SyncTask[];
  readonly deletedOnFailure: readonly SyncTask[];
}

function divide(tasks: readonly SyncTask[]): Stage {
  const idle = tasks.filter((task) => isHookTask(task) && task.live && !isRunning(task));
  return {
    failHooks: tasks.filter(({ phase }) => phase === 'SyncFail'),
    regular: tasks.filter(({ phase }) => phase !== 'SyncFail'),
    deletedOnSuccess: idle.filter((task) => hasDeletePolicy(task, 'HookSucceeded')),
    deletedOnFailure: idle.filter((task) => hasDeletePolicy(task, 'HookFailed')),
  };
}

function* runNextStage(run: SyncRun, stage: Stage): SyncSteps<void> {
  const pending = withoutUnmodified(run, stage.regular.filter(isPending));
  const first = firstStage(pending);
  if (first === undefined) {
    yield* deleteHooks(run, stage.deletedOnSuccess);
    const message = 'successfully synced (no more tasks)';
    return run.set('Succeeded', message, { kind: 'succeeded', lastWaveAwaited: true });
  }
  const isNow = (task: SyncTask): boolean =>
    task.phase === first.phase && taskWave(task) === first.wave;
  const now = pending.filter(isNow);
  run.set('Running', 'one or more tasks are running', {
    kind: 'waiting',
    for: 'nextStep',
    resources: now.map((task) => resourceKey(objectOf(task))),
    at: first,
  });
  const outcome = yield* runTasks(run, now, false);
  if (outcome !== 'failed') {
    const called = yield* callAfterWave(run, now, { ...first, final: !isMultiStage(pending) });
    if (!called) return;
  }
  yield* settle(run, { stage, now, outcome, rest: pending.filter((task) => !isNow(task)) });
}

/** Tells the driver that a wave was applied. Says whether to go on. */
function* callAfterWave(
  run: SyncRun,
  now: readonly SyncTask[],
  wave: { readonly phase: SyncPhase; readonly wave: number; readonly final: boolean },
): SyncSteps<boolean> {
  const { answers } = yield [{ do: 'wave', ...wave }];
  const [answer] = answers;
  if (answer === undefined || answer.ok) return true;
  yield* stopHooks(run, now.filter(isHookTask));
  run.set('Error', `SyncWaveHook failed: ${answer.message}`, { kind: 'waveHookFailed' });
  return false;
}

/** A stage that has just run. */
interface RanStage {
  readonly stage: Stage;
  readonly now: readonly SyncTask[];
  readonly outcome: RunOutcome;
  readonly rest: readonly SyncTask[];
}

function* settle(run: SyncRun, { stage, now, outcome, rest }: RanStage): SyncSteps<void> {
  if (outcome === 'failed') return yield* settleFailure(run, stage, now);
  if (outcome === 'pending') {
    const held = now.filter(
      (task) => isDeletedBeforeCreation(task) || (isPrune(task) && isPending(task)),
    );
    return run.waitFor(held, true);
  }
  // The last wave is not waited for, unless hooks are in it.
  if (rest.length > 0 || now.some(isHookTask)) return run.waitFor(now, false);
  yield* deleteHooks(run, stage.deletedOnSuccess);
  const message = 'successfully synced (all tasks run)';
  run.set('Succeeded', message, { kind: 'succeeded', lastWaveAwaited: false });
}

function* settleFailure(
  run: SyncRun,
  { failHooks, deletedOnFailure }: Stage,
  now: readonly SyncTask[],
): SyncSteps<void> {
  const failure = {
    hooks: failHooks,
    failed: syncFailed(now),
    message: 'one or more objects failed to apply',
  };
  const running = now.filter(isRunning);
  if (running.length === 0) {
    if (yield* failSync(run, failure)) yield* deleteHooks(run, deletedOnFailure);
    return;
  }
  const started = failHooks.length > 0 && !(yield* failSync(run, failure));
  run.waitFor(started ? [...running, ...failHooks] : running, false);
}

function syncFailed(tasks: readonly SyncTask[]): SyncTask[] {
  return tasks.filter(({ status }) => status === 'SyncFailed');
}
