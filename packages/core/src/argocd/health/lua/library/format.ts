import { isWhole, numberText, shortestText, toInt, withExponent } from '../numbers.ts';
import type { LuaValue } from '../table.ts';
import { plainText, typeName } from '../values.ts';

/** A verb of a format, such as `%-5.2f`. */
interface Verb {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Wider or more precise numbers and texts are cut to this, as Go does. */
const widthMax = 1_000_000;

/** What is wanted of a value is more than this library shows. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/**
 * Formats values as gopher-lua's `string.format` does, which hands them to Go's fmt.Sprintf: the verbs
 * d, i, s, q, v, f, F, e, E, g, G, x, X, o, b, c and %.
 */
export function formatValues(format: string, values: readonly LuaValue[]): string {
  let used = 0;
  return format.replace(/%[-+# 0]*\d*(?:\.\d*)?[^]?/g, (text) => {
    const verb = parseVerb(text);
    if (verb.verb === '%') return '%';
    if (verb.verb === '') return '%!(NOVERB)';
    if (used >= values.length) return `%!${verb.verb}(MISSING)`;
    used += 1;
    return formatValue(values[used - 1], bounded(verb));
  });
}

function parseVerb(text: string): Verb {
  const [, flags = '', width, precision, verb = ''] =
    /^%([-+# 0]*)(\d*)(\.\d*)?([^]?)$/.exec(text) ?? [];
  return {
    flags,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision.slice(1)),
    verb,
  };
}

function bounded(verb: Verb): Verb {
  if (verb.width > widthMax || (verb.precision ?? 0) > widthMax) {
    throw new FormatError('width or precision is too large');
  }
  return verb;
}

function formatValue(value: LuaValue, verb: Verb): string {
  if (typeof value === 'number') return formatNumber(value, verb);
  if (typeof value === 'string') return formatText(value, verb);
  if ('sv'.includes(verb.verb)) return padded(cut(plainText(value), verb), verb);
  return `%!${verb.verb}(${typeName(value)})`;
}

function formatNumber(value: number, verb: Verb): string {
  switch (verb.verb) {
    case 's':
    case 'q':
      return formatText(numberText(value), verb);
    case 'd':
    case 'i':
      return integer(toInt(value), 10, verb);
    case 'b':
      return integer(toInt(value), 2, verb);
    case 'o':
      return integer(toInt(value), 8, verb);
    case 'x':
      return integer(toInt(value), 16, verb);
    case 'X':
      return integer(toInt(value), 16, verb).toUpperCase();
    case 'c':
      return padded(String.fromCharCode(toInt(value) & 0xff), verb);
    case 'v':
      return isWhole(value) ? integer(value, 10, verb) : signed(numberText(value), verb);
    default:
      return float(value, verb);
  }
}

function integer(value: number, base: number, verb: Verb): string {
  const digits = BigInt(Math.abs(value))
    .toString(base)
    .padStart(verb.precision ?? 0, '0');
  const prefix = verb.flags.includes('#') && base === 16 ? '0x' : '';
  return signed((value < 0 ? '-' : '') + prefix + digits, verb);
}

function float(value: number, verb: Verb): string {
  const kind = verb.verb.toLowerCase();
  if (!'feg'.includes(kind)) return `%!${verb.verb}(float64=${numberText(value)})`;
  const text = Number.isFinite(value) ? finite(value, kind, verb.precision) : numberText(value);
  return signed(verb.verb === 'E' || verb.verb === 'G' ? text.toUpperCase() : text, verb);
}

function finite(value: number, kind: string, precision: number | undefined): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (kind === 'f') return sign + fixed(size, precision ?? 6);
  if (kind === 'e') return sign + exponential(size, precision ?? 6);
  return sign + general(size, precision);
}

function fixed(value: number, precision: number): string {
  if (precision <= 100 && value < 1e21) return value.toFixed(precision);
  const whole = BigInt(Math.trunc(value)).toString();
  return precision === 0 ? whole : `${whole}.${'0'.repeat(precision)}`;
}

function exponential(value: number, precision: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.min(precision, 100)).split('e');
  return withExponent(mantissa, Number(exponent));
}

/** `%g`: the shortest digits without a precision, else so many digits without zeros at the end. */
function general(value: number, precision: number | undefined): string {
  if (precision === undefined) return shortestText(value);
  const digits = Math.min(Math.max(precision, 1), 100);
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (power < -4 || power >= digits) return withExponent(withoutZeros(mantissa), power);
  return withoutZeros(value.toFixed(Math.min(Math.max(digits - 1 - power, 0), 100)));
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function signed(text: string, verb: Verb): string {
  const isSigned = text.startsWith('-') || text.startsWith('+');
  const sign = verb.flags.includes('+') ? '+' : verb.flags.includes(' ') ? ' ' : '';
  return padded(isSigned ? text : sign + text, verb, true);
}

function formatText(text: string, verb: Verb): string {
  switch (verb.verb) {
    case 'q':
      return padded(quoted(text), verb);
    case 'x':
    case 'X': {
      const hex = [...text]
        .map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'))
        .join('');
      return padded(verb.verb === 'X' ? hex.toUpperCase() : hex, verb);
    }
    case 's':
    case 'v':
    case 'd':
    case 'i':
      return padded(cut(text, verb), verb);
    default:
      return `%!${verb.verb}(string=${text})`;
  }
}

function cut(text: string, { precision }: Verb): string {
  return precision === undefined ? text : text.slice(0, precision);
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** Go's quoting of a text. */
function quoted(text: string): string {
  const body = text.replace(/["\\]|[^ -~\x80-\xff]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(2, '0');
    return shortEscapes[char] ?? `\\x${code}`;
  });
  return `"${body}"`;
}

function padded(text: string, { flags, width }: Verb, isNumber = false): string {
  const missing = width - text.length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = isNumber && /^[-+ ]/.test(text) ? text.charAt(0) : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
