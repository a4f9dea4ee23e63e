import { LuaError } from './errors.ts';
import { Frame, noValues } from './frame.ts';
import { LuaFunction, type Box } from './function.ts';
import { LuaTable, LuaUserdata, type LuaValue } from './table.ts';
import { plainText, typeName } from './values.ts';

/** What bounds a run. */
export interface LuaLimits {
  /** Loop rounds, calls and steps of library functions. */
  readonly steps: number;
  /** Bytes that texts and tables of the run may take, as a rough sum. */
  readonly bytes: number;
  /** Whether the time is over; asked now and then. */
  readonly isLate: () => boolean;
}

/** gopher-lua's CallStackSize. */
const framesMax = 256;
/** gopher-lua's RegistrySize: how many values there may be at once in a call. */
export const registryMax = 5_000;
/** gopher-lua's MaxTableGetLoop. */
const metaLoopsMax = 100;
/** How many steps go between two looks at the clock. */
const stepsAtOnce = 4_096;
/** A single text may not be longer. */
const textMax = 32 * 1024 * 1024;

const native = Symbol('native');

/** One run of a script: its call stack, what is left of its limits, and operators with metamethods. */
export class LuaMachine {
  /** Global variables. */
  readonly globals = new LuaTable();
  /** `package.loaded`, as `require` and `module` see it. */
  loaded = new LuaTable();
  /** Stands in `package.loaded` while a module is being loaded. */
  readonly loading = new LuaUserdata();
  /** Metatables of values that are no tables, by type. */
  readonly typeMetatables = new Map<string, LuaTable | undefined>();
  /** Seconds since 1970. */
  readonly time: () => number;
  readonly random: () => number;
  readonly #limits: LuaLimits;
  readonly #frames: (Frame | typeof native)[] = [];
  #steps = stepsAtOnce;
  #stepsLeft: number;
  #bytesLeft: number;

  constructor(limits: LuaLimits, surroundings: { time: () => number; random: () => number }) {
    this.#limits = limits;
    this.#stepsLeft = limits.steps - stepsAtOnce;
    this.#bytesLeft = limits.bytes;
    this.time = surroundings.time;
    this.random = surroundings.random;
  }

  /** Counts a step, and ends the run with an error when there were too many or the time is over. */
  tick(): void {
    this.#steps -= 1;
    if (this.#steps < 0) this.#refill();
  }

  /** Counts many steps. */
  work(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) this.#refill();
  }

  #refill(): void {
    if (this.#stepsLeft > 0 && !this.#limits.isLate()) {
      this.#stepsLeft += this.#steps - stepsAtOnce;
      this.#steps = stepsAtOnce;
      if (this.#stepsLeft > 0) return;
    }
    this.#stepsLeft = 0;
    this.#steps = 0;
    throw this.error('context deadline exceeded');
  }

  /** Throws where a script has caught the error that was to end it. */
  checkTime(): void {
    if (this.#stepsLeft <= 0 && this.#steps <= 0) this.#refill();
  }

  /** Counts bytes that are taken. */
  allocate(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw this.error('not enough memory');
  }

  /** Counts the bytes of a text before it is made. */
  allocateText(length: number): void {
    if (length > textMax) throw this.error('not enough memory');
    this.allocate(length);
  }

  /** Counts the bytes of a text that is made of two that are there: the engine shares them. */
  allocateJoined(length: number): void {
    if (length > textMax) throw this.error('not enough memory');
    this.allocate(length >> 2);
  }

  /** An error with the place where it happened. */
  error(message: string, level = 1): LuaError {
    // Errors are dear; those that a script catches without end have to count.
    this.#steps -= 50;
    return new LuaError(level > 0 ? `${this.where(level - 1)} ${message}` : message);
  }

  /** The place in the script that a level of the call stack is at; empty where there is none. */
  where(level: number): string {
    const frames = this.#frames;
    let index = frames.length - 1;
    let left = level;
    while (left > 0 && index >= 0) {
      const frame = frames[index];
      left -= 1;
      if (frame instanceof Frame) left -= frame.tailCalls;
      index -= 1;
    }
    const frame = left < 0 ? frames[0] : frames[index];
    if (frame === undefined) return '';
    if (frame === native) return this.where(level + 1);
    return `${frame.fn.prototype?.chunkName ?? ''}:${frame.site.line}:`;
  }

  /** How messages name the library function that runs. */
  get calleeName(): string {
    const caller = this.#frames.at(-2);
    if (!(caller instanceof Frame)) return '(anonymous)';
    return caller.site.callee ?? '(anonymous)';
  }

  /** The frame of a script function; 1 is the one that called the running library function. */
  scriptFrame(level: number): Frame | undefined {
    const frame = this.#frames.at(-1 - level);
    return frame instanceof Frame ? frame : undefined;
  }

  /** Calls a value. */
  call(callee: LuaValue, args: LuaValue[]): LuaValue[] {
    this.tick();
    if (!(callee instanceof LuaFunction))
      return this.call(this.#callable(callee), [callee, ...args]);
    const fn = callee;
    if (this.#frames.length >= framesMax) throw this.error('stack overflow');
    if (fn.native !== undefined) {
      this.#frames.push(native);
      const result = fn.native(this, args);
      this.#frames.pop();
      return result;
    }
    return this.#run(fn, args);
  }

  #run(first: LuaFunction, firstArgs: LuaValue[]): LuaValue[] {
    let fn = first;
    let args = firstArgs;
    for (let tailCalls = 0; ; tailCalls += 1) {
      const frame = newFrame(this, fn, args);
      frame.tailCalls = tailCalls;
      this.#frames.push(frame);
      fn.prototype?.body(frame);
      if (frame.tail === undefined) {
        this.#frames.pop();
        return frame.result;
      }
      this.tick();
      const { tail } = frame;
      args = tail instanceof LuaFunction ? frame.result : [tail, ...frame.result];
      fn = tail instanceof LuaFunction ? tail : this.#callable(tail);
      if (fn.native !== undefined) {
        frame.result = this.call(fn, args);
        this.#frames.pop();
        return frame.result;
      }
      this.#frames.pop();
    }
  }

  /** The function behind a value that is none; it takes the value before the arguments. */
  #callable(value: LuaValue): LuaFunction {
    const meta = this.metamethod(value, '__call');
    if (meta instanceof LuaFunction) return meta;
    throw this.error('attempt to call a non-function object');
  }

  /** Calls a value and catches its error. */
  protect(callee: LuaValue, args: LuaValue[]): { values: LuaValue[] } | { error: LuaValue } {
    const depth = this.#frames.length;
    try {
      return { values: this.call(callee, args) };
    } catch (thrown) {
      const error = this.#caught(thrown);
      this.#frames.length = depth;
      return { error };
    }
  }

  /** The value of an error; throws again what is no error of a script. */
  #caught(thrown: unknown): LuaValue {
    if (thrown instanceof LuaError) return thrown.value;
    // JavaScript's own stack is exhausted before the call stack of the script is.
    if (thrown instanceof RangeError) return this.error('stack overflow').value;
    throw thrown;
  }

  metatable(value: LuaValue): LuaTable | undefined {
    if (value instanceof LuaTable || value instanceof LuaUserdata) return value.metatable;
    return this.typeMetatables.size === 0 ? undefined : this.typeMetatables.get(typeName(value));
  }

  metamethod(value: LuaValue, event: string): LuaValue {
    return this.metatable(value)?.get(event);
  }

  /** The value of a field, with metamethods. */
  index(object: LuaValue, key: LuaValue): LuaValue {
    let current = object;
    for (let round = 0; round < metaLoopsMax; round += 1) {
      if (current instanceof LuaTable) {
        const value = current.get(key);
        if (value !== undefined) return value;
      }
      const meta = this.metamethod(current, '__index');
      if (meta === undefined) {
        if (current instanceof LuaTable) return undefined;
        throw this.#noTable(current, key);
      }
      if (meta instanceof LuaFunction) return this.call(meta, [current, key])[0];
      current = meta;
    }
    throw this.error('too many recursions in gettable');
  }

  /** Sets a field, with metamethods. */
  setIndex(object: LuaValue, key: LuaValue, value: LuaValue): void {
    let current = object;
    for (let round = 0; round < metaLoopsMax; round += 1) {
      const meta = this.#newIndex(current, key);
      if (meta === undefined) {
        if (!(current instanceof LuaTable)) throw this.#noTable(current, key);
        this.rawSet(current, key, value);
        return;
      }
      if (meta instanceof LuaFunction) {
        this.call(meta, [current, key, value]);
        return;
      }
      current = meta;
    }
    throw this.error('too many recursions in settable');
  }

  #newIndex(object: LuaValue, key: LuaValue): LuaValue {
    if (object instanceof LuaTable) {
      if (object.metatable === undefined || object.get(key) !== undefined) return undefined;
    }
    return this.metamethod(object, '__newindex');
  }

  rawSet(table: LuaTable, key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number' && Number.isNaN(key)) throw this.error('table index is NaN');
    if (key === undefined) throw this.error('table index is nil');
    const growth = table.growthFor(key);
    // A list that grows far at once is counted before it does.
    if (growth > 1) this.allocate(growth * 16);
    const grown = table.set(key, value);
    if (grown === 1) this.allocate(64);
  }

  #noTable(object: LuaValue, key: LuaValue): LuaError {
    const shown = plainText(key);
    const text = `attempt to index a non-table object(${typeName(object)}) with key '${shown}'`;
    return this.error(text);
  }
}

function newFrame(machine: LuaMachine, fn: LuaFunction, args: LuaValue[]): Frame {
  const { prototype } = fn;
  if (prototype === undefined) return new Frame(machine, fn, [], noValues);
  const { parameters, isVariadic, arg, slotCount } = prototype;
  const slots: (LuaValue | Box)[] = [];
  const count = parameters.length;
  for (let index = 0; index < count; index += 1) {
    const value = args[index];
    slots.push(parameters[index]?.isCaptured === true ? { value } : value);
  }
  while (slots.length < slotCount) slots.push(undefined);
  const variadic = isVariadic ? args.slice(count) : noValues;
  if (arg !== undefined) {
    const table = prototype.usesVariadic ? undefined : listOf(variadic);
    slots[arg.slot] = arg.isCaptured ? { value: table } : table;
  }
  return new Frame(machine, fn, slots, variadic);
}

function listOf(values: readonly LuaValue[]): LuaTable {
  const table = new LuaTable();
  table.array = [...values];
  table.set('n', values.length);
  return table;
}
