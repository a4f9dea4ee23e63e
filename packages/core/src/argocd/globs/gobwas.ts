import { compileTree } from './gobwas-compile.ts';
import { GlobFault, parseGobwas } from './gobwas-syntax.ts';
import { toBytes } from './utf8.ts';

/**
 * The characters that `*` and `?` do not cross: none for sync windows, destinations, RBAC and the files of
 * a directory source, `/` for source repositories.
 */
export type GlobSeparators = '' | '/';

/** A pattern that is ready to match, or what is wrong with it. */
export type CompiledGlob =
  { readonly matches: (text: string) => boolean } | { readonly fault: string };

/** A pattern without special characters, as most are. */
const plainText = /^[\w\-./:@]*$/;

/** Compiles a pattern of gobwas/glob, the library of Argo CD's package `util/glob`. */
export function compileGobwas(pattern: string, separators: GlobSeparators = ''): CompiledGlob {
  if (plainText.test(pattern)) return { matches: (text) => text === pattern };
  const key = `${separators} ${pattern}`;
  const known = compiledGlobs.get(key);
  if (known !== undefined) return known;
  if (compiledGlobs.size >= compiledMax) compiledGlobs.clear();
  const compiled = compile(pattern, separators);
  compiledGlobs.set(key, compiled);
  return compiled;
}

/** Patterns that were compiled; projects ask for the same ones again and again. */
const compiledGlobs = new Map<string, CompiledGlob>();
const compiledMax = 10_000;

function compile(pattern: string, separators: GlobSeparators): CompiledGlob {
  try {
    const compiled = compileTree(parseGobwas(pattern), separators);
    return { matches: (text) => compiled.matches(toBytes(text)) };
  } catch (error) {
    if (error instanceof GlobFault) return { fault: error.message };
    throw error;
  }
}

/** Whether a text matches; a pattern that cannot be read matches nothing, and Argo CD logs a warning. */
export function matchGobwas(
  pattern: string,
  text: string,
  separators: GlobSeparators = '',
): boolean {
  if (plainText.test(pattern)) return pattern === text;
  const compiled = compileGobwas(pattern, separators);
  return 'matches' in compiled && compiled.matches(text);
}
