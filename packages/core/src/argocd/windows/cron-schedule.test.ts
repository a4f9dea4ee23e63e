import { describe, expect, test } from 'vitest';
import { parseSchedule } from './cron-schedule.ts';
import { nextTime } from './next-time.ts';

function next(schedule: string, after: string): string | undefined {
  const parsed = parseSchedule(schedule);
  if ('fault' in parsed) return parsed.fault;
  const seconds = nextTime(parsed.schedule, Math.floor(Date.parse(after) / 1000));
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().slice(0, 16);
}

describe('the next time', () => {
  test.each<[string, string, string | undefined]>([
    ['0 6 * * *', '2025-05-05T06:00:00Z', '2025-05-06T06:00'],
    ['0 6 * * *', '2025-05-05T05:59:59Z', '2025-05-05T06:00'],
    ['*/20 9-10 * * *', '2025-05-05T09:41:00Z', '2025-05-05T10:00'],
    ['50/5 * * * *', '2025-05-05T09:51:00Z', '2025-05-05T09:55'],
    ['0 0 1 jan ?', '2025-05-05T00:00:00Z', '2026-01-01T00:00'],
    ['0 0 * * SUN', '2025-05-05T00:00:00Z', '2025-05-11T00:00'],
    ['0 0 29 2 *', '2025-05-05T00:00:00Z', '2028-02-29T00:00'],
    ['0 0 30 2 *', '2025-05-05T00:00:00Z', undefined],
    ['0 0 31 * *', '2025-05-31T00:00:00Z', '2025-07-31T00:00'],
    [', * * * *', '2025-05-05T00:00:00Z', undefined],
    ['5,,10 0 * * *', '2025-05-05T00:05:00Z', '2025-05-05T00:10'],
    ['0 0 *-9 * *', '2025-05-05T00:00:00Z', '2025-05-06T00:00'],
    ['+7 0 * * *', '2025-05-05T00:00:00Z', '2025-05-05T00:07'],
  ])('%s after %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });
});

describe('days of the month and of the week', () => {
  // 9 May 2025 is a Friday.
  test.each<[string, string]>([
    ['0 0 20 * fri', '2025-05-09T00:00'],
    ['0 0 7 * fri', '2025-05-07T00:00'],
    ['0 0 * * fri', '2025-05-09T00:00'],
    ['0 0 20 * *', '2025-05-20T00:00'],
    // A star with a step above one is a list of days: one of both is enough.
    ['0 0 */6 * fri', '2025-05-07T00:00'],
    ['0 0 */1 * fri', '2025-05-09T00:00'],
    // A star in a list is still a star: both must match.
    ['0 0 20,* * fri', '2025-05-09T00:00'],
  ])('%s', (schedule, expected) => {
    expect(next(schedule, '2025-05-05T12:00:00Z')).toBe(expected);
  });
});

describe('schedules with a zone of their own', () => {
  test.each<[string, string, string]>([
    ['TZ=Europe/Zurich 0 10 * * *', '2025-07-01T00:00:00Z', '2025-07-01T08:00'],
    ['CRON_TZ=Europe/Zurich 0 10 * * *', '2025-01-01T00:00:00Z', '2025-01-01T09:00'],
    // 02:30 is skipped on 30 March 2025 and comes twice on 26 October 2025.
    ['TZ=Europe/Zurich 30 2 * * *', '2025-03-29T12:00:00Z', '2025-03-31T00:30'],
    ['TZ=Europe/Zurich 30 2 * * *', '2025-10-26T00:30:00Z', '2025-10-26T01:30'],
    // No midnight on 4 November 2018.
    ['TZ=America/Sao_Paulo 0 0 * * *', '2018-11-03T12:00:00Z', '2018-11-05T02:00'],
    ['TZ=Local 0 10 * * *', '2025-07-01T00:00:00Z', '2025-07-01T10:00'],
    // Samoa had no 30 December 2011, where the library never ends.
    ['TZ=Pacific/Apia 0 12 5 1 *', '2011-12-29T12:00:00Z', '2012-01-04T22:00'],
  ])('%s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });
});

test.each<[string, string]>([
  ['', 'empty spec string'],
  ['@hourly', 'parser does not accept descriptors: @hourly'],
  ['0 0 * *', 'expected exactly 5 fields, found 4: [0 0 * *]'],
  ['60 0 * * *', 'end of range (60) above maximum (59): 60'],
  ['0 0 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['0 5-3 * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['0 0 * mon *', 'failed to parse int from mon: strconv.Atoi: parsing "mon": invalid syntax'],
  ['TZ=Mars/Base 0 0 * * *', 'provided bad location Mars/Base: unknown time zone Mars/Base'],
  ['TZ=UTC', 'slice bounds out of range'],
])('%j is refused', (schedule, fault) => {
  expect(parseSchedule(schedule)).toEqual({ fault });
});
