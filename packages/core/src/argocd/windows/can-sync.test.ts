import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canSync, type SyncReason } from './can-sync.ts';
import type { SyncWindow } from './sync-window.ts';
import { windowStates } from './window-state.ts';

// Open and shut at noon.
const open: SyncWindow = { kind: 'allow', schedule: '0 11 * * *', duration: '2h' };
const shut: SyncWindow = { kind: 'allow', schedule: '0 8 * * *', duration: '2h' };
const deny: SyncWindow = { ...open, kind: 'deny' };
const pastDeny: SyncWindow = { ...shut, kind: 'deny' };
const noon = new Date('2025-05-05T12:00:00Z');
const nine = new Date('2025-05-05T09:00:00Z');

const manual = { manualSync: true };
const overrun = { syncOverrun: true };

describe('the decision', () => {
  test.each<[string, SyncWindow[], SyncReason, SyncReason]>([
    // windows, what an automated operation is told, what a manual one is told
    ['none', [], 'no windows', 'no windows'],
    ['past deny', [pastDeny], 'no deny window active', 'no deny window active'],
    ['open', [shut, open], 'allow window active', 'allow window active'],
    ['shut', [shut], 'outside of allow windows', 'outside of allow windows'],
    ['deny', [open, deny], 'deny window active', 'deny window active'],
    [
      'deny, not for people',
      [{ ...deny, ...manual }],
      'deny window active',
      'deny window active, manual sync allowed',
    ],
    [
      'two denies, one for people too',
      [{ ...deny, ...manual }, deny],
      'deny window active',
      'deny window active',
    ],
    [
      'shut, not for people',
      [{ ...shut, ...manual }],
      'outside of allow windows',
      'outside of allow windows, manual sync allowed',
    ],
    [
      'two shut, one for people too',
      [{ ...shut, ...manual }, shut],
      'outside of allow windows',
      'outside of allow windows',
    ],
    ['of no kind', [{ ...deny, kind: 'other' }], 'no deny window active', 'no deny window active'],
  ])('%s', (_, windows, automated, byPeople) => {
    expect(canSync(windows, { now: noon, isManual: false }).reason).toBe(automated);
    expect(canSync(windows, { now: noon, isManual: true }).reason).toBe(byPeople);
  });

  test('names the windows that decided', () => {
    const windows = [open, deny, { ...deny, ...manual }];
    expect(canSync(windows, { now: noon, isManual: false })).toMatchObject({ windows: [1, 2] });
    expect(canSync(windows, { now: noon, isManual: true })).toMatchObject({ windows: [1] });
  });
});

describe('an operation that runs already', () => {
  test.each<[string, SyncWindow[], boolean]>([
    ['allow window over', [{ ...shut, ...overrun }], true],
    ['allow window over, without overrun', [shut], false],
    ['two over, one without overrun', [{ ...shut, ...overrun }, shut], false],
    [
      'deny window began',
      [
        { ...shut, ...overrun },
        { ...deny, ...overrun },
      ],
      true,
    ],
    ['deny window began, without overrun', [{ ...shut, ...overrun }, deny], false],
    ['began while it was denied', [pastDeny, { ...deny, ...overrun }], false],
  ])('%s', (_, windows, allowed) => {
    const question = { now: noon, isManual: false };
    expect(canSync(windows, question).allowed).toBe(false);
    expect(canSync(windows, { ...question, operationStartedAt: nine }).allowed).toBe(allowed);
  });

  test('is judged with the offset that the zone has now', () => {
    // Winter time ended in between: 01:30 UTC was 02:30, but counts as 03:30.
    const window = { schedule: '0 3 * * *', duration: '1h', timeZone: 'Europe/Zurich', ...overrun };
    const question = { now: new Date('2025-03-30T06:00:00Z'), isManual: false };
    const operationStartedAt = new Date('2025-03-30T00:45:00Z');
    const at = (schedule: string): boolean =>
      canSync([{ ...window, kind: 'allow', schedule }], { ...question, operationStartedAt })
        .allowed;
    expect(at('0 2 * * *')).toBe(true);
    expect(at('0 1 * * *')).toBe(false);
  });
});

test('a window that cannot be read stops everything', () => {
  const windows = [open, { ...pastDeny, duration: '1 hour' }];
  expect(canSync(windows, { now: noon, isManual: true })).toEqual({
    allowed: false,
    reason: 'invalid window',
    windows: [1],
    states: [],
    fault:
      'invalid sync windows: cannot parse duration \'1 hour\': time: unknown unit " hour" in duration "1 hour"',
  });
});

describe('windows are open intervals', () => {
  const isActive = (window: SyncWindow, now: Date | bigint): boolean | undefined => {
    const result = windowStates([window], now);
    return 'states' in result ? result.states[0]?.isActive : undefined;
  };
  const eleven = BigInt(Date.parse('2025-05-05T11:00:00Z')) * 1_000_000n;
  const thirteen = eleven + 2n * 3_600_000_000_000n;

  test('neither the first nor the last moment is in', () => {
    expect(isActive(open, eleven)).toBe(false);
    expect(isActive(open, eleven + 1n)).toBe(true);
    expect(isActive(open, thirteen - 1n)).toBe(true);
    expect(isActive(open, thirteen)).toBe(false);
  });

  test('one of no length is never active, one that never comes is always', () => {
    expect(isActive({ ...open, duration: '0' }, eleven + 1n)).toBe(false);
    expect(isActive({ ...open, duration: '-1h' }, eleven + 1n)).toBe(false);
    expect(isActive({ ...open, schedule: '0 0 31 2 *' }, eleven)).toBe(true);
  });
});

/** A window's times by looking at every minute of some days. */
function referenceStarts(hours: readonly number[], weekdays: readonly number[]): number[] {
  const first = Date.parse('2025-05-01T00:00:00Z');
  return Array.from({ length: 12 * 24 * 60 }, (_, minute) => first + minute * 60_000).filter(
    (at) => {
      const date = new Date(at);
      const isHour = hours.includes(date.getUTCHours()) && date.getUTCMinutes() === 0;
      return isHour && weekdays.includes(date.getUTCDay());
    },
  );
}

test('a window is active as a look at every minute says', () => {
  const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 });
  const weekdays = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 });
  const minutes = fc.integer({ min: 1, max: 2 * 24 * 60 });
  const now = fc.integer({ min: 0, max: 5 * 24 * 3600 });
  fc.assert(
    fc.property(hours, weekdays, minutes, now, (hour, weekday, length, seconds) => {
      const at = Date.parse('2025-05-05T00:00:00Z') + seconds * 1000;
      const window = {
        schedule: `0 ${hour.join(',')} * * ${weekday.join(',')}`,
        duration: `${length}m`,
      };
      const expected = referenceStarts(hour, weekday).some(
        (start) => start < at && at < start + length * 60_000,
      );
      const result = windowStates([window], new Date(at));
      expect('states' in result && result.states[0]?.isActive).toBe(expected);
    }),
    { numRuns: 60 },
  );
});
