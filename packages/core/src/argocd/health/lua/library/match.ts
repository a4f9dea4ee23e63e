import {
  parsePattern,
  PatternError,
  type CharacterTest,
  type Pattern,
  type PatternPart,
} from './pattern.ts';

/** A text or a position (from 1) that a pattern captured. */
export type Capture = string | number;

/** A place where a pattern holds. */
export interface Match {
  /** Offsets from 0; the end is the first character behind it. */
  readonly start: number;
  readonly end: number;
  readonly captures: readonly Capture[];
}

/** Where to look for a pattern. */
export interface Search {
  readonly text: string;
  /** Offset from 0. */
  readonly start: number;
  /** How many matches are wanted; below 0: all. */
  readonly limit: number;
  /** Counts a step of the matcher; throws when there were too many. */
  readonly tick: () => void;
}

/** Looks for a pattern. Throws a PatternError. */
export function findMatches(pattern: string, search: Search): Match[] {
  const parsed = parsePattern(pattern);
  const matcher = new Matcher(parsed, search);
  const matches: Match[] = [];
  for (let at = search.start; at <= search.text.length;) {
    const match = matcher.matchAt(at);
    at += 1;
    if (match !== undefined) {
      at = Math.max(at, match.end);
      matches.push(match);
    }
    if (matches.length === search.limit || parsed.atStart) break;
  }
  return matches;
}

interface OpenCapture {
  start: number;
  /** Undefined while it is open, null for a position. */
  end: number | null | undefined;
}

/** What is to be matched after a part: undefined when it does not hold, else the end. */
type Continue = (at: number) => number | undefined;

/** Deeper recursion would exhaust the stack. */
const depthMax = 1_500;

class Matcher {
  readonly #pattern: Pattern;
  readonly #text: string;
  readonly #tick: () => void;
  #captures: OpenCapture[] = [];
  #depth = 0;

  constructor(pattern: Pattern, { text, tick }: Search) {
    this.#pattern = pattern;
    this.#text = text;
    this.#tick = tick;
  }

  matchAt(start: number): Match | undefined {
    this.#captures = [];
    this.#depth = 0;
    const { parts, atEnd } = this.#pattern;
    const end = this.#match(parts, 0, start, (at) =>
      atEnd && at < this.#text.length ? undefined : at,
    );
    return end === undefined ? undefined : { start, end, captures: this.#found() };
  }

  #found(): Capture[] {
    return this.#captures.map(({ start, end }) =>
      end === null ? start + 1 : this.#text.slice(start, end),
    );
  }

  #match(
    parts: readonly PatternPart[],
    first: number,
    start: number,
    then: Continue,
  ): number | undefined {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new PatternError('pattern/input too complex');
    let at = start;
    let result: number | undefined;
    for (let index = first; ; index += 1) {
      this.#tick();
      const part = parts[index];
      if (part === undefined) {
        result = then(at);
        break;
      }
      const fixed = this.#fixed(part, at);
      if (fixed === undefined) {
        result = this.#branch(part, at, (next) => this.#match(parts, index + 1, next, then));
        break;
      }
      if (fixed < 0) break;
      at = fixed;
    }
    this.#depth -= 1;
    return result;
  }

  /** Where a part ends that can match in one way only; -1 where it does not; else undefined. */
  #fixed(part: PatternPart, at: number): number | undefined {
    switch (part.kind) {
      case 'single':
        return this.#holds(part.test, at) ? at + 1 : -1;
      case 'same':
        return this.#same(part.capture, at);
      case 'balanced':
        return this.#balanced(part, at);
      default:
        return undefined;
    }
  }

  #branch(part: PatternPart, at: number, then: Continue): number | undefined {
    if (part.kind === 'repeat') return this.#repeat(part, at, then);
    const count = this.#captures.length;
    const capture: OpenCapture = { start: at, end: part.kind === 'position' ? null : undefined };
    this.#captures.push(capture);
    const result =
      part.kind === 'capture'
        ? this.#match(part.parts, 0, at, (end) => {
            const before = capture.end;
            capture.end = end;
            const after = then(end);
            if (after === undefined) capture.end = before;
            return after;
          })
        : then(at);
    if (result === undefined) this.#captures.length = count;
    return result;
  }

  #repeat(
    { how, test }: Extract<PatternPart, { kind: 'repeat' }>,
    at: number,
    then: Continue,
  ): number | undefined {
    if (how === '-') return this.#shortest(test, at, then);
    const most = how === '?' ? 1 : Infinity;
    let count = 0;
    while (count < most && this.#holds(test, at + count)) {
      this.#tick();
      count += 1;
    }
    const least = how === '+' ? 1 : 0;
    for (; count >= least; count -= 1) {
      const result = then(at + count);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  #shortest(test: CharacterTest, start: number, then: Continue): number | undefined {
    for (let at = start; ; at += 1) {
      const result = then(at);
      if (result !== undefined) return result;
      if (!this.#holds(test, at)) return undefined;
    }
  }

  #holds(test: CharacterTest, at: number): boolean {
    return at < this.#text.length && test(this.#text.charCodeAt(at));
  }

  #same(number: number, at: number): number {
    const capture = this.#captures[number - 1];
    if (capture === undefined || capture.end === undefined) {
      throw new PatternError('invalid capture index');
    }
    const text = capture.end === null ? '' : this.#text.slice(capture.start, capture.end);
    return this.#text.startsWith(text, at) ? at + text.length : -1;
  }

  #balanced({ open, close }: Extract<PatternPart, { kind: 'balanced' }>, start: number): number {
    if (this.#text.charCodeAt(start) !== open) return -1;
    let depth = 1;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      this.#tick();
      const code = this.#text.charCodeAt(at);
      if (code === close) depth -= 1;
      if (depth === 0) return at + 1;
      if (code === open) depth += 1;
    }
    return -1;
  }
}
