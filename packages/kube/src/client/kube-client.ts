import type { Cancellation } from '@tidegate/core';
import type { Json, JsonObject } from '../json/value.ts';

/** A kind of objects, as paths name it: `{ apiVersion: 'apps/v1', plural: 'deployments' }`. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly plural: string;
}

/** One object. Cluster-scoped ones have no namespace. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string;
}

export interface WriteCallOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** Writes through a subresource, such as `status`. */
  readonly subresource?: string;
}

export interface SelectOptions {
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListCallOptions extends SelectOptions {
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface KubeList {
  readonly items: readonly JsonObject[];
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

export interface WatchCallOptions extends SelectOptions {
  readonly resourceVersion?: string;
  readonly bookmarks?: boolean;
  /** Begins with the objects that are there, then a bookmark (WatchList). */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: JsonObject;
}

export type Patch =
  | { readonly type: 'json'; readonly operations: readonly JsonObject[] }
  | { readonly type: 'merge'; readonly patch: JsonObject }
  | { readonly type: 'strategic'; readonly patch: JsonObject };

export interface ApplyCallOptions extends WriteCallOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers. */
  readonly force?: boolean;
}

export interface DeleteCallOptions {
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** A Kubernetes API, real or embedded. Failed calls throw KubeError. */
export interface KubeClient {
  get(type: ResourceType, ref: ObjectRef): Promise<JsonObject>;
  list(type: ResourceType, options?: ListCallOptions): Promise<KubeList>;
  /** Events until the server ends the watch or it is cancelled. */
  watch(
    type: ResourceType,
    options: WatchCallOptions,
    cancellation?: Cancellation,
  ): AsyncIterable<WatchEvent>;
  create(type: ResourceType, object: JsonObject, options?: WriteCallOptions): Promise<JsonObject>;
  /** Replaces an object; its resourceVersion, when it has one, must be the newest. */
  update(type: ResourceType, object: JsonObject, options?: WriteCallOptions): Promise<JsonObject>;
  patch(
    type: ResourceType,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteCallOptions,
  ): Promise<JsonObject>;
  /** Server-side apply. */
  apply(type: ResourceType, object: JsonObject, options: ApplyCallOptions): Promise<JsonObject>;
  /** Answers the object when it stays for a while, else a Status. */
  delete(type: ResourceType, ref: ObjectRef, options?: DeleteCallOptions): Promise<JsonObject>;
  deleteCollection(
    type: ResourceType,
    select: SelectOptions,
    options?: DeleteCallOptions,
  ): Promise<void>;
  /** A path that is no resource, such as `/version`, as JSON. */
  raw(path: string): Promise<Json>;
}

/** A call that the API refused. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: number;
  readonly reason: string;
  readonly status: JsonObject;
  /** When the API asks to be called again, at the earliest, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, status: JsonObject, retryAfterSeconds?: number) {
    const message = status['message'];
    super(typeof message === 'string' ? message : `the API answered ${code}`);
    this.code = code;
    this.reason = typeof status['reason'] === 'string' ? status['reason'] : '';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.code === 409;
}
