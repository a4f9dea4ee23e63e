import { asObject, at, type JsonObject, sortKeys } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import type { StoreEvent } from '../store/store.ts';
import { fnv32, safeEncode } from '../text/hash.ts';
import type { Controller } from './manager.ts';
import { availableIn, isDeleting, numberAt, nowOf, ownerKey } from './objects.ts';

/** A kind that keeps pods: what differs from one to the other. */
export interface PodOwner {
  readonly name: string;
  /** Where its objects are in the store. */
  readonly storage: string;
  readonly kind: string;
  /** Further objects to look at after a write. */
  readonly keys?: (context: Context, event: StoreEvent) => readonly string[];
  /** Makes and deletes pods; answers in how many milliseconds to look again. */
  readonly sync: (context: Context, owner: JsonObject) => Synced;
  /** Writes what is there into the status; answers in how many milliseconds that changes. */
  readonly writeStatus: (context: Context, owner: JsonObject, synced: Synced) => number | undefined;
}

/** What came of making pods. */
export interface Synced {
  /** Why a pod could not be made, in the words of the server. */
  readonly refusal: string | undefined;
}

/** Nothing was refused. */
export const allMade: Synced = { refusal: undefined };

/** What was refused, for instance by a quota, is tried again after this long. */
export const retryMs = 5000;

/** The controller of a kind that keeps pods: looks at the owner when it, or one of its pods, changes. */
export function podOwnerController(owner: PodOwner): Controller {
  const { storage, kind } = owner;
  return {
    name: owner.name,
    keys: (context, event) => {
      if (event.resource === storage) return [event.key];
      if (event.resource === 'pods') return ownerKey(event.object, kind);
      return owner.keys?.(context, event) ?? [];
    },
    reconcile: (context, key) => {
      const found = context.store.get(storage, key);
      if (found === undefined) return undefined;
      const synced = isDeleting(found) ? allMade : owner.sync(context, found);
      const current = context.store.get(storage, key);
      if (current === undefined) return undefined;
      const wait = owner.writeStatus(context, current, synced);
      return soonest(wait, synced.refusal === undefined ? undefined : retryMs);
    },
  };
}

/** The shorter of two waits. */
export function soonest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

/** How many pods are available, and when the next of them will be. */
export interface Availability {
  readonly available: number;
  readonly againMs: number | undefined;
}

/** Pods are available when they have been ready for `minReadySeconds` of their owner. */
export function availabilityOf(
  context: Context,
  owner: JsonObject,
  pods: readonly JsonObject[],
): Availability {
  const { nowMs } = nowOf(context);
  const minReady = numberAt(owner, 'spec', 'minReadySeconds');
  const waits = pods
    .map((pod) => availableIn(pod, minReady, nowMs))
    .filter((wait) => wait !== undefined);
  const later = waits.filter((wait) => wait > 0);
  return {
    available: waits.length - later.length,
    againMs: later.length === 0 ? undefined : Math.min(...later),
  };
}

/** The label that tells from which state of the template a pod was made. */
export const revisionLabel = 'controller-revision-hash';

/** A short name for a template, the same for the same template. */
export function templateHash(template: JsonObject): string {
  return safeEncode(String(fnv32(JSON.stringify(sortKeys(template)))));
}

export function templateOf(owner: JsonObject): JsonObject {
  return asObject(at(owner, 'spec', 'template'));
}

/** Whether a pod was made from a state of the template. */
export function hasRevision(pod: JsonObject, revision: string): boolean {
  return at(pod, 'metadata', 'labels', revisionLabel) === revision;
}

/** Whether pods of old templates are replaced without being deleted by hand. */
export function rollsUpdates(owner: JsonObject): boolean {
  return at(owner, 'spec', 'updateStrategy', 'type') === 'RollingUpdate';
}
