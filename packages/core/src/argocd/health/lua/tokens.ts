/** What a token is: a keyword or sign is its own kind. */
export interface Token {
  readonly kind: string;
  /** The text that messages show; the content of a string; the name. */
  readonly text: string;
  readonly line: number;
}

/** A script that does not compile. The message is gopher-lua's. */
export class LuaSyntaxError extends Error {
  override readonly name = 'LuaSyntaxError';
}

/** Keywords of gopher-lua: those of Lua 5.1, and `goto`. */
export const keywords: ReadonlySet<string> = new Set(
  (
    'and break do else elseif end false for function if in local nil not or ' +
    'return repeat then true until while goto'
  ).split(' '),
);

/** Kinds of tokens that are no keyword and no sign. */
export const tokenKinds = { name: 'name', number: 'number', string: 'string', end: 'eof' } as const;

export function isDecimalDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1;
}

export function isHexDigit(char: string): boolean {
  return /^[\da-fA-F]$/.test(char);
}

export function isNameStart(char: string): boolean {
  return /^[A-Za-z_]$/.test(char);
}

export function isNamePart(char: string): boolean {
  return /^\w$/.test(char);
}
