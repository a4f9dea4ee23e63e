import {
  InputError,
  invariant,
  TidegateError,
  yamlSizeBytesMax,
  type FileContent,
  type FileTree,
  type TreeEntry,
} from '@tidegate/core';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** Whether an error of the file system has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(String(error.code));
}

/** Whether an error comes from the system, as opposed to one of ours or a mistake in our code. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && !(error instanceof TidegateError);
}

/** Waits for work on a cache. What the system refuses there costs time, never the result. */
export async function ignoreSystemErrors(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** A folder on disk as a tree. Symbolic links are followed only inside the folder. */
export function directoryTree(root: string, name: string = root): FileTree {
  let realRoot: Promise<string> | undefined;
  const inside = async (path: string): Promise<string> => {
    const full = join(root, assertRelative(path));
    realRoot ??= realpath(root);
    const [top, real] = await Promise.all([realRoot, realpath(full)]);
    if (real !== top && !real.startsWith(top + sep)) {
      throw new InputError(
        `leads out of ${name} through a symbolic link; expected a file inside it`,
        {
          position: { file: path },
        },
      );
    }
    return full;
  };
  return {
    name,
    read: async (path) => {
      try {
        return await readText(await inside(path), path);
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw readFault(error, path);
      }
    },
    list: async (folder) => {
      try {
        const entries = await readdir(await inside(folder), { withFileTypes: true });
        return entries.map(toEntry).sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
        throw readFault(error, folder);
      }
    },
  };
}

/** A device or a pipe might never end; a huge file is none of ours. */
async function readText(full: string, path: string): Promise<string> {
  const found = await stat(full);
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'is a folder' : 'is no regular file';
    throw new InputError(`${what}; expected a file`, { position: { file: path } });
  }
  if (found.size > yamlSizeBytesMax) {
    throw new InputError(`has ${found.size} bytes; expected ${yamlSizeBytesMax} at most`, {
      position: { file: path },
    });
  }
  return decodeUtf8(await readFile(full), path);
}

function toEntry(entry: { name: string; isDirectory(): boolean }): TreeEntry {
  return { name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' };
}

function readFault(error: unknown, path: string): unknown {
  if (!hasCode(error, 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG')) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new InputError(`cannot be read: ${reason}`, { position: { file: path }, cause: error });
}

/** Decodes a file's bytes. Throws InputError naming the file when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    // The byte order mark stays: an edit keeps every byte it does not change.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new InputError('is not UTF-8 text', { position: { file: path }, cause: error });
  }
}

function assertRelative(path: string): string {
  const isSafe =
    !path.startsWith('/') && !path.split(/[/\\]/).includes('..') && !path.includes('\0');
  if (!isSafe) {
    throw new InputError(`path ${JSON.stringify(path)} leads out of the repository`, {
      position: { file: path },
    });
  }
  return path;
}

/**
 * Writes files below a root: all of them, or, when anything fails before the last step, none. Each is
 * written beside its place and renamed, so that no reader ever sees half a file; one that has the
 * wanted content already is not touched. Throws InputError when a place is a folder, outside the root,
 * or cannot be written.
 */
export async function writeFiles(
  root: string,
  files: readonly FileContent[],
  options: { readonly overwrite: boolean },
): Promise<void> {
  const staging: Staging = { made: [], staged: [], checked: new Set() };
  try {
    for (const file of files) await stage(root, file, options.overwrite, staging);
    for (const { temporary, target, path } of staging.staged) {
      await reportingWriteFault(path, () => rename(temporary, target));
    }
  } catch (error) {
    await Promise.allSettled(staging.staged.map(({ temporary }) => rm(temporary, { force: true })));
    // Folders that we made hold nothing of anybody else's, unless a rename had succeeded already.
    for (const folder of staging.made.reverse()) await removeIfEmpty(folder).catch(() => undefined);
    throw error;
  }
}

interface Staging {
  /** The topmost of each chain of folders that did not exist. */
  readonly made: string[];
  readonly staged: { temporary: string; target: string; path: string }[];
  /** Folders that are known to lie inside the root. */
  readonly checked: Set<string>;
}

async function stage(
  root: string,
  { path, content }: FileContent,
  overwrite: boolean,
  staging: Staging,
): Promise<void> {
  const target = join(root, assertRelative(path));
  const parent = dirname(target);
  if (!staging.checked.has(parent)) await assertInside(root, parent, path);
  staging.checked.add(parent);
  const current = await currentFile(target, path, overwrite);
  if (current?.content === content) return;
  await reportingWriteFault(path, async () => {
    const folder = await mkdir(parent, { recursive: true });
    if (folder !== undefined) staging.made.push(folder);
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    staging.staged.push({ temporary, target, path });
    await writeFile(temporary, content, { flag: 'wx' });
    if (current !== undefined) await chmod(temporary, current.mode);
  });
}

interface CurrentFile {
  readonly content: string;
  readonly mode: number;
}

async function currentFile(
  target: string,
  path: string,
  overwrite: boolean,
): Promise<CurrentFile | undefined> {
  try {
    const stat = await lstat(target);
    if (!stat.isFile()) {
      throw new InputError('is no regular file; expected one, or nothing', {
        position: { file: path },
      });
    }
    invariant(overwrite, `${path} was to be written new, but exists`);
    return { content: await readFile(target, 'utf8'), mode: stat.mode & 0o777 };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ENOTDIR')) {
      throw new InputError('a file stands where one of its folders should be', {
        position: { file: path },
        cause: error,
      });
    }
    throw readFault(error, path);
  }
}

/** Full disks, missing rights and the like are no bugs of ours: name the file. */
async function reportingWriteFault<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`cannot be written: ${error.message}`, {
      position: { file: path },
      cause: error,
    });
  }
}

/** Refuses a folder, there already or not, that a symbolic link puts outside the root. */
async function assertInside(root: string, folder: string, path: string): Promise<void> {
  const [top, real] = await Promise.all([realPathSoFar(root), realPathSoFar(folder)]).catch(
    (error: unknown) => {
      throw readFault(error, path);
    },
  );
  if (real !== top && !real.startsWith(top + sep)) {
    throw new InputError('leads out of the repository through a symbolic link', {
      position: { file: path },
    });
  }
}

/** The real path of a folder of which the lower part may not exist yet. */
async function realPathSoFar(folder: string): Promise<string> {
  const at = resolve(folder);
  try {
    return await realpath(at);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR') || dirname(at) === at) throw error;
    const parent = await realPathSoFar(dirname(at));
    // A link that leads nowhere yet has no real path, but a target.
    const link = await readlink(at).catch(() => undefined);
    return link === undefined ? join(parent, basename(at)) : realPathSoFar(resolve(parent, link));
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeIfEmpty(join(folder, entry.name));
  }
  if ((await readdir(folder)).length === 0) await rmdir(folder);
}

/** Removes files below a root; missing ones do not matter. Throws InputError when one is outside it. */
export async function removeFiles(root: string, paths: readonly string[]): Promise<void> {
  const targets = paths.map((path) => ({ path, target: join(root, assertRelative(path)) }));
  await Promise.all(targets.map(({ path, target }) => assertInside(root, dirname(target), path)));
  await Promise.all(
    targets.map(({ path, target }) =>
      reportingWriteFault(path, async () => {
        try {
          await unlink(target);
        } catch (error) {
          if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
        }
      }),
    ),
  );
}

/** Removes a folder with everything in it. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The nearest folder, from a start upwards to the Git root, that has a file of this name. */
export async function findUp(start: string, name: string): Promise<string | undefined> {
  for (let at = start; ; at = dirname(at)) {
    if (await exists(join(at, name))) return at;
    if ((await exists(join(at, '.git'))) || dirname(at) === at) return undefined;
  }
}

/** Whether anything is at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** Writes one file so that it is there whole or not at all, also when several processes do it. */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  mode = 0o600,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, content, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Paths of all files below a folder, relative to it, with forward slashes, sorted. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
