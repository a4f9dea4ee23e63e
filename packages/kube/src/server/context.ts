import type { JsonObject } from '../json/value.ts';
import type { ResourceIndex } from '../resources/resource-index.ts';
import type { Store } from '../store/store.ts';

/** Time, as the server and its controllers take it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** Calls back later. The server never waits in any other way. */
export interface Timers {
  /** Calls `run` after some milliseconds; call what it returns to give that up. */
  after(ms: number, run: () => void): () => void;
}

/** Numbers from 0 to below 1. */
export type Random = () => number;

export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
}

/** One write, for tests and for the lab's checkers. */
export interface AuditEntry {
  readonly atMs: number;
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  /** `resource.group`, with `/subresource` where there is one. */
  readonly resource: string;
  readonly namespace: string;
  /** Of what was written; for several objects, of the last one. Empty for a dry run that makes a new one. */
  readonly name: string;
  readonly status: number;
  readonly dryRun: boolean;
  /** The object as it was written, or as it was last when it went; undefined when nothing changed. */
  readonly object: JsonObject | undefined;
}

export interface ServerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Bearer tokens and whose they are. */
  readonly tokens: ReadonlyMap<string, User>;
  /** Takes every request as the administrator's. */
  readonly noAuth?: boolean;
  /** Key that the tokens of service accounts are signed with. */
  readonly signingKey: string;
  readonly audit?: (entry: AuditEntry) => void;
  /** Events of a watch that may wait for a slow reader before it is told to list again. */
  readonly version?: string;
}

/** What the parts of the server share. */
export interface Context {
  readonly store: Store;
  readonly resources: ResourceIndex;
  readonly options: ServerOptions;
  /** Texts of objects that were written before. */
  readonly texts: WeakMap<JsonObject, string>;
  /** Objects as a version of a custom resource shows them. */
  readonly shown: WeakMap<JsonObject, Shown>;
  /** What the audited request that is being answered has written. */
  writing: Writing | undefined;
}

export interface Writing {
  readonly storage: string;
  /** What was stored last there, or was taken away. */
  object: JsonObject | undefined;
}

export interface Shown {
  readonly of: unknown;
  readonly object: JsonObject;
}

/** A time as objects carry it. */
export function timestamp(context: Context): string {
  return formatTime(context.options.clock.nowMs());
}

export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function newUid(random: Random): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    if (index === 12) return '4';
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
