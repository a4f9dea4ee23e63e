export { encodeValue, EncodeError } from './encode.ts';
export {
  compileScript,
  runScript,
  type CompiledScript,
  type LuaSurroundings,
  type RunOptions,
  type RunResult,
} from './run-script.ts';
export type { LuaValue } from './table.ts';
export { typeName } from './values.ts';
