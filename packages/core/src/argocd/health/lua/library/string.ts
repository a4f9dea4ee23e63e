import { fromBytes, toBytes } from '../../../globs/utf8.ts';
import { LuaFunction } from '../function.ts';
import type { LuaMachine } from '../machine.ts';
import { LuaTable, type LuaValue } from '../table.ts';
import { asText, isTruthy } from '../values.ts';
import {
  fill,
  library,
  libraryFunction,
  type Arguments,
  type LibraryFunction,
} from './arguments.ts';
import { formatValues, FormatError } from './format.ts';
import { findMatches, type Match } from './match.ts';
import { PatternError } from './pattern.ts';

/** Index from 1, or from the end below 0, as an offset from 0. */
function offsetOf(text: string, index: number, isStart: boolean): number {
  const shifted = isStart && index !== 0 ? index - 1 : index;
  const offset = Math.max(shifted < 0 ? text.length + shifted + 1 : shifted, 0);
  return isStart ? offset : Math.min(offset, text.length);
}

function search(
  machine: LuaMachine,
  pattern: string,
  where: { text: string; start: number; limit: number },
): Match[] {
  try {
    return findMatches(pattern, { ...where, tick: () => machine.tick() });
  } catch (error) {
    if (error instanceof PatternError) throw machine.error(error.message);
    throw error;
  }
}

/** What a match gives: its captures, or all of it where it has none. */
function capturesOf(match: Match, text: string): LuaValue[] {
  return match.captures.length > 0 ? [...match.captures] : [text.slice(match.start, match.end)];
}

const find: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const pattern = args.text(2);
  if (pattern === '') return [1, 0];
  const start = offsetOf(text, args.optionalInt(3, 1), true);
  if (args.count === 4 && isTruthy(args.get(4))) {
    const at = start > text.length ? -1 : text.indexOf(pattern, start);
    return at < 0 ? [undefined] : [at + 1, at + pattern.length];
  }
  const [match] = search(machine, pattern, { text, start, limit: 1 });
  return match === undefined ? [undefined] : [match.start + 1, match.end, ...match.captures];
};

const matchText: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const pattern = args.text(2);
  const index = args.optionalInt(3, 1);
  const start = Math.max((index < 0 ? text.length + index + 1 : index) - 1, 0);
  const [match] = search(machine, pattern, { text, start, limit: 1 });
  return match === undefined ? [] : capturesOf(match, text);
};

const gmatch: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const matches = search(machine, args.text(2), { text, start: 0, limit: -1 });
  let next = 0;
  const step = libraryFunction(() => {
    const match = matches[next];
    next += 1;
    return match === undefined ? [] : capturesOf(match, text);
  });
  return [step];
};

const gsub: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const pattern = args.text(2);
  args.oneOf(3, ['string', 'table', 'function']);
  const replacement = args.any(3);
  const matches = search(machine, pattern, { text, start: 0, limit: args.optionalInt(4, -1) });
  let result = '';
  let at = 0;
  for (const match of matches) {
    const piece = text.slice(at, match.start) + replaced(machine, replacement, { match, text });
    machine.allocateText(result.length + piece.length - (result.length >> 1));
    result += piece;
    at = match.end;
  }
  return [result + text.slice(at), matches.length];
};

function replaced(
  machine: LuaMachine,
  replacement: LuaValue,
  { match, text }: { match: Match; text: string },
): string {
  const whole = text.slice(match.start, match.end);
  if (typeof replacement === 'string') {
    return replacement.replace(/%([^])/g, (all, char: string) => {
      if (char === '%') return '%';
      if (!/\d/.test(char)) return all;
      return captured(machine, match, { whole, number: Number(char) });
    });
  }
  const captures = capturesOf(match, text);
  const value =
    replacement instanceof LuaFunction
      ? machine.call(replacement, captures)[0]
      : machine.index(replacement, captures[0]);
  return isTruthy(value) ? (asText(value) ?? '') : whole;
}

function captured(
  machine: LuaMachine,
  match: Match,
  { whole, number }: { whole: string; number: number },
): string {
  if (number === 0) return whole;
  const capture = match.captures[number - 1];
  if (capture !== undefined) return String(capture);
  if (number === 1) return whole;
  throw machine.error('invalid capture index');
}

function byte(args: Arguments): LuaValue[] {
  const text = args.text(1);
  const first = args.optionalInt(2, 1) - 1;
  const last = args.optionalInt(3, -1);
  const start = first < 0 ? text.length + first + 1 : first;
  const end = last < 0 ? text.length + last + 1 : last;
  if (args.count === 2) {
    return start < 0 || start >= text.length ? [] : [text.charCodeAt(start)];
  }
  const slice = text.slice(Math.max(start, 0), Math.max(Math.min(end, text.length), 0));
  return [...slice].map((char) => char.charCodeAt(0));
}

const char: LibraryFunction = (args) => [
  args.from(1).reduce<string>((text, _value, index) => {
    return text + String.fromCharCode(args.int(index + 1) & 0xff);
  }, ''),
];

const rep: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const count = args.int(2);
  if (count < 1) return [''];
  machine.allocateText(text.length * count);
  return [text.repeat(count)];
};

const format: LibraryFunction = (args, machine) => {
  const text = args.text(1);
  const verbs = text.split('%').length - text.split('%%').length;
  try {
    const result = formatValues(text, args.from(2).slice(0, Math.max(verbs, 0)));
    machine.allocateText(result.length);
    return [result];
  } catch (error) {
    if (error instanceof FormatError) throw machine.error(error.message);
    throw error;
  }
};

function sub(args: Arguments): LuaValue[] {
  const text = args.text(1);
  const start = offsetOf(text, args.int(2), true);
  const end = offsetOf(text, args.optionalInt(3, -1), false);
  return [start >= text.length || end < start ? '' : text.slice(start, end)];
}

/** Changes the letters of a text, of all alphabets. */
function letters(change: (text: string) => string): LibraryFunction {
  return (args) => {
    const text = args.text(1);
    return [/[^ -~\t\n\r]/.test(text) ? toBytes(change(fromBytes(text))) : change(text)];
  };
}

const stringLibrary = library({
  byte,
  char,
  dump: (_args, machine) => {
    throw machine.error('GopherLua does not support the string.dump');
  },
  find,
  format,
  gfind: gmatch,
  gmatch,
  gsub,
  len: (args) => [args.text(1).length],
  lower: letters((text) => text.toLowerCase()),
  match: matchText,
  rep,
  reverse: (args) => [[...args.text(1)].reverse().join('')],
  sub,
  upper: letters((text) => text.toUpperCase()),
});

/** gopher-lua's string library (stringlib.go), which is also the metatable of texts. */
export function openString(machine: LuaMachine): LuaTable {
  const table = fill(new LuaTable(), stringLibrary);
  table.set('__index', table);
  machine.typeMetatables.set('string', table);
  return table;
}
