import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeFreeze, freezeFault, type FreezePeriod } from './freeze.ts';

const at = (time: string): number => Date.parse(time);

describe('freezeFault', () => {
  it.each([
    ['2026-12-20', '2027-01-03'],
    ['2026-12-20', '2026-12-20'],
    ['2028-02-29', '2028-02-29'],
    ['2026-12-20', '2026-12-20T00:00:01Z'],
    ['2026-12-20T18:00:00+01:00', '2026-12-20'],
    ['2026-12-20T18:00:00.5-11:30', '2026-12-21T06:00:00z'],
    ['2026-12-20t18:00:00Z', '2026-12-20T18:00:00.001Z'],
    ['0001-01-01', '9999-12-31'],
  ])('finds nothing wrong with %s to %s', (from, to) => {
    expect(freezeFault({ from, to })).toBeUndefined();
  });

  const bad = [
    '',
    'Christmas',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-12-00',
    '2026-12-32',
    '2026-12-1',
    '26-12-20',
    '20261220',
    ' 2026-12-20',
    '2026-12-20\n',
    '2026-12-20Z',
    '2026-12-20T18:00:00',
    '2026-12-20T18:00Z',
    '2026-12-20 18:00:00Z',
    '2026-12-20T24:00:00Z',
    '2026-12-20T18:60:00Z',
    '2026-12-20T18:00:60Z',
    '2026-12-20T18:00:00.Z',
    '2026-12-20T18:00:00+0100',
    '2026-12-20T18:00:00+24:00',
    '2026-12-20T18:00:00+01:60',
    '2026-02-30T18:00:00Z',
    '+002026-12-20',
  ];

  it.each(bad)('refuses %j', (text) => {
    const reason = `is ${JSON.stringify(text)}; expected a day such as 2026-12-20 or a time`;

    expect(freezeFault({ from: text, to: '2099-01-01' })).toContain(`"from" ${reason}`);
    expect(freezeFault({ from: '2000-01-01', to: text })).toContain(`"to" ${reason}`);
  });

  it.each([
    ['2026-12-20', '2026-12-19'],
    ['2026-12-20', '2026-12-20T00:00:00Z'],
    ['2026-12-20T18:00:00Z', '2026-12-20T18:00:00Z'],
    ['2026-12-20T18:00:00Z', '2026-12-20T18:30:00+01:00'],
    ['2026-12-21T00:00:00Z', '2026-12-20'],
  ])('refuses %s to %s', (from, to) => {
    expect(freezeFault({ from, to })).toBe(
      `the period ends at ${to}, which is not after ${from}; expected "from" before "to"`,
    );
  });
});

describe('activeFreeze', () => {
  const days: FreezePeriod = { from: '2026-12-20', to: '2027-01-03', reason: 'end of the year' };
  const hours: FreezePeriod = {
    from: '2026-06-01T18:00:00+02:00',
    to: '2026-06-01T20:00:00.250+02:00',
  };

  it.each([
    ['2026-12-19T23:59:59.999Z', undefined],
    ['2026-12-20T00:00:00Z', days],
    ['2027-01-03T23:59:59.999Z', days],
    ['2027-01-04T00:00:00Z', undefined],
    ['2026-06-01T15:59:59.999Z', undefined],
    ['2026-06-01T16:00:00Z', hours],
    ['2026-06-01T18:00:00.249Z', hours],
    ['2026-06-01T18:00:00.250Z', undefined],
  ])('at %s gives %j', (now, period) => {
    expect(activeFreeze([days, hours], at(now))?.period).toBe(period);
  });

  it('says when it is over', () => {
    expect(activeFreeze([days], at('2026-12-24T00:00:00Z'))).toStrictEqual({
      period: days,
      endMs: at('2027-01-04T00:00:00Z'),
    });
    expect(activeFreeze([hours], at('2026-06-01T17:00:00Z'))?.endMs).toBe(
      at('2026-06-01T18:00:00.250Z'),
    );
  });

  it('of several gives the one that lasts longest, the first of equal ones', () => {
    const long = { from: '2026-01-01', to: '2027-12-31' };
    const now = at('2026-12-24T00:00:00Z');

    expect(activeFreeze([days, long, { ...long }], now)?.period).toBe(long);
    expect(activeFreeze([long, days], now)?.period).toBe(long);
  });

  it('is none without periods', () => {
    expect(activeFreeze([], 0)).toBeUndefined();
  });

  it('passes over no period that nobody can read', () => {
    expect(() => activeFreeze([{ from: '2026-02-30', to: '2026-03-01' }], 0)).toThrow('invariant');
  });

  it('reads times as the platform does', () => {
    const time = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9000-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    const offset = fc.constantFrom('Z', '+00:00', '-00:00', '+05:45', '-11:30', '+14:00');
    fc.assert(
      fc.property(time, offset, (date, zone) => {
        const from = date.toISOString().replace('Z', zone);
        const startMs = Date.parse(from);
        const periods = [{ from, to: '9999-12-31' }];
        expect(activeFreeze(periods, startMs)).toBeDefined();
        expect(activeFreeze(periods, startMs - 1)).toBeUndefined();
      }),
    );
  });
});
