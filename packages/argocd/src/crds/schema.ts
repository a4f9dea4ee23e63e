import type { JsonObject } from '@tidegate/kube';

/** The schema of a value, as OpenAPI v3 writes it. */
export type Schema = JsonObject;

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const whole: Schema = { type: 'integer', format: 'int64' };
export const time: Schema = { type: 'string', format: 'date-time' };
/** An object whose fields are not named. */
export const anyObject: Schema = { type: 'object' };
/** Any value at all; nothing in it is pruned. */
export const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };
/** Any object; nothing in it is pruned. */
export const freeObject: Schema = { type: 'object', ...anything };
export const intOrText: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
};

/** One of some texts. */
export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: [...values] };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** A list that server-side apply replaces whole. */
export function atomicListOf(items: Schema): Schema {
  return { ...listOf(items), 'x-kubernetes-list-type': 'atomic' };
}

export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

export const texts: Schema = listOf(text);
export const textMap: Schema = mapOf(text);

/** An object with the fields given. A `!` behind a name makes the field required. */
export function fields(named: Readonly<Record<string, Schema>>): Schema {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [key, schema] of Object.entries(named)) {
    const name = key.replace(/!$/, '');
    if (name !== key) required.push(name);
    properties[name] = schema;
  }
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

/** The schema of a whole object. */
export function objectSchema(parts: Readonly<Record<string, Schema>>): Schema {
  return fields({ apiVersion: text, kind: text, 'metadata!': anyObject, ...parts });
}
