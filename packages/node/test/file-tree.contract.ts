import { InputError, type FileTree } from '@tidegate/core';
import { describe, expect, it } from 'vitest';

/** What every tree of files owes to its readers. */
export function describeFileTreeContract(
  name: string,
  plant: (files: ReadonlyMap<string, string>) => Promise<FileTree>,
): void {
  describe(`file tree contract: ${name}`, () => {
    const grow = (files: Readonly<Record<string, string>>): Promise<FileTree> =>
      plant(new Map(Object.entries(files)));

    it('reads a file whole', async () => {
      const text = '\uFEFF# comment\r\nkey: "ä → 🌊"\n\n';
      const tree = await grow({ 'envs/qa/node.yaml': text, empty: '' });

      expect(await tree.read('envs/qa/node.yaml')).toBe(text);
      expect(await tree.read('empty')).toBe('');
    });

    it.each(['missing', 'envs/missing', 'a/b', 'missing/deep/down'])(
      'has nothing at %s',
      async (path) => {
        const tree = await grow({ a: 'file', 'envs/x': 'x' });

        expect(await tree.read(path)).toBeUndefined();
        expect(await tree.list(path)).toEqual([]);
      },
    );

    it('lists what lies directly in a folder, sorted', async () => {
      const tree = await grow({
        'b/two/x': '',
        'b/one': '',
        'b.yaml': '',
        'a/x': '',
        'b/Zero': '',
      });

      expect(await tree.list('')).toEqual([
        { name: 'a', kind: 'folder' },
        { name: 'b', kind: 'folder' },
        { name: 'b.yaml', kind: 'file' },
      ]);
      expect(await tree.list('b')).toEqual([
        { name: 'Zero', kind: 'file' },
        { name: 'one', kind: 'file' },
        { name: 'two', kind: 'folder' },
      ]);
    });

    it('lists nothing below a file', async () => {
      const tree = await grow({ 'a/file': '' });

      expect(await tree.list('a/file')).toEqual([]);
    });

    it('refuses to read a folder', async () => {
      const tree = await grow({ 'a/file': 'content' });
      await expect(tree.read('a')).rejects.toThrow(InputError);
    });

    it('never gives the content of anything outside', async () => {
      const tree = await grow({ 'a/file': 'content' });
      for (const path of ['../etc/passwd', 'a/../../etc/passwd', '/etc/passwd']) {
        const read = await tree.read(path).catch((error: unknown) => error);
        expect(read === undefined || read instanceof InputError).toBe(true);
      }
    });

    it.each([
      'with blank/a b.yaml',
      'ünïcödé/日本.yaml',
      'quotes/it\'s "here".yaml',
      'tab\there/new\nline.yaml',
      'back\\slash.yaml',
      '-dash/--help.yaml',
      ':colon/*star?.yaml',
      '...dots/..a.yaml',
    ])('knows a file called %j', async (path) => {
      const tree = await grow({ [path]: 'content', other: '' });
      const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      const file = path.slice(path.lastIndexOf('/') + 1);

      expect(await tree.read(path)).toBe('content');
      expect(await tree.list(folder)).toContainEqual({ name: file, kind: 'file' });
    });

    it('answers many at once', async () => {
      const files = Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [
          `envs/qa/node-${index}/values.yaml`,
          `n: ${index}`,
        ]),
      );
      const tree = await grow(files);
      const read = await Promise.all(Object.keys(files).map((path) => tree.read(path)));

      expect(read).toEqual(Object.values(files));
    });
  });
}
