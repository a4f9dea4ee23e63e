import { isAlias, isMap, isScalar, isSeq, parseDocument, Scalar, type Document } from 'yaml';
import { GoList, GoMap, toGoValue } from './go-value.ts';
import { printFloat } from './format.ts';
import { resolveScalar } from './yaml-scalar.ts';

export { writeYaml } from './yaml-writer.ts';

/** How many values the aliases of a text may stand for. */
const valuesMax = 100_000;

/** Reads YAML as Go's sigs.k8s.io/yaml does, into plain JSON data. Throws with its words. */
export function readGoYaml(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  const [fault] = document.errors;
  if (fault !== undefined) throw new Error(`error converting YAML to JSON: yaml: ${fault.message}`);
  return new YamlReader(document).read();
}

/** Reads YAML that has to be a mapping, or a list; null counts as an empty one. */
export function readYamlMap(text: string): GoMap {
  const value = readGoYaml(text);
  const read = toGoValue(value);
  if (read === null) return new GoMap([]);
  if (read instanceof GoMap) return read;
  throw mismatch(value, 'map[string]interface {}');
}

export function readYamlList(text: string): GoList {
  const value = readGoYaml(text);
  const read = toGoValue(value);
  if (read === null) return new GoList([]);
  if (read instanceof GoList) return read;
  throw mismatch(value, '[]interface {}');
}

/** What Go says when data is of another type than what it is read into. */
export function mismatch(value: unknown, type: string): Error {
  return new Error(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonType(value)} into Go value of type ${type}`,
  );
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Walks a document, with a limit on what its aliases stand for. */
class YamlReader {
  private readonly document: Document.Parsed;
  private values = 0;

  constructor(document: Document.Parsed) {
    this.document = document;
  }

  read(): unknown {
    return this.value(this.document.contents, []);
  }

  private value(node: unknown, open: readonly unknown[]): unknown {
    this.values += 1;
    if (this.values > valuesMax) throw new Error('yaml: document contains excessive aliasing');
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined || open.includes(target)) {
        throw new Error(
          `error converting YAML to JSON: yaml: unknown anchor '${node.source}' referenced`,
        );
      }
      return this.value(target, [...open, target]);
    }
    if (isScalar(node)) return scalarValue(node);
    if (isSeq(node)) return node.items.map((item) => this.value(item, open));
    return isMap(node) ? this.mapping(node.items, open) : null;
  }

  private mapping(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    open: readonly unknown[],
  ): Record<string, unknown> {
    const result = new Map<string, unknown>();
    const merged: unknown[] = [];
    for (const { key, value } of pairs) {
      const read = this.value(value, open);
      if (isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<') merged.push(read);
      else result.set(keyName(this.value(key, open)), read);
    }
    for (const source of merged.flat()) {
      if (typeof source !== 'object' || source === null) {
        throw new Error(
          'error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value',
        );
      }
      for (const [name, value] of Object.entries(source)) {
        if (!result.has(name)) result.set(name, value);
      }
    }
    return Object.fromEntries(result);
  }
}

function scalarValue({ value, type, tag }: Scalar): unknown {
  const text = typeof value === 'string' ? value : '';
  const plain = type === Scalar.PLAIN && (tag === undefined || tag === '!!str');
  if (!plain) return text;
  const resolved = resolveScalar(text);
  if (typeof resolved !== 'number' || Number.isFinite(resolved)) return resolved;
  throw new Error(
    `error converting YAML to JSON: json: unsupported value: ${printFloat(resolved)}`,
  );
}

function keyName(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return Number.isInteger(key) ? String(key) : printFloat(key);
  if (typeof key === 'boolean') return String(key);
  throw new Error(
    'error converting YAML to JSON: unsupported map key of a type that is no text, number or boolean',
  );
}
