import { isWorse } from '@tidegate/core/argocd/health';
import {
  groupVersionKind,
  hookDeletePolicies,
  isDeleting,
  isDeletionHook,
  keyText,
  nameOf,
  namespaceOf,
  resourceKey,
  withMetadata,
  type ApplyRequest,
  type KubeObject,
  type SyncAnswer,
  type SyncRequest,
} from '@tidegate/core/argocd/sync';
import { instanceName, sourcesOf, isMultiSource, type Application } from './application.ts';
import type { ControllerContext } from './context.ts';
import type { DeletionHookType } from './finalizers.ts';
import type { Project } from './projects.ts';

/** What hooks of a deletion are looked at with. */
export interface HookSurroundings {
  readonly project: Project;
  readonly live: readonly KubeObject[];
}

/**
 * Hooks that run when an Application is deleted.
 * Source: `executeHooks` and `cleanupHooks` in controller/hook.go.
 */
export class DeletionHooks {
  private readonly context: ControllerContext;

  constructor(context: ControllerContext) {
    this.context = context;
  }

  /** Creates hooks that are not there and looks at those that are. True: all are over. */
  async run(
    type: DeletionHookType,
    application: Application,
    { project, live }: HookSurroundings,
  ): Promise<boolean> {
    const running = live.filter((object) => isDeletionHook(object, type));
    const known = new Set(running.map((object) => keyText(resourceKey(object))));
    const wanted = await this.wantedHooks(type, application, project);
    const missing = wanted.filter((hook) => !known.has(keyText(resourceKey(hook))));
    if (await this.create(missing)) return false;
    const failed = running.filter((object) => this.healthOf(object) === 'Degraded');
    if (failed.length > 0) {
      await this.delete(failed);
      const names = failed.map((object) => `${namespaceOf(object)}/${nameOf(object)}`);
      throw new Error(`${type} hook(s) failed: ${names.join(', ')}`);
    }
    return running.every((object) => this.healthOf(object) !== 'Progressing');
  }

  /** Deletes hooks as their policies say. True: there is none to delete. */
  async cleanUp(type: DeletionHookType, live: readonly KubeObject[]): Promise<boolean> {
    const hooks = live.filter((object) => isDeletionHook(object, type));
    const health = hooks
      .map((object) => this.healthOf(object))
      .reduce((worst, one) => (isWorse(worst, one) ? one : worst), 'Healthy');
    const doomed = hooks.filter((object) =>
      hookDeletePolicies(object).some(
        (policy) =>
          (policy === 'HookFailed' && health === 'Degraded') ||
          (policy === 'HookSucceeded' && health === 'Healthy'),
      ),
    );
    if (doomed.length === 0) return true;
    await this.delete(doomed.filter((object) => !isDeleting(object)));
    return false;
  }

  private async wantedHooks(
    type: DeletionHookType,
    application: Application,
    project: Project,
  ): Promise<KubeObject[]> {
    const { manifests, discovery, namespace, settings } = this.context;
    const sources = sourcesOf(application);
    const destinationNamespace = application.spec.destination?.namespace ?? '';
    const instance = instanceName(application, namespace);
    const answer = await manifests.generate({
      application: {
        name: instance,
        namespace: application.metadata.namespace ?? '',
        project: project.name,
        destinationNamespace,
      },
      sources,
      revisions: sources.map(({ targetRevision }) => targetRevision ?? ''),
      multiSource: isMultiSource(application),
      noRevisionCache: false,
      noCache: false,
      kubeVersion: discovery.kubeVersion(),
      apiVersions: discovery.apiVersions((group, kind) => settings().excluded(group, kind)),
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.sources
      .flatMap((source) => source.manifests)
      .filter((object) => isDeletionHook(object, type))
      .map((object) =>
        namespaceOf(object) === ''
          ? withMetadata(object, { namespace: destinationNamespace })
          : object,
      )
      .map((object) => settings().track(object, instance, destinationNamespace));
  }

  /** Creates hooks. True: at least one is new. */
  private async create(hooks: readonly KubeObject[]): Promise<boolean> {
    if (hooks.length === 0) return false;
    const answers = await this.ask(hooks.map(creation));
    const failed = answers.find(
      (answer) => !answer.ok && !answer.message.includes('already exists'),
    );
    if (failed !== undefined && !failed.ok) throw new Error(failed.message);
    return answers.some((answer) => answer.ok);
  }

  private async delete(objects: readonly KubeObject[]): Promise<void> {
    if (objects.length === 0) return;
    const answers = await this.ask(
      objects.map((object) => ({
        do: 'delete',
        version: groupVersionKind(object).version,
        key: resourceKey(object),
        propagation: 'Background',
      })),
    );
    const failed = answers.find((answer) => !answer.ok && answer.notFound !== true);
    if (failed !== undefined && !failed.ok) throw new Error(failed.message);
  }

  private async ask(requests: readonly SyncRequest[]): Promise<readonly SyncAnswer[]> {
    return (await this.context.execute(requests)).answers;
  }

  private healthOf(object: KubeObject): string {
    const health = this.context.settings().health(object);
    if (health === undefined) return 'Healthy';
    if ('error' in health) throw new Error(health.error);
    return health.status;
  }
}

function creation(target: KubeObject): ApplyRequest {
  return {
    do: 'apply',
    command: 'create',
    target,
    live: undefined,
    dryRun: false,
    validate: true,
    force: false,
    serverSide: undefined,
  };
}
