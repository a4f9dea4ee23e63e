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
import { registerLibrary } from './cel-library.ts';
import { toCel } from './cel-values.ts';
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

/** Rules compiled so far, by their text. They depend on nothing else. */
const compiled = new Map<string, Compiled>();
let runtime: Environment | undefined;

/** Values are of any type when rules run: their types were looked at when the definition was written. */
function environment(): Environment {
  if (runtime !== undefined) return runtime;
  const made = new Environment({
    unlistedVariablesAreDyn: false,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn');
  registerLibrary(made);
  runtime = made;
  return made;
}

function compile(rule: string): Compiled {
  const known = compiled.get(rule);
  if (known !== undefined) return known;
  const parsed = environment().parse(rule);
  const made: Compiled = {
    run: (context) => parsed(context) as unknown,
    transition: /\boldSelf\b/.test(rule.replace(/'[^']*'|"[^"]*"/g, '')),
  };
  compiled.set(rule, made);
  return made;
}

function readDuration(text: string): unknown {
  return compile('duration(self)').run({ self: text, oldSelf: null });
}

/**
 * Faults by the rules of a schema, at every depth. What did not change since a state without faults has none: where a
 * rule compares it with itself, it may stay as it is.
 */
export function celFaults(
  schema: JsonObject,
  value: Json,
  before: { readonly object: Json; readonly faultless: boolean } | undefined,
): FieldError[] {
  if (!hasRules(schema)) return [];
  const faults: FieldError[] = [];
  const walker = { faults, skipsUnchanged: before?.faultless === true };
  walk(schema, { value, before: before?.object, path: '' }, walker);
  return faults;
}

interface Walker {
  readonly faults: FieldError[];
  readonly skipsUnchanged: boolean;
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

function walk(schema: JsonObject, place: Place, walker: Walker): void {
  if (!hasRules(schema)) return;
  const { faults } = walker;
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
        walker,
      );
    });
  } else if (isObject(value)) walkFields(schema, value, { place, walker });
}

function walkFields(
  schema: JsonObject,
  value: JsonObject,
  { place, walker }: { readonly place: Place; readonly walker: Walker },
): void {
  const { before, path } = place;
  const properties = asObject(schema['properties']);
  const additional = schema['additionalProperties'];
  for (const [key, entry] of Object.entries(value)) {
    const field = own(properties, key) ?? additional;
    const inner = {
      value: entry,
      before: own(asObject(before), key),
      path: path === '' ? key : `${path}.${key}`,
    };
    if (!isObject(field) || (walker.skipsUnchanged && entry === inner.before)) continue;
    walk(field, inner, walker);
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
    program = compile(text);
  } catch {
    return undefined;
  }
  const optional = rule['optionalOldSelf'] === true;
  if (program.transition && place.before === undefined && !optional) return undefined;
  const context: Record<string, CelValue> = {
    self: toCel(schema, place.value, readDuration),
    oldSelf: oldValue(schema, place.before, optional),
  };
  try {
    if (program.run(context) !== false) return undefined;
  } catch (error) {
    const why = evaluationText(error);
    return makeFault(rule, place, `${why} evaluating rule: ${asString(rule['message']) || text}`);
  }
  return makeFault(rule, place, messageOf(rule, context));
}

/** The state before; where it need not be there, an optional one. */
function oldValue(schema: JsonObject, before: Json | undefined, optional: boolean): CelValue {
  const value = toCel(schema, before ?? null, readDuration);
  if (!optional) return value;
  const text = before === undefined ? 'optional.none()' : 'optional.of(self)';
  return compile(text).run({ self: value, oldSelf: null });
}

/** An error of evaluation in the words of Kubernetes. */
function evaluationText(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const index = /index out of bounds, index (-?\d+)/.exec(message);
  if (index !== null) return `index out of bounds: ${index[1] ?? ''}`;
  return message.replace(/^No such key/, 'no such key');
}

function messageOf(rule: JsonObject, context: Record<string, CelValue>): string {
  const expression = asString(rule['messageExpression']);
  if (expression !== '') {
    try {
      const said = compile(expression).run(context);
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
