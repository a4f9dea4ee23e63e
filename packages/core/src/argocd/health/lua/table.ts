import type { LuaFunction } from './function.ts';

/** A value of Lua; undefined is nil. Texts are byte texts: one character a byte. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction | LuaUserdata;

/** An object without content, as `newproxy` and some library functions make. */
export class LuaUserdata {
  metatable: LuaTable | undefined = undefined;
}

/** gopher-lua's MaxArrayIndex: whole numbers below it are kept in a list. */
const arrayIndexMax = 67_108_864;

/** Fills a table when it is first looked at. */
export type TableFiller = (table: LuaTable) => void;

/**
 * A table as gopher-lua keeps it (table.go): a list with holes for keys from 1 on, and a map that
 * remembers the order in which keys came, also of those that were removed.
 */
export class LuaTable {
  metatable: LuaTable | undefined = undefined;
  array: LuaValue[] = [];
  /** Place of a key in `keys` and `values`. */
  #places: Map<LuaValue, number> | undefined = undefined;
  #keys: LuaValue[] = [];
  #values: LuaValue[] = [];
  #filler: TableFiller | undefined;

  constructor(filler?: TableFiller) {
    this.#filler = filler;
  }

  /** Fills a table that was made with a filler. */
  ready(): this {
    const filler = this.#filler;
    if (filler !== undefined) {
      this.#filler = undefined;
      filler(this);
    }
    return this;
  }

  get(key: LuaValue): LuaValue {
    if (this.#filler !== undefined) this.ready();
    if (typeof key === 'number' && isArrayKey(key)) return this.array[key - 1];
    const place = this.#places?.get(key);
    return place === undefined ? undefined : this.#values[place];
  }

  /** Sets a value, without metamethods. Returns by how many places the table grew. */
  set(key: LuaValue, value: LuaValue): number {
    if (this.#filler !== undefined) this.ready();
    if (typeof key === 'number' && isArrayKey(key)) return this.#setInArray(key, value);
    const place = this.#places?.get(key);
    if (place !== undefined) {
      this.#values[place] = value;
      return 0;
    }
    if (value === undefined) return 0;
    this.#places ??= new Map();
    this.#places.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
    return 1;
  }

  #setInArray(key: number, value: LuaValue): number {
    const { array } = this;
    const growth = key - array.length;
    if (growth > 0) array.length = key;
    array[key - 1] = value;
    return Math.max(growth, 0);
  }

  /** By how many places setting a key would make the table grow. */
  growthFor(key: LuaValue): number {
    return typeof key === 'number' && isArrayKey(key) ? Math.max(key - this.array.length, 0) : 1;
  }

  /** The value at a place of the list. */
  at(index: number): LuaValue {
    if (this.#filler !== undefined) this.ready();
    return this.array[index - 1];
  }

  /** The length: the last place of the list that is not nil. */
  get length(): number {
    if (this.#filler !== undefined) this.ready();
    let length = this.array.length;
    while (length > 0 && this.array[length - 1] === undefined) length -= 1;
    return length;
  }

  /** Sets the place after the last one that is not nil. */
  append(value: LuaValue): void {
    if (value !== undefined) this.array[this.length] = value;
  }

  /** The key after a key, with its value; undefined at the end. */
  next(key: LuaValue): readonly [LuaValue, LuaValue] | undefined {
    if (this.#filler !== undefined) this.ready();
    const index = key === undefined ? 0 : key;
    if (typeof index === 'number' && isListIndex(index) && (key === undefined || index !== 0)) {
      const { array } = this;
      for (let place = index; place < array.length; place += 1) {
        if (array[place] !== undefined) return [place + 1, array[place]];
      }
      if (index <= array.length) return this.#nextKey(0);
    }
    return this.#nextKey((this.#places?.get(key) ?? 0) + 1);
  }

  #nextKey(start: number): readonly [LuaValue, LuaValue] | undefined {
    for (let place = start; place < this.#keys.length; place += 1) {
      const value = this.#values[place];
      if (value !== undefined) return [this.#keys[place], value];
    }
    return undefined;
  }
}

function isListIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < arrayIndexMax;
}

function isArrayKey(value: number): boolean {
  return value > 0 && value < arrayIndexMax && Number.isInteger(value);
}
