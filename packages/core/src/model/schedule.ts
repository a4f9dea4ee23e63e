/**
 * Checks of the two texts that make a sync window. Argo CD reads schedules with robfig/cron's
 * parser of five fields and durations with Go's `time.ParseDuration`.
 */

interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const weekdays = 'sun mon tue wed thu fri sat'.split(' ');

const fields: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: months },
  { name: 'day of week', min: 0, max: 6, names: weekdays },
];

/** Says what is wrong with a cron schedule, or nothing when Argo CD accepts it. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    return `"${schedule}" is a descriptor, which Argo CD does not take for a window; expected five fields (minute hour day month weekday)`;
  }
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `expected five fields (minute hour day month weekday), found ${parts[0] === '' ? 0 : parts.length}`;
  }
  for (const [index, field] of fields.entries()) {
    const fault = fieldFault(parts[index] ?? '', field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function fieldFault(text: string, field: CronField): string | undefined {
  for (const range of text.split(',')) {
    const fault = rangeFault(range, field);
    if (fault === undefined) continue;
    return `${field.name} ${fault.startsWith(`"${text}" `) ? fault : `"${text}": ${fault}`}`;
  }
  return undefined;
}

function rangeFault(range: string, field: CronField): string | undefined {
  const [span = '', step, ...more] = range.split('/');
  if (more.length > 0) return 'more than one slash';
  if (step !== undefined && !/^[1-9]\d*$/.test(step)) return `"${step}" is no step`;
  return span === '*' || span === '?' ? undefined : spanFault(span, field);
}

function spanFault(span: string, field: CronField): string | undefined {
  const ends = span.split('-');
  if (ends.length > 2) return 'more than one hyphen';
  const numbers = ends.map((end) => fieldNumber(end, field));
  const bad = numbers.findIndex((number) => number === undefined);
  if (bad !== -1) {
    return `"${ends[bad] ?? ''}" is not between ${field.min} and ${field.max}`;
  }
  const [from = 0, to = from] = numbers;
  return from > to ? `begins after it ends` : undefined;
}

function fieldNumber(text: string, field: CronField): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named !== -1) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= field.min && number <= field.max ? number : undefined;
}

const durationUnit = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/y;
const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Length of a Go duration such as `8h` or `1h30m` in seconds, or undefined when it is none. */
export function durationSeconds(duration: string): number | undefined {
  let seconds = 0;
  durationUnit.lastIndex = 0;
  while (durationUnit.lastIndex < duration.length) {
    const match = durationUnit.exec(duration);
    if (match === null) return undefined;
    seconds += Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0);
  }
  return duration === '' ? undefined : seconds;
}

/** Says what is wrong with a window's duration, or nothing. */
export function durationFault(duration: string): string | undefined {
  const seconds = durationSeconds(duration);
  if (seconds === undefined)
    return `"${duration}" is no duration; expected one such as 8h or 1h30m`;
  return seconds < 60 ? `"${duration}" is shorter than a minute` : undefined;
}

/** Whether the name is an IANA time zone that this platform knows, such as `Europe/Zurich`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
