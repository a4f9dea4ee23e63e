import type { LuaFunction } from './function.ts';
import { fill, libraryFunction } from './library/arguments.ts';
import { baseLibrary } from './library/base.ts';
import { openMath } from './library/math.ts';
import { openOs, safeOsLoader } from './library/os.ts';
import { loadingLibrary, openPackage } from './library/package.ts';
import { openString } from './library/string.ts';
import { tableLibrary } from './library/table.ts';
import type { LuaMachine } from './machine.ts';
import { LuaTable } from './table.ts';
import { plainText } from './values.ts';

/** Libraries of gopher-lua that are not modelled: using them is an error that names them. */
const missingLibraries: Readonly<Record<string, readonly string[]>> = {
  channel: [],
  coroutine: [],
  debug: [],
  io: [],
  os: ['execute', 'exit', 'remove', 'rename', 'setenv', 'setlocale', 'tmpname'],
};

/**
 * Sets the global variables of a run as Argo CD 3.5.1 does (util/lua/lua.go
 * runLuaWithResourceActionParameters): package, base and table, and its own `os` for those who require
 * it. With `useOpenLibs` also string, math and os. Functions that stop or change the system, input and
 * output, coroutines, channels and debugging are left out: they raise an error.
 */
export function openLibraries(machine: LuaMachine, useOpenLibs: boolean): void {
  const { globals } = machine;
  const packages = openPackage(machine);
  globals.set('package', packages);
  globals.set('_G', globals);
  globals.set('_VERSION', 'Lua 5.1');
  globals.set('_GOPHER_LUA_VERSION', 'GopherLua 0.1');
  fill(globals, baseLibrary);
  fill(globals, loadingLibrary);
  machine.loaded.set('_G', globals);
  const tables = fill(new LuaTable(), tableLibrary);
  globals.set('table', tables);
  machine.loaded.set('table', tables);
  const preload = packages.get('preload');
  if (preload instanceof LuaTable) preload.set('os', safeOsLoader);
  if (useOpenLibs) openMore(machine);
}

function openMore(machine: LuaMachine): void {
  const { globals } = machine;
  globals.set('string', openString(machine));
  globals.set('math', openMath());
  globals.set('os', openOs(machine));
  for (const [name, functions] of Object.entries(missingLibraries)) {
    const known = globals.get(name);
    const table = known instanceof LuaTable ? known : new LuaTable();
    for (const fn of functions) table.set(fn, refusing(`${name}.${fn}`));
    if (known === undefined) refuseAll(table, name);
    globals.set(name, table);
  }
}

function refuseAll(table: LuaTable, name: string): void {
  table.metatable = new LuaTable();
  table.metatable.set(
    '__index',
    libraryFunction((args, machine) => {
      throw machine.error(`${name}.${plainText(args.get(2))} is not modelled`);
    }),
  );
}

function refusing(name: string): LuaFunction {
  return libraryFunction((_args, machine) => {
    throw machine.error(`${name} is not modelled`);
  });
}
