import { LuaFunction } from './function.ts';
import type { LuaMachine } from './machine.ts';
import { parseNumber } from './numbers.ts';
import { LuaTable, LuaUserdata, type LuaValue } from './table.ts';
import { asText, isTruthy, typeName } from './values.ts';

/** Lua's remainder: it has the sign of the right side. */
export function modulo(left: number, right: number): number {
  const rest = left % right;
  return (right > 0 && rest < 0) || (right < 0 && rest > 0) ? rest + right : rest;
}

/** Go's math.Pow, which differs from JavaScript's for a base of 1 or -1. */
export function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  return base ** exponent;
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': modulo,
  '^': power,
};
const eventNames: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '^': 'pow',
};

/** The operator between two numbers. */
export function numberOperator(operator: string): (left: number, right: number) => number {
  return arithmetic[operator] ?? modulo;
}

/** An operator where a side is no number: a metamethod, else texts that are numbers. */
export function mixedArithmetic(
  machine: LuaMachine,
  operator: string,
  [left, right]: readonly [LuaValue, LuaValue],
): LuaValue {
  const event = eventNames[operator] ?? operator;
  const meta = ofEither(machine, [left, right], `__${event}`);
  if (meta instanceof LuaFunction) return machine.call(meta, [left, right])[0];
  const [first, second] = [asNumber(left), asNumber(right)];
  if (typeof first === 'number' && typeof second === 'number') {
    return numberOperator(operator)(first, second);
  }
  const types = `${typeName(first)} and ${typeName(second)}`;
  throw machine.error(`cannot perform ${event} operation between ${types}`);
}

function asNumber(value: LuaValue): LuaValue {
  return typeof value === 'string' ? (parseNumber(value) ?? value) : value;
}

function ofEither(
  machine: LuaMachine,
  [left, right]: readonly [LuaValue, LuaValue],
  event: string,
): LuaValue {
  return machine.metamethod(left, event) ?? machine.metamethod(right, event);
}

export function negate(machine: LuaMachine, value: LuaValue): LuaValue {
  if (typeof value === 'number') return -value;
  const meta = machine.metamethod(value, '__unm');
  if (meta instanceof LuaFunction) return machine.call(meta, [value])[0];
  const number = typeof value === 'string' ? parseNumber(value) : undefined;
  if (number === undefined) throw machine.error('__unm undefined');
  return -number;
}

export function lengthOf(machine: LuaMachine, value: LuaValue): LuaValue {
  if (typeof value === 'string') return value.length;
  const meta = machine.metamethod(value, '__len');
  if (meta instanceof LuaFunction) return machine.call(meta, [value])[0];
  if (!(value instanceof LuaTable)) throw machine.error('__len undefined');
  return tableLength(machine, value);
}

/** The length of a table; counts the places that have to be looked at. */
export function tableLength(machine: LuaMachine, table: LuaTable): number {
  const { length } = table;
  const looked = table.array.length - length;
  if (looked > 16) machine.work(looked >> 4);
  return length;
}

/** Joins values from the right, as `..` does. */
export function concat(machine: LuaMachine, values: readonly LuaValue[]): LuaValue {
  let right = values.at(-1);
  for (let index = values.length - 2; index >= 0; index -= 1) {
    right = joined(machine, values[index], right);
  }
  return right;
}

function joined(machine: LuaMachine, left: LuaValue, right: LuaValue): LuaValue {
  const first = asText(left);
  const second = asText(right);
  if (first !== undefined && second !== undefined) {
    machine.allocateJoined(first.length + second.length);
    return first + second;
  }
  const meta = ofEither(machine, [left, right], '__concat');
  if (meta instanceof LuaFunction) return machine.call(meta, [left, right])[0];
  const types = `${typeName(left)} and ${typeName(right)}`;
  throw machine.error(`cannot perform concat operation between ${types}`);
}

export function isEqual(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (left === right) return true;
  const areTables = left instanceof LuaTable && right instanceof LuaTable;
  const areUserdata = left instanceof LuaUserdata && right instanceof LuaUserdata;
  if (!areTables && !areUserdata) return false;
  return compared(machine, [left, right], '__eq') === true;
}

export function isLess(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  const answer = isComparable(left, right) ? compared(machine, [left, right], '__lt') : undefined;
  if (answer === undefined) throw notComparable(machine, left, right);
  return answer;
}

export function isLessOrEqual(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left <= right;
  if (typeof left === 'string' && typeof right === 'string') return left <= right;
  if (!isComparable(left, right)) throw notComparable(machine, left, right);
  const answer = compared(machine, [left, right], '__le');
  if (answer !== undefined) return answer;
  const reverse = compared(machine, [right, left], '__lt');
  if (reverse === undefined) throw notComparable(machine, right, left);
  return !reverse;
}

function isComparable(left: LuaValue, right: LuaValue): boolean {
  return typeof left !== 'number' && typeName(left) === typeName(right);
}

/** What a metamethod that both sides share says; undefined where they share none. */
function compared(
  machine: LuaMachine,
  [left, right]: readonly [LuaValue, LuaValue],
  event: string,
): boolean | undefined {
  const meta = machine.metamethod(left, event);
  if (!(meta instanceof LuaFunction) || meta !== machine.metamethod(right, event)) return undefined;
  return isTruthy(machine.call(meta, [left, right])[0]);
}

function notComparable(machine: LuaMachine, left: LuaValue, right: LuaValue): Error {
  return machine.error(`attempt to compare ${typeName(left)} with ${typeName(right)}`);
}
