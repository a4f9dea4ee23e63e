import type { Box, LuaFunction } from './function.ts';
import type { LuaMachine } from './machine.ts';
import type { Label } from './syntax-tree.ts';
import type { LuaValue } from './table.ts';

/** A place in a script, for messages. */
export interface Site {
  readonly line: number;
  /** What is called there, as messages name it; undefined where nothing is called by a name. */
  readonly callee: string | undefined;
}

const nowhere: Site = { line: 0, callee: undefined };
/** No values. Never to be changed. */
export const noValues: LuaValue[] = [];

/** A running function of a script. */
export class Frame {
  readonly machine: LuaMachine;
  readonly fn: LuaFunction;
  /** Its variables; one that is captured is a box. */
  readonly slots: (LuaValue | Box)[];
  readonly variadic: LuaValue[];
  /** The place that is being evaluated, as far as it can fail or call. */
  site: Site = nowhere;
  /** What it returns, or what it calls last. */
  result: LuaValue[] = noValues;
  /** The function that is called in its place. */
  tail: LuaValue = undefined;
  /** Calls that took this one's place. */
  tailCalls = 0;
  /** The label to go to. */
  target: Label | undefined = undefined;

  constructor(
    machine: LuaMachine,
    fn: LuaFunction,
    slots: (LuaValue | Box)[],
    variadic: LuaValue[],
  ) {
    this.machine = machine;
    this.fn = fn;
    this.slots = slots;
    this.variadic = variadic;
  }
}
