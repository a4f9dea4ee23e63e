import {
  asArray,
  asObject,
  asString,
  at,
  compareObjects,
  emptyFieldSet,
  equal,
  fieldDifference,
  fieldsOf,
  fieldUnion,
  fromFieldsV1,
  isEmptySet,
  mergeConfig,
  removeFields,
  type ApplySchema,
  type FieldSet,
  type JsonObject,
} from '@tidegate/kube';
import type { Difference } from './compare-objects.ts';
import { withoutAnnotation, withoutMetadata } from './schemas.ts';
import { asWritten } from './typed-objects.ts';

export interface ServerSideOptions {
  readonly schema: ApplySchema;
  readonly manager: string;
  /** Whether what webhooks changed counts. */
  readonly keepWebhooks: boolean;
  readonly normalize: (object: JsonObject) => JsonObject;
}

/** A live object, and the same after a server-side apply in dry-run mode. */
export interface DryRunPair {
  readonly live: JsonObject;
  readonly predicted: JsonObject;
}

/**
 * Compares a live object with what an apply would make of it. Throws an Error where nothing says what
 * the manager owns. Source: `serverSideDiff` in gitops-engine/pkg/diff/diff.go.
 */
export function compareServerSide(pair: DryRunPair, options: ServerSideOptions): Difference {
  const applied = options.keepWebhooks ? pair.predicted : withoutWebhooks(pair, options);
  const shown = (object: JsonObject): JsonObject =>
    withoutAnnotation(
      withoutMetadata(options.normalize(object), 'managedFields', 'resourceVersion'),
      'kubectl.kubernetes.io/last-applied-configuration',
    );
  const predictedLive = shown(asWritten(applied));
  const normalizedLive = shown(pair.live);
  const modified = !equal(predictedLive, normalizedLive);
  return { modified, normalizedLive, predictedLive };
}

function ownedBy(object: JsonObject, manager: string): FieldSet {
  const entries = asArray(at(object, 'metadata', 'managedFields')).map(asObject);
  const name = `${asString(object['kind'])}/${asString(at(object, 'metadata', 'name'))}`;
  if (entries.length === 0)
    throw new Error(`predictedLive for resource ${name} must have the managedFields`);
  const owned = entries
    .filter((entry) => entry['manager'] === manager)
    .map((entry) => fromFieldsV1(entry['fieldsV1']))
    .reduce(fieldUnion, emptyFieldSet);
  if (isEmptySet(owned)) throw new Error(`no managed fields found for manager: ${manager}`);
  return owned;
}

/** The predicted object with the live values of everything that the manager does not own. */
function withoutWebhooks(
  { live, predicted }: DryRunPair,
  { schema, manager }: ServerSideOptions,
): JsonObject {
  const owned = ownedBy(predicted, manager);
  const foreign = leafless(fieldDifference(fieldsOf(schema, predicted), owned), owned);
  const removed = fieldDifference(compareObjects(schema, live, predicted).removed, foreign);
  const own = removeFields(schema, predicted, withoutKeys(foreign, undefined));
  const merged = mergeConfig(schema, live, own);
  return asObject(removeFields(schema, merged, removed));
}

/** Takes paths out of a set that lead to something that is owned. */
function leafless(set: FieldSet, owned: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of set.children) {
    const kept = leafless(child, owned.children.get(key) ?? emptyFieldSet);
    if (!isEmptySet(kept)) children.set(key, kept);
  }
  return { member: set.member && owned.children.size === 0, children };
}

/** Fields that entries of a list are told apart by, where that takes several, stay. */
function withoutKeys(set: FieldSet, entryKeys: readonly string[] | undefined): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of set.children) {
    const isKey = entryKeys?.includes(key) === true;
    const own = isKey ? { member: false, children: child.children } : child;
    const kept = withoutKeys(own, keysOf(key) ?? entryKeys);
    if (!isEmptySet(kept)) children.set(key, kept);
  }
  return { member: set.member, children };
}

/** The fields in the path element of an entry, where there are several. */
function keysOf(element: string): readonly string[] | undefined {
  if (!element.startsWith('k:')) return undefined;
  const keys = Object.keys(JSON.parse(element.slice(2)) as JsonObject).map((key) => `f:${key}`);
  return keys.length > 1 ? keys : undefined;
}
