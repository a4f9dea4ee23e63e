import {
  asArray,
  asObject,
  asString,
  at,
  compareObjects,
  fieldIntersection,
  fromFieldsV1,
  isEmptySet,
  removeFields,
  type ApplySchema,
  type JsonObject,
} from '@tidegate/kube';

/** A live object and what is wanted of it. */
export interface ObjectPair {
  readonly target: JsonObject;
  readonly live: JsonObject;
}

/**
 * Both objects without the fields that differ and that a trusted manager wrote.
 * Source: util/argo/managedfields/managed_fields.go.
 */
export function withoutTrustedFields(
  { target, live }: ObjectPair,
  schema: ApplySchema,
  managers: readonly string[],
): ObjectPair {
  const { modified } = compareObjects(schema, live, target);
  const entries = asArray(at(live, 'metadata', 'managedFields')).map(asObject);
  return entries
    .filter((entry) => managers.includes(asString(entry['manager'])))
    .map((entry) => fieldIntersection(fromFieldsV1(entry['fieldsV1']), modified))
    .filter((fields) => !isEmptySet(fields))
    .reduce(
      (pair, fields) => ({
        target: asObject(removeFields(schema, pair.target, fields)),
        live: asObject(removeFields(schema, pair.live, fields)),
      }),
      { target, live },
    );
}
