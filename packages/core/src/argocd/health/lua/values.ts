import { LuaFunction } from './function.ts';
import { numberText } from './numbers.ts';
import { LuaTable, type LuaValue } from './table.ts';

/** The name of a value's type. */
export function typeName(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value;
    default:
      if (value instanceof LuaTable) return 'table';
      return value instanceof LuaFunction ? 'function' : 'userdata';
  }
}

export function isTruthy(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** A text or number as text; undefined for anything else. */
export function asText(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : undefined;
}

/** What `tostring` shows without metamethods. Tables and functions have no address here. */
export function plainText(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (typeof value === 'boolean') return String(value);
  return asText(value) ?? `${typeName(value)}: 0xc000000000`;
}
