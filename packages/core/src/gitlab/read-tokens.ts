import { compilePattern } from './compile-re2.ts';

/** Operators between two values. */
export type BinaryOperator = '==' | '!=' | '=~' | '!~' | '&&' | '||';

/** A value of an expression, before variables are looked up. */
export type ValueNode =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | boolean | null }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** One piece of an expression of `rules:if`. */
export type Token =
  | { readonly kind: 'value'; readonly node: ValueNode }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator }
  | { readonly kind: 'not' }
  | { readonly kind: 'open' }
  | { readonly kind: 'close' };

/** GitLab gives up at this number of pieces. */
const tokensMax = 100;

/** How a piece looks, and what it is; undefined for one that only looks like it. The first wins. */
interface Lexeme {
  readonly expression: RegExp;
  readonly token: (match: RegExpExecArray) => Token | undefined;
}

const lexemes: readonly Lexeme[] = [
  { expression: /\(/y, token: () => ({ kind: 'open' }) },
  { expression: /\)/y, token: () => ({ kind: 'close' }) },
  {
    expression: /\$(\w+)/y,
    token: ([, name = '']) => ({ kind: 'value', node: { kind: 'variable', name } }),
  },
  {
    expression: /"([^\n]*?)"|'([^\n]*?)'/y,
    token: ([, double, single = '']) => literal(double ?? single),
  },
  {
    // At least two characters, the last of them no backslash.
    expression: /\/(?:[^/]|\\\/)+[^\\]\/[ismU]*/y,
    token: ([pattern]) =>
      compilePattern(pattern) && { kind: 'value', node: { kind: 'pattern', pattern } },
  },
  { expression: /null/y, token: () => literal(null) },
  { expression: /(?:true|false)\b/y, token: ([word]) => literal(word === 'true') },
  {
    expression: /==|=~|!=|!~|&&|\|\|/y,
    token: ([operator]) => ({ kind: 'binary', operator: operator as BinaryOperator }),
  },
  { expression: /!/y, token: () => ({ kind: 'not' }) },
];

function literal(value: string | boolean | null): Token {
  return { kind: 'value', node: { kind: 'literal', value } };
}

/** Cuts an expression of `rules:if` into its pieces, or says what GitLab does not understand of it. */
export function readTokens(text: string): { tokens: Token[] } | { fault: string } {
  const tokens: Token[] = [];
  for (let at = skipBlanks(text, 0); at < text.length;) {
    const found = readToken(text, at);
    if (found === undefined) return { fault: `not understood: ${text.slice(at)}` };
    tokens.push(found.token);
    if (tokens.length === tokensMax) return { fault: `longer than ${tokensMax - 1} pieces` };
    at = skipBlanks(text, found.end);
  }
  return { tokens };
}

function readToken(text: string, at: number): { token: Token; end: number } | undefined {
  for (const { expression, token } of lexemes) {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match !== null) {
      const end = expression.lastIndex;
      const found = token(match);
      return found && { token: found, end };
    }
  }
  return undefined;
}

function skipBlanks(text: string, at: number): number {
  const blanks = /[ \t\r\n\f\v]*/y;
  blanks.lastIndex = at;
  blanks.exec(text);
  return blanks.lastIndex;
}
