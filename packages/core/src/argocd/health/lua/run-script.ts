import { fromBytes } from '../../globs/utf8.ts';
import { compileChunk } from './chunk.ts';
import { bytesOf, decodeValue } from './decode.ts';
import { openLibraries } from './environment.ts';
import { LuaFunction, type Prototype } from './function.ts';
import { LuaMachine } from './machine.ts';
import { LuaTable, type LuaValue } from './table.ts';
import { LuaSyntaxError } from './tokens.ts';
import { plainText } from './values.ts';

/** A script that is compiled, or why it cannot be. */
export type CompiledScript = { readonly prototype: Prototype } | { readonly error: string };

/** What a script runs with. */
export interface LuaSurroundings {
  /** Milliseconds since 1970; for the limit of a second and for `os.time`. */
  readonly now: () => number;
  /** From 0 to 1, for `math.random`. Left out: always 0.5. */
  readonly random?: () => number;
}

/** How to run a script. */
export interface RunOptions extends LuaSurroundings {
  /** Whether the libraries string, math and os are open. */
  readonly useOpenLibs: boolean;
  /** The object, as the global `obj`. */
  readonly object: unknown;
  /** Parameters of an action, as the global `actionParams`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The last value that a script returned, or its error as Argo CD shows it. */
export type RunResult = { readonly value: LuaValue } | { readonly error: string };

/** Argo CD's limit, in milliseconds. */
const timeMax = 1_000;
/**
 * Loop rounds and calls, for clocks that stand still while a script runs: about what gopher-lua gets
 * through in a second.
 */
const stepsMax = 4_000_000;
const bytesMax = 64 * 1024 * 1024;

const chunkName = '<string>';

/** Compiles a script for any number of runs. */
export function compileScript(script: string): CompiledScript {
  try {
    return { prototype: compileChunk(bytesOf(script), chunkName) };
  } catch (error) {
    if (error instanceof LuaSyntaxError) return { error: fromBytes(error.message) };
    throw error;
  }
}

/**
 * Runs a script as Argo CD 3.5.1 does (util/lua/lua.go), in an environment of its own. It ends with an
 * error after a second, after too many steps, and when it takes too much memory.
 */
export function runScript(script: CompiledScript, options: RunOptions): RunResult {
  if ('error' in script) return script;
  const started = options.now();
  const limits = {
    steps: stepsMax,
    bytes: bytesMax,
    isLate: () => options.now() - started > timeMax,
  };
  const machine = new LuaMachine(limits, {
    time: () => options.now() / 1000,
    random: options.random ?? (() => 0.5),
  });
  openLibraries(machine, options.useOpenLibs);
  machine.globals.set('actionParams', decodeValue(options.parameters ?? {}));
  machine.globals.set('obj', objectTable(options.object));
  const main = LuaFunction.ofScript(script.prototype, [], machine.globals);
  const answer = machine.protect(main, []);
  if ('error' in answer) return { error: fromBytes(plainText(answer.error)) };
  return { value: answer.values.at(-1) };
}

function objectTable(object: unknown): LuaValue {
  const value = decodeValue(object);
  return value ?? new LuaTable();
}
