import { factorAlternatives } from './gobwas-factor.ts';
import * as matcher from './gobwas-matchers.ts';
import type { Matcher } from './gobwas-matchers.ts';
import type { GlobNode } from './gobwas-syntax.ts';
import { toBytes } from './utf8.ts';

/**
 * Compiles a pattern's tree as gobwas/glob 0.2.3 does: neighbours are joined into wider matchers first, and
 * the rest is hung around the longest matcher of fixed length. Which matchers are joined decides where the
 * library is looser than its grammar, so the order of the steps is the library's.
 */
export function compileTree(node: GlobNode, separators: string): Matcher {
  switch (node.kind) {
    case 'sequence':
      return compileSequence(node.children, separators);
    case 'oneOf': {
      const factored = factorAlternatives(node.children);
      return factored === undefined
        ? matcher.oneOf(compileAll(node.children, separators))
        : compileTree(factored, separators);
    }
    default:
      return simplify(compileLeaf(node, separators));
  }
}

type Leaf = Exclude<GlobNode, { kind: 'sequence' | 'oneOf' }>;

function compileLeaf(node: Leaf, separators: string): Matcher {
  switch (node.kind) {
    case 'text':
      return matcher.text(toBytes(node.text));
    case 'any':
      return matcher.any(separators);
    case 'super':
      return matcher.anything();
    case 'single':
      return matcher.single(separators);
    case 'list':
      return matcher.list(node.chars, node.not);
    case 'range':
      return matcher.range(node.low.codePointAt(0) ?? 0, node.high.codePointAt(0) ?? 0, node.not);
    case 'nothing':
      return matcher.nothing();
  }
}

function compileSequence(children: readonly GlobNode[], separators: string): Matcher {
  return children.length === 0
    ? matcher.nothing()
    : simplify(hang(joinNeighbours(compileAll(children, separators))));
}

function compileAll(children: readonly GlobNode[], separators: string): Matcher[] {
  return children.map((child) => simplify(compileTree(child, separators)));
}

/** A simpler matcher for the same, or nearly the same. */
function simplify(one: Matcher): Matcher {
  const { shape } = one;
  switch (shape.kind) {
    case 'any':
      return shape.separators === '' ? matcher.anything() : one;
    case 'oneOf':
      return shape.matchers.length === 1 ? (shape.matchers[0] ?? one) : one;
    case 'list':
      return !shape.not && [...shape.chars].length === 1 ? matcher.text(toBytes(shape.chars)) : one;
    case 'around':
      return simplifyAround(shape.around);
    default:
      return one;
  }
}

/** A text with something open on one or both of its sides. */
function simplifyAround({ before, value, behind }: matcher.Around): Matcher {
  const parts = {
    before: before && simplify(before),
    value,
    behind: behind && simplify(behind),
  };
  const whole = matcher.around(parts);
  return value.shape.kind === 'text' ? (joinText(value.shape.text, parts) ?? whole) : whole;
}

function joinText(text: string, { before, behind }: matcher.Around): Matcher | undefined {
  if (before === undefined) return behind && openBehind(text, behind);
  if (behind === undefined) return openBefore(text, before);
  const isOpen = before.shape.kind === 'super' && behind.shape.kind === 'super';
  return isOpen ? matcher.contains(text, false) : undefined;
}

function openBefore(text: string, { shape }: Matcher): Matcher | undefined {
  if (shape.kind === 'super') return matcher.suffix(text);
  if (shape.kind === 'prefix') return matcher.prefixSuffix(shape.text, text);
  return shape.kind === 'any' ? matcher.suffixAny(text, shape.separators) : undefined;
}

function openBehind(text: string, { shape }: Matcher): Matcher | undefined {
  if (shape.kind === 'super') return matcher.prefix(text);
  if (shape.kind === 'suffix') return matcher.prefixSuffix(text, shape.text);
  return shape.kind === 'any' ? matcher.prefixAny(text, shape.separators) : undefined;
}

/** Hangs matchers around the last of those with the greatest fixed length. */
function hang(matchers: readonly Matcher[]): Matcher {
  const [first = matcher.nothing()] = matchers;
  if (matchers.length <= 1) return first;
  const joined = join(matchers);
  if (joined !== undefined) return joined;
  let middle = -1;
  for (const [index, { length }] of matchers.entries()) {
    if (length !== undefined && length >= (matchers[middle]?.length ?? 0)) middle = index;
  }
  const at = Math.max(middle, 0);
  const hangRest = (rest: readonly Matcher[]): Matcher | undefined =>
    rest.length === 0 ? undefined : hang(rest);
  return matcher.around({
    before: hangRest(matchers.slice(0, at)),
    value: matchers[at] ?? first,
    behind: hangRest(matchers.slice(at + 1)),
  });
}

interface Join {
  readonly from: number;
  readonly to: number;
  readonly joined: Matcher;
}

/** Joins neighbours, the best run first, until none can be joined. */
function joinNeighbours(matchers: readonly Matcher[]): readonly Matcher[] {
  let best: Join | undefined;
  for (let from = 0; from < matchers.length; from += 1) {
    for (let to = matchers.length; to > from; to -= 1) {
      const joined = join(matchers.slice(from, to));
      if (joined !== undefined && isBetter({ from, to, joined }, best)) best = { from, to, joined };
    }
  }
  if (best === undefined) return matchers;
  const next = [...matchers.slice(0, best.from), best.joined, ...matchers.slice(best.to)];
  return next.length === matchers.length ? next : joinNeighbours(next);
}

/** A longer run is better, and so is one of more runes, where both are fixed. */
function isBetter(one: Join, best: Join | undefined): boolean {
  if (best === undefined || best.to - best.from < one.to - one.from) return true;
  const [length, bestLength] = [one.joined.length, best.joined.length];
  return length !== undefined && bestLength !== undefined && length > bestLength;
}

/** One matcher for several, if they can be joined. */
function join(matchers: readonly Matcher[]): Matcher | undefined {
  if (matchers.length <= 1) return undefined;
  return joinSpan(matchers) ?? joinRow(matchers);
}

/** Matchers of fixed length make a row. */
function joinRow(matchers: readonly Matcher[]): Matcher | undefined {
  let length = 0;
  for (const one of matchers) {
    if (one.length === undefined) return undefined;
    length += one.length;
  }
  return matcher.row(matchers, length);
}

/** What a matcher says about a run of characters: which are kept out, and how many it takes. */
interface Span {
  readonly without: string;
  readonly takes: 'one' | 'any' | 'all';
}

function spanOf({ shape }: Matcher): Span | undefined {
  switch (shape.kind) {
    case 'super':
      return { without: '', takes: 'all' };
    case 'any':
      return { without: shape.separators, takes: 'any' };
    case 'single':
      return { without: shape.separators, takes: 'one' };
    case 'list':
      return shape.not ? { without: shape.chars, takes: 'one' } : undefined;
    default:
      return undefined;
  }
}

/** Matchers of characters that keep the same ones out count characters. */
function joinSpan(matchers: readonly Matcher[]): Matcher | undefined {
  const spans = matchers.map(spanOf);
  const without = spans[0]?.without;
  if (without === undefined || spans.some((span) => span?.without !== without)) return undefined;
  const least = spans.filter((span) => span?.takes === 'one').length;
  const kinds = new Set(spans.map((span) => span?.takes));
  if (least > 0) return countedSpan(least, kinds.size > 1, without);
  if (kinds.size > 1) return matcher.everyOf(withoutChars(without));
  return kinds.has('all') ? matcher.anything() : matcher.any(without);
}

/** So many characters, or more where it is open. */
function countedSpan(least: number, isOpen: boolean, without: string): Matcher {
  if (isOpen && without === '') return matcher.atLeast(least);
  return matcher.everyOf([
    matcher.atLeast(least),
    ...(isOpen ? [] : [matcher.atMost(least)]),
    ...withoutChars(without),
  ]);
}

function withoutChars(chars: string): Matcher[] {
  return chars === '' ? [] : [matcher.contains(toBytes(chars), true)];
}
