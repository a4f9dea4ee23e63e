import {
  indexFolders,
  InputError,
  ToolError,
  yamlSizeBytesMax,
  type FileTree,
  type FolderIndex,
} from '@tidegate/core';
import { decodeUtf8 } from './files.ts';
import { followLinks, type LinkTargets } from './git-links.ts';
import { git } from './git.ts';

interface Blob {
  readonly object: string;
  readonly mode: string;
  readonly sizeBytes: number;
}

interface RevisionIndex {
  readonly blobs: ReadonlyMap<string, Blob>;
  /** Object names of all folders and files. */
  readonly objects: ReadonlyMap<string, string>;
  readonly folders: FolderIndex;
  readonly links: LinkTargets;
}

const linkMode = '120000';
/** Content that one run of git hands over. */
const batchBytesMax = 32 * 1024 * 1024;

/** A revision that also tells the object names of its folders and files. */
export interface GitTree extends FileTree {
  objectId(path: string): Promise<string | undefined>;
}

/**
 * One revision of a Git repository as a tree, read without a checkout. What lies in one top-level
 * folder is read together, so thousands of files cost one run of git. Symbolic links are followed
 * inside the tree; submodules are not part of it.
 */
export function gitTree(root: string, revision: string, name = revision): GitTree {
  let index: Promise<RevisionIndex> | undefined;
  const folders = new Map<string, Promise<Map<string, Buffer>>>();
  const open = (): Promise<RevisionIndex> => (index ??= readIndex(root, revision));
  const contents = (top: string, blobs: RevisionIndex['blobs']): Promise<Map<string, Buffer>> => {
    const known = folders.get(top) ?? readBlobs(root, selectTop(blobs, top));
    folders.set(top, known);
    return known;
  };
  return {
    name,
    objectId: async (path) => (await open()).objects.get(path),
    read: async (path) => {
      const tree = await open();
      const real = followLinks(path, tree.links);
      const blob = tree.blobs.get(real);
      if (blob === undefined) {
        if (tree.folders.has(real)) throw fault('is a folder; expected a file', path, revision);
        return undefined;
      }
      assertReadable(blob, path, revision);
      const bytes = (await contents(topOf(real), tree.blobs)).get(blob.object);
      return bytes === undefined ? undefined : decodeUtf8(bytes, path);
    },
    list: async (folder) => {
      const tree = await open();
      return tree.folders.get(followLinks(folder, tree.links)) ?? [];
    },
  };
}

function topOf(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

function selectTop(blobs: ReadonlyMap<string, Blob>, top: string): Blob[] {
  return [...blobs]
    .filter(([path, blob]) => topOf(path) === top && isReadable(blob))
    .map(([, blob]) => blob);
}

function isReadable(blob: Blob): boolean {
  return blob.mode !== linkMode && blob.sizeBytes <= yamlSizeBytesMax;
}

function assertReadable(blob: Blob, path: string, revision: string): void {
  if (isReadable(blob)) return;
  const what = `has ${blob.sizeBytes} bytes; expected ${yamlSizeBytesMax} at most`;
  throw fault(what, path, revision);
}

function fault(what: string, path: string, revision: string): InputError {
  return new InputError(`${what} (in ${revision})`, { position: { file: path } });
}

async function readIndex(root: string, revision: string): Promise<RevisionIndex> {
  const { blobs, objects } = await listObjects(root, revision);
  const links = [...blobs].filter(([, blob]) => blob.mode === linkMode);
  const targets = await readBlobs(
    root,
    links.map(([, blob]) => blob),
  );
  return {
    blobs,
    objects,
    folders: indexFolders(blobs.keys()),
    links: new Map(
      links.map(([path, { object }]) => [path, targets.get(object)?.toString() ?? '']),
    ),
  };
}

async function listObjects(
  root: string,
  revision: string,
): Promise<Pick<RevisionIndex, 'blobs' | 'objects'>> {
  const args = ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', '--end-of-options'];
  const { stdout } = await git(root, [...args, `${revision}^{commit}`]);
  const blobs = new Map<string, Blob>();
  const objects = new Map<string, string>();
  for (const entry of stdout.toString().split('\0')) {
    if (entry === '') continue;
    const tab = entry.indexOf('\t');
    const [mode = '', kind, object = '', size = ''] = entry.slice(0, tab).split(/ +/);
    const path = entry.slice(tab + 1);
    objects.set(path, object);
    if (kind === 'blob') blobs.set(path, { mode, object, sizeBytes: Number(size) || 0 });
  }
  return { blobs, objects };
}

async function readBlobs(root: string, blobs: readonly Blob[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const batch of batches(blobs)) await readBatch(root, batch, found);
  return found;
}

function batches(blobs: readonly Blob[]): string[][] {
  const sizes = new Map(blobs.map(({ object, sizeBytes }) => [object, sizeBytes]));
  const all: string[][] = [];
  let roomBytes = 0;
  for (const [object, sizeBytes] of sizes) {
    if (all.length === 0 || sizeBytes > roomBytes) {
      all.push([]);
      roomBytes = batchBytesMax;
    }
    all.at(-1)?.push(object);
    roomBytes -= sizeBytes;
  }
  return all;
}

/** `git cat-file --batch` answers each object with a line `<object> blob <size>`, its bytes, a newline. */
async function readBatch(
  root: string,
  objects: readonly string[],
  found: Map<string, Buffer>,
): Promise<void> {
  const { stdout } = await git(root, ['cat-file', '--batch'], { input: `${objects.join('\n')}\n` });
  for (let at = 0; at < stdout.length;) {
    const lineEnd = stdout.indexOf('\n', at);
    const [object = '', kind = '', size = ''] = stdout.toString('latin1', at, lineEnd).split(' ');
    if (kind !== 'blob') throw new ToolError(`the Git repository ${root} lacks object ${object}`);
    const begin = lineEnd + 1;
    found.set(object, stdout.subarray(begin, begin + Number(size)));
    at = begin + Number(size) + 1;
  }
}
