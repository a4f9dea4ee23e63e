import { LuaFunction } from '../function.ts';
import type { LuaMachine } from '../machine.ts';
import { LuaTable, type LuaValue } from '../table.ts';
import { isTruthy } from '../values.ts';
import { fill, library, type Arguments, type LibraryFunction } from './arguments.ts';

const searchPath = './?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua';

const loadPreloaded: LibraryFunction = (args, machine) => {
  const name = args.text(1);
  const preload = machine.index(machine.globals.get('package'), 'preload');
  if (!(preload instanceof LuaTable)) throw machine.error('package.preload must be a table');
  return [preload.get(name) ?? `no field package.preload['${name}']`];
};

/** Scripts see no files, so that all that is looked for is missing. */
const loadScript: LibraryFunction = (args, machine) => {
  const name = args.text(1);
  const path = machine.index(machine.globals.get('package'), 'path');
  if (typeof path !== 'string') throw machine.error('package.path must be a string');
  const file = name.replaceAll('.', '/');
  const missing = path
    .split(';')
    .map((one) => `stat ${one.replaceAll('?', file)}: no such file or directory`);
  return [missing.join('\n\t')];
};

const require: LibraryFunction = (args, machine) => {
  const name = args.text(1);
  const { loaded, loading } = machine;
  const known = loaded.get(name);
  if (isTruthy(known)) {
    if (known !== loading) return [known];
    throw machine.error(`loop or previous error loading module: ${name}`);
  }
  const loader = findLoader(name, machine);
  loaded.set(name, loading);
  const [made] = machine.call(loader, [name]);
  const current = loaded.get(name);
  if (current !== loading) return [current];
  loaded.set(name, made ?? true);
  return [made ?? true];
};

function findLoader(name: string, machine: LuaMachine): LuaFunction {
  const loaders = machine.index(machine.globals.get('package'), 'loaders');
  if (!(loaders instanceof LuaTable)) throw machine.error('package.loaders must be a table');
  const messages: string[] = [];
  for (let index = 1; ; index += 1) {
    const searcher = loaders.at(index);
    if (searcher === undefined) {
      throw machine.error(`module ${name} not found:\n\t${messages.join('\n\t')}, `);
    }
    const [answer] = machine.call(searcher, [name]);
    if (answer instanceof LuaFunction) return answer;
    if (typeof answer === 'string') messages.push(answer);
  }
}

const module: LibraryFunction = (args, machine) => {
  const name = args.text(1);
  const table = moduleTable(name, machine);
  if (table.get('_NAME') === undefined) {
    table.set('_M', table);
    table.set('_NAME', name);
    table.set('_PACKAGE', name.slice(0, name.lastIndexOf('.') + 1));
  }
  const caller = machine.scriptFrame(1);
  if (caller === undefined) throw machine.error('module() can not be called from GFunctions.');
  caller.fn.environment = table;
  for (const option of args.from(2)) machine.call(option, [table]);
  return [table];
};

function moduleTable(name: string, machine: LuaMachine): LuaTable {
  const known = machine.loaded.get(name);
  if (known instanceof LuaTable) return known;
  let table: LuaTable = machine.globals;
  for (const part of name.split('.')) {
    const inner = table.get(part) ?? new LuaTable();
    if (!(inner instanceof LuaTable)) {
      throw machine.error(`name conflict for module: ${name}`);
    }
    table.set(part, inner);
    table = inner;
  }
  machine.loaded.set(name, table);
  return table;
}

function seeAll(args: Arguments, machine: LuaMachine): LuaValue[] {
  const table = args.table(1);
  table.metatable ??= new LuaTable();
  table.metatable.set('__index', machine.globals);
  return [];
}

/** `require` and `module`, which are global. */
export const loadingLibrary = library({ require, module });

const packageLibrary = library({
  loadlib: (_args, machine) => {
    throw machine.error('loadlib is not supported');
  },
  seeall: seeAll,
});
const loaders = library({ preload: loadPreloaded, script: loadScript });

/** The table `package`. Sets what counts as loaded anew, as Argo CD's second opening of it does. */
export function openPackage(machine: LuaMachine): LuaTable {
  const table = fill(new LuaTable(), packageLibrary);
  const list = new LuaTable();
  list.append(loaders['preload']);
  list.append(loaders['script']);
  table.set('preload', new LuaTable());
  table.set('loaders', list);
  machine.loaded = new LuaTable();
  table.set('loaded', machine.loaded);
  table.set('path', searchPath);
  table.set('cpath', '');
  table.set('config', '/\n;\n?\n!\n-\n');
  return table;
}
