import { isRecord } from '../../../generate/value-at.ts';
import { equalData } from '../merge-patch.ts';
import { parseJq, type JqNode } from './parse-jq.ts';

/** A value on its way through an expression, and where it stands in the input. */
interface Place {
  readonly value: unknown;
  /** Undefined for values that stand nowhere, such as the result of a comparison. */
  readonly path: readonly (string | number)[] | undefined;
}

/** Removes something from data. Throws where jq would fail. */
export type Deletion = (data: unknown) => unknown;

/**
 * Compiles a jq path expression to what deletes everything that it stands for, as `del(...)` does.
 * Throws when the expression is not modelled.
 */
export function compileDeletion(expression: string): Deletion {
  const node = parseJq(expression);
  const plain = plainPath(node);
  if (plain !== undefined) return (data) => deleteField(data, plain);
  return (data) => {
    const places = evaluate(node, { value: data, path: [] });
    const paths = places.map(({ path }) => {
      if (path === undefined) throw new Error('invalid path expression');
      return path;
    });
    return paths.sort(lastFirst).reduce(deleteAt, data);
  };
}

/** The fields of a path such as `.a.b`, which most expressions are; undefined for any other. */
function plainPath(node: JqNode): readonly string[] | undefined {
  if (node.kind === 'identity') return [];
  if (node.kind !== 'index' || node.key.kind !== 'literal') return undefined;
  const of = plainPath(node.of);
  const { value } = node.key;
  return of === undefined || typeof value !== 'string' ? undefined : [...of, value];
}

/** Throws where a field is asked of what has none. */
function deleteField(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (isNothing(value)) return data;
    if (!isRecord(value)) throw new Error(`cannot index ${typeOf(value)} with string`);
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return deleteAt(data, path);
}

/** Later items of a list go first, lest the earlier ones move them. */
function lastFirst(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return -1;
    if (part === other) continue;
    if (typeof part === 'number' && typeof other === 'number') return other - part;
    return String(part) < String(other) ? 1 : -1;
  }
  return b.length - a.length;
}

/** A copy without what stands at a path. */
export function deleteAt(data: unknown, path: readonly (string | number)[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return null;
  if (Array.isArray(data) && typeof first === 'number') {
    const items: unknown[] = [...(data as unknown[])];
    if (first >= items.length) return data;
    if (rest.length === 0) items.splice(first, 1);
    else items[first] = deleteAt(items[first], rest);
    return items;
  }
  if (!isRecord(data) || typeof first !== 'string' || !Object.hasOwn(data, first)) return data;
  if (rest.length > 0) return { ...data, [first]: deleteAt(data[first], rest) };
  const { [first]: _, ...left } = data;
  return left;
}

function evaluate(node: JqNode, input: Place): Place[] {
  switch (node.kind) {
    case 'identity':
      return [input];
    case 'literal':
      return [nowhere(node.value)];
    case 'recurse':
      return descend(input);
    case 'pipe':
      return evaluate(node.left, input).flatMap((place) => evaluate(node.right, place));
    case 'comma':
      return [...evaluate(node.left, input), ...evaluate(node.right, input)];
    case 'index':
      return evaluate(node.of, input).flatMap((place) =>
        evaluate(node.key, input).map(({ value }) => indexed(place, value)),
      );
    case 'iterate':
      return evaluate(node.of, input).flatMap(itemsOf);
    case 'try':
      return attempt(node.of, input);
    case 'binary':
      return evaluate(node.right, input).flatMap(({ value: right }) =>
        evaluate(node.left, input).map(({ value: left }) =>
          nowhere(compare(node.operator, left, right)),
        ),
      );
    case 'call':
      return call(node.name, node.args, input);
  }
}

function nowhere(value: unknown): Place {
  return { value, path: undefined };
}

function attempt(node: JqNode, input: Place): Place[] {
  try {
    return evaluate(node, input);
  } catch {
    return [];
  }
}

function descend(place: Place): Place[] {
  const inner = typeof place.value === 'object' && place.value !== null ? itemsOf(place) : [];
  return [place, ...inner.flatMap(descend)];
}

function itemsOf({ value, path }: Place): Place[] {
  if (Array.isArray(value)) {
    return (value as unknown[]).map((item, index) => ({ value: item, path: extend(path, index) }));
  }
  if (!isRecord(value)) throw new Error(`cannot iterate over: ${typeOf(value)}`);
  return Object.keys(value)
    .sort()
    .map((key) => ({ value: value[key], path: extend(path, key) }));
}

function extend(path: Place['path'], part: string | number): Place['path'] {
  return path === undefined ? undefined : [...path, part];
}

function indexed({ value, path }: Place, key: unknown): Place {
  if (typeof key === 'string' && (isNothing(value) || isRecord(value))) {
    return { value: isRecord(value) ? (value[key] ?? null) : null, path: extend(path, key) };
  }
  if (typeof key === 'number' && (isNothing(value) || Array.isArray(value))) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    const at = key < 0 ? items.length + key : key;
    return { value: items[at] ?? null, path: extend(path, at) };
  }
  throw new Error(`cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return equalData(left, right);
    case '!=':
      return !equalData(left, right);
    case 'and':
      return isTruthy(left) && isTruthy(right);
    case 'or':
      return isTruthy(left) || isTruthy(right);
    default:
      return order(operator, left, right);
  }
}

function order(operator: string, left: unknown, right: unknown): boolean {
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  if (!comparable) throw new Error(`${typeOf(left)} and ${typeOf(right)} are not compared here`);
  const [a, b] = [left as string, right as string];
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}

function isTruthy(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

type Call = (input: Place, argument: JqNode) => Place[];

const calls: Readonly<Record<string, Call>> = {
  select: (input, condition) =>
    evaluate(condition, input).flatMap(({ value }) => (isTruthy(value) ? [input] : [])),
  empty: () => [],
  first: (input, of) => evaluate(of, input).slice(0, 1),
  not: ({ value }) => [nowhere(!isTruthy(value))],
  type: ({ value }) => [nowhere(typeOf(value))],
  length: ({ value }) => [nowhere(lengthOf(value))],
  keys: (input) => [nowhere(itemsOf(input).map(({ path }) => path?.at(-1)))],
  any: (input, of) => [nowhere(tests(input, of).some(isTruthy))],
  all: (input, of) => [nowhere(tests(input, of).every(isTruthy))],
  has: (input, of) => mapped(input, of, (value, key) => hasKey(value, key)),
  contains: (input, of) => mapped(input, of, contains),
  startswith: (input, of) => mapped(input, of, (a, b) => textOf(a).startsWith(textOf(b))),
  endswith: (input, of) => mapped(input, of, (a, b) => textOf(a).endsWith(textOf(b))),
};

function call(name: string, args: readonly JqNode[], input: Place): Place[] {
  const run = calls[name];
  if (run === undefined) throw new Error(`function ${name} is not modelled`);
  return run(input, args[0] ?? { kind: 'identity' });
}

function tests(input: Place, condition: JqNode): unknown[] {
  return itemsOf(input).flatMap((item) => evaluate(condition, item).map(({ value }) => value));
}

function mapped(
  input: Place,
  argument: JqNode,
  run: (value: unknown, argument: unknown) => unknown,
): Place[] {
  return evaluate(argument, input).map(({ value }) => nowhere(run(input.value, value)));
}

function hasKey(value: unknown, key: unknown): boolean {
  if (isRecord(value) && typeof key === 'string') return Object.hasOwn(value, key);
  if (Array.isArray(value) && typeof key === 'number') return key >= 0 && key < value.length;
  throw new Error(`cannot check whether ${typeOf(value)} has a key ${typeOf(key)}`);
}

function contains(value: unknown, part: unknown): boolean {
  if (typeof value === 'string' && typeof part === 'string') return value.includes(part);
  if (Array.isArray(value) && Array.isArray(part)) {
    return part.every((wanted) =>
      value.some((item) => sameType(item, wanted) && contains(item, wanted)),
    );
  }
  if (isRecord(value) && isRecord(part)) {
    return Object.entries(part).every(
      ([key, wanted]) => Object.hasOwn(value, key) && contains(value[key], wanted),
    );
  }
  if (!sameType(value, part)) {
    throw new Error(`${typeOf(value)} and ${typeOf(part)} cannot have their containment checked`);
  }
  return equalData(value, part);
}

function sameType(a: unknown, b: unknown): boolean {
  return typeOf(a) === typeOf(b);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`${typeOf(value)} is no text`);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'boolean') throw new Error('boolean has no length');
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
