const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayMs = 86_400_000;
/** A Monday, at a time of day that no common schedule names. */
const usualStart = Date.parse('2026-03-02T10:07:00Z');
/** A Sunday. */
const week = Date.parse('2026-03-01T00:00:00Z');

/**
 * When a step begins by a recording's `clock`, such as `Wednesday 14:05:30` or an object of both, in milliseconds since the epoch.
 *
 * @throws Error when the text names no weekday and time
 */
export function startTimeMs(clock: unknown): number {
  if (clock === undefined) return usualStart;
  const text = typeof clock === 'string' ? clock : JSON.stringify(clock);
  const day = weekdays.findIndex((name) => text.toLowerCase().includes(name));
  const time = /(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?/.exec(text);
  if (day < 0 || time === null)
    throw new Error(`clock ${JSON.stringify(clock)} must be a weekday and a time of day in UTC`);
  const [, hours = '0', minutes = '0', seconds = '0'] = time;
  const inDay = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return week + day * dayMs + inDay;
}
