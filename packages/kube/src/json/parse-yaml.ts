import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { type Json, protoKey } from './value.ts';
import { isExact, maxDepth, tooLarge, unsafeKey, UnsupportedJsonError } from './parse-json.ts';

/** Malformed YAML. */
export class YamlSyntaxError extends Error {
  override readonly name = 'YamlSyntaxError';
}

export interface ParsedYaml {
  readonly value: Json;
  /** One sentence for each key that came twice in one map; the last value counts. */
  readonly duplicates: readonly string[];
}

/** Reads one YAML document as plain JSON. */
export function parseYaml(text: string): ParsedYaml {
  try {
    return readYaml(text);
  } catch (error) {
    // The parser goes as deep as the stack does.
    if (error instanceof RangeError)
      throw new UnsupportedJsonError(`nesting deeper than ${maxDepth}`, { cause: error });
    throw error;
  }
}

function readYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
  });
  const failure = document.errors[0];
  if (failure !== undefined) {
    const line = lines.linePos(failure.pos[0]).line;
    throw new YamlSyntaxError(`yaml: line ${line}: ${failure.message}`);
  }
  const duplicates: string[] = [];
  visit(document, {
    Scalar(_, { value, source = '' }) {
      if (typeof value === 'number' && !isExact(value, source)) throw tooLarge(source);
    },
    Map(_, map) {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : '';
        if (key === protoKey) throw unsafeKey();
        if (seen.has(key) && isScalar(pair.key)) {
          const line = lines.linePos(pair.key.range?.[0] ?? 0).line;
          duplicates.push(`line ${line}: key ${JSON.stringify(key)} already set in map`);
        }
        seen.add(key);
      }
    },
  });
  if (
    document.contents !== null &&
    isMap(document.contents) &&
    document.contents.items.length === 0
  ) {
    return { value: {}, duplicates };
  }
  return { value: document.toJS({ maxAliasCount: 100 }) as Json, duplicates };
}
