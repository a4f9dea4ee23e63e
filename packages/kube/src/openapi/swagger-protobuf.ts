import { asArray, asObject, asString, type Json, type JsonObject } from '../json/value.ts';
import { utf8Encode } from '../text/utf8.ts';

/**
 * A Swagger document as the message that Kubernetes' clients written in Go ask for.
 * Source: `openapiv2/OpenAPIv2.proto` in github.com/google/gnostic-models. Values that may have any form, such as
 * extensions, travel as YAML, and JSON is YAML. Written are the fields that our own documents have.
 */
export function swaggerProtobuf(document: JsonObject): Uint8Array {
  const info = asObject(document['info']);
  return message(
    text(1, document['swagger']),
    part(2, message(text(1, info['title']), text(2, info['version']))),
    part(8, named(2, document['paths'], pathItem)),
    part(9, named(1, document['definitions'], schema)),
  );
}

const wireBytes = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((length, field) => length + field.length, 0));
  let position = 0;
  for (const field of fields) {
    out.set(field, position);
    position += field.length;
  }
  return out;
}

const nothing = new Uint8Array();

/** A field that holds a message. */
function part(number: number, bytes: Uint8Array): Uint8Array {
  return message(
    Uint8Array.from([...varint(number * 8 + wireBytes), ...varint(bytes.length)]),
    bytes,
  );
}

/** A field that holds a string; an empty one is not written. */
function text(number: number, value: Json | undefined): Uint8Array {
  const given = asString(value);
  return given === '' ? nothing : part(number, utf8Encode(given));
}

function texts(number: number, values: Json | undefined): Uint8Array {
  return message(...asArray(values).map((value) => part(number, utf8Encode(asString(value)))));
}

/** A field that holds a number or a boolean; zero and false are not written. */
function whole(number: number, value: Json | undefined): Uint8Array {
  const given = Number(value ?? 0);
  return given === 0 ? nothing : Uint8Array.from([...varint(number * 8), ...varint(given)]);
}

/** A field for each entry of a map: its name, and what it holds. */
function named(
  number: number,
  map: Json | undefined,
  write: (value: JsonObject) => Uint8Array,
): Uint8Array {
  const fields = Object.entries(asObject(map)).map(([name, value]) =>
    part(number, message(text(1, name), part(2, write(asObject(value))))),
  );
  return message(...fields);
}

function anything(value: Json): Uint8Array {
  return text(2, JSON.stringify(value));
}

/** All fields whose names begin with `x-`. */
function extensions(number: number, value: JsonObject): Uint8Array {
  const fields = Object.entries(value)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, held]) => part(number, message(text(1, name), part(2, anything(held)))));
  return message(...fields);
}

function additionalProperties(value: Json | undefined): Uint8Array {
  if (value === undefined) return nothing;
  return part(21, typeof value === 'boolean' ? whole(2, value) : part(1, schema(asObject(value))));
}

function types(value: Json | undefined): Uint8Array {
  if (value === undefined) return nothing;
  return part(22, texts(1, Array.isArray(value) ? value : [value]));
}

function schema(value: JsonObject): Uint8Array {
  const { items, properties, default: fallback } = value;
  return message(
    text(1, value['$ref']),
    text(2, value['format']),
    text(3, value['title']),
    text(4, value['description']),
    fallback === undefined ? nothing : part(5, anything(fallback)),
    texts(19, value['required']),
    ...asArray(value['enum']).map((entry) => part(20, anything(entry))),
    additionalProperties(value['additionalProperties']),
    types(value['type']),
    items === undefined ? nothing : part(23, part(1, schema(asObject(items)))),
    ...asArray(value['allOf']).map((entry) => part(24, schema(asObject(entry)))),
    properties === undefined ? nothing : part(25, named(1, properties, schema)),
    extensions(31, value),
  );
}

const methods = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function pathItem(value: JsonObject): Uint8Array {
  const operations = Object.entries(methods).map(([method, number]) => {
    const given = value[method];
    return given === undefined ? nothing : part(number, operation(asObject(given)));
  });
  return message(...operations);
}

function operation(value: JsonObject): Uint8Array {
  const response = (given: JsonObject): Uint8Array => part(1, text(1, given['description']));
  return message(
    text(5, value['operationId']),
    ...asArray(value['parameters']).map((entry) => part(8, queryParameter(asObject(entry)))),
    part(9, named(1, value['responses'], response)),
    extensions(13, value),
  );
}

/** The parameter in the choices it is wrapped in: no reference, not the body, of the query. */
function queryParameter(value: JsonObject): Uint8Array {
  const parameter = message(
    text(2, value['in']),
    text(4, value['name']),
    text(6, value['type']),
    whole(20, value['uniqueItems']),
  );
  return part(1, part(2, part(3, parameter)));
}
