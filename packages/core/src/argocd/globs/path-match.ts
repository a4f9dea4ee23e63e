import { decodeRune, toBytes } from './utf8.ts';

/**
 * Go's `path.Match`, which the git directory generator of an ApplicationSet uses: `*` and `?` stay within one
 * folder, `[a-z]` and `[^a-z]` are one character (a slash too), `\` stands before what stands for itself;
 * `**` is `*`, and braces are characters. A star takes as little as lets the part behind it match, and this is
 * not taken back later.
 *
 * See https://pkg.go.dev/path#Match.
 */
export function matchPath(pattern: string, name: string): PathMatch {
  if (pattern === '*') return !name.includes('/');
  if (plainText.test(pattern)) return pattern === name;
  const parts = splitParts(toBytes(pattern));
  if (parts === undefined) return 'bad pattern';
  let rest = toBytes(name);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const left = matchPart(part, rest, isLast);
    if (left === undefined) return false;
    rest = left;
  }
  return rest === '';
}

/** A pattern that only matches itself, as most do. */
const plainText = /^[\w./-]*$/;

/** Whether it matches, or that the pattern cannot be read. */
export type PathMatch = boolean | 'bad pattern';

/** A pattern up to the next star. */
interface Part {
  readonly hasStar: boolean;
  readonly items: readonly Item[];
}

/** What takes one character: gives the number of its bytes, or undefined where it does not match. */
type Item = (bytes: string, at: number) => number | undefined;

/** Matches a part and gives what is left of the name. */
function matchPart({ hasStar, items }: Part, name: string, isLast: boolean): string | undefined {
  if (hasStar && items.length === 0) return name.includes('/') ? undefined : '';
  const slash = name.indexOf('/');
  const skipMax = !hasStar ? 0 : slash === -1 ? name.length : slash;
  for (let skip = 0; skip <= skipMax; skip += 1) {
    const end = matchItems(items, name, skip);
    if (end !== undefined && (!isLast || end === name.length)) return name.slice(end);
  }
  return undefined;
}

function matchItems(items: readonly Item[], name: string, from: number): number | undefined {
  let at = from;
  for (const item of items) {
    const size = at < name.length ? item(name, at) : undefined;
    if (size === undefined) return undefined;
    at += size;
  }
  return at;
}

/** Reads a pattern; undefined where it is malformed. */
function splitParts(pattern: string): Part[] | undefined {
  const parts: { hasStar: boolean; items: Item[] }[] = [];
  let at = 0;
  while (at < pattern.length) {
    const stars = /^\**/.exec(pattern.slice(at))?.[0].length ?? 0;
    if (stars > 0 || parts.length === 0) parts.push({ hasStar: stars > 0, items: [] });
    at += stars;
    if (at >= pattern.length) break;
    const read = readItem(pattern, at);
    if (read === undefined) return undefined;
    parts.at(-1)?.items.push(read.item);
    at = read.end;
  }
  return parts;
}

interface ReadItem {
  readonly item: Item;
  readonly end: number;
}

function readItem(pattern: string, at: number): ReadItem | undefined {
  const char = pattern[at];
  if (char === '?') return { item: oneOfName, end: at + 1 };
  if (char === '[') return readClass(pattern, at + 1);
  const start = char === '\\' ? at + 1 : at;
  const literal = pattern[start];
  if (literal === undefined) return undefined;
  return { item: (name, index) => (name[index] === literal ? 1 : undefined), end: start + 1 };
}

function oneOfName(name: string, at: number): number | undefined {
  return name[at] === '/' ? undefined : decodeRune(name, at).size;
}

function readClass(pattern: string, from: number): ReadItem | undefined {
  const isNegated = pattern[from] === '^';
  const ranges: [number, number][] = [];
  let at = isNegated ? from + 1 : from;
  while (pattern[at] !== ']' || ranges.length === 0) {
    const low = readMember(pattern, at);
    if (low === undefined) return undefined;
    const high = pattern[low.end] === '-' ? readMember(pattern, low.end + 1) : low;
    if (high === undefined) return undefined;
    ranges.push([low.code, high.code]);
    at = high.end;
  }
  const item: Item = (name, index) => {
    const { code, size } = decodeRune(name, index);
    const isIn = ranges.some(([low, high]) => low <= code && code <= high);
    return isIn === isNegated ? undefined : size;
  };
  return { item, end: at + 1 };
}

/** One character of a class. It cannot be the last of the pattern, for the class has to be closed. */
function readMember(pattern: string, at: number): { code: number; end: number } | undefined {
  if (pattern[at] === '-' || pattern[at] === ']') return undefined;
  const start = pattern[at] === '\\' ? at + 1 : at;
  const { code, size } = decodeRune(pattern, start);
  const end = start + size;
  return size === 0 || end >= pattern.length ? undefined : { code, end };
}
