import { asObject, isObject, type Json, type JsonObject, own } from '../json/value.ts';
import { fromBase64 } from '../text/hash.ts';
import { utf8Encode } from '../text/utf8.ts';

/** Words of CEL that are no names of fields. */
const reserved = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** The name by which rules call a property (Kubernetes pkg/cel/escaping). */
export function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** Reads a duration such as `1h30m`. */
export type DurationReader = (text: string) => unknown;

/** A value as CEL sees it: numbers and times by their schema, properties by their escaped names. */
export function toCel(schema: JsonObject, value: Json, readDuration: DurationReader): unknown {
  if (Array.isArray(value)) {
    const item = asObject(schema['items']);
    return value.map((entry) => toCel(item, entry, readDuration));
  }
  if (typeof value === 'number') {
    const whole = schema['type'] === 'integer' || schema['x-kubernetes-int-or-string'] === true;
    return whole && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (typeof value === 'string') return textToCel(schema, value, readDuration);
  if (!isObject(value)) return value;
  const properties = asObject(schema['properties']);
  const additional = asObject(schema['additionalProperties']);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const field = own(properties, key);
      return [
        field === undefined ? key : escapeName(key),
        toCel(asObject(field ?? additional), entry, readDuration),
      ];
    }),
  );
}

function textToCel(schema: JsonObject, value: string, readDuration: DurationReader): unknown {
  switch (schema['format']) {
    case 'date-time':
    case 'date':
      return new Date(Date.parse(value));
    case 'duration':
      return readDuration(value);
    case 'byte':
      return utf8Encode(fromBase64(value));
    default:
      return value;
  }
}
