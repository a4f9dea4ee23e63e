import {
  asArray,
  asNumber,
  asString,
  asObject,
  equal,
  isObject,
  type Json,
  type JsonObject,
  own,
} from '../json/value.ts';
import {
  duplicate,
  type FieldError,
  invalidType,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../validation/field-error.ts';
import { hasFormat } from './formats.ts';
import { celFaults } from './cel.ts';

/** The state of an object before a change. */
export interface Before {
  readonly object: JsonObject;
  /** Whether it is known to have no faults: what the changed object shares with it is not looked into then. */
  readonly faultless: boolean;
}

/** Faults of a custom object, in the words of Kubernetes. */
export function validateCustom(
  schema: JsonObject,
  object: JsonObject,
  before?: Before,
): FieldError[] {
  const faults: FieldError[] = [];
  const known = before?.faultless === true ? before.object : undefined;
  check(schema, object, { path: '', faults, known });
  if (faults.length > 0) return faults;
  return celFaults(schema, object, before);
}

interface Place {
  readonly path: string;
  readonly faults: FieldError[];
  /** What is known to have no faults at this place. */
  readonly known: Json | undefined;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function check(schema: JsonObject, value: Json, place: Place): void {
  if (value === place.known) return;
  if (value === null && schema['nullable'] === true) return;
  if (!checkType(schema, value, place)) return;
  checkEnum(schema, value, place);
  if (schema['x-kubernetes-int-or-string'] === true) return;
  if (typeof value === 'string') checkString(schema, value, place);
  else if (typeof value === 'number') checkNumber(schema, value, place);
  else if (Array.isArray(value)) checkArray(schema, value, place);
  else if (isObject(value)) checkObject(schema, value, place);
  checkJunctors(schema, value, place);
}

/** Whether a value is of the type that its schema names. */
function checkType(schema: JsonObject, value: Json, place: Place): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (typeof value === 'string' || Number.isInteger(value)) return true;
    typeFault('integer,string', value, place);
    return false;
  }
  const type = asString(schema['type']);
  if (type === '' || fits(type, value)) return true;
  typeFault(type, value, place);
  if (type === 'integer' && typeof value === 'number') {
    const why = `Checked value must be of type integer (default format) in ${place.path}`;
    place.faults.push(invalidValue('<nil>', '', why));
  }
  return false;
}

function fits(type: string, value: Json): boolean {
  const found = typeOf(value);
  return found === type || (type === 'number' && found === 'integer');
}

function typeFault(type: string, value: Json, place: Place): void {
  const found = typeOf(value);
  place.faults.push(
    invalidType(
      place.path,
      found,
      `${place.path} in body must be of type ${type}: ${JSON.stringify(found)}`,
    ),
  );
}

function fault(value: Json, why: string, place: Place): void {
  place.faults.push(invalidValue(place.path, value, `${place.path} in body ${why}`));
}

function checkEnum(schema: JsonObject, value: Json, place: Place): void {
  const allowed = schema['enum'];
  if (!Array.isArray(allowed) || allowed.some((entry) => equal(entry, value))) return;
  place.faults.push(
    notSupported(
      place.path,
      value,
      allowed.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))),
    ),
  );
}

function checkString(schema: JsonObject, value: string, place: Place): void {
  const [min, max] = [schema['minLength'], schema['maxLength']];
  const length = [...value].length;
  if (typeof max === 'number' && length > max) place.faults.push(tooLong(place.path, max));
  if (typeof min === 'number' && length < min)
    fault(value, `should be at least ${min} chars long`, place);
  const pattern = schema['pattern'];
  if (typeof pattern === 'string' && !matchesPattern(pattern, value)) {
    fault(value, `should match '${pattern}'`, place);
  }
  const format = schema['format'];
  if (typeof format === 'string' && !hasFormat(format, value)) {
    const why = `${place.path} in body must be of type ${format}: ${JSON.stringify(value)}`;
    place.faults.push(invalidType(place.path, value, why));
  }
}

/** Go's expressions, as far as they differ from those here. */
export function matchesPattern(pattern: string, value: string): boolean {
  try {
    const flags = /^\(\?([ims]+)\)/.exec(pattern)?.[1] ?? '';
    const source = pattern
      .replace(/^\(\?[ims]+\)/, '')
      .replace(/\\A/g, '^')
      .replace(/\\z/g, '$');
    return new RegExp(source, `${flags}u`).test(value);
  } catch {
    return true;
  }
}

function checkNumber(schema: JsonObject, value: number, place: Place): void {
  const [min, max, step] = [schema['minimum'], schema['maximum'], schema['multipleOf']];
  if (typeof max === 'number') {
    const exclusive = schema['exclusiveMaximum'] === true;
    if (exclusive ? value >= max : value > max)
      fault(value, `should be less than ${exclusive ? '' : 'or equal to '}${max}`, place);
  }
  if (typeof min === 'number') {
    const exclusive = schema['exclusiveMinimum'] === true;
    if (exclusive ? value <= min : value < min) {
      fault(value, `should be greater than ${exclusive ? '' : 'or equal to '}${min}`, place);
    }
  }
  if (typeof step === 'number' && !Number.isInteger(value / step))
    fault(value, `should be a multiple of ${step}`, place);
}

function checkArray(schema: JsonObject, value: Json[], place: Place): void {
  const [min, max] = [schema['minItems'], schema['maxItems']];
  if (typeof max === 'number' && value.length > max)
    place.faults.push(tooMany(place.path, value.length, max));
  if (typeof min === 'number' && value.length < min)
    fault(value.length, `should have at least ${min} items`, place);
  if (schema['uniqueItems'] === true && hasTwins(value))
    fault([...value], "shouldn't contain duplicates", place);
  const item = schema['items'];
  const known = asArray(place.known);
  value.forEach((entry, index) => {
    const inner = { ...place, path: `${place.path}[${index}]`, known: known[index] };
    if (isObject(item)) check(item, entry, inner);
  });
  checkListType(schema, value, place);
}

function hasTwins(list: readonly Json[]): boolean {
  return list.some((entry, index) => list.slice(0, index).some((other) => equal(entry, other)));
}

function checkListType(schema: JsonObject, value: readonly Json[], place: Place): void {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return;
  const keys = asArray(schema['x-kubernetes-list-map-keys']).map(asString);
  const seen = new Set<string>();
  value.forEach((entry, index) => {
    const shown = type === 'set' ? entry : pick(entry, keys);
    const id = JSON.stringify(shown);
    if (seen.has(id)) place.faults.push(duplicate(`${place.path}[${index}]`, shown));
    seen.add(id);
  });
}

function pick(entry: Json, keys: readonly string[]): JsonObject {
  const out: JsonObject = {};
  for (const key of keys) {
    const value = own(asObject(entry), key);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function checkObject(schema: JsonObject, value: JsonObject, place: Place): void {
  const size = Object.keys(value).length;
  const [min, max] = [schema['minProperties'], schema['maxProperties']];
  if (typeof max === 'number' && size > max) place.faults.push(tooMany(place.path, size, max));
  if (typeof min === 'number' && size < min)
    fault(size, `should have at least ${min} properties`, place);
  for (const key of asArray(schema['required']).map(asString)) {
    if (!Object.hasOwn(value, key)) place.faults.push(required(join(place.path, key)));
  }
  checkFields(schema, value, place);
}

const rootFields = new Set(['metadata', 'apiVersion', 'kind']);

function checkFields(schema: JsonObject, value: JsonObject, place: Place): void {
  const properties = asObject(schema['properties']);
  const additional = schema['additionalProperties'];
  const known = asObject(place.known);
  for (const key of Object.keys(value)) {
    const entry = value[key] ?? null;
    const before = own(known, key);
    if (entry === before || (place.path === '' && rootFields.has(key))) continue;
    const field = own(properties, key) ?? additional;
    if (!isObject(field)) continue;
    check(field, entry, { path: join(place.path, key), faults: place.faults, known: before });
  }
}

function passes(schema: Json, value: Json, path: string): boolean {
  const faults: FieldError[] = [];
  check(asObject(schema), value, { path, faults, known: undefined });
  return faults.length === 0;
}

function checkJunctors(schema: JsonObject, value: Json, place: Place): void {
  for (const inner of asArray(schema['allOf'])) check(asObject(inner), value, place);
  const any = asArray(schema['anyOf']);
  if (any.length > 0 && !any.some((inner) => passes(inner, value, place.path))) {
    fault(shownValue(value), 'must validate at least one schema (anyOf)', {
      ...place,
      path: place.path,
    });
  }
  const one = asArray(schema['oneOf']);
  if (one.length > 0) {
    const count = one.filter((inner) => passes(inner, value, place.path)).length;
    if (count !== 1) {
      const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
      fault(shownValue(value), `must validate one and only one schema (oneOf). ${found}`, place);
    }
  }
  const not = schema['not'];
  if (not !== undefined && passes(not, value, place.path)) {
    fault(shownValue(value), 'must not validate the schema (not)', place);
  }
}

function shownValue(value: Json): Json {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** Faults of values that a change touched: what was stored before and is not changed may stay. */
export function ratcheted(
  faults: readonly FieldError[],
  next: JsonObject,
  live: JsonObject,
): FieldError[] {
  return faults.filter((entry) => {
    const path = entry.field.replace(/\[(\d+)\]/g, '.$1').split('.');
    return (
      entry.field === '' ||
      !equal(valueAt(next, path), valueAt(live, path)) ||
      (valueAt(next, path) === undefined && !equal(parentAt(next, path), parentAt(live, path)))
    );
  });
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(current)) current = current[asNumber(Number(part))];
    else if (isObject(current)) current = own(current, part);
    else return undefined;
  }
  return current;
}

function parentAt(value: Json, path: readonly string[]): Json | undefined {
  return valueAt(value, path.slice(0, -1));
}
