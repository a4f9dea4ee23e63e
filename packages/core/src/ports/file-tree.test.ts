import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTree } from './file-tree.ts';

describe('memoryTree', () => {
  const tree = memoryTree(
    new Map([
      ['b/c/d.yaml', 'x'],
      ['b/a.yaml', 'y'],
      ['z.yaml', 'z'],
    ]),
    't',
  );

  it.each<[folder: string, entries: string[]]>([
    ['', ['b folder', 'z.yaml file']],
    ['b', ['a.yaml file', 'c folder']],
    ['b/c', ['d.yaml file']],
    ['missing', []],
    ['z.yaml', []],
  ])('lists %j, sorted', async (folder, entries) => {
    const listed = await tree.list(folder);
    expect(listed.map(({ name, kind }) => `${name} ${kind}`)).toStrictEqual(entries);
  });

  it('reads files only', async () => {
    await expect(tree.read('b/a.yaml')).resolves.toBe('y');
    await expect(tree.read('b')).rejects.toThrow('is a folder; expected a file');
    await expect(tree.read('nothing')).resolves.toBeUndefined();
    expect(tree.name).toBe('t');
  });

  it('lists every file exactly once when walked', async () => {
    const part = fc.constantFrom('a', 'b', 'c');
    const paths = fc.uniqueArray(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('/')}.yaml`),
    );
    await fc.assert(
      fc.asyncProperty(paths, async (given) => {
        const all = memoryTree(new Map(given.map((path) => [path, ''])));
        const walk = async (folder: string): Promise<string[]> => {
          const found: string[] = [];
          for (const { name, kind } of await all.list(folder)) {
            const path = folder === '' ? name : `${folder}/${name}`;
            found.push(...(kind === 'file' ? [path] : await walk(path)));
          }
          return found;
        };
        expect((await walk('')).sort()).toStrictEqual([...given].sort());
      }),
    );
  });
});
