/**
 * A moment: nanoseconds since 1970 in UTC, as Go's clock counts. A `Date` stands for one too; it cannot tell
 * the moments within a millisecond apart.
 */
export type Moment = Date | bigint;

export const second = 1_000_000_000n;

/** Nanoseconds since 1970. */
export function toNanoseconds(moment: Moment): bigint {
  return typeof moment === 'bigint' ? moment : BigInt(moment.getTime()) * 1_000_000n;
}

/** The last whole second at or before a moment, as seconds since 1970. */
export function floorSeconds(nanoseconds: bigint): number {
  const rest = nanoseconds % second;
  return Number((nanoseconds - rest) / second) - (rest < 0n ? 1 : 0);
}

/** Reads a time as RFC 3339 writes it, with up to nine digits behind the second; undefined when it is none. */
export function parseMoment(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Date.parse(`${match[1] ?? ''}${match[3] ?? ''}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}
