import { matchGobwas } from '../globs/index.ts';

/** The `directory` part of a source. */
export interface DirectoryOptions {
  readonly recurse?: boolean;
  /** A glob of files that are read; empty for all. */
  readonly include?: string;
  /** A glob of files that are not; it comes first. */
  readonly exclude?: string;
}

/** Why a file of a directory source is read, or is not. */
export type DirectoryReason =
  'read' | 'in a subfolder' | 'no manifest by its name' | 'excluded' | 'not included';

/** A file with this text anywhere in it is not read either. */
export const skipFileMarker = '+argocd:skip-file-rendering';

/** A file of a directory source. */
export interface DirectoryFile {
  /** Relative to the source's folder. */
  readonly path: string;
  readonly reason: DirectoryReason;
}

/**
 * Says of each file below a directory source's folder whether Argo CD reads it, in the order in which it does:
 * by folder, as a walk through them in byte order goes. Globs are matched with the whole path, and `*` does
 * not stop at slashes.
 *
 * See `getPotentiallyValidManifests` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function directoryFiles(
  files: readonly string[],
  options: DirectoryOptions,
): DirectoryFile[] {
  return files
    .toSorted(byFolders)
    .map((path): DirectoryFile => ({ path, reason: reasonOf(path, options) }));
}

function reasonOf(
  path: string,
  { recurse = false, include = '', exclude = '' }: DirectoryOptions,
): DirectoryReason {
  if (path.includes('/') && !recurse) return 'in a subfolder';
  if (!/\.(?:yaml|yml|json|jsonnet)$/.test(path)) return 'no manifest by its name';
  if (exclude !== '' && matchGobwas(exclude, path)) return 'excluded';
  return include !== '' && !matchGobwas(include, path) ? 'not included' : 'read';
}

function byFolders(left: string, right: string): number {
  const [lefts, rights] = [left.split('/'), right.split('/')];
  for (const [index, name] of lefts.entries()) {
    const other = rights[index];
    if (other === undefined) return 1;
    if (name !== other) return name < other ? -1 : 1;
  }
  return lefts.length - rights.length;
}
