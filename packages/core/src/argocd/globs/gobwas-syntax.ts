/**
 * The grammar of gobwas/glob 0.2.3, which Argo CD 3.5.1 uses for sync windows, destinations, source
 * repositories, RBAC and the files of directory sources:
 *
 * - `*` any run without separators, `**` any run, `?` one character that is no separator;
 * - `[abc]`, `[!abc]`, `[a-z]`, `[!a-z]`: one character. A class holds a list or one range, never both;
 *   `^` is a character like others;
 * - `{a,b}` alternatives, which may be nested and empty; a brace that is not closed ends with the pattern;
 * - `\` before what stands for itself.
 */

/** A node of a pattern's tree. Texts and lists are as written; they become bytes when compiled. */
export type GlobNode =
  | { readonly kind: 'sequence'; readonly children: readonly GlobNode[] }
  | { readonly kind: 'oneOf'; readonly children: readonly GlobNode[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'super' }
  | { readonly kind: 'single' }
  | { readonly kind: 'list'; readonly chars: string; readonly not: boolean }
  | { readonly kind: 'range'; readonly low: string; readonly high: string; readonly not: boolean }
  | { readonly kind: 'nothing' };

/** What is wrong with a pattern. */
export class GlobFault extends Error {}

/** Patterns that nest deeper are refused, so that reading them needs no endless stack. */
const depthMax = 500;

interface OpenSequence {
  readonly children: GlobNode[];
  /** The alternatives that it belongs to; none for the pattern itself. */
  readonly alternatives: GlobNode[] | undefined;
}

/** Reads a pattern; throws GlobFault for one that the library refuses. */
export function parseGobwas(pattern: string): GlobNode {
  const reader = new PatternReader(pattern);
  const root: GlobNode[] = [];
  const open: OpenSequence[] = [{ children: root, alternatives: undefined }];
  for (let char = reader.peek(); char !== undefined; char = reader.peek()) {
    const current = open.at(-1);
    if (current === undefined) break;
    readItem(reader, char, current, open);
    if (open.length > depthMax) throw new GlobFault('braces are nested too deep');
  }
  return { kind: 'sequence', children: root };
}

function readItem(
  reader: PatternReader,
  char: string,
  current: OpenSequence,
  open: OpenSequence[],
): void {
  const { children, alternatives } = current;
  if (char === '{') {
    reader.next();
    const own: GlobNode[] = [];
    children.push({ kind: 'oneOf', children: own });
    open.push(newAlternative(own));
  } else if (alternatives !== undefined && char === ',') {
    reader.next();
    open[open.length - 1] = newAlternative(alternatives);
  } else if (alternatives !== undefined && char === '}') {
    reader.next();
    open.pop();
  } else {
    const node = readLeaf(reader, char, alternatives !== undefined);
    if (node !== undefined) children.push(node);
  }
}

function newAlternative(alternatives: GlobNode[]): OpenSequence {
  const children: GlobNode[] = [];
  alternatives.push({ kind: 'sequence', children });
  return { children, alternatives };
}

function readLeaf(reader: PatternReader, char: string, isInside: boolean): GlobNode | undefined {
  if (char === '[') {
    reader.next();
    return readClass(reader);
  }
  if (char === '?') {
    reader.next();
    return { kind: 'single' };
  }
  if (char === '*') {
    reader.next();
    if (reader.peek() !== '*') return { kind: 'any' };
    reader.next();
    return { kind: 'super' };
  }
  const text = reader.text(isInside ? '?*[{},' : '?*[{');
  return text === '' ? undefined : { kind: 'text', text };
}

/** What follows an opening bracket. */
function readClass(reader: PatternReader): GlobNode {
  const not = reader.peek() === '!';
  if (not) reader.next();
  const low = reader.next();
  if (low === undefined) throw new GlobFault('unexpected end of input');
  if (reader.peek() === '-') {
    reader.next();
    const high = reader.next();
    if (high === undefined) throw new GlobFault('unexpected end of input');
    closeClass(reader);
    if (codeOf(high) < codeOf(low)) {
      throw new GlobFault(`hi character '${high}' should be greater than lo '${low}'`);
    }
    return { kind: 'range', low, high, not };
  }
  reader.back(low);
  const chars = reader.text(']');
  closeClass(reader);
  if (chars === '') throw new GlobFault('could not parse range');
  return { kind: 'list', chars, not };
}

function closeClass(reader: PatternReader): void {
  const close = reader.next();
  if (close === undefined) throw new GlobFault('unexpected end of input');
  if (close !== ']') throw new GlobFault('expected close range character');
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

/** Reads a pattern by characters. A character NUL ends what is being read, as the end of the pattern does. */
class PatternReader {
  private readonly pattern: string;
  private at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  /** The next character without taking it; undefined at the end. */
  peek(): string | undefined {
    const code = this.pattern.codePointAt(this.at);
    if (code === undefined || code === 0) return undefined;
    // The library reads invalid UTF-8 as U+FFFD and refuses that, also where it is written so.
    if (code === 0xfffd || (code >= 0xd800 && code < 0xe000)) {
      throw new GlobFault('could not read rune');
    }
    return String.fromCodePoint(code);
  }

  next(): string | undefined {
    const char = this.peek();
    this.at += char?.length ?? 1;
    return char;
  }

  back(char: string): void {
    this.at -= char.length;
  }

  /** Everything up to one of the characters, with backslashes taken off. */
  text(breakers: string): string {
    let text = '';
    for (let char = this.peek(); ; char = this.peek()) {
      if (char === undefined) {
        this.at += 1;
        return text;
      }
      if (breakers.includes(char)) return text;
      this.next();
      if (char !== '\\') {
        text += char;
        continue;
      }
      const escaped = this.next();
      if (escaped === undefined) return text;
      text += escaped;
    }
  }
}
