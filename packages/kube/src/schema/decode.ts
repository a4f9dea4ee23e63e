import {
  asArray,
  asObject,
  isObject,
  type Json,
  type JsonObject,
  own,
  quote,
} from '../json/value.ts';
import { base64Fault } from '../text/hash.ts';
import { goTypeName } from './type-names.ts';
import { type Field, type Scalar, type Shape, typeModel } from './type-model.ts';
import { normalizeQuantity, quantityFields } from './quantity.ts';

/** A value that does not fit its type, in the words of Go's decoder. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded {
  readonly object: JsonObject;
  /** Paths of fields that the type does not have. */
  readonly unknown: readonly string[];
}

interface Place {
  /** Where the value is, with indexes. */
  readonly path: string;
  /** Where it is in the words of Go's decoder: field names only. */
  readonly goPath: string;
  readonly owner: string;
  readonly unknown: string[];
}

/**
 * Reads an object as a built-in type: unknown fields, nulls and empty values go, wrong types fail. `known` is an object
 * of the type that was read before: what the given one shares with it at the same place is taken over.
 */
export function decodeTyped(type: string, value: JsonObject, known?: JsonObject): Decoded {
  const unknown: string[] = [];
  const place = { path: '', goPath: '', owner: goTypeName(type), unknown };
  return { object: decodeObject(type, value, place, known), unknown };
}

function decodeObject(type: string, value: JsonObject, place: Place, known?: Json): JsonObject {
  const model = typeModel(type);
  const owner = goTypeName(type);
  const before = asObject(known);
  for (const key of Object.keys(value)) {
    if (!model.fields.has(key)) place.unknown.push(join(place.path, key));
  }
  const out: JsonObject = {};
  for (const [key, field] of model.fields) {
    const entry = own(value, key) ?? null;
    const read = own(before, key);
    if (entry === null && (field.pointer || field.omitZero)) continue;
    if (entry !== null && entry === read) {
      out[key] = entry;
      continue;
    }
    const [path, goPath] = [join(place.path, key), join(place.goPath, key)];
    const inner = { path, goPath, owner, unknown: place.unknown };
    const decoded = readField(field, { entry, read }, inner);
    if (decoded !== undefined) out[key] = decoded;
  }
  return out;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** What becomes of one field; undefined when it is left out. `read` is what became of it before. */
function readField(
  field: Field,
  { entry, read }: { readonly entry: Json; readonly read: Json | undefined },
  place: Place,
): Json | undefined {
  const decoded =
    entry === null ? zeroValue(field, place) : decodeValue(field.shape, entry, place, read);
  if (decoded === undefined || isDropped(field, decoded)) return undefined;
  if (isStoredAsNothing(field, decoded)) return null;
  return quantityFields.has(field.name) ? normalizeQuantities(decoded) : decoded;
}

/** What Go writes for a field that is not set and no pointer; undefined when it writes nothing. */
function zeroValue(field: Field, place: Place): Json | undefined {
  if (field.shape.kind === 'object') return decodeObject(field.shape.type, {}, place);
  const isTime =
    field.shape.kind === 'scalar' &&
    (field.shape.scalar === 'date-time' || field.shape.scalar === 'micro-time');
  if (isTime) return null;
  if (isIntOrString(field.shape)) return 0;
  return field.omitEmpty ? undefined : zeroOf(field.shape);
}

function isIntOrString(shape: Shape): boolean {
  return shape.kind === 'scalar' && shape.scalar === 'int-or-string';
}

function zeroOf(shape: Shape): Json {
  if (shape.kind !== 'scalar') return null;
  switch (shape.scalar) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'number':
    case 'double':
    case 'int-or-string':
      return 0;
    case 'byte':
    case 'date-time':
    case 'micro-time':
      return null;
  }
}

function normalizeQuantities(value: Json): Json {
  if (!isObject(value)) return typeof value === 'string' ? normalizeQuantity(value) : value;
  const out: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) {
    out[key] = typeof entry === 'string' ? normalizeQuantity(entry) : entry;
  }
  return out;
}

/** Whether a value is what Go leaves out of a field. */
function isDropped(field: Field, value: Json): boolean {
  if (!field.omitEmpty) return false;
  const { kind } = field.shape;
  if (kind === 'map') return isEmptyValue(value);
  if (field.pointer) return false;
  if (kind === 'array') return isEmptyValue(value);
  if (kind === 'object') return field.omitZero && isEmptyValue(value);
  return !isIntOrString(field.shape) && zeros.has(value);
}

/** Kubernetes stores objects in a form that does not tell an empty list or map from none. */
function isStoredAsNothing({ shape, pointer }: Field, value: Json): boolean {
  return (shape.kind === 'array' || shape.kind === 'map') && !pointer && isEmptyValue(value);
}

const zeros = new Set<Json>(['', 0, false]);

function isEmptyValue(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function decodeValue(shape: Shape, value: Json, place: Place, known?: Json): Json {
  switch (shape.kind) {
    case 'any':
      return value;
    case 'scalar':
      return decodeScalar(shape.scalar, value, place);
    case 'object':
      if (!isObject(value))
        throw mismatch(value, `${packageOf(shape.type)}.${goTypeName(shape.type)}`, place);
      return decodeObject(shape.type, value, place, known);
    case 'array':
      return decodeArray(shape, value, place, asArray(known));
    case 'map':
      return decodeMap(shape, value, place);
  }
}

function decodeArray(
  shape: Shape & { kind: 'array' },
  value: Json,
  place: Place,
  known: readonly Json[],
): Json {
  if (!Array.isArray(value)) throw mismatch(value, goType(shape), place);
  return value
    .filter((entry) => entry !== null || shape.item.kind === 'any')
    .map((entry, index) => {
      if (entry !== null && (entry === known[index] || isAmong(entry, known))) return entry;
      const inner = { ...place, path: `${place.path}[${index}]` };
      return decodeValue(shape.item, entry, inner, known[index]);
    });
}

/** Whether an object is in a short list: entries that moved are still known. */
function isAmong(entry: Json, known: readonly Json[]): boolean {
  return typeof entry === 'object' && known.length <= 16 && known.includes(entry);
}

function decodeMap(shape: Shape & { kind: 'map' }, value: Json, place: Place): Json {
  if (!isObject(value)) throw mismatch(value, goType(shape), place);
  const out: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) {
    if (entry === null) {
      if (shape.value.kind === 'scalar' && shape.value.scalar === 'string') out[key] = '';
      continue;
    }
    if (isQuantityMap(place.goPath) && typeof entry === 'number') out[key] = String(entry);
    else out[key] = decodeValue(shape.value, entry, { ...place, path: `${place.path}.${key}` });
  }
  return out;
}

function isQuantityMap(goPath: string): boolean {
  return quantityFields.has(goPath.slice(goPath.lastIndexOf('.') + 1));
}

function decodeScalar(scalar: Scalar, value: Json, place: Place): Json {
  switch (scalar) {
    case 'byte':
      return decodeBytes(value, place);
    case 'date-time':
    case 'micro-time':
      return decodeTime(value, scalar === 'micro-time', place);
    default:
      if (scalar === 'string' && typeof value === 'number' && isQuantityMap(place.goPath))
        return String(value);
      if (!fitsScalar(scalar, value))
        throw mismatch(value, scalar === 'int-or-string' ? 'int32' : goScalar(scalar), place);
      return value;
  }
}

function fitsScalar(scalar: Scalar, value: Json): boolean {
  switch (scalar) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
    case 'int64':
      return Number.isInteger(value);
    case 'number':
    case 'double':
      return typeof value === 'number';
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'number';
    default:
      return typeof value === 'string';
  }
}

function decodeBytes(value: Json, place: Place): Json {
  if (typeof value !== 'string') throw mismatch(value, '[]uint8', place);
  const fault = base64Fault(value);
  if (fault >= 0) throw new DecodeError(`illegal base64 data at input byte ${fault}`);
  return value;
}

const instant = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function decodeTime(value: Json, micro: boolean, place: Place): Json {
  if (typeof value !== 'string') throw mismatch(value, 'string', place);
  if (value === '') return '';
  if (!instant.test(value) || Number.isNaN(Date.parse(value))) {
    const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
    throw new DecodeError(
      `parsing time ${quote(value)} as ${quote(layout)}: cannot parse ${quote(value)} as "2006"`,
    );
  }
  if (micro) checkMicro(value);
  const whole = new Date(Date.parse(value)).toISOString().slice(0, 19);
  if (!micro) return `${whole}Z`;
  const digits = /\.(\d+)/.exec(value)?.[1] ?? '';
  return `${whole}.${digits.padEnd(6, '0').slice(0, 6)}Z`;
}

/** Times with microseconds have exactly six digits of them. */
function checkMicro(value: string): void {
  const [, digits = '', rest = ''] = /^[^.Zz+]{19}(?:\.(\d+))?(.*)$/.exec(value) ?? [];
  if (digits.length === 6) return;
  const [found, wanted] =
    digits.length > 6 ? [digits.slice(6) + rest, 'Z07:00'] : [value.slice(19), '.000000'];
  throw new DecodeError(
    `parsing time ${quote(value)} as ${quote('2006-01-02T15:04:05.000000Z07:00')}: cannot parse ${quote(found)} as ${quote(wanted)}`,
  );
}

function packageOf(type: string): string {
  return (
    /^(?:[A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)(?=[A-Z])/.exec(type)?.[1]?.toLowerCase() ?? 'v1'
  );
}

function goType(shape: Shape): string {
  switch (shape.kind) {
    case 'any':
      return 'interface {}';
    case 'scalar':
      return goScalar(shape.scalar);
    case 'object':
      return `${packageOf(shape.type)}.${goTypeName(shape.type)}`;
    case 'array':
      return `[]${goType(shape.item)}`;
    case 'map':
      return `map[string]${goType(shape.value)}`;
  }
}

function goScalar(scalar: Scalar): string {
  const names: Partial<Record<Scalar, string>> = {
    boolean: 'bool',
    number: 'float64',
    double: 'float64',
    byte: '[]uint8',
  };
  return names[scalar] ?? scalar;
}

function goKind(value: Json): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  if (Array.isArray(value)) return 'array';
  return typeof value === 'string' ? 'string' : 'object';
}

function mismatch(value: Json, type: string, place: Place): DecodeError {
  return new DecodeError(
    `json: cannot unmarshal ${goKind(value)} into Go struct field ${place.owner}.${place.goPath} of type ${type}`,
  );
}
