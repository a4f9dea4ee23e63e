import { KubeError } from '@tidegate/kube';
import { namespaceMetadataChanged, setConditions } from '@tidegate/core/argocd/application';
import { timeText } from '@tidegate/core/argocd/auto-sync';
import { judgeApplication, type ApplicationHealth } from '@tidegate/core/argocd/health';
import { permitsKind, permitsObject } from '@tidegate/core/argocd/projects';
import {
  compareState,
  groupVersionKind,
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
import type { SourceManifests } from '../ports/manifests.ts';
import type { Comparison, Differ, InstanceSettings } from '../settings/instance-settings.ts';
import { TrackingError } from '../tracking/index.ts';
import { applicationKey, instanceName, type Application, type SyncStatus } from './application.ts';
import type { ComparerOptions, ComparisonOutcome, ComparisonRequest } from './comparison-model.ts';
import type { ComparisonInputs, ComparisonMemory } from './comparison-memory.ts';
import { inCluster } from './clusters.ts';
import { predictApplies, serverSideDiffOf, type ServerSideDiff } from './predict-applies.ts';

const evaluated = [
  'ComparisonError',
  'SharedResourceWarning',
  'RepeatedResourceWarning',
  'ExcludedResourceWarning',
];

/** The rendered sources, or why there are none. */
export type Wanted = { readonly sources: readonly SourceManifests[] } | { readonly error: string };

export interface Subject {
  readonly application: Application;
  readonly request: ComparisonRequest;
  readonly settings: InstanceSettings;
  readonly memory: Memory;
}

/** What is remembered of Applications. */
export interface Memory {
  readonly prepared: ComparisonMemory<Prepared>;
  readonly compared: ComparisonMemory<Compared>;
}

/** Targets as they are compared, and what there is to say about them. */
export interface Prepared {
  readonly targets: readonly KubeObject[];
  readonly conditions: readonly ApplicationCondition[];
}

const noObjects: ReadonlyMap<string, KubeObject> = new Map();

/** What a comparison of the same things would say again. */
export interface Compared {
  readonly result: ComparisonResult;
  readonly health: ApplicationHealth;
  /** What it found to say. */
  readonly found: readonly ApplicationCondition[];
  readonly differ: Differ;
  readonly differences: ReadonlyMap<string, boolean>;
}

/** One comparison while it runs. */
export class OneComparison {
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
    const sources = 'sources' in wanted ? wanted.sources : [];
    const compared =
      'error' in wanted ? await this.compareWithout(wanted.error) : await this.compare(sources);
    const conditions = setConditions(
      application.status?.conditions ?? [],
      compared.found,
      evaluated,
      timeText(this.options.clock.nowMs()),
    );
    return {
      sync: this.syncStatus(compared.result, sources),
      result: compared.result,
      health: compared.health,
      conditions,
      sourceTypes: sources.map(({ sourceType }) => sourceType),
      differ: compared.differ,
      modified: (id) => compared.differences.get(id),
    };
  }

  private async compareWithout(error: string): Promise<Compared> {
    this.fail(error);
    return this.judgeAll([], await this.liveObjects([]));
  }

  private async compare(sources: readonly SourceManifests[]): Promise<Compared> {
    const { application, settings, request, memory } = this.subject;
    const key = applicationKey(application);
    const decisive = {
      sources,
      settings,
      project: request.project,
      resources: this.options.discovery.all(),
      spec: application.spec,
      annotations: application.metadata.annotations,
    };
    const targets = this.targetsOf(key, decisive);
    const live = await this.liveObjects(targets);
    const inputs = { ...decisive, live };
    const known = memory.compared.find(key, inputs);
    if (known !== undefined) return known;
    const compared = await this.judgeAll(targets, live);
    if (!this.incomplete && this.isRepeatable()) memory.compared.keep(key, inputs, compared);
    return compared;
  }

  private targetsOf(key: string, decisive: Omit<ComparisonInputs, 'live'>): readonly KubeObject[] {
    const { prepared } = this.subject.memory;
    const inputs = { ...decisive, live: noObjects };
    const known = prepared.find(key, inputs);
    if (known !== undefined) {
      this.conditions.push(...known.conditions);
      return known.targets;
    }
    const manifests = decisive.sources.flatMap((source) => source.manifests);
    const targets = this.prepareTargets(manifests);
    if (!this.incomplete) {
      prepared.keep(key, inputs, { targets, conditions: [...this.conditions] });
    }
    return targets;
  }

  /** Whether nothing but the inputs decides: no dry runs, and no namespace that is looked after. */
  private isRepeatable(): boolean {
    const { application } = this.subject;
    return (
      serverSideDiffOf(application) === undefined &&
      application.spec.syncPolicy?.managedNamespaceMetadata === undefined
    );
  }

  private async judgeAll(
    targets: readonly KubeObject[],
    live: ReadonlyMap<string, KubeObject>,
  ): Promise<Compared> {
    const objects = [...live.values()];
    this.warnOfShared(objects);
    if (this.differ.fault !== undefined) this.failToCompare(this.differ.fault);
    await this.predict(targets, objects);
    const result = this.compareAll(targets, objects);
    const health = this.judge(result);
    return {
      result,
      health,
      found: [...this.conditions, ...result.conditions],
      differ: this.differ,
      differences: this.differences,
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

  private async liveObjects(targets: readonly KubeObject[]): Promise<Map<string, KubeObject>> {
    try {
      const found = await this.options.cluster.managedObjects(this.instance, targets);
      for (const [id, object] of found) if (!this.isLivePermitted(object)) found.delete(id);
      return found;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const cause = `failed to get managed objects: unexpected error getting managed object: ${error.message}`;
      this.fail(`Failed to load live state: ${cause}`);
      return new Map();
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
