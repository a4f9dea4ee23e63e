import { canSync, type SyncDecision, type SyncQuestion } from './can-sync.ts';
import { floorSeconds, second, toNanoseconds, type Moment } from './instant.ts';
import { nextTime } from './next-time.ts';
import type { SyncWindow } from './sync-window.ts';
import type { TimeZone } from './time-zone.ts';
import { isActiveAt, offsetOf, readWindow, type ReadWindow } from './window-state.ts';

/** A change of what windows say. */
export interface SyncChange {
  /** The whole second after which the answer is another one. */
  readonly at: Date;
  /** What they say then. */
  readonly decision: SyncDecision;
}

/** So many openings and closings are looked at; windows that change nothing in all of them never will. */
const switchesMax = 500;
/** So many times of a schedule are followed while a window stays open. */
const timesMax = 50_000;
const zoneStep = 6 * 86_400;

/**
 * When `canSync` answers otherwise than now, for the first time: when the next window opens, or when an
 * operation has to stop. Undefined where no change is in sight, or a window cannot be read.
 */
export function nextChange(
  windows: readonly SyncWindow[],
  question: SyncQuestion,
): SyncChange | undefined {
  const read = windows.flatMap((window) => {
    const result = readWindow(window);
    return 'fault' in result ? [] : [result];
  });
  if (read.length < windows.length) return undefined;
  const { allowed } = canSync(windows, question);
  let now = toNanoseconds(question.now);
  for (let count = 0; count < switchesMax; count += 1) {
    const next = earliest(read.map((window) => nextSwitchOf(window, now)));
    if (next === undefined) return undefined;
    now = next + 1n;
    const decision = canSync(windows, { ...question, now });
    if (decision.allowed !== allowed) return { at: dateOf(next), decision };
  }
  return undefined;
}

/**
 * When a window opens if it is closed now, or closes if it is open; undefined where it never does, or cannot be
 * read. A window that opens at the moment at which it closes counts as open all the time.
 */
export function nextSwitch(window: SyncWindow, now: Moment): Date | undefined {
  const read = readWindow(window);
  if ('fault' in read) return undefined;
  const at = nextSwitchOf(read, toNanoseconds(now));
  return at === undefined ? undefined : dateOf(at);
}

function earliest(moments: readonly (bigint | undefined)[]): bigint | undefined {
  const known = moments.flatMap((moment) => (moment === undefined ? [] : [moment]));
  return known.length === 0
    ? undefined
    : known.reduce((left, right) => (right < left ? right : left));
}

/** The date at or after a moment, to the second: windows begin at whole minutes, but may end in between. */
function dateOf(nanoseconds: bigint): Date {
  const seconds = floorSeconds(nanoseconds + second - 1n);
  return new Date(seconds * 1000);
}

/** The window's own clock jumps where its zone changes its offset; what follows is looked at from there. */
function nextSwitchOf(window: ReadWindow, now: bigint): bigint | undefined {
  let from = now;
  const offset = offsetOf(window, from);
  const isActive = isActiveAt(window, from + offset);
  for (let count = 0; count < switchesMax; count += 1) {
    const current = offsetOf(window, from);
    const local = isActive
      ? closingAfter(window, from + current)
      : openingAfter(window, from + current);
    if (local === undefined) return undefined;
    const at = local - current;
    const jump = offsetChange(window.zone, floorSeconds(from), floorSeconds(at));
    if (jump === undefined) return at;
    from = BigInt(jump) * second;
    if (isActiveAt(window, from + offsetOf(window, from)) !== isActive) return from;
  }
  return undefined;
}

function openingAfter({ schedule, duration }: ReadWindow, local: bigint): bigint | undefined {
  if (duration <= 0n) return undefined;
  const start = nextTime(schedule, floorSeconds(local - 1n));
  return start === undefined ? undefined : BigInt(start) * second;
}

function closingAfter({ schedule, duration }: ReadWindow, local: bigint): bigint | undefined {
  let start = nextTime(schedule, floorSeconds(local - duration));
  for (let count = 0; count < timesMax && start !== undefined; count += 1) {
    const end: bigint = BigInt(start) * second + duration;
    const next: number | undefined = nextTime(schedule, start);
    if (next === undefined || BigInt(next) * second > end) return end;
    start = next;
  }
  return undefined;
}

/** The first second after one, up to another, at which the offset is another. */
function offsetChange(zone: TimeZone, from: number, to: number): number | undefined {
  const offset = zone.offsetAt(from);
  let low = from;
  while (low < to) {
    const high = Math.min(low + zoneStep, to);
    if (zone.offsetAt(high) !== offset) return firstOther(zone, low, high);
    low = high;
  }
  return undefined;
}

function firstOther(zone: TimeZone, from: number, to: number): number {
  const offset = zone.offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
