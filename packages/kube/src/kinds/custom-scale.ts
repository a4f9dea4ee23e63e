import { asString, goPrint, isObject, type Json, type JsonObject } from '../json/value.ts';
import { type FieldError, invalidValue } from '../validation/field-error.ts';

/** The steps of a path as definitions write them: `.spec.replicas`. */
export function stepsOf(path: Json | undefined): string[] {
  return asString(path)
    .split('.')
    .filter((step) => step !== '');
}

const goTypes: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  number: 'float64',
  object: 'map[string]interface {}',
};

function goType(value: Json): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  return Number.isInteger(value) ? 'int64' : (goTypes[typeof value] ?? '');
}

interface Found {
  readonly value: Json | undefined;
  /** Why there is none, when something on the way is of another type. */
  readonly why: string;
}

function find(object: JsonObject, steps: readonly string[]): Found {
  let value: Json | undefined = object;
  for (const [index, step] of steps.entries()) {
    if (!isObject(value))
      return {
        value: undefined,
        why: wrong(steps.slice(0, index), value, 'map[string]interface{}'),
      };
    value = value[step];
    if (value === undefined) return { value: undefined, why: '' };
  }
  return { value, why: '' };
}

function wrong(steps: readonly string[], value: Json, expected: string): string {
  return `.${steps.join('.')} accessor error: ${goPrint(value)} is of the type ${goType(value)}, expected ${expected}`;
}

/** Checks what a definition names as replicas and as their selector. */
export function scaleFaults(scale: JsonObject, object: JsonObject): FieldError[] {
  const counts = [scale['specReplicasPath'], scale['statusReplicasPath']].flatMap((path) =>
    countFaults(asString(path), object),
  );
  const path = asString(scale['labelSelectorPath']);
  if (path === '') return counts;
  const steps = stepsOf(path);
  const { value, why } = find(object, steps);
  if (value === undefined ? why === '' : typeof value === 'string') return counts;
  const reason = value === undefined ? why : wrong(steps, value, 'string');
  return [...counts, invalidValue(path, '', reason)];
}

const mostReplicas = 2147483647;

function countFaults(path: string, object: JsonObject): FieldError[] {
  const steps = stepsOf(path);
  const { value, why } = find(object, steps);
  if (value === undefined) return why === '' ? [] : [invalidValue(path, 0, why)];
  if (!Number.isInteger(value)) return [invalidValue(path, 0, wrong(steps, value, 'int64'))];
  const count = Number(value);
  if (count < 0) return [invalidValue(path, count, 'should be a non-negative integer')];
  return count > mostReplicas
    ? [invalidValue(path, count, `should be less than or equal to ${mostReplicas}`)]
    : [];
}
