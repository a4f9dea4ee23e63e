import { Environment } from '@marcbachmann/cel-js';
import {
  asArray,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
  own,
} from '../json/value.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from '../validation/field-error.ts';

/** What a rule gets: whole numbers are of CEL's type int where the schema says integer. */
type CelValue = unknown;

interface Compiled {
  readonly run: (context: Record<string, CelValue>) => unknown;
  /** Whether the rule compares with the state before. */
  readonly transition: boolean;
}

/** Rules compiled so far, by the type of `self` and their text. They depend on nothing else. */
const compiled = new Map<string, Compiled>();
const environments = new Map<string, Environment>();

function celType(schema: JsonObject): string {
  switch (schema['type']) {
    case 'integer':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    default:
      return 'dyn';
  }
}

function environment(type: string): Environment {
  const known = environments.get(type);
  if (known !== undefined) return known;
  const made = new Environment({
    unlistedVariablesAreDyn: false,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  })
    .registerVariable('self', type)
    .registerVariable('oldSelf', type);
  registerLibrary(made);
  environments.set(type, made);
  return made;
}

/** The functions that Kubernetes adds to CEL, as far as they are offered here. */
function registerLibrary(target: Environment): void {
  target
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction(
      'string.findAll(string): list',
      (text: string, pattern: string) => text.match(new RegExp(pattern, 'g')) ?? [],
    )
    .registerFunction('list.isSorted(): bool', (list: readonly (string | bigint)[]) =>
      list.every((entry, index) => index === 0 || (list[index - 1] ?? entry) <= entry),
    )
    .registerFunction('list.sum(): int', (list: readonly bigint[]) =>
      list.reduce((sum, entry) => sum + entry, 0n),
    )
    .registerFunction('list.indexOf(dyn): int', (list: readonly unknown[], value: unknown) =>
      BigInt(list.indexOf(value)),
    )
    .registerFunction('isURL(string): bool', (text: string) =>
      /^[a-zA-Z][a-zA-Z0-9+.-]*:|^\//.test(text),
    );
}

function compile(schema: JsonObject, rule: string): Compiled {
  const type = celType(schema);
  const key = `${type} ${rule}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const parsed = environment(type).parse(rule);
  const made: Compiled = {
    run: (context) => parsed(context) as unknown,
    transition: /\boldSelf\b/.test(rule.replace(/'[^']*'|"[^"]*"/g, '')),
  };
  compiled.set(key, made);
  return made;
}

interface Position {
  readonly node?: { readonly pos?: number };
}

/** Why a rule cannot be compiled, in the words of Kubernetes; undefined when it can. */
export function compileFault(schema: JsonObject, rule: string): string | undefined {
  let error: unknown;
  try {
    error = environment(celType(schema)).check(rule).error;
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof Error)) return undefined;
  const column = Math.max(1, (error as Position).node?.pos ?? 1);
  const line = rule.split('\n')[0] ?? '';
  return `compilation failed: ERROR: <input>:1:${column}: ${celMessage(error.message)}\n | ${line}\n | ${'.'.repeat(column - 1)}^`;
}

function celMessage(message: string): string {
  const [first = ''] = message.split('\n');
  const index = /^Cannot index type '(.*)'$/.exec(first);
  if (index !== null) return `type '${index[1] ?? ''}' does not support field selection`;
  const variable = /^Unknown variable: (.*)$/.exec(first);
  return variable === null
    ? first
    : `undeclared reference to '${variable[1] ?? ''}' (in container '')`;
}

/** Faults by the rules of a schema, at every depth. */
export function celFaults(schema: JsonObject, value: Json, before: Json | undefined): FieldError[] {
  if (!hasRules(schema)) return [];
  const faults: FieldError[] = [];
  walk(schema, { value, before, path: '' }, faults);
  return faults;
}

const withRules = new WeakMap<JsonObject, boolean>();

function hasRules(schema: JsonObject): boolean {
  let found = withRules.get(schema);
  if (found === undefined) {
    found = JSON.stringify(schema).includes('x-kubernetes-validations');
    withRules.set(schema, found);
  }
  return found;
}

interface Place {
  readonly value: Json;
  readonly before: Json | undefined;
  readonly path: string;
}

function walk(schema: JsonObject, place: Place, faults: FieldError[]): void {
  for (const rule of asArray(schema['x-kubernetes-validations'])) {
    const fault = ruleFault(schema, asObject(rule), place);
    if (fault !== undefined) faults.push(fault);
  }
  const { value, before, path } = place;
  if (Array.isArray(value)) {
    const item = asObject(schema['items']);
    value.forEach((entry, index) => {
      walk(
        item,
        { value: entry, before: oldItem(schema, entry, before), path: `${path}[${index}]` },
        faults,
      );
    });
  } else if (isObject(value)) {
    const properties = asObject(schema['properties']);
    const additional = schema['additionalProperties'];
    for (const [key, entry] of Object.entries(value)) {
      const field = own(properties, key) ?? (isObject(additional) ? additional : undefined);
      const inner = {
        value: entry,
        before: own(asObject(before), key),
        path: path === '' ? key : `${path}.${key}`,
      };
      if (isObject(field)) walk(field, inner, faults);
    }
  }
}

/** The same entry of the list as it was: only lists with keys know it. */
function oldItem(schema: JsonObject, entry: Json, before: Json | undefined): Json | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = asArray(schema['x-kubernetes-list-map-keys']).map(asString);
  return asArray(before).find((other) =>
    keys.every((key) => asObject(other)[key] === asObject(entry)[key]),
  );
}

function ruleFault(schema: JsonObject, rule: JsonObject, place: Place): FieldError | undefined {
  const text = asString(rule['rule']);
  let program: Compiled;
  try {
    program = compile(schema, text);
  } catch {
    return undefined;
  }
  const optional = rule['optionalOldSelf'] === true;
  if (program.transition && place.before === undefined && !optional) return undefined;
  const context: Record<string, CelValue> = {
    self: toCel(schema, place.value),
    oldSelf: toCel(schema, place.before ?? null),
  };
  try {
    if (program.run(context) !== false) return undefined;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return makeFault(rule, place, `${why} evaluating rule: ${asString(rule['message']) || text}`);
  }
  return makeFault(rule, place, messageOf(schema, rule, context));
}

function messageOf(
  schema: JsonObject,
  rule: JsonObject,
  context: Record<string, CelValue>,
): string {
  const expression = asString(rule['messageExpression']);
  if (expression !== '') {
    try {
      const said = compile(schema, expression).run(context);
      if (typeof said === 'string' && said.trim() !== '') return said.trim();
    } catch {
      // A message that cannot be made is replaced by the fixed one.
    }
  }
  return asString(rule['message']) || `failed rule: ${asString(rule['rule']).trim()}`;
}

function makeFault(rule: JsonObject, place: Place, message: string): FieldError {
  const field = `${place.path}${asString(rule['fieldPath'])}`;
  switch (rule['reason']) {
    case 'FieldValueForbidden':
      return forbiddenField(field, message);
    case 'FieldValueRequired':
      return required(field, message);
    case 'FieldValueDuplicate':
      return {
        reason: 'FieldValueDuplicate',
        field,
        message: `Duplicate value: ${JSON.stringify(place.value)}`,
      };
    default:
      return typeof place.value === 'object'
        ? { reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` }
        : invalidValue(field, place.value, message);
  }
}

/** A value as CEL sees it. */
function toCel(schema: JsonObject, value: Json): CelValue {
  if (Array.isArray(value)) return value.map((entry) => toCel(asObject(schema['items']), entry));
  if (typeof value === 'number') {
    const whole = schema['type'] === 'integer' || schema['x-kubernetes-int-or-string'] === true;
    return whole && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (!isObject(value)) return value;
  const properties = asObject(schema['properties']);
  const additional = asObject(schema['additionalProperties']);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      toCel(asObject(own(properties, key) ?? additional), entry),
    ]),
  );
}
