import { isConflict, isNotFound, type JsonObject, type KubeClient } from '@tidegate/kube';
import {
  encodeApplication,
  encodeOperationState,
  equalData,
  mergePatchOf,
  statusEncoders,
} from '@tidegate/core/argocd/application';
import { isCompleted } from '@tidegate/core/argocd/sync';
import { timeText, type Operation, type OperationState } from '@tidegate/core/argocd/auto-sync';
import type { Surroundings } from '../ports/surroundings.ts';
import { sleep } from '../sleep.ts';
import { toApplication, type ApplicationStore } from './application-store.ts';
import { applicationType, type Application, type ApplicationStatus } from './application.ts';

export interface ApplicationWriterOptions extends Surroundings {
  readonly client: KubeClient;
  readonly store: ApplicationStore;
  readonly onError: (error: unknown, key: string) => void;
  /** How late a status is written. */
  readonly statusDelayMs: number;
}

/** What came of asking for an operation. */
export type OperationRequestResult = 'started' | 'inProgress' | { readonly error: string };

const refreshAnnotation = 'argocd.argoproj.io/refresh';
/** How long to wait before an operation's state is written again after a failure. */
const retryMs = 1_000;

/** Writes Applications as Argo CD's controller does. */
export class ApplicationWriter {
  private readonly options: ApplicationWriterOptions;

  constructor(options: ApplicationWriterOptions) {
    this.options = options;
  }

  /** The Application as the server has it now; undefined: gone. */
  async fresh({ metadata }: Application): Promise<Application | undefined> {
    try {
      return toApplication(await this.options.client.get(applicationType, refOf(metadata)));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** A merge patch; throws KubeError. */
  async patch({ metadata }: Application, patch: unknown): Promise<Application> {
    const answer = await this.options.client.patch(applicationType, refOf(metadata), {
      type: 'merge',
      patch: patch as JsonObject,
    });
    return this.options.store.writeBack(answer);
  }

  /**
   * Writes the status of a comparison and takes the refresh annotation away, in one patch of what
   * changed since the Application was read.
   * Source: `persistAppStatus` in controller/appcontroller.go.
   */
  async persistStatus(before: Application, status: ApplicationStatus): Promise<void> {
    const known = before.status?.health;
    const changed = (known?.status ?? '') !== (status.health?.status ?? '');
    const since = changed ? this.now() : known?.lastTransitionTime;
    const health = {
      ...status.health,
      ...(since === undefined ? {} : { lastTransitionTime: since }),
    };
    const [old, now] = writtenDifference(before.status ?? {}, { ...status, health });
    const patch = mergePatchOf(
      { ...annotationsOf(before.metadata.annotations), status: old },
      { ...annotationsOf(withoutRefresh(before.metadata.annotations)), status: now },
    );
    if (patch === undefined) return;
    await sleep(this.options.timers, this.options.statusDelayMs);
    await this.attempt(before, patch);
  }

  /** A merge patch that the controller's copy does not hear of before the watch does. */
  async patchOnly({ metadata }: Application, patch: unknown): Promise<void> {
    await this.options.client.patch(applicationType, refOf(metadata), {
      type: 'merge',
      patch: patch as JsonObject,
    });
  }

  /** A patch whose failure is only told. */
  async attempt(application: Application, patch: unknown): Promise<Application | undefined> {
    try {
      return await this.patch(application, patch);
    } catch (error) {
      this.options.onError(error, `${application.metadata.name ?? ''}: status`);
      return undefined;
    }
  }

  /**
   * Writes the state of an operation, again and again until that works or the Application is gone; an
   * operation that is over goes from the Application with it.
   * Source: `setOperationState` in controller/appcontroller.go.
   */
  async setOperationState(application: Application, state: OperationState): Promise<void> {
    const patch = operationPatch(application, state, this.now());
    if (patch === undefined) return;
    for (;;) {
      try {
        await this.patch(application, patch);
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        this.options.onError(error, `${application.metadata.name ?? ''}: operation state`);
        await sleep(this.options.timers, retryMs);
      }
    }
  }

  /**
   * Asks for an operation unless one is there, and clears the state of the last one.
   * Source: `SetAppOperation` in util/argo/argo.go.
   */
  async requestOperation(
    application: Application,
    operation: Operation,
  ): Promise<OperationRequestResult> {
    const { name = '' } = application.metadata;
    for (;;) {
      const fresh = await this.fresh(application);
      if (fresh === undefined) return { error: `error getting application "${name}": not found` };
      if (fresh.operation !== undefined) return 'inProgress';
      const status = { ...fresh.status, operationState: undefined };
      const object = encodeApplication({ ...fresh, status, operation }) as JsonObject;
      try {
        this.options.store.writeBack(await this.options.client.update(applicationType, object));
        return 'started';
      } catch (error) {
        if (isConflict(error)) continue;
        const cause = error instanceof Error ? error.message : String(error);
        return { error: `error updating application "${name}": ${cause}` };
      }
    }
  }

  private now(): string {
    return timeText(this.options.clock.nowMs());
  }
}

function refOf({ name = '', namespace = '' }: Application['metadata']): {
  readonly name: string;
  readonly namespace: string;
} {
  return { name, namespace };
}

type Annotations = Readonly<Record<string, string>>;

function withoutRefresh(annotations: Annotations | undefined): Annotations {
  const entries = Object.entries(annotations ?? {}).filter(([key]) => key !== refreshAnnotation);
  return Object.fromEntries(entries);
}

/** What differs between two states, in each of them, as it is written. What is the same is not written to be compared. */
function writtenDifference(
  before: ApplicationStatus,
  after: ApplicationStatus,
): readonly [object, object] {
  const [from, to]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [name, encode] of Object.entries(statusEncoders)) {
    const key = name as keyof ApplicationStatus;
    if (equalData(before[key], after[key])) continue;
    const [old, now] = [encode(before[key]), encode(after[key])];
    if (old !== undefined) from[name] = old;
    if (now !== undefined) to[name] = now;
  }
  return [from, to];
}

/** Metadata with annotations, and without where there are none, as Argo CD's types write it. */
function annotationsOf(annotations: Annotations | undefined): object {
  const empty = Object.keys(annotations ?? {}).length === 0;
  return { metadata: empty ? {} : { annotations } };
}

/** The patch that writes the state of an operation; undefined: it is written already. */
function operationPatch(
  { status }: Application,
  state: OperationState,
  now: string,
): object | undefined {
  const before = status?.operationState ?? undefined;
  const completed = isCompleted(state.phase);
  const written = encodeOperationState(completed ? { ...state, finishedAt: now } : state) as object;
  if (before !== undefined && equalData(encodeOperationState(before), written)) return undefined;
  // A retry that begins is not finished any more; everything else that is gone stays, as in Argo CD.
  const begins = before?.finishedAt !== undefined && state.finishedAt === undefined && !completed;
  return {
    ...(completed ? { operation: null } : {}),
    status: { operationState: { ...written, ...(begins ? { finishedAt: null } : {}) } },
  };
}
