import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  fieldUnion,
  fromFieldsV1,
  isConflict,
  toFieldsV1,
  type Json,
  type JsonObject,
  type ObjectRef,
} from '@tidegate/kube';
import type { ApiResource } from '../discovery/index.ts';
import type { ApplyContext } from './context.ts';
import { lastAppliedAnnotation } from './kubectl-text.ts';

function entriesOf(object: JsonObject): JsonObject[] {
  return asArray(at(object, 'metadata', 'managedFields')).map(asObject);
}

function isUpdater(entry: JsonObject, manager: string): boolean {
  return (
    entry['manager'] === manager &&
    entry['operation'] === 'Update' &&
    asString(entry['subresource']) === ''
  );
}

/** Whether a manager wrote an object in the older way, by updates. */
export function isUpdatedBy(object: JsonObject, manager: string): boolean {
  return entriesOf(object).some(
    (entry) => entry['manager'] === manager && entry['operation'] === 'Update',
  );
}

/** Managers that wrote kubectl's note of what was applied last by updates. */
export function clientSideManagers(object: JsonObject): string[] {
  const path = ['f:metadata', 'f:annotations', `f:${lastAppliedAnnotation}`];
  const names = entriesOf(object)
    .filter((entry) => entry['operation'] === 'Update')
    .filter((entry) => at(entry['fieldsV1'], ...path) !== undefined)
    .map((entry) => asString(entry['manager']));
  return [...new Set(names)].sort();
}

/**
 * Managed fields with everything that a manager wrote by updates given to another one that applies.
 * Behaves as `UpgradeManagedFieldsPatch` of client-go's csaupgrade package.
 */
export function takeOver(entries: readonly JsonObject[], from: string, to: string): JsonObject[] {
  const isTarget = (entry: JsonObject): boolean =>
    entry['manager'] === to &&
    entry['operation'] === 'Apply' &&
    asString(entry['subresource']) === '';
  let index = entries.findIndex(isTarget);
  if (index < 0) index = entries.findIndex((entry) => isUpdater(entry, from));
  const target = entries[index];
  if (target === undefined) return [...entries];
  const source = entries.find(
    (entry) => isUpdater(entry, from) && entry['apiVersion'] === target['apiVersion'],
  );
  const own = fromFieldsV1(target['fieldsV1']);
  const fields = source === undefined ? own : fieldUnion(own, fromFieldsV1(source['fieldsV1']));
  const taken = { ...target, manager: to, operation: 'Apply', fieldsV1: toFieldsV1(fields) };
  return entries
    .map((entry, at) => (at === index ? taken : entry))
    .filter((entry) => !isUpdater(entry, from));
}

/** An object and where it is. */
export interface Held {
  readonly resource: ApiResource;
  readonly ref: ObjectRef;
  readonly object: JsonObject;
}

const conflictRetries = 5;

/**
 * Gives the fields of managers that update to one that applies, where there is something to give.
 * Answers the object, and whether it was changed. Throws KubeError.
 */
export async function migrateManagers(
  { client }: ApplyContext,
  { resource, ref, object }: Held,
  { from, to }: { readonly from: readonly string[]; readonly to: string },
): Promise<{ readonly object: JsonObject; readonly migrated: boolean }> {
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    const before = entriesOf(current);
    const after = from.reduce((entries, manager) => takeOver(entries, manager, to), before);
    if (equal(before, after)) return { object: current, migrated: false };
    const version: Json = at(current, 'metadata', 'resourceVersion') ?? '';
    const operations = [
      { op: 'replace', path: '/metadata/managedFields', value: after },
      { op: 'replace', path: '/metadata/resourceVersion', value: version },
    ];
    try {
      return {
        object: await client.patch(resource.type, ref, { type: 'json', operations }),
        migrated: true,
      };
    } catch (error) {
      if (!isConflict(error) || attempt >= conflictRetries) throw error;
      current = await client.get(resource.type, ref);
    }
  }
}
