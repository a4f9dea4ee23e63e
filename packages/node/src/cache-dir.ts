import { ToolError } from '@tidegate/core';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { isSystemError, writeAtomically } from './files.ts';

/**
 * Absolute path of the folder for charts, rendered output and unpacked tools: TIDEGATE_CACHE_DIR, else
 * XDG's (which counts only when absolute, as XDG says), else ~/.cache.
 */
export function resolveCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  const own = env['TIDEGATE_CACHE_DIR'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  const base =
    xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.cache');
  return join(base, 'tidegate');
}

/** Writes what cannot be done without. Throws ToolError when the cache cannot hold it. */
export async function writeToCache(
  path: string,
  content: Uint8Array,
  mode?: number,
): Promise<void> {
  try {
    await writeAtomically(path, content, mode);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ToolError(`the cache cannot be written: ${error.message}`, {
      hint: 'name another folder in TIDEGATE_CACHE_DIR',
      cause: error,
    });
  }
}
