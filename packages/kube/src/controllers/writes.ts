import { asString, at, type JsonObject } from '../json/value.ts';
import type { Resource } from '../resources/resource.ts';
import type { Context } from '../server/context.ts';
import { shape } from '../server/decode-object.ts';
import { deleteObject } from '../server/delete.ts';
import { createObject, replaceObject, type Target } from '../server/write.ts';
import { StatusError } from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';

const options = {
  dryRun: false,
  fieldManager: 'kube-controller-manager',
  fieldValidation: 'Ignore',
  force: false,
} as const;

function target(resource: Resource, object: JsonObject, subresource = ''): Target {
  return {
    resource,
    namespace: asString(at(object, 'metadata', 'namespace')),
    name: asString(at(object, 'metadata', 'name')),
    subresource,
    options,
  };
}

export function resourceOf(context: Context, storage: string): Resource {
  const found = context.resources.byStorage(storage);
  if (found === undefined) throw new Error(`There is no resource ${storage}.`);
  return found;
}

/** What controllers do to objects: the same checks as for everybody else. */
export function create(
  context: Context,
  storage: string,
  object: JsonObject,
): JsonObject | undefined {
  return tryCreate(context, storage, object).made;
}

/** A new object, or why it was refused. */
export type Creation =
  | { readonly made: JsonObject; readonly refusal: undefined }
  | { readonly made: undefined; readonly refusal: string };

export function tryCreate(context: Context, storage: string, object: JsonObject): Creation {
  const resource = resourceOf(context, storage);
  try {
    const shaped = shape(resource, object).object;
    return { made: createObject(context, target(resource, object), shaped), refusal: undefined };
  } catch (error) {
    if (error instanceof StatusError) return { made: undefined, refusal: error.message };
    throw error;
  }
}

/** Writes a changed object in place of the stored one. */
export function update(
  context: Context,
  storage: string,
  next: JsonObject,
  subresource = '',
): JsonObject | undefined {
  const resource = resourceOf(context, storage);
  const about = target(resource, next, subresource);
  const live = context.store.get(storage, keyOf(about.namespace, about.name));
  if (live === undefined) return undefined;
  return quietly(() => replaceObject(context, about, shape(resource, next).object, live));
}

export function updateStatus(
  context: Context,
  storage: string,
  object: JsonObject,
  status: JsonObject,
): JsonObject | undefined {
  return update(context, storage, { ...object, status }, 'status');
}

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

export function remove(
  context: Context,
  storage: string,
  object: JsonObject,
  propagation: Propagation = 'Background',
): void {
  quietly(() =>
    deleteObject(context, resourceOf(context, storage), object, {
      dryRun: false,
      gracePeriodSeconds: undefined,
      propagation,
      uid: undefined,
      resourceVersion: undefined,
    }),
  );
}

/** A refused write is seen again at the next change; nothing else can be done about it. */
function quietly<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}
