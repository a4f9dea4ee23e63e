import { printValue } from '../format.ts';
import { anyFunction, intAt, textFunction, type GoFunction } from '../go-function.ts';
import { GoInt, GoList, type GoValue } from '../go-value.ts';

const longestSequence = 1_000_000;

/** Functions on numbers. Source: Masterminds/sprig v3.3.0, numeric.go, and spf13/cast v1.7.0. */
export const numberFunctions: Readonly<Record<string, GoFunction>> = {
  atoi: textFunction(1, (text) => new GoInt(decimal(text) ?? 0n)),
  int: anyFunction(1, (value) => new GoInt(toInteger(value))),
  int64: anyFunction(1, (value) => new GoInt(toInteger(value), 'int64')),
  float64: anyFunction(1, toFloat),
  toDecimal: anyFunction(1, (value) => new GoInt(octal(printValue(value)), 'int64')),
  add1: anyFunction(1, (value) => new GoInt(toInteger(value) + 1n, 'int64')),
  add: integers(0, (values) => values.reduce((sum, value) => sum + value, 0n)),
  mul: integers(1, (values) => values.reduce((product, value) => product * value, 1n)),
  max: integers(1, (values) => values.reduce((a, b) => (b > a ? b : a))),
  biggest: integers(1, (values) => values.reduce((a, b) => (b > a ? b : a))),
  min: integers(1, (values) => values.reduce((a, b) => (b < a ? b : a))),
  sub: anyFunction(2, (a, b) => new GoInt(toInteger(a) - toInteger(b), 'int64')),
  div: anyFunction(2, (a, b) => new GoInt(toInteger(a) / notZero(toInteger(b)), 'int64')),
  mod: anyFunction(2, (a, b) => new GoInt(toInteger(a) % notZero(toInteger(b)), 'int64')),
  maxf: floats((values) => Math.max(...values)),
  minf: floats((values) => Math.min(...values)),
  floor: anyFunction(1, (value) => Math.floor(toFloat(value))),
  ceil: anyFunction(1, (value) => Math.ceil(toFloat(value))),
  round: {
    parameters: ['any', 'int'],
    rest: 'float64',
    run: (args) => round(toFloat(args[0]), intAt(args, 1), toFloat(args[2] ?? 0.5)),
  },
  until: {
    parameters: ['int'],
    run: (args) => sequence(0, intAt(args, 0), intAt(args, 0) < 0 ? -1 : 1),
  },
  untilStep: {
    parameters: ['int', 'int', 'int'],
    run: (args) => sequence(intAt(args, 0), intAt(args, 1), intAt(args, 2)),
  },
  seq: {
    parameters: [],
    rest: 'int',
    run: (args) => sequenceText(args.map((_, at) => intAt(args, at))),
  },
};

function integers(fixed: 0 | 1, run: (values: readonly bigint[]) => bigint): GoFunction {
  return {
    parameters: fixed === 1 ? ['any'] : [],
    rest: 'any',
    run: (args) => new GoInt(run(args.map(toInteger)), 'int64'),
  };
}

function floats(run: (values: readonly number[]) => number): GoFunction {
  return { parameters: ['any'], rest: 'any', run: (args) => run(args.map(toFloat)) };
}

function notZero(value: bigint): bigint {
  if (value === 0n) throw new Error('runtime error: integer divide by zero');
  return value;
}

/** A value as an integer, 0 where it is none. */
export function toInteger(value: GoValue): bigint {
  if (value instanceof GoInt) return value.value;
  if (typeof value === 'number') return truncated(value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'string' ? (prefixed(value.replace(/\.0+$/, '')) ?? 0n) : 0n;
}

/** A float without its fraction; what does not fit 64 bits becomes the smallest integer. */
function truncated(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

/** A value as a float, 0 where it is none. */
export function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value;
  if (value instanceof GoInt) return Number(value.value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (
    typeof value !== 'string' ||
    !/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(value)
  ) {
    return 0;
  }
  return Number(value);
}

function decimal(text: string): bigint | undefined {
  return /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
}

/** Digits whose base a prefix tells: `0x`, `0b`, `0o`, or `0` for octal. */
function prefixed(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  if (!/^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/.test(digits))
    return undefined;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? -size : size;
}

function octal(text: string): bigint {
  if (!/^[+-]?[0-7]+$/.test(text)) return 0n;
  const size = BigInt(`0o${text.replace(/^[+-]/, '')}`);
  return text.startsWith('-') ? -size : size;
}

function round(value: number, places: number, roundOn: number): number {
  const power = 10 ** places;
  const digit = power * value;
  const fraction = digit - Math.trunc(digit);
  return (fraction >= roundOn ? Math.ceil(digit) : Math.floor(digit)) / power;
}

function sequence(start: number, stop: number, step: number): GoList {
  const numbers = stepped(start, stop, step).map((value) => new GoInt(value));
  return new GoList(numbers, 'int');
}

function stepped(start: number, stop: number, step: number): number[] {
  if (stop < start ? step >= 0 : step <= 0) return [];
  const count = Math.ceil((stop - start) / step);
  if (count > longestSequence) throw new Error('the sequence is too long');
  return Array.from({ length: count }, (_, index) => start + index * step);
}

function sequenceText(parameters: readonly number[]): string {
  const [first = 0, second = 0, third = 0] = parameters;
  const shapes: Readonly<Record<number, readonly [start: number, end: number, step?: number]>> = {
    1: [1, first],
    2: [first, second],
    3: [first, third, second],
  };
  const shape = shapes[parameters.length];
  if (shape === undefined) return '';
  const [start, end, step] = shape;
  const direction = end < start ? -1 : 1;
  if (direction < 0 && step !== undefined && step > 0) return '';
  return stepped(start, end + direction, step ?? direction).join(' ');
}
