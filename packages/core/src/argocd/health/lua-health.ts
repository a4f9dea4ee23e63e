import type { ObjectHealth } from '../sync/index.ts';
import { isHealthStatus } from './health-status.ts';
import {
  encodeValue,
  EncodeError,
  runScript,
  typeName,
  type CompiledScript,
  type LuaSurroundings,
  type RunResult,
} from './lua/index.ts';

/** A health, or why a script gave none. A status may be empty: then Argo CD takes it for no state at all. */
export type LuaHealthAnswer = ObjectHealth | { readonly error: string };

/** How to run a health check. */
export interface LuaHealthOptions extends LuaSurroundings {
  readonly useOpenLibs: boolean;
}

/**
 * Runs a health check over an object as Argo CD 3.5.1 does (util/lua/lua.go ExecuteHealthLua). Nothing
 * returned, an empty table, a list, and fields of a wrong type give an empty health; a status that is
 * none, or is missing, gives Unknown; anything but a table is an error.
 */
export function runHealthScript(
  script: CompiledScript,
  object: unknown,
  options: LuaHealthOptions,
): LuaHealthAnswer {
  const answer = plainAnswer(runScript(script, { ...options, object }));
  if ('error' in answer) return answer;
  const { value } = answer;
  if (value === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { status: '' };
  }
  return healthOfFields(Object.entries(value));
}

/** The last value that a script returned as plain data; undefined where it is nil. */
export function plainAnswer(
  result: RunResult,
): { readonly value: unknown } | { readonly error: string } {
  if ('error' in result) return result;
  const type = typeName(result.value);
  if (type === 'nil') return { value: undefined };
  if (type !== 'table') return { error: `expect table output from Lua script, not ${type}` };
  try {
    return { value: encodeValue(result.value) };
  } catch (error) {
    if (error instanceof EncodeError) return { error: error.message };
    throw error;
  }
}

/** Go reads fields in any case, one after the other by name; null leaves a field as it is. */
function healthOfFields(fields: readonly (readonly [string, unknown])[]): ObjectHealth {
  const read = { status: '', message: '' };
  for (const [key, value] of [...fields].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const name = key.toLowerCase();
    if ((name !== 'status' && name !== 'message') || value === null) continue;
    if (typeof value !== 'string') return { status: '' };
    read[name] = value;
  }
  if (!isHealthStatus(read.status)) {
    return { status: 'Unknown', message: 'Lua returned an invalid health status' };
  }
  return read.message === '' ? { status: read.status } : read;
}
