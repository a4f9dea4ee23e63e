import type { TreeEntry } from './file-tree.ts';

/** What lies directly below each folder of a tree, sorted by name. The root is the empty path. */
export type FolderIndex = ReadonlyMap<string, readonly TreeEntry[]>;

/** Indexes the folders of a tree that is known by its files' paths. */
export function indexFolders(paths: Iterable<string>): FolderIndex {
  const folders = new Map<string, Map<string, TreeEntry>>();
  for (const path of paths) addPath(folders, path, 'file');
  return new Map([...folders].map(([folder, entries]) => [folder, sortByName(entries)]));
}

function addPath(
  folders: Map<string, Map<string, TreeEntry>>,
  path: string,
  kind: TreeEntry['kind'],
): void {
  const slash = path.lastIndexOf('/');
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  const known = folders.get(folder);
  if (known !== undefined) {
    known.set(name, { name, kind });
    return;
  }
  folders.set(folder, new Map([[name, { name, kind }]]));
  if (folder !== '') addPath(folders, folder, 'folder');
}

function sortByName(entries: ReadonlyMap<string, TreeEntry>): TreeEntry[] {
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
