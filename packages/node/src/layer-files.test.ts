import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LayerFiles } from './layer-files.ts';

describe('LayerFiles', () => {
  it('writes the same content once, for all that overlap', async () => {
    const layers = new LayerFiles();
    const names = await layers.use(async (outer) => {
      const first = await outer.write('a: 1\n');
      const second = await layers.use(async (inner) => {
        expect(inner.path).toBe(outer.path);
        return [await inner.write('a: 1\n'), await inner.write('a: 2\n')];
      });
      expect(await readdir(outer.path)).toHaveLength(2);
      expect(await readFile(join(outer.path, first), 'utf8')).toBe('a: 1\n');
      return [first, ...second];
    });
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('removes the folder with the last that uses it, also after a failure', async () => {
    const layers = new LayerFiles();
    const paths: string[] = [];
    const outer = layers.use(async (folder) => {
      paths.push(folder.path);
      await folder.write('a: 1');
      await layers.use(() => Promise.reject(new Error('inner'))).catch(() => undefined);
      await expect(readdir(folder.path)).resolves.toHaveLength(1);
      throw new Error('outer');
    });
    await expect(outer).rejects.toThrow('outer');
    await expect(readdir(paths[0] ?? '')).rejects.toThrow('ENOENT');
  });

  it('opens another folder afterwards', async () => {
    const layers = new LayerFiles();
    const first = await layers.use((folder) => Promise.resolve(folder.path));
    const second = await layers.use((folder) => Promise.resolve(folder.path));
    expect(second).not.toBe(first);
  });
});
