import { hasAnnotationValue, syncAnnotations } from './annotations.ts';
import { hasHookFinalizer, hookFinalizer } from './hooks.ts';
import {
  groupVersionKind,
  isCustomResourceDefinition,
  isDeleting,
  isNamespace,
  resourceKey,
  withMetadata,
  type KubeObject,
} from './kube-object.ts';
import { needsPruneConfirmation, pruneOption } from './prune-waves.ts';
import type { SyncSettings } from './sync-input.ts';
import type {
  ApplyCommand,
  ApplyRequest,
  DeleteRequest,
  ServerSideApply,
  SyncAnswer,
  SyncRequest,
  SyncSteps,
} from './sync-request.ts';
import type { SyncRun } from './sync-run.ts';
import type { OperationPhase, ResultCode } from './sync-state.ts';
import {
  isDeletedBeforeCreation,
  isHookTask,
  isPending,
  isPrune,
  objectOf,
  type SyncTask,
} from './tasks.ts';

/** How running tasks went. `pending`: something has to go first, or a person has to approve. */
export type RunOutcome = 'successful' | 'pending' | 'failed';

/**
 * Runs tasks: takes the finalizers off hooks that are still there, prunes, deletes hooks of earlier
 * runs, then creates, kind by kind. A dry run writes nothing and records failures only.
 * Source: `runTasks` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* runTasks(
  run: SyncRun,
  tasks: readonly SyncTask[],
  onlyCheck: boolean,
): SyncSteps<RunOutcome> {
  const dryRun = onlyCheck || run.input.settings.dryRun;
  if (!dryRun) {
    const there = tasks.filter((task) => isHookTask(task) && isPending(task) && task.live);
    if (yield* removeHookFinalizers(run, there, 'failed to remove hook finalizer')) return 'failed';
  }
  const pruned = yield* prune(run, tasks.filter(isPrune), dryRun);
  if (pruned !== 'successful') return pruned;
  const created = tasks.filter((task) => !isPrune(task));
  const cleared = dryRun ? 'successful' : yield* deleteOldHooks(run, created);
  if (cleared !== 'successful') return cleared;
  let failed = false;
  for (const group of sameKindGroups(created)) {
    if (yield* apply(run, group, dryRun)) failed = true;
  }
  return failed ? 'failed' : 'successful';
}

/**
 * Takes the hook finalizer off live objects. Says whether any of that failed; what failed is
 * recorded as an error of its task.
 */
export function* removeHookFinalizers(
  run: SyncRun,
  tasks: readonly SyncTask[],
  complaint: string,
): SyncSteps<boolean> {
  const held = tasks.filter(({ live }) => live !== undefined && hasHookFinalizer(live));
  const failures = yield* askEach(held, {
    request: (task) => ({
      do: 'removeFinalizer',
      live: task.live ?? {},
      finalizer: hookFinalizer,
    }),
    take: (task, answer) => {
      if (task.live !== undefined) task.live = answer.object ?? withoutFinalizer(task.live);
    },
    fail: (task, answer) => {
      const message = `${complaint}: ${answer.message}`;
      run.record(task, { status: task.status, state: 'Error', message });
    },
  });
  return failures > 0;
}

function withoutFinalizer(object: KubeObject): KubeObject {
  const finalizers = [...(object.metadata?.finalizers ?? [])];
  finalizers.splice(finalizers.indexOf(hookFinalizer), 1);
  return withMetadata(object, { finalizers });
}

/** What to ask for each task, and what to do with the answers. */
export interface Errand {
  readonly request: (task: SyncTask) => SyncRequest;
  readonly take: (task: SyncTask, answer: SyncAnswer & { ok: true }) => void;
  /** An object that is gone is no failure unless it is said to be one. */
  readonly fail: (task: SyncTask, answer: SyncAnswer & { ok: false }) => void;
  readonly goneIsFailure?: boolean;
}

/** Asks for each task in one batch; takes the answers in the order in which they were done. */
export function* askEach(tasks: readonly SyncTask[], errand: Errand): SyncSteps<number> {
  if (tasks.length === 0) return 0;
  const { answers, order } = yield tasks.map(errand.request);
  let failures = 0;
  for (const index of order ?? tasks.keys()) {
    const [task, answer] = [tasks[index], answers[index]];
    if (task === undefined || answer === undefined) continue;
    if (answer.ok) errand.take(task, answer);
    else if (answer.notFound !== true || errand.goneIsFailure === true) {
      failures += 1;
      errand.fail(task, answer);
    }
  }
  return failures;
}

function* prune(run: SyncRun, tasks: readonly SyncTask[], dryRun: boolean): SyncSteps<RunOutcome> {
  const { settings } = run.input;
  const unconfirmed = tasks.some((task) => needsPruneConfirmation(task, settings.pruneOption));
  if (unconfirmed && !settings.pruneConfirmed) return 'pending';
  const outcomes = new Map<SyncTask, PruneOutcome>();
  for (const task of tasks) {
    const outcome = withoutDeleting(task, settings, dryRun);
    if (outcome !== undefined) outcomes.set(task, outcome);
  }
  const doomed = tasks.filter((task) => !outcomes.has(task));
  const failures = yield* askEach(doomed, {
    request: (task) => deletion(task, settings),
    take: (task) => outcomes.set(task, { status: 'Pruned', message: 'pruned' }),
    fail: (task, { message }) => outcomes.set(task, { status: 'SyncFailed', message }),
    goneIsFailure: true,
  });
  if (!dryRun || settings.dryRun) {
    const done = [...outcomes.keys()].filter((task) => doomed.includes(task));
    // Deleted objects stand among the others in the order in which they were done.
    const sequence = tasks.map((task) => (doomed.includes(task) ? done.shift() : task));
    for (const task of sequence) recordPruned(run, task, outcomes);
  }
  return failures > 0 ? 'failed' : 'successful';
}

function recordPruned(
  run: SyncRun,
  task: SyncTask | undefined,
  outcomes: ReadonlyMap<SyncTask, PruneOutcome>,
): void {
  const outcome = task === undefined ? undefined : outcomes.get(task);
  if (task === undefined || outcome === undefined) return;
  const { status, message } = outcome;
  run.record(task, { status, state: stateAfter[status], message });
}

interface PruneOutcome {
  readonly status: ResultCode;
  readonly message: string;
}

/** What comes of pruning an object that is not deleted now. Undefined: it is to be deleted. */
function withoutDeleting(
  task: SyncTask,
  settings: SyncSettings,
  dryRun: boolean,
): PruneOutcome | undefined {
  const skipped = pruneSkipped(task, settings);
  if (skipped !== undefined) return { status: 'PruneSkipped', message: skipped };
  if (dryRun) return { status: 'Pruned', message: 'pruned (dry run)' };
  const leaving = task.live !== undefined && isDeleting(task.live);
  return leaving ? { status: 'Pruned', message: 'pruned' } : undefined;
}

function pruneSkipped(task: SyncTask, settings: SyncSettings): string | undefined {
  if (!settings.prune) return 'ignored (requires pruning)';
  const option = pruneOption(task.live, settings.pruneOption);
  return option === 'false' ? 'ignored (no prune)' : undefined;
}

/** The phase of an object right after it was dealt with. */
const stateAfter: Readonly<Record<ResultCode, OperationPhase>> = {
  Synced: 'Running',
  SyncFailed: 'Failed',
  Pruned: 'Succeeded',
  PruneSkipped: 'Succeeded',
};

/** The request to delete the object of a task. */
export function deletion(task: SyncTask, settings: SyncSettings): DeleteRequest {
  const object = task.live ?? objectOf(task);
  return {
    do: 'delete',
    version: groupVersionKind(object).version,
    key: resourceKey(object),
    propagation: settings.propagation,
  };
}

function* deleteOldHooks(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<RunOutcome> {
  const old = tasks.filter(isDeletedBeforeCreation);
  const before = new Set(old);
  const failures = yield* askEach(old, {
    request: (task) => deletion(task, run.input.settings),
    take: (task) => void before.delete(task),
    fail: (task, { message }) => {
      before.delete(task);
      const text = `failed to delete resource: ${message}`;
      run.record(task, { status: task.status, state: 'Error', message: text });
    },
  });
  // What is left was gone already: it is created at once.
  for (const task of before) task.live = undefined;
  if (failures > 0) return 'failed';
  return before.size < old.length ? 'pending' : 'successful';
}

function sameKindGroups(tasks: readonly SyncTask[]): SyncTask[][] {
  const groups: SyncTask[][] = [];
  for (const task of tasks) {
    const group = groups.at(-1);
    if (group?.[0]?.target?.kind === objectOf(task).kind && group !== undefined) group.push(task);
    else groups.push([task]);
  }
  return groups;
}

function* apply(run: SyncRun, group: readonly SyncTask[], dryRun: boolean): SyncSteps<boolean> {
  const { settings } = run.input;
  const done: OperationPhase = settings.dryRun ? 'Succeeded' : 'Running';
  const failures = yield* askEach(
    group.filter((task) => !(dryRun && task.skipDryRun)),
    {
      request: (task) => applyRequest(task, settings, dryRun),
      take: (task, { message = '' }) => {
        if (dryRun && !settings.dryRun) return;
        run.record(task, { status: 'Synced', state: done, message });
      },
      fail: (task, { message }) => {
        run.record(task, { status: 'SyncFailed', state: 'Failed', message });
      },
      goneIsFailure: true,
    },
  );
  return failures > 0;
}

/** The request that writes the object of a task. */
export function applyRequest(
  task: SyncTask,
  settings: SyncSettings,
  dryRun: boolean,
): ApplyRequest {
  const target = objectOf(task);
  const { live } = task;
  const either = (option: string): boolean =>
    hasAnnotationValue(target, syncAnnotations.options, option) ||
    (live !== undefined && hasAnnotationValue(live, syncAnnotations.options, option));
  return {
    do: 'apply',
    command: applyCommand(target, live, settings.replace),
    target,
    live,
    dryRun,
    validate:
      settings.validate && !hasAnnotationValue(target, syncAnnotations.options, 'Validate=false'),
    force: settings.force || either('Force=true'),
    serverSide: dryRun ? undefined : serverSideApply(target, settings),
  };
}

/**
 * How an object is written: replaced or created where `Replace=true` is set, else applied. What
 * would take others with it, a definition or a namespace, is updated instead of replaced.
 * Source: `applyObject` in gitops-engine/pkg/sync/sync_context.go.
 */
export function applyCommand(
  target: KubeObject,
  live: KubeObject | undefined,
  replaceAll: boolean,
): ApplyCommand {
  const replace =
    replaceAll ||
    [target, live].some(
      (object) =>
        object !== undefined && hasAnnotationValue(object, syncAnnotations.options, 'Replace=true'),
    );
  if (!replace) return 'apply';
  if (live === undefined) return 'create';
  return isCustomResourceDefinition(target) || target.kind === 'Namespace' || isNamespace(target)
    ? 'update'
    : 'replace';
}

function serverSideApply(target: KubeObject, settings: SyncSettings): ServerSideApply | undefined {
  const lists = (option: string): boolean =>
    hasAnnotationValue(target, syncAnnotations.options, option);
  if (lists('ServerSideApply=false')) return undefined;
  if (!settings.serverSideApply && !lists('ServerSideApply=true')) return undefined;
  return { manager: settings.serverSideManager, takeOverFrom: settings.takeOverFrom };
}
