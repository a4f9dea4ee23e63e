import { type Json, type JsonObject, protoKey } from './value.ts';

/** Malformed JSON, in the words of Go's decoder. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Something that Kubernetes takes and this server does not; the message names it. */
export class UnsupportedJsonError extends Error {
  override readonly name = 'UnsupportedJsonError';
}

/** A key that would reach an object's prototype. */
export function unsafeKey(): UnsupportedJsonError {
  return new UnsupportedJsonError(`the key "${protoKey}"`);
}

/** Whether a number would be written as it was read, so far as it is a whole one. */
export function isExact(value: number, text: string): boolean {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return true;
  return !/^-?\d+$/.test(text) || String(value) === text;
}

/** A whole number that would be answered as another one. */
export function tooLarge(number: string): UnsupportedJsonError {
  return new UnsupportedJsonError(`the number ${number}, which is beyond 2^53,`);
}

export interface ParsedJson {
  readonly value: Json;
  /** Paths of keys that came twice in one object; the last value counts. */
  readonly duplicates: readonly string[];
}

interface Reader {
  readonly text: string;
  position: number;
  readonly duplicates: string[];
}

/** Deeper nesting than this is refused, before the stack is. */
export const maxDepth = 1000;
/** Deeper nesting than this Go refuses, too. */
const goDepth = 10_000;
// eslint-disable-next-line no-control-regex -- JSON forbids just these characters in strings
const plainString = /[^"\\\u0000-\u001f]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Reads JSON, notes duplicate keys, and fails in Go's words. */
export function parseJson(text: string): ParsedJson {
  const reader: Reader = { text, position: 0, duplicates: [] };
  const value = readValue(reader, '', 0);
  skipBlanks(reader);
  if (reader.position < text.length) throw unexpected(reader, 'after top-level value');
  return { value, duplicates: reader.duplicates };
}

function skipBlanks(reader: Reader): void {
  const { text } = reader;
  for (;;) {
    const code = text.charCodeAt(reader.position);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    reader.position += 1;
  }
}

function unexpected(reader: Reader, where: string): JsonSyntaxError {
  const found = reader.text[reader.position];
  if (found === undefined) return new JsonSyntaxError('unexpected end of JSON input');
  return new JsonSyntaxError(`invalid character ${goCharacter(found)} ${where}`);
}

function goCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const quoted = JSON.stringify(character);
  return `'${quoted.slice(1, -1)}'`;
}

function readValue(reader: Reader, path: string, depth: number): Json {
  if (depth > maxDepth) throw tooDeep(reader, depth);
  skipBlanks(reader);
  const found = reader.text[reader.position];
  switch (found) {
    case '{':
      return readObject(reader, path, depth);
    case '[':
      return readArray(reader, path, depth);
    case '"':
      return readString(reader);
    case 't':
      return readWord(reader, 'true', true);
    case 'f':
      return readWord(reader, 'false', false);
    case 'n':
      return readWord(reader, 'null', null);
    default:
      return readNumber(reader);
  }
}

function tooDeep(reader: Reader, from: number): Error {
  let depth = from;
  for (const bracket of reader.text.slice(reader.position).replace(/"(?:[^"\\]|\\.)*"/gs, '')) {
    if (bracket === '[' || bracket === '{') depth += 1;
    else if (bracket === ']' || bracket === '}') depth -= 1;
    if (depth > goDepth) return new JsonSyntaxError('exceeded max depth');
  }
  return new UnsupportedJsonError(`nesting deeper than ${maxDepth}`);
}

function readWord<T extends Json>(reader: Reader, word: string, value: T): T {
  for (let index = 0; index < word.length; index += 1) {
    if (reader.text[reader.position] !== word[index]) {
      throw unexpected(reader, `in literal ${word} (expecting '${word[index] ?? ''}')`);
    }
    reader.position += 1;
  }
  return value;
}

function readNumber(reader: Reader): number {
  number.lastIndex = reader.position;
  const found = number.exec(reader.text)?.[0];
  if (found === undefined) {
    if (reader.text[reader.position] === '-') {
      reader.position += 1;
      throw unexpected(reader, 'in numeric literal');
    }
    throw unexpected(reader, 'looking for beginning of value');
  }
  reader.position += found.length;
  const value = Number(found);
  if (!isExact(value, found)) throw tooLarge(found);
  return value;
}

function readString(reader: Reader): string {
  reader.position += 1;
  let out = '';
  for (;;) {
    plainString.lastIndex = reader.position;
    const plain = plainString.exec(reader.text)?.[0] ?? '';
    reader.position += plain.length;
    out = out === '' ? plain : out + plain;
    const next = reader.text[reader.position];
    if (next === '"') {
      reader.position += 1;
      return out;
    }
    if (next !== '\\') throw unexpected(reader, 'in string literal');
    reader.position += 1;
    out += readEscape(reader);
  }
}

function readEscape(reader: Reader): string {
  const kind = reader.text[reader.position] ?? '';
  const simple = escapes[kind];
  if (simple !== undefined) {
    reader.position += 1;
    return simple;
  }
  if (kind !== 'u') throw unexpected(reader, 'in string escape code');
  const digits = reader.text.slice(reader.position + 1, reader.position + 5);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
    reader.position += 1;
    throw unexpected(reader, 'in \\u hexadecimal character escape');
  }
  reader.position += 5;
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function readArray(reader: Reader, path: string, depth: number): Json[] {
  const out: Json[] = [];
  reader.position += 1;
  skipBlanks(reader);
  if (reader.text[reader.position] === ']') {
    reader.position += 1;
    return out;
  }
  for (;;) {
    out.push(readValue(reader, `${path}[${out.length}]`, depth + 1));
    skipBlanks(reader);
    const next = reader.text[reader.position];
    if (next !== ',' && next !== ']') throw unexpected(reader, 'after array element');
    reader.position += 1;
    if (next === ']') return out;
  }
}

function readObject(reader: Reader, path: string, depth: number): JsonObject {
  const out: JsonObject = {};
  reader.position += 1;
  skipBlanks(reader);
  if (reader.text[reader.position] === '}') {
    reader.position += 1;
    return out;
  }
  for (;;) {
    readEntry(reader, out, path, depth);
    skipBlanks(reader);
    const next = reader.text[reader.position];
    if (next !== ',' && next !== '}') throw unexpected(reader, 'after object key:value pair');
    reader.position += 1;
    if (next === '}') return out;
  }
}

function readEntry(reader: Reader, out: JsonObject, path: string, depth: number): void {
  skipBlanks(reader);
  if (reader.text[reader.position] !== '"') {
    throw unexpected(reader, 'looking for beginning of object key string');
  }
  const key = readString(reader);
  if (key === protoKey) throw unsafeKey();
  skipBlanks(reader);
  if (reader.text[reader.position] !== ':') throw unexpected(reader, 'after object key');
  reader.position += 1;
  const inner = path === '' ? key : `${path}.${key}`;
  if (Object.hasOwn(out, key)) reader.duplicates.push(inner);
  out[key] = readValue(reader, inner, depth + 1);
}
