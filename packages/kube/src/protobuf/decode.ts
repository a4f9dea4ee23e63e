import type { Json, JsonObject } from '../json/value.ts';
import { quantityFields } from '../schema/quantity.ts';
import { type Field, type Scalar, type Shape, typeModel } from '../schema/type-model.ts';
import { toBase64 } from '../text/hash.ts';
import { utf8Decode } from '../text/utf8.ts';

/** A body that is no message of its type. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** One field of a message: a number, or bytes. */
interface Entry {
  readonly number: number;
  readonly value: bigint;
  readonly bytes: Uint8Array | undefined;
}

interface Reader {
  readonly bytes: Uint8Array;
  position: number;
}

function varint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.position];
    if (byte === undefined) throw new ProtobufError('unexpected end of the message');
    reader.position += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new ProtobufError('a number is too long');
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.position + length;
  if (end > reader.bytes.length) throw new ProtobufError('unexpected end of the message');
  const out = reader.bytes.subarray(reader.position, end);
  reader.position = end;
  return out;
}

function fixed(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function entries(bytes: Uint8Array): Entry[] {
  const reader: Reader = { bytes, position: 0 };
  const out: Entry[] = [];
  while (reader.position < bytes.length) {
    const key = Number(varint(reader));
    const number = key >> 3;
    switch (key & 7) {
      case 0:
        out.push({ number, value: varint(reader), bytes: undefined });
        break;
      case 1:
        out.push({ number, value: fixed(take(reader, 8)), bytes: undefined });
        break;
      case 2:
        out.push({ number, value: 0n, bytes: take(reader, Number(varint(reader))) });
        break;
      case 5:
        out.push({ number, value: fixed(take(reader, 4)), bytes: undefined });
        break;
      default:
        throw new ProtobufError(`the kind of field ${number} is unknown`);
    }
  }
  return out;
}

const magic = [0x6b, 0x38, 0x73, 0x00];

/** What the envelope of a Kubernetes message says, and the message in it. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

export function readEnvelope(bytes: Uint8Array): Envelope {
  if (magic.some((byte, index) => bytes[index] !== byte))
    throw new ProtobufError('the body does not begin as a Kubernetes message does');
  const outer = entries(bytes.subarray(magic.length));
  const meta = entries(textBytes(outer, 1));
  return {
    apiVersion: utf8Decode(textBytes(meta, 1)),
    kind: utf8Decode(textBytes(meta, 2)),
    raw: textBytes(outer, 2),
  };
}

function textBytes(list: readonly Entry[], number: number): Uint8Array {
  return list.find((entry) => entry.number === number)?.bytes ?? new Uint8Array();
}

/** Reads a message of a built-in type. */
export function decodeMessage(type: string, bytes: Uint8Array): JsonObject {
  const list = entries(bytes);
  const out: JsonObject = {};
  const inner = new Map<number, readonly Entry[]>();
  const isRoot = typeModel(type).fields.has('metadata');
  for (const [name, field] of typeModel(type).fields) {
    if (field.number === undefined || (isRoot && (name === 'kind' || name === 'apiVersion')))
      continue;
    const [first = '', second] = field.number.split('/');
    const found = second === undefined ? list : embedded(list, Number(first), inner);
    const wanted = Number(second ?? first);
    const values = found.filter((entry) => entry.number === wanted);
    const value = values.length === 0 ? undefined : decodeField(name, field, values);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function embedded(
  list: readonly Entry[],
  number: number,
  cache: Map<number, readonly Entry[]>,
): readonly Entry[] {
  let found = cache.get(number);
  if (found === undefined) {
    found = entries(textBytes(list, number));
    cache.set(number, found);
  }
  return found;
}

function decodeField(name: string, field: Field, values: readonly Entry[]): Json | undefined {
  const { shape } = field;
  if (shape.kind === 'array') return values.map((entry) => decodeValue(name, shape.item, entry));
  if (shape.kind === 'map') return decodeMap(name, shape.value, values);
  const last = values.at(-1);
  return last === undefined ? undefined : decodeValue(name, shape, last);
}

function decodeMap(name: string, value: Shape, values: readonly Entry[]): JsonObject {
  const out: JsonObject = {};
  for (const entry of values) {
    const pair = entries(entry.bytes ?? new Uint8Array());
    const found = pair.find((part) => part.number === 2) ?? {
      number: 2,
      value: 0n,
      bytes: new Uint8Array(),
    };
    out[utf8Decode(textBytes(pair, 1))] = decodeValue(name, value, found);
  }
  return out;
}

function decodeValue(name: string, shape: Shape, entry: Entry): Json {
  const bytes = bytesOf(entry);
  switch (shape.kind) {
    case 'object':
      return decodeMessage(shape.type, bytes);
    case 'any':
      return JSON.parse(utf8Decode(textBytes(entries(bytes), 1)) || 'null') as Json;
    case 'scalar':
      return decodeScalar(name, shape.scalar, entry);
    default:
      throw new ProtobufError('lists of lists are unknown');
  }
}

function decodeScalar(name: string, scalar: Scalar, entry: Entry): Json {
  const bytes = bytesOf(entry);
  switch (scalar) {
    case 'string':
      return decodeText(name, bytes);
    case 'byte':
      return toBase64(bytes);
    case 'boolean':
      return entry.value !== 0n;
    case 'int32':
    case 'int64':
      return Number(entry.value);
    case 'number':
    case 'double':
      return doubleOf(entry.value);
    case 'int-or-string':
      return decodeIntOrString(entries(bytes));
    case 'date-time':
    case 'micro-time':
      return decodeTime(entries(bytes), scalar === 'micro-time');
  }
}

function bytesOf(entry: Entry): Uint8Array {
  return entry.bytes ?? new Uint8Array();
}

/** Quantities are messages with their text in them. */
function decodeText(name: string, bytes: Uint8Array): string {
  return utf8Decode(quantityFields.has(name) ? textBytes(entries(bytes), 1) : bytes);
}

function doubleOf(bits: bigint): number {
  return new Float64Array(BigInt64Array.of(bits).buffer)[0] ?? 0;
}

function numberIn(list: readonly Entry[], number: number): number {
  return Number(list.find((entry) => entry.number === number)?.value ?? 0n);
}

function decodeIntOrString(list: readonly Entry[]): Json {
  return numberIn(list, 1) === 0 ? numberIn(list, 2) : utf8Decode(textBytes(list, 3));
}

function decodeTime(list: readonly Entry[], micro: boolean): Json {
  if (list.length === 0) return null;
  const text = new Date(numberIn(list, 1) * 1000).toISOString().slice(0, 19);
  return micro
    ? `${text}.${String(Math.floor(numberIn(list, 2) / 1000)).padStart(6, '0')}Z`
    : `${text}Z`;
}
