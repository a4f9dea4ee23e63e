import { lauxlib, lua, lualib, to_luastring, type LuaState } from 'fengari';

/** What a health check returned. */
export interface LuaHealth {
  readonly status: unknown;
  readonly message: unknown;
}

/** A script that runs longer than this is taken for one that does not end. */
const instructionsMax = 1_000_000;
/** Parts of the base library that load code. Argo CD gives scripts nothing to load. */
const withoutLoaders = ['dofile', 'load', 'loadfile', 'loadstring', 'require', 'collectgarbage'];

/**
 * Runs a health check as Argo CD does: a state of its own with the base and table libraries only, and
 * the object as the global `obj`. Throws when the script does, with Lua's message.
 */
export function runHealthCheck(script: string, object: unknown): LuaHealth {
  const result = runLua(script, object);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new Error(`the script returned ${JSON.stringify(result) ?? 'nothing'}, not a table`);
  }
  const { status, message } = result as Record<string, unknown>;
  return { status, message };
}

/** Runs a script with the global `obj` and returns its result as plain data. */
export function runLua(script: string, object: unknown): unknown {
  const state = newState();
  push(state, object);
  lua.lua_setglobal(state, to_luastring('obj'));
  const loaded = lauxlib.luaL_loadstring(state, to_luastring(script));
  if (loaded !== lua.LUA_OK || lua.lua_pcall(state, 0, 1, 0) !== lua.LUA_OK) {
    throw new Error(lua.lua_tojsstring(state, -1));
  }
  return read(state, -1);
}

function newState(): LuaState {
  const state = lauxlib.luaL_newstate();
  lauxlib.luaL_requiref(state, to_luastring('_G'), lualib.luaopen_base, 1);
  lauxlib.luaL_requiref(state, to_luastring('table'), lualib.luaopen_table, 1);
  lua.lua_pop(state, 2);
  for (const name of withoutLoaders) {
    lua.lua_pushnil(state);
    lua.lua_setglobal(state, to_luastring(name));
  }
  const stop = (at: LuaState): number =>
    lauxlib.luaL_error(at, to_luastring('the script does not end'));
  lua.lua_sethook(state, stop, lua.LUA_MASKCOUNT, instructionsMax);
  return state;
}

/** Like Argo CD's decoder: null is nil, so a field that is null is not there. */
function push(state: LuaState, value: unknown): void {
  if (typeof value === 'string') lua.lua_pushstring(state, to_luastring(value));
  else if (typeof value === 'boolean') lua.lua_pushboolean(state, value);
  else if (typeof value === 'number') pushNumber(state, value);
  else if (Array.isArray(value)) pushTable(state, [...value.entries()].map(fromOne));
  else if (typeof value === 'object' && value !== null) pushTable(state, Object.entries(value));
  else lua.lua_pushnil(state);
}

function fromOne([index, value]: [number, unknown]): [number, unknown] {
  return [index + 1, value];
}

function pushNumber(state: LuaState, value: number): void {
  if (Number.isInteger(value)) lua.lua_pushinteger(state, value);
  else lua.lua_pushnumber(state, value);
}

function pushTable(state: LuaState, entries: readonly [string | number, unknown][]): void {
  lua.lua_createtable(state, 0, entries.length);
  for (const [key, value] of entries) {
    push(state, key);
    push(state, value);
    lua.lua_rawset(state, -3);
  }
}

function read(state: LuaState, index: number): unknown {
  switch (lua.lua_type(state, index)) {
    case lua.LUA_TNIL:
      return undefined;
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(state, index);
    case lua.LUA_TNUMBER:
      return lua.lua_tonumber(state, index);
    case lua.LUA_TSTRING:
      return lua.lua_tojsstring(state, index);
    case lua.LUA_TTABLE:
      return readTable(state);
    default:
      throw new Error('the script returned something that is no data');
  }
}

/** Reads the table on top of the stack. */
function readTable(state: LuaState): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  lua.lua_pushnil(state);
  while (lua.lua_next(state, -2) !== 0) {
    result[String(read(state, -2))] = read(state, -1);
    lua.lua_pop(state, 1);
  }
  return result;
}

/** Syntax of Lua 5.2 and later, which Argo CD's Lua 5.1 refuses. Texts and comments are left out first. */
export function newerSyntax(script: string): string[] {
  const bare = script
    .replace(/--[^\n]*/g, '')
    .replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
  return bare.match(/\bgoto\b|::|\/\/|>>|<<|[&|]|~(?!=)/g) ?? [];
}
