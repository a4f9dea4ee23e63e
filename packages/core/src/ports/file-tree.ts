import { InputError } from '../errors/tidegate-error.ts';
import { indexFolders } from './folder-index.ts';

/**
 * A read-only tree of text files, addressed by relative paths with forward slashes and no leading
 * slash: a working directory, one revision of a Git repository, or a map in a test.
 */
export interface FileTree {
  /** How the tree is named to people, such as a folder or `release/qa/3`. */
  readonly name: string;
  /**
   * The file's text, or undefined when there is no such file. Throws InputError when it is not
   * UTF-8, not a regular file, or leads outside the tree through a symbolic link.
   */
  read(path: string): Promise<string | undefined>;
  /** Names of files and folders directly below a folder, sorted; empty when it does not exist. */
  list(folder: string): Promise<readonly TreeEntry[]>;
}

export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** One file to be written, whole. The path is relative to the tree's root. */
export interface FileContent {
  readonly path: string;
  readonly content: string;
}

/** A tree made of a map from path to content; for tests and for generated trees. */
export function memoryTree(files: ReadonlyMap<string, string>, name = 'memory'): FileTree {
  const folders = indexFolders(files.keys());
  return {
    name,
    read: (path) =>
      files.has(path) || !folders.has(path)
        ? Promise.resolve(files.get(path))
        : Promise.reject(
            new InputError('is a folder; expected a file', { position: { file: path } }),
          ),
    list: (folder) => Promise.resolve(folders.get(folder) ?? []),
  };
}
