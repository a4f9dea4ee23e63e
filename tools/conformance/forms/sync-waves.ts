import {
  annotationOption,
  annotationValues,
} from '../../../packages/core/src/argocd/sync/annotations.ts';
import {
  hookDeletePolicies,
  hookTypes,
  isHook,
  isIgnoredHook,
  isSkipped,
  syncPhasesOf,
} from '../../../packages/core/src/argocd/sync/hooks.ts';
import { nameOf, type KubeObject } from '../../../packages/core/src/argocd/sync/kube-object.ts';
import { setPruneWaves } from '../../../packages/core/src/argocd/sync/prune-waves.ts';
import { applyRequest } from '../../../packages/core/src/argocd/sync/run-tasks.ts';
import { defaultSyncSettings } from '../../../packages/core/src/argocd/sync/sync-input.ts';
import { SyncRun } from '../../../packages/core/src/argocd/sync/sync-run.ts';
import { newSyncState, type SyncPhase } from '../../../packages/core/src/argocd/sync/sync-state.ts';
import { orderTasks } from '../../../packages/core/src/argocd/sync/task-order.ts';
import { newTask, objectOf, taskWave } from '../../../packages/core/src/argocd/sync/tasks.ts';
import { waveOf } from '../../../packages/core/src/argocd/sync/waves.ts';
import { differences } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference, type Verdict } from '../form.ts';
import { flowForms } from './sync-waves-flows.ts';

type Annotations = Readonly<Record<string, string>>;

interface OrderingCase {
  readonly tasks: readonly {
    readonly phase: SyncPhase;
    readonly target?: KubeObject;
    readonly live?: KubeObject;
  }[];
  readonly expectedOrder: readonly number[];
}

function runOrdering({ tasks, expectedOrder }: OrderingCase): Verdict {
  const made = tasks.map(({ phase, target, live }) => newTask(phase, target, live));
  const order = orderTasks(made).map((task) => made.indexOf(task));
  return differences(expectedOrder, order, 'expectedOrder');
}

interface PruneWavesCase {
  readonly pruneLast: boolean;
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly target: boolean;
    readonly live: boolean;
    readonly wave?: number;
    readonly syncOptions?: string;
  }[];
  readonly expectedWave: Readonly<Record<string, number>>;
}

function runPruneWaves({ pruneLast, resources, expectedWave }: PruneWavesCase): Verdict {
  const tasks = resources.map(({ kind, name, target, live, wave, syncOptions }) => {
    const annotations = {
      ...(wave === undefined ? {} : { 'argocd.argoproj.io/sync-wave': String(wave) }),
      ...(syncOptions === undefined ? {} : { 'argocd.argoproj.io/sync-options': syncOptions }),
    };
    const object = { apiVersion: 'v1', kind, metadata: { name, annotations } };
    return newTask('Sync', target ? object : undefined, live ? object : undefined);
  });
  setPruneWaves(tasks, pruneLast);
  const waves = tasks.map((task) => [nameOf(objectOf(task)), taskWave(task)] as const);
  return differences(expectedWave, Object.fromEntries(waves), 'expectedWave');
}

function annotated(annotations: Annotations): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', annotations } };
}

interface HookTypesCase {
  readonly annotations: Annotations;
  readonly isHook: boolean;
  readonly skip: boolean;
  readonly types: readonly string[];
  readonly phases: readonly string[];
  readonly ignored: boolean;
}

function runHookTypes(one: HookTypesCase): Verdict {
  const { annotations, ...expected } = one;
  const object = annotated(annotations);
  const got = {
    ...expected,
    isHook: isHook(object),
    skip: isSkipped(object),
    types: hookTypes(object),
    phases: syncPhasesOf(object),
    ignored: isIgnoredHook(object),
  };
  return differences(expected, got);
}

interface MessageCase {
  readonly tasks: readonly {
    readonly kind: string;
    readonly group: string;
    readonly name: string;
    readonly hook: boolean;
    readonly prune?: boolean;
    readonly syncOptions?: string;
  }[];
  readonly pendingDeletion: boolean;
  readonly pruneConfirmed?: boolean;
  readonly defaultPruneOption?: string | null;
  readonly expectedMessage: string;
}

function runMessage(one: MessageCase): Verdict {
  const { pruneConfirmed = false, defaultPruneOption } = one;
  const settings = {
    ...defaultSyncSettings,
    pruneConfirmed,
    pruneOption: defaultPruneOption ?? undefined,
  };
  const input = { revision: '', startedAtSeconds: 0, namespace: '', resources: [], hooks: [] };
  const run = new SyncRun({ ...input, settings, health: () => undefined }, newSyncState);
  const tasks = one.tasks.map(({ kind, group, name, hook, prune, syncOptions }) => {
    const annotations = {
      ...(hook ? { 'argocd.argoproj.io/hook': 'Sync' } : {}),
      ...(syncOptions === undefined ? {} : { 'argocd.argoproj.io/sync-options': syncOptions }),
    };
    const object = {
      apiVersion: group === '' ? 'v1' : `${group}/v1`,
      kind,
      metadata: { name, annotations },
    };
    return prune === true ? newTask('Sync', undefined, object) : newTask('Sync', object, undefined);
  });
  run.waitFor(tasks, one.pendingDeletion);
  return differences(one.expectedMessage, run.state.message, 'expectedMessage');
}

interface ApplyCommandCase {
  readonly target: string;
  readonly live: string | null;
  readonly expectedCommand?: string;
  readonly expectedForce?: boolean;
  readonly expectedServerSide?: boolean;
  readonly expectedValidate?: boolean;
}

function runApplyCommand(one: ApplyCommandCase): Verdict {
  const object = (options: string): KubeObject =>
    annotated({ 'argocd.argoproj.io/sync-options': options });
  const live = one.live === null ? undefined : object(one.live);
  const task = newTask('Sync', object(one.target), live);
  const request = applyRequest(task, defaultSyncSettings, false);
  const check = (name: keyof ApplyCommandCase, got: unknown): readonly Difference[] =>
    name in one ? differences(one[name], got, name) : [];
  return [
    ...check('expectedCommand', request.command),
    ...check('expectedForce', request.force),
    ...check('expectedServerSide', request.serverSide !== undefined),
    ...check('expectedValidate', request.validate),
  ];
}

export const forms: readonly ConformanceForm[] = [
  defineForm<OrderingCase>({
    name: 'order of sync tasks',
    key: 'ordering',
    fields: ['tasks', 'expectedOrder'],
    run: runOrdering,
  }),
  defineForm<PruneWavesCase>({
    name: 'waves of pruned objects',
    key: 'pruneWaves',
    fields: ['pruneLast', 'resources', 'expectedWave'],
    run: runPruneWaves,
  }),
  defineForm<HookTypesCase>({
    name: 'hook types',
    key: 'hookTypes',
    fields: ['annotations', 'types', 'phases'],
    run: runHookTypes,
  }),
  defineForm<{ annotations: Annotations; policies: readonly string[] }>({
    name: 'hook delete policies',
    key: 'deletePolicies',
    fields: ['annotations', 'policies'],
    run: ({ annotations, policies }) =>
      differences(policies, hookDeletePolicies(annotated(annotations)), 'policies'),
  }),
  defineForm<{ annotations: Annotations; wave: number }>({
    name: 'wave annotation',
    key: 'waveAnnotation',
    fields: ['annotations', 'wave'],
    run: ({ annotations, wave }) => differences(wave, waveOf(annotated(annotations)), 'wave'),
  }),
  defineForm<{ value: string; list: readonly string[] }>({
    name: 'list in an annotation',
    key: 'annotationCSV',
    fields: ['value', 'list'],
    run: ({ value, list }) =>
      differences(list, annotationValues(annotated({ a: value }), 'a'), 'list'),
  }),
  defineForm<{ value: string; option: string; expected: string | null }>({
    name: 'option in an annotation',
    key: 'annotationOption',
    fields: ['value', 'option', 'expected'],
    run: ({ value, option, expected }) =>
      differences(
        expected,
        annotationOption(annotated({ a: value }), 'a', option) ?? null,
        'expected',
      ),
  }),
  defineForm<MessageCase>({
    name: 'message of a waiting operation',
    key: 'runningMessages',
    fields: ['tasks', 'pendingDeletion', 'expectedMessage'],
    run: runMessage,
  }),
  defineForm<ApplyCommandCase>({
    name: 'how an object is written',
    key: 'applyCommand',
    fields: ['target', 'live'],
    run: runApplyCommand,
  }),
  ...flowForms,
];
