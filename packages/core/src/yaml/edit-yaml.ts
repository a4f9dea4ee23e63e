import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { InputError, invariant } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import { isAmbiguousPlain, isUnprintable, quoteYaml } from './format-yaml.ts';
import { parseYaml, type ParsedYaml, type YamlPathPart } from './parse-yaml.ts';

/** A scalar to be set in a YAML text. */
export interface YamlEdit {
  /** Keys and indices from the root. Missing keys are added at the end of their mapping. */
  readonly path: readonly YamlPathPart[];
  readonly value: string | number | boolean;
}

/**
 * Sets scalars in the text of one YAML document and keeps everything else as it was written, byte by
 * byte: comments, order, quotes, blank lines, indentation, line ends. The result, read again, is the
 * old data with exactly the given values in it. Throws InputError, with line and column, where that
 * cannot be had: through an alias or a merge key, in place of a collection, below a scalar.
 */
export function editYaml(text: string, file: string, edits: readonly YamlEdit[]): string {
  return edits.reduce((edited, edit) => editOne(edited, file, edit), text);
}

function editOne(text: string, file: string, edit: YamlEdit): string {
  const parsed = parseYaml(text, file);
  if (Object.is(valueAt(parsed.value, edit.path), edit.value)) return text;
  const root = readRoot(text);
  const wanted = withValue(parsed.value, edit, 0);
  for (const candidate of candidates(text, root, parsed, edit)) {
    if (readsAs(candidate, file, wanted)) return candidate;
  }
  const position = parsed.positionOf(edit.path);
  throw new InputError(`"${edit.path.join('.')}" cannot be set without changing anything else`, {
    position,
    hint: 'an alias, a merge key or a tag may depend on it; edit the file by hand',
  });
}

/** The root of the one document that says something, or of the first one. */
function readRoot(text: string): unknown {
  const roots = parseAllDocuments(text, { uniqueKeys: false }).map(
    ({ contents }): unknown => contents,
  );
  return roots.find((root) => !isNull(root)) ?? roots[0];
}

/** Ways to write the edit, the best one first. They are guesses: each is read again. */
function* candidates(
  text: string,
  root: unknown,
  parsed: ParsedYaml,
  edit: YamlEdit,
): Generator<string> {
  const place = findPlace(root, parsed, edit.path);
  const context = { text, place, root };
  if (place.missing.length > 0) yield* additions(context, edit);
  else yield* replacements(context, edit.value);
}

/** Where a path ends in the document. */
interface Place {
  /** The scalar at the path, or what is nearest to it: a mapping that lacks a key, or null. */
  readonly node: unknown;
  /** The pair that holds the node, unless it is the root or an item. */
  readonly pair: Pair | undefined;
  /** The mapping that holds the pair. */
  readonly parent: YAMLMap | undefined;
  readonly isInFlow: boolean;
  /** Keys of the path that do not exist. */
  readonly missing: readonly string[];
}

interface EditContext {
  readonly text: string;
  readonly place: Place;
  readonly root: unknown;
}

function findPlace(root: unknown, parsed: ParsedYaml, path: readonly YamlPathPart[]): Place {
  let place: Place = {
    node: root,
    pair: undefined,
    parent: undefined,
    isInFlow: isFlow(root),
    missing: [],
  };
  for (const [index, part] of path.entries()) {
    const next = step(place, part, () => refusal(place.node, parsed, path.slice(0, index)));
    if (next === undefined) {
      const isInherited = valueAt(parsed.value, path.slice(0, index + 1)) !== undefined;
      if (isInherited) throw inherited(parsed, path.slice(0, index + 1));
      return { ...place, missing: missingKeys(parsed, path, index) };
    }
    place = next;
  }
  if (isAlias(place.node) || isCollection(place.node)) throw refusal(place.node, parsed, path);
  return place;
}

/** One part further down; undefined where a key could be added. */
function step(place: Place, part: YamlPathPart, refuse: () => InputError): Place | undefined {
  const { node } = place;
  if (isSeq(node) && typeof part === 'number' && node.items[part] !== undefined) {
    const item: unknown = node.items[part];
    const isInFlow = place.isInFlow || isFlow(item);
    return { ...place, node: item, pair: undefined, parent: undefined, isInFlow };
  }
  if (isNull(node)) return undefined;
  if (!isMap(node)) throw refuse();
  const pair = node.items.find(({ key }) => keyOf(key) === String(part));
  if (pair === undefined) return undefined;
  const isInFlow = place.isInFlow || isFlow(pair.value);
  return { node: pair.value, pair, parent: node, isInFlow, missing: [] };
}

function missingKeys(parsed: ParsedYaml, path: readonly YamlPathPart[], index: number): string[] {
  return path.slice(index).map((part) => {
    if (typeof part === 'string') return part;
    throw new InputError(`"${path.join('.')}" does not exist; expected a list with item ${part}`, {
      position: parsed.positionOf(path),
    });
  });
}

function refusal(node: unknown, parsed: ParsedYaml, path: readonly YamlPathPart[]): InputError {
  const name = path.length === 0 ? 'the document' : `"${path.join('.')}"`;
  const position = parsed.positionOf(path);
  if (isAlias(node)) {
    return new InputError(`${name} is an alias of "&${node.source}"; expected a value of its own`, {
      position,
      hint: `set the value at the anchor, or replace "*${node.source}" by hand`,
    });
  }
  if (isSeq(node)) return new InputError(`${name} is a list; expected no list here`, { position });
  if (isMap(node)) {
    return new InputError(`${name} is a mapping; expected a single value`, { position });
  }
  return new InputError(`${name} is a single value; expected a mapping`, { position });
}

function inherited(parsed: ParsedYaml, path: readonly YamlPathPart[]): InputError {
  return new InputError(`"${path.join('.')}" comes from a merge key; expected a value of its own`, {
    position: parsed.positionOf(path),
    hint: 'set the value at the anchor, or add the key by hand',
  });
}

function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true;
}

function isNull(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

function keyOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function* replacements({ text, place }: EditContext, value: YamlEdit['value']): Generator<string> {
  const { node } = place;
  if (isScalar(node) && !allowsTag(node.tag, value)) return;
  const style = isScalar(node) ? node.type : undefined;
  if (isScalar(node) && (style === Scalar.BLOCK_LITERAL || style === Scalar.BLOCK_FOLDED)) {
    const [start, end] = rangeOf(node);
    const source = text.slice(start, end);
    for (const spelled of blockSpellings(source, value, place.isInFlow)) {
      yield text.slice(0, start) + spelled + text.slice(end);
    }
    return;
  }
  for (const spelled of spellings(value, style, place.isInFlow)) {
    yield putScalar(text, place, spelled);
  }
}

/** Whether every reader takes the value for what an explicit tag such as `!!str` says. */
function allowsTag(tag: string | undefined, value: YamlEdit['value']): boolean {
  const name = tag?.startsWith('tag:yaml.org,2002:') === true ? tag.slice(18) : undefined;
  switch (name) {
    case 'str':
      return typeof value === 'string';
    case 'int':
      return Number.isInteger(value);
    case 'float':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    default:
      return name === undefined;
  }
}

/** Writes a value in place of a scalar on one line, or where an empty one would stand. */
function putScalar(text: string, { node, pair }: Place, spelled: string): string {
  if (!isScalar(node)) {
    const [, keyEnd] = rangeOf(pair?.key);
    return `${text.slice(0, keyEnd)}: ${spelled}${text.slice(keyEnd)}`;
  }
  const [start, end] = rangeOf(node);
  if (start < end) return text.slice(0, start) + spelled + text.slice(end);
  const at = text.slice(0, start).replace(/[ \t]+$/, '').length;
  return `${text.slice(0, at)} ${spelled}${text.slice(at)}`;
}

/** How a value can be written on one line: in the style that is there if that says the same. */
function spellings(
  value: YamlEdit['value'],
  style: Scalar.Type | undefined,
  isInFlow: boolean,
): string[] {
  if (typeof value === 'number') return [numberText(value)];
  if (typeof value === 'boolean') return [String(value)];
  const quoted = quoteYaml(value);
  if (style === Scalar.QUOTE_DOUBLE) return [quoted];
  if (style === Scalar.QUOTE_SINGLE) {
    const fits = !isUnprintable(value) && !/[\n\t]/.test(value);
    return fits ? [`'${value.replaceAll("'", "''")}'`, quoted] : [quoted];
  }
  return fitsPlain(value, isInFlow) ? [value, quoted] : [quoted];
}

function numberText(value: number): string {
  invariant(Number.isFinite(value), `${value} cannot be written for every YAML reader`);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Whether every YAML reader takes the text, without quotes, for just this text. */
function fitsPlain(text: string, isInFlow: boolean): boolean {
  const begins = /^(?:[^-?:,[\]{}#&*!|>'"%@`\s]|-[^-\s,[\]{}])/.test(text);
  const isPlain = begins && !/[\n\t]|:(?:\s|$)|\s#|\s$|^\.\.\./.test(text);
  const fitsFlow = !isInFlow || !/[,[\]{}]/.test(text);
  return isPlain && fitsFlow && !isAmbiguousPlain(text) && !isUnprintable(text);
}

/** Ways to replace a block scalar. Its comment and the blank lines behind it stay. */
function* blockSpellings(
  source: string,
  value: YamlEdit['value'],
  isInFlow: boolean,
): Generator<string> {
  const block = readBlock(source);
  if (typeof value === 'string' && fitsBlock(value)) yield* blockOf(value, block);
  for (const spelled of spellings(value, undefined, isInFlow)) {
    yield spelled + block.comment + block.behind;
  }
}

interface BlockSource {
  readonly kind: string;
  /** Blanks before each line, or undefined when the block says by how many itself or has no line. */
  readonly indent: string | undefined;
  readonly comment: string;
  readonly eol: string;
  /** The last line break and the blank lines after it. */
  readonly behind: string;
}

function readBlock(source: string): BlockSource {
  const kind = source.charAt(0);
  const [header = kind, indicators = '', comment = '', eol = ''] =
    /^.([-+\d]*)([^\r\n]*)(\r?\n)?/.exec(source) ?? [];
  const body = source.slice(header.length);
  const content = body.replace(/(?:\r?\n[ \t]*)+$/, '');
  const found = /^(?:[ \t]*\r?\n)*( +)\S/.exec(content)?.[1];
  return {
    kind,
    indent: /\d/.test(indicators) ? undefined : found,
    comment,
    eol,
    behind: content.trim() === '' ? eol + body : body.slice(content.length),
  };
}

function* blockOf(text: string, block: BlockSource): Generator<string> {
  const { kind, indent, comment, eol, behind } = block;
  if (indent === undefined) return;
  const lines = text.replace(/\n$/, '').split('\n');
  const header = (lines.length > 1 ? '|' : kind) + (text.endsWith('\n') ? '' : '-');
  const body = lines.map((line) => (line === '' ? '' : indent + line)).join(eol);
  yield header + comment + eol + body + behind;
}

function fitsBlock(text: string): boolean {
  return /^\S/.test(text) && !isUnprintable(text) && !/\n[ \t]+(?:\n|$)|\n\n$/.test(text);
}

function* additions(context: EditContext, edit: YamlEdit): Generator<string> {
  const { text, place } = context;
  const { node } = place;
  if (isMap(node)) {
    yield place.isInFlow ? addToFlow(text, node, context, edit) : addToBlock(node, context, edit);
    return;
  }
  if (!place.isInFlow) {
    if (place.parent !== undefined) yield addBelowKey(place.parent, context, edit);
    else if (node === context.root) yield addToEmpty(context, edit);
  }
  yield putScalar(text, place, `{ ${flowEntry(context, edit)} }`);
}

/** After the mapping's last line, before blank lines and comments that belong to what follows. */
function addToBlock(map: YAMLMap, context: EditContext, edit: YamlEdit): string {
  const { text } = context;
  const indent = columnOf(text, rangeOf(map)[0]);
  const at = afterComments(text, lineEnd(text, contentEnd(text, map)), indent);
  return insertLines(text, at, blockEntry(context, edit, indent));
}

/** A mapping in place of null, on the lines below its key. */
function addBelowKey(parent: YAMLMap, context: EditContext, edit: YamlEdit): string {
  const { text, place, root } = context;
  const indent = columnOf(text, rangeOf(parent)[0]);
  const [start, end] = rangeOf(isScalar(place.node) ? place.node : place.pair?.key);
  const isWritten = isScalar(place.node) && start < end;
  const kept = isWritten ? text.slice(0, start).replace(/[ \t]+$/, '') + text.slice(end) : text;
  const from = isWritten ? text.slice(0, start).replace(/[ \t]+$/, '').length : end;
  const at = afterComments(kept, lineEnd(kept, from), indent);
  return insertLines(kept, at, blockEntry(context, edit, indent + indentStep(text, root)));
}

/** The first key of a document that says nothing yet. */
function addToEmpty(context: EditContext, edit: YamlEdit): string {
  const { text } = context;
  const eol = lineBreak(text);
  const lines = blockEntry(context, edit, 0).join(eol);
  const endsLine = text === '' || text === '\ufeff' || text.endsWith('\n');
  return endsLine ? text + lines + eol : text + eol + lines;
}

function addToFlow(text: string, map: YAMLMap, context: EditContext, edit: YamlEdit): string {
  const entry = flowEntry(context, edit);
  const [start, end] = rangeOf(map);
  if (map.items.length > 0) {
    const at = contentEnd(text, map.items.at(-1));
    return `${text.slice(0, at)}, ${entry}${text.slice(at)}`;
  }
  const isTight = text.slice(start, end) === '{}';
  return `${text.slice(0, start + 1)} ${entry}${isTight ? ' ' : ''}${text.slice(start + 1)}`;
}

function blockEntry({ text, root, place }: EditContext, edit: YamlEdit, indent: number): string[] {
  const width = indentStep(text, root);
  return place.missing.map((key, index) => {
    const blanks = ' '.repeat(indent + width * index);
    const isLast = index === place.missing.length - 1;
    return `${blanks}${keyText(key, false)}:${isLast ? ` ${newValue(place, edit, false)}` : ''}`;
  });
}

function flowEntry({ place }: EditContext, edit: YamlEdit): string {
  const [first = '', ...rest] = place.missing.map((key) => keyText(key, true));
  const inner = [...rest, newValue(place, edit, true)].reduceRight(
    (value, key) => `{ ${key}: ${value} }`,
  );
  return `${first}: ${inner}`;
}

function keyText(key: string, isInFlow: boolean): string {
  return fitsPlain(key, isInFlow) ? key : quoteYaml(key);
}

/** A new value in the quotes that the last text beside it has. */
function newValue({ node, missing }: Place, { value }: YamlEdit, isInFlow: boolean): string {
  const beside = isMap(node) && missing.length === 1 ? node.items : [];
  const texts = beside.map((pair) => pair.value).filter((item) => isScalar(item));
  const style = texts.findLast((item) => typeof item.value === 'string')?.type;
  return spellings(value, style, isInFlow)[0] ?? '';
}

function insertLines(text: string, at: number, lines: readonly string[]): string {
  const eol = lineBreak(text);
  return text.slice(0, at) + lines.map((line) => eol + line).join('') + text.slice(at);
}

function lineBreak(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** Where the line that an offset is on ends, before its line break. */
function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  if (at === -1) return text.length;
  return text[at - 1] === '\r' && at > offset ? at - 1 : at;
}

/** Behind the comments that follow a line and are indented deeper than a mapping's keys. */
function afterComments(text: string, offset: number, indent: number): number {
  const comment = /(?:\r?\n[ \t]*)*\r?\n( *)#[^\r\n]*/y;
  let at = offset;
  for (;;) {
    comment.lastIndex = at;
    const blanks = comment.exec(text)?.[1];
    if (blanks === undefined || blanks.length <= indent) return at;
    at = comment.lastIndex;
  }
}

/** Where the last thing that a node or pair says ends. */
function contentEnd(text: string, node: unknown): number {
  if (isCollection(node) && !isFlow(node) && node.items.length > 0) {
    return contentEnd(text, node.items.at(-1));
  }
  if (!isNode(node)) {
    const { key, value } = node as Pair;
    return contentEnd(text, value ?? key);
  }
  const [start, end] = rangeOf(node);
  const isBlock =
    isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
  if (!isBlock) return end;
  const source = text.slice(start, end);
  const keepsBlanks = /^.\d?\+/.test(source);
  const behind = keepsBlanks ? /\r?\n$/ : /(?:\r?\n[ \t]*)+$/;
  return start + source.replace(behind, '').length;
}

function columnOf(text: string, offset: number): number {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const byteOrderMark = lineStart === 0 && text.startsWith('\ufeff') ? 1 : 0;
  return offset - lineStart - byteOrderMark;
}

/** By how many blanks the document's mappings are indented in each other. */
function indentStep(text: string, root: unknown): number {
  const widths = indentsOf(text, root, undefined);
  return widths.next().value ?? 2;
}

function* indentsOf(
  text: string,
  node: unknown,
  outer: number | undefined,
): Generator<number, undefined> {
  if (!isMap(node) || isFlow(node)) return undefined;
  const own = columnOf(text, rangeOf(node)[0]);
  if (outer !== undefined && own > outer) yield own - outer;
  for (const { value } of node.items) yield* indentsOf(text, value, own);
  return undefined;
}

function rangeOf(node: unknown): [start: number, end: number] {
  const range = isNode(node) ? node.range : undefined;
  invariant(range !== undefined && range !== null, 'a node of a parsed document has a range');
  return [range[0], range[1]];
}

function withValue(data: unknown, { path, value }: YamlEdit, index: number): unknown {
  const part = path[index];
  if (part === undefined) return value;
  const inner = withValue(valueAt(data, [part]), { path, value }, index + 1);
  if (Array.isArray(data))
    return (data as unknown[]).map((item, at) => (at === part ? inner : item));
  const copy: Record<string, unknown> = { ...(data as Record<string, unknown> | null) };
  Object.defineProperty(copy, part, {
    value: inner,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return copy;
}

/** Whether a text is YAML that says just this. */
export function readsAs(text: string, file: string, wanted: unknown): boolean {
  try {
    return isSameData(parseYaml(text, file).value, wanted);
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function isSameData(one: unknown, two: unknown): boolean {
  if (typeof one !== 'object' || typeof two !== 'object' || one === null || two === null) {
    return Object.is(one, two);
  }
  if (Array.isArray(one) !== Array.isArray(two)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(two).length &&
    keys.every(
      (key) => Object.hasOwn(two, key) && isSameData(valueAt(one, [key]), valueAt(two, [key])),
    )
  );
}
