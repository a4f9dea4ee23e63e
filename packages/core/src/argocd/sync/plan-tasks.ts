import { annotationOption, hasAnnotationValue, syncAnnotations } from './annotations.ts';
import { hasHookFinalizer, hookFinalizer, isHook, syncPhasesOf } from './hooks.ts';
import {
  definedKind,
  groupVersionKind,
  isNamespace,
  nameOf,
  namespaceOf,
  resourceKey,
  withMetadata,
  type GroupVersionKind,
  type KubeObject,
} from './kube-object.ts';
import { setPruneWaves } from './prune-waves.ts';
import type { ReconciledResource } from './reconcile.ts';
import type { SyncInput } from './sync-input.ts';
import type { SyncAnswer, SyncSteps } from './sync-request.ts';
import type { SyncRun } from './sync-run.ts';
import type { SyncPhase } from './sync-state.ts';
import { orderTasks } from './task-order.ts';
import { newTask, objectOf, type SyncTask } from './tasks.ts';

/** The tasks of a step in order, and whether all of them may run. */
export interface TaskPlan {
  readonly tasks: readonly SyncTask[];
  readonly valid: boolean;
}

/**
 * Works out the tasks of a step: wanted objects, objects to prune, hooks in their phases, the
 * namespace; checks that the server knows their kinds and that the project permits them.
 * Source: `getSyncTasks` in gitops-engine/pkg/sync/sync_context.go.
 */
export function* planTasks(run: SyncRun): SyncSteps<TaskPlan> {
  const { input } = run;
  const tasks = [...resourceTasks(input), ...hookTasks(input)].map((task) =>
    inNamespace(task, input.namespace),
  );
  tasks.push(...(yield* namespaceTasks(run)));
  for (const task of tasks) {
    if (task.target !== undefined) task.live ??= findLive(task.target, input.resources);
  }
  const valid = yield* checkTasks(run, tasks);
  setPruneWaves(tasks, input.settings.pruneLast);
  const ordered = orderTasks(tasks);
  for (const task of ordered) takeOverResult(run, task);
  return { tasks: ordered, valid };
}

function resourceTasks({ resources, selected }: SyncInput): SyncTask[] {
  return resources.flatMap((resource) => {
    const { target, live } = resource;
    const object = target ?? live;
    if (object === undefined || isHook(object)) return [];
    const chosen = selected?.(resourceKey(live ?? object), resource) ?? true;
    return chosen ? syncPhasesOf(object).map((phase) => newTask(phase, target, live)) : [];
  });
}

function hookTasks({ hooks, settings, ...input }: SyncInput): SyncTask[] {
  if (settings.skipHooks) return [];
  return hooks.flatMap((hook) =>
    syncPhasesOf(hook).map((phase) =>
      newTask(phase, withFinalizer(named(hook, phase, input)), undefined),
    ),
  );
}

/** Gives a hook without a name the one that it has for the whole operation. */
function named(
  hook: KubeObject,
  phase: SyncPhase,
  { revision, startedAtSeconds }: Pick<SyncInput, 'revision' | 'startedAtSeconds'>,
): KubeObject {
  if (nameOf(hook) !== '') return hook;
  const short = revision.length >= 8 ? revision.slice(0, 7) : revision;
  const suffix = `${short}-${phase}-${startedAtSeconds}`.toLowerCase();
  return withMetadata(hook, { name: `${hook.metadata?.generateName ?? ''}${suffix}` });
}

function withFinalizer(hook: KubeObject): KubeObject {
  if (hasHookFinalizer(hook)) return hook;
  return withMetadata(hook, { finalizers: [...(hook.metadata?.finalizers ?? []), hookFinalizer] });
}

/** Objects of the cluster get a namespace here, too; the server ignores it. */
function inNamespace(task: SyncTask, namespace: string): SyncTask {
  const { target } = task;
  if (target === undefined || namespaceOf(target) !== '' || namespace === '') return task;
  return { ...task, target: withMetadata(target, { namespace }) };
}

/** The live object of a wanted one; one of the cluster has no namespace. */
function findLive(
  target: KubeObject,
  resources: readonly ReconciledResource[],
): KubeObject | undefined {
  const wanted = resourceKey(target);
  return resources.find(({ live }) => {
    if (live === undefined) return false;
    const key = resourceKey(live);
    return (
      key.group === wanted.group &&
      key.kind === wanted.kind &&
      key.name === wanted.name &&
      (key.namespace === '' || key.namespace === wanted.namespace)
    );
  })?.live;
}

/** The task that writes the destination's namespace, where none of the manifests does. */
function* namespaceTasks(run: SyncRun): SyncSteps<SyncTask[]> {
  const { createNamespace, namespace, resources } = run.input;
  if (createNamespace === undefined || namespace === '') return [];
  if (resources.some(({ target }) => target !== undefined && isNamespaceNamed(target, namespace))) {
    return [];
  }
  const key = { group: '', kind: 'Namespace', namespace: '', name: namespace };
  const { answers } = yield [{ do: 'get', version: 'v1', key }];
  const [answer] = answers;
  if (answer === undefined) return [];
  if (!answer.ok && answer.notFound !== true) {
    return [failedNamespace(run, `namespace auto creation failed: ${answer.message}`)];
  }
  const live = answer.ok ? answer.object : undefined;
  const wanted = createNamespace(live);
  if (wanted === undefined) return [];
  if ('error' in wanted) {
    return [failedNamespace(run, `namespaceModifier error: ${wanted.error}`)];
  }
  return [newTask('PreSync', wanted.object, live)];
}

function failedNamespace(run: SyncRun, message: string): SyncTask {
  const target = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: run.input.namespace } };
  const task = newTask('PreSync', target, undefined);
  run.record(task, { status: 'SyncFailed', state: 'Error', message });
  return task;
}

/** Whether an object is the namespace of a name. */
export function isNamespaceNamed(object: KubeObject, name: string): boolean {
  return isNamespace(object) && nameOf(object) === name;
}

function* checkTasks(run: SyncRun, tasks: readonly SyncTask[]): SyncSteps<boolean> {
  const kinds = new Map<string, GroupVersionKind>();
  for (const task of tasks) {
    const kind = groupVersionKind(objectOf(task));
    kinds.set(kindId(kind), kind);
  }
  if (kinds.size === 0) return true;
  const { answers } = yield [...kinds.values()].map((kind) => ({
    do: 'discover' as const,
    ...kind,
  }));
  const known = new Map([...kinds.keys()].map((id, index) => [id, answers[index]]));
  const problems = tasks.map((task) => {
    const answer = known.get(kindId(groupVersionKind(objectOf(task))));
    return answer === undefined ? undefined : taskProblem(run.input, task, answer);
  });
  for (const [index, message] of problems.entries()) {
    const task = tasks[index];
    if (task === undefined || message === undefined) continue;
    run.record(task, { status: 'SyncFailed', state: '', message });
  }
  return problems.every((message) => message === undefined);
}

function kindId({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

/** Why a task must not run. A kind that this sync brings along is only left out of the dry run. */
function taskProblem(input: SyncInput, task: SyncTask, answer: SyncAnswer): string | undefined {
  if (answer.ok) return input.forbidden?.(objectOf(task), answer.namespaced ?? true);
  if (answer.notFound !== true || !mayBeMissing(input, task)) return answer.message;
  task.skipDryRun = true;
  return undefined;
}

function mayBeMissing({ settings, hooks, resources }: SyncInput, task: SyncTask): boolean {
  if (settings.skipDryRunOnMissingResource) return true;
  const option = 'SkipDryRunOnMissingResource=true';
  if (task.target && hasAnnotationValue(task.target, syncAnnotations.options, option)) return true;
  const { group, kind } = groupVersionKind(objectOf(task));
  const targets = [...hooks, ...resources.flatMap(({ target }) => (target ? [target] : []))];
  return targets.some((object) => {
    const defined = definedKind(object);
    return defined?.group === group && defined.kind === kind;
  });
}

function takeOverResult(run: SyncRun, task: SyncTask): void {
  const result = run.resultFor(task);
  if (result === undefined) return;
  task.status = result.status;
  task.state = result.hookPhase;
  task.message = result.message;
}

/** Whether deleting an object needs a person's approval. Source: controller/state.go. */
export function needsDeletionConfirmation(
  object: KubeObject,
  applicationOptions: readonly string[],
): boolean {
  return ['Delete', 'Prune'].some((key) => {
    const own = annotationOption(object, syncAnnotations.options, key);
    const fallback = applicationOptions.find((option) => option.startsWith(`${key}=`));
    return (own ?? fallback?.slice(key.length + 1)) === 'confirm';
  });
}
