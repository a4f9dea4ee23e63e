import { quoteText } from './go-text.ts';
import { templateName } from './nodes.ts';
import { isKeyword, Tokenizer, type Token } from './tokens.ts';

/**
 * Gives tokens to the parser, with up to three that were put back. The line of a message is that of
 * the token read last, as with Go, so the slots are kept as Go keeps them.
 */
export class TokenReader {
  /** Line of the delimiter that began the action being read; 0 outside. */
  actionLine = 0;
  private readonly tokenizer: Tokenizer;
  private readonly slots: [Token, Token, Token];
  private waiting = 0;

  constructor(text: string) {
    this.tokenizer = new Tokenizer(text);
    const none: Token = { kind: 'EOF', text: '', position: 0, line: 0 };
    this.slots = [none, none, none];
  }

  /** The line for a message. */
  get line(): number {
    return this.slots[0].line;
  }

  next(): Token {
    if (this.waiting > 0) this.waiting -= 1;
    else this.slots[0] = this.tokenizer.next();
    return this.slots[this.waiting] ?? this.slots[0];
  }

  peek(): Token {
    if (this.waiting > 0) return this.slots[this.waiting - 1] ?? this.slots[0];
    this.waiting = 1;
    this.slots[0] = this.tokenizer.next();
    return this.slots[0];
  }

  nextNonSpace(): Token {
    for (;;) {
      const token = this.next();
      if (token.kind !== 'space') return token;
    }
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  backup(): void {
    this.waiting += 1;
  }

  /** Puts back the last token and the one before it. */
  backup2(before: Token): void {
    this.slots[1] = before;
    this.waiting = 2;
  }

  /** Puts back the last token and the two before it, the earlier one first. */
  backup3(earlier: Token, before: Token): void {
    this.slots[1] = before;
    this.slots[2] = earlier;
    this.waiting = 3;
  }

  /** What to say about a token that does not belong where it stands. */
  complaint(token: Token, context: string): string {
    if (token.kind !== 'error') return `unexpected ${tokenText(token)} in ${context}`;
    if (this.actionLine === 0 || this.actionLine === token.line) return token.text;
    const started = ` started at ${templateName}:${this.actionLine}`;
    return token.text.endsWith(' action')
      ? `${token.text}${started}`
      : `${token.text} in action${started}`;
  }
}

function tokenText({ kind, text }: Token): string {
  if (kind === 'EOF') return 'EOF';
  if (isKeyword(kind)) return `<${text}>`;
  const chars = [...text];
  return chars.length > 10 ? `${quoteText(chars.slice(0, 10).join(''))}...` : quoteText(text);
}
