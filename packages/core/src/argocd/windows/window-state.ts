import { parseSchedule, type CronSchedule } from './cron-schedule.ts';
import { parseGoDuration } from './go-duration.ts';
import { floorSeconds, second, toNanoseconds, type Moment } from './instant.ts';
import { nextTime } from './next-time.ts';
import type { SyncWindow } from './sync-window.ts';
import { loadTimeZone, utc, type TimeZone } from './time-zone.ts';

/** A window whose texts are read. */
export interface ReadWindow {
  readonly schedule: CronSchedule;
  /** Nanoseconds; may be negative. */
  readonly duration: bigint;
  readonly zone: TimeZone;
}

/** Whether a window is active. */
export interface WindowState {
  /** Index in the list that was asked about. */
  readonly index: number;
  readonly window: SyncWindow;
  readonly isActive: boolean;
}

/** The states of windows, or what is wrong with the first that cannot be read. */
export type WindowStates =
  { readonly states: readonly WindowState[] } | { readonly fault: string; readonly index: number };

/** Reads schedule, duration and zone. An unknown zone is UTC, with a warning in Argo CD's log. */
export function readWindow(window: SyncWindow): ReadWindow | { readonly fault: string } {
  const { schedule: scheduleText = '', duration: durationText = '' } = window;
  const parsed = parseSchedule(scheduleText);
  if ('fault' in parsed) {
    return { fault: `cannot parse schedule '${scheduleText}': ${parsed.fault}` };
  }
  const duration = parseGoDuration(durationText);
  if ('fault' in duration) {
    return { fault: `cannot parse duration '${durationText}': ${duration.fault}` };
  }
  const zone = loadTimeZone(window.timeZone ?? '') ?? utc;
  return { schedule: parsed.schedule, duration: duration.nanoseconds, zone };
}

/**
 * Says which windows are active. A window is active from right after its beginning to right before its end:
 * the schedule's next time after `now` less the duration lies before `now`. The zone only moves `now`, by its
 * offset at this moment, so a day on which clocks change has its windows an hour off. A schedule that never
 * comes, such as 30 February, is always active.
 *
 * See `SyncWindows.active` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 */
export function windowStates(windows: readonly SyncWindow[], now: Moment): WindowStates {
  return windowStatesAt(windows, toNanoseconds(now), toNanoseconds(now));
}

/**
 * As `windowStates`, for a moment in the past: Argo CD takes the offset of zones of the time at which it asks,
 * also then.
 */
export function windowStatesAt(
  windows: readonly SyncWindow[],
  at: bigint,
  askedAt: bigint,
): WindowStates {
  const states: WindowState[] = [];
  for (const [index, window] of windows.entries()) {
    const read = readWindow(window);
    if ('fault' in read) return { fault: read.fault, index };
    const offset = offsetOf(read, askedAt);
    states.push({ index, window, isActive: isActiveAt(read, at + offset) });
  }
  return { states };
}

/** Nanoseconds that the window's zone is ahead of UTC. */
export function offsetOf({ zone }: ReadWindow, at: bigint): bigint {
  return BigInt(zone.offsetAt(floorSeconds(at))) * second;
}

/** Whether a window is active at a moment of its own clock. */
export function isActiveAt({ schedule, duration }: ReadWindow, local: bigint): boolean {
  const start = nextTime(schedule, floorSeconds(local - duration));
  return start === undefined || BigInt(start) * second < local;
}
