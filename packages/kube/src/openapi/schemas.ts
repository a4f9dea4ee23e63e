import type { Json, JsonObject } from '../json/value.ts';
import { type Field, type Scalar, type Shape, typeModel } from '../schema/type-model.ts';
import { quantityFields } from '../schema/quantity.ts';
import { goTypeName } from '../schema/type-names.ts';

/** Which form of OpenAPI is written: they refer to types in different ways. */
export type Dialect = 'v2' | 'v3';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** The name of a type in Kubernetes' OpenAPI documents. */
export function schemaName(type: string): string {
  const [pkg = '', version = 'v1'] = typeModel(type).package.split('/');
  const name = goTypeName(type);
  switch (pkg) {
    case 'meta':
      return `${meta}.${name}`;
    case 'apiextensions':
      return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`;
    case 'apiregistration':
      return `io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.${name}`;
    default:
      return `io.k8s.api.${pkg}.${version}.${name}`;
  }
}

function refTo(name: string, dialect: Dialect): string {
  return dialect === 'v2' ? `#/definitions/${name}` : `#/components/schemas/${name}`;
}

const scalars: Readonly<Record<Scalar, JsonObject>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  double: { type: 'number', format: 'double' },
  byte: { type: 'string', format: 'byte' },
  'date-time': {},
  'micro-time': {},
  'int-or-string': {},
};
const named: Partial<Record<Scalar, string>> = {
  'date-time': `${meta}.Time`,
  'micro-time': `${meta}.MicroTime`,
  'int-or-string': intOrString,
};
const zeros: Partial<Record<Scalar, Json>> = {
  string: '',
  boolean: false,
  int32: 0,
  int64: 0,
  number: 0,
  double: 0,
};

/** Collects the types that a document needs. */
export class SchemaCollector {
  readonly schemas: Record<string, JsonObject> = {};
  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** Adds a type and all that it refers to. */
  add(type: string): string {
    const name = schemaName(type);
    if (this.schemas[name] !== undefined) return name;
    const model = typeModel(type);
    const schema: JsonObject = { description: model.description, type: 'object' };
    this.schemas[name] = schema;
    const required = [...model.fields.values()]
      .filter((field) => field.required)
      .map((field) => field.name);
    if (required.length > 0) schema['required'] = required;
    const properties: JsonObject = {};
    for (const key of [...model.fields.keys()].sort()) {
      const field = model.fields.get(key);
      if (field !== undefined) properties[key] = this.property(field);
    }
    schema['properties'] = properties;
    if (model.atomic) schema['x-kubernetes-map-type'] = 'atomic';
    return name;
  }

  private property(field: Field): JsonObject {
    const out: JsonObject = field.description === '' ? {} : { description: field.description };
    const shape = quantityFields.has(field.name) ? quantities(field.shape) : undefined;
    Object.assign(
      out,
      shape === undefined
        ? this.inner(field.shape, !field.pointer && field.required)
        : this.quantity(shape),
    );
    if (field.listKeys.length > 0) out['x-kubernetes-list-map-keys'] = [...field.listKeys];
    if (field.listType !== undefined && field.shape.kind === 'array')
      out['x-kubernetes-list-type'] = field.listType;
    if (field.listType === 'atomic' && field.shape.kind !== 'array')
      out['x-kubernetes-map-type'] = 'atomic';
    if (field.mergeKey !== undefined) out['x-kubernetes-patch-merge-key'] = field.mergeKey;
    if (field.patchStrategy !== undefined) out['x-kubernetes-patch-strategy'] = field.patchStrategy;
    return out;
  }

  private quantity(shape: 'one' | 'map'): JsonObject {
    const ref = this.reference(quantity);
    return shape === 'one' ? ref : { type: 'object', additionalProperties: ref };
  }

  private inner(shape: Shape, withDefault: boolean): JsonObject {
    switch (shape.kind) {
      case 'any':
        // A schema with nothing in it is none for `kubectl explain`.
        return { 'x-kubernetes-preserve-unknown-fields': true };
      case 'scalar':
        return this.scalar(shape.scalar, withDefault);
      case 'object':
        return this.reference(this.add(shape.type));
      case 'array':
        return { type: 'array', items: this.inner(shape.item, true) };
      case 'map':
        return { type: 'object', additionalProperties: this.inner(shape.value, true) };
    }
  }

  private scalar(scalar: Scalar, withDefault: boolean): JsonObject {
    const name = named[scalar];
    if (name !== undefined) return this.reference(name);
    const preset = zeros[scalar];
    const isV3 = this.dialect === 'v3';
    return withDefault && isV3 && preset !== undefined
      ? { ...scalars[scalar], default: preset }
      : { ...scalars[scalar] };
  }

  private reference(name: string): JsonObject {
    const special = specials[name];
    if (special !== undefined) this.schemas[name] = special(this.dialect);
    const $ref = refTo(name, this.dialect);
    if (this.dialect === 'v2') return { $ref };
    return special === undefined ? { default: {}, allOf: [{ $ref }] } : { allOf: [{ $ref }] };
  }
}

function quantities(shape: Shape): 'one' | 'map' | undefined {
  if (shape.kind === 'scalar') return 'one';
  return shape.kind === 'map' ? 'map' : undefined;
}

const specials: Readonly<Record<string, (dialect: Dialect) => JsonObject>> = {
  [`${meta}.Time`]: () => ({
    description: 'A time as RFC 3339 writes it.',
    type: 'string',
    format: 'date-time',
  }),
  [`${meta}.MicroTime`]: () => ({
    description: 'A time with microseconds.',
    type: 'string',
    format: 'date-time',
  }),
  [intOrString]: (dialect) =>
    dialect === 'v2'
      ? { description: 'A whole number or a string.', type: 'string', format: 'int-or-string' }
      : {
          description: 'A whole number or a string.',
          format: 'int-or-string',
          oneOf: [{ type: 'integer' }, { type: 'string' }],
        },
  [quantity]: (dialect) =>
    dialect === 'v2'
      ? { description: 'A quantity, such as 500m or 1Gi.', type: 'string' }
      : {
          description: 'A quantity, such as 500m or 1Gi.',
          oneOf: [{ type: 'string' }, { type: 'number' }],
        },
};
