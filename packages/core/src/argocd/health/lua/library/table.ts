import type { LuaFunction } from '../function.ts';
import type { LuaMachine } from '../machine.ts';
import { concat as joinValues, isLess, tableLength } from '../operators.ts';
import type { LuaTable, LuaValue } from '../table.ts';
import { asText, isTruthy, typeName } from '../values.ts';
import { library, type LibraryFunction } from './arguments.ts';

/** Up to how many values are sorted by insertion. */
const insertedMax = 12;

const concat: LibraryFunction = (args, machine) => {
  const table = args.table(1);
  const separator = args.optionalText(2, '');
  const length = tableLength(machine, table);
  const first = args.optionalInt(3, 1);
  const last = args.optionalInt(4, length);
  if (args.count === 3 && (first > length || first < 1)) return [''];
  const from = Math.max(Math.min(first, length), 1);
  const to = Math.min(last, length);
  const parts: LuaValue[] = [];
  for (let index = from; index <= to; index += 1) {
    const value = table.at(index);
    if (asText(value) === undefined) {
      const type = typeName(value);
      throw machine.error(`invalid value (${type}) at index ${index} in table for concat`);
    }
    parts.push(value);
  }
  return [joinedTexts(machine, parts, separator)];
};

function joinedTexts(machine: LuaMachine, parts: readonly LuaValue[], separator: string): LuaValue {
  const texts = parts.map((part) => asText(part) ?? '');
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  machine.work(texts.length);
  machine.allocateText(length);
  // A single value keeps its type.
  return parts.length === 1 ? joinValues(machine, parts) : texts.join(separator);
}

const insert: LibraryFunction = (args, machine) => {
  const table = args.table(1);
  if (args.count === 1) throw machine.error('wrong number of arguments');
  machine.allocate(16);
  if (args.count === 2) {
    tableLength(machine, table);
    table.append(args.get(2));
    return [];
  }
  const place = args.int(2);
  const value = args.any(3);
  const { array } = table;
  if (place > array.length || place <= 0) {
    machine.rawSet(table, place, value);
    return [];
  }
  machine.work((array.length - place) >> 4);
  array.splice(place - 1, 0, value);
  return [];
};

const remove: LibraryFunction = (args, machine) => {
  const table = args.table(1);
  const place = args.count === 1 ? -1 : args.int(2);
  const { array } = table;
  if (place > array.length || array.length === 0) return [undefined];
  if (place < 1 || place === array.length) return [array.pop()];
  machine.work((array.length - place) >> 4);
  return array.splice(place - 1, 1);
};

const sort: LibraryFunction = (args, machine) => {
  const table = args.table(1);
  const comparison = args.count === 1 ? undefined : args.fn(2);
  const isBefore = comparison === undefined ? isLess : comparedBy(comparison);
  machine.work(table.array.length);
  sortList(table, (left, right) => {
    machine.tick();
    return isBefore(machine, left, right);
  });
  return [];
};

function comparedBy(
  comparison: LuaFunction,
): (machine: LuaMachine, left: LuaValue, right: LuaValue) => boolean {
  return (machine, left, right) => isTruthy(machine.call(comparison, [left, right])[0]);
}

/** Sorts short lists by insertion, as Go does, and longer ones by merging: it always ends. */
function sortList(table: LuaTable, isBefore: (left: LuaValue, right: LuaValue) => boolean): void {
  const { array } = table;
  if (array.length > insertedMax) {
    table.array = merged(Array.from(array), isBefore);
    return;
  }
  for (let end = 1; end < array.length; end += 1) {
    for (let at = end; at > 0 && isBefore(array[at], array[at - 1]); at -= 1) {
      const value = array[at];
      array[at] = array[at - 1];
      array[at - 1] = value;
    }
  }
}

function merged(
  values: readonly LuaValue[],
  isBefore: (left: LuaValue, right: LuaValue) => boolean,
): LuaValue[] {
  if (values.length < 2) return [...values];
  const middle = values.length >> 1;
  const left = merged(values.slice(0, middle), isBefore);
  const right = merged(values.slice(middle), isBefore);
  const result: LuaValue[] = [];
  let at = 0;
  for (const value of left) {
    while (at < right.length && isBefore(right[at], value)) {
      result.push(right[at]);
      at += 1;
    }
    result.push(value);
  }
  return [...result, ...right.slice(at)];
}

/** gopher-lua's table library (tablelib.go). */
export const tableLibrary = library({
  concat,
  getn: (args, machine) => [tableLength(machine, args.table(1))],
  insert,
  maxn: (args, machine) => [tableLength(machine, args.table(1))],
  remove,
  sort,
});
