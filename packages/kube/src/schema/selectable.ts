import { asObject, asString, isObject, type JsonObject, own } from '../json/value.ts';

const scalarTypes = new Set(['string', 'integer', 'boolean']);

/** Why a path does not lead to a scalar that objects can be selected by; undefined when it does. */
export function findSchema(schema: JsonObject, path: string): string | undefined {
  if (!path.startsWith('.') && !path.startsWith('[')) return `expected [ or . but got: ${path}`;
  let current: JsonObject = schema;
  for (const key of path.split('.').slice(1)) {
    const next = own(asObject(current['properties']), key);
    if (!isObject(next)) return 'does not refer to a valid field';
    current = next;
  }
  return scalarTypes.has(asString(current['type']))
    ? undefined
    : 'must refer to a field of type string, boolean or integer';
}
