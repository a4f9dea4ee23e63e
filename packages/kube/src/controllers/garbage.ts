import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import { keyOf } from '../store/store.ts';
import { isDeleting, nameOf, namespaceOf, uidOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { remove, update } from './writes.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/** Who depends on whom, by uid. It is kept beside the store, since no resource has it. */
const dependents = new WeakMap<Context, Map<string, Set<string>>>();

function graphOf(context: Context): Map<string, Set<string>> {
  const known = dependents.get(context);
  if (known !== undefined) return known;
  const graph = new Map<string, Set<string>>();
  dependents.set(context, graph);
  for (const storage of context.store.resources()) {
    for (const object of context.store.list(storage)) addObject(graph, storage, object);
  }
  return graph;
}

function addObject(graph: Map<string, Set<string>>, storage: string, object: JsonObject): void {
  const id = idOf(storage, keyOf(namespaceOf(object), nameOf(object)));
  for (const uid of ownerUids(object)) add(graph, uid, id);
}

function add(graph: Map<string, Set<string>>, uid: string, id: string): void {
  const found = graph.get(uid) ?? new Set();
  found.add(id);
  graph.set(uid, found);
}

function drop(graph: Map<string, Set<string>>, uid: string, id: string): void {
  const found = graph.get(uid);
  found?.delete(id);
  if (found?.size === 0) graph.delete(uid);
}

function idOf(storage: string, key: string): string {
  return `${storage} ${key}`;
}

function ownersOf(object: JsonObject): JsonObject[] {
  return asArray(at(object, 'metadata', 'ownerReferences')).map(asObject);
}

function ownerUids(object: JsonObject | undefined): string[] {
  return object === undefined ? [] : ownersOf(object).map((owner) => asString(owner['uid']));
}

/** Deletes what has lost its owners, and lets owners go when their dependents did. */
export const garbageController: Controller = {
  name: 'garbage',
  keys: (context, event) => {
    const graph = graphOf(context);
    const id = idOf(event.resource, event.key);
    const [before, after] = [
      ownerUids(event.previous),
      event.type === 'DELETED' ? [] : ownerUids(event.object),
    ];
    for (const uid of before) if (!after.includes(uid)) drop(graph, uid, id);
    for (const uid of after) add(graph, uid, id);
    const keys = [id];
    if (event.type === 'DELETED') {
      keys.push(...(graph.get(uidOf(event.object)) ?? []));
      for (const owner of ownersOf(event.object))
        keys.push(...ownerIds(context, event.object, owner));
    } else if (before.length > after.length) {
      for (const owner of event.previous === undefined ? [] : ownersOf(event.previous))
        keys.push(...ownerIds(context, event.object, owner));
    }
    return isRelevant(context, event.object, keys, event.type) ? keys : [];
  },
  reconcile: (context, id) => {
    const [storage = '', key = ''] = id.split(' ');
    const object = context.store.get(storage, key);
    if (object !== undefined) check(context, storage, object);
    return undefined;
  },
};

/** Most writes concern nobody's owners. */
function isRelevant(
  ...[context, object, keys, type]: [Context, JsonObject, readonly string[], string]
): boolean {
  if (keys.length > 1 || ownersOf(object).length > 0) return true;
  const finalizers = asArray(at(object, 'metadata', 'finalizers'));
  return (
    type !== 'DELETED' &&
    (finalizers.includes(foreground) || finalizers.includes(orphan)) &&
    graphOf(context).size >= 0
  );
}

function ownerIds(context: Context, object: JsonObject, owner: JsonObject): string[] {
  const resource = context.resources.byKind(asString(owner['apiVersion']), asString(owner['kind']));
  if (resource === undefined) return [];
  const key = keyOf(resource.namespaced ? namespaceOf(object) : '', asString(owner['name']));
  return [idOf(resource.storage, key)];
}

function findOwner(
  context: Context,
  object: JsonObject,
  owner: JsonObject,
): JsonObject | undefined {
  const resource = context.resources.byKind(asString(owner['apiVersion']), asString(owner['kind']));
  if (resource === undefined) return undefined;
  const key = keyOf(resource.namespaced ? namespaceOf(object) : '', asString(owner['name']));
  const found = context.store.get(resource.storage, key);
  return found !== undefined && uidOf(found) === asString(owner['uid']) ? found : undefined;
}

function withFinalizers(object: JsonObject, finalizers: Json[]): JsonObject {
  return { ...object, metadata: { ...asObject(object['metadata']), finalizers } };
}

function dependentsOf(
  context: Context,
  object: JsonObject,
): { storage: string; object: JsonObject }[] {
  return [...(graphOf(context).get(uidOf(object)) ?? [])].flatMap((id) => {
    const [storage = '', key = ''] = id.split(' ');
    const found = context.store.get(storage, key);
    return found === undefined ? [] : [{ storage, object: found }];
  });
}

function check(context: Context, storage: string, object: JsonObject): void {
  const finalizers = asArray(at(object, 'metadata', 'finalizers'));
  if (isDeleting(object) && finalizers.includes(orphan))
    return letOrphansGo(context, storage, object);
  if (isDeleting(object) && finalizers.includes(foreground))
    return deleteDependents(context, storage, object);
  if (ownersOf(object).length > 0 && !isDeleting(object)) checkOwners(context, storage, object);
}

function letOrphansGo(context: Context, storage: string, object: JsonObject): void {
  for (const dependent of dependentsOf(context, object))
    withoutOwner(context, dependent, [uidOf(object)]);
  const rest = asArray(at(object, 'metadata', 'finalizers')).filter((entry) => entry !== orphan);
  update(context, storage, withFinalizers(object, rest));
}

function withoutOwner(
  context: Context,
  dependent: { storage: string; object: JsonObject },
  uids: readonly string[],
): void {
  const rest = ownersOf(dependent.object).filter((owner) => !uids.includes(asString(owner['uid'])));
  const metadata = { ...asObject(dependent.object['metadata']), ownerReferences: rest };
  update(context, dependent.storage, { ...dependent.object, metadata });
}

function blocks(dependent: JsonObject, uid: string): boolean {
  return ownersOf(dependent).some(
    (owner) => owner['uid'] === uid && owner['blockOwnerDeletion'] === true,
  );
}

function deleteDependents(context: Context, storage: string, object: JsonObject): void {
  const all = dependentsOf(context, object);
  for (const dependent of all) {
    const others = ownersOf(dependent.object).filter(
      (owner) =>
        owner['uid'] !== uidOf(object) && findOwner(context, dependent.object, owner) !== undefined,
    );
    if (others.length > 0) withoutOwner(context, dependent, [uidOf(object)]);
    else if (!isDeleting(dependent.object)) {
      const deep = dependentsOf(context, dependent.object).length > 0;
      remove(context, dependent.storage, dependent.object, deep ? 'Foreground' : 'Background');
    }
  }
  if (dependentsOf(context, object).some((dependent) => blocks(dependent.object, uidOf(object))))
    return;
  const rest = asArray(at(object, 'metadata', 'finalizers')).filter(
    (entry) => entry !== foreground,
  );
  update(context, storage, withFinalizers(object, rest));
}

function checkOwners(context: Context, storage: string, object: JsonObject): void {
  const owners = ownersOf(object);
  const found = owners.map((owner) => ({ owner, object: findOwner(context, object, owner) }));
  const solid = found.filter((entry) => entry.object !== undefined);
  if (solid.length === 0) {
    remove(context, storage, object);
    return;
  }
  const gone = found
    .filter((entry) => entry.object === undefined)
    .map((entry) => asString(entry.owner['uid']));
  if (gone.length > 0) withoutOwner(context, { storage, object }, gone);
}
