import { describe, expect, it } from 'vitest';
import { utf8Decode } from '../text/utf8.ts';
import { swaggerProtobuf } from './swagger-protobuf.ts';

/** The fields of a message by number; a field of bytes as such, another as its number. */
function fields(bytes: Uint8Array): Map<number, (Uint8Array | number)[]> {
  const found = new Map<number, (Uint8Array | number)[]>();
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[position] ?? 0;
      position += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const key = varint();
    const size = varint();
    const value = (key & 7) === 2 ? bytes.subarray(position, position + size) : size;
    if (typeof value !== 'number') position += size;
    found.set(key >>> 3, [...(found.get(key >>> 3) ?? []), value]);
  }
  return found;
}

/** What stands at a path of field numbers, in each message on the way. */
function all(bytes: Uint8Array, ...path: readonly number[]): (string | number)[] {
  const [first = 0, ...rest] = path;
  return (fields(bytes).get(first) ?? []).flatMap((value) => {
    if (typeof value === 'number') return [value];
    return rest.length === 0 ? [utf8Decode(value)] : all(value, ...rest);
  });
}

const long = 'naïve '.repeat(50);
const document = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: 'v1' },
  paths: {
    '/api': {
      get: {
        operationId: 'read',
        parameters: [{ name: 'dryRun', in: 'query', type: 'string', uniqueItems: true }],
        responses: { 200: { description: 'OK' } },
        'x-kubernetes-action': 'get',
      },
    },
  },
  definitions: {
    Map: { type: 'object', additionalProperties: { $ref: '#/definitions/Other' } },
    Other: {
      description: long,
      required: ['a', 'b'],
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'integer', format: 'int32' }, default: [] },
        b: { type: 'string', enum: ['x', 'y'] },
      },
      'x-kubernetes-list-map-keys': ['a', 'b'],
    },
    Open: { additionalProperties: true },
  },
};
const bytes = swaggerProtobuf(document);

/** Numbers by `openapiv2/OpenAPIv2.proto` of gnostic-models. */
const definition = [9, 1, 2] as const;
const property = [...definition, 25, 1] as const;
const operation = [8, 2, 2, 2] as const;

describe('a Swagger document as a message', () => {
  it.each([
    ['its version', [1], ['2.0']],
    ['its title', [2, 1], ['Kubernetes']],
    ['names of definitions', [9, 1, 1], ['Map', 'Other', 'Open']],
    ['types', [...definition, 22, 1], ['object', 'object']],
    ['a long text that is not ASCII', [...definition, 4], [long]],
    ['required fields', [...definition, 19], ['a', 'b']],
    ['the schema of other fields', [...definition, 21, 1, 1], ['#/definitions/Other']],
    ['that other fields are free', [...definition, 21, 2], [1]],
    ['names of fields', [...property, 1], ['a', 'b']],
    ['types of items', [...property, 2, 23, 1, 22, 1], ['integer']],
    ['formats', [...property, 2, 23, 1, 2], ['int32']],
    ['defaults', [...property, 2, 5, 2], ['[]']],
    ['choices', [...property, 2, 20, 2], ['"x"', '"y"']],
    ['names of extensions', [...definition, 31, 1], ['x-kubernetes-list-map-keys']],
    ['extensions', [...definition, 31, 2, 2], ['["a","b"]']],
    ['paths', [8, 2, 1], ['/api']],
    ['names of operations', [...operation, 5], ['read']],
    ['parameters of the query', [...operation, 8, 1, 2, 3, 4], ['dryRun']],
    ['that a parameter is given once', [...operation, 8, 1, 2, 3, 20], [1]],
    ['answers', [...operation, 9, 1, 2, 1, 1], ['OK']],
    ['extensions of operations', [...operation, 13, 2, 2], ['"get"']],
  ])('has %s', (_, path, expected) => {
    expect(all(bytes, ...path)).toEqual(expected);
  });
});
