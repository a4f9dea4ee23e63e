import { byteLength } from './utf8.ts';

/** Kinds of tokens. A keyword's kind is the keyword itself. */
export type TokenKind =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'EOF'
  | 'field'
  | 'identifier'
  | 'leftDelimiter'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelimiter'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | Keyword;

/** Words with a meaning of their own; the dot is one of them. */
export type Keyword =
  | 'dot'
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

const keywords = new Map<string, Keyword>([
  ['.', 'dot'],
  ['block', 'block'],
  ['break', 'break'],
  ['continue', 'continue'],
  ['define', 'define'],
  ['else', 'else'],
  ['end', 'end'],
  ['if', 'if'],
  ['nil', 'nil'],
  ['range', 'range'],
  ['template', 'template'],
  ['with', 'with'],
]);
const keywordKinds: ReadonlySet<TokenKind> = new Set(keywords.values());

export function isKeyword(kind: TokenKind): boolean {
  return keywordKinds.has(kind);
}

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins, in characters of the template. */
  readonly position: number;
  readonly line: number;
}

const letters = /[\p{L}\p{Nd}_]/u;
const spaces = ' \t\r\n';

/**
 * Cuts a template into tokens, as Go's text/template does: one at a time, because a fault is only
 * met when the parser gets there. After an error or the end it gives nothing new.
 */
export class Tokenizer {
  private readonly input: string;
  private position = 0;
  private start = 0;
  private line = 1;
  private startLine = 1;
  private insideAction = false;
  private parens = 0;
  private failure: Token | undefined;

  constructor(input: string) {
    this.input = input;
  }

  next(): Token {
    if (this.failure !== undefined) return this.failure;
    return this.insideAction ? this.action() : this.text();
  }

  private text(): Token {
    const open = this.input.indexOf('{{', this.position);
    if (open < 0) {
      this.moveTo(this.input.length);
      return this.position > this.start ? this.take('text') : this.take('EOF');
    }
    if (open > this.position) {
      const trims = hasLeftTrim(this.input, open + 2);
      const end = trims ? trimmedEnd(this.input, this.start, open) : open;
      this.moveTo(end);
      const text = this.take('text');
      this.moveTo(open);
      this.skip();
      if (text.text !== '') return text;
    }
    return this.leftDelimiter();
  }

  private leftDelimiter(): Token {
    const trim = hasLeftTrim(this.input, this.position + 2) ? 2 : 0;
    if (this.input.startsWith('/*', this.position + 2 + trim)) {
      this.moveTo(this.position + 2 + trim);
      this.skip();
      return this.comment();
    }
    this.moveTo(this.position + 2);
    const token = this.take('leftDelimiter');
    this.insideAction = true;
    this.moveTo(this.position + trim);
    this.skip();
    this.parens = 0;
    return token;
  }

  private comment(): Token {
    const close = this.input.indexOf('*/', this.position + 2);
    if (close < 0) return this.fail('unclosed comment');
    this.moveTo(close + 2);
    const delimiter = this.rightDelimiterAt(this.position);
    if (delimiter === undefined) return this.fail('comment ends before closing delimiter');
    this.closeDelimiter(delimiter);
    this.skip();
    return this.text();
  }

  /** Length of a closing delimiter here, or undefined; with a trim marker it is 4. */
  private rightDelimiterAt(position: number): 2 | 4 | undefined {
    if (hasRightTrim(this.input, position) && this.input.startsWith('}}', position + 2)) return 4;
    return this.input.startsWith('}}', position) ? 2 : undefined;
  }

  private closeDelimiter(length: 2 | 4): void {
    this.moveTo(this.position + length);
    if (length === 4) this.moveTo(firstNonSpace(this.input, this.position));
  }

  private rightDelimiter(length: 2 | 4): Token {
    if (length === 4) {
      this.moveTo(this.position + 2);
      this.skip();
    }
    this.moveTo(this.position + 2);
    const token = this.take('rightDelimiter');
    if (length === 4) {
      this.moveTo(firstNonSpace(this.input, this.position));
      this.skip();
    }
    this.insideAction = false;
    return token;
  }

  private action(): Token {
    const delimiter = this.rightDelimiterAt(this.position);
    if (delimiter !== undefined) {
      return this.parens === 0 ? this.rightDelimiter(delimiter) : this.fail('unclosed left paren');
    }
    const char = this.character();
    if (char === '') return this.fail('unclosed action');
    if (spaces.includes(char)) return this.space();
    return this.sign(char) ?? this.word(char);
  }

  /** A token that its first character tells. */
  private sign(char: string): Token | undefined {
    switch (char) {
      case '=':
        return this.advanceAndTake(1, 'assign');
      case ':':
        return this.input.startsWith(':=', this.position)
          ? this.advanceAndTake(2, 'declare')
          : this.fail('expected :=');
      case '|':
        return this.advanceAndTake(1, 'pipe');
      case '"':
        return this.quoted('"', 'string', 'unterminated quoted string');
      case "'":
        return this.quoted("'", 'charConstant', 'unterminated character constant');
      case '`':
        return this.rawString();
      case '(':
        this.parens += 1;
        return this.advanceAndTake(1, 'leftParen');
      case ')':
        return this.rightParen();
      default:
        return undefined;
    }
  }

  private rightParen(): Token {
    this.parens -= 1;
    return this.parens < 0
      ? this.fail('unexpected right paren')
      : this.advanceAndTake(1, 'rightParen');
  }

  private word(char: string): Token {
    if (char === '$') {
      this.moveTo(this.position + 1);
      return this.fieldOrVariable('variable');
    }
    const next = this.input.charAt(this.position + 1);
    if (char === '.' && next !== '' && !/[0-9]/.test(next)) {
      this.moveTo(this.position + 1);
      return this.fieldOrVariable('field');
    }
    if (/[.+\-0-9]/.test(char)) return this.number();
    if (letters.test(char)) return this.identifier();
    if (/[!-~]/.test(char)) return this.advanceAndTake(1, 'char');
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return this.fail(`unrecognized character in action: U+${code}${printed(char)}`);
  }

  private space(): Token {
    const end = firstNonSpace(this.input, this.position);
    // The space before a trim marker belongs to the delimiter.
    if (this.rightDelimiterAt(end - 1) === 4) {
      if (end - this.position === 1) return this.rightDelimiter(4);
      this.moveTo(end - 1);
    } else this.moveTo(end);
    return this.take('space');
  }

  private identifier(): Token {
    this.moveTo(endOfLetters(this.input, this.position));
    const bad = this.badTerminator();
    if (bad !== undefined) return bad;
    const word = this.input.slice(this.start, this.position);
    const keyword = keywords.get(word);
    if (keyword !== undefined) return this.take(keyword);
    return this.take(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  private fieldOrVariable(kind: 'field' | 'variable'): Token {
    if (this.atTerminator()) return this.take(kind === 'variable' ? 'variable' : 'dot');
    this.moveTo(endOfLetters(this.input, this.position));
    return this.badTerminator() ?? this.take(kind);
  }

  private badTerminator(): Token | undefined {
    if (this.atTerminator()) return undefined;
    const char = this.character();
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return this.fail(`bad character U+${code}${printed(char)}`);
  }

  private atTerminator(): boolean {
    const char = this.character();
    if (char === '' || spaces.includes(char) || '.,|:)('.includes(char)) return true;
    return this.input.startsWith('}}', this.position);
  }

  private number(): Token {
    const simple = this.scanNumber();
    const sign = this.character();
    if (!simple) return this.badNumber();
    if (sign !== '+' && sign !== '-') return this.take('number');
    if (!this.scanNumber() || this.input.charAt(this.position - 1) !== 'i') return this.badNumber();
    return this.take('complex');
  }

  private badNumber(): Token {
    return this.fail(
      `bad number syntax: ${JSON.stringify(this.input.slice(this.start, this.position))}`,
    );
  }

  private scanNumber(): boolean {
    const rest = this.input.slice(this.position);
    const pattern =
      /^[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/;
    const [found = ''] = pattern.exec(rest) ?? [];
    this.moveTo(this.position + found.length);
    const next = this.character();
    if (!letters.test(next)) return true;
    this.moveTo(this.position + next.length);
    return false;
  }

  private quoted(quote: string, kind: TokenKind, complaint: string): Token {
    const pattern = quote === '"' ? /"(?:[^"\\\n]|\\[^\n])*"/y : /'(?:[^'\\\n]|\\[^\n])*'/y;
    pattern.lastIndex = this.position;
    const [found] = pattern.exec(this.input) ?? [];
    return found === undefined ? this.fail(complaint) : this.advanceAndTake(found.length, kind);
  }

  private rawString(): Token {
    const close = this.input.indexOf('`', this.position + 1);
    if (close < 0) return this.fail('unterminated raw quoted string');
    this.moveTo(close + 1);
    return this.take('rawString');
  }

  /** The character here; empty at the end. */
  private character(): string {
    const code = this.input.codePointAt(this.position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private advanceAndTake(length: number, kind: TokenKind): Token {
    this.moveTo(this.position + length);
    return this.take(kind);
  }

  private moveTo(position: number): void {
    for (let at = this.position; at < position; at += 1) {
      if (this.input.charAt(at) === '\n') this.line += 1;
    }
    this.position = position;
  }

  private skip(): void {
    this.start = this.position;
    this.startLine = this.line;
  }

  private take(kind: TokenKind): Token {
    const text = kind === 'EOF' ? 'EOF' : this.input.slice(this.start, this.position);
    const token = { kind, text, position: this.start, line: this.startLine };
    this.skip();
    return token;
  }

  private fail(text: string): Token {
    this.failure = { kind: 'error', text, position: this.start, line: this.startLine };
    return this.failure;
  }
}

function printed(char: string): string {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char) ? ` '${char}'` : '';
}

function hasLeftTrim(input: string, position: number): boolean {
  const after = input.charAt(position + 1);
  return input.charAt(position) === '-' && after !== '' && spaces.includes(after);
}

function hasRightTrim(input: string, position: number): boolean {
  const char = input.charAt(position);
  return char !== '' && spaces.includes(char) && input.charAt(position + 1) === '-';
}

function trimmedEnd(input: string, start: number, end: number): number {
  let at = end;
  while (at > start && spaces.includes(input.charAt(at - 1))) at -= 1;
  return at;
}

function firstNonSpace(input: string, position: number): number {
  let at = position;
  while (at < input.length && spaces.includes(input.charAt(at))) at += 1;
  return at;
}

function endOfLetters(input: string, position: number): number {
  let at = position;
  for (;;) {
    const code = input.codePointAt(at);
    const char = code === undefined ? '' : String.fromCodePoint(code);
    if (char === '' || !letters.test(char)) return at;
    at += char.length;
  }
}

/** Line and column of a place, both as Go's messages count: the column in bytes, from 0. */
export function placeOf(input: string, position: number): string {
  const before = input.slice(0, position);
  const newline = before.lastIndexOf('\n');
  const line = before.split('\n').length;
  const column = newline < 0 ? byteLength(before) : byteLength(before.slice(newline + 1));
  return `${line}:${column}`;
}
