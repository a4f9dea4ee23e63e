import knownFacts from './kubernetes-facts.json' with { type: 'json' };
import written from './kubernetes-types.json' with { type: 'json' };

/** The type of one field. */
export type Shape =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'object'; readonly type: string }
  | { readonly kind: 'array'; readonly item: Shape }
  | { readonly kind: 'map'; readonly value: Shape }
  | { readonly kind: 'any' };
export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'number'
  | 'double'
  | 'byte'
  | 'date-time'
  | 'micro-time'
  | 'int-or-string';

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  readonly description: string;
  /** Whether nothing and the zero value are two things. */
  readonly pointer: boolean;
  /** Whether the zero value is left out of answers. */
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  /** `map`, `set` or `atomic`, as server-side apply merges lists and maps. */
  readonly listType: string | undefined;
  readonly listKeys: readonly string[];
  readonly mergeKey: string | undefined;
  readonly patchStrategy: string | undefined;
  /** Field number in protobuf; `outer/inner` for an embedded message. */
  readonly number: string | undefined;
}
export interface TypeModel {
  readonly name: string;
  readonly description: string;
  /** Package in Go, such as `core/v1`. */
  readonly package: string;
  /** Whether server-side apply takes objects of this type as one value. */
  readonly atomic: boolean;
  /** In the order in which Kubernetes writes them. */
  readonly fields: ReadonlyMap<string, Field>;
}

interface WrittenField {
  readonly t: string;
  readonly r?: boolean;
  readonly d?: string;
}
interface WrittenType {
  readonly d?: string;
  readonly f: Readonly<Record<string, WrittenField>>;
}
interface WrittenFact {
  readonly p?: number;
  readonly o?: number;
  readonly z?: number;
  readonly n?: string;
  readonly l?: string;
  readonly k?: readonly string[];
  readonly m?: string;
  readonly s?: string;
}
interface WrittenFacts {
  readonly pkg?: string;
  readonly atomic?: number;
  readonly f: Readonly<Record<string, WrittenFact>>;
}

const source = written as unknown as Readonly<Record<string, WrittenType>>;
const facts = knownFacts as unknown as Readonly<Record<string, WrittenFacts>>;
const scalars: Readonly<Record<string, Scalar>> = {
  string: 'string',
  boolean: 'boolean',
  int32: 'int32',
  int64: 'int64',
  number: 'number',
  double: 'double',
  byte: 'byte',
  'date-time': 'date-time',
  'micro-time': 'micro-time',
  IntOrString: 'int-or-string',
  Date: 'date-time',
};
/** Types read so far. They are the same for every server. */
const parsed = new Map<string, TypeModel>();

/** The fields of a built-in type, by the name that the published client gives to it. */
export function typeModel(name: string): TypeModel {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const from = source[name];
  if (from === undefined) throw new Error(`There is no type ${name}.`);
  const about = facts[name] ?? { f: {} };
  const fields = new Map<string, Field>();
  for (const key of new Set([...topFirst(from, about), ...Object.keys(from.f)])) {
    fields.set(key, makeField(key, from.f[key], about.f[key]));
  }
  const model: TypeModel = {
    name,
    description: from.d ?? '',
    package: about.pkg ?? 'core/v1',
    atomic: about.atomic === 1,
    fields,
  };
  parsed.set(name, model);
  return model;
}

function topFirst(from: WrittenType, about: WrittenFacts): readonly string[] {
  const keys = Object.keys(about.f);
  const isRoot = ['kind', 'apiVersion', 'metadata'].every((key) => Object.hasOwn(from.f, key));
  return isRoot ? ['kind', 'apiVersion', ...keys] : keys;
}

/** A field that nothing is known of is a pointer that may be left out. */
const noFact: WrittenFact = { p: 1, o: 1 };

function makeField(
  name: string,
  from: WrittenField | undefined,
  fact: WrittenFact = noFact,
): Field {
  return {
    name,
    shape: from === undefined ? { kind: 'any' } : parseShape(from.t),
    required: from?.r === true,
    description: from?.d ?? '',
    pointer: fact.p === 1,
    omitEmpty: fact.o === 1,
    omitZero: fact.z === 1,
    listType: fact.l,
    listKeys: fact.k ?? [],
    mergeKey: fact.m,
    patchStrategy: fact.s,
    number: fact.n,
  };
}

export function hasType(name: string): boolean {
  return Object.hasOwn(source, name);
}

function parseShape(text: string): Shape {
  const array = /^Array<(.*)>$/.exec(text);
  if (array !== null) return { kind: 'array', item: parseShape(array[1] ?? 'any') };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text);
  if (map !== null) return { kind: 'map', value: parseShape(map[1] ?? 'any') };
  const scalar = scalars[text];
  if (scalar !== undefined) return { kind: 'scalar', scalar };
  return text === 'any' || !hasType(text) ? { kind: 'any' } : { kind: 'object', type: text };
}
