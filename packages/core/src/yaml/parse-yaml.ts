import {
  Composer,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  Scalar,
  type Alias,
  type CST,
  type Document,
  type Node,
  type YAMLMap,
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
/** How many nodes the aliases of a document may stand for, all together. */
const aliasedNodesMax = 100_000;
/** How deep collections may be nested. */
export const depthMax = 100;

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
  const lines = new LineCounter();
  const at = positions(text, file, lines);
  // Duplicate keys are found while reading data: the library compares every key with every other.
  const composer = new Composer({ uniqueKeys: false });
  return [...composer.compose(shallowTokens(text, lines, at))]
    .filter((document) => !isEmpty(document) || document.errors.length > 0)
    .map((document) => toParsed(document, at));
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return isScalar(contents) && contents.value === null && contents.source === '';
}

type PositionAt = (offset: number) => SourcePosition;

function positions(text: string, file: string, lines: LineCounter): PositionAt {
  const byteOrderMark = text.startsWith('\ufeff') ? 1 : 0;
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: line === 1 ? Math.max(1, col - byteOrderMark) : col };
  };
}

function emptyDocument(file: string): ParsedYaml {
  const position = (): SourcePosition => ({ file, line: 1, column: 1 });
  return { value: undefined, positionOf: position, keyPositionOf: position };
}

/** Nodes are composed by recursion: refuses what would exhaust the stack before it is composed. */
function* shallowTokens(text: string, lines: LineCounter, at: PositionAt): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // Besides the collections: the document around them and the scalar within.
    if (parser.stack.length > depthMax + 2) throw tooDeep(at(parser.offset - lexeme.length));
  }
  yield* parser.end();
}

function tooDeep(position: SourcePosition): InputError {
  return new InputError(`nested more than ${depthMax} levels deep`, { position });
}

function toParsed(document: Document.Parsed, at: PositionAt): ParsedYaml {
  // One only: after the first fault of form the others mostly follow from it.
  const [first] = document.errors;
  if (first !== undefined) {
    throw new InputError(yamlFault(first.message), { position: at(first.pos[0]) });
  }
  const reader = new DataReader(at);
  const value = reader.read(document.contents);
  throwFaults(reader.faults);
  const find = (path: readonly YamlPathPart[], wanted: 'key' | 'value'): SourcePosition =>
    at(findOffset(document.contents, path, wanted));
  return {
    value,
    positionOf: (path) => find(path, 'value'),
    keyPositionOf: (path) => find(path, 'key'),
  };
}

function yamlFault(message: string): string {
  const sentence = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
  return `not valid YAML: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** Turns the nodes of one document into plain data, in the document's order. */
class DataReader {
  readonly faults: Diagnostic[] = [];
  private readonly at: PositionAt;
  private readonly anchors = new Map<string, Node>();
  /** What each alias stands for where it is written: an anchor's name may be given again later. */
  private readonly targets = new Map<Alias, Node>();
  /** What is being expanded now, from the outside in. */
  private readonly open = new Set<Node>();
  /** The alias in the document itself that is being expanded now. */
  private outermost: Alias | undefined;
  private aliasedNodes = 0;

  constructor(at: PositionAt) {
    this.at = at;
  }

  read(root: unknown): unknown {
    return this.value(root, 0);
  }

  private value(node: unknown, depth: number): unknown {
    if (depth > depthMax) throw tooDeep(this.position(this.outermost ?? node));
    this.count(node);
    if (isScalar(node)) return scalarData(node);
    if (isAlias(node)) return this.expand(node, depth);
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1));
    return isMap(node) ? this.mapping(node, depth) : null;
  }

  /** Keeps the budget of nodes within aliases, and remembers anchors outside of them. */
  private count(node: unknown): void {
    if (this.outermost === undefined) {
      if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
        this.anchors.set(node.anchor, node);
      }
      return;
    }
    this.aliasedNodes += 1;
    if (this.aliasedNodes > aliasedNodesMax) {
      throw new InputError(`aliases stand for more than ${aliasedNodesMax} values in all`, {
        position: this.position(this.outermost),
      });
    }
  }

  private expand(alias: Alias, depth: number): unknown {
    const target = this.targetOf(alias);
    if (this.open.has(target)) {
      throw new InputError(`alias "*${alias.source}" is part of what it stands for`, {
        position: this.position(alias),
      });
    }
    const { outermost } = this;
    this.outermost ??= alias;
    this.open.add(target);
    const data = this.value(target, depth);
    this.open.delete(target);
    this.outermost = outermost;
    return data;
  }

  private targetOf(alias: Alias): Node {
    const target = this.targets.get(alias) ?? this.anchors.get(alias.source);
    if (target === undefined) {
      throw new InputError(`alias "*${alias.source}" refers to no anchor`, {
        position: this.position(alias),
      });
    }
    this.targets.set(alias, target);
    return target;
  }

  private mapping(node: YAMLMap, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const own = new Set<string>();
    for (const { key, value } of node.items) {
      const name = this.keyName(key, depth);
      const data = this.value(value, depth + 1);
      if (isMergeKey(key)) this.merge(result, data, value ?? key);
      else if (own.has(name)) this.fault('duplicate key; expected every key once', key);
      else define(result, name, data);
      if (!isMergeKey(key)) own.add(name);
    }
    return result;
  }

  private keyName(key: unknown, depth: number): string {
    const data = this.value(key, depth + 1);
    if (typeof data !== 'object' || data === null) return String(data);
    throw new InputError('a key is a collection; expected a text', {
      position: this.position(key),
      hint: 'put a text that begins with {, [ or {{ in quotes',
    });
  }

  /** Merge keys (`<<: *defaults`): what the mapping says itself wins. */
  private merge(result: Record<string, unknown>, merged: unknown, node: unknown): void {
    const sources: unknown[] = Array.isArray(merged) ? merged : [merged];
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.fault('a merge key takes a mapping or a list of mappings', node);
        return;
      }
      for (const [name, value] of Object.entries(source)) {
        if (!Object.hasOwn(result, name)) define(result, name, value);
      }
    }
  }

  /** Once for each place: what is wrong within an alias is wrong where the anchor is. */
  private fault(message: string, node: unknown): void {
    if (this.outermost === undefined) this.faults.push({ message, position: this.position(node) });
  }

  private position(node: unknown): SourcePosition {
    return this.at(startOf(node) ?? 0);
  }
}

/** Only a plain `<<` merges: in quotes it is a key as any other. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<';
}

/** Explicit tags such as `!!timestamp` make objects of texts; data has only what JSON has. */
function scalarData({ value, source }: Scalar): unknown {
  const isData = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  return isData ? value : source;
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
      (item) => isPair(item) && isScalar(item.key) && keyText(item.key) === String(part),
    );
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  return undefined;
}

function keyText(key: Scalar): string {
  return String(scalarData(key));
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
