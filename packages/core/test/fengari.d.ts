/** The part of fengari that the tests use; the package has no types of its own. */
declare module 'fengari' {
  export interface LuaState {
    readonly fengariState?: never;
  }
  type CFunction = (state: LuaState) => number;
  type Text = Uint8Array;

  export const lua: {
    readonly LUA_OK: 0;
    readonly LUA_MASKCOUNT: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNIL: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    lua_createtable(state: LuaState, list: number, map: number): void;
    lua_next(state: LuaState, index: number): number;
    lua_pcall(state: LuaState, args: number, results: number, handler: number): number;
    lua_pop(state: LuaState, count: number): void;
    lua_pushboolean(state: LuaState, value: boolean): void;
    lua_pushinteger(state: LuaState, value: number): void;
    lua_pushnil(state: LuaState): void;
    lua_pushnumber(state: LuaState, value: number): void;
    lua_pushstring(state: LuaState, text: Text): void;
    lua_rawset(state: LuaState, index: number): void;
    lua_setglobal(state: LuaState, name: Text): void;
    lua_sethook(state: LuaState, hook: CFunction, mask: number, count: number): void;
    lua_toboolean(state: LuaState, index: number): boolean;
    lua_tojsstring(state: LuaState, index: number): string;
    lua_tonumber(state: LuaState, index: number): number;
    lua_type(state: LuaState, index: number): number;
  };
  export const lauxlib: {
    luaL_error(state: LuaState, message: Text): number;
    luaL_loadstring(state: LuaState, script: Text): number;
    luaL_newstate(): LuaState;
    luaL_requiref(state: LuaState, name: Text, open: CFunction, global: number): void;
  };
  export const lualib: {
    readonly luaopen_base: CFunction;
    readonly luaopen_table: CFunction;
  };
  export function to_luastring(text: string): Text;
}
