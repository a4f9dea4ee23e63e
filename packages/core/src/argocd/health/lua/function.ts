import type { Frame } from './frame.ts';
import type { LuaMachine } from './machine.ts';
import type { LocalVariable, UpvalueSource } from './syntax-tree.ts';
import type { LuaTable, LuaValue } from './table.ts';

/** A variable that functions share. */
export interface Box {
  value: LuaValue;
}

/** How a list of statements ended. */
export const ending = { next: 0, break: 1, return: 2, goto: 3 } as const;
export type Ending = (typeof ending)[keyof typeof ending];

/** A function that is part of the libraries. */
export type NativeFunction = (machine: LuaMachine, args: readonly LuaValue[]) => LuaValue[];

/**
 * A function that loops may go through a table with, without calling it for each round: the next key and
 * value, or undefined at the end.
 */
export type TableStep = (
  machine: LuaMachine,
  table: LuaTable,
  key: LuaValue,
) => readonly [LuaValue, LuaValue] | undefined;

/** A function of a script, compiled. It belongs to no run. */
export interface Prototype {
  readonly parameters: readonly LocalVariable[];
  readonly isVariadic: boolean;
  readonly arg: LocalVariable | undefined;
  readonly usesVariadic: boolean;
  readonly slotCount: number;
  readonly upvalues: readonly UpvalueSource[];
  readonly chunkName: string;
  readonly line: number;
  readonly body: (frame: Frame) => Ending;
}

/** A function value: one of a script, or one of a library. */
export class LuaFunction {
  readonly prototype: Prototype | undefined;
  readonly native: NativeFunction | undefined;
  readonly upvalues: readonly Box[];
  /** For `pairs` and `ipairs`: how to go on. */
  tableStep: TableStep | undefined = undefined;
  /** Where its global variables are. */
  environment: LuaTable | undefined;

  private constructor(options: {
    prototype?: Prototype;
    native?: NativeFunction;
    upvalues: readonly Box[];
    environment: LuaTable | undefined;
  }) {
    this.prototype = options.prototype;
    this.native = options.native;
    this.upvalues = options.upvalues;
    this.environment = options.environment;
  }

  static ofLibrary(native: NativeFunction): LuaFunction {
    return new LuaFunction({ native, upvalues: [], environment: undefined });
  }

  static ofScript(
    prototype: Prototype,
    upvalues: readonly Box[],
    environment: LuaTable | undefined,
  ): LuaFunction {
    return new LuaFunction({ prototype, upvalues, environment });
  }
}
