import { lastAttempt } from '../../../packages/core/src/argocd/auto-sync/already-attempted.ts';
import type {
  ComparedResource,
  ComparedStatus,
  OperatedApplication,
  Operation,
  OperationState,
  RetryStrategy,
  SyncOperation,
} from '../../../packages/core/src/argocd/auto-sync/application.ts';
import {
  decideAutoSync,
  type AutoSyncDecision,
} from '../../../packages/core/src/argocd/auto-sync/decide-auto-sync.ts';
import { durationMilliseconds } from '../../../packages/core/src/argocd/auto-sync/durations.ts';
import { withDeployment } from '../../../packages/core/src/argocd/auto-sync/history.ts';
import {
  blockedByWindow,
  finishAttempt,
  projectMissing,
  startAttempt,
  timeText,
  type AttemptResult,
  type AttemptStart,
} from '../../../packages/core/src/argocd/auto-sync/operation.ts';
import { retryDelay } from '../../../packages/core/src/argocd/auto-sync/retry.ts';
import {
  defaultSelfHeal,
  selfHealWait,
} from '../../../packages/core/src/argocd/auto-sync/self-heal.ts';
import { newSyncResult } from '../../../packages/core/src/argocd/auto-sync/sync-settings.ts';
import {
  compareState,
  type ApplicationCondition,
} from '../../../packages/core/src/argocd/sync/compare-state.ts';
import type { KubeObject } from '../../../packages/core/src/argocd/sync/kube-object.ts';
import { needsDeletionConfirmation } from '../../../packages/core/src/argocd/sync/plan-tasks.ts';
import { defaultSyncSettings } from '../../../packages/core/src/argocd/sync/sync-input.ts';
import { driveSync } from '../../../packages/core/src/argocd/sync/sync-request.ts';
import {
  newSyncState,
  type OperationPhase,
} from '../../../packages/core/src/argocd/sync/sync-state.ts';
import { syncStep, terminateSync } from '../../../packages/core/src/argocd/sync/sync-step.ts';
import {
  canSync,
  windowsOf,
  type SyncWindow,
} from '../../../packages/core/src/argocd/windows/index.ts';
import { differences, missingText } from '../compare.ts';
import { defineForm, type CaseContext, type ConformanceForm, type Verdict } from '../form.ts';

/** The time at which all cases are looked at. */
const now = Date.parse('2026-01-07T12:00:00Z');

interface AutoSyncCase {
  readonly app: OperatedApplication;
  readonly syncStatus: ComparedStatus;
  readonly resources: readonly ComparedResource[];
  readonly shouldCompareRevisions: boolean;
  readonly expectOperation: boolean;
  readonly expectSyncErrorCondition: boolean;
  readonly expectedCondition?: ApplicationCondition;
  readonly expectedOperation?: Readonly<Record<string, unknown>>;
}

function runAutoSync(one: AutoSyncCase): Verdict {
  const decision = decideAutoSync(one.app, {
    status: one.syncStatus,
    resources: one.resources,
    compareRevisions: one.shouldCompareRevisions,
    selfHeal: defaultSelfHeal,
    nowMilliseconds: now,
  });
  const condition = decision.do === 'nothing' ? decision.condition : undefined;
  return [
    ...differences(one.expectOperation, decision.do === 'sync', 'expectOperation'),
    ...differences(
      one.expectSyncErrorCondition,
      condition?.type === 'SyncError',
      'expectSyncErrorCondition',
    ),
    ...(one.expectedCondition === undefined
      ? []
      : differences(one.expectedCondition, condition, 'expectedCondition')),
    ...operationDifferences(one.expectedOperation, decision),
  ];
}

function operationDifferences(
  expected: Readonly<Record<string, unknown>> | undefined,
  decision: AutoSyncDecision,
): ReturnType<typeof differences> {
  if (expected === undefined) return [];
  const operation = decision.do === 'sync' ? decision.operation : undefined;
  const known: Readonly<Record<string, unknown>> = {
    prune: false,
    resources: [],
    ...operation?.sync,
    ...operation,
  };
  return Object.keys(expected).flatMap((key) =>
    differences(expected[key], known[key], `expectedOperation.${key}`),
  );
}

interface AttemptedCase {
  readonly desiredRevisions: readonly string[];
  readonly newRevisionHasChanges: boolean;
  readonly expected: boolean;
  readonly operationState: OperationState | null;
  readonly spec: OperatedApplication['spec'];
}

function runAttempted(one: AttemptedCase): Verdict {
  const application = { spec: one.spec, status: { operationState: one.operationState } };
  const { attempted } = lastAttempt(application, one.desiredRevisions, one.newRevisionHasChanges);
  return differences(one.expected, attempted, 'expected');
}

interface SelfHealCase {
  readonly attempts: number;
  readonly secondsSinceFinished: number | null;
  readonly expectedRemainingSeconds: number;
  readonly shouldSelfHeal: boolean;
}

function runSelfHeal(one: SelfHealCase, { group }: CaseContext): Verdict {
  const config = (group['config'] ?? {}) as {
    readonly factor?: number;
    readonly duration?: string;
    readonly cap?: string;
  };
  const backoff = {
    factor: config.factor ?? 0,
    milliseconds: milliseconds(config.duration),
    capMilliseconds: milliseconds(config.cap),
  };
  const since = one.secondsSinceFinished;
  const wait = selfHealWait(
    { timeoutMilliseconds: 0, backoff },
    one.attempts,
    since === null ? undefined : since * 1000,
  );
  return [
    ...differences(one.expectedRemainingSeconds, wait / 1000, 'expectedRemainingSeconds'),
    ...differences(one.shouldSelfHeal, wait <= 0, 'shouldSelfHeal'),
  ];
}

function milliseconds(text: string | undefined): number {
  const read = durationMilliseconds(text ?? '0s');
  if (typeof read !== 'number') throw new Error(read.error);
  return read;
}

interface RetryCase {
  readonly retry: RetryStrategy;
  readonly retryCount: number;
  readonly expectedDelaySeconds?: number;
  readonly expectedError?: string;
}

function runRetry({ retry, retryCount, expectedDelaySeconds, expectedError }: RetryCase): Verdict {
  const delay = retryDelay(retry, retryCount);
  if (expectedError !== undefined) {
    return missingText(expectedError, 'error' in delay ? delay.error : undefined, 'expectedError');
  }
  const got = 'error' in delay ? delay.error : delay.milliseconds / 1000;
  return differences(expectedDelaySeconds, got, 'expectedDelaySeconds');
}

interface OperationCase {
  readonly retryLimit?: number;
  readonly projectExists?: boolean;
  readonly project?: string;
  readonly windows?: readonly SyncWindow[];
  readonly currentPhase?: OperationPhase;
  readonly retryCount?: number;
  readonly syncTimeoutSeconds?: number;
  readonly startedSecondsAgo?: number;
  readonly finishedSecondsAgo?: number;
  readonly expectedPhase: string;
  readonly expectedMessage?: string;
  readonly expectedMessageContains?: string;
  readonly expectedRetryCount?: number;
}

const operationFields = [
  ...['name', 'note', 'retryLimit', 'projectExists', 'project', 'windows', 'currentPhase'],
  ...['retryCount', 'syncTimeoutSeconds', 'startedSecondsAgo', 'finishedSecondsAgo'],
  ...['expectedPhase', 'expectedMessage', 'expectedMessageContains', 'expectedRetryCount'],
];

/** Looks once at the operation of an Application that deploys nothing. */
function runOperation(one: OperationCase): Verdict {
  const unknown = Object.keys(one).filter((key) => !operationFields.includes(key));
  if (unknown.length > 0) return { notCovered: `fields ${unknown.join(', ')}` };
  const application = applicationOf(one);
  const timeoutMilliseconds = (one.syncTimeoutSeconds ?? 0) * 1000;
  const timing = { nowMilliseconds: now, timeoutMilliseconds };
  const state = stateAfter(one, application, startAttempt(application, timing));
  const got = {
    expectedPhase: state?.phase,
    expectedMessage: state?.message,
    expectedRetryCount: state?.retryCount,
  };
  const wanted = Object.keys(got).filter((key) => key in one) as (keyof typeof got)[];
  return [
    ...wanted.flatMap((key) => differences(one[key], got[key], key)),
    ...(one.expectedMessageContains === undefined
      ? []
      : missingText(one.expectedMessageContains, state?.message, 'expectedMessageContains')),
  ];
}

function stateAfter(
  one: OperationCase,
  application: OperatedApplication,
  start: AttemptStart,
): OperationState | undefined {
  if (start.do === 'end') return start.state;
  if (start.do !== 'run') return application.status?.operationState ?? undefined;
  const result = attempt(one, start.state);
  return finishAttempt(start.state, result, { why: start.why, nowMilliseconds: now }).state;
}

function applicationOf(one: OperationCase): OperatedApplication {
  const operation: Operation = { sync: {}, retry: { limit: one.retryLimit ?? 0 } };
  if (one.currentPhase === undefined) return { spec: {}, operation };
  const ago = (seconds: number): string => timeText(now - seconds * 1000);
  const operationState: OperationState = {
    operation,
    phase: one.currentPhase,
    startedAt: ago(one.startedSecondsAgo ?? 0),
    retryCount: one.retryCount ?? 0,
    ...(one.finishedSecondsAgo === undefined ? {} : { finishedAt: ago(one.finishedSecondsAgo) }),
  };
  return { spec: {}, operation, status: { operationState } };
}

function attempt(one: OperationCase, state: OperationState): AttemptResult {
  if (one.projectExists === false) {
    const name = one.project ?? 'default';
    const missing = `appproject.argoproj.io "${name}" not found`;
    return projectMissing(`error getting app project "${name}": ${missing}`);
  }
  const windows = windowsOf(one.windows ?? [], { name: 'my-app', destination: {} });
  const isManual =
    one.currentPhase !== undefined && state.operation.initiatedBy?.automated !== true;
  const decision = canSync(windows, { now: new Date(now), isManual });
  if (!decision.allowed) return blockedByWindow(state, decision.fault);
  const steps = state.phase === 'Terminating' ? terminateSync : syncStep;
  const { phase, message } = driveSync(
    steps(newSyncState, {
      revision: 'abc',
      startedAtSeconds: 0,
      namespace: 'fake-dest-ns',
      resources: [],
      hooks: [],
      settings: defaultSyncSettings,
      health: () => undefined,
    }),
    () => ({ ok: true }),
  );
  return { phase, message };
}

interface CompareCase {
  readonly manifests: readonly KubeObject[];
  readonly live: readonly KubeObject[];
  readonly expectedSync?: string;
  readonly resources?: number;
  readonly managed?: number;
  readonly hooks?: number;
  readonly expectedConditions?: readonly ApplicationCondition[];
}

const compareFields = [
  ...['name', 'note', 'manifests', 'live', 'expectedSync', 'resources', 'managed', 'hooks'],
  'expectedConditions',
];

function runCompare(one: CompareCase): Verdict {
  const unknown = Object.keys(one).filter((key) => !compareFields.includes(key));
  if (unknown.length > 0) return { notCovered: `fields ${unknown.join(', ')}` };
  const result = compareState({
    targets: one.manifests,
    live: one.live,
    namespace: 'fake-dest-ns',
    isNamespaced: ({ kind }) => kind !== 'Namespace',
    modified: (target, live) => !isPartOf(target, live),
  });
  const got: Readonly<Record<string, unknown>> = {
    expectedSync: result.status,
    resources: result.resources.length,
    managed: result.resources.length,
    hooks: result.reconciliation.hooks.length,
    expectedConditions: result.conditions,
  };
  return Object.entries(one).flatMap(([key, expected]) =>
    key in got ? differences(expected, got[key], key) : [],
  );
}

/** Whether live data has everything that is wanted; what it has besides is the server's. */
function isPartOf(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted) && Array.isArray(live)) {
    return wanted.length === live.length && wanted.every((item, at) => isPartOf(item, live[at]));
  }
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, live);
  if (typeof live !== 'object' || live === null) return false;
  const there = live as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, value]) => isPartOf(value, there[key]));
}

interface ConfirmationCase {
  readonly resourceSyncOptions: readonly string[];
  readonly appSyncOptions: readonly string[];
  readonly expected: boolean;
}

function runConfirmation(one: ConfirmationCase): Verdict {
  const annotations = { 'argocd.argoproj.io/sync-options': one.resourceSyncOptions.join(',') };
  const got = needsDeletionConfirmation({ metadata: { annotations } }, one.appSyncOptions);
  return differences(one.expected, got, 'expected');
}

interface HistoryCase {
  readonly operationSource: SyncOperation['source'] | null;
  readonly expectedHistorySource: 'spec.source' | 'operation.source';
  readonly expectedRevision: string;
}

function runHistory(one: HistoryCase): Verdict {
  const application: OperatedApplication = { spec: { source: { path: 'some/path' } } };
  const source = one.operationSource;
  const sync: SyncOperation = source === null || source === undefined ? {} : { source };
  // The comparison has resolved the revision by then.
  const synced = { ...newSyncResult(application, sync), revision: 'abc123' };
  const startedAt = timeText(now);
  const history = withDeployment(
    application,
    { operation: { sync }, startedAt },
    synced,
    startedAt,
  );
  const expected =
    one.expectedHistorySource === 'spec.source' ? application.spec.source : one.operationSource;
  return [
    ...differences(expected, history.at(-1)?.source, 'expectedHistorySource'),
    ...differences(one.expectedRevision, history.at(-1)?.revision, 'expectedRevision'),
  ];
}

export const forms: readonly ConformanceForm[] = [
  defineForm<AutoSyncCase>({
    name: 'automated sync',
    key: 'autoSync',
    fields: ['app', 'syncStatus', 'resources', 'expectOperation'],
    run: runAutoSync,
  }),
  defineForm<AttemptedCase>({
    name: 'sync attempted before',
    key: 'alreadyAttempted',
    fields: ['desiredRevisions', 'operationState', 'spec', 'expected'],
    run: runAttempted,
  }),
  defineForm<SelfHealCase>({
    name: 'delay of self-heal',
    key: 'selfHealBackoff',
    fields: ['attempts', 'secondsSinceFinished', 'expectedRemainingSeconds'],
    run: runSelfHeal,
  }),
  defineForm<RetryCase>({
    name: 'delay of retries',
    key: 'retryNextAttempt',
    fields: ['retry', 'retryCount'],
    run: runRetry,
  }),
  defineForm<OperationCase>({
    name: 'operations that run too long',
    key: 'syncTimeout',
    fields: ['syncTimeoutSeconds', 'expectedPhase'],
    run: runOperation,
  }),
  defineForm<OperationCase>({
    name: 'requested operations',
    key: 'operationProcessing',
    fields: ['expectedPhase'],
    run: runOperation,
  }),
  defineForm<CompareCase>({
    name: 'comparison',
    key: 'compareAppState',
    fields: ['manifests', 'live'],
    run: runCompare,
  }),
  defineForm<ConfirmationCase>({
    name: 'confirmation of deletions',
    key: 'deletionConfirmation',
    fields: ['resourceSyncOptions', 'appSyncOptions', 'expected'],
    run: runConfirmation,
  }),
  defineForm<HistoryCase>({
    name: 'history of deployments',
    key: 'revisionHistory',
    fields: ['operationSource', 'expectedHistorySource'],
    run: runHistory,
  }),
];
