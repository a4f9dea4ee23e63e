import { parseGoDuration } from '../windows/go-duration.ts';

/** Milliseconds of a duration as Argo CD reads it: a Go duration, or seconds without a unit. */
export function durationMilliseconds(text: string): number | { readonly error: string } {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text) * 1000;
  const parsed = parseGoDuration(text);
  return 'fault' in parsed
    ? { error: `unable to parse ${text} as a duration` }
    : Number(parsed.nanoseconds) / 1e6;
}
