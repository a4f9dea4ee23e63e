import { loadChunk } from '../chunk.ts';
import { LuaError } from '../errors.ts';
import { LuaFunction, type TableStep } from '../function.ts';
import { registryMax, type LuaMachine } from '../machine.ts';
import { parseFloat64, parseInteger, toInt } from '../numbers.ts';
import { tableLength } from '../operators.ts';
import { LuaTable, LuaUserdata, type LuaValue } from '../table.ts';
import { LuaSyntaxError } from '../tokens.ts';
import { asText, isTruthy, plainText, typeName } from '../values.ts';
import { library, libraryFunction, type Arguments, type LibraryFunction } from './arguments.ts';

/** `tostring` with the metamethod. */
export function textOf(machine: LuaMachine, value: LuaValue): LuaValue {
  const meta = machine.metamethod(value, '__tostring');
  return meta instanceof LuaFunction ? machine.call(meta, [value])[0] : plainText(value);
}

const assertValue: LibraryFunction = (args, machine) => {
  if (isTruthy(args.get(1))) return args.from(1);
  throw machine.error(args.optionalText(2, 'assertion failed!'));
};

const raise: LibraryFunction = (args, machine) => {
  const value = args.any(1);
  const level = args.optionalInt(2, 1);
  throw typeof value === 'string' ? machine.error(value, level) : new LuaError(value);
};

const pcall: LibraryFunction = (args, machine) => {
  const callee = args.any(1);
  const isCallable =
    callee instanceof LuaFunction || machine.metamethod(callee, '__call') instanceof LuaFunction;
  if (!isCallable) return [false, `attempt to call a ${typeName(callee)} value`];
  const answer = machine.protect(callee, args.from(2));
  if ('values' in answer) return [true, ...answer.values];
  machine.checkTime();
  return [false, answer.error];
};

const xpcall: LibraryFunction = (args, machine) => {
  const callee = args.fn(1);
  const handler = args.fn(2);
  const answer = machine.protect(callee, []);
  if ('values' in answer) return [true, ...answer.values];
  machine.checkTime();
  const handled = machine.protect(handler, [answer.error]);
  return [false, 'values' in handled ? handled.values[0] : handled.error];
};

const toNumber: LibraryFunction = (args) => {
  const base = args.optionalInt(2, 10);
  const hasBase = args.get(2) !== undefined;
  const value = args.any(1);
  if (typeof value === 'number') return [value];
  if (typeof value !== 'string') return [undefined];
  const text = value.replace(/^[ \n\t]+|[ \n\t]+$/g, '');
  if (text.includes('.')) return [parseFloat64(text)];
  if (!hasBase && /^0x/i.test(text)) return [parseInteger(text.slice(2), 16)];
  return [parseInteger(text, base)];
};

const select: LibraryFunction = (args) => {
  args.oneOf(1, ['number', 'string']);
  const what = args.get(1);
  if (typeof what === 'string') {
    if (what !== '#') throw args.fault(1, `invalid string '${what}'`);
    return [args.count - 1];
  }
  const wanted = args.int(1);
  const index = wanted < 0 ? args.count + wanted : Math.min(wanted, args.count);
  if (index < 1) throw args.fault(1, 'index out of range');
  return args.from(index + 1);
};

const unpack: LibraryFunction = (args, machine) => {
  const table = args.table(1);
  const start = args.optionalInt(2, 1);
  const end = args.optionalInt(3, tableLength(machine, table));
  if (end - start >= registryMax) throw machine.error('registry overflow');
  const values: LuaValue[] = [];
  for (let index = start; index <= end; index += 1) values.push(table.at(index));
  return values;
};

const setMetatable: LibraryFunction = (args, machine) => {
  args.oneOf(2, ['nil', 'table']);
  const value = args.get(1);
  if (value === undefined) throw machine.error('cannot set metatable to a nil object.');
  if (machine.metatable(value)?.get('__metatable') !== undefined) {
    throw machine.error('cannot change a protected metatable');
  }
  const metatable = args.get(2);
  const table = metatable instanceof LuaTable ? metatable : undefined;
  if (value instanceof LuaTable || value instanceof LuaUserdata) value.metatable = table;
  else machine.typeMetatables.set(typeName(value), table);
  return [value];
};

const getMetatable: LibraryFunction = (args, machine) => {
  const table = machine.metatable(args.any(1));
  return [table?.get('__metatable') ?? table];
};

const getEnvironment: LibraryFunction = (args, machine) => {
  const value = args.count === 0 ? 1 : args.get(1);
  const fn = value instanceof LuaFunction ? value : functionAt(value, machine);
  return [fn?.environment ?? machine.globals];
};

const setEnvironment: LibraryFunction = (args, machine) => {
  const value = args.count === 0 ? 1 : args.get(1);
  const environment = args.table(2);
  if (typeof value === 'number' && value < 1) return [];
  const fn = value instanceof LuaFunction ? value : functionAt(value, machine);
  if (fn?.prototype === undefined) {
    throw machine.error('cannot change the environment of given object');
  }
  fn.environment = environment;
  return [fn];
};

function functionAt(level: LuaValue, machine: LuaMachine): LuaFunction | undefined {
  return typeof level === 'number' && level >= 1
    ? machine.scriptFrame(Math.trunc(level))?.fn
    : undefined;
}

function load(machine: LuaMachine, source: string, chunkName: string): LuaValue[] {
  try {
    machine.work(100 + source.length * 4);
    const environment = machine.scriptFrame(1)?.fn.environment ?? machine.globals;
    return [loadChunk(source, chunkName, environment)];
  } catch (error) {
    if (error instanceof LuaSyntaxError) return [undefined, error.message];
    throw error;
  }
}

const loadPieces: LibraryFunction = (args, machine) => {
  const reader = args.fn(1);
  const name = args.optionalText(2, '?');
  let source = '';
  for (;;) {
    const [piece] = machine.call(reader, []);
    if (piece === undefined) break;
    const text = asText(piece);
    if (text === undefined) return [undefined, 'reader function must return a string'];
    if (text === '') break;
    machine.allocateText(text.length);
    source += text;
  }
  return load(machine, source, name);
};

const loadText: LibraryFunction = (args, machine) =>
  load(machine, args.text(1), args.optionalText(2, '<string>'));

const loadFile: LibraryFunction = (args) => [
  undefined,
  `can not open file: ${args.count === 0 ? '<stdin>' : args.text(1)}`,
];

/** Scripts see no files. */
const doFile: LibraryFunction = (args) => {
  throw new LuaError(`open ${asText(args.get(1)) ?? ''}: no such file or directory`);
};

const next: LibraryFunction = (args, machine) => [
  ...(nextOf(machine, args.table(1), args.get(2)) ?? [undefined]),
];

/** The next key with its value; counts the places that have to be looked at. */
const nextOf: TableStep = (machine, table, key) => {
  const found = table.next(key);
  const place = found === undefined ? table.array.length : found[0];
  if (typeof place === 'number') {
    const looked = place - (typeof key === 'number' ? key : 0);
    if (looked > 16) machine.work(looked >> 4);
  }
  return found;
};

const listStep: TableStep = (_machine, table, key) => {
  const index = toInt(Number(key)) + 1;
  const value = table.at(index);
  return value === undefined ? undefined : [index, value];
};

const pairsStep = libraryFunction((args, machine) => [
  ...(nextOf(machine, args.table(1), args.get(2)) ?? []),
]);
pairsStep.tableStep = nextOf;

const ipairsStep = libraryFunction((args, machine) => [
  ...(listStep(machine, args.table(1), args.int(2)) ?? []),
]);
ipairsStep.tableStep = listStep;

function newProxy(args: Arguments, machine: LuaMachine): LuaValue[] {
  const proxy = new LuaUserdata();
  const model = args.get(1);
  if (model === true) proxy.metatable = new LuaTable();
  else if (model instanceof LuaUserdata) proxy.metatable = machine.metatable(model);
  return [proxy];
}

/** gopher-lua's base library (baselib.go), without files and with nowhere to print to. */
export const baseLibrary = library({
  assert: assertValue,
  collectgarbage: () => [],
  dofile: doFile,
  error: raise,
  getfenv: getEnvironment,
  getmetatable: getMetatable,
  ipairs: (args) => [ipairsStep, args.table(1), 0],
  load: loadPieces,
  loadfile: loadFile,
  loadstring: loadText,
  newproxy: newProxy,
  next,
  pairs: (args) => [pairsStep, args.table(1), undefined],
  pcall,
  print: () => [],
  _printregs: () => [],
  rawequal: (args) => [args.any(1) === args.any(2)],
  rawget: (args) => [args.table(1).get(args.any(2))],
  rawset: (args, machine) => {
    machine.rawSet(args.table(1), args.any(2), args.any(3));
    return [];
  },
  select,
  setfenv: setEnvironment,
  setmetatable: setMetatable,
  tonumber: toNumber,
  tostring: (args, machine) => [textOf(machine, args.any(1))],
  type: (args) => [typeName(args.any(1))],
  unpack,
  xpcall,
});
