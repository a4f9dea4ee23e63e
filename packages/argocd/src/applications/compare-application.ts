import { KubeError, type Clock, type KubeClient } from '@tidegate/kube';
import {
  namespaceMetadataChanged,
  setConditions,
  type StoredCondition,
} from '@tidegate/core/argocd/application';
import { timeText } from '@tidegate/core/argocd/auto-sync';
import { judgeApplication, type ApplicationHealth } from '@tidegate/core/argocd/health';
import { permitsKind, permitsObject } from '@tidegate/core/argocd/projects';
import {
  compareState,
  groupVersionKind,
  isNamespace,
  keyText,
  nameOf,
  namespaceOf,
  normalizeTargets,
  reconcile,
  resourceKey,
  type ApplicationCondition,
  type ComparisonInput,
  type ComparisonResult,
  type KubeObject,
} from '@tidegate/core/argocd/sync';
import type { ClusterCache } from '../cluster/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { ApplicationSource, ManifestSource, SourceManifests } from '../ports/manifests.ts';
import type { Comparison, Differ, InstanceSettings } from '../settings/instance-settings.ts';
import { TrackingError } from '../tracking/index.ts';
import { instanceName, type Application, type SyncStatus } from './application.ts';
import { inCluster } from './clusters.ts';
import { predictApplies, serverSideDiffOf, type ServerSideDiff } from './predict-applies.ts';
import type { Project } from './projects.ts';

/** What comparisons need besides the Application. */
export interface ComparerOptions {
  readonly client: KubeClient;
  readonly manifests: ManifestSource;
  readonly cluster: ClusterCache;
  readonly discovery: Discovery;
  readonly settings: () => InstanceSettings;
  readonly clock: Clock;
  /** Argo CD's namespace. */
  readonly namespace: string;
  /** How long an error of a repository leaves the status of before. */
  readonly repositoryErrorGraceMs: number;
}

/** What is compared, and how thoroughly. */
export interface ComparisonRequest {
  readonly project: Project;
  readonly sources: readonly ApplicationSource[];
  readonly revisions: readonly string[];
  readonly multiSource: boolean;
  readonly noCache: boolean;
  readonly noRevisionCache: boolean;
}

/** What came of a comparison. */
export interface ComparisonOutcome {
  readonly sync: SyncStatus;
  readonly result: ComparisonResult;
  readonly health: ApplicationHealth;
  /** Conditions of the Application after it. */
  readonly conditions: readonly StoredCondition[];
  /** One for each source that was rendered. */
  readonly sourceTypes: readonly string[];
  readonly differ: Differ;
  /** Whether an object differs; undefined: not compared. */
  modified(id: string): boolean | undefined;
}

const evaluated = [
  'ComparisonError',
  'SharedResourceWarning',
  'RepeatedResourceWarning',
  'ExcludedResourceWarning',
];

/**
 * Compares Applications with the cluster.
 * Source: `CompareAppState` in controller/state.go.
 */
export class Comparer {
  private readonly options: ComparerOptions;
  /** When a repository failed first, by Application. */
  private readonly failingSince = new Map<string, number>();

  constructor(options: ComparerOptions) {
    this.options = options;
  }

  /** Undefined: a repository fails, but not for long; what was known stays. */
  async compare(
    application: Application,
    request: ComparisonRequest,
  ): Promise<ComparisonOutcome | undefined> {
    const settings = this.options.settings();
    const wanted = await this.targets(application, request);
    if (this.isTemporary(application, request, wanted)) return undefined;
    const comparison = new OneComparison(this.options, { application, request, settings });
    return comparison.run(wanted);
  }

  private async targets(
    application: Application,
    { project, sources, revisions, multiSource, noCache, noRevisionCache }: ComparisonRequest,
  ): Promise<Wanted> {
    const { discovery, namespace, settings } = this.options;
    const answer = await this.options.manifests.generate({
      application: {
        name: instanceName(application, namespace),
        namespace: application.metadata.namespace ?? '',
        project: project.name,
        destinationNamespace: application.spec.destination?.namespace ?? '',
      },
      sources,
      revisions: sources.map((source, index) =>
        revisions.length === sources.length && revisions[index] !== ''
          ? (revisions[index] ?? '')
          : (source.targetRevision ?? ''),
      ),
      multiSource,
      noRevisionCache,
      noCache,
      kubeVersion: discovery.kubeVersion(),
      apiVersions: discovery.apiVersions((group, kind) => settings().excluded(group, kind)),
    });
    if ('sources' in answer) return { sources: answer.sources };
    const where =
      answer.source === undefined
        ? ''
        : `failed to generate manifest for source ${answer.source + 1} of ${sources.length}: `;
    return { error: `Failed to load target state: ${where}${answer.error}` };
  }

  /** Whether an error of a repository is to be passed over. Source: `repoErrorGracePeriod`. */
  private isTemporary(
    { metadata: { name = '' } }: Application,
    { noRevisionCache }: ComparisonRequest,
    wanted: Wanted,
  ): boolean {
    if ('sources' in wanted) {
      this.failingSince.delete(name);
      return false;
    }
    const since = this.failingSince.get(name);
    const now = this.options.clock.nowMs();
    if (noRevisionCache) return false;
    if (since === undefined) this.failingSince.set(name, now);
    return since === undefined || now - since <= this.options.repositoryErrorGraceMs;
  }
}

/** The rendered sources, or why there are none. */
type Wanted = { readonly sources: readonly SourceManifests[] } | { readonly error: string };

interface Subject {
  readonly application: Application;
  readonly request: ComparisonRequest;
  readonly settings: InstanceSettings;
}

/** One comparison while it runs. */
class OneComparison {
  private readonly options: ComparerOptions;
  private readonly subject: Subject;
  private readonly differ: Differ;
  private readonly conditions: ApplicationCondition[] = [];
  private readonly differences = new Map<string, boolean>();
  private incomplete = false;
  private predictions:
    (ServerSideDiff & { readonly predicted: ReadonlyMap<string, KubeObject> }) | undefined;

  constructor(options: ComparerOptions, subject: Subject) {
    this.options = options;
    this.subject = subject;
    this.differ = subject.settings.differ(subject.application);
  }

  async run(wanted: Wanted): Promise<ComparisonOutcome> {
    const { application } = this.subject;
    if ('error' in wanted) this.fail(wanted.error);
    const sources = 'sources' in wanted ? wanted.sources : [];
    const targets = this.prepareTargets(sources.flatMap(({ manifests }) => manifests));
    const live = await this.liveObjects(targets);
    this.warnOfShared(live);
    if (this.differ.fault !== undefined) this.failToCompare(this.differ.fault);
    await this.predict(targets, live);
    const result = this.compareAll(targets, live);
    const health = this.judge(result);
    const conditions = setConditions(
      application.status?.conditions ?? [],
      [...this.conditions, ...result.conditions],
      evaluated,
      timeText(this.options.clock.nowMs()),
    );
    return {
      sync: this.syncStatus(result, sources),
      result,
      health,
      conditions,
      sourceTypes: sources.map(({ sourceType }) => sourceType),
      differ: this.differ,
      modified: (id) => this.differences.get(id),
    };
  }

  private get instance(): string {
    return instanceName(this.subject.application, this.options.namespace);
  }

  private get destinationNamespace(): string {
    return this.subject.application.spec.destination?.namespace ?? '';
  }

  private fail(message: string): void {
    this.conditions.push({ type: 'ComparisonError', message });
    this.incomplete = true;
  }

  private failToCompare(cause: string): void {
    this.fail(`Failed to compare desired state to live state: ${cause}`);
  }

  /** Asks the server what applies would make, where the Application wants to be compared with that. */
  private async predict(
    targets: readonly KubeObject[],
    live: readonly KubeObject[],
  ): Promise<void> {
    const wanted = serverSideDiffOf(this.subject.application);
    if (wanted === undefined) return;
    const { resources } = reconcile(targets, live, this.input(targets, live));
    try {
      const predicted = await predictApplies(resources, this.options);
      this.predictions = { ...wanted, predicted };
    } catch (error) {
      this.failToCompare(error instanceof Error ? error.message : String(error));
    }
  }

  /** Targets with their namespaces and tracking, without kinds that are excluded. */
  private prepareTargets(manifests: readonly KubeObject[]): KubeObject[] {
    const { settings } = this.subject;
    const namespace = this.destinationNamespace;
    const isNamespaced = (object: KubeObject): boolean | undefined =>
      this.options.cluster.isNamespaced(object);
    const { targets, conditions } = normalizeTargets({
      targets: manifests,
      namespace,
      isNamespaced,
    });
    this.conditions.push(...conditions);
    const wanted = targets.filter((target) => !this.isExcluded(target));
    try {
      return wanted.map((target) => settings.track(target, this.instance, namespace));
    } catch (error) {
      if (!(error instanceof TrackingError)) throw error;
      this.fail(`Failed to load target state: ${error.message}`);
      return [];
    }
  }

  private isExcluded(target: KubeObject): boolean {
    const { group, kind } = groupVersionKind(target);
    if (!this.subject.settings.excluded(group, kind)) return false;
    const message = `Resource ${group}/${kind} ${nameOf(target)} is excluded in the settings`;
    this.conditions.push({ type: 'ExcludedResourceWarning', message });
    return true;
  }

  private async liveObjects(targets: readonly KubeObject[]): Promise<KubeObject[]> {
    try {
      const found = await this.options.cluster.managedObjects(this.instance, targets);
      return [...found.values()].filter((object) => this.isLivePermitted(object));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const cause = `failed to get managed objects: unexpected error getting managed object: ${error.message}`;
      this.fail(`Failed to load live state: ${cause}`);
      return [];
    }
  }

  private isLivePermitted(object: KubeObject): boolean {
    const { group, kind } = groupVersionKind(object);
    const destination = { ...inCluster, namespace: namespaceOf(object) };
    const { spec } = this.subject.request.project;
    return permitsObject(spec, { group, kind, name: nameOf(object) }, destination).permitted;
  }

  private warnOfShared(live: readonly KubeObject[]): void {
    const { settings, application } = this.subject;
    const { namespace = '', name = '' } = application.metadata;
    for (const object of live) {
      const owner = settings.applicationOf(object);
      if (owner === '' || owner === this.instance) continue;
      const kind = object.kind ?? '';
      const others = `${namespace}/${name} and ${owner.replaceAll('_', '/')}`;
      const message = `${kind}/${nameOf(object)} is part of applications ${others}`;
      this.conditions.push({ type: 'SharedResourceWarning', message });
    }
  }

  private compareAll(
    targets: readonly KubeObject[],
    live: readonly KubeObject[],
  ): ComparisonResult {
    try {
      return compareState(this.input(targets, live));
    } catch (error) {
      if (!this.incomplete) {
        this.failToCompare(error instanceof Error ? error.message : String(error));
      }
      return compareState({ ...this.input(targets, live), modified: () => false });
    }
  }

  private input(targets: readonly KubeObject[], live: readonly KubeObject[]): ComparisonInput {
    const { application, settings } = this.subject;
    const { name = '' } = application.metadata;
    const { syncOptions, managedNamespaceMetadata } = application.spec.syncPolicy ?? {};
    return {
      targets,
      live,
      namespace: this.destinationNamespace,
      isNamespaced: (object) => this.options.cluster.isNamespaced(object),
      modified: (target, object) => this.isModified(target, object),
      isOwn: (object, target) => settings.isOwn(object, target, name),
      isPermitted: (object) => this.isKindPermitted(object),
      ...(syncOptions === undefined ? {} : { syncOptions }),
      ...(managedNamespaceMetadata === undefined
        ? {}
        : {
            managedNamespace: {
              wanted: managedNamespaceMetadata,
              changed: namespaceMetadataChanged(application),
            },
          }),
      incomplete: this.incomplete,
    };
  }

  private isModified(target: KubeObject, live: KubeObject): boolean {
    const { modified } = this.differenceOf(target, live);
    this.differences.set(keyText(resourceKey(live)), modified);
    return modified;
  }

  private differenceOf(target: KubeObject, live: KubeObject): Comparison {
    const predicted = this.predictions?.predicted.get(keyText(resourceKey(live)));
    if (this.predictions === undefined || predicted === undefined) {
      return this.differ.compare(target, live);
    }
    const { includeMutationWebhook } = this.predictions;
    return this.differ.compareServerSide(target, live, { predicted, includeMutationWebhook });
  }

  private isKindPermitted(object: KubeObject): boolean {
    const { group, kind } = groupVersionKind(object);
    const isNamespaced = this.options.cluster.isNamespaced(object) === true;
    const { spec } = this.subject.request.project;
    return permitsKind(spec, { group, kind, name: nameOf(object), isNamespaced }).permitted;
  }

  private judge({ reconciliation }: ComparisonResult): ApplicationHealth {
    const { name = '', namespace = '', uid = '' } = this.subject.application.metadata;
    const health = judgeApplication({
      resources: reconciliation.resources.map(({ target, live }) => ({
        ...groupVersionKind(live ?? target ?? {}),
        target,
        live,
      })),
      checks: this.subject.settings.checks,
      application: { name, namespace, uid },
      persistResourceHealth: false,
    });
    if (health.error !== undefined) {
      const message = `error setting app health: ${health.error}`;
      this.conditions.push({ type: 'ComparisonError', message });
    }
    return health;
  }

  private syncStatus(result: ComparisonResult, rendered: readonly SourceManifests[]): SyncStatus {
    const { application, request } = this.subject;
    const { destination = {}, ignoreDifferences } = application.spec;
    const revisions = rendered.map(({ revision }) => revision);
    const [source] = request.sources;
    const [revision = request.revisions[0] ?? ''] = revisions;
    return {
      status: result.status,
      comparedTo: {
        destination,
        ...(ignoreDifferences === undefined ? {} : { ignoreDifferences }),
        ...(request.multiSource
          ? { sources: request.sources }
          : source === undefined
            ? {}
            : { source }),
      },
      ...(request.multiSource ? { revisions } : { revision }),
    };
  }
}

/** Whether an object is the namespace that an Application looks after. */
export function isManagedNamespace({ spec }: Application, object: KubeObject): boolean {
  return (
    spec.syncPolicy?.managedNamespaceMetadata !== undefined &&
    isNamespace(object) &&
    nameOf(object) === spec.destination?.namespace
  );
}
