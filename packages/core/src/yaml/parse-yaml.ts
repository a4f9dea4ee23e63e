import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from 'yaml';
import {
  InputError,
  throwFaults,
  type Diagnostic,
  type SourcePosition,
} from '../errors/tidegate-error.ts';

/** Part of a path into YAML data: a key or an index. */
export type YamlPathPart = string | number;

/** One YAML document as plain data that knows where each part stands in its file. */
export interface ParsedYaml {
  /** Objects without prototype surprises: a key such as `__proto__` is an ordinary own property. */
  readonly value: unknown;
  /** Where the value at a path begins; of its nearest existing parent when it is missing. */
  positionOf(path: readonly YamlPathPart[]): SourcePosition;
  /** Where the key at a path stands; of its nearest existing parent when it is missing. */
  keyPositionOf(path: readonly YamlPathPart[]): SourcePosition;
}

/** Largest YAML text that is read. */
export const yamlSizeBytesMax = 5 * 1024 * 1024;
const aliasesMax = 100;
const depthMax = 100;

/** Reads one YAML document. Throws InputError with file, line and column of every fault. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const documents = parseYamlDocuments(text, file);
  const [first, second] = documents;
  if (second !== undefined) {
    throw new InputError('expected one YAML document, found several', {
      position: second.positionOf([]),
    });
  }
  return first ?? emptyDocument(file);
}

/** Reads all documents of a text; empty ones are left out. */
export function parseYamlDocuments(text: string, file: string): ParsedYaml[] {
  if (text.length > yamlSizeBytesMax) {
    throw new InputError(
      `the file has ${text.length} characters; expected ${yamlSizeBytesMax} at most`,
      {
        position: { file },
      },
    );
  }
  assertShallow(text, file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return (documents as Document.Parsed[])
    .filter((document) => document.contents !== null || document.errors.length > 0)
    .map((document) => toParsed(document, lines, file));
}

function emptyDocument(file: string): ParsedYaml {
  const position = (): SourcePosition => ({ file, line: 1, column: 1 });
  return { value: undefined, positionOf: position, keyPositionOf: position };
}

/** Flow collections are read by recursion: refuse what would exhaust the stack before reading it. */
function assertShallow(text: string, file: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    else if (char === '\n' && depth < 0) depth = 0;
    if (depth > 1000) throw tooDeep({ file });
  }
}

function tooDeep(position: SourcePosition): InputError {
  return new InputError(`nested more than ${depthMax} levels deep`, { position });
}

function toParsed(document: Document.Parsed, lines: LineCounter, file: string): ParsedYaml {
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  throwFaults(
    document.errors.map((error): Diagnostic => ({
      message: yamlFault(error.code, error.message),
      position: at(error.pos[0]),
    })),
  );
  const find = (path: readonly YamlPathPart[], wanted: 'key' | 'value'): SourcePosition =>
    at(findOffset(document.contents, path, wanted));
  return {
    value: toPlain(document, at),
    positionOf: (path) => find(path, 'value'),
    keyPositionOf: (path) => find(path, 'key'),
  };
}

function yamlFault(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'duplicate key; expected every key once';
  const sentence = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
  return `not valid YAML: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

interface PlainState {
  readonly document: Document.Parsed;
  readonly at: (offset: number) => SourcePosition;
  aliases: number;
}

function toPlain(document: Document.Parsed, at: PlainState['at']): unknown {
  return plain(document.contents, { document, at, aliases: 0 }, 0);
}

function plain(node: unknown, state: PlainState, depth: number): unknown {
  const offset = (node as Node | null)?.range?.[0] ?? 0;
  if (depth > depthMax) throw tooDeep(state.at(offset));
  if (isScalar(node)) return node.value;
  if (isAlias(node)) {
    state.aliases += 1;
    const target = node.resolve(state.document);
    if (state.aliases > aliasesMax || target === undefined) {
      throw new InputError(
        target === undefined
          ? `alias "*${node.source}" refers to no anchor`
          : `aliases expand without bound; expected ${aliasesMax} at most`,
        { position: state.at(offset) },
      );
    }
    return plain(target, state, depth + 1);
  }
  if (isSeq(node)) return node.items.map((item) => plain(item, state, depth + 1));
  if (!isMap(node)) return null;
  const result: Record<string, unknown> = {};
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const own = plain(value, state, depth + 1);
    if (name === '<<') mergeInto(result, own);
    else define(result, name, own);
  }
  return result;
}

/** Merge keys (`<<: *defaults`): what the mapping says itself wins. */
function mergeInto(result: Record<string, unknown>, merged: unknown): void {
  const sources: unknown[] = Array.isArray(merged) ? merged : [merged];
  for (const source of sources) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [name, value] of Object.entries(source)) {
      if (!Object.hasOwn(result, name)) define(result, name, value);
    }
  }
}

function define(result: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(result, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function findOffset(root: unknown, path: readonly YamlPathPart[], wanted: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [index, part] of path.entries()) {
    const isLast = index === path.length - 1;
    const child = childOf(node, part);
    if (child === undefined) return offset;
    offset =
      (isLast && wanted === 'key' ? startOf(child.key) : undefined) ??
      startOf(child.value) ??
      startOf(child.key) ??
      offset;
    node = child.value;
  }
  return offset;
}

function childOf(node: unknown, part: YamlPathPart): { key: unknown; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
    );
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  return undefined;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
