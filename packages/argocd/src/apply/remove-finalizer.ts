import {
  groupVersionKind,
  nameOf,
  namespaceOf,
  type FinalizerRequest,
  type SyncAnswer,
} from '@tidegate/core/argocd/sync';
import {
  asArray,
  asObject,
  isConflict,
  isNotFound,
  KubeError,
  type JsonObject,
  type ObjectRef,
} from '@tidegate/kube';
import type { ApiResource } from '../discovery/index.ts';
import type { ApplyContext } from './context.ts';
import { refIn, resourceOf } from './server-resource.ts';

/**
 * Takes a finalizer off an object; what others changed meanwhile stays. An object that is gone counts
 * as done. Throws KubeError. Source: `removeHookFinalizer` in sync_context.go.
 */
export async function removeFinalizer(
  context: ApplyContext,
  { live, finalizer }: FinalizerRequest,
): Promise<SyncAnswer> {
  const resource = await resourceOf(context, groupVersionKind(live), 'update');
  const ref = refIn(resource, { name: nameOf(live), namespace: namespaceOf(live) });
  let current: JsonObject | undefined = live as JsonObject;
  while (current !== undefined) {
    const next = withoutFinalizer(current, finalizer);
    if (next === undefined) return { ok: true, object: current };
    try {
      const updated = await context.client.update(resource.type, next);
      return { ok: true, object: updated };
    } catch (error) {
      current = await afterFailure(context, { resource, ref, error });
    }
  }
  return { ok: true };
}

/** Undefined: the finalizer is not there. */
function withoutFinalizer(object: JsonObject, finalizer: string): JsonObject | undefined {
  const metadata = asObject(object['metadata']);
  const finalizers = asArray(metadata['finalizers']);
  const index = finalizers.indexOf(finalizer);
  if (index < 0) return undefined;
  return { ...object, metadata: { ...metadata, finalizers: finalizers.toSpliced(index, 1) } };
}

interface Failure {
  readonly resource: ApiResource;
  readonly ref: ObjectRef;
  readonly error: unknown;
}

/** The object to try again with after a conflict; undefined: it is gone. */
async function afterFailure(
  { client }: ApplyContext,
  { resource, ref, error }: Failure,
): Promise<JsonObject | undefined> {
  if (isNotFound(error)) return undefined;
  if (!(error instanceof KubeError)) throw error;
  if (!isConflict(error))
    throw new KubeError(error.code, { message: `failed to update resource: ${error.message}` });
  try {
    return await client.get(resource.type, ref);
  } catch (failure) {
    if (isNotFound(failure)) return undefined;
    throw failure;
  }
}
