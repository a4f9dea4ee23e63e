import { indexFolders } from '../ports/folder-index.ts';
import type { FileContent, FileTree, TreeEntry } from '../ports/file-tree.ts';

/** What is written to a tree, and what is removed from it. */
export interface TreeChanges {
  readonly files: readonly FileContent[];
  readonly removed: readonly string[];
}

/** A tree as it would be with changes. */
export function overlayTree(below: FileTree, { files, removed }: TreeChanges): FileTree {
  const own = new Map(files.map(({ path, content }) => [path, content]));
  const gone = new Set(removed);
  const folders = indexFolders(own.keys());
  return {
    name: `${below.name} as planned`,
    read: (path) => {
      if (gone.has(path)) return Promise.resolve(undefined);
      return own.has(path) ? Promise.resolve(own.get(path)) : below.read(path);
    },
    list: async (folder) => {
      const prefix = folder === '' ? '' : `${folder}/`;
      const entries = new Map<string, TreeEntry>();
      for (const entry of await below.list(folder)) {
        if (!gone.has(prefix + entry.name)) entries.set(entry.name, entry);
      }
      for (const entry of folders.get(folder) ?? []) entries.set(entry.name, entry);
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
