import { isHook } from '../../../packages/core/src/argocd/sync/hooks.ts';
import {
  nameOf,
  resourceKey,
  type KubeObject,
} from '../../../packages/core/src/argocd/sync/kube-object.ts';
import { planTasks } from '../../../packages/core/src/argocd/sync/plan-tasks.ts';
import { reconcile } from '../../../packages/core/src/argocd/sync/reconcile.ts';
import { defaultSyncSettings } from '../../../packages/core/src/argocd/sync/sync-input.ts';
import {
  driveSync,
  type SyncAnswer,
  type SyncRequest,
} from '../../../packages/core/src/argocd/sync/sync-request.ts';
import { SyncRun } from '../../../packages/core/src/argocd/sync/sync-run.ts';
import {
  newSyncState,
  type OperationPhase,
  type ResourceResult,
  type ResultCode,
  type SyncPhase,
  type SyncState,
} from '../../../packages/core/src/argocd/sync/sync-state.ts';
import { syncStep, terminateSync } from '../../../packages/core/src/argocd/sync/sync-step.ts';
import { objectOf } from '../../../packages/core/src/argocd/sync/tasks.ts';
import { differences } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference, type Verdict } from '../form.ts';

type Annotations = Readonly<Record<string, string>>;

/** An object of a flow, in short. */
interface ShortObject {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string;
  readonly namespace?: string;
  readonly wave?: number;
  readonly hook?: string;
  readonly deletePolicy?: string;
  readonly finalizer?: boolean;
  readonly syncOptions?: string;
  readonly deletionTimestamp?: boolean;
}

const fakeNamespace = 'fake-argocd-ns';

function longObject(short: ShortObject): KubeObject {
  const annotations = Object.entries({
    'sync-wave': short.wave === undefined ? undefined : String(short.wave),
    hook: short.hook,
    'hook-delete-policy': short.deletePolicy,
    'sync-options': short.syncOptions,
  }).flatMap(([name, value]) =>
    value === undefined ? [] : [[`argocd.argoproj.io/${name}`, value]],
  );
  return {
    apiVersion: short.apiVersion ?? 'v1',
    kind: short.kind,
    metadata: {
      name: short.name,
      namespace: short.namespace ?? fakeNamespace,
      annotations: Object.fromEntries(annotations) as Annotations,
      ...(short.finalizer === true ? { finalizers: ['argocd.argoproj.io/hook-finalizer'] } : {}),
      ...(short.deletionTimestamp === true ? { deletionTimestamp: '2020-01-01T00:00:00Z' } : {}),
    },
  };
}

interface ShortResult {
  readonly name: string;
  readonly status?: ResultCode;
  readonly hookPhase?: OperationPhase;
  readonly syncPhase?: SyncPhase;
  readonly message?: string;
}

interface Expectation {
  readonly phase?: string;
  readonly message?: string;
  readonly resultCount?: number;
  readonly resultNames?: readonly string[];
  readonly results?: readonly ShortResult[];
  readonly deleted?: readonly string[];
  readonly deletedCount?: number;
  readonly finalizerRemoved?: readonly string[];
  readonly finalizerRemovedCount?: number;
}

interface FlowStep {
  readonly target: readonly ShortObject[];
  readonly live: readonly ShortObject[];
  readonly hooks?: readonly ShortObject[] | 'same';
  readonly clusterGet?: Readonly<Record<string, unknown>>;
  readonly pruneConfirmed?: boolean;
  readonly expect: Expectation;
}

/** What a flow sets for all of its steps. */
interface FlowSettings {
  readonly name?: string;
  readonly note?: string;
  readonly prune?: boolean;
  readonly pruneLast?: boolean;
  readonly dryRun?: boolean;
  readonly skipHooks?: boolean;
  readonly defaultPruneOption?: string | null;
  readonly applyOutOfSyncOnly?: boolean;
  readonly modified?: Readonly<Record<string, boolean>>;
  readonly health?: Readonly<Record<string, string>>;
  readonly applyErrors?: Readonly<Record<string, string>>;
  readonly dryRunErrors?: Readonly<Record<string, string>>;
  readonly deleteErrors?: Readonly<Record<string, string>>;
  readonly waveHookError?: string;
  readonly initialPhase?: OperationPhase;
  readonly initialMessage?: string;
  readonly initialResults?: readonly ShortResult[];
}

interface Flow extends FlowSettings {
  readonly steps: readonly FlowStep[];
}

const flowFields: readonly (keyof Flow)[] = [
  ...(['name', 'note', 'prune', 'pruneLast', 'dryRun', 'skipHooks', 'defaultPruneOption'] as const),
  ...(['applyOutOfSyncOnly', 'modified', 'health', 'applyErrors', 'dryRunErrors'] as const),
  ...(['deleteErrors', 'waveHookError', 'initialPhase', 'initialMessage'] as const),
  ...(['initialResults', 'steps'] as const),
];
const stepFields: readonly (keyof FlowStep)[] = [
  ...(['target', 'live', 'hooks', 'clusterGet', 'pruneConfirmed', 'expect'] as const),
];
const expectFields: readonly (keyof Expectation)[] = [
  ...(['phase', 'message', 'resultCount', 'resultNames', 'results', 'deleted'] as const),
  ...(['deletedCount', 'finalizerRemoved', 'finalizerRemovedCount'] as const),
];

function unknownFields(value: object, known: readonly string[], where: string): string[] {
  return Object.keys(value).flatMap((key) => (known.includes(key) ? [] : [`${where}${key}`]));
}

/** The phase that each object's earlier result, as a flow gives it, stands for. */
function fullResult(short: ShortResult, objects: readonly KubeObject[]): ResourceResult {
  const object = objects.find((one) => nameOf(one) === short.name);
  const syncPhase = short.syncPhase ?? 'Sync';
  return {
    ...resourceKey(object ?? longObject({ kind: 'Pod', name: short.name })),
    version: 'v1',
    status: short.status ?? '',
    message: short.message ?? '',
    hookType: object !== undefined && isHook(object) ? syncPhase : '',
    hookPhase: short.hookPhase ?? '',
    syncPhase,
    images: [],
  };
}

/** A cluster that answers a step as the case says, and keeps what it was asked for. */
class FlowCluster {
  readonly deleted: string[] = [];
  readonly finalizerRemoved: string[] = [];
  readonly waves: unknown[] = [];
  readonly applied: KubeObject[] = [];
  private readonly flow: FlowSettings;
  private readonly step: Pick<FlowStep, 'live' | 'clusterGet'>;

  constructor(flow: FlowSettings, step: Pick<FlowStep, 'live' | 'clusterGet'>) {
    this.flow = flow;
    this.step = step;
  }

  answer(request: SyncRequest): SyncAnswer {
    switch (request.do) {
      case 'apply':
        return this.apply(request.target, request.dryRun);
      case 'delete':
        this.deleted.push(request.key.name);
        return errorOf(this.flow.deleteErrors, request.key.name) ?? { ok: true };
      case 'removeFinalizer':
        this.finalizerRemoved.push(nameOf(request.live));
        return { ok: true };
      case 'get':
        return this.get(request.key.name);
      case 'wave':
        this.waves.push([request.phase, request.wave, request.final]);
        return this.flow.waveHookError === undefined
          ? { ok: true }
          : { ok: false, message: this.flow.waveHookError };
      case 'discover':
        return { ok: true, namespaced: request.kind !== 'Namespace' };
    }
  }

  private apply(target: KubeObject, dryRun: boolean): SyncAnswer {
    const { dryRunErrors, applyErrors } = this.flow;
    const refused = errorOf(dryRun ? dryRunErrors : applyErrors, nameOf(target));
    if (refused === undefined && !dryRun) this.applied.push(target);
    return refused ?? { ok: true };
  }

  private get(name: string): SyncAnswer {
    const given = this.step.clusterGet;
    if (given !== undefined && name in given && given[name] === null) {
      return { ok: false, notFound: true, message: `pods "${name}" not found` };
    }
    const live = this.step.live.find((one) => one.name === name);
    return { ok: true, object: longObject(live ?? { kind: 'Pod', name }) };
  }
}

function errorOf(
  errors: Readonly<Record<string, string>> | undefined,
  name: string,
): SyncAnswer | undefined {
  const message = errors?.[name];
  return message === undefined ? undefined : { ok: false, message };
}

interface FlowRun {
  readonly flow: FlowSettings;
  readonly step: Omit<FlowStep, 'expect' | 'hooks'>;
  readonly hooks: readonly ShortObject[];
  readonly revision?: string;
}

function runStep(
  state: SyncState,
  { flow, step, hooks, revision = 'abc' }: FlowRun,
  steps: typeof syncStep = syncStep,
): { readonly state: SyncState; readonly cluster: FlowCluster } {
  const cluster = new FlowCluster(flow, step);
  const targets = step.target.map(longObject);
  const live = step.live.map(longObject);
  const { health = {}, modified = {} } = flow;
  const next = driveSync(
    steps(state, {
      revision,
      startedAtSeconds: 1_700_000_000,
      namespace: fakeNamespace,
      ...reconcile(targets, live, { namespace: fakeNamespace, isNamespaced: () => true }),
      hooks: hooks.map(longObject),
      settings: {
        ...defaultSyncSettings,
        prune: flow.prune ?? false,
        pruneLast: flow.pruneLast ?? false,
        dryRun: flow.dryRun ?? false,
        skipHooks: flow.skipHooks ?? false,
        applyOutOfSyncOnly: flow.applyOutOfSyncOnly ?? false,
        pruneOption: flow.defaultPruneOption ?? undefined,
        pruneConfirmed: step.pruneConfirmed ?? false,
      },
      health: (object) => {
        const status = health[nameOf(object)];
        return status === undefined ? undefined : { status, message: 'test' };
      },
      modified: ({ name }) => modified[name],
    }),
    (request) => cluster.answer(request),
  );
  return { state: next, cluster };
}

function checkStep(expect: Expectation, state: SyncState, cluster: FlowCluster): Difference[] {
  const { results } = state;
  const got: Readonly<Record<keyof Expectation, unknown>> = {
    phase: state.phase,
    message: state.message,
    resultCount: results.length,
    resultNames: results.map(({ name }) => name),
    results: expect.results?.map((wanted) => {
      const found = results.find(({ name }) => name === wanted.name);
      const fields = Object.keys(wanted) as (keyof ShortResult)[];
      return Object.fromEntries(fields.map((field) => [field, found?.[field]]));
    }),
    deleted: cluster.deleted,
    deletedCount: cluster.deleted.length,
    finalizerRemoved: cluster.finalizerRemoved,
    finalizerRemovedCount: cluster.finalizerRemoved.length,
  };
  const wanted = Object.keys(expect) as (keyof Expectation)[];
  return wanted.flatMap((field) => differences(expect[field], got[field], `expect.${field}`));
}

function firstState(flow: FlowSettings, objects: readonly ShortObject[]): SyncState {
  const full = objects.map(longObject);
  return {
    ...newSyncState,
    phase: flow.initialPhase ?? 'Running',
    message: flow.initialMessage ?? '',
    results: (flow.initialResults ?? []).map((short) => fullResult(short, full)),
  };
}

function runFlow(flow: Flow): Verdict {
  const unknown = [
    ...unknownFields(flow, flowFields, ''),
    ...flow.steps.flatMap((step) => unknownFields(step, stepFields, 'steps[].')),
    ...flow.steps.flatMap(({ expect }) => unknownFields(expect, expectFields, 'steps[].expect.')),
  ];
  if (unknown.length > 0) return { notCovered: `fields ${[...new Set(unknown)].join(', ')}` };
  const [first] = flow.steps;
  let hooks: readonly ShortObject[] = [];
  let state = firstState(flow, first === undefined ? [] : [...first.live, ...first.target]);
  return flow.steps.flatMap((step, index) => {
    if (step.hooks !== 'same') hooks = step.hooks ?? [];
    const ran = runStep(state, { flow, step, hooks });
    ({ state } = ran);
    return checkStep(step.expect, state, ran.cluster).map((difference) => ({
      ...difference,
      where: `steps[${index}].${difference.where}`,
    }));
  });
}

type TerminateCase = FlowSettings & Omit<FlowStep, 'hooks'> & { hooks: readonly ShortObject[] };

function runTerminate(one: TerminateCase): Verdict {
  const unknown = [
    ...unknownFields(one, [...flowFields, ...stepFields], ''),
    ...unknownFields(one.expect, expectFields, 'expect.'),
  ];
  if (unknown.length > 0) return { notCovered: `fields ${unknown.join(', ')}` };
  const state = firstState(one, [...one.live, ...one.target]);
  const ran = runStep(state, { flow: one, step: one, hooks: one.hooks }, terminateSync);
  return checkStep(one.expect, ran.state, ran.cluster);
}

interface HookNamesCase {
  readonly revision: string;
  readonly generateName: string;
  readonly hook: string;
  readonly expectedNamePrefixes: readonly string[];
}

function runHookNames({
  revision,
  generateName,
  hook,
  expectedNamePrefixes,
}: HookNamesCase): Verdict {
  const annotations = { 'argocd.argoproj.io/hook': hook };
  const input = {
    revision,
    startedAtSeconds: 1_700_000_000,
    namespace: fakeNamespace,
    resources: [],
    hooks: [{ apiVersion: 'v1', kind: 'Pod', metadata: { generateName, annotations } }],
    settings: defaultSyncSettings,
    health: () => undefined,
  };
  const plan = driveSync(planTasks(new SyncRun(input, newSyncState)), () => ({ ok: true }));
  const names = plan.tasks.map((task) => nameOf(objectOf(task)));
  return differences(
    expectedNamePrefixes,
    names.map((name, index) => {
      const prefix = expectedNamePrefixes[index];
      return prefix !== undefined && name.startsWith(prefix) ? prefix : name;
    }),
    'expectedNamePrefixes',
  );
}

interface WaveCallbacksCase {
  readonly resources: readonly ShortObject[];
  readonly hooks: readonly ShortObject[];
  readonly expected: readonly (readonly [string, number, boolean])[];
}

function runWaveCallbacks({ resources, hooks, expected }: WaveCallbacksCase): Verdict {
  const waves: unknown[] = [];
  let live: readonly ShortObject[] = [];
  let state = newSyncState;
  for (let turn = 0; turn < 100 && state.phase === 'Running'; turn += 1) {
    const ran = runStep(state, { flow: {}, step: { target: resources, live }, hooks });
    ({ state } = ran);
    waves.push(...ran.cluster.waves);
    const applied = new Set(ran.cluster.applied.map(nameOf));
    live = [...live, ...[...resources, ...hooks].filter(({ name }) => applied.has(name))];
  }
  return differences(expected, waves, 'expected');
}

export const flowForms: readonly ConformanceForm[] = [
  defineForm<Flow>({
    name: 'steps of a sync',
    key: 'flows',
    fields: ['steps'],
    run: runFlow,
  }),
  defineForm<TerminateCase>({
    name: 'terminating a sync',
    key: 'terminate',
    fields: ['target', 'live', 'hooks', 'expect'],
    run: runTerminate,
  }),
  defineForm<HookNamesCase>({
    name: 'names of hooks without a name',
    key: 'generatedHookNames',
    fields: ['revision', 'generateName', 'hook', 'expectedNamePrefixes'],
    run: runHookNames,
  }),
  defineForm<WaveCallbacksCase>({
    name: 'calls after waves',
    key: 'waveCallbacks',
    fields: ['resources', 'hooks', 'expected'],
    run: runWaveCallbacks,
  }),
];
