import { asObject, byKey, type Json, type JsonObject } from '../json/value.ts';

/** How an amount is written: `1Ki`, `1k` or `1e3`. */
type Format = 'binary' | 'decimal' | 'exponent';

/** An exact quantity, in billionths, with the way in which it is written. */
export interface Amount {
  readonly nano: bigint;
  readonly format: Format;
}

/** Amounts by the names of their resources, such as `cpu` or `requests.memory`. */
export type Amounts = ReadonlyMap<string, Amount>;

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal: readonly (readonly [string, number])[] = [
  ['n', 0],
  ['u', 3],
  ['m', 6],
  ['', 9],
  ['k', 12],
  ['M', 15],
  ['G', 18],
  ['T', 21],
  ['P', 24],
  ['E', 27],
];
const one = 10n ** 9n;

export const zero: Amount = { nano: 0n, format: 'decimal' };

/** A whole number as an amount. */
export function whole(count: number): Amount {
  return { nano: BigInt(count) * one, format: 'decimal' };
}

/** Reads a quantity such as `500m` or `1Gi`; what is smaller than a billionth is rounded up. Undefined when it is none. */
export function parseAmount(value: Json | undefined): Amount | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, sign = '', integer = '', fraction = '', suffix = ''] = pattern.exec(text) ?? [];
  if (integer + fraction === '') return undefined;
  const digits = BigInt(integer + fraction);
  const power = binary.indexOf(suffix);
  const scale = (power > 0 ? 9 : nanoPower(suffix)) - fraction.length;
  const factor = power > 0 ? 1024n ** BigInt(power) : 1n;
  const nano = scaled(digits * factor, scale);
  return { nano: sign === '-' ? -nano : nano, format: formatOf(suffix, power) };
}

function formatOf(suffix: string, power: number): Format {
  if (power > 0) return 'binary';
  return /^[eE]./.test(suffix) ? 'exponent' : 'decimal';
}

function nanoPower(suffix: string): number {
  if (/^[eE]./.test(suffix)) return Number(suffix.slice(1)) + 9;
  return decimal.find(([name]) => name === suffix)?.[1] ?? 9;
}

function scaled(digits: bigint, scale: number): bigint {
  if (scale >= 0) return digits * 10n ** BigInt(scale);
  const divisor = 10n ** BigInt(-scale);
  return (digits + divisor - 1n) / divisor;
}

/** Writes an amount as Kubernetes does: the largest suffix that loses nothing. */
export function formatAmount({ nano, format }: Amount): string {
  if (format === 'binary' && nano % one === 0n && abs(nano) >= 1024n * one)
    return formatBinary(nano / one);
  let digits = nano;
  let exponent = 0;
  while (digits !== 0n && digits % 1000n === 0n && exponent < 27) {
    digits /= 1000n;
    exponent += 3;
  }
  if (digits === 0n) return '0';
  if (format === 'exponent') return exponent === 9 ? `${digits}` : `${digits}e${exponent - 9}`;
  return `${digits}${decimal.find(([, power]) => power === exponent)?.[0] ?? ''}`;
}

function formatBinary(bytes: bigint): string {
  let [number, step] = [bytes, 0];
  while (step < binary.length - 1 && number % 1024n === 0n) {
    number /= 1024n;
    step += 1;
  }
  return `${number}${binary[step] ?? ''}`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** An amount rounded up to a whole number. */
export function roundedUp(amount: Amount): Amount {
  const rest = amount.nano % one;
  return rest <= 0n ? amount : { ...amount, nano: amount.nano - rest + one };
}

/** The sum is written as the first amount is, unless that is nothing. */
export function addAmount(a: Amount, b: Amount): Amount {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** A list of resources of an object, such as `limits` or `hard`. */
export function readAmounts(value: Json | undefined): Amounts {
  const amounts = new Map<string, Amount>();
  for (const [name, entry] of Object.entries(asObject(value))) {
    const amount = parseAmount(entry);
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

/** Amounts as an object carries them, sorted by name. */
export function writeAmounts(amounts: Amounts): JsonObject {
  return Object.fromEntries(
    sortedAmounts(amounts).map(([name, amount]) => [name, formatAmount(amount)]),
  );
}

export function sortedAmounts(amounts: Amounts): [string, Amount][] {
  return [...amounts].sort(([a], [b]) => byKey(a, b));
}

/** All that is in either list, added up. */
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, addAmount(sum.get(name) ?? zero, amount));
  return sum;
}

/** The greater of each. */
export function maxAmounts(a: Amounts, b: Amounts): Amounts {
  const most = new Map(a);
  for (const [name, amount] of b) {
    const other = most.get(name);
    if (other === undefined || amount.nano > other.nano) most.set(name, amount);
  }
  return most;
}

/** What `a` has more than `b`, never below nothing. */
export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  const rest = new Map<string, Amount>();
  for (const [name, amount] of a) {
    const left = amount.nano - (b.get(name)?.nano ?? 0n);
    rest.set(name, { ...amount, nano: left < 0n ? 0n : left });
  }
  return rest;
}

/** Only the amounts with these names. */
export function maskAmounts(amounts: Amounts, names: Iterable<string>): Amounts {
  const kept = new Set(names);
  return new Map([...amounts].filter(([name]) => kept.has(name)));
}

export function sameAmounts(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([name, amount]) => b.get(name)?.nano === amount.nano);
}
