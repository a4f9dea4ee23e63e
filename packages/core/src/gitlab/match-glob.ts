/**
 * Whether a path matches a glob of `rules:changes` or `rules:exists`: `*` and `?` within one folder, a
 * leading `**` before a slash for any number of folders, `[a-z]`, `[^a-z]`, `{a,b}`, `\` before what
 * stands for itself. Hidden files are files like others. As Ruby's `File.fnmatch`.
 */
export function matchGlob(glob: string, path: string): boolean {
  const folders = path.split('/');
  return expandBraces(glob).some((pattern) => matchFolders(pattern.split('/'), folders));
}

/** The patterns that `{a,b}` stands for, also nested. */
function expandBraces(glob: string): string[] {
  const open = findUnescaped(glob, 0, '{');
  const parts = open === undefined ? undefined : readAlternatives(glob, open);
  if (open === undefined || parts === undefined) return [glob];
  const head = glob.slice(0, open);
  const tail = glob.slice(parts.end);
  return parts.alternatives.flatMap((part) => expandBraces(`${head}${part}${tail}`));
}

function findUnescaped(text: string, from: number, char: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === char) return at;
  }
  return undefined;
}

/** What stands between commas from an opening brace to its closing one, if it has one. */
function readAlternatives(
  glob: string,
  open: number,
): { alternatives: string[]; end: number } | undefined {
  const alternatives = [''];
  let depth = 0;
  for (let at = open; at < glob.length; at += 1) {
    const char = glob[at] ?? '';
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth === 0) return { alternatives, end: at + 1 };
    if (char === ',' && depth === 1) alternatives.push('');
    else if (at > open) {
      const piece = char === '\\' ? glob.slice(at, at + 2) : char;
      alternatives.push(`${alternatives.pop() ?? ''}${piece}`);
      at += piece.length - 1;
    }
  }
  return undefined;
}

function matchFolders(patterns: readonly string[], folders: readonly string[]): boolean {
  const [pattern, ...others] = patterns;
  if (pattern === undefined) return folders.length === 0;
  if (pattern === '**' && others.length > 0) {
    return folders.some((_, index) => matchFolders(others, folders.slice(index)));
  }
  const [folder, ...rest] = folders;
  return folder !== undefined && matchName(pattern, folder) && matchFolders(others, rest);
}

function matchName(pattern: string, name: string): boolean {
  const expression = nameExpression(pattern);
  return expression !== undefined && new RegExp(`^${expression}$`, 'su').test(name);
}

/** The pattern of one name as a regular expression; undefined for one that matches nothing. */
function nameExpression(pattern: string): string | undefined {
  let out = '';
  for (let at = 0; at < pattern.length;) {
    const piece = readPiece(pattern, at);
    if (piece === undefined) return undefined;
    out += piece.expression;
    at = piece.end;
  }
  return out;
}

interface Piece {
  readonly expression: string;
  readonly end: number;
}

function readPiece(pattern: string, at: number): Piece | undefined {
  const star = /\*+/y;
  star.lastIndex = at;
  if (star.test(pattern)) return { expression: '.*', end: star.lastIndex };
  const char = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  if (char === '?') return { expression: '.', end: at + 1 };
  if (char === '[') return readSet(pattern, at);
  const { codePoint, end } = readCharacter(pattern, at);
  return { expression: escaped(codePoint), end };
}

/** `[...]`; a set that is not closed matches nothing. */
function readSet(pattern: string, open: number): Piece | undefined {
  const isNegated = /[!^]/.test(pattern[open + 1] ?? '');
  const start = open + (isNegated ? 2 : 1);
  let members = '';
  for (let at = start; at < pattern.length;) {
    if (pattern[at] === ']' && at > start) {
      return { expression: `[${isNegated ? '^' : ''}${members}]`, end: at + 1 };
    }
    const low = readCharacter(pattern, at);
    const isRange = pattern[low.end] === '-' && !/^\]?$/.test(pattern[low.end + 1] ?? '');
    const high = isRange ? readCharacter(pattern, low.end + 1) : low;
    if (high.codePoint >= low.codePoint) {
      members += `${escaped(low.codePoint)}-${escaped(high.codePoint)}`;
    }
    at = high.end;
  }
  return undefined;
}

/** One character, which a backslash may stand before. */
function readCharacter(pattern: string, at: number): { codePoint: number; end: number } {
  const start = pattern[at] === '\\' && at + 1 < pattern.length ? at + 1 : at;
  const codePoint = pattern.codePointAt(start) ?? 0;
  return { codePoint, end: start + String.fromCodePoint(codePoint).length };
}

function escaped(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}
