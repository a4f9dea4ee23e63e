import {
  asObject,
  asString,
  at,
  KubeError,
  without,
  type JsonObject,
  type KubeClient,
  type ObjectRef,
  type Random,
  type Timers,
} from '@tidegate/kube';
import { splitApiVersion } from '../diff/patch-meta.ts';
import type { ApiResource, Discovery } from '../discovery/index.ts';
import { noMapping } from './kubectl-text.ts';

/** What every way of writing objects works with. */
export interface ApplyContext {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly timers: Timers;
  readonly random: Random;
  /** Field manager of what is applied. */
  readonly manager: string;
}

/** A failure of kubectl, in its words. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError';
}

/** An object that is to be written, and where. */
export interface Destination {
  readonly object: JsonObject;
  readonly resource: ApiResource;
  readonly ref: ObjectRef;
  /** What kubectl names in failures as the file that it read the object from. */
  readonly file: string;
}

/** A name for the file that a manifest is handed to kubectl in. */
export function temporaryFile(random: Random): string {
  return `/dev/shm/${Math.floor(random() * 2 ** 32)}`;
}

/** Finds out where an object goes. Throws KubectlError when the server does not know its kind. */
export async function destinationOf(
  context: ApplyContext,
  object: JsonObject,
): Promise<Destination> {
  const file = temporaryFile(context.random);
  const [group, version] = splitApiVersion(asString(object['apiVersion']));
  const resource = await context.discovery.find(group, version, asString(object['kind']));
  if (resource === undefined) throw new KubectlError(noMapping(object, file));
  const ref = refOf(object, resource.namespaced);
  return { object: resource.namespaced ? object : withoutNamespace(object), resource, ref, file };
}

/** kubectl takes the namespace off an object of the whole cluster before anything else (`FilterNamespace`). */
function withoutNamespace(object: JsonObject): JsonObject {
  return { ...object, metadata: without(asObject(object['metadata']), 'namespace') };
}

function refOf(object: JsonObject, namespaced: boolean): ObjectRef {
  const name = asString(at(object, 'metadata', 'name'));
  const namespace = asString(at(object, 'metadata', 'namespace')) || 'default';
  return namespaced ? { name, namespace } : { name };
}

/** An object as it is sent: one that is not of the whole cluster always is in a namespace. */
export function sent({ object, resource, ref }: Destination): JsonObject {
  if (!resource.namespaced) return object;
  const metadata = asObject(object['metadata']);
  return { ...object, metadata: { ...metadata, namespace: ref.namespace ?? '' } };
}

/** Waits some milliseconds. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve));
}

/** The object that is there; undefined when there is none. */
export async function liveOf(
  { client }: ApplyContext,
  { resource, ref }: Pick<Destination, 'resource' | 'ref'>,
): Promise<JsonObject | undefined> {
  try {
    return await client.get(resource.type, ref);
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined;
    throw error;
  }
}

/** A failure with what kubectl was doing: `error when patching "FILE": ...`. */
export function whileDoing(verb: string, file: string, error: unknown): KubectlError {
  return new KubectlError(`error when ${verb} ${JSON.stringify(file)}: ${textOf(error)}`, {
    cause: error,
  });
}

/** The text of a failure; what is no failure of a call is a bug and goes on. */
export function textOf(error: unknown): string {
  if (error instanceof KubeError || error instanceof KubectlError) return error.message;
  throw error;
}
