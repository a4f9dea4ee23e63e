import { compareLevels } from '@tidegate/core/argocd/application';
import {
  finishAttempt,
  projectMissing,
  startAttempt,
  type AttemptReason,
  type OperationState,
} from '@tidegate/core/argocd/auto-sync';
import { isCompleted } from '@tidegate/core/argocd/sync';
import { applicationKey, isBeingDeleted, type Application } from './application.ts';
import type { ControllerContext } from './context.ts';
import { ApplicationDeletion } from './delete-application.ts';
import { syncApplication, type SyncAttempt } from './sync-application.ts';

/**
 * Carries out operations and deletions of Applications.
 * Source: `processAppOperationQueueItem` in controller/appcontroller.go.
 */
export class Operator {
  private readonly context: ControllerContext;
  /** Looks at an Application's operation again after some time. */
  private readonly lookAgain: (key: string, milliseconds: number) => void;
  private readonly deletion: ApplicationDeletion;

  constructor(context: ControllerContext, lookAgain: (key: string, milliseconds: number) => void) {
    this.context = context;
    this.lookAgain = lookAgain;
    this.deletion = new ApplicationDeletion(context);
  }

  /** Looks at one Application. */
  async operate(key: string): Promise<void> {
    const known = this.context.store.get(key);
    if (known === undefined) return;
    // The copy may be old: an operation is only begun from what the server has.
    const application =
      known.operation === undefined ? known : await this.context.writer.fresh(known);
    if (application === undefined) return;
    if (application.operation !== undefined) await this.runOperation(application);
    else if (isBeingDeleted(application)) await this.deletion.run(application);
  }

  private async runOperation(application: Application): Promise<void> {
    const { clock, timing, writer, refreshes } = this.context;
    const key = applicationKey(application);
    const start = startAttempt(application, {
      nowMilliseconds: clock.nowMs(),
      timeoutMilliseconds: timing.syncTimeoutMs,
    });
    if (start.do === 'nothing') return;
    if (start.do === 'wait') {
      refreshes.requestAfter(key, compareLevels.latest, start.milliseconds);
      return;
    }
    if (start.do === 'end') return writer.setOperationState(application, start.state);
    this.logBegin(key, start.state, start.why);
    if (start.changed) {
      await writer.setOperationState(application, start.state);
      if (start.why === 'new' && timing.syncTimeoutMs > 0)
        this.lookAgain(key, timing.syncTimeoutMs);
    }
    await this.attempt(application, start.state, start.why);
  }

  private logBegin(object: string, { operation }: OperationState, why: AttemptReason): void {
    if (why !== 'new' && why !== 'retry') return;
    const { automated, username = '' } = operation.initiatedBy ?? {};
    const who = automated === true ? 'automated' : username;
    const by = who === '' ? '' : ` (${who})`;
    this.context.log({ level: 'info', object, message: `operation begins: ${why}${by}` });
  }

  private async attempt(
    application: Application,
    state: OperationState,
    why: AttemptReason,
  ): Promise<void> {
    const { clock, writer } = this.context;
    const result = await this.terminatedMeanwhile(
      application,
      await this.sync(application, state, why),
    );
    const end = finishAttempt(state, result, { why, nowMilliseconds: clock.nowMs() });
    await writer.setOperationState(application, end.state);
    if (end.over) {
      this.context.log({
        level: end.state.phase === 'Succeeded' ? 'info' : 'warn',
        object: applicationKey(application),
        message: `operation ${end.state.phase}: ${end.state.message ?? ''}`,
      });
    }
    const sync = application.operation?.sync;
    if (!isCompleted(end.state.phase) || sync === undefined || sync.dryRun === true) return;
    // A person who synced sees the newest revision right away.
    const automated = state.operation.initiatedBy?.automated === true;
    this.context.refreshes.request(
      applicationKey(application),
      automated ? compareLevels.latest : compareLevels.latestForceResolve,
    );
  }

  private async sync(
    application: Application,
    state: OperationState,
    why: AttemptReason,
  ): Promise<SyncAttempt> {
    const project = this.context.projects.projectOf(application);
    if ('condition' in project) {
      const { phase, message } = projectMissing(project.condition.message);
      return { phase, message };
    }
    try {
      return await syncApplication(this.context, { application, project, state, why });
    } catch (error) {
      return { phase: 'Error', message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Takes over a termination that was asked for while the sync went on. */
  private async terminatedMeanwhile(
    application: Application,
    attempt: SyncAttempt,
  ): Promise<SyncAttempt> {
    if (attempt.phase !== 'Running') return attempt;
    const fresh = await this.context.writer.fresh(application).catch(() => undefined);
    return fresh?.status?.operationState?.phase === 'Terminating'
      ? { ...attempt, phase: 'Terminating', message: 'operation is terminating' }
      : attempt;
  }
}
