import { needsPruneConfirmation } from './prune-waves.ts';
import { groupVersionKind, keyText, nameOf, resourceKey } from './kube-object.ts';
import type { SyncInput } from './sync-input.ts';
import type {
  OperationPhase,
  ResourceResult,
  ResultCode,
  SyncReason,
  SyncState,
  WaitFor,
} from './sync-state.ts';
import { isHookTask, objectOf, resultOf, taskWave, type SyncTask } from './tasks.ts';

/** One sync step while it runs: what it looks at, and what has come of it so far. */
export class SyncRun {
  readonly input: SyncInput;
  private phase: OperationPhase;
  private message: string;
  private reason: SyncReason;
  private readonly results: Map<string, ResourceResult>;

  constructor(input: SyncInput, state: SyncState) {
    this.input = input;
    this.phase = state.phase;
    this.message = state.message;
    this.reason = state.reason;
    this.results = new Map(state.results.map((result) => [resultId(result), result]));
  }

  /** Whether an earlier step, or this one, has dealt with any object. */
  get started(): boolean {
    return this.results.size > 0;
  }

  get state(): SyncState {
    const { phase, message, reason } = this;
    return { phase, message, reason, results: [...this.results.values()] };
  }

  /** What came of a task in earlier steps. */
  resultFor(task: SyncTask): ResourceResult | undefined {
    return this.results.get(resultId(resultOf(task)));
  }

  /** Distinct messages of everything that failed so far, sorted. */
  failureMessages(): string[] {
    const failed = [...this.results.values()].filter(
      ({ status, message }) => status === 'SyncFailed' && message !== '',
    );
    return [...new Set(failed.map(({ message }) => message))].sort();
  }

  /** Records a task's result. An empty message leaves the last one. */
  record(
    task: SyncTask,
    outcome: {
      readonly status: ResultCode | '';
      readonly state: OperationPhase | '';
      readonly message: string;
    },
  ): void {
    task.status = outcome.status;
    task.state = outcome.state;
    if (outcome.message !== '') task.message = outcome.message;
    const result = resultOf(task);
    const id = resultId(result);
    const existing = this.results.get(id);
    const { status, hookPhase, message } = result;
    this.results.set(
      id,
      existing === undefined ? result : { ...existing, status, hookPhase, message },
    );
  }

  /** Ends the step in a phase. */
  set(phase: OperationPhase, message: string, reason: SyncReason): void {
    this.phase = phase;
    this.message = message;
    this.reason = reason;
  }

  /**
   * Ends the step waiting for tasks. The message names one of them, a hook first.
   * Source: `setRunningPhase` in gitops-engine/pkg/sync/sync_context.go.
   */
  waitFor(tasks: readonly SyncTask[], pendingDeletion: boolean): void {
    const { pruneOption, pruneConfirmed } = this.input.settings;
    const hooks = tasks.filter(isHookTask);
    const unconfirmed = pruneConfirmed
      ? []
      : tasks.filter((task) => needsPruneConfirmation(task, pruneOption));
    const kind = waitKind({
      hooks: hooks.length,
      unconfirmed: unconfirmed.length,
      pendingDeletion,
    });
    const named = unconfirmed.length > 0 ? unconfirmed : [...hooks, ...tasks];
    const [first] = named;
    const others = (unconfirmed.length > 0 ? unconfirmed.length : tasks.length) - 1;
    const message =
      first === undefined
        ? ''
        : waitMessage(first, {
            kind,
            hook: hooks.length > 0,
            others,
            rest: hooks.length === tasks.length ? 'hooks' : 'resources',
          });
    const waiting = unconfirmed.length > 0 ? unconfirmed : tasks;
    this.set('Running', message, {
      kind: 'waiting',
      for: tasks.length === 0 ? 'nextStep' : kind,
      resources: waiting.map((task) => resourceKey(objectOf(task))),
      at: commonStage(waiting),
    });
  }
}

function resultId(result: ResourceResult): string {
  return `${keyText(result)}:${result.syncPhase}`;
}

function waitKind(of: {
  readonly hooks: number;
  readonly unconfirmed: number;
  readonly pendingDeletion: boolean;
}): WaitFor {
  if (of.unconfirmed > 0) return 'pruneConfirmation';
  if (of.pendingDeletion) return 'deletion';
  return of.hooks > 0 ? 'hooks' : 'health';
}

const waitWords: Readonly<Record<WaitFor, string>> = {
  health: 'healthy state of',
  hooks: 'completion of hook',
  deletion: 'deletion of',
  pruneConfirmation: 'pruning confirmation of',
  nextStep: '',
};

function waitMessage(
  first: SyncTask,
  of: {
    readonly kind: WaitFor;
    readonly hook: boolean;
    readonly others: number;
    readonly rest: string;
  },
): string {
  const object = objectOf(first);
  const { group, kind } = groupVersionKind(object);
  const what = of.kind === 'deletion' && of.hook ? 'deletion of hook' : waitWords[of.kind];
  const more = of.others > 0 ? ` and ${of.others} more ${of.rest}` : '';
  return `waiting for ${what} ${group}/${kind}/${nameOf(object)}${more}`;
}

function commonStage(
  tasks: readonly SyncTask[],
): { readonly phase: SyncTask['phase']; readonly wave: number } | undefined {
  const [first] = tasks;
  if (first === undefined) return undefined;
  const stage = { phase: first.phase, wave: taskWave(first) };
  const same = tasks.every((task) => task.phase === stage.phase && taskWave(task) === stage.wave);
  return same ? stage : undefined;
}
