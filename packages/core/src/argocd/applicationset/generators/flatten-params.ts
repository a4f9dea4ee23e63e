import { printValue } from '../go-template/format.ts';
import { toGoValue } from '../go-template/go-value.ts';
import type { Params } from '../render-text.ts';

/**
 * Nested data as flat texts: `a.b.0` names the first item of `b` in `a`. Empty lists and objects
 * vanish. Source: jeremywohl/flatten.
 */
export function flattenParams(data: Params): Readonly<Record<string, string>> {
  return Object.fromEntries(flat(data, ''));
}

function flat(value: unknown, path: string): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[path, printValue(toGoValue(value))]];
  return Object.entries(value).flatMap(([key, item]) =>
    flat(item, path === '' ? key : `${path}.${key}`),
  );
}
