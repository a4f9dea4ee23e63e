import {
  InputError,
  ToolError,
  yamlSizeBytesMax,
  type FileTree,
  type TreeEntry,
} from '@tidegate/core';
import { decodeUtf8 } from './files.ts';
import { followLinks } from './git-links.ts';
import { GitObjectReader, type GitObject } from './git-object-reader.ts';

/** A revision that also tells the object names of its folders and files. */
export interface GitTree extends FileTree {
  objectId(path: string): Promise<string | undefined>;
}

/** What a folder holds by name. */
type Folder = ReadonlyMap<string, Entry>;

interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly object: string;
}

/**
 * One revision of a Git repository as a tree, read without a checkout, folder by folder as they are
 * asked for. Symbolic links are followed inside the tree; submodules are not part of it.
 */
export function gitTree(
  root: string,
  revision: string,
  name = revision,
  reader = new GitObjectReader(root),
): GitTree {
  const tree = new LazyTree(reader, () => resolveCommit(reader, revision));
  return {
    name,
    objectId: async (path) => (await tree.entry(path))?.object,
    read: async (path) => {
      const entry = await tree.entry(await tree.follow(path));
      if (entry?.kind === 'folder') throw fault('is a folder; expected a file', path, revision);
      if (entry?.kind !== 'file') return undefined;
      const { bytes, sizeBytes } = await readObject(reader, entry.object);
      if (sizeBytes > yamlSizeBytesMax) {
        throw fault(`has ${sizeBytes} bytes; expected ${yamlSizeBytesMax} at most`, path, revision);
      }
      return decodeUtf8(bytes, path);
    },
    list: async (path) => {
      const real = await tree.follow(path);
      return listed(await tree.folder(real));
    },
  };
}

class LazyTree {
  private readonly reader: GitObjectReader;
  private readonly commit: () => Promise<string>;
  private readonly folders = new Map<string, Promise<Folder | undefined>>();

  constructor(reader: GitObjectReader, commit: () => Promise<string>) {
    this.reader = reader;
    this.commit = commit;
  }

  /** What is at a path, links not followed. */
  async entry(path: string): Promise<Entry | undefined> {
    if (path === '') return undefined;
    const slash = path.lastIndexOf('/');
    const folder = await this.folder(path.slice(0, Math.max(slash, 0)));
    return folder?.get(path.slice(slash + 1));
  }

  /** What a folder holds, links not followed; undefined when there is none. */
  folder(path: string): Promise<Folder | undefined> {
    const known = this.folders.get(path) ?? this.readFolder(path);
    this.folders.set(path, known);
    return known;
  }

  follow(path: string): Promise<string> {
    return followLinks(path, async (at) => {
      const entry = await this.entry(at);
      if (entry?.kind !== 'link') return undefined;
      return (await readObject(this.reader, entry.object)).bytes.toString();
    });
  }

  private async readFolder(path: string): Promise<Folder | undefined> {
    if (path === '') {
      const commit = await this.commit();
      return parseTree(await readObject(this.reader, `${commit}^{tree}`), commit.length / 2);
    }
    const entry = await this.entry(path);
    if (entry?.kind !== 'folder') return undefined;
    return parseTree(await readObject(this.reader, entry.object), entry.object.length / 2);
  }
}

/** A tree object is a row of `<mode> <name>`, a zero byte and the object's name as bytes. */
function parseTree({ bytes }: GitObject, nameBytes: number): Folder {
  const entries = new Map<string, Entry>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const zero = bytes.indexOf(0, space);
    const object = bytes.toString('hex', zero + 1, zero + 1 + nameBytes);
    const kind = kindOf(bytes.toString('latin1', at, space));
    entries.set(bytes.toString('utf8', space + 1, zero), { kind, object });
    at = zero + 1 + nameBytes;
  }
  return entries;
}

function kindOf(mode: string): Entry['kind'] {
  switch (mode) {
    case '40000':
      return 'folder';
    case '120000':
      return 'link';
    case '160000':
      return 'submodule';
    default:
      return 'file';
  }
}

/** Links count as files, as they do in a listing of a checkout's folder. */
function listed(folder: Folder | undefined): TreeEntry[] {
  return [...(folder ?? [])]
    .filter(([, { kind }]) => kind !== 'submodule')
    .map(([name, { kind }]): TreeEntry => ({ name, kind: kind === 'folder' ? 'folder' : 'file' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readObject(reader: GitObjectReader, object: string): Promise<GitObject> {
  const found = await reader.read(object, yamlSizeBytesMax);
  if (found === undefined) throw new ToolError(`the Git repository lacks object ${object}`);
  return found;
}

/** Full name of the commit that a revision names. Throws ToolError when it names none. */
export async function resolveCommit(reader: GitObjectReader, revision: string): Promise<string> {
  const isLine = !revision.includes('\n');
  const commit = isLine ? await reader.read(`${revision}^{commit}`) : undefined;
  if (commit !== undefined) return commit.name;
  throw new ToolError(
    `${JSON.stringify(revision)} is no revision of the Git repository ${reader.root}`,
  );
}

function fault(what: string, path: string, revision: string): InputError {
  return new InputError(`${what} (in ${revision})`, { position: { file: path } });
}
