import { InputError, yamlSizeBytesMax } from '@tidegate/core';
import { execa } from 'execa';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, putFiles, scratchFolders } from '../test/scratch.ts';
import {
  directoryTree,
  exists,
  findUp,
  listFiles,
  removeFiles,
  removeFolder,
  writeAtomically,
  writeFiles,
} from './files.ts';

const scratch = scratchFolders();
const tooLong = 'x'.repeat(300);

/** A root, and a folder beside it that nothing may reach. */
async function rootAndOutside(): Promise<{ root: string; outside: string }> {
  const folder = await scratch();
  await putFiles(folder, { 'root/keep': 'root', 'outside/keep': 'outside' });
  return { root: join(folder, 'root'), outside: join(folder, 'outside') };
}

describe('directoryTree', () => {
  it('follows links inside, and none that lead out', async () => {
    const { root, outside } = await rootAndOutside();
    await putFiles(root, { 'envs/real/values.yaml': 'inside' });
    await symlink('real', join(root, 'envs/linked'));
    await symlink('envs/real/values.yaml', join(root, 'file'));
    await symlink(outside, join(root, 'out'));
    await symlink('../outside/keep', join(root, 'out-file'));
    const tree = directoryTree(root, 'the tree');

    expect(await tree.read('envs/linked/values.yaml')).toBe('inside');
    expect(await tree.read('file')).toBe('inside');
    expect(await tree.list('envs/linked')).toEqual([{ name: 'values.yaml', kind: 'file' }]);
    for (const path of ['out/keep', 'out-file']) {
      const error = await failureOf(tree.read(path));
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).position).toEqual({ file: path });
    }
    expect(await failureOf(tree.list('out'))).toBeInstanceOf(InputError);
  });

  it('does not take a neighbour whose name begins the same for its inside', async () => {
    const folder = await scratch();
    await putFiles(folder, { 'root/x': '', 'root-two/secret': 'secret' });
    await symlink('../root-two/secret', join(folder, 'root/link'));

    expect(await failureOf(directoryTree(join(folder, 'root')).read('link'))).toBeInstanceOf(
      InputError,
    );
  });

  it('works when the root itself is reached through a link', async () => {
    const { root } = await rootAndOutside();
    await symlink('root', `${root}-link`);

    expect(await directoryTree(`${root}-link`).read('keep')).toBe('root');
  });

  it('has nothing at a link that leads nowhere', async () => {
    const { root } = await rootAndOutside();
    await symlink('nowhere', join(root, 'dangling'));

    expect(await directoryTree(root).read('dangling')).toBeUndefined();
  });

  it('is empty where there is no root', async () => {
    const tree = directoryTree(join(await scratch(), 'none'));

    expect(await tree.read('file')).toBeUndefined();
    expect(await tree.list('')).toEqual([]);
  });

  it.each([
    ['a folder', 'folder', 'is a folder; expected a file'],
    ['text that is not UTF-8', 'latin1', 'is not UTF-8 text'],
    ['a file too large', 'large', `expected ${yamlSizeBytesMax} at most`],
    ['a pipe, that would never end', 'pipe', 'is no regular file'],
    ['a link in a circle', 'circle', 'cannot be read: ELOOP'],
    ['a name too long', tooLong, 'cannot be read: ENAMETOOLONG'],
    ['a path out of it', '../root/keep', 'leads out of the repository'],
    ['an absolute path', '/etc/hostname', 'leads out of the repository'],
    ['a path with a zero byte', 'a\0b', 'leads out of the repository'],
  ])('refuses %s', async (_, path, reason) => {
    const { root } = await rootAndOutside();
    await putFiles(root, {
      'folder/x': '',
      latin1: new Uint8Array([0x66, 0xfc]),
      large: new Uint8Array(yamlSizeBytesMax + 1),
    });
    await execa('mkfifo', [join(root, 'pipe')]);
    await symlink('circle', join(root, 'circle'));
    const error = await failureOf(directoryTree(root).read(path));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(reason);
    expect((error as InputError).position).toEqual({ file: path });
  });
});

describe('writeFiles', () => {
  it('writes all files, with their folders', async () => {
    const root = join(await scratch(), 'new', 'root');
    await writeFiles(
      root,
      [
        { path: 'a.yaml', content: 'a: ü\n' },
        { path: 'deep/er/b.yaml', content: '' },
      ],
      { overwrite: false },
    );

    expect(await listFiles(root)).toEqual(['a.yaml', 'deep/er/b.yaml']);
    expect(await readFile(join(root, 'a.yaml'), 'utf8')).toBe('a: ü\n');
  });

  it('leaves a file alone that has the content already', async () => {
    const { root } = await rootAndOutside();
    const before = await stat(join(root, 'keep'));
    await writeFiles(root, [{ path: 'keep', content: 'root' }], { overwrite: true });
    const after = await stat(join(root, 'keep'));

    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it.each([0o600, 0o644, 0o755])('keeps mode %o of a file that it replaces', async (mode) => {
    const { root } = await rootAndOutside();
    await chmod(join(root, 'keep'), mode);
    await writeFiles(root, [{ path: 'keep', content: 'new' }], { overwrite: true });

    expect((await stat(join(root, 'keep'))).mode & 0o777).toBe(mode);
    expect(await readFile(join(root, 'keep'), 'utf8')).toBe('new');
  });

  it('treats overwriting where nothing may be overwritten as a bug', async () => {
    const { root } = await rootAndOutside();
    const error = await failureOf(
      writeFiles(root, [{ path: 'keep', content: 'new' }], { overwrite: false }),
    );

    expect(error.message).toContain('invariant broken');
    expect(await readFile(join(root, 'keep'), 'utf8')).toBe('root');
  });

  describe('when one file cannot be written', () => {
    it.each([
      ['a folder stands there', 'folder', 'is no regular file'],
      ['a link stands there', 'link', 'is no regular file'],
      ['a file stands where its folder should be', 'keep/x', 'a file stands where'],
      ['its name is too long', tooLong, 'ENAMETOOLONG'],
      ['the name of its folder is too long', `new/${tooLong}/x`, 'ENAMETOOLONG'],
      ['its folder leads out', 'out/x', 'through a symbolic link'],
      ['a folder that is still to be made leads out', 'out/new/x', 'through a symbolic link'],
      ['a link that leads nowhere yet would lead out', 'later/x', 'through a symbolic link'],
      ['its path leads out', '../outside/x', 'leads out of the repository'],
      ['its path is absolute', '/outside/x', 'leads out of the repository'],
      ['its folder is a link in a circle', 'circle/x', 'ELOOP'],
    ])('because %s, all others are as before', async (_, path, reason) => {
      const { root, outside } = await rootAndOutside();
      await mkdir(join(root, 'folder'));
      await symlink('keep', join(root, 'link'));
      await symlink(outside, join(root, 'out'));
      await symlink('../outside/later', join(root, 'later'));
      await symlink('circle', join(root, 'circle'));
      const before = [await listFiles(root), await readdir(root), await readdir(outside)];
      const good = ['keep', 'new/one', 'other/new/two'].map((name) => ({
        path: name,
        content: '!',
      }));
      const error = await failureOf(
        writeFiles(root, [...good, { path, content: '!' }], { overwrite: true }),
      );

      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain(reason);
      expect((error as InputError).position).toEqual({ file: path });
      expect([await listFiles(root), await readdir(root), await readdir(outside)]).toEqual(before);
      expect(await readFile(join(root, 'keep'), 'utf8')).toBe('root');
    });
  });

  it('refuses to read through a link that leads out, even for content that is the same', async () => {
    const { root, outside } = await rootAndOutside();
    await symlink(outside, join(root, 'out'));
    const error = await failureOf(
      writeFiles(root, [{ path: 'out/keep', content: 'outside' }], { overwrite: true }),
    );

    expect(error).toBeInstanceOf(InputError);
  });

  it('writes through a link to a folder inside', async () => {
    const { root } = await rootAndOutside();
    await putFiles(root, { 'real/x': '' });
    await symlink('real', join(root, 'linked'));
    await writeFiles(root, [{ path: 'linked/new/y', content: 'y' }], { overwrite: true });

    expect(await readFile(join(root, 'real/new/y'), 'utf8')).toBe('y');
  });
});

describe('removeFiles', () => {
  it('removes files and links, and minds no missing ones', async () => {
    const { root, outside } = await rootAndOutside();
    await symlink(join(outside, 'keep'), join(root, 'link'));
    await removeFiles(root, ['keep', 'link', 'missing', 'missing/deep', 'keep/below']);

    expect(await readdir(root)).toEqual([]);
    expect(await readdir(outside)).toEqual(['keep']);
  });

  it.each(['out/keep', '../outside/keep', '/outside/keep'])(
    'removes nothing by %s',
    async (path) => {
      const { root, outside } = await rootAndOutside();
      await symlink(outside, join(root, 'out'));
      const error = await failureOf(removeFiles(root, ['keep', path]));

      expect(error).toBeInstanceOf(InputError);
      expect(await readdir(outside)).toEqual(['keep']);
      expect(await exists(join(root, 'keep'))).toBe(true);
    },
  );

  it('removes no folder', async () => {
    const { root } = await rootAndOutside();
    await mkdir(join(root, 'folder'));

    expect(await failureOf(removeFiles(root, ['folder']))).toBeInstanceOf(InputError);
    expect(await exists(join(root, 'folder'))).toBe(true);
  });
});

describe('writeAtomically', () => {
  it('makes private folders and a private file', async () => {
    const folder = join(await scratch(), 'a', 'b');
    await writeAtomically(join(folder, 'file'), 'content');

    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'file'))).mode & 0o777).toBe(0o600);
  });

  it('lets readers see one writer whole, whatever the others do', async () => {
    const file = join(await scratch(), 'file');
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(200_000));
    await writeAtomically(file, texts[0] ?? '');
    let isDone = false;
    const reading = (async () => {
      const seen = new Set<string>();
      while (!isDone) seen.add(await readFile(file, 'utf8'));
      return seen;
    })();
    await Promise.all(texts.map((text) => writeAtomically(file, text)));
    isDone = true;

    for (const text of await reading) expect(texts.includes(text)).toBe(true);
    expect(texts).toContain(await readFile(file, 'utf8'));
  });

  it('replaces a link instead of writing through it', async () => {
    const { root, outside } = await rootAndOutside();
    await symlink(join(outside, 'keep'), join(root, 'link'));
    await writeAtomically(join(root, 'link'), 'new');

    expect((await lstat(join(root, 'link'))).isFile()).toBe(true);
    expect(await readFile(join(outside, 'keep'), 'utf8')).toBe('outside');
  });

  it('leaves nothing behind when its place is a folder', async () => {
    const folder = await scratch();
    await putFiles(folder, { 'place/x': '' });

    expect(await failureOf(writeAtomically(join(folder, 'place'), 'content'))).toHaveProperty(
      'code',
    );
    expect(await readdir(folder)).toEqual(['place']);
  });
});

describe('findUp', () => {
  it('finds the nearest folder with the file, and stops at the Git root', async () => {
    const folder = await scratch();
    await putFiles(folder, {
      'tidegate.yaml': '',
      'repo/.git/HEAD': '',
      'repo/sub/tidegate.yaml': '',
      'repo/sub/deep/x': '',
      'repo/other/x': '',
    });

    expect(await findUp(join(folder, 'repo/sub/deep'), 'tidegate.yaml')).toBe(
      join(folder, 'repo/sub'),
    );
    expect(await findUp(join(folder, 'repo/other'), 'tidegate.yaml')).toBeUndefined();
    expect(await findUp(folder, 'tidegate.yaml')).toBe(folder);
  });
});

describe('listFiles', () => {
  it('lists files of all folders, hidden ones too, and follows no links', async () => {
    const { root, outside } = await rootAndOutside();
    await putFiles(root, { 'b/c': '', 'b-c': '', '.hidden/x': '' });
    await symlink(outside, join(root, 'out'));

    expect(await listFiles(root)).toEqual(['.hidden/x', 'b-c', 'b/c', 'keep']);
  });
});

describe('removeFolder', () => {
  it('removes a folder, and not what its links lead to', async () => {
    const { root, outside } = await rootAndOutside();
    await symlink(outside, join(root, 'out'));
    await removeFolder(root);
    await removeFolder(root);

    expect(await exists(root)).toBe(false);
    expect(await readdir(outside)).toEqual(['keep']);
  });
});

describe('exists', () => {
  it('knows files, folders and links that lead nowhere', async () => {
    const { root } = await rootAndOutside();
    await symlink('nowhere', join(root, 'dangling'));
    await writeFile(join(root, 'file'), '');

    expect(await exists(root)).toBe(true);
    expect(await exists(join(root, 'file'))).toBe(true);
    expect(await exists(join(root, 'dangling'))).toBe(true);
    expect(await exists(join(root, 'none'))).toBe(false);
    expect(await exists(join(root, 'file', 'below'))).toBe(false);
  });
});
