import { compileFunction } from './compile-statement.ts';
import { LuaFunction, type Prototype } from './function.ts';
import { parseScript } from './parser.ts';
import type { LuaTable } from './table.ts';
import { LuaSyntaxError } from './tokens.ts';

/** Compiles a script (a byte text). Throws a LuaSyntaxError. */
export function compileChunk(source: string, chunkName: string): Prototype {
  try {
    return compileFunction(parseScript(source, chunkName), chunkName);
  } catch (error) {
    // A chain of operators of thousands of parts.
    if (error instanceof RangeError) throw new LuaSyntaxError(`${chunkName}: too long to compile`);
    throw error;
  }
}

/** A script as a function with its own upvalues. */
export function loadChunk(source: string, chunkName: string, environment: LuaTable): LuaFunction {
  return LuaFunction.ofScript(compileChunk(source, chunkName), [], environment);
}
