import type { LuaMachine } from '../machine.ts';
import { LuaTable, type LuaValue } from '../table.ts';
import { fill, library, libraryFunction, type LibraryFunction } from './arguments.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (value: number): string => String(value).padStart(2, '0');

/** What follows `%` in a format, with gopher-lua's own reading of it. The zone is always UTC. */
const fields: Readonly<Record<string, (at: Date) => string>> = {
  a: () => 'mon',
  A: (at) => days[at.getUTCDay()] ?? '',
  b: (at) => (months[at.getUTCMonth()] ?? '').slice(0, 3),
  B: (at) => months[at.getUTCMonth()] ?? '',
  c: (at) => `${dayText(at)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`,
  d: (at) => two(at.getUTCDate()),
  F: (at) => `${yearText(at)}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`,
  H: (at) => two(at.getUTCHours()),
  I: (at) => two(at.getUTCHours() % 12 || 12),
  m: (at) => two(at.getUTCMonth() + 1),
  M: (at) => two(at.getUTCMinutes()),
  p: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: (at) => (at.getUTCHours() < 12 ? 'am' : 'pm'),
  S: (at) => two(at.getUTCSeconds()),
  w: (at) => String(at.getUTCDay()),
  x: (at) =>
    `${two(at.getUTCHours() % 12 || 12)}/${two(at.getUTCMinutes())}/${two(at.getUTCSeconds())}`,
  X: (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
  y: (at) => yearText(at).slice(-2),
  Y: (at) => yearText(at),
  z: () => '+0000',
  Z: () => 'UTC',
};

function yearText(at: Date): string {
  return String(at.getUTCFullYear()).padStart(4, '0');
}

function dayText(at: Date): string {
  const month = (months[at.getUTCMonth()] ?? '').slice(0, 3);
  return `${two(at.getUTCDate())} ${month} ${yearText(at).slice(-2)}`;
}

const time: LibraryFunction = (args, machine) => {
  if (args.count === 0) return [Math.floor(machine.time())];
  const table = args.table(1);
  const field = (name: string, standard: number): number => {
    const value = table.get(name);
    return typeof value === 'number' ? Math.trunc(value) : standard;
  };
  const at = new Date(0);
  at.setUTCFullYear(field('year', -1), field('month', -1) - 1, field('day', -1));
  at.setUTCHours(field('hour', 12), field('min', 0), field('sec', 0));
  return [Math.floor(at.getTime() / 1000)];
};

const date: LibraryFunction = (args, machine) => {
  const format = args.count === 0 ? '%c' : args.text(1).replace(/^!+/, '');
  const seconds = args.count >= 2 ? args.int(2) : Math.floor(machine.time());
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) throw machine.error('time is out of range');
  if (format.startsWith('*t')) return [dateTable(at)];
  return [
    format.replace(/%([^])/g, (all, char: string) =>
      char === '%' ? '%' : (fields[char]?.(at) ?? all),
    ),
  ];
};

function dateTable(at: Date): LuaTable {
  const table = new LuaTable();
  table.set('year', at.getUTCFullYear());
  table.set('month', at.getUTCMonth() + 1);
  table.set('day', at.getUTCDate());
  table.set('hour', at.getUTCHours());
  table.set('min', at.getUTCMinutes());
  table.set('sec', at.getUTCSeconds());
  table.set('wday', at.getUTCDay() + 1);
  table.set('yday', 0);
  table.set('isdst', false);
  return table;
}

/** Argo CD's own os library (util/lua/oslib_safe.go): time and date only. */
const safeLibrary = library({ time, date });

/** Loads the safe library where a script requires `os`. */
export const safeOsLoader = libraryFunction(() => [fill(new LuaTable(), safeLibrary)]);

/** gopher-lua's own os library, of which scripts may use what harms nothing. */
export function openOs(machine: LuaMachine): LuaTable {
  const started = machine.time();
  const harmless = library({
    clock: () => [machine.time() - started],
    difftime: (args) => [args.number(1) - args.number(2)],
    getenv: (): LuaValue[] => [undefined],
  });
  return fill(fill(new LuaTable(), safeLibrary), harmless);
}
