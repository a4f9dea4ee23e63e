/**
 * Values as Go's templates see them. Go tells integers from floats and knows the type of a list's or
 * a map's elements; both show in what templates print and refuse.
 */
export type GoValue = undefined | null | string | boolean | number | GoInt | GoList | GoMap;

/** A Go integer; a plain `number` is a float64. `undefined` is no value at all, `null` is nil. */
export class GoInt {
  readonly value: bigint;
  readonly type: 'int' | 'int64';

  constructor(value: bigint | number, type: 'int' | 'int64' = 'int') {
    this.value = BigInt.asIntN(64, BigInt(value));
    this.type = type;
  }
}

/** Type of the elements of lists and maps. */
export type ElementType = 'any' | 'string' | 'int' | 'list';

export class GoList {
  readonly items: readonly GoValue[];
  readonly element: ElementType;

  constructor(items: readonly GoValue[], element: ElementType = 'any') {
    this.items = items;
    this.element = element;
  }
}

/** A map with text keys. Functions such as `set` change it, and everything that holds it sees that. */
export class GoMap {
  readonly entries: Map<string, GoValue>;
  readonly element: 'any' | 'string';

  constructor(entries: Iterable<readonly [string, GoValue]>, element: 'any' | 'string' = 'any') {
    this.entries = new Map(entries);
    this.element = element;
  }
}

/** Marks a JSON object whose values are all text as a Go `map[string]string`, a list as `[]string`. */
export const holdsText = Symbol('holdsText');

/** Turns JSON data into Go values, as Go reads JSON: every number is a float64. */
export function toGoValue(value: unknown): GoValue {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) {
    return new GoList(value.map(toGoValue), holdsText in value ? 'string' : 'any');
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [key, toGoValue(item)] as const);
    return new GoMap(entries, holdsText in value ? 'string' : 'any');
  }
  if (typeof value === 'bigint') return new GoInt(value);
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? value
    : null;
}

/** Turns a Go value into JSON data. Integers too large for a number lose precision. */
export function fromGoValue(value: GoValue): unknown {
  if (value instanceof GoInt) return Number(value.value);
  if (value instanceof GoList) return value.items.map(fromGoValue);
  if (value instanceof GoMap) {
    return Object.fromEntries(
      [...value.entries].map(([key, item]) => [key, fromGoValue(item)] as const),
    );
  }
  return value ?? null;
}

const listTypes: Readonly<Record<ElementType, string>> = {
  any: '[]interface {}',
  string: '[]string',
  int: '[]int',
  list: '[][]interface {}',
};

/** The name of a value's type, as Go's `%T` prints it. */
export function typeName(value: GoValue): string {
  if (value === undefined || value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  if (value instanceof GoInt) return value.type;
  if (value instanceof GoList) return listTypes[value.element];
  return value.element === 'any' ? 'map[string]interface {}' : 'map[string]string';
}

/** The kind of a value, as Go's reflection names it. */
export function kindName(value: GoValue): string {
  if (value === undefined || value === null) return 'invalid';
  if (value instanceof GoList) return 'slice';
  return value instanceof GoMap ? 'map' : typeName(value);
}

/** Whether a value counts as true in `if`, `and` and the like: not the zero value of its type. */
export function isTrue(value: GoValue): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (value instanceof GoInt) return value.value !== 0n;
  return (value instanceof GoList ? value.items.length : value.entries.size) > 0;
}

/** Keys of a map in the order in which Go prints and walks it: by bytes. */
export function sortedKeys(map: GoMap): string[] {
  return [...map.entries.keys()].sort(compareBytes);
}

/** Orders texts by their UTF-8 bytes, as Go does. */
export function compareBytes(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  for (const [index, char] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    const difference = (char.codePointAt(0) ?? 0) - (against.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Whether two values are deeply equal and of the same type. Source: Go's `reflect.DeepEqual`. */
export function deepEqual(a: GoValue, b: GoValue): boolean {
  if (typeName(a) !== typeName(b)) return false;
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
  if (a instanceof GoList && b instanceof GoList) {
    return (
      a.items.length === b.items.length &&
      a.items.every((item, index) => deepEqual(item, b.items[index]))
    );
  }
  if (a instanceof GoMap && b instanceof GoMap) return equalMaps(a, b);
  return (a ?? null) === (b ?? null);
}

function equalMaps(a: GoMap, b: GoMap): boolean {
  return (
    a.entries.size === b.entries.size &&
    [...a.entries].every(([key, item]) => b.entries.has(key) && deepEqual(item, b.entries.get(key)))
  );
}
