import { matchSegment } from './doublestar-segment.ts';
import { toBytes } from './utf8.ts';

/** Whether classes and braces are closed and no backslash ends the pattern. */
function isValid(pattern: string): boolean {
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === '\\') at += 1;
    else if (char === '[') at = classEnd(pattern, at + 1);
    else if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    if (depth < 0 || at >= pattern.length) return false;
  }
  return depth === 0;
}

/** Where a class is closed, or the pattern's length when it is not, or empty. */
function classEnd(pattern: string, from: number): number {
  const start = /[!^]/.test(pattern[from] ?? '') ? from + 1 : from;
  if (pattern[start] === ']') return pattern.length;
  for (let at = start; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  return pattern.length;
}

/** The patterns that alternatives stand for, in their order. */
function expandBraces(pattern: string): string[] {
  const open = findBrace(pattern);
  if (open === undefined) return [pattern];
  const { alternatives, end } = readAlternatives(pattern, open);
  const [head, tail] = [pattern.slice(0, open), pattern.slice(end)];
  return alternatives.flatMap((one) => expandBraces(`${head}${one}${tail}`));
}

function findBrace(pattern: string): number | undefined {
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '[') at = classEnd(pattern, at + 1);
    else if (pattern[at] === '{') return at;
  }
  return undefined;
}

function readAlternatives(
  pattern: string,
  open: number,
): { readonly alternatives: string[]; readonly end: number } {
  const alternatives: string[] = [];
  let [depth, from, at] = [1, open + 1, open + 1];
  for (; at < pattern.length && depth > 0; at += 1) {
    const char = pattern[at];
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    if (depth === 0 || (char === ',' && depth === 1)) {
      alternatives.push(pattern.slice(from, at));
      from = at + 1;
    }
  }
  // The library does not look at an empty alternative that comes last.
  return {
    alternatives: alternatives.at(-1) === '' ? alternatives.slice(0, -1) : alternatives,
    end: at,
  };
}

/** The entries of folders by the folder's path; `.` is the root. */
type Folders = ReadonlyMap<string, readonly Entry[]>;

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * The files and folders that a glob of bmatcuk/doublestar 4.10 matches among some files; Argo CD 3.5.1 uses it
 * for value files and for the new file globs of the git file generator. A segment is matched as by
 * `matchSegment`; `**` as a whole segment is any number of them, and `{a,b}` alternatives, also with slashes.
 *
 * The order is that in which the library's `Glob` finds them: folder by folder, each folder's own matches
 * before those further down, names in byte order. Alternatives are sorted together.
 *
 * See https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Glob.
 */
export function globFiles(files: readonly string[], pattern: string): string[] | 'bad pattern' {
  if (!isValid(toBytes(pattern))) return 'bad pattern';
  return [...new Set(findIn(readFolders(files), pattern, true))];
}

function readFolders(files: readonly string[]): Folders {
  const folders = new Map<string, Map<string, Entry>>([['.', new Map()]]);
  for (const file of files) {
    const names = file.split('/');
    for (const [index, name] of names.entries()) {
      const parent = index === 0 ? '.' : names.slice(0, index).join('/');
      const isFolder = index < names.length - 1;
      const entries = folders.get(parent) ?? new Map<string, Entry>();
      folders.set(parent, entries.set(name, { name, isFolder }));
    }
  }
  const sorted = [...folders].map(([path, entries]): [string, Entry[]] => [
    path,
    [...entries.values()].sort((left, right) => byBytes(left.name, right.name)),
  ]);
  return new Map(sorted);
}

/** What a pattern matches; `withFiles` for all of it, not for the folders that its last segment is in. */
function findIn(folders: Folders, pattern: string, withFiles: boolean): string[] {
  const slash = lastSlash(pattern);
  const last = pattern.slice(slash + 1);
  if (findBrace(last) !== undefined) {
    const head = pattern.slice(0, slash + 1);
    const found = expandBraces(last).flatMap((one) => findIn(folders, `${head}${one}`, withFiles));
    return [...new Set(found)].sort(byBytes);
  }
  const parents = slash === -1 ? ['.'] : findIn(folders, pattern.slice(0, slash), false);
  return parents.flatMap((parent) =>
    last === '**'
      ? [parent, ...everythingIn(folders, parent, withFiles)]
      : matchesIn(folders, parent, last, withFiles),
  );
}

/** Where the last slash outside of braces stands, or -1. */
function lastSlash(pattern: string): number {
  let [depth, slash] = [0, -1];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    else if (char === '/' && depth === 0) slash = at;
  }
  return slash;
}

function matchesIn(
  folders: Folders,
  parent: string,
  pattern: string,
  withFiles: boolean,
): string[] {
  if (pattern === '') return [parent];
  return (folders.get(parent) ?? [])
    .filter(({ isFolder }) => isFolder || withFiles)
    .filter(({ name }) => matchSegment(toBytes(pattern), toBytes(name)))
    .map(({ name }) => joined(parent, name));
}

function everythingIn(folders: Folders, parent: string, withFiles: boolean): string[] {
  return (folders.get(parent) ?? []).flatMap(({ name, isFolder }) => {
    const path = joined(parent, name);
    if (!isFolder) return withFiles ? [path] : [];
    return [path, ...everythingIn(folders, path, withFiles)];
  });
}

function joined(parent: string, name: string): string {
  return parent === '.' ? name : `${parent}/${name}`;
}

function byBytes(left: string, right: string): number {
  const [first, second] = [toBytes(left), toBytes(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}
