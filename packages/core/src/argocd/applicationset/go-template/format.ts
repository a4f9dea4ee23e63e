import { isPrintable, quoteText } from './go-text.ts';
import { GoInt, GoList, GoMap, sortedKeys, typeName, type GoValue } from './go-value.ts';
import { UnsupportedTemplateError } from './template-error.ts';
import { toBytes } from './utf8.ts';

/** A value as Go's `fmt.Print` shows it: `%v`. */
export function printValue(value: GoValue): string {
  if (value === undefined || value === null) return '<nil>';
  if (value instanceof GoList) return `[${value.items.map(printValue).join(' ')}]`;
  if (value instanceof GoMap) {
    const entries = sortedKeys(value).map((key) => `${key}:${printValue(value.entries.get(key))}`);
    return `map[${entries.join(' ')}]`;
  }
  if (value instanceof GoInt) return String(value.value);
  return typeof value === 'number' ? printFloat(value) : String(value);
}

/** A float as `%v` shows it: the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const exponential = value.toExponential();
  const power = Number(exponential.slice(exponential.indexOf('e') + 1));
  const exponent = value !== 0 && (power < -4 || power >= 6);
  return exponent ? goExponent(exponential) : plainDigits(value);
}

/** All digits of a float, without an exponent. */
export function plainDigits(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Math.abs(value) >= 1) return String(BigInt(value));
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return value.toFixed(Math.min(100, digits.replace(/[-.]/g, '').length - 1 - Number(exponent)));
}

/** Go writes exponents with a sign and two digits at least. */
function goExponent(text: string): string {
  return text.replace(/e([+-])([0-9])$/, 'e$10$2');
}

/** Go's `fmt.Sprint`: spaces between operands when neither is text. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const apart = index > 0 && typeof before !== 'string' && typeof value !== 'string';
      return `${apart ? ' ' : ''}${printValue(value)}`;
    })
    .join('');
}

/** Go's `fmt.Sprintln`: spaces between all operands and a newline. */
export function sprintln(values: readonly GoValue[]): string {
  return `${values.map(printValue).join(' ')}\n`;
}

/** Flags, width and precision of a verb. */
interface VerbOptions {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

const directive =
  /%(?<flags>[-+# 0]*)(?<width>[0-9]*|\*)(?:\.(?<precision>[0-9]*|\*))?(?<verb>[\s\S]|$)/gu;

/** Go's `fmt.Sprintf`, without `*` and argument indexes. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let used = 0;
  let end = 0;
  const pieces: string[] = [];
  for (const match of format.matchAll(directive)) {
    pieces.push(format.slice(end, match.index));
    end = match.index + match[0].length;
    const { verb = '', ...options } = match.groups ?? {};
    const literal = literalDirective(verb, values.length - used);
    if (literal === undefined) {
      pieces.push(formatOne(verb, values[used], verbOptions(match[0], options)));
      used += 1;
    } else pieces.push(literal);
  }
  const extra = values
    .slice(used)
    .map((value) => (value === null || value === undefined ? '<nil>' : typed(value)));
  const text = `${pieces.join('')}${format.slice(end)}`;
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

/** What a directive stands for that takes no value. */
function literalDirective(verb: string, valuesLeft: number): string | undefined {
  if (verb === '%') return '%';
  if (verb === '') return '%!(NOVERB)';
  return verb !== '[' && valuesLeft <= 0 ? `%!${verb}(MISSING)` : undefined;
}

function verbOptions(
  whole: string,
  { flags = '', width = '', precision }: Readonly<Record<string, string | undefined>>,
): VerbOptions {
  if (whole.includes('*') || whole.endsWith('[')) {
    throw new UnsupportedTemplateError(`format ${quoteText(whole)} in a template`);
  }
  return {
    flags,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  };
}

function typed(value: GoValue): string {
  return `${typeName(value)}=${printValue(value)}`;
}

function formatOne(verb: string, value: GoValue, options: VerbOptions): string {
  if (verb === 'T') return pad(typeName(value), options);
  if (value === null || value === undefined) {
    return verb === 'v' ? pad('<nil>', options) : `%!${verb}(<nil>)`;
  }
  if (value instanceof GoList) {
    return `[${value.items.map((item) => formatInner(verb, item, options)).join(' ')}]`;
  }
  if (value instanceof GoMap) return formatMap(verb, value, options);
  if (verb === 'v' && options.flags.includes('#')) {
    throw new UnsupportedTemplateError('format "%#v" in a template');
  }
  if (typeof value === 'string') return formatText(verb, value, options);
  if (typeof value === 'boolean') return formatBoolean(verb, value, options);
  return value instanceof GoInt
    ? formatInteger(verb, value, options)
    : formatFloat(verb, value, options);
}

/** Within lists and maps, nil stays what it is. */
function formatInner(verb: string, value: GoValue, options: VerbOptions): string {
  if (verb === 'T') throw new UnsupportedTemplateError('format "%T" of a list in a template');
  if (value === null || value === undefined)
    return pad('<nil>', verb === 'v' ? options : noOptions);
  return formatOne(verb, value, options);
}

function formatMap(verb: string, map: GoMap, options: VerbOptions): string {
  const entries = sortedKeys(map).map(
    (key) => `${formatOne(verb, key, options)}:${formatInner(verb, map.entries.get(key), options)}`,
  );
  return `map[${entries.join(' ')}]`;
}

const noOptions: VerbOptions = { flags: '', width: 0, precision: undefined };

function badVerb(verb: string, value: GoValue, options: VerbOptions): string {
  return `%!${verb}(${typeName(value)}=${formatOne('v', value, options)})`;
}

function formatBoolean(verb: string, value: boolean, options: VerbOptions): string {
  return verb === 'v' || verb === 't' ? pad(String(value), options) : badVerb(verb, value, options);
}

function formatText(verb: string, value: string, options: VerbOptions): string {
  const { precision } = options;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut, options);
    case 'q':
      return pad(
        options.flags.includes('#') && !/[`\p{Cc}]/u.test(cut) ? `\`${cut}\`` : quoteText(cut),
        options,
      );
    case 'x':
    case 'X':
      return pad(hexBytes(cut, verb), options);
    default:
      return badVerb(verb, value, options);
  }
}

function hexBytes(text: string, verb: 'x' | 'X'): string {
  const hex = toBytes(text)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return verb === 'X' ? hex.toUpperCase() : hex;
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  v: [10, ''],
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, ''],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInteger(verb: string, { value, type }: GoInt, options: VerbOptions): string {
  const base = Object.hasOwn(bases, verb) ? bases[verb] : undefined;
  if (base === undefined) return formatCharacter(verb, new GoInt(value, type), options);
  const digits = (value < 0n ? -value : value).toString(base[0]);
  const sized = digits.padStart(options.precision ?? 0, '0');
  const cased = verb === 'X' ? sized.toUpperCase() : sized;
  const prefix = verb === 'O' ? '0o' : options.flags.includes('#') ? base[1] : '';
  const zeros = options.flags.includes('0') && options.precision === undefined;
  return padNumber({ negative: value < 0n, prefix, digits: cased }, options, zeros);
}

function formatCharacter(verb: string, integer: GoInt, options: VerbOptions): string {
  const code = Number(integer.value);
  const valid = code >= 0 && code <= 0x10ffff;
  const char = String.fromCodePoint(valid ? code : 0xfffd);
  if (verb === 'c') return pad(char, options);
  if (verb === 'q') {
    const inner = quoteText(char).slice(1, -1).replace('\\"', '"');
    return pad(`'${char === "'" ? "\\'" : inner}'`, options);
  }
  if (verb === 'U') {
    const shown = options.flags.includes('#') && isPrintable(char) ? ` '${char}'` : '';
    return pad(`U+${code.toString(16).toUpperCase().padStart(4, '0')}${shown}`, options);
  }
  return badVerb(verb, integer, options);
}

function formatFloat(verb: string, value: number, options: VerbOptions): string {
  if ('xXbG'.includes(verb)) {
    throw new UnsupportedTemplateError(`format "%${verb}" of a float in a template`);
  }
  const digits = floatDigits(verb, Math.abs(value), options.precision);
  if (digits === undefined) return badVerb(verb, value, options);
  const zeros = options.flags.includes('0') && Number.isFinite(value);
  const negative = value < 0 || Object.is(value, -0);
  return padNumber({ negative, prefix: '', digits }, options, zeros);
}

function floatDigits(
  verb: string,
  size: number,
  precision: number | undefined,
): string | undefined {
  switch (verb) {
    case 'v':
      return precision === undefined ? printFloat(size) : generalDigits(size, precision);
    case 'g':
      return precision === undefined ? printFloat(size) : generalDigits(size, precision);
    case 'f':
    case 'F':
      return fixedDigits(size, precision ?? 6);
    case 'e':
      return goExponent(size.toExponential(precision ?? 6));
    case 'E':
      return goExponent(size.toExponential(precision ?? 6)).toUpperCase();
    default:
      return undefined;
  }
}

function fixedDigits(size: number, precision: number): string {
  if (size < 1e21) return size.toFixed(Math.min(100, precision));
  const whole = Number.isFinite(size) ? String(BigInt(size)) : '+Inf';
  return precision > 0 && Number.isFinite(size) ? `${whole}.${'0'.repeat(precision)}` : whole;
}

function generalDigits(size: number, precision: number): string {
  const digits = Math.max(1, precision);
  const [mantissa = '', exponent = '0'] = size.toExponential(Math.min(100, digits - 1)).split('e');
  const power = Number(exponent);
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (power < -4 || power >= digits)
    return goExponent(`${trimmed}e${power < 0 ? '' : '+'}${power}`);
  const fixed = Number(size.toPrecision(Math.min(100, digits)));
  return plainDigits(fixed);
}

/** A number in parts, to be padded: zeros go after the sign. */
interface NumberParts {
  readonly negative: boolean;
  readonly prefix: string;
  readonly digits: string;
}

function padNumber(
  { negative, prefix, digits }: NumberParts,
  options: VerbOptions,
  zeros: boolean,
) {
  const { flags, width } = options;
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const sign = negative ? '-' : digits.startsWith('+') ? '' : plus;
  const fill = zeros && !flags.includes('-');
  const body = fill ? digits.padStart(width - sign.length - prefix.length, '0') : digits;
  return pad(`${sign}${prefix}${body}`, options);
}

function pad(text: string, { flags, width }: VerbOptions): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  const spaces = ' '.repeat(missing);
  if (flags.includes('-')) return `${text}${spaces}`;
  return flags.includes('0') ? `${'0'.repeat(missing)}${text}` : `${spaces}${text}`;
}
