import { plainDigits, printFloat } from './format.ts';
import { GoInt, GoList, GoMap, sortedKeys, toGoValue, type GoValue } from './go-value.ts';

/** How JSON is written. */
export interface JsonOptions {
  /** Whether `<`, `>` and `&` are escaped, as Go does unless told otherwise. */
  readonly escapeHtml: boolean;
  readonly indent?: string;
}

/** JSON as Go's encoding/json writes it: keys in order, `<`, `>` and `&` escaped. */
export function writeJson(value: GoValue, options: JsonOptions, depth = 0): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return writeText(value, options.escapeHtml);
  if (typeof value === 'number') return jsonNumber(value);
  if (value instanceof GoInt) return String(value.value);
  if (value instanceof GoList) {
    const items = value.items.map((item) => writeJson(item, options, depth + 1));
    return bracketed(['[', ']'], items, options, depth);
  }
  if (!(value instanceof GoMap)) return String(value);
  const colon = options.indent === undefined ? ':' : ': ';
  const entries = sortedKeys(value).map((key) => {
    const item = writeJson(value.entries.get(key), options, depth + 1);
    return `${writeText(key, options.escapeHtml)}${colon}${item}`;
  });
  return bracketed(['{', '}'], entries, options, depth);
}

function bracketed(
  [open, close]: readonly [string, string],
  parts: readonly string[],
  { indent }: JsonOptions,
  depth: number,
): string {
  if (indent === undefined || parts.length === 0) return `${open}${parts.join(',')}${close}`;
  const inner = `\n${indent.repeat(depth + 1)}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${indent.repeat(depth)}${close}`;
}

/** A float as Go writes it in JSON: with an exponent below 1e-6 and from 1e21 on. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${printFloat(value)}`);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) {
    return value.toExponential().replace(/e-0?([0-9])$/, 'e-$1');
  }
  return plainDigits(value);
}

function writeText(text: string, escapeHtml: boolean): string {
  const json = JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, escapeCode);
  return escapeHtml ? json.replaceAll(/[<>&]/g, escapeCode) : json;
}

function escapeCode(char: string): string {
  return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** Reads JSON. Undefined: not valid. */
export function readJson(text: string): GoValue {
  try {
    return toGoValue(JSON.parse(text));
  } catch {
    return undefined;
  }
}
