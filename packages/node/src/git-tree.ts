import {
  indexFolders,
  InputError,
  yamlSizeBytesMax,
  type FileTree,
  type FolderIndex,
} from '@tidegate/core';
import { decodeUtf8 } from './files.ts';
import { git } from './git.ts';

interface Blob {
  readonly object: string;
  readonly mode: string;
  readonly sizeBytes: number;
}

interface RevisionIndex {
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly folders: FolderIndex;
}

/**
 * One revision of a Git repository as a tree, read without a checkout. What lies in one top-level
 * folder is read together, so thousands of files cost one run of git.
 */
export function gitTree(root: string, revision: string): FileTree {
  let index: Promise<RevisionIndex> | undefined;
  const folders = new Map<string, Promise<Map<string, Buffer>>>();
  const read = (): Promise<RevisionIndex> => (index ??= readIndex(root, revision));
  const contents = (top: string): Promise<Map<string, Buffer>> => {
    const known = folders.get(top);
    if (known !== undefined) return known;
    const reading = read().then(({ blobs }) => readBlobs(root, selectTop(blobs, top)));
    folders.set(top, reading);
    return reading;
  };
  return {
    name: revision,
    read: async (path) => {
      const blob = (await read()).blobs.get(path);
      if (blob === undefined) return undefined;
      assertReadable(blob, path, revision);
      const bytes = (await contents(topOf(path))).get(blob.object);
      return bytes === undefined ? undefined : decodeUtf8(bytes, path);
    },
    list: async (folder) => (await read()).folders.get(folder) ?? [],
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
  return blob.mode.startsWith('100') && blob.sizeBytes <= yamlSizeBytesMax;
}

function assertReadable(blob: Blob, path: string, revision: string): void {
  if (isReadable(blob)) return;
  const what = blob.mode.startsWith('100')
    ? `has ${blob.sizeBytes} bytes; expected ${yamlSizeBytesMax} at most`
    : 'is no regular file; expected one';
  throw new InputError(`${what} (in ${revision})`, { position: { file: path } });
}

async function readIndex(root: string, revision: string): Promise<RevisionIndex> {
  const blobs = await listBlobs(root, revision);
  return { blobs, folders: indexFolders(blobs.keys()) };
}

async function listBlobs(root: string, revision: string): Promise<Map<string, Blob>> {
  const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', `${revision}^{commit}`];
  const { stdout } = await git(root, args);
  const entries = stdout
    .toString()
    .split('\0')
    .filter((entry) => entry !== '');
  return new Map(
    entries.flatMap((entry): [string, Blob][] => {
      const [head = '', path = ''] = entry.split('\t', 2);
      const [mode = '', , object = '', size = ''] = head.split(/ +/);
      return path === '' ? [] : [[path, { mode, object, sizeBytes: Number(size) || 0 }]];
    }),
  );
}

/** `git cat-file --batch` answers each object with a line `<object> blob <size>`, its bytes, a newline. */
async function readBlobs(root: string, blobs: readonly Blob[]): Promise<Map<string, Buffer>> {
  if (blobs.length === 0) return new Map();
  const wanted = [...new Set(blobs.map((blob) => blob.object))];
  const { stdout } = await git(root, ['cat-file', '--batch'], { input: `${wanted.join('\n')}\n` });
  const found = new Map<string, Buffer>();
  for (let at = 0; at < stdout.length;) {
    const lineEnd = stdout.indexOf('\n', at);
    const [object = '', , size = '0'] = stdout.toString('latin1', at, lineEnd).split(' ');
    const begin = lineEnd + 1;
    found.set(object, stdout.subarray(begin, begin + Number(size)));
    at = begin + Number(size) + 1;
  }
  return found;
}
