import type { LuaValue } from './table.ts';

/** An error of a running script: any value; a text where Lua itself raises it. */
export class LuaError extends Error {
  override readonly name = 'LuaError';
  readonly value: LuaValue;

  constructor(value: LuaValue) {
    super(typeof value === 'string' ? value : 'a Lua error');
    this.value = value;
  }
}
