import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationFault, durationSeconds, isTimeZone, scheduleFault } from './schedule.ts';

describe('scheduleFault', () => {
  it.each([
    '0 8 * * 1-5',
    '0 22 * * 3',
    '*/15 * * * *',
    '0-30/10 * * * *',
    '5/10 * * * *',
    '0,15,30,45 * * * *',
    '0 0 1 jan ?',
    '0 0 1 JAN-Mar,dec sun',
    '0 8 * * MON-FRI',
    '59 23 31 12 6',
    '  0   8 * * 1  ',
    '0\t8 * * 1',
  ])('accepts %j', (schedule) => {
    expect(scheduleFault(schedule)).toBeUndefined();
  });

  it.each([
    ['', 'expected five fields (minute hour day month weekday), found 0'],
    ['* * * *', 'expected five fields (minute hour day month weekday), found 4'],
    ['0 0 8 * * 1', 'expected five fields (minute hour day month weekday), found 6'],
    ['60 * * * *', 'minute "60" is not between 0 and 59'],
    ['0 24 * * *', 'hour "24" is not between 0 and 23'],
    ['0 0 0 * *', 'day of month "0" is not between 1 and 31'],
    ['0 0 32 * *', 'day of month "32" is not between 1 and 31'],
    ['0 0 * 13 *', 'month "13" is not between 1 and 12'],
    ['0 0 * * 7', 'day of week "7" is not between 0 and 6'],
    ['0 0 * * monday', 'day of week "monday" is not between 0 and 6'],
    ['jan 0 * * *', 'minute "jan" is not between 0 and 59'],
    ['0 18-8 * * *', 'hour "18-8": begins after it ends'],
    ['0 0 * * fri-mon', 'day of week "fri-mon": begins after it ends'],
    ['*/0 * * * *', 'minute "*/0": "0" is no step'],
    ['*/ * * * *', 'minute "*/": "" is no step'],
    ['*/x * * * *', 'minute "*/x": "x" is no step'],
    ['1/2/3 * * * *', 'minute "1/2/3": more than one slash'],
    ['1-2-3 * * * *', 'minute "1-2-3": more than one hyphen'],
    ['1, * * * *', 'minute "1,": "" is not between 0 and 59'],
    ['-1 * * * *', 'minute "-1": "" is not between 0 and 59'],
    ['1.5 * * * *', 'minute "1.5" is not between 0 and 59'],
    ['0 8 * * 1#2', 'day of week "1#2" is not between 0 and 6'],
    ['0 8 L * *', 'day of month "L" is not between 1 and 31'],
  ])('refuses %j', (schedule, fault) => {
    expect(scheduleFault(schedule)).toBe(fault);
  });

  it.each(['@daily', '@yearly', '@every 1h30m', '@reboot'])(
    'refuses the descriptor %j',
    (schedule) => {
      expect(scheduleFault(schedule)).toContain('is a descriptor, which Argo CD does not take');
    },
  );

  it('accepts every list of ranges within bounds', () => {
    const range = (min: number, max: number): fc.Arbitrary<string> =>
      fc
        .tuple(
          fc.integer({ min, max }),
          fc.integer({ min, max }),
          fc.option(fc.integer({ min: 1, max })),
        )
        .map(([a, b, by]) => `${Math.min(a, b)}-${Math.max(a, b)}${by === null ? '' : `/${by}`}`);
    const field = (min: number, max: number): fc.Arbitrary<string> =>
      fc.array(range(min, max), { minLength: 1, maxLength: 4 }).map((ranges) => ranges.join(','));
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 31), field(1, 12), (...parts) => {
        expect(scheduleFault(`${parts.join(' ')} *`)).toBeUndefined();
      }),
    );
  });
});

describe('durationSeconds', () => {
  it.each<[duration: string, seconds: number | undefined]>([
    ['8h', 28_800],
    ['1h30m', 5400],
    ['90m', 5400],
    ['1.5h', 5400],
    ['45s', 45],
    ['1500ms', 1.5],
    ['0h', 0],
    ['', undefined],
    ['8', undefined],
    ['h', undefined],
    ['8 h', undefined],
    ['8h ', undefined],
    ['1d', undefined],
    ['-1h', undefined],
    ['8H', undefined],
    ['1h30', undefined],
  ])('of %j is %s', (duration, seconds) => {
    expect(durationSeconds(duration)).toBe(seconds);
  });

  it('adds up hours, minutes and seconds', () => {
    const part = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        expect(durationSeconds(`${h}h${m}m${s}s`)).toBe(h * 3600 + m * 60 + s);
      }),
    );
  });
});

describe('durationFault', () => {
  it.each<[duration: string, fault: string | undefined]>([
    ['8h', undefined],
    ['1m', undefined],
    ['59s', '"59s" is shorter than a minute'],
    ['0h', '"0h" is shorter than a minute'],
    ['8', '"8" is no duration; expected one such as 8h or 1h30m'],
  ])('of %j is %j', (duration, fault) => {
    expect(durationFault(duration)).toBe(fault);
  });
});

describe('isTimeZone', () => {
  it.each([
    ['UTC', true],
    ['Europe/Zurich', true],
    ['America/New_York', true],
    ['Europe/Atlantis', false],
    ['', false],
    ['Europe/Zurich ', false],
  ])('of %j is %s', (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });
});
