import { encodeHistory, formatConditions } from '@tidegate/core/argocd/application';
import {
  isRemembered,
  newSyncResult,
  selectionOf,
  syncSettingsOf,
  timeText,
  withDeployment,
  type AttemptReason,
  type OperationState,
  type SyncOperation,
  type SyncOperationResult,
} from '@tidegate/core/argocd/auto-sync';
import { permitsDestination, permitsKind } from '@tidegate/core/argocd/projects';
import {
  driveSyncAsync,
  groupVersionKind,
  keyText,
  managedNamespaceObject,
  nameOf,
  namespaceOf,
  newSyncState,
  syncStep,
  terminateSync,
  type KubeObject,
  type NamespaceAnswer,
  type ReconciledResource,
  type ResourceResult,
  type SyncAnswers,
  type SyncInput,
  type SyncRequest,
  type SyncState,
} from '@tidegate/core/argocd/sync';
import { canSync, windowsOf } from '@tidegate/core/argocd/windows';
import { sleep } from '../sleep.ts';
import type { Application } from './application.ts';
import { destinationCluster, inCluster } from './clusters.ts';
import type { ComparisonOutcome } from './comparison-model.ts';
import type { ControllerContext } from './context.ts';
import { explainMissingKind } from './missing-kind.ts';
import type { Project } from './projects.ts';

/** What came of one attempt at a sync. */
export interface SyncAttempt {
  readonly phase: OperationState['phase'];
  readonly message: string;
  readonly syncResult?: SyncOperationResult;
}

/** What is synced. */
export interface SyncSubject {
  readonly application: Application;
  readonly project: Project;
  readonly state: OperationState;
  readonly why: AttemptReason;
}

/**
 * Takes a sync operation as far as it goes now.
 * Source: `SyncAppState` in controller/sync.go.
 */
export async function syncApplication(
  context: ControllerContext,
  subject: SyncSubject,
): Promise<SyncAttempt> {
  const { application, project, state } = subject;
  const sync = state.operation.sync;
  if (sync === undefined) {
    return { phase: 'Error', message: 'Invalid operation request: no operation specified' };
  }
  const result = state.syncResult ?? newSyncResult(application, sync);
  const blocked = windowBlock(context, application, project);
  if (blocked !== undefined) {
    const message = state.phase === 'Running' ? blocked : (state.message ?? '');
    return { phase: state.phase, message, syncResult: result };
  }
  const outcome = await compareForSync(context, subject, result);
  if (outcome === undefined) return { phase: 'Error', message: 'the repository cannot be read' };
  const { revision, revisions } = outcome.sync;
  const resolved: SyncOperationResult = {
    ...result,
    ...(revision === undefined ? {} : { revision }),
    ...(revisions === undefined ? {} : { revisions }),
  };
  const refused = refusal(context, application, { sync, outcome });
  if (refused !== undefined) return { ...refused, syncResult: resolved };
  return runSync(context, subject, { sync, outcome, result: resolved });
}

/** What the sync windows say when they hold an operation back. */
function windowBlock(
  { clock }: ControllerContext,
  { metadata, spec, status }: Application,
  project: Project,
): string | undefined {
  const known = status?.operationState ?? undefined;
  const windows = windowsOf(project.spec.syncWindows ?? [], {
    name: metadata.name ?? '',
    destination: spec.destination ?? {},
  });
  const decision = canSync(windows, {
    now: new Date(clock.nowMs()),
    // Before the state of an operation is written first, Argo CD takes it for an automated one.
    isManual: known !== undefined && known.operation.initiatedBy?.automated !== true,
    ...(known === undefined ? {} : { operationStartedAt: new Date(known.startedAt) }),
  });
  if (decision.allowed) return undefined;
  const blocked = 'Sync operation blocked by sync window';
  return decision.fault === undefined ? blocked : `${blocked}: ${decision.fault}`;
}

function compareForSync(
  context: ControllerContext,
  { application, project }: SyncSubject,
  result: SyncOperationResult,
): Promise<ComparisonOutcome | undefined> {
  const several = (result.sources?.length ?? 0) > 0;
  const sources = several ? (result.sources ?? []) : [result.source ?? {}];
  return context.comparer.compare(application, {
    project,
    sources: sources.map((source) => ({ repoURL: '', ...source })),
    revisions: several ? (result.revisions ?? []) : [result.revision ?? ''],
    multiSource: several,
    noCache: false,
    noRevisionCache: true,
  });
}

interface Plan {
  readonly sync: SyncOperation;
  readonly outcome: ComparisonOutcome;
}

/** What forbids the sync before anything is done. */
function refusal(
  context: ControllerContext,
  application: Application,
  { sync, outcome }: Plan,
): Pick<SyncAttempt, 'phase' | 'message'> | undefined {
  const { conditions } = outcome;
  const shared = conditions.find(({ type }) => type === 'SharedResourceWarning');
  if ((sync.syncOptions ?? []).includes('FailOnSharedResource=true') && shared !== undefined) {
    return { phase: 'Failed', message: `Shared resource found: ${shared.message}` };
  }
  const errors = conditions.filter(
    ({ type }) => type === 'ComparisonError' || type === 'InvalidSpecError',
  );
  if (errors.length > 0) return { phase: 'Error', message: formatConditions(errors) };
  const cluster = destinationCluster(application.spec.destination ?? {});
  if ('fault' in cluster) {
    return { phase: 'Error', message: `Failed to get destination cluster: ${cluster.fault}` };
  }
  const { fault } = context.settings();
  return fault === undefined
    ? undefined
    : { phase: 'Error', message: `Failed to load resource overrides: ${fault}` };
}

async function runSync(
  context: ControllerContext,
  subject: SyncSubject,
  plan: Plan & { readonly result: SyncOperationResult },
): Promise<SyncAttempt> {
  const { application, state } = subject;
  const input = syncInput(context, subject, plan);
  const begun = stateOf(state);
  const steps =
    state.phase === 'Terminating' ? terminateSync(begun, input) : syncStep(begun, input);
  const ended = await driveSyncAsync(steps, (requests) => execute(context, requests));
  context.log({
    level: 'debug',
    object: `${application.metadata.namespace ?? ''}/${application.metadata.name ?? ''}`,
    message: `sync: ${ended.phase} ${ended.message}`,
    detail: ended.reason,
  });
  const { managedNamespaceMetadata } = application.spec.syncPolicy ?? {};
  const syncResult: SyncOperationResult = {
    ...plan.result,
    resources: ended.results.map((result) => explainMissingKind(result, context.discovery)),
    ...(managedNamespaceMetadata === undefined ? {} : { managedNamespaceMetadata }),
  };
  const attempt = { phase: ended.phase, message: ended.message, syncResult };
  return (await remember(context, subject, attempt)) ?? attempt;
}

/** Carries out requests; between waves it waits. */
async function execute(
  { execute: ask, timers, timing, applyHabits }: ControllerContext,
  requests: readonly SyncRequest[],
): Promise<SyncAnswers> {
  const [wave] = requests;
  if (wave?.do !== 'wave') {
    const { answers } = await ask(requests);
    if (requests.some(isWrite)) await sleep(timers, applyHabits.durationMs(requests));
    return { answers, order: applyHabits.order(requests) };
  }
  if (!wave.final) await sleep(timers, timing.waveDelayMs);
  return { answers: requests.map(() => ({ ok: true })) };
}

function isWrite(request: SyncRequest): boolean {
  return (request.do === 'apply' && !request.dryRun) || request.do === 'delete';
}

function syncInput(
  context: ControllerContext,
  { application, project, state }: SyncSubject,
  { sync, outcome }: Plan,
): SyncInput {
  const settings = context.settings();
  const { name = '' } = application.metadata;
  const selected = selectionOf(sync.resources);
  const options = sync.syncOptions ?? [];
  const { resources, hooks } = outcome.result.reconciliation;
  return {
    revision: outcome.sync.revision ?? '',
    startedAtSeconds: Math.floor(Date.parse(state.startedAt) / 1000),
    namespace: application.spec.destination?.namespace ?? '',
    resources: options.includes('RespectIgnoreDifferences=true')
      ? resources.map((one) => withIgnoredFields(one, outcome))
      : resources,
    hooks,
    settings: syncSettingsOf(sync, application, state.startedAt),
    health: (live) => settings.health(live),
    forbidden: (object, namespaced) => forbidden(project, object, namespaced),
    selected: (key, resource) =>
      selected(key, resource) &&
      (resource.live === undefined || settings.isOwn(resource.live, resource.target, name)),
    modified: (key) => outcome.modified(keyText(key)),
    ...(options.includes('CreateNamespace=true')
      ? { createNamespace: (live: KubeObject | undefined) => namespaceFor(application, live) }
      : {}),
  };
}

function withIgnoredFields(
  { target, live }: ReconciledResource,
  { differ }: ComparisonOutcome,
): ReconciledResource {
  if (target === undefined || live === undefined) return { target, live };
  return { target: differ.withIgnoredFields(target, live), live };
}

/** Why a project does not permit an object. Source: `validateSyncPermissions`. */
function forbidden(
  { spec, name }: Project,
  object: KubeObject,
  namespaced: boolean,
): string | undefined {
  const { group, kind } = groupVersionKind(object);
  const question = { group, kind, name: nameOf(object), isNamespaced: namespaced };
  if (!permitsKind(spec, question).permitted) {
    return `resource ${group}:${kind} is not permitted in project ${name}`;
  }
  const namespace = namespaceOf(object);
  if (!namespaced || permitsDestination(spec, { ...inCluster, namespace }).permitted) {
    return undefined;
  }
  return `namespace ${namespace} is not permitted in project '${name}'`;
}

/** Source: `syncNamespace` in controller/sync_namespace.go. */
function namespaceFor({ spec }: Application, live: KubeObject | undefined): NamespaceAnswer {
  const managed = spec.syncPolicy?.managedNamespaceMetadata;
  const name = spec.destination?.namespace ?? '';
  if (managed !== undefined) return { object: managedNamespaceObject(name, managed) };
  return live === undefined
    ? { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } }
    : undefined;
}

function stateOf({ phase, message = '', syncResult }: OperationState): SyncState {
  const results = (syncResult?.resources ?? []).map((result): ResourceResult => ({
    ...result,
    status: orEmpty(result.status),
    message: orEmpty(result.message),
    hookType: orEmpty(result.hookType),
    hookPhase: orEmpty(result.hookPhase),
    images: (result.images as readonly string[] | undefined) ?? [],
  }));
  return { ...newSyncState, phase, message, results };
}

/** A text that the API leaves out where it is empty. */
function orEmpty<T extends string>(text: T | undefined): T | '' {
  return text ?? '';
}

/** Adds a success to the history of deployments. Returns what came of a failure to do so. */
async function remember(
  context: ControllerContext,
  { application, state }: SyncSubject,
  attempt: SyncAttempt,
): Promise<SyncAttempt | undefined> {
  const { syncResult, phase } = attempt;
  if (syncResult === undefined || !isRemembered({ ...state, phase })) return undefined;
  const deployedAt = timeText(context.clock.nowMs());
  const history = withDeployment(application, state, syncResult, deployedAt).map(encodeHistory);
  try {
    await context.writer.patchOnly(application, { status: { history } });
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const message = `failed to record sync to history: ${cause}`;
    return { ...attempt, phase: 'Error', message };
  }
}
