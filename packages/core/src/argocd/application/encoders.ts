import { isRecord } from '../../generate/value-at.ts';

/** How a value is written as JSON; undefined: the field is left out. */
export type Encoder = (value: unknown) => unknown;

/** A field that is left out at its zero value (`omitempty`). */
export const optional: Encoder = (value) => (isZero(value) ? undefined : value);

/** A field that is written as it is and left out where it is not set (a pointer to a scalar). */
export const pointer: Encoder = (value) => value ?? undefined;

/** A field that is always written. */
export function always(zero: unknown): Encoder {
  return (value) => value ?? zero;
}

/** A list that is left out when it is empty. */
export function list(item: Encoder): Encoder {
  return (value) => (Array.isArray(value) && value.length > 0 ? value.map(item) : undefined);
}

/** A structure that is always written, with the fields named here and no others. */
export function struct(fields: Readonly<Record<string, Encoder>>): Encoder {
  const names = Object.keys(fields);
  const encoders = Object.values(fields);
  return (value) => {
    const from = isRecord(value) ? value : {};
    const result: Record<string, unknown> = {};
    names.forEach((name, index) => {
      const written = encoders[index]?.(from[name]);
      if (written !== undefined) result[name] = written;
    });
    return result;
  };
}

/** A structure that is left out where it is not set; set and empty it is written as `{}`. */
export function structPointer(encode: Encoder): Encoder {
  return (value) => (value === undefined || value === null ? undefined : encode(value));
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
