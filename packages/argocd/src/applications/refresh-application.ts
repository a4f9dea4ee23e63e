import {
  compareLevels,
  encodeResources,
  encodeSpec,
  equalData,
  mergePatchOf,
  needsRefresh,
  setConditions,
  type RefreshDecision,
} from '@tidegate/core/argocd/application';
import { normalizeSpec } from '@tidegate/core/argocd/applicationset';
import { decideAutoSync, timeText, type AutoSyncDecision } from '@tidegate/core/argocd/auto-sync';
import {
  keyText,
  resourceKey,
  type ApplicationCondition,
  type ComparisonResult,
  type ResourceStatus,
} from '@tidegate/core/argocd/sync';
import { canSync, windowsOf } from '@tidegate/core/argocd/windows';
import {
  applicationKey,
  isBeingDeleted,
  isMultiSource,
  keyOfInstance,
  sourcesOf,
  type Application,
  type ApplicationStatus,
  type StoredResource,
} from './application.ts';
import { destinationCluster } from './clusters.ts';
import type { ComparisonOutcome, ComparisonRequest } from './comparison-model.ts';
import type { ControllerContext } from './context.ts';
import { deletionFinalizers } from './finalizers.ts';
import { orphanWarning } from './orphaned-resources.ts';
import { remembered } from '../remembered.ts';
import { specFaults, type Project } from './projects.ts';
import { Summaries, type ManagedKey } from './resource-tree.ts';

type Refresh = Extract<RefreshDecision, { refresh: true }>;

/**
 * Compares Applications when that is due, starts automated syncs and writes the status.
 * Source: `processAppRefreshQueueItem` in controller/appcontroller.go.
 */
export class Refresher {
  private readonly context: ControllerContext;
  /** The objects of each Application as they were compared last. */
  private readonly managed = new Map<string, readonly ManagedKey[]>();

  // The same comparison gives the same: a poll that finds nothing new works none of these out again.
  private readonly managedBy = remembered(managedKeys);
  private readonly storedResources = remembered(toStoredResources);
  private readonly normalized = remembered(normalizedSpec);
  private readonly summaries = new Summaries();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  forget(application: Application): void {
    this.managed.delete(applicationKey(application));
    this.context.comparer.forget(application);
  }

  /** Looks at one Application. */
  async refresh(key: string): Promise<void> {
    const { store, refreshes, clock, timing } = this.context;
    const application = store.get(key);
    if (application === undefined) return;
    const decision = needsRefresh(application, {
      nowMilliseconds: clock.nowMs(),
      expiryMilliseconds: timing.reconciliationMs,
      requested: refreshes.requested(key),
    });
    if (!decision.refresh) return;
    if (decision.usesRequest) refreshes.use(key);
    this.context.log({
      level: 'debug',
      object: key,
      message: `refreshing (${decision.reason}, level ${decision.level})`,
      detail: decision,
    });
    if (decision.level === compareLevels.nothing && (await this.refreshTree(application))) return;
    await this.compare(application, decision);
  }

  /** Only looks at the tree again. False: nothing was compared yet, so that has to be done. */
  private async refreshTree(application: Application): Promise<boolean> {
    const managed = this.managed.get(applicationKey(application));
    const project = this.context.projects.projectOf(application);
    const cluster = destinationCluster(application.spec.destination ?? {});
    if (managed === undefined || 'fault' in cluster || 'condition' in project) return false;
    const status = this.withTree(application, application.status ?? {}, { managed, project });
    await this.context.writer.persistStatus(application, status);
    return true;
  }

  private async compare(application: Application, refresh: Refresh): Promise<void> {
    const now = this.now();
    const project = this.context.projects.projectOf(application);
    const faults = 'condition' in project ? [project.condition] : specFaults(application, project);
    const conditions = setConditions(
      application.status?.conditions ?? [],
      faults,
      ['InvalidSpecError', 'UnknownError'],
      now,
    );
    if (faults.length > 0 || 'condition' in project) {
      await this.context.writer.persistStatus(application, unknown(application, conditions));
      this.managed.delete(applicationKey(application));
      return;
    }
    const judged = withStatus(application, { conditions });
    const outcome = await this.context.comparer.compare(
      judged,
      requestFor(application, refresh, project),
    );
    if (outcome === undefined) return;
    await this.finish(judged, outcome, { before: application, refresh, project, now });
  }

  private async finish(
    judged: Application,
    outcome: ComparisonOutcome,
    about: {
      readonly before: Application;
      readonly refresh: Refresh;
      readonly project: Project;
      readonly now: string;
    },
  ): Promise<void> {
    const { before, refresh, project, now } = about;
    const normalized = await this.normalize(judged);
    const managed = this.managedBy(outcome.result);
    this.managed.set(applicationKey(before), managed);
    const { health, conditions } = outcome;
    const tree = this.withTree(judged, { ...judged.status, conditions }, { managed, project });
    const synced = await this.autoSync(withStatus(normalized, tree), outcome, project);
    const reconciledAt =
      judged.status?.reconciledAt === undefined || refresh.level >= compareLevels.latest
        ? now
        : judged.status.reconciledAt;
    const status: ApplicationStatus = {
      ...tree,
      conditions: synced,
      reconciledAt,
      sync: outcome.sync,
      health: { ...judged.status?.health, status: health.status },
      resources: this.storedResources(outcome.result.resources),
      resourceHealthSource: health.resourceHealthSource,
      ...sourceTypesOf(judged, outcome),
      controllerNamespace: this.context.namespace,
    };
    this.logChange(before, status);
    await this.updateFinalizers(before, outcome);
    await this.context.writer.persistStatus(before, status);
  }

  /** Writes the spec without fields that hold nothing. Source: `normalizeApplication`. */
  private async normalize(application: Application): Promise<Application> {
    const { spec, patch } = this.normalized(application.spec);
    if (patch !== undefined) await this.context.writer.attempt(application, { spec: patch });
    return { ...application, spec };
  }

  private withTree(
    application: Application,
    status: ApplicationStatus,
    { managed, project }: { readonly managed: readonly ManagedKey[]; readonly project: Project },
  ): ApplicationStatus {
    const { cluster, store, namespace } = this.context;
    const warning =
      project.orphanedResources === undefined
        ? []
        : orphanWarning({
            graph: cluster.graph,
            project,
            namespace: application.spec.destination?.namespace ?? '',
            managed: new Set(managed.map(({ key }) => keyText(key))),
            exists: (instance) => store.get(keyOfInstance(instance, namespace)) !== undefined,
          });
    return {
      ...status,
      summary: this.summaries.of(application, cluster.graph, { managed, project }),
      conditions: setConditions(
        status.conditions ?? [],
        warning,
        ['OrphanedResourceWarning'],
        this.now(),
      ),
    };
  }

  /** Starts an automated sync where that is due. Returns the conditions after it. */
  private async autoSync(
    application: Application,
    outcome: ComparisonOutcome,
    project: Project,
  ): Promise<NonNullable<ApplicationStatus['conditions']>> {
    const before = application.status?.conditions ?? [];
    if (!this.windowsPermit(application, project)) return before;
    const { clock, selfHeal, refreshes } = this.context;
    const decision = decideAutoSync(application, {
      status: outcome.sync,
      resources: outcome.result.resources,
      compareRevisions: true,
      selfHeal,
      nowMilliseconds: clock.nowMs(),
    });
    this.logDecision(application, decision);
    let condition: ApplicationCondition | undefined;
    if (decision.do === 'nothing') condition = decision.condition;
    else if (decision.do === 'wait') {
      const key = applicationKey(application);
      refreshes.requestAfter(key, compareLevels.latest, decision.milliseconds);
    } else {
      const answer = await this.context.writer.requestOperation(application, decision.operation);
      if (typeof answer !== 'string') condition = { type: 'SyncError', message: answer.error };
    }
    const found = condition === undefined ? [] : [condition];
    return setConditions(before, found, ['SyncError'], this.now());
  }

  private windowsPermit(application: Application, { spec }: Project): boolean {
    const { name = '' } = application.metadata;
    const { destination = {} } = application.spec;
    const windows = windowsOf(spec.syncWindows ?? [], { name, destination });
    const decision = canSync(windows, {
      now: new Date(this.context.clock.nowMs()),
      isManual: false,
    });
    if (!decision.allowed) {
      this.context.log({
        level: 'debug',
        object: applicationKey(application),
        message: `automated sync is prevented by a sync window (${decision.reason})`,
        detail: decision,
      });
    }
    return decision.allowed;
  }

  private logChange(before: Application, status: ApplicationStatus): void {
    const [old, now] = [before.status, status].map((one) => ({
      sync: one?.sync?.status ?? '',
      health: one?.health?.status ?? '',
    }));
    if (equalData(old, now)) return;
    this.context.log({
      level: 'info',
      object: applicationKey(before),
      message: `${now?.sync ?? ''}, ${now?.health ?? ''}`,
    });
  }

  private logDecision(application: Application, decision: AutoSyncDecision): void {
    if (decision.do === 'nothing' && decision.reason === 'notAutomated') return;
    const why = decision.do === 'wait' ? `${decision.milliseconds} ms` : decision.reason;
    this.context.log({
      level: 'debug',
      object: applicationKey(application),
      message: `automated sync: ${decision.do} (${why})`,
      detail: decision,
    });
  }

  /** Finalizers that make sure that hooks of a deletion run. */
  private async updateFinalizers(
    application: Application,
    { result }: ComparisonOutcome,
  ): Promise<void> {
    if (isBeingDeleted(application)) return;
    const finalizers = deletionFinalizers(application.metadata.finalizers ?? [], result);
    if (finalizers === undefined) return;
    await this.context.writer.attempt(application, { metadata: { finalizers } });
  }

  private now(): string {
    return timeText(this.context.clock.nowMs());
  }
}

/** A spec as it is written without fields that hold nothing, and the patch that takes these out. */
function normalizedSpec(given: Application['spec']): {
  readonly spec: Application['spec'];
  readonly patch: unknown;
} {
  const written = encodeSpec(given) as Application['spec'];
  const spec = encodeSpec(normalizeSpec({ ...written })) as Application['spec'];
  return { spec, patch: mergePatchOf(written, spec) };
}

function managedKeys({ reconciliation }: ComparisonResult): readonly ManagedKey[] {
  return reconciliation.resources.map(({ target, live }) => ({
    key: resourceKey(live ?? target ?? {}),
    live: live !== undefined,
  }));
}

function requestFor(
  application: Application,
  { level, hard }: Refresh,
  project: Project,
): ComparisonRequest {
  const multiSource = isMultiSource(application);
  const sources = sourcesOf(application);
  const { revision = '', revisions = [] } = application.status?.sync ?? {};
  const known = multiSource ? revisions : [revision];
  const wanted = sources.map(({ targetRevision }) => targetRevision ?? '');
  return {
    project,
    sources,
    revisions: level === compareLevels.recent ? known : wanted,
    multiSource,
    noCache: hard,
    noRevisionCache: level === compareLevels.latestForceResolve,
  };
}

function withStatus(application: Application, status: ApplicationStatus): Application {
  return { ...application, status: { ...application.status, ...status } };
}

function unknown(
  { status }: Application,
  conditions: NonNullable<ApplicationStatus['conditions']>,
): ApplicationStatus {
  return {
    ...status,
    conditions,
    sync: { comparedTo: {}, ...status?.sync, status: 'Unknown' },
    health: { ...status?.health, status: 'Unknown' },
  };
}

/** Resources in Argo CD's order, as they are written. */
function toStoredResources(resources: readonly ResourceStatus[]): readonly StoredResource[] {
  return (encodeResources(sortedResources(resources)) ?? []) as StoredResource[];
}

/** Source: `resourceStatusKey` in controller/appcontroller.go. */
function sortedResources(resources: readonly ResourceStatus[]): readonly ResourceStatus[] {
  const key = ({ group, kind, namespace, name }: ResourceStatus): string =>
    `${group}/${kind}/${namespace}/${name}`;
  return resources
    .map((resource) => ({ id: key(resource), resource }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .map(({ resource }) => resource);
}

function sourceTypesOf(
  application: Application,
  { sourceTypes }: ComparisonOutcome,
): Pick<ApplicationStatus, 'sourceType' | 'sourceTypes'> {
  if (isMultiSource(application)) return { sourceType: '', sourceTypes };
  const [sourceType = ''] = sourceTypes;
  return { sourceType, sourceTypes: [] };
}
