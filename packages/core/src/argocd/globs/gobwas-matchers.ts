import { countRunes, decodeRune, runesOf, runeSize } from './utf8.ts';

/**
 * What a pattern of gobwas/glob 0.2.3 compiles to. Each matcher decides a whole byte text and finds its
 * first match inside one, by the rules of the library's package `match`, in which some are looser than the
 * grammar says: a prefix and a suffix may overlap (`a-*-b` matches `a-b`), one character that is not in a
 * list also matches the empty text, and sequences of fixed length go wrong on characters of several bytes.
 */
export interface Matcher {
  /** What it is, for the compiler. */
  readonly shape: Shape;
  /** Number of runes of what it matches; undefined where that varies. */
  readonly length: number | undefined;
  /** Whether it matches all of a text. */
  matches(bytes: string): boolean;
  /** Its first match in a text. */
  find(bytes: string): Found | undefined;
}

/** Where a match begins, and at which distances from there it may end, ascending. */
export interface Found {
  readonly at: number;
  readonly ends: readonly number[];
}

/** Kinds of matchers, with what the compiler must know to join them. */
export type Shape =
  | { readonly kind: 'text' | 'prefix' | 'suffix'; readonly text: string }
  | { readonly kind: 'any' | 'single'; readonly separators: string }
  | { readonly kind: 'list'; readonly chars: string; readonly not: boolean }
  | { readonly kind: 'oneOf'; readonly matchers: readonly Matcher[] }
  | { readonly kind: 'around'; readonly around: Around }
  | { readonly kind: 'super' | 'other' };

/** A matcher with what stands before and behind it; undefined is nothing. */
export interface Around {
  readonly before: Matcher | undefined;
  readonly value: Matcher;
  readonly behind: Matcher | undefined;
}

const other: Shape = { kind: 'other' };

/** A fixed text. */
export function text(bytes: string): Matcher {
  return {
    shape: { kind: 'text', text: bytes },
    length: countRunes(bytes),
    matches: (all) => all === bytes,
    find: (all) => foundAt(all.indexOf(bytes), [bytes.length]),
  };
}

/** `**`: everything. */
export function anything(): Matcher {
  return {
    shape: { kind: 'super' },
    length: undefined,
    matches: () => true,
    find: (all) => ({ at: 0, ends: boundaries(all) }),
  };
}

/** `*`: everything without separators. */
export function any(separators: string): Matcher {
  return {
    shape: { kind: 'any', separators },
    length: undefined,
    matches: (all) => indexOfAny(all, separators) === -1,
    find: (all) => ({ at: 0, ends: boundaries(cutAt(all, indexOfAny(all, separators))) }),
  };
}

/** `?`: one character that is no separator. */
export function single(separators: string): Matcher {
  return oneRune({ kind: 'single', separators }, (code) => !holds(separators, code));
}

/** `[abc]`. */
export function list(chars: string, not: boolean): Matcher {
  return oneRune({ kind: 'list', chars, not }, (code) => holds(chars, code) !== not);
}

/** `[a-z]`. */
export function range(low: number, high: number, not: boolean): Matcher {
  return oneRune(other, (code) => (code >= low && code <= high) !== not);
}

function oneRune(shape: Shape, accepts: (code: number) => boolean): Matcher {
  return {
    shape,
    length: 1,
    matches: (all) => {
      // The empty text reads as U+FFFD of no size.
      const { code, size } = decodeRune(all, 0);
      return all.length <= size && accepts(code);
    },
    find: (all) => {
      const rune = runesOf(all).find(({ code }) => accepts(code));
      return rune === undefined ? undefined : { at: rune.at, ends: [runeSize(rune.code)] };
    },
  };
}

/** The empty text. */
export function nothing(): Matcher {
  return {
    shape: other,
    length: 0,
    matches: (all) => all === '',
    find: () => ({ at: 0, ends: [0] }),
  };
}

/** Texts that begin so. */
export function prefix(bytes: string): Matcher {
  return {
    shape: { kind: 'prefix', text: bytes },
    length: undefined,
    matches: (all) => all.startsWith(bytes),
    find: (all) => {
      const at = all.indexOf(bytes);
      return foundAt(at, endsAfter(bytes.length, all.slice(at + bytes.length)));
    },
  };
}

/** Texts that begin so and have no separator behind that. */
export function prefixAny(bytes: string, separators: string): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) =>
      all.startsWith(bytes) && indexOfAny(all.slice(bytes.length), separators) === -1,
    find: (all) => {
      const at = all.indexOf(bytes);
      const rest = all.slice(at + bytes.length);
      return foundAt(at, endsAfter(bytes.length, cutAt(rest, indexOfAny(rest, separators))));
    },
  };
}

/** Texts that end so. */
export function suffix(bytes: string): Matcher {
  return {
    shape: { kind: 'suffix', text: bytes },
    length: undefined,
    matches: (all) => all.endsWith(bytes),
    find: (all) => {
      const at = all.indexOf(bytes);
      return at === -1 ? undefined : { at: 0, ends: [at + bytes.length] };
    },
  };
}

/** Texts that end so and have no separator before that. */
export function suffixAny(bytes: string, separators: string): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) =>
      all.endsWith(bytes) && indexOfAny(all.slice(0, all.length - bytes.length), separators) === -1,
    find: (all) => {
      const index = all.indexOf(bytes);
      if (index === -1) return undefined;
      const at = lastIndexOfAny(all.slice(0, index), separators) + 1;
      return { at, ends: [index + bytes.length - at] };
    },
  };
}

/** Texts that begin and end so; the two may overlap. */
export function prefixSuffix(begin: string, end: string): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) => all.startsWith(begin) && all.endsWith(end),
    find: (all) => {
      const at = all.indexOf(begin);
      if (at === -1) return undefined;
      const ends = everyIndexOf(all.slice(at), end).map((index) => index + end.length);
      return ends.length === 0 ? undefined : { at, ends };
    },
  };
}

/** Texts with, or without, a piece. */
export function contains(piece: string, not: boolean): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) => all.includes(piece) !== not,
    find: (all) => {
      const index = all.indexOf(piece);
      if (not) return { at: 0, ends: boundaries(cutAt(all, index)) };
      const start = index + piece.length;
      if (index === -1) return undefined;
      return { at: 0, ends: boundaries(all.slice(start)).map((end) => start + end) };
    },
  };
}

/** Texts of so many runes at least. */
export function atLeast(limit: number): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) => countRunes(all) >= Math.max(limit, 1),
    find: (all) => {
      if (all.length < limit) return undefined;
      const ends = runeEnds(all).slice(limit - 1);
      return ends.length === 0 ? undefined : { at: 0, ends };
    },
  };
}

/** Texts of so many runes at most. */
export function atMost(limit: number): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) => countRunes(all) <= limit,
    find: (all) => ({ at: 0, ends: [0, ...runeEnds(all).slice(0, limit)] }),
  };
}

/** What all of some matchers match that begin where they look. */
export function everyOf(matchers: readonly Matcher[]): Matcher {
  return {
    shape: other,
    length: undefined,
    matches: (all) => matchers.every((matcher) => matcher.matches(all)),
    find: (all) => {
      const found = matchers.map((matcher) => matcher.find(all)?.ends ?? []);
      const ends = found.reduce((left, right) => left.filter((end) => right.includes(end)));
      return ends.length === 0 ? undefined : { at: 0, ends };
    },
  };
}

/** What one of some matchers matches. */
export function oneOf(matchers: readonly Matcher[]): Matcher {
  return {
    shape: { kind: 'oneOf', matchers },
    length: sharedLength(matchers),
    matches: (all) => matchers.some((matcher) => matcher.matches(all)),
    find: (all) => {
      const found = matchers.flatMap((matcher) => matcher.find(all) ?? []);
      if (found.length === 0) return undefined;
      const at = Math.min(...found.map((one) => one.at));
      const ends = found.flatMap((one) => (one.at === at ? one.ends : []));
      return { at, ends: [...new Set(ends)].sort((left, right) => left - right) };
    },
  };
}

/** The length that matchers have in common. An unknown length gives way to the next one's. */
function sharedLength(matchers: readonly Matcher[]): number | undefined {
  let shared: number | undefined;
  for (const { length } of matchers) {
    if (shared === undefined) shared = length;
    else if (length !== shared) return undefined;
  }
  return shared;
}

/** Matchers of fixed length one after the other. */
export function row(matchers: readonly Matcher[], length: number): Matcher {
  return {
    shape: other,
    length,
    matches: (all) => countRunes(all) === length && rowMatches(matchers, all),
    find: (all) => {
      const start = runesOf(all).find(
        ({ at }) => all.length - at >= length && rowMatches(matchers, all.slice(at)),
      );
      return start === undefined ? undefined : { at: start.at, ends: [length] };
    },
  };
}

/** Whether a text begins with a row. Of the last rune of each matcher only the first byte is looked at. */
function rowMatches(matchers: readonly Matcher[], all: string): boolean {
  let at = 0;
  for (const matcher of matchers) {
    const wanted = matcher.length ?? 0;
    const runes = runesOf(all.slice(at));
    const last = wanted === 0 ? runes.at(-1) : runes[wanted - 1];
    if (runes.length < wanted) return false;
    const end = at + (last?.at ?? 0) + 1;
    if (!matcher.matches(all.slice(at, end))) return false;
    at = end;
  }
  return true;
}

/** A matcher with what stands before and behind it. */
export function around({ before, value, behind }: Around): Matcher {
  const lengths = [value.length, before?.length, behind?.length];
  const isFixed =
    value.length !== undefined &&
    (before === undefined || before.length !== undefined) &&
    (behind === undefined || behind.length !== undefined);
  const length = isFixed ? lengths.reduce<number>((sum, one) => sum + (one ?? 0), 0) : undefined;
  return {
    shape: { kind: 'around', around: { before, value, behind } },
    length,
    matches: (all) =>
      (length === undefined || length <= all.length) &&
      aroundMatches({ before, value, behind }, all),
    find: () => undefined,
  };
}

function aroundMatches({ before, value, behind }: Around, all: string): boolean {
  const limit = all.length - (behind?.length ?? 0);
  for (let offset = before?.length ?? 0; offset < limit;) {
    const found = value.find(all.slice(offset, limit));
    if (found === undefined) return false;
    const at = offset + found.at;
    const fits = (end: number): boolean => matchesOrEmpty(behind, all.slice(at + end));
    if (matchesOrEmpty(before, all.slice(0, at)) && found.ends.some(fits)) return true;
    offset = at + Math.max(decodeRune(all, at).size, 1);
  }
  return false;
}

function matchesOrEmpty(matcher: Matcher | undefined, bytes: string): boolean {
  return matcher === undefined ? bytes === '' : matcher.matches(bytes);
}

function foundAt(at: number, ends: readonly number[]): Found | undefined {
  return at === -1 ? undefined : { at, ends };
}

/** Offsets of all runes, and the end. */
function boundaries(bytes: string): number[] {
  return [...runesOf(bytes).map(({ at }) => at), bytes.length];
}

function runeEnds(bytes: string): number[] {
  return runesOf(bytes).map(({ at, code }) => at + runeSize(code));
}

function endsAfter(start: number, bytes: string): number[] {
  return [start, ...runeEnds(bytes).map((end) => start + end)];
}

function cutAt(bytes: string, index: number): string {
  return index === -1 ? bytes : bytes.slice(0, index);
}

function holds(chars: string, code: number): boolean {
  return [...chars].some((char) => char.codePointAt(0) === code);
}

/** Where the first of the separators that is there at all stands first. */
function indexOfAny(bytes: string, separators: string): number {
  return [...separators].map((char) => bytes.indexOf(char)).find((index) => index !== -1) ?? -1;
}

function lastIndexOfAny(bytes: string, separators: string): number {
  return [...separators].map((char) => bytes.lastIndexOf(char)).find((index) => index !== -1) ?? -1;
}

/** Where a piece stands, found from the end, each before the last one found. */
function everyIndexOf(bytes: string, piece: string): number[] {
  const found: number[] = [];
  let rest = bytes;
  for (let at = rest.lastIndexOf(piece); at !== -1; at = rest.lastIndexOf(piece)) {
    found.unshift(at);
    rest = rest.slice(0, at);
    if (rest === '' && piece === '') break;
  }
  return found;
}
