/**
 * GitLab matches patterns of pipelines with RE2, whose syntax is not JavaScript's: no look-around, no
 * back-references, flags anywhere, `.` that stops at a line feed only. A pattern is translated to one
 * of JavaScript without flags, so that each part keeps its meaning wherever flags change.
 */

/** Flags in force; `U` only swaps greediness, on which no yes or no depends. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** Code points from the first to the last. */
type Range = readonly [number, number];

/** Largest count of a repetition. */
const repetitionMax = 1000;
const codePointMax = 0x10ffff;
/** Up to here ranges are looked through for letters with another case. */
const foldedMax = 0x24f;

const perlClasses: Readonly<Record<string, readonly Range[]>> = {
  d: ranges('09'),
  s: ranges('\t\n', '\f\r', '  '),
  w: ranges('09', 'AZ', '__', 'az'),
};
const posixClasses: Readonly<Record<string, readonly Range[]>> = {
  alnum: ranges('09', 'AZ', 'az'),
  alpha: ranges('AZ', 'az'),
  ascii: ranges('\0\x7f'),
  blank: ranges('\t\t', '  '),
  cntrl: ranges('\0\x1f', '\x7f\x7f'),
  digit: ranges('09'),
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/', ':@', '[`', '{~'),
  space: ranges('\t\r', '  '),
  upper: ranges('AZ'),
  word: ranges('09', 'AZ', '__', 'az'),
  xdigit: ranges('09', 'AF', 'af'),
};
const controlEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Ranges from pairs of characters. */
function ranges(...pairs: readonly string[]): Range[] {
  return pairs.map((pair) => [pair.codePointAt(0) ?? 0, pair.codePointAt(1) ?? 0]);
}

/** A pattern that RE2 refuses. */
class PatternFault extends Error {}

/**
 * A pattern of RE2 as a JavaScript one that finds a match in the same texts, or undefined when RE2
 * refuses it. `flags` are of `i`, `m`, `s` and `U`, as they may stand behind a pattern in slashes.
 */
export function compileRe2(pattern: string, flags: string = ''): RegExp | undefined {
  const start = { i: flags.includes('i'), m: flags.includes('m'), s: flags.includes('s') };
  try {
    return new RegExp(new Translation(pattern, start).run(), 'u');
  } catch (error) {
    if (error instanceof PatternFault || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A pattern between slashes, with flags behind it; undefined when the text is none that RE2 takes. */
export function compilePattern(text: string): RegExp | undefined {
  const match = /^\/(.*)\/([ismU]*)$/m.exec(text.replaceAll('\\/', '/'));
  return match === null ? undefined : compileRe2(match[1] ?? '', match[2]);
}

class Translation {
  private readonly pattern: string;
  private flags: Flags;
  private at = 0;
  private readonly names = new Set<string>();

  constructor(pattern: string, flags: Flags) {
    this.pattern = pattern;
    this.flags = flags;
  }

  run(): string {
    const out = this.sequence();
    if (this.at < this.pattern.length) throw new PatternFault('unexpected )');
    return out;
  }

  /** What stands up to the end of the group, or of the pattern. */
  private sequence(): string {
    const parts: string[] = [];
    while (this.at < this.pattern.length && this.peek() !== ')') {
      if (this.take(/\|/y)) parts.push('|');
      else if (this.take(/\\Q/y)) parts.push(this.quotation());
      else if (!this.takeFlags()) parts.push(this.quantified(this.atom()));
      else if (parts.length > 0 && parts.at(-1) !== '|') {
        // A repetition behind flags is one of what stands before them.
        parts.push(this.quantified(parts.pop() ?? ''));
      }
    }
    return parts.join('');
  }

  /** `(?i)`, `(?s-m)`: other flags up to the end of the group. */
  private takeFlags(): boolean {
    const match = this.take(/\(\?([imsU]*)(?:-([imsU]+))?\)/y);
    if (match === undefined) return false;
    this.flags = changed(this.flags, match);
    return true;
  }

  private atom(): string {
    const char = this.peek();
    if (char === '(') return this.group();
    if (char === '[') return this.characterClass();
    if (char === '\\') return this.escape();
    if (this.repetition() !== undefined) throw new PatternFault('nothing to repeat');
    this.at += char.length;
    return this.symbol(char) ?? this.literal(char.codePointAt(0) ?? 0);
  }

  private symbol(char: string): string | undefined {
    if (char === '.') return this.flags.s ? '[^]' : '[^\\n]';
    if (char === '^') return this.flags.m ? '(?:(?<![^\\n]))' : '(?:(?<![^]))';
    if (char === '$') return this.flags.m ? '(?:(?![^\\n]))' : '(?:(?![^]))';
    return undefined;
  }

  private quantified(atom: string): string {
    const range = this.repetition();
    if (range === undefined) return atom;
    this.take(/\?/y);
    if (this.repetition() !== undefined) throw new PatternFault('repetition of a repetition');
    return `(?:${atom})${range}`;
  }

  /** The quantifier at this place as JavaScript's; takes it. */
  private repetition(): string | undefined {
    const match = this.take(/[*+?]|\{(\d+)(?:(,)(\d*))?\}/y);
    if (match === undefined) return undefined;
    const [text, low = '', comma, high = ''] = match;
    const least = Number(low);
    const most = high === '' ? least : Number(high);
    if (least > repetitionMax || most > repetitionMax || most < least) {
      throw new PatternFault('bad repetition');
    }
    return comma === undefined || high !== '' ? text : `{${least},}`;
  }

  private group(): string {
    const before = this.flags;
    const flags = this.take(/\(\?([imsU]*)(?:-([imsU]+))?:/y);
    if (flags !== undefined) this.flags = changed(this.flags, flags);
    else if (!this.takeName() && !this.take(/\((?!\?)/y)) throw new PatternFault('bad group');
    const inner = this.sequence();
    if (!this.take(/\)/y)) throw new PatternFault('missing )');
    this.flags = before;
    return `(?:${inner})`;
  }

  private takeName(): boolean {
    const match = this.take(/\(\?P?<([A-Za-z_]\w*)>/y);
    const name = match?.[1];
    if (name === undefined) return false;
    if (this.names.has(name)) throw new PatternFault('a name twice');
    this.names.add(name);
    return true;
  }

  /** `\Q...\E`: the rest stands for itself. */
  private quotation(): string {
    const end = this.pattern.indexOf('\\E', this.at);
    const text = this.pattern.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.pattern.length : end + 2;
    const literals = [...text].map((char) => this.literal(char.codePointAt(0) ?? 0));
    const last = literals.pop();
    return literals.join('') + (last === undefined ? '' : this.quantified(last));
  }

  private escape(): string {
    const match = this.take(/\\([AzbBC])/y)?.[1];
    if (match !== undefined) {
      return { A: '(?:(?<![^]))', z: '(?:(?![^]))', C: '[^]' }[match] ?? `(?:\\${match})`;
    }
    const piece = this.classEscape();
    return piece === undefined ? this.literal(this.character()) : `[${piece}]`;
  }

  /** `\d`, `\S`, `\pL`, `\P{Greek}` as a piece of a class. */
  private classEscape(): string | undefined {
    const perl = this.take(/\\([dswDSW])/y)?.[1];
    if (perl !== undefined) {
      const found = perlClasses[perl.toLowerCase()] ?? [];
      return written(perl === perl.toLowerCase() ? found : complement(found));
    }
    const property = this.take(/\\([pP])(?:\{(\^?)(\w+)\}|(\w))/y);
    return property === undefined ? undefined : unicodeProperty(property);
  }

  /** The code point that an escape, or the character itself, stands for. */
  private character(): number {
    const octal = this.take(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y)?.[1];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const hex = this.take(/\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/y)
      ?.slice(1)
      .join('');
    if (hex !== undefined) return Number.parseInt(hex, 16);
    const control = this.take(/\\([afnrtv])/y)?.[1];
    if (control !== undefined) return controlEscapes[control] ?? 0;
    const [text] = this.take(/\\[!-/:-@[-`{-~ ]|[^\\]/uy) ?? [];
    if (text === undefined) throw new PatternFault('bad escape');
    return text.codePointAt(text.startsWith('\\') ? 1 : 0) ?? 0;
  }

  private characterClass(): string {
    const negation = this.take(/\[(\^?)/y)?.[1] ?? '';
    let out = this.take(/\]/y) ? written([[0x5d, 0x5d]]) : '';
    while (!this.take(/\]/y)) {
      if (this.at >= this.pattern.length) throw new PatternFault('missing ]');
      out += this.posixClass() ?? this.classEscape() ?? this.range();
    }
    return `[${negation}${out}]`;
  }

  private posixClass(): string | undefined {
    const match = this.take(/\[:(\^?)(\w+):\]/y);
    if (match === undefined) return undefined;
    const found = posixClasses[match[2] ?? ''];
    if (found === undefined) throw new PatternFault('no such class');
    return this.folded(match[1] === '' ? found : complement(found));
  }

  private range(): string {
    const low = this.character();
    if (!this.take(/-(?!\])/y)) return this.folded([[low, low]]);
    const high = this.character();
    if (high < low) throw new PatternFault('bad range');
    return this.folded([[low, high]]);
  }

  private literal(codePoint: number): string {
    if (!this.flags.i) return escaped(codePoint);
    return `[${this.folded([[codePoint, codePoint]])}]`;
  }

  private folded(found: readonly Range[]): string {
    return written(this.flags.i ? [...found, ...found.flatMap(otherCases)] : found);
  }

  private peek(): string {
    return String.fromCodePoint(this.pattern.codePointAt(this.at) ?? 0);
  }

  private take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.pattern);
    if (match === null) return undefined;
    this.at = expression.lastIndex;
    return match;
  }
}

function changed(flags: Flags, [, on = '', off = '']: readonly string[]): Flags {
  const is = (flag: keyof Flags): boolean =>
    (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return { i: is('i'), m: is('m'), s: is('s') };
}

function unicodeProperty([, letter, negation, long, short]: readonly string[]): string {
  const name = long ?? short ?? '';
  const isNegated = (letter === 'P') !== (negation === '^');
  const property = isProperty(name) ? name : `Script=${name}`;
  return `\\${isNegated ? 'P' : 'p'}{${property}}`;
}

/** Whether it is a general category, such as `L` or `Lu`. */
function isProperty(name: string): boolean {
  return /^[CLMNPSZ][a-z]?$/.test(name);
}

function complement(found: readonly Range[]): Range[] {
  const sorted = [...found].sort(([a], [b]) => a - b);
  const starts = [0, ...sorted.map(([, high]) => high + 1)];
  const ends = [...sorted.map(([low]) => low - 1), codePointMax];
  return starts.flatMap((low, index): Range[] => {
    const high = ends[index] ?? codePointMax;
    return low <= high ? [[low, high]] : [];
  });
}

function otherCases([low, high]: Range): Range[] {
  const letters: Range[] = [];
  for (let codePoint = low; codePoint <= Math.max(low, Math.min(high, foldedMax)); codePoint += 1) {
    const char = String.fromCodePoint(codePoint);
    for (const other of [char.toLowerCase(), char.toUpperCase()]) {
      const value = other.codePointAt(0) ?? codePoint;
      if (value !== codePoint && [...other].length === 1) letters.push([value, value]);
    }
  }
  return letters;
}

function written(found: readonly Range[]): string {
  return found.map(([low, high]) => `${escaped(low)}-${escaped(high)}`).join('');
}

function escaped(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}
