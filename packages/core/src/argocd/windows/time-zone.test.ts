import { expect, test } from 'vitest';
import { parseMoment } from './instant.ts';
import { loadTimeZone } from './time-zone.ts';

const summer = Date.parse('2025-07-01T00:00:00Z') / 1000;
const winter = Date.parse('2025-01-01T00:00:00Z') / 1000;

test.each<[string, number, number]>([
  ['', 0, 0],
  ['UTC', 0, 0],
  ['Local', 0, 0],
  ['Europe/Zurich', 3600, 7200],
  ['Asia/Kolkata', 19_800, 19_800],
  ['US/Pacific', -28_800, -25_200],
  ['Etc/GMT+5', -18_000, -18_000],
  ['EST5EDT', -18_000, -14_400],
])('%s', (name, inWinter, inSummer) => {
  const zone = loadTimeZone(name);
  expect(zone?.offsetAt(winter)).toBe(inWinter);
  expect(zone?.offsetAt(summer)).toBe(inSummer);
});

test.each([
  'europe/zurich',
  'EUROPE/ZURICH',
  'US/PACIFIC',
  'utc',
  '+02:00',
  '../UTC',
  'Nowhere/Else',
])('%s is no zone', (name) => {
  expect(loadTimeZone(name)).toBeUndefined();
});

test.each<[string, bigint | undefined]>([
  ['1970-01-01T00:00:01.5Z', 1_500_000_000n],
  ['1970-01-01T00:00:00.000000001+00:00', 1n],
  ['1970-01-01T01:00:00+01:00', 0n],
  ['1970-01-01', undefined],
  ['1970-13-01T00:00:00Z', undefined],
])('the moment %s', (text, expected) => {
  expect(parseMoment(text)).toBe(expected);
});
