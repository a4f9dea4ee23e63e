/** A time zone, as far as schedules need it. */
export interface TimeZone {
  /** Seconds that its clocks are ahead of UTC at a time, given as seconds since 1970. */
  offsetAt(seconds: number): number;
}

export const utc: TimeZone = { offsetAt: () => 0 };

/**
 * The zone of a name as Go's `time.LoadLocation` finds it: none is UTC, `Local` is that of the process, which is
 * UTC in Argo CD's image, and the others are files, so their names are case-sensitive.
 *
 * See https://pkg.go.dev/time#LoadLocation.
 */
export function loadTimeZone(name: string): TimeZone | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return utc;
  const known = knownZones.get(name);
  if (known !== undefined) return known;
  const format = zoneFormat(name);
  if (format === undefined) return undefined;
  const zone: TimeZone = { offsetAt: (seconds) => offsetOf(format, seconds) };
  knownZones.set(name, zone);
  return zone;
}

/** Zones that were asked for; making a format takes long, and there are only so many. */
const knownZones = new Map<string, TimeZone>();

function zoneFormat(name: string): Intl.DateTimeFormat | undefined {
  if (!/^[A-Z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    return isWrittenSo(name, format.resolvedOptions().timeZone) ? format : undefined;
  } catch {
    return undefined;
  }
}

/** Platforms take names in any case. The name that they settle on shows the right one, unless it is an alias. */
function isWrittenSo(name: string, canonical: string): boolean {
  if (name.toLowerCase() === canonical.toLowerCase()) return name === canonical;
  return name === 'NZ-CHAT' || name.split('/').every((part) => aliasPart.test(part));
}

/** `Europe`, `Port_of_Spain`; `GMT+5`, `EST5EDT`, `W-SU`, `US`, but not `EUROPE` and not `europe`. */
const aliasPart = /^[A-Z](?:.*[a-z].*|[A-Z]{0,2}(?:[-+\d].*)?)$/;

function offsetOf(format: Intl.DateTimeFormat, seconds: number): number {
  const fields = new Map<string, number>();
  for (const { type, value } of format.formatToParts(seconds * 1000)) {
    fields.set(type, Number(value));
  }
  const at = (type: string): number => fields.get(type) ?? 0;
  const date = [at('year'), at('month') - 1, at('day')] as const;
  const local = Date.UTC(...date, at('hour'), at('minute'), at('second'));
  return local / 1000 - seconds;
}
