/** Numbers as Go reads and writes them, which is how gopher-lua does. All of them are 64-bit floats. */

const intMin = -(2n ** 63n);
const intMax = 2n ** 63n - 1n;

/** Whether a number is a whole one that fits into 64 bits. */
export function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** Go's conversion of a float to an int: towards zero; what does not fit becomes the smallest. */
export function toInt(value: number): number {
  const whole = Math.trunc(value);
  return isWhole(whole) ? whole : -(2 ** 63);
}

/** A number as `tostring` shows it: whole ones as integers, others as Go's `%v`. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '0';
  if (Number.isSafeInteger(value)) return String(value);
  return isWhole(value) ? BigInt(value).toString() : shortestText(value);
}

/** Go's `%v` of a float: the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function shortestText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  // JavaScript writes numbers from 1e-6 to 1e21 without an exponent.
  const isPlain = Number(exponent) >= -4 && Number(exponent) < 6;
  return isPlain ? String(value) : withExponent(mantissa, Number(exponent));
}

/** Mantissa and exponent as Go joins them: a sign, and two digits at least. */
export function withExponent(mantissa: string, exponent: number): string {
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

/** Go's strconv.ParseInt for 64 bits; undefined where it fails. Base 0 reads prefixes and underscores. */
export function parseInteger(text: string, base: number): number | undefined {
  const match = /^([+-]?)(\w+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', body = ''] = match;
  const [digits, radix] = base === 0 ? withPrefix(body) : [body, base];
  const magnitude = digits === undefined ? undefined : unsigned(digits, radix);
  if (magnitude === undefined) return undefined;
  const value = sign === '-' ? -magnitude : magnitude;
  return value < intMin || value > intMax ? undefined : Number(value);
}

const prefixes: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]/, 16],
  [/^0[bB]/, 2],
  [/^0[oO]/, 8],
  [/^0(?=.)/, 8],
  [/^/, 10],
];

/** Digits and base of a text with a prefix such as 0x; no digits where underscores stand wrong. */
function withPrefix(body: string): [string | undefined, number] {
  const [prefix, radix] = prefixes.find(([start]) => start.test(body)) ?? [/^/, 10];
  const rest = body.replace(prefix, '');
  const isPlaced = (radix === 10 ? /^[^_]+(_[^_]+)*$/ : /^_?[^_]+(_[^_]+)*$/).test(rest);
  return [isPlaced ? rest.replaceAll('_', '') : undefined, radix];
}

function unsigned(digits: string, radix: number): bigint | undefined {
  if (radix < 2 || radix > 36 || digits === '') return undefined;
  let value = 0n;
  for (const char of digits) {
    const digit = /[\da-zA-Z]/.test(char) ? parseInt(char, 36) : Number.NaN;
    if (!(digit < radix)) return undefined;
    value = value * BigInt(radix) + BigInt(digit);
    if (value > intMax + 1n) return undefined;
  }
  return value;
}

/** Go's strconv.ParseFloat; undefined where it fails, also for what is too large. */
export function parseFloat64(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return parseHexFloat(text);
}

function parseHexFloat(text: string): number | undefined {
  const match = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole + fraction === '') return undefined;
  const digits = Number(`0x${whole}${fraction}`);
  const value = digits * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}

/** A text as a number, as arithmetic takes it; undefined where it is none. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
  return parseInteger(trimmed, 0) ?? parseFloat64(trimmed);
}
