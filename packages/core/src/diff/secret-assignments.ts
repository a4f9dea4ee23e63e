import { below, isSecretClass, noKey, type KeyInfo, type KeyJudge } from './secret-keys.ts';
import { isSecretValue } from './secret-values.ts';
import type { Span } from './spans.ts';

export interface AssignmentOptions {
  readonly judge: KeyJudge;
  /** Also reports what may hold a secret and is not looked into, such as a mapping in braces. */
  readonly isEager?: boolean;
}

/** A key before a `:` or `=` in a text. */
interface Assignment {
  readonly info: KeyInfo;
  /** Where the key begins, without quotes. */
  readonly start: number;
  /** Its separator. */
  readonly at: number;
}

const keyLengthMax = 128;
/** Deeper escaped quotes are no quotes. */
const escapesMax = 7;

/**
 * Values of keys that name a secret, in a text of any form: `key: value`, `key=value`, `"key": "value"`,
 * `--key=value`, `key: |` with lines below, lists and mappings below.
 */
export function findAssignments(text: string, options: AssignmentOptions): Span[] {
  const spans: Span[] = [];
  const separator = /[:=]/g;
  for (let match = separator.exec(text); match !== null; match = separator.exec(text)) {
    const assignment = assignmentAt(text, match.index, options.judge);
    if (assignment === undefined || !isSecretClass(assignment.info)) continue;
    const start = valueStart(text, match.index);
    if (start === undefined) continue;
    const indent = indentOf(text, assignment.start);
    const isYaml = match[0] === ':' && indent !== undefined;
    if (isYaml && isBelow(text, start)) {
      pushAll(spans, linesBelow(text, { start, indent, info: assignment.info }, options));
      continue;
    }
    const place = { isLine: indent !== undefined, hasComments: isYaml, separator: match[0] };
    const span = secretAt(text, start, { info: assignment.info, place, options });
    if (span === undefined) continue;
    spans.push(span);
    // What is within a secret is not looked at again.
    separator.lastIndex = Math.max(separator.lastIndex, span.end);
  }
  return spans;
}

/** What the key says that stands right before a place in a text; that of no key when there is none. */
export function keyBefore(text: string, at: number, judge: KeyJudge): KeyInfo {
  let end = at;
  while (end > 0 && at - end < 8 && /[ \t"'\\]/.test(text.charAt(end - 1))) end -= 1;
  const separator = text.charAt(end - 1);
  if (separator !== ':' && separator !== '=') return noKey;
  return assignmentAt(text, end - 1, judge)?.info ?? noKey;
}

function assignmentAt(text: string, at: number, judge: KeyJudge): Assignment | undefined {
  let end = at;
  while (end > 0 && at - end < 8 && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const quote = text.charCodeAt(end - 1);
  const isQuoted = quote === 34 || quote === 39;
  if (isQuoted) end = beforeQuote(text, end);
  const start = isQuoted ? quotedKeyStart(text, end, quote) : keyStart(text, end);
  if (start === end) return undefined;
  const key = text.slice(start, end);
  const isFree = isQuoted || text.charAt(at) === '=' || isFreeColon(text, { start, at }, key);
  return isFree ? { info: judge(key), start, at } : undefined;
}

/** Where what a quote closes ends: before it, and before the backslashes before it. */
function beforeQuote(text: string, end: number): number {
  let before = end - 1;
  while (end - before <= escapesMax && text.charAt(before - 1) === '\\') before -= 1;
  return before;
}

function keyStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < keyLengthMax && isKeyCode(text.charCodeAt(start - 1))) {
    start -= 1;
  }
  while (start < end && text.charAt(start) === '-') start += 1;
  return start;
}

/** A key in quotes may have any characters. */
function quotedKeyStart(text: string, end: number, quote: number): number {
  for (let start = end; start > 0 && end - start < keyLengthMax; start -= 1) {
    const before = text.charCodeAt(start - 1);
    if (before === quote) return start;
    if (before === 10) break;
  }
  return keyStart(text, end);
}

/** A colon with nothing behind it separates a key only where a word begins: not in a URL, an image or a name. */
function isFreeColon(
  text: string,
  { start, at }: { readonly start: number; readonly at: number },
  key: string,
): boolean {
  const next = text.charAt(at + 1);
  if (/^[\s"'\\]?$/.test(next)) return true;
  if (next === ':' || next === '/' || key.includes('/')) return false;
  const before = text.charAt(start - 1);
  const isImageTag = /^v?\d+\./.test(text.slice(at + 1, at + 8));
  return /^[\s{[,;&("'-]?$/.test(before) && !isImageTag;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** A letter, a digit, or one of `-`, `.`, `/`, `_`. */
function isKeyCode(code: number): boolean {
  const letter = code | 32;
  return (letter >= 97 && letter <= 122) || (code >= 45 && code <= 57) || code === 95;
}

const beforeKey = /(?:^|\n)([ \t]*(?:[-?][ \t]+)*)(?:(?:export|set|ENV|ARG)[ \t]+)?\\*["']?$/;

/** Columns before a key when nothing else stands before it on its line; undefined otherwise. */
function indentOf(text: string, start: number): number | undefined {
  const from = Math.max(0, start - 200);
  const match = beforeKey.exec(text.slice(from, start));
  const isCut = match?.index === 0 && from > 0 && !match[0].startsWith('\n');
  return match === null || isCut ? undefined : (match[1] ?? '').length;
}

interface SecretPlace {
  readonly info: KeyInfo;
  readonly place: ScalarPlace;
  readonly options: AssignmentOptions;
}

/** The scalar at a place, if it is a secret. */
function secretAt(text: string, start: number, at: SecretPlace): Span | undefined {
  const { info, place, options } = at;
  const span = scalarAt(text, start, place);
  if (span === undefined) {
    const isNothing = /^(?:\{\s*\}|\[\s*\]|$)/.test(text.slice(start, start + 16));
    return options.isEager === true && !isNothing ? { start: start - 1, end: start } : undefined;
  }
  const value = text.slice(span.start, span.end);
  return isSecretValue(info, value) && !isKeyName(info, value, options.judge) ? span : undefined;
}

/** Where a value begins; undefined when the separator is part of a comparison. */
function valueStart(text: string, at: number): number | undefined {
  let start = at + 1;
  const next = text.charAt(start);
  if (text.charAt(at) === ':' && next === '=') start += 1;
  if (text.charAt(at) === '=') {
    if (next === '=' || next === '~') return undefined;
    if (next === '>') start += 1;
  }
  while (isBlank(text.charCodeAt(start))) start += 1;
  return start;
}

/** Whether stands under `secretKey` what is the name of a key in a Secret, such as `password`. */
export function isKeyName(info: KeyInfo, value: string, judge: KeyJudge): boolean {
  if (info.class !== 'secretKey' || value.length > 64) return false;
  if (!/^(?:[a-z][a-z._-]*|[A-Z]+(?:_[A-Z]+)+)$/.test(value)) return false;
  return /key$/i.test(value) || isSecretClass(judge(value));
}

/** Whether the rest of a line says that the value stands in the lines below. */
function isBelow(text: string, start: number): boolean {
  return /^(?:[|>][-+\d]{0,2}[ \t]*)?(?:#[^\n]*)?\r?(?:\n|$)/.test(text.slice(start, start + 200));
}

function lineFrom(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}

interface ScalarPlace {
  /** The key began its line, so the value reaches to its end. */
  readonly isLine: boolean;
  readonly hasComments: boolean;
  readonly separator: string;
}

/** How LDAP and Dovecot say how a password is hashed. */
const hashScheme = /^\{[A-Z\d-]{2,20}\}\S/;

/** The scalar that begins at a place: in quotes, to the end of its line, or as one word among others. */
function scalarAt(text: string, start: number, place: ScalarPlace): Span | undefined {
  const first = text.charAt(start);
  if (/^[\r\n]?$/.test(first)) return undefined;
  const isMapping = first === '{' && place.separator === ':';
  if (isMapping && !hashScheme.test(text.slice(start, start + 32))) return undefined;
  if (first === '[') return listAt(text, start);
  const quoted = quotedAt(text, start);
  if (quoted !== undefined) return quoted;
  if (!place.isLine) return wordAt(text, start);
  const line = lineFrom(text, start);
  const comment = place.hasComments ? line.indexOf(' #') : -1;
  const value = (comment < 0 ? line : line.slice(0, comment)).trimEnd().replace(/,$/, '');
  return { start, end: start + value.length };
}

/** A list of scalars in brackets. */
function listAt(text: string, start: number): Span | undefined {
  if (/^\[\s*[{\]]/.test(text.slice(start, start + 64))) return undefined;
  const end = text.indexOf(']', start);
  return { start: start + 1, end: end < 0 ? start + lineFrom(text, start).length : end };
}

/** What is between quotes, which may themselves be escaped; undefined when there are none. */
export function quotedAt(text: string, start: number): Span | undefined {
  let at = start;
  while (at - start <= escapesMax && text.charAt(at) === '\\') at += 1;
  const quote = text.charAt(at);
  if (quote !== '"' && quote !== "'" && quote !== '`') return undefined;
  const begin = at + 1;
  const end = closingQuote(text, begin, { quote, escapes: at - start });
  return { start: begin, end: end ?? begin + lineFrom(text, begin).trimEnd().length };
}

interface Quote {
  readonly quote: string;
  /** Backslashes before it. */
  readonly escapes: number;
}

/** Where the closing quote begins: one with as many backslashes before it as the opening one has. */
function closingQuote(text: string, from: number, { quote, escapes }: Quote): number | undefined {
  let at = text.indexOf(quote, from);
  while (at >= 0) {
    let before = at;
    while (before > from && text.charAt(before - 1) === '\\') before -= 1;
    const isDoubled = quote === "'" && text.charAt(at + 1) === "'";
    if (!isDoubled && isClosing(at - before, escapes, quote)) return at - escapes;
    at = text.indexOf(quote, at + (isDoubled ? 2 : 1));
  }
  return undefined;
}

/** At no level of escaping an even number of backslashes stands for itself; deeper, exactly as many close. */
function isClosing(count: number, escapes: number, quote: string): boolean {
  if (escapes > 0) return count === escapes;
  return quote !== '"' || count % 2 === 0;
}

/** One word: to a blank, or to what separates it from the next key. */
export function wordAt(text: string, start: number): Span {
  // What stands for another value is one word with all that is in its brackets.
  const reference = /^(?:\$\([^()\n]*\)|\$?\{[^{}\n]*\}|\{\{[^{}\n]*\}\})/;
  const length = reference.exec(text.slice(start, start + 256))?.[0].length ?? 0;
  const endOfWord = /[\s;"'`<>|]|[,&)\]}](?=[\s,;"'`)\]}]|$|[\w.-]{1,64}["']?[=:])/g;
  endOfWord.lastIndex = start + length;
  return { start, end: endOfWord.exec(text)?.index ?? text.length };
}

interface Below {
  /** Where the text behind the separator begins. */
  readonly start: number;
  readonly indent: number;
  readonly info: KeyInfo;
}

interface Line {
  /** Without blanks around it. */
  readonly content: string;
  readonly start: number;
  readonly columns: number;
}

const keyLine = /^("[^"]{1,128}"|'[^']{1,128}'|[^\s:"'#,{}[\]]{1,128})[ \t]*:(?:[ \t]+(.*))?$/;

/** Values in the lines that belong to a key and stand below it: text, items, or a mapping's values. */
function linesBelow(text: string, place: Below, options: AssignmentOptions): Span[] {
  const isBlock = /^[|>]/.test(text.charAt(place.start));
  const lines: Line[] = [];
  for (const line of linesAfter(text, place.start)) {
    const isItem = /^-(?:\s|$)/.test(line.content);
    const isInside = line.columns > place.indent || (line.columns === place.indent && isItem);
    if (!isInside || (isBlock && line.columns === place.indent)) break;
    lines.push(line);
  }
  if (!isBlock) return valuesIn(text, lines, place.info, options);
  return lines.map(({ start, content }) => ({ start, end: start + content.length }));
}

function valuesIn(
  text: string,
  lines: readonly Line[],
  info: KeyInfo,
  options: AssignmentOptions,
): Span[] {
  const spans: Span[] = [];
  const childIndent = lines[0]?.columns ?? 0;
  let itemIndent: number | undefined;
  let isOpen = false;
  for (const line of lines) {
    const isChild = line.columns <= childIndent;
    if (!isChild && line.columns !== itemIndent) {
      if (isOpen) spans.push(wholeLine(line.content, line.start));
      continue;
    }
    const found = childrenOf(text, line, info, options);
    pushAll(spans, found);
    // Lines that stand further in go on with a text, with a list in the list, or a mapping in it.
    isOpen = found.length > 0 || /^-[ \t]+-/.test(line.content);
    const dashes = dashesOf(line.content);
    if (isChild && dashes > 0) itemIndent = line.columns + dashes;
  }
  return spans;
}

/** Length of the dashes before an item. */
function dashesOf(content: string): number {
  return /^(?:-[ \t]+)*/.exec(content)?.[0].length ?? 0;
}

function pushAll(spans: Span[], more: readonly Span[]): void {
  for (const span of more) spans.push(span);
}

/** Values of one line of what is below a key, and of what is below that line. */
function childrenOf(text: string, line: Line, info: KeyInfo, options: AssignmentOptions): Span[] {
  const dashes = dashesOf(line.content);
  const item = line.content.slice(dashes);
  const start = line.start + dashes;
  const [, key, value = ''] = keyLine.exec(item) ?? [];
  if (key === undefined) {
    const isText = item !== '' && !/^(?:-|#.*)$/.test(item);
    return isText && isSecretValue(info, item) ? [wholeLine(item, start)] : [];
  }
  const named = options.judge(key.replace(/^["']|["']$/g, ''));
  const own = below(info, named);
  // Keys that name a secret themselves are found by themselves.
  if (!isSecretClass(own) || isSecretClass(named)) return [];
  const at = start + item.length - value.length;
  if (/^(?:[|>]|#|$)/.test(value)) {
    const indent = line.columns + dashes;
    return linesBelow(text, { start: at, indent, info: own }, options);
  }
  return isSecretValue(own, value) ? [wholeLine(value, at)] : [];
}

/** A line's scalar, without its quotes. */
function wholeLine(content: string, start: number): Span {
  const quoted = quotedAt(content, 0);
  if (quoted === undefined) return { start, end: start + content.length };
  return { start: start + quoted.start, end: start + quoted.end };
}

/** Lines with content behind the line of a place. */
function* linesAfter(text: string, place: number): Generator<Line> {
  let at = text.indexOf('\n', place);
  while (at >= 0 && at + 1 < text.length) {
    const end = text.indexOf('\n', at + 1);
    const line = text.slice(at + 1, end < 0 ? text.length : end);
    const content = line.trim();
    const columns = line.length - line.trimStart().length;
    if (content !== '') yield { content, start: at + 1 + columns, columns };
    at = end;
  }
}
