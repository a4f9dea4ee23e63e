import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { definitionStorage, hasCondition } from '../resources/custom-resources.ts';
import { type Context, timestamp } from '../server/context.ts';
import type { Controller } from './manager.ts';
import { remove } from './writes.ts';

const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

function condition(type: string, reason: string, message: string): JsonObject {
  return { type, status: 'True', lastTransitionTime: '', reason, message };
}

function setCondition(conditions: readonly Json[], entry: JsonObject, now: string): Json[] {
  const known = conditions.findIndex((other) => at(other, 'type') === entry['type']);
  const same = known >= 0 && at(conditions[known], 'status') === entry['status'];
  const time = same ? asString(at(conditions[known], 'lastTransitionTime')) : now;
  const made = { ...entry, lastTransitionTime: time };
  if (known < 0) return [...conditions, made];
  return conditions.map((other, index) => (index === known ? made : other));
}

/** Establishes definitions, and takes their objects away when they go. */
export const definitionController: Controller = {
  name: 'definitions',
  keys: (_, event) => {
    if (event.resource === definitionStorage) return [event.key];
    // An object of a definition that is going may have been the last one.
    return event.type === 'DELETED' && event.resource.includes('.') ? [event.resource] : [];
  },
  reconcile: (context, key) => {
    const definition = context.store.get(definitionStorage, key);
    if (definition === undefined) return undefined;
    if (at(definition, 'metadata', 'deletionTimestamp') !== undefined)
      terminate(context, definition);
    else establish(context, definition);
    return undefined;
  },
};

function establish(context: Context, definition: JsonObject): void {
  const now = timestamp(context);
  const status = asObject(definition['status']);
  let conditions = asArray(status['conditions']);
  conditions = setCondition(
    conditions,
    condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
    now,
  );
  conditions = setCondition(
    conditions,
    condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    now,
  );
  const names = asObject(at(definition, 'spec', 'names'));
  const next = { ...definition, status: { ...status, conditions, acceptedNames: names } };
  if (!equal(next, definition))
    context.store.put(definitionStorage, asString(at(definition, 'metadata', 'name')), next);
}

function terminate(context: Context, definition: JsonObject): void {
  const name = asString(at(definition, 'metadata', 'name'));
  const finalizers = asArray(at(definition, 'metadata', 'finalizers'));
  const objects = context.store.list(name);
  if (objects.length > 0 && !hasCondition(definition, 'Deleted')) {
    const now = timestamp(context);
    const entry = condition(
      'Terminating',
      'InstanceDeletionInProgress',
      'CustomResource deletion is in progress',
    );
    const conditions = setCondition(asArray(at(definition, 'status', 'conditions')), entry, now);
    const next = { ...definition, status: { ...asObject(definition['status']), conditions } };
    if (!equal(next, definition)) context.store.put(definitionStorage, name, next);
    for (const object of objects) {
      if (at(object, 'metadata', 'deletionTimestamp') === undefined) remove(context, name, object);
    }
  }
  if (context.store.count(name) > 0) return;
  const rest = finalizers.filter((entry) => entry !== cleanup);
  const metadata = { ...asObject(definition['metadata']), finalizers: rest };
  if (rest.length === 0) context.store.remove(definitionStorage, name);
  else if (rest.length < finalizers.length)
    context.store.put(definitionStorage, name, { ...definition, metadata });
}
