import { LuaFunction } from '../function.ts';
import type { LuaMachine } from '../machine.ts';
import { parseNumber, toInt } from '../numbers.ts';
import { LuaTable, type LuaValue } from '../table.ts';
import { asText, typeName } from '../values.ts';

/** The arguments of a library function, checked as gopher-lua does (auxlib.go). Counted from 1. */
export class Arguments {
  readonly count: number;
  readonly #machine: LuaMachine;
  readonly #values: readonly LuaValue[];

  constructor(machine: LuaMachine, values: readonly LuaValue[]) {
    this.#machine = machine;
    this.#values = values;
    this.count = values.length;
  }

  get(place: number): LuaValue {
    return this.#values[place - 1];
  }

  /** All from a place on. */
  from(place: number): LuaValue[] {
    return this.#values.slice(place - 1);
  }

  any(place: number): LuaValue {
    if (place > this.count) throw this.fault(place, 'value expected');
    return this.get(place);
  }

  table(place: number): LuaTable {
    const value = this.get(place);
    if (value instanceof LuaTable) return value.ready();
    throw this.wrongType(place, 'table');
  }

  fn(place: number): LuaFunction {
    const value = this.get(place);
    if (value instanceof LuaFunction) return value;
    throw this.wrongType(place, 'function');
  }

  int(place: number): number {
    const value = this.get(place);
    if (typeof value === 'number') return toInt(value);
    throw this.wrongType(place, 'number');
  }

  optionalInt(place: number, standard: number): number {
    return this.get(place) === undefined ? standard : this.int(place);
  }

  number(place: number): number {
    const value = this.get(place);
    const number = typeof value === 'string' ? parseNumber(value) : value;
    if (typeof number === 'number') return number;
    throw this.wrongType(place, 'number');
  }

  text(place: number): string {
    const text = asText(this.get(place));
    if (text !== undefined) return text;
    throw this.wrongType(place, 'string');
  }

  optionalText(place: number, standard: string): string {
    const value = this.get(place);
    if (value === undefined) return standard;
    if (typeof value === 'string') return value;
    throw this.wrongType(place, 'string');
  }

  oneOf(place: number, types: readonly string[]): void {
    const type = typeName(this.get(place));
    if (types.includes(type)) return;
    throw this.fault(place, `${types.join(' or ')} expected, got ${type}`);
  }

  fault(place: number, message: string): Error {
    const name = this.#machine.calleeName;
    return this.#machine.error(`bad argument #${place} to ${name} (${message})`);
  }

  wrongType(place: number, expected: string): Error {
    return this.fault(place, `${expected} expected, got ${typeName(this.get(place))}`);
  }
}

/** A library function over its checked arguments. */
export type LibraryFunction = (args: Arguments, machine: LuaMachine) => LuaValue[];

export function libraryFunction(run: LibraryFunction): LuaFunction {
  return LuaFunction.ofLibrary((machine, values) => run(new Arguments(machine, values), machine));
}

/** Functions of a library, by name. */
export type Library = Readonly<Record<string, LuaFunction>>;

export function library(functions: Readonly<Record<string, LibraryFunction>>): Library {
  return Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [name, libraryFunction(run)]),
  );
}

/** Puts a library's functions into a table. */
export function fill(table: LuaTable, functions: Library): LuaTable {
  for (const [name, fn] of Object.entries(functions)) table.set(name, fn);
  return table;
}
