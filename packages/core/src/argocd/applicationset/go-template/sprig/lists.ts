import { anyFunction, intAt, type GoFunction } from '../go-function.ts';
import { compareBytes, deepEqual, GoList, isTrue, kindName, type GoValue } from '../go-value.ts';
import { textOf, textsOf } from './strings.ts';
import { toInteger } from './numbers.ts';

/** Functions on lists. Source: Masterminds/sprig v3.3.0, list.go and defaults.go. */
const withMust: Readonly<Record<string, GoFunction>> = {
  append: anyFunction(2, (list, value) => new GoList([...itemsOf(list, 'push on'), value])),
  push: anyFunction(2, (list, value) => new GoList([...itemsOf(list, 'push on'), value])),
  prepend: anyFunction(2, (list, value) => new GoList([value, ...itemsOf(list, 'prepend on')])),
  first: {
    ...anyFunction(1, (list) => itemsOf(list, 'find first on')[0] ?? null),
    returnsAny: true,
  },
  last: {
    ...anyFunction(1, (list) => itemsOf(list, 'find last on').at(-1) ?? null),
    returnsAny: true,
  },
  rest: anyFunction(1, (list) => new GoList(itemsOf(list, 'find rest on').slice(1))),
  initial: anyFunction(1, (list) => new GoList(itemsOf(list, 'find initial on').slice(0, -1))),
  reverse: anyFunction(1, (list) => new GoList([...itemsOf(list, 'find reverse on')].reverse())),
  compact: anyFunction(1, (list) => new GoList(itemsOf(list, 'compact on').filter(isTrue))),
  uniq: anyFunction(1, (list) => new GoList(distinct(itemsOf(list, 'find uniq on')))),
  without: {
    parameters: ['any'],
    rest: 'any',
    run: ([list, ...omitted]) =>
      new GoList(itemsOf(list, 'find without on').filter((item) => !contains(omitted, item))),
  },
  has: anyFunction(2, (needle, list) =>
    list === null || list === undefined ? false : contains(itemsOf(list, 'find has on'), needle),
  ),
  slice: {
    parameters: ['any'],
    rest: 'any',
    returnsAny: true,
    run: ([list, start, end]) => sliceOf(list, start, end),
  },
  chunk: {
    parameters: ['int', 'any'],
    run: (args) => chunks(itemsOf(args[1], 'chunk'), intAt(args, 0)),
  },
};

/** Each function also under its name with `must`, which only differs in how it fails in Go. */
function alsoMust(
  functions: Readonly<Record<string, GoFunction>>,
): Readonly<Record<string, GoFunction>> {
  const must = Object.entries(functions).map(
    ([name, made]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, made] as const,
  );
  return { ...functions, ...Object.fromEntries(must) };
}

const list: GoFunction = { parameters: [], rest: 'any', run: (args) => new GoList(args) };

export const listFunctions: Readonly<Record<string, GoFunction>> = {
  ...alsoMust(withMust),
  list,
  tuple: list,
  concat: {
    parameters: [],
    rest: 'any',
    returnsAny: true,
    run: (lists) => new GoList(lists.flatMap((one) => concatenated(one))),
  },
  sortAlpha: anyFunction(1, (value) =>
    value instanceof GoList
      ? new GoList(textsOf(value).sort(compareBytes), 'string')
      : new GoList([textOf(value)], 'string'),
  ),
  all: { parameters: [], rest: 'any', run: (values) => values.every(isTrue) },
  any: { parameters: [], rest: 'any', run: (values) => values.some(isTrue) },
  coalesce: {
    parameters: [],
    rest: 'any',
    returnsAny: true,
    run: (values) => values.find(isTrue) ?? null,
  },
};

/** The elements of a list. Go's run time fails on nil before anything can say more. */
function itemsOf(value: GoValue, verb: string): readonly GoValue[] {
  if (value instanceof GoList) return value.items;
  if (value === null || value === undefined) throw nilPointer();
  throw new Error(`Cannot ${verb} type ${kindName(value)}`);
}

function nilPointer(): Error {
  return new Error('runtime error: invalid memory address or nil pointer dereference');
}

function concatenated(value: GoValue): readonly GoValue[] {
  if (value instanceof GoList) return value.items;
  if (value === null || value === undefined) throw nilPointer();
  throw new Error(`Cannot concat type ${kindName(value)} as list`);
}

function contains(items: readonly GoValue[], wanted: GoValue): boolean {
  return items.some((item) => deepEqual(wanted, item));
}

function distinct(items: readonly GoValue[]): GoValue[] {
  const kept: GoValue[] = [];
  for (const item of items) if (!contains(kept, item)) kept.push(item);
  return kept;
}

function sliceOf(value: GoValue, start: GoValue, end: GoValue): GoValue {
  if (value === null || value === undefined) throw nilPointer();
  if (!(value instanceof GoList)) {
    throw new Error(`list should be type of slice or array but ${kindName(value)}`);
  }
  const { length } = value.items;
  if (length === 0) return null;
  const from = start === undefined ? 0 : Number(toInteger(start));
  const to = end === undefined ? length : Number(toInteger(end));
  if (from < 0 || to < from || to > length) {
    throw new Error('reflect.Value.Slice: slice index out of bounds');
  }
  return new GoList(value.items.slice(from, to), value.element);
}

function chunks(items: readonly GoValue[], size: number): GoList {
  if (size <= 0) throw new Error('runtime error: makeslice: len out of range');
  const count = Math.floor((items.length - 1) / size) + 1;
  const parts = Array.from({ length: count }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
  return new GoList(
    parts.map((part) => new GoList(part)),
    'list',
  );
}
