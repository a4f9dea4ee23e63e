import { loadTimeZone, type TimeZone } from './time-zone.ts';

/** A schedule of five fields. The lists hold the values that match. */
export interface CronSchedule {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
  /** Whether both kinds of days must match: one of them was given as a star. Else one is enough. */
  readonly needsBothDays: boolean;
  /** The zone that the schedule itself names; else it is read in the zone of who asks. */
  readonly timeZone: TimeZone | undefined;
}

/** A schedule, or what robfig/cron says is wrong with it. */
export type ParsedSchedule = { readonly schedule: CronSchedule } | { readonly fault: string };

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const weekdayNames = 'sun mon tue wed thu fri sat'.split(' ');

const fields = {
  minutes: { min: 0, max: 59, names: [] },
  hours: { min: 0, max: 23, names: [] },
  daysOfMonth: { min: 1, max: 31, names: [] },
  months: { min: 1, max: 12, names: monthNames },
  weekdays: { min: 0, max: 6, names: weekdayNames },
} satisfies Record<string, Field>;

class ScheduleFault extends Error {}

/**
 * Reads a schedule as Argo CD 3.5.1 lets robfig/cron 3 read that of a sync window: minute, hour, day of month,
 * month, weekday; no seconds and no descriptors such as `@daily`. In front may stand `TZ=` or `CRON_TZ=` and a
 * zone.
 *
 * See `SyncWindow.active` in https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 * and https://pkg.go.dev/github.com/robfig/cron/v3.
 */
export function parseSchedule(text: string): ParsedSchedule {
  try {
    return { schedule: readSchedule(text) };
  } catch (error) {
    if (error instanceof ScheduleFault) return { fault: error.message };
    throw error;
  }
}

function readSchedule(text: string): CronSchedule {
  if (text === '') throw new ScheduleFault('empty spec string');
  const { timeZone, spec } = splitZone(text);
  if (spec.startsWith('@')) {
    throw new ScheduleFault(`parser does not accept descriptors: ${spec}`);
  }
  const parts = spec.split(/[\s\u0085]+/).filter((part) => part !== '');
  if (parts.length !== 5) {
    const found = `[${parts.join(' ')}]`;
    throw new ScheduleFault(`expected exactly 5 fields, found ${parts.length}: ${found}`);
  }
  const [minute = '', hour = '', dayOfMonth = '', month = '', weekday = ''] = parts;
  const minutes = readField(minute, fields.minutes);
  const hours = readField(hour, fields.hours);
  const daysOfMonth = readField(dayOfMonth, fields.daysOfMonth);
  const months = readField(month, fields.months);
  const weekdays = readField(weekday, fields.weekdays);
  return {
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: daysOfMonth.values,
    months: months.values,
    weekdays: weekdays.values,
    needsBothDays: daysOfMonth.hasStar || weekdays.hasStar,
    timeZone,
  };
}

function splitZone(text: string): { timeZone: TimeZone | undefined; spec: string } {
  const prefix = /^(?:CRON_)?TZ=/.exec(text)?.[0];
  if (prefix === undefined) return { timeZone: undefined, spec: text };
  const end = text.indexOf(' ');
  // The library fails on the missing blank with a run-time error.
  if (end === -1) throw new ScheduleFault('slice bounds out of range');
  const name = text.slice(prefix.length, end);
  const timeZone = loadTimeZone(name);
  if (timeZone === undefined) {
    throw new ScheduleFault(`provided bad location ${name}: unknown time zone ${name}`);
  }
  // A schedule in local time is one that names no zone.
  return { timeZone: name === 'Local' ? undefined : timeZone, spec: text.slice(end).trim() };
}

interface FieldValues {
  readonly values: readonly number[];
  readonly hasStar: boolean;
}

/** A field is a list of ranges; empty ones are left out, so that a field may match nothing. */
function readField(text: string, field: Field): FieldValues {
  const ranges = text.split(',').filter((range) => range !== '');
  const read = ranges.map((range) => readRange(range, field));
  const values = new Set(read.flatMap((range) => range.values));
  return {
    values: [...values].sort((left, right) => left - right),
    hasStar: read.some(({ hasStar }) => hasStar),
  };
}

/** `*`, `?`, `3`, `mon`, `1-5`, each with `/` and a step; a number with a step goes on to the greatest. */
function readRange(text: string, field: Field): FieldValues {
  const [span = '', stepText, ...more] = text.split('/');
  const { start, end, isStar } = readSpan(text, span, stepText !== undefined, field);
  if (more.length > 0) throw new ScheduleFault(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : readNumber(stepText, []);
  checkRange({ start, end, step }, field, text);
  const count = Math.floor((end - start) / step) + 1;
  const values = Array.from({ length: count }, (_, index) => start + index * step);
  return { values, hasStar: isStar && step === 1 };
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly isStar: boolean;
}

function readSpan(text: string, span: string, hasStep: boolean, field: Field): Span {
  const [low = '', high, ...rest] = span.split('-');
  if (low === '*' || low === '?') return { start: field.min, end: field.max, isStar: true };
  const start = readNumber(low, field.names);
  if (rest.length > 0) throw new ScheduleFault(`too many hyphens: ${text}`);
  if (high !== undefined) return { start, end: readNumber(high, field.names), isStar: false };
  return { start, end: hasStep ? field.max : start, isStar: false };
}

function checkRange(
  { start, end, step }: { start: number; end: number; step: number },
  { min, max }: Field,
  text: string,
): void {
  if (start < min) {
    throw new ScheduleFault(`beginning of range (${start}) below minimum (${min}): ${text}`);
  }
  if (end > max) {
    throw new ScheduleFault(`end of range (${end}) above maximum (${max}): ${text}`);
  }
  if (start > end) {
    throw new ScheduleFault(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  }
  if (step === 0) throw new ScheduleFault(`step of range should be a positive number: ${text}`);
}

const greatestInt = 9_223_372_036_854_775_807n;

function readNumber(text: string, names: readonly string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + (names === monthNames ? 1 : 0);
  const failed = `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}`;
  if (!/^[-+]?\d+$/.test(text)) throw new ScheduleFault(`${failed}: invalid syntax`);
  const number = BigInt(text.replace('+', ''));
  if (number > greatestInt || number < -greatestInt - 1n) {
    throw new ScheduleFault(`${failed}: value out of range`);
  }
  if (number < 0n) throw new ScheduleFault(`negative number (${number}) not allowed: ${text}`);
  return Number(number);
}
