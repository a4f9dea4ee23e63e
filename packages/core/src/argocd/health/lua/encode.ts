import { fromBytes } from '../../globs/utf8.ts';
import { numberText } from './numbers.ts';
import { LuaTable, type LuaValue } from './table.ts';
import { typeName } from './values.ts';

/** A value that has no JSON form. The message is what Argo CD shows. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
}

/**
 * A Lua value as plain data, as layeh.com/gopher-json writes it: nil is null, an empty table an empty
 * list. Throws an EncodeError for tables inside themselves or met twice, lists with holes, mixed keys,
 * functions, and numbers that JSON has not.
 */
export function encodeValue(value: LuaValue): unknown {
  return encode(value, new Set(), 1);
}

const wrapper = 'json: error calling MarshalJSON for type json.jsonValue: ';

function failure(depth: number, message: string): EncodeError {
  return new EncodeError(wrapper.repeat(depth) + message);
}

function encode(value: LuaValue, met: Set<LuaTable>, depth: number): unknown {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
      return value;
    case 'string':
      return /[^ -~\t\n\r]/.test(value) ? fromBytes(value) : value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw failure(depth, `json: unsupported value: ${numberText(value)}`);
    default:
      if (value instanceof LuaTable) return encodeTable(value, met, depth);
      throw failure(depth, `cannot encode ${typeName(value)} to JSON`);
  }
}

/** Deeper tables would exhaust the stack. */
const depthMax = 500;

function encodeTable(table: LuaTable, met: Set<LuaTable>, depth: number): unknown {
  if (met.has(table)) throw failure(depth, 'cannot encode recursively nested tables to JSON');
  if (depth > depthMax) throw failure(1, 'tables are nested too deeply');
  met.add(table);
  const first = table.next(undefined);
  if (first === undefined) return [];
  const [key] = first;
  if (typeof key === 'number') return encodeList(table, met, depth);
  if (typeof key === 'string') return encodeFields(table, met, depth);
  throw failure(depth, 'cannot encode mixed or invalid key types');
}

function encodeList(table: LuaTable, met: Set<LuaTable>, depth: number): unknown[] {
  const values: LuaValue[] = [];
  for (const [key, value] of entriesOf(table)) {
    if (typeof key !== 'number') throw failure(depth, 'cannot encode mixed or invalid key types');
    if (key !== values.length + 1) throw failure(depth, 'cannot encode sparse array');
    values.push(value);
  }
  return values.map((value) => encode(value, met, depth + 1));
}

function encodeFields(
  table: LuaTable,
  met: Set<LuaTable>,
  depth: number,
): Readonly<Record<string, unknown>> {
  const fields: [string, LuaValue][] = [];
  for (const [key, value] of entriesOf(table)) {
    if (typeof key !== 'string') throw failure(depth, 'cannot encode mixed or invalid key types');
    fields.push([key, value]);
  }
  // Go writes fields by name, so that the first one that fails is the first by name.
  fields.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    fields.map(([key, value]) => [fromBytes(key), encode(value, met, depth + 1)]),
  );
}

function* entriesOf(table: LuaTable): Generator<readonly [LuaValue, LuaValue]> {
  for (let entry = table.next(undefined); entry !== undefined; entry = table.next(entry[0])) {
    yield entry;
  }
}
