import type { CronSchedule } from './cron-schedule.ts';
import { utc, type TimeZone } from './time-zone.ts';

/** A time in some zone: seconds since 1970, and what calendar and clock show there. */
interface LocalTime {
  readonly seconds: number;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
}

const hourSeconds = 3600;
const yearsMax = 5;

/**
 * The next time of a schedule after a time, both as seconds since 1970, or undefined when none comes within
 * five years. The steps are those of robfig/cron 3, so that hours which are skipped or come twice when clocks
 * change are treated as there. A schedule without a zone of its own is read in UTC.
 *
 * See `SpecSchedule.Next` in https://github.com/robfig/cron/blob/v3.0.1/spec.go.
 */
export function nextTime(schedule: CronSchedule, after: number): number | undefined {
  const { months, hours, minutes } = schedule;
  if ([months, hours, minutes].some((values) => values.length === 0)) return undefined;
  const zone = schedule.timeZone ?? utc;
  const start = localTime(after + 1, zone);
  const search: Search = { schedule, zone, hasMoved: false };
  let at = start;
  while (at.year <= start.year + yearsMax) {
    const found = findIn(search, at);
    if (found.isDone) return found.at.seconds;
    at = found.at;
  }
  return undefined;
}

interface Search {
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
  /** Whether a field was moved on; the smaller ones begin at their least then. */
  hasMoved: boolean;
}

/** Where the search stands. It is done, or has to look at the greater fields again. */
interface StepResult {
  readonly at: LocalTime;
  readonly isDone: boolean;
}

function findIn(search: Search, from: LocalTime): StepResult {
  let at = from;
  for (const step of [moveMonth, moveDay, moveHour, moveMinute, moveSecond]) {
    const moved = step(search, at);
    if (!moved.isDone) return moved;
    ({ at } = moved);
  }
  return { at, isDone: true };
}

function moveMonth(search: Search, from: LocalTime): StepResult {
  const { schedule, zone } = search;
  let at = from;
  while (!schedule.months.includes(at.month)) {
    if (!search.hasMoved) at = dateIn(zone, { ...at, day: 1, hour: 0, minute: 0, second: 0 });
    search.hasMoved = true;
    at = dateIn(zone, { ...at, month: at.month + 1 });
    if (at.month === 1) return { at, isDone: false };
  }
  return { at, isDone: true };
}

function moveDay(search: Search, from: LocalTime): StepResult {
  const { schedule, zone } = search;
  let at = from;
  while (!isDay(schedule, at)) {
    if (!search.hasMoved) at = dateIn(zone, { ...at, hour: 0, minute: 0, second: 0 });
    search.hasMoved = true;
    at = beginningOfDay(zone, at.seconds, dateIn(zone, { ...at, day: at.day + 1 }));
    if (at.day === 1) return { at, isDone: false };
  }
  return { at, isDone: true };
}

/**
 * The next day with its clock put back to midnight, where clocks were changed in between. Where that leads
 * back (Samoa has no 30 December 2011) the library never ends; here it goes on a day later.
 */
function beginningOfDay(zone: TimeZone, before: number, at: LocalTime): LocalTime {
  const hours = at.hour > 12 ? 24 - at.hour : -at.hour;
  const midnight = at.hour === 0 ? at : localTime(at.seconds + hours * hourSeconds, zone);
  return midnight.seconds > before ? midnight : localTime(before + 24 * hourSeconds, zone);
}

/** The rule of cron: with both kinds of days given, one that matches is enough. */
function isDay({ daysOfMonth, weekdays, needsBothDays }: CronSchedule, at: LocalTime): boolean {
  const inMonth = daysOfMonth.includes(at.day);
  const inWeek = weekdays.includes(at.weekday);
  return needsBothDays ? inMonth && inWeek : inMonth || inWeek;
}

function moveHour(search: Search, from: LocalTime): StepResult {
  const { schedule, zone } = search;
  let at = from;
  while (!schedule.hours.includes(at.hour)) {
    if (!search.hasMoved) at = dateIn(zone, { ...at, minute: 0, second: 0 });
    search.hasMoved = true;
    at = localTime(at.seconds + hourSeconds, zone);
    if (at.hour === 0) return { at, isDone: false };
  }
  return { at, isDone: true };
}

function moveMinute(search: Search, from: LocalTime): StepResult {
  const { schedule, zone } = search;
  let at = from;
  while (!schedule.minutes.includes(at.minute)) {
    const seconds = search.hasMoved ? at.seconds : at.seconds - mod(at.seconds, 60);
    search.hasMoved = true;
    at = localTime(seconds + 60, zone);
    if (at.minute === 0) return { at, isDone: false };
  }
  return { at, isDone: true };
}

/** Schedules name no seconds: the minute begins. */
function moveSecond(search: Search, from: LocalTime): StepResult {
  if (from.second === 0) return { at: from, isDone: true };
  search.hasMoved = true;
  const at = localTime(from.seconds + 60 - from.second, search.zone);
  return { at, isDone: false };
}

function localTime(seconds: number, zone: TimeZone): LocalTime {
  const date = new Date((seconds + zone.offsetAt(seconds)) * 1000);
  return {
    seconds,
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
  };
}

type DateFields = Omit<LocalTime, 'seconds' | 'weekday'>;

/**
 * The time that a zone's calendar and clock show so; fields may be out of range. A time that is skipped or
 * comes twice gets the offset of one of both sides, as with Go's `time.Date`.
 */
function dateIn(zone: TimeZone, at: DateFields): LocalTime {
  const local = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) / 1000;
  const guess = zone.offsetAt(local);
  const offset = guess === 0 ? 0 : zone.offsetAt(local - guess);
  return localTime(local - offset, zone);
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
