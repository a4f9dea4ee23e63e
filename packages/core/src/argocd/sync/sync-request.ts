import type { GroupVersionKind, KubeObject, ResourceKey } from './kube-object.ts';
import type { SyncPhase } from './sync-state.ts';

/**
 * What a sync step asks of the cluster. A step yields batches of these and gets one answer for each;
 * it neither waits nor calls anything itself. The requests of one batch may be carried out at the
 * same time, and nothing else meanwhile.
 */
export type SyncRequest =
  DiscoverRequest | GetRequest | ApplyRequest | DeleteRequest | FinalizerRequest | WaveRequest;

/** Whether the server knows a kind, and whether its objects are in namespaces. */
export interface DiscoverRequest extends GroupVersionKind {
  readonly do: 'discover';
}

/** The object as the server has it now, past any cache. */
export interface GetRequest {
  readonly do: 'get';
  readonly version: string;
  readonly key: ResourceKey;
}

/** How an object is written. `update` keeps everything below a definition or a namespace. */
export type ApplyCommand = 'apply' | 'create' | 'replace' | 'update';

/** Writes an object. The answer's message is what kubectl prints, such as `configmap/a created`. */
export interface ApplyRequest {
  readonly do: 'apply';
  readonly command: ApplyCommand;
  readonly target: KubeObject;
  readonly live: KubeObject | undefined;
  /** Only checks the manifest, as `kubectl apply --dry-run=client` does. */
  readonly dryRun: boolean;
  readonly validate: boolean;
  readonly force: boolean;
  /** Set for server-side apply. */
  readonly serverSide: ServerSideApply | undefined;
}

export interface ServerSideApply {
  readonly manager: string;
  /** A client-side manager whose fields are taken over before. */
  readonly takeOverFrom: string | undefined;
}

export type DeletionPropagation = 'Foreground' | 'Background' | 'Orphan';

/** Deletes an object. */
export interface DeleteRequest {
  readonly do: 'delete';
  readonly version: string;
  readonly key: ResourceKey;
  readonly propagation: DeletionPropagation;
}

/**
 * Takes a finalizer off an object. On a conflict the driver reads the object again and repeats; an
 * object that is gone counts as done.
 */
export interface FinalizerRequest {
  readonly do: 'removeFinalizer';
  readonly live: KubeObject;
  readonly finalizer: string;
}

/** Called after a wave was applied; Argo CD waits here between waves. */
export interface WaveRequest {
  readonly do: 'wave';
  readonly phase: SyncPhase;
  readonly wave: number;
  /** Whether no wave follows. */
  readonly final: boolean;
}

/** The answer to one request. */
export type SyncAnswer =
  | {
      readonly ok: true;
      readonly message?: string;
      readonly object?: KubeObject;
      readonly namespaced?: boolean;
    }
  | { readonly ok: false; readonly notFound?: boolean; readonly message: string };

/** The answers to a batch, one for each request in the batch's order. */
export interface SyncAnswers {
  readonly answers: readonly SyncAnswer[];
  /**
   * Indices in the order in which the requests were done, where that differs. Argo CD works on the
   * objects of a kind at the same time and lists results as they come in.
   */
  readonly order?: readonly number[];
}

/** A part of a sync step. */
export type SyncSteps<T> = Generator<readonly SyncRequest[], T, SyncAnswers>;

/** Runs a step whose requests are answered at once, such as over a model of a cluster. */
export function driveSync<T>(steps: SyncSteps<T>, answer: (request: SyncRequest) => SyncAnswer): T {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next({ answers: turn.value.map(answer) });
  return turn.value;
}

/** Runs a step whose requests take time. */
export async function driveSyncAsync<T>(
  steps: SyncSteps<T>,
  answer: (requests: readonly SyncRequest[]) => Promise<SyncAnswers>,
): Promise<T> {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(await answer(turn.value));
  return turn.value;
}
