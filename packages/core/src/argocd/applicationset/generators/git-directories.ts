import { matchPath } from '../../globs/index.ts';
import type { Params, TemplateDialect } from '../render-text.ts';
import { pathParams } from './path-params.ts';
import { withValues, type GeneratorValues } from './templated-values.ts';

/** A pattern of a git generator; `exclude` always wins. */
export interface GitPattern {
  readonly path: string;
  readonly exclude?: boolean;
}

/** What a git generator does with the paths that it finds. */
export interface GitParamsOptions {
  readonly pathParamPrefix?: string;
  readonly values?: GeneratorValues;
  readonly dialect: TemplateDialect;
}

/**
 * The directories of a repository that match: at least one pattern, and none that excludes. A
 * pattern that is not valid matches nothing. Source: `filterApps` in applicationset/generators/git.go.
 */
export function chooseDirectories(
  patterns: readonly GitPattern[],
  directories: readonly string[],
): string[] {
  return directories.filter((directory) => {
    const matching = patterns.filter(({ path }) => matchPath(path, directory) === true);
    return matching.length > 0 && matching.every(({ exclude }) => exclude !== true);
  });
}

/** The parameters of directories, in the order given. */
export function directoryParams(
  directories: readonly string[],
  { pathParamPrefix = '', values, dialect }: GitParamsOptions,
): Params[] {
  return directories.map((directory) => {
    try {
      return withValues(pathParams({ directory }, pathParamPrefix, dialect), values, dialect);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`error generating params from apps: ${text}`, { cause: error });
    }
  });
}

/**
 * All directories that hold files, and those above them, in the order of a walk. Hidden ones are
 * left out with everything below. Source: `GetGitDirectories` in
 * reposerver/repository/repository.go.
 */
export function listDirectories(files: readonly string[], includeHidden = false): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const parts = file.split('/').slice(0, -1);
    const hidden = parts.findIndex((part) => part.startsWith('.'));
    const shown = includeHidden || hidden < 0 ? parts : parts.slice(0, hidden);
    for (const [index] of shown.entries()) found.add(shown.slice(0, index + 1).join('/'));
  }
  return [...found].sort(compareWalk);
}

/** A walk goes into a directory before it goes on to the next. */
function compareWalk(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  const at = one.findIndex((part, index) => part !== other[index]);
  if (at < 0 || at >= other.length) return one.length - other.length;
  return (one[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}
