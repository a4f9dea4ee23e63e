import { quoteText, unquoteCharacter } from './go-text.ts';
import type { NumberNode } from './nodes.ts';
import { UnsupportedTemplateError } from './template-error.ts';
import type { Token } from './tokens.ts';

const limits = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Reads a number as Go's templates do, or says what is wrong. */
export function readNumber({ kind, text, position }: Token): NumberNode | { error: string } {
  if (kind === 'charConstant') {
    const code = unquoteCharacter(text);
    if (code === undefined) return { error: `malformed character constant: ${text}` };
    return { kind: 'number', position, text, integer: BigInt(code), float: code };
  }
  if (kind === 'complex' || text.endsWith('i')) {
    throw new UnsupportedTemplateError(`complex number ${text} in a template`);
  }
  const integer = readInteger(text);
  if (integer === 'tooLarge') return { error: `integer overflow: ${quoteText(text)}` };
  if (integer !== undefined) {
    return { kind: 'number', position, text, integer, float: Number(integer) };
  }
  const float = readFloat(text);
  if (float === undefined) return { error: `illegal number syntax: ${quoteText(text)}` };
  const whole = Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined;
  return { kind: 'number', position, text, integer: whole, float };
}

const digitsOfBase: readonly (readonly [RegExp, string])[] = [
  [/^0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*$/, ''],
  [/^0[bB]_?[01]+(?:_[01]+)*$/, ''],
  [/^0[oO]_?[0-7]+(?:_[0-7]+)*$/, ''],
  // A leading zero means octal.
  [/^0_?[0-7]+(?:_[0-7]+)*$/, '0o'],
  [/^(?:0|[1-9](?:_?[0-9]+)*)$/, ''],
];

function readInteger(text: string): bigint | 'tooLarge' | undefined {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  const base = digitsOfBase.find(([pattern]) => pattern.test(digits));
  if (base === undefined) return undefined;
  const plain = digits.replaceAll('_', '');
  const size = BigInt(base[1] === '' ? plain : `${base[1]}${plain.slice(1)}`);
  const value = negative ? -size : size;
  return value < limits.min || value > limits.max ? 'tooLarge' : value;
}

function readFloat(text: string): number | undefined {
  if (/^[+-]?0[xX]/.test(text)) {
    throw new UnsupportedTemplateError(`hexadecimal float ${text} in a template`);
  }
  const plain = text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, '');
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}
