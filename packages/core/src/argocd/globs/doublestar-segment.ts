import { decodeRune } from './utf8.ts';

/**
 * The characters of one path segment in a pattern of bmatcuk/doublestar 4: `*` any run, `?` one character,
 * `[abc]`, `[a-z]`, `[^a]`, `[!a]`, `\` before what stands for itself. Braces are taken apart before.
 */
type Item = { readonly kind: 'star' } | { readonly kind: 'one'; readonly accepts: Accepts };
type Accepts = (code: number) => boolean;

/** Whether a name matches the pattern of a segment, both as bytes. */
export function matchSegment(pattern: string, name: string): boolean {
  const items = readItems(pattern);
  let [item, at] = [0, 0];
  let back: { readonly item: number; at: number } | undefined;
  while (at < name.length) {
    const current = items[item];
    if (current?.kind === 'star') {
      item += 1;
      back = { item, at };
      continue;
    }
    const { code, size } = decodeRune(name, at);
    if (current?.accepts(code) === true) {
      item += 1;
      at += size;
      continue;
    }
    if (back === undefined) return false;
    back.at += decodeRune(name, back.at).size;
    ({ item, at } = back);
  }
  return items.length === item || (items.length === item + 1 && items[item]?.kind === 'star');
}

function readItems(pattern: string): Item[] {
  const items: Item[] = [];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at];
    if (char === '*') {
      items.push({ kind: 'star' });
      // Two stars are one, and a third begins the next.
      at += pattern[at + 1] === '*' ? 2 : 1;
    } else if (char === '?') {
      items.push({ kind: 'one', accepts: () => true });
      at += 1;
    } else {
      const read = char === '[' ? readClass(pattern, at + 1) : readLiteral(pattern, at);
      items.push({ kind: 'one', accepts: read.accepts });
      at = read.end;
    }
  }
  return items;
}

interface Read {
  readonly accepts: Accepts;
  readonly end: number;
}

function readLiteral(pattern: string, at: number): Read {
  const { code, end } = readMember(pattern, at);
  return { accepts: (other) => other === code, end };
}

/** A character, without the backslash that may stand before it. */
function readMember(pattern: string, at: number): { code: number; end: number } {
  const start = pattern[at] === '\\' ? at + 1 : at;
  const { code, size } = decodeRune(pattern, start);
  return { code, end: start + Math.max(size, 1) };
}

/** A class. A hyphen stands for a range only between two characters of which neither ends one already. */
function readClass(pattern: string, from: number): Read {
  const isNegated = pattern[from] === '!' || pattern[from] === '^';
  const ranges: [number, number][] = [];
  let at = isNegated ? from + 1 : from;
  while (at < pattern.length && pattern[at] !== ']') {
    const low = readMember(pattern, at);
    const next = pattern[low.end + 1];
    const isRange = pattern[low.end] === '-' && next !== undefined && next !== ']';
    const high = isRange ? readMember(pattern, low.end + 1) : low;
    ranges.push([low.code, high.code]);
    at = high.end;
  }
  const isIn: Accepts = (code) => ranges.some(([low, high]) => low <= code && code <= high);
  return { accepts: (code) => isIn(code) !== isNegated, end: at + 1 };
}
