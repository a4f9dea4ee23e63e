import { fromBytes, toBytes } from './utf8.ts';

/** Go's strings are bytes; these functions bring its rules to texts. */

/**
 * A part of a text, counted in bytes. Throws what Go's run time says when it is out of range.
 * Without an end, to the end of the text.
 */
export function byteSlice(text: string, start: number, end?: number): string {
  const bytes = toBytes(text);
  const to = end ?? bytes.length;
  if (to < 0) throw outOfRange(`[:${to}]`);
  if (to > bytes.length) throw outOfRange(`[:${to}] with length ${bytes.length}`);
  if (start < 0) throw outOfRange(`[${start}:]`);
  if (start > to) throw outOfRange(`[${start}:${to}]`);
  return fromBytes(bytes.slice(start, to));
}

function outOfRange(range: string): RangeError {
  return new RangeError(`runtime error: slice bounds out of range ${range}`);
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** A text in double quotes, as Go's `strconv.Quote` writes it. */
export function quoteText(text: string): string {
  return `"${[...text].map(quoteCharacter).join('')}"`;
}

function quoteCharacter(char: string): string {
  const known = escapes[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (isPrintable(char)) return char;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** What Go's `unicode.IsPrint` takes for printable: letters, marks, numbers, signs and the space. */
export function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

/** Reads a quoted Go text: in double quotes with escapes, or in backquotes. Undefined: not valid. */
export function unquoteText(quoted: string): string | undefined {
  if (quoted.startsWith('`')) return quoted.slice(1, -1).replaceAll('\r', '');
  const pieces: string[] = [];
  for (const match of quoted.slice(1, -1).matchAll(/\\[\s\S][0-9a-fA-F]{0,8}|[\s\S]/gu)) {
    if (!match[0].startsWith('\\')) {
      pieces.push(match[0]);
      continue;
    }
    const read = readEscape(match[0], '"');
    if (read === undefined) return undefined;
    pieces.push(read.text, match[0].slice(read.length));
  }
  return pieces.join('');
}

/** Reads a Go character constant such as `'a'` or `'\n'`. Undefined: not valid. */
export function unquoteCharacter(quoted: string): number | undefined {
  const inner = quoted.slice(1, -1);
  if (!inner.startsWith('\\')) {
    const chars = [...inner];
    return chars.length === 1 && inner !== "'" ? chars[0]?.codePointAt(0) : undefined;
  }
  const read = readEscape(inner, "'");
  return read?.length === inner.length ? read.text.codePointAt(0) : undefined;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Reads one escape at the beginning of a text: what it stands for, and its length. */
function readEscape(
  text: string,
  quote: string,
): { readonly text: string; readonly length: number } | undefined {
  const kind = text.charAt(1);
  if (kind === quote) return { text: quote, length: 2 };
  const simple = Object.hasOwn(simpleEscapes, kind) ? simpleEscapes[kind] : undefined;
  return simple === undefined ? readCode(text) : { text: simple, length: 2 };
}

const codeShapes = [
  { pattern: /^\\([0-7]{3})/, base: 8, max: 0xff },
  { pattern: /^\\x([0-9a-fA-F]{2})/, base: 16, max: 0xff },
  { pattern: /^\\u([0-9a-fA-F]{4})/, base: 16, max: 0xffff },
  { pattern: /^\\U([0-9a-fA-F]{8})/, base: 16, max: 0x10ffff },
];

function readCode(text: string): { readonly text: string; readonly length: number } | undefined {
  for (const { pattern, base, max } of codeShapes) {
    const [whole, digits] = pattern.exec(text) ?? [];
    if (whole === undefined || digits === undefined) continue;
    const code = parseInt(digits, base);
    return code > max ? undefined : { text: String.fromCodePoint(code), length: whole.length };
  }
  return undefined;
}
