import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveCacheDir } from './cache-dir.ts';

describe('resolveCacheDir', () => {
  it.each([
    [{ TIDEGATE_CACHE_DIR: '/own', XDG_CACHE_HOME: '/xdg', HOME: '/home/x' }, '/own'],
    [{ TIDEGATE_CACHE_DIR: 'own', HOME: '/home/x' }, resolve('own')],
    [{ TIDEGATE_CACHE_DIR: '', XDG_CACHE_HOME: '/xdg' }, '/xdg/tidegate'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/home/x' }, '/home/x/.cache/tidegate'],
    [{ XDG_CACHE_HOME: '', HOME: '/home/x' }, '/home/x/.cache/tidegate'],
    [{ HOME: '' }, join(homedir(), '.cache', 'tidegate')],
    [{}, join(homedir(), '.cache', 'tidegate')],
  ])('is for %j', (env, folder) => {
    expect(resolveCacheDir(env)).toBe(folder);
  });
});
