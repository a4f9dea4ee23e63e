import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canSync } from './can-sync.ts';
import { nextChange, nextSwitch } from './next-change.ts';
import type { SyncWindow } from './sync-window.ts';

const allow: SyncWindow = { kind: 'allow', schedule: '0 8 * * 1-5', duration: '8h' };
const deny: SyncWindow = { kind: 'deny', schedule: '0 12 * * *', duration: '1h' };
const question = { isManual: false };

function change(windows: SyncWindow[], now: string): [string, boolean] | undefined {
  const found = nextChange(windows, { ...question, now: new Date(now) });
  return found && [found.at.toISOString().slice(0, 19), found.decision.allowed];
}

test.each<[string, SyncWindow[], string, [string, boolean] | undefined]>([
  ['no windows', [], '2025-05-05T00:00:00Z', undefined],
  ['opens', [allow], '2025-05-05T07:00:00Z', ['2025-05-05T08:00:00', true]],
  ['opens at this moment', [allow], '2025-05-05T08:00:00Z', ['2025-05-05T08:00:00', true]],
  ['closes', [allow], '2025-05-05T08:00:01Z', ['2025-05-05T16:00:00', false]],
  ['opens after the weekend', [allow], '2025-05-09T17:00:00Z', ['2025-05-12T08:00:00', true]],
  ['deny in between', [allow, deny], '2025-05-05T09:00:00Z', ['2025-05-05T12:00:00', false]],
  [
    'deny where nothing is open',
    [allow, deny],
    '2025-05-10T09:00:00Z',
    ['2025-05-12T08:00:00', true],
  ],
  ['deny alone', [deny], '2025-05-05T12:30:00Z', ['2025-05-05T13:00:00', true]],
  [
    'deny all day, every day',
    [{ ...deny, schedule: '0 0 * * *', duration: '24h' }],
    '2025-05-05T12:30:00Z',
    undefined,
  ],
  [
    'one that never closes',
    [{ ...allow, schedule: '* * * * *', duration: '2m' }],
    '2025-05-05T12:30:30Z',
    undefined,
  ],
  ['one that never opens', [{ ...allow, duration: '0' }], '2025-05-05T12:30:30Z', undefined],
  ['a fault', [{ ...allow, schedule: 'x' }], '2025-05-05T07:00:00Z', undefined],
  [
    'seconds are rounded up',
    [{ ...allow, duration: '1.5s' }],
    '2025-05-05T08:00:01Z',
    ['2025-05-05T08:00:02', false],
  ],
  [
    'in a zone',
    [{ ...allow, timeZone: 'Europe/Zurich' }],
    '2025-05-05T05:00:00Z',
    ['2025-05-05T06:00:00', true],
  ],
  [
    'in a zone whose clocks change before',
    [{ ...allow, schedule: '0 8 * * *', timeZone: 'Europe/Zurich' }],
    '2025-03-29T20:00:00Z',
    ['2025-03-30T06:00:00', true],
  ],
  [
    'by the change of clocks itself',
    [{ ...allow, schedule: '30 2 * * *', duration: '1h', timeZone: 'Europe/Zurich' }],
    '2025-03-30T00:00:00Z',
    ['2025-03-30T01:00:00', true],
  ],
])('%s', (_, windows, now, expected) => {
  expect(change(windows, now)).toEqual(expected);
});

test('an operation that may overrun is not stopped', () => {
  const now = new Date('2025-05-05T15:00:00Z');
  const windows = [{ ...allow, syncOverrun: true }];
  expect(nextChange(windows, { ...question, now, operationStartedAt: now })).toBeUndefined();
  expect(nextChange(windows, { ...question, now })?.at).toEqual(new Date('2025-05-05T16:00:00Z'));
});

test('nextSwitch looks at one window', () => {
  expect(nextSwitch(deny, new Date('2025-05-05T12:10:00Z'))).toEqual(
    new Date('2025-05-05T13:00:00Z'),
  );
  expect(nextSwitch({ ...deny, schedule: '' }, new Date(0))).toBeUndefined();
});

const hour = fc.integer({ min: 0, max: 23 });
const window = fc.record({
  kind: fc.constantFrom('allow', 'deny'),
  schedule: fc
    .tuple(hour, fc.constantFrom('*', '1-5', '6'))
    .map(([at, days]) => `0 ${at} * * ${days}`),
  duration: fc.integer({ min: 1, max: 20 }).map((hours) => `${hours}h`),
  timeZone: fc.constantFrom('', 'Europe/Zurich', 'America/New_York'),
});

test('the answer stays the same up to the change, and is another right after it', () => {
  const start = Date.parse('2025-03-27T00:00:00Z');
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 6 * 1440 }),
      (windows, minutes) => {
        const now = start + minutes * 60_000 + 1000;
        const before = canSync(windows, { ...question, now: new Date(now) }).allowed;
        const found = nextChange(windows, { ...question, now: new Date(now) });
        const end = found?.at.getTime() ?? now + 3 * 86_400_000;
        for (let at = now; at < end; at += 1_800_000) {
          expect(canSync(windows, { ...question, now: new Date(at) }).allowed).toBe(before);
        }
        if (found === undefined) return;
        const after = canSync(windows, { ...question, now: new Date(end + 1) });
        expect(after.allowed).toBe(!before);
        expect(found.decision.allowed).toBe(!before);
      },
    ),
    { numRuns: 60 },
  );
});
