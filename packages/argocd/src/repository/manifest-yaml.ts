import { FAILSAFE_SCHEMA, load, Type, YAMLException } from 'js-yaml';

/** What `yaml` is read into, as JSON would hold it. */
export type JsonValue = unknown;

const words = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word): [string, boolean] => [word, true],
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word): [string, boolean] => [word, false],
  ),
]);

/** Scalars as Go's yaml.v2 resolves them, which is YAML 1.1 without times and without numbers to the base 60. */
const schema = FAILSAFE_SCHEMA.extend({
  implicit: [
    new Type('tag:yaml.org,2002:null', {
      kind: 'scalar',
      resolve: (data: string | null) => data === null || /^(?:|~|null|Null|NULL)$/.test(data),
      construct: () => null,
    }),
    new Type('tag:yaml.org,2002:bool', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && words.has(data),
      construct: (data: string) => words.get(data),
    }),
    new Type('tag:yaml.org,2002:int', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && integerOf(data) !== undefined,
      construct: integerOf,
    }),
    new Type('tag:yaml.org,2002:float', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && floatOf(data) !== undefined,
      construct: floatOf,
    }),
    new Type('tag:yaml.org,2002:merge', {
      kind: 'scalar',
      resolve: (data: string | null) => data === '<<',
    }),
  ],
  explicit: [
    new Type('tag:yaml.org,2002:binary', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && /^[\sA-Za-z0-9+/]*[\s=]*$/.test(data),
      construct: base64Text,
    }),
    new Type('tag:yaml.org,2002:timestamp', { kind: 'scalar', resolve: () => true }),
    // Tags of one's own say nothing.
    ...(['scalar', 'sequence', 'mapping'] as const).map(
      (kind) => new Type('!', { kind, multi: true, resolve: () => true }),
    ),
  ],
});

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function base64Text(data: string): string {
  const bits = [...data.replace(/[\s=]/g, '')]
    .map((digit) => base64Digits.indexOf(digit).toString(2).padStart(6, '0'))
    .join('');
  const bytes = bits.match(/.{8}/g) ?? [];
  const escaped = bytes.map((byte) => `%${Number.parseInt(byte, 2).toString(16).padStart(2, '0')}`);
  try {
    return decodeURIComponent(escaped.join(''));
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}

const integers: readonly [RegExp, number][] = [
  [/^0[bB][01]+$/, 2],
  [/^0[oO][0-7]+$/, 8],
  [/^0[xX][0-9a-fA-F]+$/, 16],
  [/^0[0-7]+$/, 8],
  [/^(?:0|[1-9]\d*)$/, 10],
];
/** What lies outside is a float for Go as well. */
const [least, greatest] = [-(2n ** 63n), 2n ** 64n - 1n];

function integerOf(data: string): number | undefined {
  if (!/^[-+]?\d/.test(data)) return undefined;
  const plain = data.replaceAll('_', '');
  const sign = /^[-+]/.exec(plain)?.[0] ?? '';
  const digits = plain.slice(sign.length);
  const radix = integers.find(([pattern]) => pattern.test(digits))?.[1];
  if (radix === undefined) return undefined;
  const value = BigInt(radix === 8 ? `0o${digits.replace(/^0[oO]?/, '')}` : digits);
  const signed = sign === '-' ? -value : value;
  return signed < least || signed > greatest ? undefined : Number(signed);
}

function floatOf(data: string): number | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(data)) return data.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(data)) return NaN;
  if (!/^[-+]?[.\d]/.test(data)) return undefined;
  const plain = data.startsWith('.') ? data : data.replaceAll('_', '');
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}

/** A YAML document that is none. The message is Go's as far as the two parsers agree. */
export class YamlFault extends Error {}

/**
 * Reads one YAML document as sigs.k8s.io/yaml does for Argo CD: YAML 1.1, a key that comes twice counts as its
 * last. Throws YamlFault.
 */
export function readYaml(text: string): JsonValue {
  try {
    const value: unknown = load(text, { schema, json: true });
    assertFinite(value);
    return value ?? null;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { message } = error;
    const hasMore = message.startsWith('expected a single document');
    if (!hasMore) throw new YamlFault(`error converting YAML to JSON: yaml: ${goMessage(error)}`);
  }
  return readYaml(firstDocument(text));
}

/** Go reads the first document and leaves the rest. */
function firstDocument(text: string): string {
  const body = text.replace(/^(?:(?:#[^\n]*|\s*|%[^\n]*)\n)*---[^\n]*\n/, '');
  return body.split(/^(?:---|\.\.\.)(?:\s|$)/m, 1)[0] ?? '';
}

/** What js-yaml says, what Go says instead, and how much further Go counts lines than the parser. */
const goMessages: readonly [RegExp, string, number][] = [
  [
    /unexpected end of the stream within a flow collection/,
    'did not find expected node content',
    0,
  ],
  [/missed comma between flow collection entries/, "did not find expected ',' or ']'", 0],
  [/bad indentation of a mapping entry/, 'mapping values are not allowed in this context', 1],
  [/bad indentation of a sequence entry/, "did not find expected '-' indicator", 0],
  [/can not read a block mapping entry/, "could not find expected ':'", 1],
  [/unexpected end of the stream within a \w+ quoted scalar/, 'found unexpected end of stream', 1],
  [/unknown escape sequence/, 'found unknown escape character', 1],
  [/can not read an implicit mapping pair/, "could not find expected ':'", 1],
  [/end of the stream or a document separator is expected/, 'did not find expected key', 0],
  [/tab characters must not be used/, 'found character that cannot start any token', 1],
];

function goMessage({ reason, mark }: YAMLException): string {
  const alias = /unidentified alias "(.*)"/.exec(reason)?.[1];
  if (alias !== undefined) return `unknown anchor '${alias}' referenced`;
  const [, said, further] = goMessages.find(([pattern]) => pattern.test(reason)) ?? ['', reason, 1];
  const line = mark.line + further;
  return line === 0 ? said : `line ${line}: ${said}`;
}

function assertFinite(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new YamlFault(`error converting YAML to JSON: json: unsupported value: ${shown}`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) assertFinite(item);
}
