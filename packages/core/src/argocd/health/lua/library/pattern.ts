/** Patterns of Lua as gopher-lua matches them (pm/pm.go): its instructions, messages and limits. */

/** What a character has to be. */
export type CharacterTest = (code: number) => boolean;

/** A piece of a pattern. */
export type PatternPart =
  | { readonly kind: 'single'; readonly test: CharacterTest }
  | { readonly kind: 'repeat'; readonly how: string; readonly test: CharacterTest }
  | { readonly kind: 'position' }
  | { readonly kind: 'capture'; readonly parts: readonly PatternPart[] }
  | { readonly kind: 'same'; readonly capture: number }
  | { readonly kind: 'balanced'; readonly open: number; readonly close: number };

export interface Pattern {
  /** Whether it holds only where the search begins. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
  readonly parts: readonly PatternPart[];
}

/** A pattern that is wrong. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const letter: CharacterTest = (code) => lower(code) || upper(code);
const lower: CharacterTest = (code) => code >= 97 && code <= 122;
const upper: CharacterTest = (code) => code >= 65 && code <= 90;
const digit: CharacterTest = (code) => code >= 48 && code <= 57;
const classes: Readonly<Record<string, CharacterTest>> = {
  a: letter,
  c: (code) => code <= 0x1f || code === 0x7f,
  d: digit,
  l: lower,
  p: (code) => code > 0x20 && code < 0x7f && !letter(code) && !digit(code),
  s: (code) => code === 32 || (code >= 9 && code <= 13),
  u: upper,
  w: (code) => letter(code) || digit(code),
  x: (code) => digit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70),
  z: (code) => code === 0,
};

/** The test of a class such as `%a`; an upper case letter is the opposite, a sign itself. */
function classTest(char: string): CharacterTest {
  if (char === '') return () => false;
  const test = classes[char.toLowerCase()];
  if (test === undefined) return (code) => code === char.charCodeAt(0);
  return classes[char] === undefined ? (code) => !test(code) : test;
}

function charTest(char: string): CharacterTest {
  const wanted = char.charCodeAt(0);
  return (code) => code === wanted;
}

/** Parses a pattern. Throws a PatternError. */
export function parsePattern(source: string): Pattern {
  return new PatternParser(source).pattern();
}

/** Deeper captures would exhaust the stack. */
const depthMax = 100;

class PatternParser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  pattern(): Pattern {
    const atStart = this.#peek() === '^';
    if (atStart) this.#at += 1;
    const { parts, atEnd } = this.#sequence(true);
    return { atStart, atEnd, parts };
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #advance(): string {
    const char = this.#peek();
    this.#at += 1;
    return char;
  }

  #sequence(isTop: boolean): { parts: PatternPart[]; atEnd: boolean } {
    const parts: PatternPart[] = [];
    let atEnd = false;
    while (this.#at < this.#source.length) {
      const char = this.#peek();
      if (char === ')') {
        if (isTop) throw new PatternError(`invalid ')' at ${Math.max(this.#at - 1, 0)}`);
        break;
      }
      if (isTop && char === '$' && this.#at === this.#source.length - 1) {
        atEnd = true;
        this.#at += 1;
      } else {
        this.#part(parts);
      }
    }
    return { parts, atEnd };
  }

  #part(parts: PatternPart[]): void {
    const char = this.#peek();
    const last = parts.at(-1);
    if ('*+-?'.includes(char) && last?.kind === 'single') {
      this.#at += 1;
      parts.splice(-1, 1, { kind: 'repeat', how: char, test: last.test });
    } else if (char === '(') {
      parts.push(this.#capture());
    } else if (char === '%') {
      parts.push(this.#escaped());
    } else {
      parts.push({ kind: 'single', test: this.#single() });
    }
  }

  #single(): CharacterTest {
    const char = this.#advance();
    if (char === '.') return () => true;
    return char === '[' ? this.#set() : charTest(char);
  }

  #escaped(): PatternPart {
    this.#at += 1;
    const char = this.#advance();
    if (char === '0') throw new PatternError(`invalid capture index at ${this.#at - 2}`);
    if (/\d/.test(char)) return { kind: 'same', capture: Number(char) };
    if (char !== 'b') return { kind: 'single', test: classTest(char) };
    const open = this.#advance().charCodeAt(0);
    return { kind: 'balanced', open, close: this.#advance().charCodeAt(0) };
  }

  #capture(): PatternPart {
    this.#at += 1;
    if (this.#peek() === ')') {
      this.#at += 1;
      return { kind: 'position' };
    }
    this.#depth += 1;
    if (this.#depth > depthMax) throw new PatternError('pattern/input too complex');
    const { parts } = this.#sequence(false);
    this.#depth -= 1;
    if (this.#peek() !== ')') throw new PatternError('unfinished capture at EOS');
    this.#at += 1;
    return { kind: 'capture', parts };
  }

  #set(): CharacterTest {
    const isNot = this.#peek() === '^';
    if (isNot) this.#at += 1;
    const members: SetMember[] = [];
    let isRange = false;
    while (members.length === 0 || this.#peek() !== ']') {
      if (this.#at >= this.#source.length) throw this.#unexpectedEnd();
      if (members.length > 0 && this.#peek() === '-') {
        this.#at += 1;
        isRange = true;
        continue;
      }
      members.push(this.#setMember());
      if (isRange) members.push(rangeOf(members.splice(-2)));
      isRange = false;
    }
    if (isRange) members.push(charMember('-'));
    this.#at += 1;
    return (code) => members.some(({ test }) => test(code)) !== isNot;
  }

  #setMember(): SetMember {
    const char = this.#advance();
    return char === '%' ? { char: undefined, test: classTest(this.#advance()) } : charMember(char);
  }

  #unexpectedEnd(): PatternError {
    // A class without a name has been read past the end.
    const isPast = this.#at > this.#source.length;
    return new PatternError(`unexpected EOS at ${isPast ? 'EOS' : this.#source.length - 1}`);
  }
}

/** A class, a character (then with itself) or a range in a set. */
interface SetMember {
  readonly char: string | undefined;
  readonly test: CharacterTest;
}

function charMember(char: string): SetMember {
  return { char, test: charTest(char) };
}

/** A range holds between characters only; with a class at an end it holds for nothing. */
function rangeOf([from, to]: readonly SetMember[]): SetMember {
  if (from?.char === undefined || to?.char === undefined)
    return { char: undefined, test: () => false };
  const [first, last] = [from.char.charCodeAt(0), to.char.charCodeAt(0)];
  return { char: undefined, test: (code) => code >= first && code <= last };
}
