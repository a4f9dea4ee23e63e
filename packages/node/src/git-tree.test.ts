import { InputError, ToolError, yamlSizeBytesMax, type FileTree } from '@tidegate/core';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, putFiles, scratchFolders } from '../test/scratch.ts';
import { directoryTree } from './files.ts';
import { gitTree } from './git-tree.ts';
import { commitAll, git, initRepository } from './git.ts';

const scratch = scratchFolders();
const author = { name: 'Test', email: 'test@example.com' };

async function repository(
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await scratch();
  await initRepository(root, 'main');
  await putFiles(root, files);
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path));
  await commitAll(root, 'Begin', author);
  return root;
}

describe('gitTree', () => {
  it('reads a revision, not the work tree', async () => {
    const root = await repository({ 'a/x': 'first', gone: '' });
    await git(root, ['tag', 'first']);
    await rm(join(root, 'gone'));
    await writeFile(join(root, 'a/x'), 'second');
    await commitAll(root, 'Second', author);
    await writeFile(join(root, 'a/x'), 'third');

    expect(await gitTree(root, 'first').read('a/x')).toBe('first');
    expect(await gitTree(root, 'main').read('a/x')).toBe('second');
    expect((await gitTree(root, 'main').list('')).map(({ name }) => name)).toEqual(['a']);
    expect((await gitTree(root, 'first').list('')).map(({ name }) => name)).toEqual(['a', 'gone']);
    expect(gitTree(root, 'first').name).toBe('first');
  });

  it.each(['nowhere', '--name-only', '-d', '', 'HEAD:a', 'HEAD --'])(
    'fails for revision %j, and takes none for an option',
    async (revision) => {
      const root = await repository({ 'a/x': '' });
      const error = await failureOf(gitTree(root, revision).list(''));

      expect(error).toBeInstanceOf(ToolError);
      expect(error.message).toContain('is no revision of the Git repository');
    },
  );

  it('follows symbolic links as a checkout would', async () => {
    const root = await repository(
      { 'envs/real/values.yaml': 'inside', 'top.yaml': 'top' },
      {
        'envs/linked': 'real',
        'envs/real/up': '../../top.yaml',
        'envs/twice': './linked/../linked',
        file: 'envs/linked/values.yaml',
        dangling: 'nowhere/x',
        'out-absolute': '/etc/hostname',
        'out-relative': '..',
        'envs/out-deep': '../..',
        circle: 'circle',
        'circle-a': 'circle-b',
        'circle-b': 'circle-a',
      },
    );
    const read = async (tree: FileTree, path: string): Promise<string> => {
      const text = await tree.read(path).catch((error: unknown) => error);
      return text instanceof InputError ? 'refused' : String(text);
    };
    const paths = [
      ...(await readdir(root)),
      'envs/linked/values.yaml',
      'envs/linked/up',
      'envs/twice/values.yaml',
      'envs/out-deep',
    ].filter((path) => path !== '.git');
    const inGit = await Promise.all(paths.map((path) => read(gitTree(root, 'HEAD'), path)));
    const onDisk = await Promise.all(paths.map((path) => read(directoryTree(root), path)));

    expect(inGit).toEqual(onDisk);
    expect(await gitTree(root, 'HEAD').read('envs/linked/up')).toBe('top');
    expect(await gitTree(root, 'HEAD').list('envs/linked')).toEqual(
      await directoryTree(root).list('envs/linked'),
    );
    expect(await gitTree(root, 'HEAD').list('envs')).toEqual(
      await directoryTree(root).list('envs'),
    );
  });

  it('leaves submodules out', async () => {
    const root = await repository({ 'a/x': '' });
    const commit = (await git(root, ['rev-parse', 'HEAD'])).stdout.toString().trim();
    await git(root, ['update-index', '--add', '--cacheinfo', `160000,${commit},a/sub`]);
    await git(root, ['commit', '--quiet', '-m', 'Sub'], {
      env: {
        GIT_AUTHOR_NAME: 'x',
        GIT_AUTHOR_EMAIL: 'x@x',
        GIT_COMMITTER_NAME: 'x',
        GIT_COMMITTER_EMAIL: 'x@x',
      },
    });
    const tree = gitTree(root, 'HEAD');

    expect(await tree.list('a')).toEqual([{ name: 'x', kind: 'file' }]);
    expect(await tree.read('a/sub')).toBeUndefined();
  });

  it.each([
    ['a folder', 'folder', 'is a folder; expected a file'],
    ['text that is not UTF-8', 'folder/latin1', 'is not UTF-8 text'],
    ['a file too large', 'folder/large', `expected ${yamlSizeBytesMax} at most`],
  ])('refuses %s', async (_, path, reason) => {
    const root = await repository({
      'folder/latin1': new Uint8Array([0x66, 0xfc]),
      'folder/large': new Uint8Array(yamlSizeBytesMax + 1),
      'folder/good': 'good',
    });
    const tree = gitTree(root, 'HEAD');
    const error = await failureOf(tree.read(path));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(reason);
    expect((error as InputError).position).toEqual({ file: path });
    expect(await tree.read('folder/good')).toBe('good');
  });

  it('gives every file byte for byte, also the same content twice', async () => {
    const files = {
      'x/crlf': 'a\r\nb\r\n',
      'x/no-end': 'a',
      'x/empty': '',
      'x/twin': 'a',
      'x/like-an-answer': '0000000000000000000000000000000000000000 blob 3\nabc\n',
      'x/executable': '#!/bin/sh\n',
    };
    const tree = gitTree(await repository(files), 'HEAD');
    for (const [path, text] of Object.entries(files)) expect(await tree.read(path)).toBe(text);
  });

  it('reads more than one run of git hands over', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [
        `envs/file-${index}`,
        `${index}`.repeat(yamlSizeBytesMax / `${index}`.length),
      ]),
    );
    const tree = gitTree(await repository(files), 'HEAD');
    const paths = Object.keys(files);
    const sizes = await Promise.all(paths.map(async (path) => (await tree.read(path))?.length));

    expect(sizes).toEqual(Object.values(files).map((text) => text.length));
  });

  it('lists thousands of files', async () => {
    const root = await scratch();
    await initRepository(root, 'main');
    const entries = Array.from(
      { length: 5_000 },
      (_, index) => `M 100644 :1 envs/n${index}/v.yaml`,
    );
    const stream = ['blob', 'mark :1', 'data 2', 'x', '', 'commit refs/heads/main'];
    const who = ['committer T <t@x> 0 +0000', 'data 0', ...entries, ''];
    await git(root, ['fast-import', '--quiet'], { input: [...stream, ...who].join('\n') });
    const tree = gitTree(root, 'main');

    expect(await tree.list('envs')).toHaveLength(5_000);
    expect(await tree.read('envs/n4999/v.yaml')).toBe('x\n');
  });

  it('does not take a lost object for an empty file', async () => {
    const root = await repository({ 'a/one': 'one', 'a/two': 'two' });
    const object = (await git(root, ['rev-parse', 'HEAD:a/one'])).stdout.toString().trim();
    await rm(join(root, '.git/objects', object.slice(0, 2), object.slice(2)));
    const error = await failureOf(gitTree(root, 'HEAD').read('a/one'));

    expect(error).toBeInstanceOf(ToolError);
  });

  it('reads the whole repository also from a folder inside', async () => {
    const root = await repository({ 'a/x': 'x', b: 'b' });

    expect(await gitTree(join(root, 'a'), 'HEAD').read('b')).toBe('b');
  });

  it('fails outside of a repository', async () => {
    expect(await failureOf(gitTree(await scratch(), 'HEAD').read('x'))).toBeInstanceOf(ToolError);
  });
});
