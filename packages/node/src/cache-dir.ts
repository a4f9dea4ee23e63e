import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder for charts, rendered output and unpacked tools: TIDEGATE_CACHE_DIR, else XDG's, else ~/.cache. */
export function resolveCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  const own = env['TIDEGATE_CACHE_DIR'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache');
  return join(base, 'tidegate');
}
