import {
  isDecimalDigit,
  isHexDigit,
  isNamePart,
  isNameStart,
  keywords,
  LuaSyntaxError,
  tokenKinds,
  type Token,
} from './tokens.ts';

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const oneCharSigns = '+*/%^#(){}];,';
/** Signs that may be followed by `=`. */
const comparisonSigns = '=<>';

/**
 * Splits a script (a byte text) into tokens as gopher-lua 1.1.2 does (parse/lexer.go), with its
 * positions: lines from 1, columns in bytes, and messages of what is no token.
 */
export class Lexer {
  readonly #source: string;
  readonly #chunkName: string;
  #at = 0;
  #line = 1;
  #column = 0;
  #ended = false;

  constructor(source: string, chunkName: string) {
    this.#source = source;
    this.#chunkName = chunkName;
  }

  /** The next token. Throws a LuaSyntaxError where there is none. */
  next(): Token {
    for (;;) {
      const char = this.#skipSpace();
      const line = this.#line;
      if (char === '-' && this.#peek() === '-') {
        this.#advance();
        this.#skipComment();
        continue;
      }
      if (char === '') return { kind: tokenKinds.end, text: '', line };
      if (isNameStart(char)) return this.#name(char, line);
      if (isDecimalDigit(char)) {
        return { kind: tokenKinds.number, text: this.#number(char), line };
      }
      return this.#sign(char, line);
    }
  }

  /** An error at the place that has been read so far. */
  errorAt(text: string, message: string): LuaSyntaxError {
    const place = this.#ended
      ? `${this.#chunkName} at EOF:`
      : `${this.#chunkName} line:${this.#line}(column:${this.#column}) near '${text}':`;
    return new LuaSyntaxError(`${place}   ${message}\n`);
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #advance(): string {
    const char = this.#source.charAt(this.#at);
    if (char === '') {
      this.#ended = true;
      this.#column = 0;
      return '';
    }
    this.#at += 1;
    if (char !== '\n' && char !== '\r') {
      this.#column += 1;
      return char;
    }
    this.#line += 1;
    this.#column = 0;
    const next = this.#peek();
    if ((next === '\n' || next === '\r') && next !== char) this.#at += 1;
    return '\n';
  }

  #skipSpace(): string {
    let char = this.#advance();
    while (char === ' ' || char === '\t' || char === '\n') char = this.#advance();
    return char;
  }

  #skipComment(): void {
    let char = '-';
    if (this.#peek() === '[') {
      char = this.#advance();
      if (this.#peek() === '[' || this.#peek() === '=') {
        if (this.#longText(this.#advance()) === undefined) {
          throw this.errorAt('', 'invalid multiline comment');
        }
        return;
      }
    }
    while (char !== '\n' && char !== '') char = this.#advance();
  }

  #name(first: string, line: number): Token {
    const start = this.#at - 1;
    while (isNamePart(this.#peek())) this.#advance();
    const text = first + this.#source.slice(start + 1, this.#at);
    return { kind: keywords.has(text) ? text : tokenKinds.name, text, line };
  }

  #number(first: string): string {
    let text = '';
    let char = first;
    if (char === '0') {
      const next = this.#peek();
      if (next === 'x' || next === 'X') return this.#hexNumber();
      if (isDecimalDigit(next)) char = this.#advance();
    }
    text += this.#digits(char);
    if (this.#peek() === '.') text += this.#digits(this.#advance());
    if (this.#peek() === 'e' || this.#peek() === 'E') {
      text += this.#advance();
      if (this.#peek() === '-' || this.#peek() === '+') text += this.#advance();
      text += this.#digits(this.#advance());
    }
    return text;
  }

  #hexNumber(): string {
    let text = `0${this.#advance()}`;
    while (isHexDigit(this.#peek())) text += this.#advance();
    if (text.length === 2) throw this.errorAt(text, 'illegal hexadecimal number');
    return text;
  }

  #digits(first: string): string {
    let text = first;
    while (isDecimalDigit(this.#peek())) text += this.#advance();
    return text;
  }

  #sign(char: string, line: number): Token {
    if (char === '"' || char === "'") {
      return { kind: tokenKinds.string, text: this.#quoted(char), line };
    }
    if (char === '[') return this.#bracket(line);
    if (char === '.') return this.#dots(line);
    if (comparisonSigns.includes(char)) return this.#mayBeDoubled(char, '=', line);
    if (char === ':') return this.#mayBeDoubled(char, ':', line);
    if (char === '~') {
      if (this.#peek() !== '=') throw this.errorAt('~', "Invalid '~' token");
      this.#advance();
      return { kind: '~=', text: '~=', line };
    }
    if (char === '-' || oneCharSigns.includes(char)) return { kind: char, text: char, line };
    throw this.errorAt(char, 'Invalid token');
  }

  #mayBeDoubled(char: string, second: string, line: number): Token {
    if (this.#peek() !== second) return { kind: char, text: char, line };
    this.#advance();
    return { kind: char + second, text: char + second, line };
  }

  #bracket(line: number): Token {
    const next = this.#peek();
    if (next !== '[' && next !== '=') return { kind: '[', text: '[', line };
    const text = this.#longText(this.#advance());
    if (text === undefined) throw this.errorAt('', 'unterminated multiline string');
    return { kind: tokenKinds.string, text, line };
  }

  #dots(line: number): Token {
    const next = this.#peek();
    if (isDecimalDigit(next)) return { kind: tokenKinds.number, text: this.#number('.'), line };
    // gopher-lua shows a single dot as nothing.
    if (next !== '.') return { kind: '.', text: '', line };
    this.#advance();
    if (this.#peek() !== '.') return { kind: '..', text: '..', line };
    this.#advance();
    return { kind: '...', text: '...', line };
  }

  #quoted(quote: string): string {
    let text = '';
    for (let char = this.#advance(); char !== quote; char = this.#advance()) {
      if (char === '\n' || char === '') throw this.errorAt(text, 'unterminated string');
      text += char === '\\' ? this.#escape() : char;
    }
    return text;
  }

  #escape(): string {
    const char = this.#advance();
    if (!isDecimalDigit(char)) return simpleEscapes[char] ?? char;
    let digits = char;
    while (digits.length < 3 && isDecimalDigit(this.#peek())) digits += this.#advance();
    return String.fromCharCode(Number(digits) & 0xff);
  }

  /** What stands in long brackets, of which one has been read; undefined where it does not end. */
  #longText(first: string): string | undefined {
    const opening = this.#separator(first);
    if (opening.char !== '[') throw this.errorAt(opening.char, 'invalid multiline string');
    let char = this.#advance();
    if (char === '\n') char = this.#advance();
    let text = '';
    for (;;) {
      if (char === '') return undefined;
      if (char !== ']') {
        text += char;
        char = this.#advance();
        continue;
      }
      const closing = this.#separator(this.#advance());
      if (closing.count === opening.count && closing.char === ']') return text;
      text += `]${'='.repeat(closing.count)}`;
      char = closing.char;
    }
  }

  #separator(first: string): { count: number; char: string } {
    let count = 0;
    let char = first;
    while (char === '=') {
      count += 1;
      char = this.#advance();
    }
    return { count, char };
  }
}
