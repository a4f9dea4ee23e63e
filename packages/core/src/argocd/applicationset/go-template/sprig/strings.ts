import { printValue } from '../format.ts';
import {
  anyFunction,
  intAt,
  textAt,
  textFunction,
  type GoFunction,
  type ParameterType,
} from '../go-function.ts';
import { byteSlice, quoteText } from '../go-text.ts';
import { GoList, GoMap, type GoValue } from '../go-value.ts';
import { byteLength } from '../utf8.ts';
import {
  abbreviate,
  abbreviateBoth,
  initials,
  swapCase,
  titleCase,
  uncapitalize,
} from './words.ts';

/** Functions on texts. Source: Masterminds/sprig v3.3.0, strings.go and functions.go. */
export const stringFunctions: Readonly<Record<string, GoFunction>> = {
  trim: textFunction(1, (text) => text.trim()),
  upper: textFunction(1, (text) => text.toUpperCase()),
  lower: textFunction(1, (text) => text.toLowerCase()),
  title: textFunction(1, titleCase),
  untitle: textFunction(1, uncapitalize),
  swapcase: textFunction(1, swapCase),
  initials: textFunction(1, initials),
  nospace: textFunction(1, (text) => text.replaceAll(/[ \t\n\v\f\r]/g, '')),
  hello: textFunction(0, () => 'Hello!'),
  trimAll: textFunction(2, trimCharacters),
  trimall: textFunction(2, trimCharacters),
  trimSuffix: textFunction(2, (end, text) =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  trimPrefix: textFunction(2, (start, text) =>
    text.startsWith(start) ? text.slice(start.length) : text,
  ),
  contains: textFunction(2, (piece, text) => text.includes(piece)),
  hasPrefix: textFunction(2, (piece, text) => text.startsWith(piece)),
  hasSuffix: textFunction(2, (piece, text) => text.endsWith(piece)),
  replace: textFunction(3, (from, to, text) => text.replaceAll(from, () => to)),
  quote: rest((values) => values.map((value) => quoteText(textOf(value))).join(' ')),
  squote: rest((values) => values.map((value) => `'${printValue(value)}'`).join(' ')),
  cat: rest((values) => values.map(printValue).join(' ')),
  toString: anyFunction(1, textOf),
  toStrings: { parameters: ['any'], run: ([value]) => new GoList(textsOf(value), 'string') },
  trunc: sized(['int', 'string'], (args) => truncate(intAt(args, 0), textAt(args, 1))),
  substr: sized(['int', 'int', 'string'], (args) =>
    substring(intAt(args, 0), intAt(args, 1), textAt(args, 2)),
  ),
  repeat: sized(['int', 'string'], (args) => repeat(intAt(args, 0), textAt(args, 1))),
  indent: sized(['int', 'string'], (args) => indent(intAt(args, 0), textAt(args, 1))),
  nindent: sized(['int', 'string'], (args) => `\n${indent(intAt(args, 0), textAt(args, 1))}`),
  abbrev: sized(['int', 'string'], (args) => abbreviate(textAt(args, 1), 0, intAt(args, 0))),
  abbrevboth: sized(['int', 'int', 'string'], (args) =>
    abbreviateBoth(textAt(args, 2), intAt(args, 0), intAt(args, 1)),
  ),
  plural: sized(['string', 'string', 'int'], (args) =>
    intAt(args, 2) === 1 ? textAt(args, 0) : textAt(args, 1),
  ),
  join: sized(['string', 'any'], (args) => textsOf(args[1]).join(textAt(args, 0))),
  split: textFunction(2, (separator, text) => numbered(splitText(text, separator))),
  splitn: sized(['string', 'int', 'string'], (args) =>
    numbered(splitText(textAt(args, 2), textAt(args, 0), intAt(args, 1))),
  ),
  splitList: textFunction(2, (separator, text) => new GoList(splitText(text, separator), 'string')),
};

function sized(
  parameters: readonly ParameterType[],
  run: (args: readonly GoValue[]) => GoValue,
): GoFunction {
  return { parameters, run };
}

/** A function of any number of values; nil ones are left out. */
function rest(run: (values: readonly GoValue[]) => GoValue): GoFunction {
  return {
    parameters: [],
    rest: 'any',
    run: (args) => run(args.filter((value) => value !== null && value !== undefined)),
  };
}

/** A value as text: what it prints as. */
export function textOf(value: GoValue): string {
  return typeof value === 'string' ? value : printValue(value);
}

/** A list's elements as texts, without nil; any other value alone. */
export function textsOf(value: GoValue): string[] {
  if (value === null || value === undefined) return [];
  if (!(value instanceof GoList)) return [textOf(value)];
  return value.items.filter((item) => item !== null && item !== undefined).map(textOf);
}

function trimCharacters(characters: string, text: string): string {
  const drop = new Set(characters);
  const chars = [...text];
  const start = chars.findIndex((char) => !drop.has(char));
  const end = chars.findLastIndex((char) => !drop.has(char));
  return start < 0 ? '' : chars.slice(start, end + 1).join('');
}

function truncate(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0 && length + count > 0) return byteSlice(text, length + count);
  return count >= 0 && length > count ? byteSlice(text, 0, count) : text;
}

function substring(start: number, end: number, text: string): string {
  if (start < 0) return byteSlice(text, 0, end);
  if (end < 0 || end > byteLength(text)) return byteSlice(text, start);
  return byteSlice(text, start, end);
}

const longestRepeat = 1_000_000;

function repeat(count: number, text: string): string {
  if (count < 0) throw new Error('strings: negative Repeat count');
  if (count * text.length > longestRepeat)
    throw new Error('strings: Repeat output length overflow');
  return text.repeat(count);
}

function indent(spaces: number, text: string): string {
  const padding = repeat(spaces, ' ');
  return `${padding}${text.replaceAll('\n', `\n${padding}`)}`;
}

/** Splits as Go does: by characters where the separator is empty, into `count` parts at most. */
function splitText(text: string, separator: string, count = -1): string[] {
  if (count === 0) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function numbered(parts: readonly string[]): GoMap {
  return new GoMap(
    parts.map((part, index) => [`_${index}`, part]),
    'string',
  );
}
