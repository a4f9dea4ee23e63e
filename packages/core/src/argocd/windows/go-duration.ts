/** A duration in nanoseconds, or what Go says is wrong with the text. */
export type ParsedDuration = { readonly nanoseconds: bigint } | { readonly fault: string };

const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const greatest = 2n ** 63n;
const part = /(\d*)(?:\.(\d*))?([^\d.]*)/g;

class DurationFault extends Error {}

/**
 * Reads a duration as Go's `time.ParseDuration` does: a sign, then decimal numbers with units, such as
 * `1h30m` or `1.5h`; `0` alone needs no unit. Days are no unit.
 *
 * See https://pkg.go.dev/time#ParseDuration.
 */
export function parseGoDuration(text: string): ParsedDuration {
  try {
    return { nanoseconds: readDuration(text) };
  } catch (error) {
    if (error instanceof DurationFault) return { fault: `time: ${error.message}${quoted(text)}` };
    throw error;
  }
}

const invalid = 'invalid duration ';

function readDuration(text: string): bigint {
  const isNegative = text.startsWith('-');
  const unsigned = /^[-+]/.test(text) ? text.slice(1) : text;
  if (unsigned === '0') return 0n;
  const parts = [...unsigned.matchAll(part)].filter(([all]) => all !== '');
  if (parts.length === 0) throw new DurationFault(invalid);
  let total = 0n;
  for (const [, whole, fraction, unit] of parts) {
    total += partNanoseconds(whole ?? '', fraction ?? '', unit ?? '');
    if (total > greatest) throw new DurationFault(invalid);
  }
  if (total === greatest && !isNegative) throw new DurationFault(invalid);
  return isNegative ? -total : total;
}

function partNanoseconds(whole: string, fraction: string, unit: string): bigint {
  if (whole === '' && fraction === '') throw new DurationFault(invalid);
  if (unit === '') throw new DurationFault('missing unit in duration ');
  const size = Object.hasOwn(unitNanoseconds, unit) ? unitNanoseconds[unit] : undefined;
  if (size === undefined) {
    throw new DurationFault(`unknown unit ${quoted(unit)} in duration `);
  }
  const amount = BigInt(whole === '' ? '0' : whole) * BigInt(size);
  if (amount > greatest) throw new DurationFault(invalid);
  return amount + fractionNanoseconds(fraction, size);
}

/** Go computes the fraction with floating-point numbers and cuts off what is below a nanosecond. */
function fractionNanoseconds(fraction: string, size: number): bigint {
  // Further digits do not fit into Go's number, and it leaves them out.
  const digits = fraction.slice(0, 18);
  return BigInt(Math.trunc(Number(`0${digits}`) * (size / 10 ** digits.length)));
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
