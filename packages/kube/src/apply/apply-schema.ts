import {
  asArray,
  asObject,
  asString,
  type Json,
  type JsonObject,
  own,
  isObject,
} from '../json/value.ts';
import { type Field, type Shape, typeModel } from '../schema/type-model.ts';

/**
 * How server-side apply merges values at a place: field by field, entry by entry, or as one.
 * `fields` are declared, `element` are the values of a map.
 */
export type ApplySchema =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'atomic' }
  | {
      readonly kind: 'struct';
      readonly field: (name: string) => ApplySchema | undefined;
      readonly free: boolean;
    }
  | { readonly kind: 'map'; readonly element: ApplySchema }
  | { readonly kind: 'set' }
  | {
      readonly kind: 'list-map';
      readonly keys: readonly string[];
      readonly defaults: JsonObject;
      readonly item: ApplySchema;
    }
  | { readonly kind: 'untyped' };

const scalar: ApplySchema = { kind: 'scalar' };
const atomic: ApplySchema = { kind: 'atomic' };
export const untyped: ApplySchema = { kind: 'untyped' };
const structs = new Map<string, ApplySchema>();

/** The schema of a built-in type. */
export function typedSchema(type: string): ApplySchema {
  const known = structs.get(type);
  if (known !== undefined) return known;
  const model = typeModel(type);
  const made: ApplySchema = model.atomic
    ? atomic
    : {
        kind: 'struct',
        free: false,
        field: (name) => {
          const field = model.fields.get(name);
          return field === undefined ? undefined : fieldSchema(field);
        },
      };
  structs.set(type, made);
  return made;
}

function fieldSchema(field: Field): ApplySchema {
  if (field.listType === 'atomic') return field.shape.kind === 'scalar' ? scalar : atomic;
  if (field.shape.kind !== 'array') return shapeSchema(field.shape);
  if (field.listType === 'set') return { kind: 'set' };
  if (field.listType !== 'map') return atomic;
  return {
    kind: 'list-map',
    keys: field.listKeys,
    defaults: keyDefaults(field),
    item: shapeSchema(field.shape.item),
  };
}

/** What stands for the keys of an entry that it leaves out: OpenAPI has the zero value for fields that are always there. */
export function keyDefaults(field: Field): JsonObject {
  const out: JsonObject = {};
  const item = field.shape.kind === 'array' ? field.shape.item : undefined;
  const fields = item?.kind === 'object' ? typeModel(item.type).fields : undefined;
  for (const key of field.listKeys) {
    const inner = fields?.get(key);
    if (key === 'protocol') out[key] = 'TCP';
    else if (inner?.shape.kind === 'scalar' && !inner.omitEmpty && !inner.pointer)
      out[key] = inner.shape.scalar === 'string' ? '' : 0;
  }
  return out;
}

function shapeSchema(shape: Shape): ApplySchema {
  switch (shape.kind) {
    case 'scalar':
      return scalar;
    case 'object':
      return typedSchema(shape.type);
    case 'map':
      return { kind: 'map', element: shapeSchema(shape.value) };
    case 'array':
      return atomic;
    case 'any':
      return untyped;
  }
}

/** The schema of custom resources, by the schema in their definition. */
export function customSchema(schema: JsonObject): ApplySchema {
  const root = structural(schema);
  const metadata = typedSchema('V1ObjectMeta');
  return {
    kind: 'struct',
    free: true,
    field: (name) => {
      if (name === 'metadata') return metadata;
      return root.kind === 'struct' ? root.field(name) : untyped;
    },
  };
}

function structural(schema: JsonObject): ApplySchema {
  if (schema['x-kubernetes-int-or-string'] === true) return scalar;
  switch (schema['type']) {
    case 'object':
      return structuralObject(schema);
    case 'array':
      return structuralList(schema);
    case undefined:
      return untyped;
    default:
      return scalar;
  }
}

function structuralObject(schema: JsonObject): ApplySchema {
  if (schema['x-kubernetes-map-type'] === 'atomic') return atomic;
  const properties = asObject(schema['properties']);
  const additional = schema['additionalProperties'];
  if (additional !== undefined && typeof additional === 'object') {
    return { kind: 'map', element: structural(asObject(additional)) };
  }
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (free && Object.keys(properties).length === 0) return untyped;
  const known = new Map<string, ApplySchema>();
  return {
    kind: 'struct',
    free,
    field: (name) => {
      const found = own(properties, name);
      if (found === undefined) return undefined;
      const made = known.get(name) ?? structural(asObject(found));
      known.set(name, made);
      return made;
    },
  };
}

function structuralList(schema: JsonObject): ApplySchema {
  const item = asObject(schema['items']);
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return { kind: 'set' };
    case 'map': {
      const keys = asArray(schema['x-kubernetes-list-map-keys']).map(asString);
      const defaults: JsonObject = {};
      for (const key of keys) {
        const value = asObject(asObject(item['properties'])[key])['default'];
        if (value !== undefined) defaults[key] = value;
      }
      return { kind: 'list-map', keys, defaults, item: structural(item) };
    }
    default:
      return atomic;
  }
}

/** The path element of an entry in a list with keys; undefined when it has none of them. */
export function entryKey(
  schema: ApplySchema & { kind: 'list-map' },
  entry: Json,
): string | undefined {
  const values: JsonObject = {};
  for (const key of [...schema.keys].sort()) {
    const value = own(asObject(entry), key) ?? own(schema.defaults, key);
    if (value !== undefined) values[key] = value;
  }
  return Object.keys(values).length === 0 ? undefined : `k:${JSON.stringify(values)}`;
}

export function valueKey(value: Json): string {
  return `v:${JSON.stringify(value)}`;
}

export interface Child {
  readonly schema: ApplySchema;
  readonly value: Json;
  /** Whether the path of the child is owned by itself: entries of lists and of maps. */
  readonly keyed: boolean;
}

/** The schema and values inside a value: what its children are called and how they merge. */
export function childrenOf(
  schema: ApplySchema,
  value: Json | undefined,
): Map<string, Child> | undefined {
  switch (schema.kind) {
    case 'scalar':
    case 'atomic':
      return undefined;
    case 'set':
    case 'list-map':
      return Array.isArray(value) ? entriesOf(schema, value) : undefined;
    case 'struct':
    case 'map':
    case 'untyped':
      return isObject(value) ? fieldsIn(schema, value) : undefined;
  }
}

function entriesOf(
  schema: ApplySchema & { kind: 'set' | 'list-map' },
  list: readonly Json[],
): Map<string, Child> {
  const out = new Map<string, Child>();
  for (const value of list) {
    if (schema.kind === 'set') out.set(valueKey(value), { schema: scalar, value, keyed: true });
    else {
      const key = entryKey(schema, value);
      if (key !== undefined) out.set(key, { schema: schema.item, value, keyed: true });
    }
  }
  return out;
}

function fieldsIn(schema: ApplySchema, object: JsonObject): Map<string, Child> {
  const out = new Map<string, Child>();
  for (const [key, value] of Object.entries(object)) {
    const inner = fieldIn(schema, key);
    out.set(`f:${key}`, { schema: inner.schema, value, keyed: !inner.declared });
  }
  return out;
}

/** The schema of a field, and whether it is a declared one. */
export function fieldIn(
  schema: ApplySchema,
  key: string,
): { schema: ApplySchema; declared: boolean } {
  if (schema.kind === 'map') return { schema: schema.element, declared: false };
  const field = schema.kind === 'struct' ? schema.field(key) : undefined;
  return field === undefined
    ? { schema: untyped, declared: false }
    : { schema: field, declared: true };
}

/** The schema behind a path element, and whether it is a declared field. */
export function schemaAt(
  schema: ApplySchema,
  element: string,
): { schema: ApplySchema; declared: boolean } {
  if (element.startsWith('f:')) return fieldIn(schema, element.slice(2));
  return { schema: schema.kind === 'list-map' ? schema.item : scalar, declared: false };
}
