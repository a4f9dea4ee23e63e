import { toBytes } from '../../globs/utf8.ts';
import { LuaTable, type LuaValue } from './table.ts';

/**
 * Plain data as Lua values, as Argo CD's decodeValue makes them: all numbers are floats, null is nil
 * and so not there. Tables are filled when they are looked at.
 */
export function decodeValue(value: unknown): LuaValue {
  switch (typeof value) {
    case 'string':
      return bytesOf(value);
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number(value);
    case 'object':
      return value === null ? undefined : new LuaTable(fillerOf(value));
    default:
      return undefined;
  }
}

/** A text as a byte text. */
export function bytesOf(text: string): string {
  return /[^ -~\t\n\r]/.test(text) ? toBytes(text) : text;
}

function fillerOf(value: object): (table: LuaTable) => void {
  return (table) => {
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) table.append(decodeValue(item));
      return;
    }
    for (const [key, item] of Object.entries(value)) table.set(bytesOf(key), decodeValue(item));
  };
}
