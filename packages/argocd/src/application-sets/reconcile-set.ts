import {
  controllingSet,
  decideSet,
  decideSetDeletion,
  deleteFailure,
  driveGeneratorAsync,
  generateApplications,
  refreshFailure,
  setRefreshAnnotation,
  writeFailure,
  type ApplicationSet,
  type ApplicationWrite,
  type GeneratedApplication,
  type KnownCluster,
  type PolicyChoice,
  type RepositoryAnswer,
  type RepositoryRequest,
  type SetAction,
  type SetDecision,
  type SetOutcome,
  type SetSurroundings,
} from '@tidegate/core/argocd/applicationset';
import { isNotFound, type JsonObject, type KubeClient, type ObjectRef } from '@tidegate/kube';
import type { ManifestSource } from '../ports/manifests.ts';
import type { ApplicationCache } from './application-cache.ts';
import type { SetStatusWriter } from './set-status.ts';
import type { ApplicationSetSettings } from './settings.ts';
import { emptyStatus, withTypedStatus } from './typed-application.ts';
import { applicationType, setType } from './types.ts';

/** What reconciling a set takes. */
export interface ReconcileDeps {
  readonly client: KubeClient;
  readonly manifests: ManifestSource;
  readonly namespace: string;
  readonly applications: ApplicationCache;
  readonly status: SetStatusWriter;
  readonly settings: ApplicationSetSettings;
  /** The set as the controller's copy holds it. */
  readonly findSet: (key: string) => JsonObject | undefined;
  readonly projects: () => readonly string[];
  readonly clusters: () => readonly KnownCluster[];
  readonly onDecision: (key: string, decision: SetDecision) => void;
}

/**
 * One look at a set: generates, writes, deletes, then tells so in its status. Answers in how many
 * seconds to look again; undefined: when something changes. Throws what has to be tried again with a
 * growing delay. Source: `Reconcile` in applicationset/controllers/applicationset_controller.go.
 */
export async function reconcileSet(key: string, deps: ReconcileDeps): Promise<number | undefined> {
  const object = deps.findSet(key);
  if (object === undefined) return undefined;
  const set = object as unknown as ApplicationSet;
  if (set.metadata['deletionTimestamp'] !== undefined) return finishDeletion(set, deps);
  return new Reconciliation(key, set, deps).run();
}

async function finishDeletion(set: ApplicationSet, deps: ReconcileDeps): Promise<undefined> {
  const { client, applications, namespace } = deps;
  const decision = decideSetDeletion(set, surroundings(deps));
  for (const name of decision.release) {
    const key = `${namespace}/${name}`;
    const application = applications.get(key);
    if (application === undefined) continue;
    const metadata = { ...(application['metadata'] as JsonObject) };
    delete metadata['ownerReferences'];
    const released = withTypedStatus({ ...application, metadata });
    await applications.write(key, () => client.update(applicationType, released));
  }
  const { resourceVersion, finalizers = [] } = set.metadata;
  if (decision.finalizers.length === finalizers.length) return;
  const patch = { resourceVersion, finalizers: [...decision.finalizers] };
  await client.patch(setType, refOf(set), {
    type: 'merge',
    patch: { metadata: patch as JsonObject },
  });
}

function surroundings(deps: ReconcileDeps): SetSurroundings {
  const { preserved, requeueSeconds } = deps.settings;
  return {
    applications: deps.applications.list() as unknown as GeneratedApplication[],
    projects: deps.projects(),
    clusters: deps.clusters(),
    preserved,
    defaultRequeueSeconds: requeueSeconds,
    ...policyChoice(deps.settings),
  };
}

function policyChoice({ policy, policyOverride }: ApplicationSetSettings): PolicyChoice {
  return {
    ...(policy === undefined ? {} : { controllerPolicy: policy }),
    ...(policyOverride === undefined ? {} : { policyOverride }),
  };
}

function refOf({ metadata }: ApplicationSet): ObjectRef {
  return { name: metadata.name ?? '', namespace: metadata.namespace ?? '' };
}

/** Why Applications could not be written or deleted, by name. */
type Faults = Map<string, Error>;

class Reconciliation {
  private readonly key: string;
  private readonly set: ApplicationSet;
  private readonly deps: ReconcileDeps;
  private readonly ref: ObjectRef;

  constructor(key: string, set: ApplicationSet, deps: ReconcileDeps) {
    this.key = key;
    this.set = set;
    this.deps = deps;
    this.ref = refOf(set);
  }

  async run(): Promise<number | undefined> {
    await this.clearRollout();
    const steps = generateApplications(this.generated(), { projects: this.deps.projects() });
    const generation = await driveGeneratorAsync(steps, (request) => this.answer(request));
    const decision = decideSet(this.set, generation, surroundings(this.deps));
    this.deps.onDecision(this.key, decision);
    if ('error' in generation) {
      await this.tryToReport(decision.outcome);
      return decision.requeueAfterSeconds;
    }
    if (decision.validation !== undefined) await this.tryToReport(decision.validation);
    await this.carryOut(decision);
    await this.deps.status.writeResources(
      this.ref,
      this.ownApplications(),
      this.deps.settings.resourcesMax,
    );
    await this.finishRefresh();
    if (decision.validation === undefined) await this.report(decision.outcome);
    return decision.requeueAfterSeconds;
  }

  /** The set that is generated from: while progressive syncs are off, no strategy counts. */
  private generated(): ApplicationSet {
    if (this.deps.settings.progressiveSyncs) return this.set;
    const { strategy, ...spec } = this.set.spec;
    return strategy === undefined ? this.set : { ...this.set, spec };
  }

  /** Progressive syncs are off: what they may have left in the status goes. */
  private async clearRollout(): Promise<void> {
    const { applicationStatus } = (this.set.status ?? {}) as { applicationStatus?: unknown[] };
    if (applicationStatus !== undefined && applicationStatus.length > 0) {
      await this.deps.status.clearRollout(this.ref);
    }
  }

  private async answer(request: RepositoryRequest): Promise<RepositoryAnswer> {
    const { repoURL, revision } = request;
    if (request.want === 'files') {
      return { error: 'git generator with "files" is refused: only "directories" are modelled' };
    }
    const noRevisionCache = this.isRefresh();
    const project = this.projectOfTemplate();
    const wanted = { repoURL, revision, noRevisionCache, project };
    const answer = await this.deps.manifests.directories(wanted);
    if ('directories' in answer) return answer;
    return { error: `error retrieving Git Directories: ${answer.error}` };
  }

  private isRefresh(): boolean {
    return setRefreshAnnotation in (this.set.metadata.annotations ?? {});
  }

  /** A name that the template fills in is not known yet. */
  private projectOfTemplate(): string {
    const project = this.set.spec.template?.spec?.['project'];
    return typeof project === 'string' && !project.includes('{{') ? project : '';
  }

  private async carryOut({ actions, outcome, requeueAfterSeconds }: SetDecision): Promise<void> {
    const writes = await this.each(actions, 'write');
    // A set whose ignored differences do not compile writes nothing, and is tried again, too.
    const isRefused = outcome.type === 'ErrorOccurred' && requeueAfterSeconds === undefined;
    const fault = firstFault(writes) ?? (isRefused ? new Error(outcome.message) : undefined);
    if (fault !== undefined) {
      const choice = policyChoice(this.deps.settings);
      await this.fail(fault, (message) => writeFailure(this.set, message, choice));
    }
    const deletions = await this.each(actions, 'delete');
    await this.fail(firstFault(deletions), deleteFailure);
  }

  /** Carries all actions of one kind out, one after the other; a fault does not hold the others. */
  private async each(actions: readonly SetAction[], kind: SetAction['do']): Promise<Faults> {
    const faults: Faults = new Map();
    for (const action of actions) {
      if (action.do !== kind) continue;
      try {
        await this.act(action);
      } catch (error) {
        faults.set(action.name, asError(error));
      }
    }
    return faults;
  }

  private async act(action: SetAction): Promise<void> {
    const key = `${this.deps.namespace}/${action.name}`;
    if (action.do === 'write') await this.write(key, action.write);
    else await this.remove(key, action.dropFinalizer);
  }

  private async write(key: string, write: ApplicationWrite): Promise<void> {
    const { client, applications } = this.deps;
    if (write.action === 'none') return;
    if (write.action === 'refuse') throw new Error(write.error);
    if (write.action === 'create') {
      const made = { ...write.application, status: emptyStatus } as unknown as JsonObject;
      await applications.write(key, () => client.create(applicationType, made));
      return;
    }
    const patch = write.patch as JsonObject;
    await applications.write(key, () =>
      client.patch(applicationType, refOfKey(key), { type: 'merge', patch }),
    );
  }

  private async remove(key: string, dropFinalizer: boolean): Promise<void> {
    const { client, applications } = this.deps;
    const application = applications.get(key) as unknown as GeneratedApplication | undefined;
    const finalizers = application?.metadata.finalizers ?? [];
    const kept = finalizers.filter((one) => one !== 'resources-finalizer.argocd.argoproj.io');
    if (dropFinalizer && kept.length < finalizers.length) {
      const patch = { metadata: { finalizers: kept.length === 0 ? null : kept } };
      await applications.write(key, () =>
        client.patch(applicationType, refOfKey(key), { type: 'merge', patch }),
      );
    }
    await applications.delete(key, () => client.delete(applicationType, refOfKey(key)));
  }

  private ownApplications(): GeneratedApplication[] {
    const { name } = this.ref;
    const all = this.deps.applications.list() as unknown as GeneratedApplication[];
    return all.filter((application) => controllingSet(application) === name);
  }

  private async finishRefresh(): Promise<void> {
    if (!this.isRefresh()) return;
    const patch = { metadata: { annotations: { [setRefreshAnnotation]: null } } };
    try {
      await this.deps.client.patch(setType, this.ref, { type: 'merge', patch });
    } catch (error) {
      await this.fail(asError(error), refreshFailure);
    }
  }

  /** Reports a fault, and throws it to be tried again. */
  private async fail(
    fault: Error | undefined,
    outcome: (message: string) => SetOutcome,
  ): Promise<void> {
    if (fault === undefined) return;
    await this.tryToReport(outcome(fault.message));
    throw fault;
  }

  private async report(outcome: SetOutcome): Promise<void> {
    try {
      await this.deps.status.writeOutcome(this.ref, outcome);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Argo CD goes on when it cannot report a fault. */
  private async tryToReport(outcome: SetOutcome): Promise<void> {
    await this.report(outcome).catch(() => undefined);
  }
}

function refOfKey(key: string): ObjectRef {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}

/** The fault of the Application that comes first by name. */
function firstFault(faults: Faults): Error | undefined {
  const [first] = [...faults.keys()].sort();
  return first === undefined ? undefined : faults.get(first);
}
