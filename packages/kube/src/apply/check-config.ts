import {
  asArray,
  asObject,
  asString,
  goPrint,
  isObject,
  type Json,
  type JsonObject,
  own,
} from '../json/value.ts';
import { quantityFields } from '../schema/quantity.ts';
import { type Field, type Shape, typeModel } from '../schema/type-model.ts';
import { entryKey, keyDefaults, valueKey } from './apply-schema.ts';
import { formatPath } from './field-set.ts';

/** What values a place of an applied configuration takes (structured-merge-diff typed/validate.go). */
export type Expected =
  | { readonly kind: 'any' }
  | { readonly kind: 'numeric' | 'string' | 'boolean' | 'scalar' }
  | {
      readonly kind: 'map';
      readonly field: (name: string) => Expected | undefined;
      /** What other fields take; undefined when there are none. */
      readonly rest: Expected | undefined;
    }
  | { readonly kind: 'list'; readonly item: Expected; readonly keys: Keys | undefined };

/** How entries of a list are told apart; `names` is empty for a set. */
interface Keys {
  readonly names: readonly string[];
  readonly defaults: JsonObject;
}

const any: Expected = { kind: 'any' };
const types = new Map<string, Expected>();

/** What a built-in type takes. */
export function expectedOfType(type: string): Expected {
  const known = types.get(type);
  if (known !== undefined) return known;
  const model = typeModel(type);
  const made: Expected = {
    kind: 'map',
    rest: undefined,
    field: (name) => {
      const field = model.fields.get(name);
      return field === undefined ? undefined : expectedOfField(field);
    },
  };
  types.set(type, made);
  return made;
}

function expectedOfField(field: Field): Expected {
  if (quantityFields.has(field.name)) return any;
  if (field.shape.kind !== 'array') return expectedOfShape(field.shape);
  const item = expectedOfShape(field.shape.item);
  const isKeyed = field.listType === 'map' || field.listType === 'set';
  const names = field.listType === 'map' ? field.listKeys : [];
  const defaults = names.length === 0 ? {} : keyDefaults(field);
  return { kind: 'list', item, keys: isKeyed ? { names, defaults } : undefined };
}

const plainScalars: Readonly<Record<string, 'numeric' | 'string' | 'boolean'>> = {
  string: 'string',
  byte: 'string',
  boolean: 'boolean',
  int32: 'numeric',
  int64: 'numeric',
  number: 'numeric',
  double: 'numeric',
};

function expectedOfShape(shape: Shape): Expected {
  switch (shape.kind) {
    case 'scalar':
      return { kind: plainScalars[shape.scalar] ?? 'scalar' };
    case 'object':
      return expectedOfType(shape.type);
    case 'map':
      return { kind: 'map', field: () => undefined, rest: expectedOfShape(shape.value) };
    case 'array':
      return { kind: 'list', item: expectedOfShape(shape.item), keys: undefined };
    case 'any':
      return any;
  }
}

const customs = new WeakMap<JsonObject, Expected>();

/** What custom resources take, by the schema in their definition. */
export function expectedOfCustom(schema: JsonObject): Expected {
  const known = customs.get(schema);
  if (known !== undefined) return known;
  const root = expectedOfSchema(schema, false);
  const metadata = expectedOfType('V1ObjectMeta');
  const text: Expected = { kind: 'string' };
  const made: Expected = {
    kind: 'map',
    rest: root.kind === 'map' ? root.rest : any,
    field: (name) => {
      if (name === 'metadata') return metadata;
      if (name === 'kind' || name === 'apiVersion') return text;
      return root.kind === 'map' ? root.field(name) : undefined;
    },
  };
  customs.set(schema, made);
  return made;
}

/** `free` says that the schema is inside one that keeps unknown fields: so does all in it. */
function expectedOfSchema(schema: JsonObject, free: boolean): Expected {
  const isFree = free || schema['x-kubernetes-preserve-unknown-fields'] === true;
  switch (schema['type']) {
    case 'object':
      return expectedObject(schema, isFree);
    case 'array':
      return expectedList(schema, isFree);
    case 'string':
      return { kind: ['', 'byte'].includes(asString(schema['format'])) ? 'string' : 'scalar' };
    case 'integer':
    case 'number':
      return { kind: 'numeric' };
    case 'boolean':
      return { kind: 'boolean' };
    default:
      return any;
  }
}

function expectedObject(schema: JsonObject, free: boolean): Expected {
  const properties = asObject(schema['properties']);
  const known = new Map<string, Expected>();
  return {
    kind: 'map',
    rest: otherFields(schema, free || Object.keys(properties).length === 0),
    field: (name) => {
      const found = own(properties, name);
      if (found === undefined) return undefined;
      const made = known.get(name) ?? expectedOfSchema(asObject(found), free);
      known.set(name, made);
      return made;
    },
  };
}

function otherFields(schema: JsonObject, open: boolean): Expected | undefined {
  const additional = schema['additionalProperties'];
  if (isObject(additional)) return expectedOfSchema(additional, false);
  if (additional !== undefined) return additional === true ? any : undefined;
  return open ? any : undefined;
}

function expectedList(schema: JsonObject, free: boolean): Expected {
  const items = asObject(schema['items']);
  const listType = schema['x-kubernetes-list-type'];
  const names =
    listType === 'map' ? asArray(schema['x-kubernetes-list-map-keys']).map(asString) : [];
  const defaults: JsonObject = {};
  for (const name of names) {
    const value = asObject(asObject(items['properties'])[name])['default'];
    if (value !== undefined) defaults[name] = value;
  }
  const keys = listType === 'map' || listType === 'set' ? { names, defaults } : undefined;
  return { kind: 'list', item: expectedOfSchema(items, free), keys };
}

/** What an applied configuration has that its type does not take, in the words of Kubernetes; '' when there is none. */
export function configFault(expected: Expected, config: JsonObject): string {
  const faults = check(expected, config, []);
  if (faults.length < 2) return faults[0] ?? '';
  return ['errors:', ...faults.map((fault) => `  ${fault}`)].join('\n');
}

function check(expected: Expected, value: Json, path: readonly string[]): string[] {
  if (value === null || expected.kind === 'any') return [];
  switch (expected.kind) {
    case 'map':
      return isObject(value)
        ? checkFields(expected, value, path)
        : [at(path, `expected map, got &{${goPrint(value)}}`)];
    case 'list':
      return Array.isArray(value)
        ? checkEntries(expected, value, path)
        : [at(path, `expected list, got &{${goPrint(value)}}`)];
    default: {
      const fault = scalarFault(expected.kind, value);
      return fault === '' ? [] : [at(path, fault)];
    }
  }
}

function at(path: readonly string[], fault: string): string {
  return path.length === 0 ? fault : `${formatPath(path)}: ${fault}`;
}

function scalarFault(kind: 'numeric' | 'string' | 'boolean' | 'scalar', value: Json): string {
  switch (kind) {
    case 'numeric':
      return typeof value === 'number'
        ? ''
        : `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return typeof value === 'string'
        ? ''
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? '' : `expected boolean, got &{${goPrint(value)}}`;
    case 'scalar':
      return typeof value === 'object' ? `expected any scalar, got &{${goPrint(value)}}` : '';
  }
}

function goType(value: Json): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A value as `%#v` of Go writes it. */
function goSyntax(value: Json): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (value === null) return 'interface {}(nil)';
  if (typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] ?? null)}`);
  return `map[string]interface {}{${fields.join(', ')}}`;
}

function checkFields(
  expected: Expected & { kind: 'map' },
  value: JsonObject,
  path: readonly string[],
): string[] {
  const faults: string[] = [];
  for (const [name, entry] of Object.entries(value)) {
    const inner = [...path, `f:${name}`];
    const field = expected.field(name) ?? expected.rest;
    // Kubernetes looks no further in an object with a field that it does not know.
    if (field === undefined) return [...faults, at(inner, 'field not declared in schema')];
    faults.push(...check(field, entry, inner));
  }
  return faults;
}

function checkEntries(
  expected: Expected & { kind: 'list' },
  list: readonly Json[],
  path: readonly string[],
): string[] {
  const { item, keys } = expected;
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of list.entries()) {
    if (keys === undefined) {
      faults.push(...check(item, entry, [...path, `i:${index}`]));
      continue;
    }
    const wrong = keys.names.length === 0 ? noSetItem(entry) : noKeyedEntry(keys, entry);
    if (wrong !== '') return [...faults, at(path, `element ${index}: ${wrong}`)];
    const key = keyIn(keys, entry);
    if (seen.has(key)) faults.push(at(path, `duplicate entries for key ${formatPath([key])}`));
    seen.add(key);
    faults.push(...check(item, entry, [...path, key]));
  }
  return faults;
}

function keyIn(keys: Keys, entry: Json): string {
  if (keys.names.length === 0) return valueKey(entry);
  const { names, defaults } = keys;
  return (
    entryKey({ kind: 'list-map', keys: names, defaults, item: { kind: 'untyped' } }, entry) ?? ''
  );
}

function noSetItem(entry: Json): string {
  if (entry === null) return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(entry)) return 'not supported: associative list with lists as elements';
  return typeof entry === 'object'
    ? "associative list without keys has an element that's a map type"
    : '';
}

function noKeyedEntry(keys: Keys, entry: Json): string {
  if (entry === null) return 'associative list with keys may not have a null element';
  if (!isObject(entry)) return 'associative list with keys may not have non-map elements';
  if (keyIn(keys, entry) !== '') return '';
  const names = `[${keys.names.map((name) => JSON.stringify(name)).join(' ')}]`;
  return `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`;
}
