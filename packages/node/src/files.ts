import {
  InputError,
  invariant,
  type FileContent,
  type FileTree,
  type TreeEntry,
} from '@tidegate/core';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Whether an error of the file system has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
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
        return decodeUtf8(await readFile(await inside(path)), path);
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

function toEntry(entry: { name: string; isDirectory(): boolean }): TreeEntry {
  return { name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' };
}

function readFault(error: unknown, path: string): unknown {
  if (hasCode(error, 'EISDIR')) {
    return new InputError('is a folder; expected a file', {
      position: { file: path },
      cause: error,
    });
  }
  if (hasCode(error, 'EACCES', 'EPERM', 'ELOOP')) {
    const reason = error instanceof Error ? error.message : String(error);
    return new InputError(`cannot be read: ${reason}`, { position: { file: path }, cause: error });
  }
  return error;
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
 * wanted content already is not touched. Throws InputError when a place is a folder or outside the root.
 */
export async function writeFiles(
  root: string,
  files: readonly FileContent[],
  options: { readonly overwrite: boolean },
): Promise<void> {
  const made: string[] = [];
  const staged: { temporary: string; target: string }[] = [];
  try {
    for (const { path, content } of files) {
      const target = join(root, assertRelative(path));
      if ((await currentContent(target, path, options.overwrite)) === content) continue;
      const folder = await mkdir(dirname(target), { recursive: true });
      if (folder !== undefined) made.push(folder);
      await assertInside(root, dirname(target), path);
      const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
      staged.push({ temporary, target });
      await writeFile(temporary, content, { flag: 'wx' });
    }
    for (const { temporary, target } of staged) await rename(temporary, target);
  } catch (error) {
    await Promise.all(staged.map(({ temporary }) => rm(temporary, { force: true })));
    // Folders that we made hold nothing of anybody else's, unless a rename had succeeded already.
    for (const folder of made.reverse()) await removeIfEmpty(folder);
    throw error;
  }
}

async function currentContent(
  target: string,
  path: string,
  overwrite: boolean,
): Promise<string | undefined> {
  try {
    const stat = await lstat(target);
    if (!stat.isFile()) {
      throw new InputError('is no regular file; expected one, or nothing', {
        position: { file: path },
      });
    }
    invariant(overwrite, `${path} was to be written new, but exists`);
    return await readFile(target, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ENOTDIR')) {
      throw new InputError('a file stands where one of its folders should be', {
        position: { file: path },
        cause: error,
      });
    }
    throw error;
  }
}

async function assertInside(root: string, folder: string, path: string): Promise<void> {
  const [top, real] = await Promise.all([realpath(root), realpath(folder)]);
  if (real !== top && !real.startsWith(top + sep)) {
    throw new InputError('leads out of the repository through a symbolic link', {
      position: { file: path },
    });
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeIfEmpty(join(folder, entry.name));
  }
  if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
}

/** Removes files below a root; missing ones do not matter. */
export async function removeFiles(root: string, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(join(root, assertRelative(path)), { force: true })));
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
