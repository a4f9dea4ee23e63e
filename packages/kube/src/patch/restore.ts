import { isObject, type Json, type JsonObject } from '../json/value.ts';
import { type Field, type Scalar, type Shape, typeModel } from '../schema/type-model.ts';
import { quantityFields } from '../schema/quantity.ts';

/**
 * Why an object that a strategic merge patch has made is none of its type, in the words of Kubernetes (apimachinery
 * pkg/runtime/converter.go); '' when it is one, or when its type reads itself.
 */
export function restoreFault(type: string, object: JsonObject): string {
  return fieldsFault(type, object);
}

function fieldsFault(type: string, object: JsonObject): string {
  for (const field of typeModel(type).fields.values()) {
    const value = object[field.name];
    const fault = value === undefined ? '' : fieldFault(field, value);
    if (fault !== '') return fault;
  }
  return '';
}

function fieldFault(field: Field, value: Json): string {
  return quantityFields.has(field.name) ? '' : shapeFault(field.shape, value);
}

function shapeFault(shape: Shape, value: Json): string {
  if (value === null) return '';
  switch (shape.kind) {
    case 'any':
      return '';
    case 'scalar':
      return scalarFault(shape.scalar, value);
    case 'object':
      return isObject(value)
        ? fieldsFault(shape.type, value)
        : `cannot restore struct from: ${goKind(value)}`;
    case 'map':
      return isObject(value)
        ? firstFault(Object.values(value), shape.value)
        : `cannot restore map from ${goKind(value)}`;
    case 'array':
      return Array.isArray(value)
        ? firstFault(value, shape.item)
        : `cannot restore slice from ${goKind(value)}`;
  }
}

function firstFault(values: readonly Json[], shape: Shape): string {
  for (const value of values) {
    const fault = shapeFault(shape, value);
    if (fault !== '') return fault;
  }
  return '';
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const goScalars: Partial<Readonly<Record<Scalar, string>>> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
  double: 'float64',
};

function scalarFault(scalar: Scalar, value: Json): string {
  const wanted = goScalars[scalar];
  if (wanted === undefined) return '';
  const given = goKind(value);
  if (given === wanted || (given === 'int64' && wanted !== 'string' && wanted !== 'bool'))
    return '';
  const isConvertible =
    (given === 'int64' && wanted === 'string') ||
    (given === 'float64' && (wanted === 'int32' || wanted === 'int64'));
  return isConvertible ? `cannot convert ${given} to ${wanted}` : `unrecognized type: ${wanted}`;
}
