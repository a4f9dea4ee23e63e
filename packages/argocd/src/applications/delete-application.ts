import { setConditions } from '@tidegate/core/argocd/application';
import { isDeletionConfirmed, timeText } from '@tidegate/core/argocd/auto-sync';
import { permitsObject } from '@tidegate/core/argocd/projects';
import {
  annotationOption,
  groupVersionKind,
  hasAnnotationValue,
  isCustomResourceDefinition,
  isDeleting,
  keyText,
  nameOf,
  namespaceOf,
  optionValue,
  resourceKey,
  syncAnnotations,
  waveOf,
  type KubeObject,
} from '@tidegate/core/argocd/sync';
import { instanceName, type Application } from './application.ts';
import { destinationCluster, inCluster } from './clusters.ts';
import type { ControllerContext } from './context.ts';
import { DeletionHooks } from './deletion-hooks.ts';
import {
  cascadePolicy,
  hookFinalizerName,
  isCascading,
  withoutCascade,
  withoutHooks,
  type DeletionHookType,
} from './finalizers.ts';
import type { Project } from './projects.ts';

/**
 * Deletes what belongs to an Application that is being deleted, as far as its finalizers say so.
 * Source: `finalizeApplicationDeletion` in controller/appcontroller.go.
 */
export class ApplicationDeletion {
  private readonly context: ControllerContext;
  private readonly hooks: DeletionHooks;

  constructor(context: ControllerContext) {
    this.context = context;
    this.hooks = new DeletionHooks(context);
  }

  /** Takes the deletion as far as it goes now; what fails becomes a condition. */
  async run(known: Application): Promise<void> {
    const application = await this.context.writer.fresh(known).catch(() => undefined);
    if (application === undefined) return;
    try {
      await this.finalize(application);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.showError(application, message);
    }
  }

  private async showError(application: Application, message: string): Promise<void> {
    const before = application.status?.conditions ?? [];
    if (before.some((one) => one.type === 'DeletionError' && one.message === message)) return;
    const conditions = setConditions(
      before,
      [{ type: 'DeletionError', message }],
      ['DeletionError'],
      timeText(this.context.clock.nowMs()),
    );
    await this.context.writer.attempt(application, { status: { conditions } });
  }

  private async finalize(application: Application): Promise<void> {
    const finalizers = application.metadata.finalizers ?? [];
    const project = this.context.projects.projectOf(application);
    if ('condition' in project) throw new Error(this.missingProject(application));
    if ('fault' in destinationCluster(application.spec.destination ?? {})) {
      const left = withoutHooks(
        withoutHooks(withoutCascade(finalizers), 'PreDelete'),
        'PostDelete',
      );
      return this.setFinalizers(application, left);
    }
    if (finalizers.includes(hookFinalizerName('PreDelete'))) {
      if (!(await this.runHooks(application, project, 'PreDelete'))) return;
    }
    if (isCascading(finalizers)) return this.deleteObjects(application, project);
    if (finalizers.includes(hookFinalizerName('PostDelete'))) {
      await this.runHooks(application, project, 'PostDelete');
      return;
    }
    for (const type of ['PreDelete', 'PostDelete'] as const) {
      if (!finalizers.includes(hookFinalizerName(type, true))) continue;
      const live = await this.liveObjects(application, project);
      if (!(await this.hooks.cleanUp(type, live))) return;
      return this.setFinalizers(application, without(finalizers, hookFinalizerName(type, true)));
    }
  }

  private missingProject({ spec: { project = 'default' } }: Application): string {
    return `error getting app project "${project}": appproject.argoproj.io "${project}" not found`;
  }

  /** Runs hooks of the deletion. True: they are over, and their finalizer is gone. */
  private async runHooks(
    application: Application,
    project: Project,
    type: DeletionHookType,
  ): Promise<boolean> {
    const live = await this.liveObjects(application, project);
    if (!(await this.hooks.run(type, application, { project, live }))) return false;
    const finalizers = application.metadata.finalizers ?? [];
    await this.setFinalizers(application, without(finalizers, hookFinalizerName(type)));
    return true;
  }

  /** Deletes objects, the highest wave first, and waits until all are gone. */
  private async deleteObjects(application: Application, project: Project): Promise<void> {
    const live = await this.liveObjects(application, project);
    if (live.some(isDeleting)) return;
    const doomed = live.filter((object) => this.goesWith(application, object));
    if (doomed.some((object) => needsApproval(application, object))) return;
    const wave = Math.max(...doomed.map(waveOf));
    const now = doomed.filter((object) => waveOf(object) === wave);
    const propagation = cascadePolicy(application.metadata.finalizers ?? []);
    const { answers } =
      now.length === 0
        ? { answers: [] }
        : await this.context.execute(
            now.map((object) => ({
              do: 'delete' as const,
              version: groupVersionKind(object).version,
              key: resourceKey(object),
              propagation,
            })),
          );
    const failed = answers.find((answer) => !answer.ok && answer.notFound !== true);
    if (failed !== undefined && !failed.ok) throw new Error(failed.message);
    const left = await this.liveObjects(application, project);
    if (left.some((object) => this.goesWith(application, object))) return;
    await this.setFinalizers(application, withoutCascade(application.metadata.finalizers ?? []));
  }

  private async liveObjects(application: Application, project: Project): Promise<KubeObject[]> {
    const instance = instanceName(application, this.context.namespace);
    const found = await this.context.cluster.managedObjects(instance, []);
    return [...found.values()].filter((object) => {
      const { group, kind } = groupVersionKind(object);
      const destination = { ...inCluster, namespace: namespaceOf(object) };
      return permitsObject(project.spec, { group, kind, name: nameOf(object) }, destination)
        .permitted;
    });
  }

  /** Whether an object goes with its Application. Source: `shouldBeDeleted`. */
  private goesWith(application: Application, object: KubeObject): boolean {
    const options = application.spec.syncPolicy?.syncOptions ?? [];
    const option =
      annotationOption(object, syncAnnotations.options, 'Delete') ?? optionValue(options, 'Delete');
    const keeps = hasAnnotationValue(object, 'helm.sh/resource-policy', 'keep');
    const isItself = object.metadata?.uid === application.metadata.uid;
    return !isCustomResourceDefinition(object) && !isItself && option !== 'false' && !keeps;
  }

  private async setFinalizers(
    application: Application,
    finalizers: readonly string[],
  ): Promise<void> {
    await this.context.writer.patch(application, { metadata: { finalizers } });
  }
}

/** Whether a person has to approve of the deletion of an object first. */
function needsApproval(application: Application, object: KubeObject): boolean {
  const since = application.metadata.deletionTimestamp ?? '';
  const id = keyText(resourceKey(object));
  const known = (application.status?.resources ?? []).find(
    ({ group = '', kind = '', namespace = '', name = '' }) =>
      keyText({ group, kind, namespace, name }) === id,
  );
  return known?.requiresDeletionConfirmation === true && !isDeletionConfirmed(application, since);
}

function without(finalizers: readonly string[], name: string): readonly string[] {
  return finalizers.filter((one) => one !== name);
}
