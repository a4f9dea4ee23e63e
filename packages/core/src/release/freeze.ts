import { invariant } from '../errors/tidegate-error.ts';

/** A time in which nothing is released. */
export interface FreezePeriod {
  /** A day such as `2026-12-20`, from its first moment in UTC, or a time with its offset. */
  readonly from: string;
  /** A day, to its last moment in UTC, or a time with its offset, at which the period is over. */
  readonly to: string;
  readonly reason?: string | undefined;
}

/** A period that is in force. */
export interface ActiveFreeze {
  readonly period: FreezePeriod;
  /** The first moment after it, in milliseconds since the epoch. */
  readonly endMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;
const timePattern =
  /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,9})?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d)))?$/i;
const expected =
  'expected a day such as 2026-12-20 or a time with its offset such as 2026-12-20T18:00:00+01:00';

/** Says what is wrong with a period, or nothing. */
export function freezeFault({ from, to }: FreezePeriod): string | undefined {
  const startMs = readTime(from)?.startMs;
  if (startMs === undefined) return `"from" is ${JSON.stringify(from)}; ${expected}`;
  const endMs = readTime(to)?.endMs;
  if (endMs === undefined) return `"to" is ${JSON.stringify(to)}; ${expected}`;
  return startMs < endMs
    ? undefined
    : `the period ends at ${to}, which is not after ${from}; expected "from" before "to"`;
}

/**
 * The period in force at a time; of several, the one that lasts longest from then. The periods must
 * be without fault: one that is passed over in silence would let a release through.
 */
export function activeFreeze(
  periods: readonly FreezePeriod[],
  nowMs: number,
): ActiveFreeze | undefined {
  return periods
    .map((period) => ({ period, ...readSpan(period) }))
    .filter(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs)
    .map(({ period, endMs }): ActiveFreeze => ({ period, endMs }))
    .reduce<ActiveFreeze | undefined>(
      (last, next) => (last === undefined || next.endMs > last.endMs ? next : last),
      undefined,
    );
}

/** A day lasts; a time does not. The end is the first moment that is no longer part of it. */
interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

function readSpan({ from, to }: FreezePeriod): Span {
  const startMs = readTime(from)?.startMs;
  const endMs = readTime(to)?.endMs;
  invariant(startMs !== undefined && endMs !== undefined, `freeze period ${from} to ${to}`);
  return { startMs, endMs };
}

function readTime(text: string): Span | undefined {
  const match = timePattern.exec(text);
  const [, day = '', hours, minutes, seconds, fraction = '', sign, ...offset] = match ?? [];
  const midnightMs = readDay(day);
  if (midnightMs === undefined) return undefined;
  if (hours === undefined) return { startMs: midnightMs, endMs: midnightMs + dayMs };
  const [offsetHours, offsetMinutes] = offset;
  const atMs =
    midnightMs +
    minutesMs(hours, minutes) +
    Number(seconds) * 1000 +
    // Three digits after the point, whatever there are.
    Number(`${fraction}000`.slice(1, 4)) -
    (sign === '-' ? -1 : 1) * minutesMs(offsetHours, offsetMinutes);
  return { startMs: atMs, endMs: atMs };
}

/** Midnight of a day in UTC; undefined for one that no calendar has, such as 2026-02-30. */
function readDay(day: string): number | undefined {
  const atMs = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(day) ? atMs : undefined;
}

function minutesMs(hours = '0', minutes = '0'): number {
  return (Number(hours) * 60 + Number(minutes)) * 60_000;
}
