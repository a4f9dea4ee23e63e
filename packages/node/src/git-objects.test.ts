import { ToolError } from '@tidegate/core';
import { chmod, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf, putFiles, scratchFolders } from '../test/scratch.ts';
import { commitAll, git, initRepository } from './git.ts';
import { GitObjectReader } from './git-object-reader.ts';
import { gitText, revisionTree, writeCommit, writeTag, type CommitDraft } from './git-objects.ts';

const scratch = scratchFolders();
const ada = { name: 'Ada Übel', email: 'ada@example.com' };
const bot = { name: 'project_1_bot', email: 'bot@example.com' };
const dateSeconds = Date.UTC(2030, 0, 2) / 1000;

afterEach(() => {
  vi.unstubAllEnvs();
});

async function repository(
  files: Readonly<Record<string, string>> = { a: 'a\n', 'deep/b': 'b\n' },
): Promise<string> {
  const root = await scratch();
  await initRepository(root, 'main');
  await putFiles(root, files);
  await commitAll(root, 'Begin', ada);
  return root;
}

async function draft(root: string, change: Partial<CommitDraft>): Promise<CommitDraft> {
  return {
    parent: await gitText(root, ['rev-parse', 'HEAD']),
    files: [],
    removed: [],
    message: 'Change\n',
    author: ada,
    committer: bot,
    dateSeconds,
    ...change,
  };
}

/** Status and path of what a commit changes, NUL-separated names read as they are. */
async function changedBy(root: string, commit: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', '--no-commit-id', commit];
  const parts = (await gitText(root, args)).split('\0').filter((part) => part !== '');
  return parts.flatMap((part, index) => (index % 2 === 0 ? [`${part} ${parts[index + 1]}`] : []));
}

const contentAt = (root: string, commit: string, path: string): Promise<string> =>
  gitText(root, ['cat-file', 'blob', `${commit}:${path}`]);

/** What people see of a clone: the branch, HEAD, the index and the files, and what Git has in store beside them. */
async function visible(root: string): Promise<unknown> {
  return {
    refs: await gitText(root, ['for-each-ref']),
    head: await readFile(join(root, '.git/HEAD'), 'utf8'),
    index: (await readFile(join(root, '.git/index'))).toString('base64'),
    status: await gitText(root, ['status', '--porcelain', '-z']),
    reflog: await readFile(join(root, '.git/logs/HEAD'), 'utf8'),
    gitFolder: (await readdir(join(root, '.git'))).sort(),
  };
}

describe('writeCommit', () => {
  it('changes, adds and removes exactly the files that it is told', async () => {
    const root = await repository({ changed: 'old\n', gone: 'x\n', 'deep/gone': 'x\n', kept: 'x' });
    const made = await draft(root, {
      files: [
        { path: 'changed', content: 'new\n' },
        { path: 'deep/er/added', content: '' },
      ],
      removed: ['gone', 'deep/gone'],
    });
    const commit = await writeCommit(root, made);

    expect(await changedBy(root, commit)).toEqual([
      'M changed',
      'A deep/er/added',
      'D deep/gone',
      'D gone',
    ]);
    expect(await contentAt(root, commit, 'changed')).toBe('new');
    expect(await gitText(root, ['rev-parse', `${commit}^@`])).toBe(made.parent);
    expect((await git(root, ['fsck', '--strict'])).exitCode).toBe(0);
  });

  it('touches neither branch, HEAD and index nor a dirty work tree', async () => {
    const root = await repository({ edited: 'a\n', staged: 'a\n', removed: 'a\n', kept: 'a\n' });
    await putFiles(root, { edited: 'mine\n', staged: 'mine\n', untracked: 'mine\n' });
    await git(root, ['add', 'staged']);
    await git(root, ['rm', '--quiet', 'removed']);
    const before = await visible(root);
    const files = ['edited', 'staged', 'removed', 'kept', 'untracked'].map((path) => ({
      path,
      content: 'theirs\n',
    }));
    const commit = await writeCommit(root, await draft(root, { files }));

    expect(await visible(root)).toEqual(before);
    expect(await readFile(join(root, 'edited'), 'utf8')).toBe('mine\n');
    expect(await contentAt(root, commit, 'staged')).toBe('theirs');
  });

  it.each([
    'with blank',
    ' leading',
    'trailing ',
    'ünï/cödé-李',
    '"quoted" \\ back',
    'new\nline',
    'tab\there',
    '-dash',
    ':(glob)*',
    'x/b/c/d',
  ])('writes and removes a file named %j', async (path) => {
    const root = await repository();
    const added = await writeCommit(root, await draft(root, { files: [{ path, content: '1\n' }] }));
    const removed = await writeCommit(
      root,
      await draft(root, { parent: added, removed: [path], message: 'Remove\n' }),
    );

    expect(await changedBy(root, added)).toEqual([`A ${path}`]);
    expect(await changedBy(root, removed)).toEqual([`D ${path}`]);
  });

  it('keeps bytes as they are, whatever is configured', async () => {
    const root = await repository({ '.gitattributes': '* text=auto eol=crlf ident\n', a: 'a\n' });
    await git(root, ['config', 'core.autocrlf', 'true']);
    await git(root, ['config', 'core.safecrlf', 'true']);
    const content = 'ü $Id$\r\nno break at the end';
    const commit = await writeCommit(root, await draft(root, { files: [{ path: 'a', content }] }));

    expect(await contentAt(root, commit, 'a')).toBe(content);
  });

  it('keeps executable bits, symbolic links and submodules elsewhere', async () => {
    const root = await repository();
    await putFiles(root, { run: '#!/bin/sh\n' });
    await chmod(join(root, 'run'), 0o755);
    await symlink('deep/b', join(root, 'link'));
    await commitAll(root, 'Second', ada);
    const head = await gitText(root, ['rev-parse', 'HEAD']);
    await git(root, ['update-index', '--add', '--cacheinfo', `160000,${head},module`]);
    await git(root, ['commit', '--quiet', '-m', 'Third'], { env: identityOf() });
    const commit = await writeCommit(
      root,
      await draft(root, { files: [{ path: 'a', content: 'new\n' }] }),
    );

    expect(await changedBy(root, commit)).toEqual(['M a']);
    expect((await gitText(root, ['ls-tree', commit])).replace(/[0-9a-f]{40}\t/g, '')).toBe(
      [
        '100644 blob a',
        '040000 tree deep',
        '120000 blob link',
        '160000 commit module',
        '100755 blob run',
      ].join('\n'),
    );
  });

  it('sees the whole tree from a sparse checkout', async () => {
    const root = await repository({ 'one/a': 'a\n', 'two/b': 'b\n' });
    await git(root, ['sparse-checkout', 'set', '--cone', '--sparse-index', 'one']);
    const commit = await writeCommit(
      root,
      await draft(root, { files: [{ path: 'two/c', content: 'c\n' }] }),
    );

    expect(await changedBy(root, commit)).toEqual(['A two/c']);
    expect(await gitText(root, ['ls-tree', '-r', '--name-only', commit])).toBe(
      'one/a\ntwo/b\ntwo/c',
    );
  });

  it('makes an empty commit of no change, also where a removed file is not there', async () => {
    const root = await repository();
    const commit = await writeCommit(root, await draft(root, { removed: ['nowhere', 'deep/no'] }));

    expect(await changedBy(root, commit)).toEqual([]);
    expect(await gitText(root, ['rev-parse', `${commit}^{tree}`])).toBe(
      await gitText(root, ['rev-parse', 'HEAD^{tree}']),
    );
  });

  it('is by whom and at what time it is told, whatever Git knows', async () => {
    const root = await repository();
    vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody Else');
    vi.stubEnv('GIT_COMMITTER_DATE', '1700000000 +0100');
    await git(root, ['config', 'user.name', 'Somebody Else']);
    await git(root, ['config', 'commit.gpgSign', 'true']);
    await git(root, ['config', 'gpg.program', 'false']);
    const message = '# kept [skip ci]\n\nbackend: v1 -> v2\n\n\n  two blank lines above\n';
    const commit = await writeCommit(root, await draft(root, { message }));

    expect(await gitText(root, ['show', '-s', '--format=%an|%ae|%cn|%ce|%ad|%cd', commit])).toBe(
      [
        'Ada Übel|ada@example.com|project_1_bot|bot@example.com',
        'Wed Jan 2 00:00:00 2030 +0000|Wed Jan 2 00:00:00 2030 +0000',
      ].join('|'),
    );
    expect((await gitText(root, ['cat-file', 'commit', commit])).split('\n\n').slice(1)).toEqual(
      message.replace(/\n$/, '').split('\n\n'),
    );
  });

  it('takes any date for a date', async () => {
    const root = await repository();
    const commit = await writeCommit(root, await draft(root, { dateSeconds: 20300102 }));

    expect(await gitText(root, ['show', '-s', '--format=%at %ct', commit])).toBe(
      '20300102 20300102',
    );
  });

  it('gives the same object for the same draft', async () => {
    const root = await repository();
    const made = await draft(root, { files: [{ path: 'a', content: 'new\n' }] });

    expect(await writeCommit(root, made)).toBe(await writeCommit(root, made));
  });

  it('works in a detached clone, a linked work tree and a repository with SHA-256', async () => {
    const root = await repository();
    const linked = join(await scratch(), 'linked');
    await git(root, ['worktree', 'add', '--quiet', '--detach', linked]);
    const other = await scratch();
    await git(other, ['init', '--quiet', '--object-format=sha256']);
    await putFiles(other, { a: 'a\n', b: 'b\n' });
    await commitAll(other, 'Begin', ada);
    for (const folder of [linked, other]) {
      const commit = await writeCommit(
        folder,
        await draft(folder, { files: [{ path: 'new', content: 'new\n' }], removed: ['a'] }),
      );

      expect(await changedBy(folder, commit)).toEqual(['D a', 'A new']);
    }
  });

  it('fails for a parent that is not there, and leaves no temporary folder', async () => {
    const root = await repository();
    vi.stubEnv('TMPDIR', await scratch());
    const error = await failureOf(writeCommit(root, await draft(root, { parent: '1'.repeat(40) })));

    expect(error).toBeInstanceOf(ToolError);
    expect(await readdir(process.env['TMPDIR'] ?? '')).toEqual([]);
  });
});

describe('writeTag', () => {
  async function tagged(root: string, name: string, email = 'x@example.com'): Promise<string> {
    const object = await writeTag(root, {
      name: 'release/qa/1',
      commit: await gitText(root, ['rev-parse', 'HEAD']),
      message: 'chore(qa): release 1 [skip ci]\n\nbody\n',
      tagger: { name, email },
      dateSeconds,
    });
    await git(root, ['update-ref', 'refs/tags/release/qa/1', object]);
    return object;
  }

  it.each([
    'Ada Übel',
    '李 雷',
    "Bo O'Connor, Jr.",
    '"Quoted" Name',
    'back\\slash',
    '@group_1_bot',
    ' padded ',
    '',
  ])('makes a tag by %j that Git accepts', async (name) => {
    const root = await repository();
    const object = await tagged(root, name);
    const fsck = await git(root, ['fsck', '--strict', '--tags']);

    expect(fsck.stderr).toBe('');
    expect(await gitText(root, ['cat-file', '-t', object])).toBe('tag');
    expect(await gitText(root, ['tag', '--list', '--format=%(taggername)|%(contents)'])).toBe(
      `${name}|chore(qa): release 1 [skip ci]\n\nbody\n`,
    );
    expect(await gitText(root, ['rev-parse', 'release/qa/1^{commit}'])).toBe(
      await gitText(root, ['rev-parse', 'HEAD']),
    );
  });

  it.each(['two\nlines', 'an <address>', 'more > less'])(
    'refuses %j, which would forge a header',
    async (name) => {
      const root = await repository();
      const error = await failureOf(tagged(root, name));

      expect(error).toBeInstanceOf(ToolError);
      expect(await gitText(root, ['for-each-ref', 'refs/tags'])).toBe('');
    },
  );

  it('names nothing: until somebody does, no tag is there', async () => {
    const root = await repository();
    await writeTag(root, {
      name: 'release/qa/1',
      commit: await gitText(root, ['rev-parse', 'HEAD']),
      message: 'x\n',
      tagger: ada,
      dateSeconds,
    });

    expect(await gitText(root, ['tag', '--list'])).toBe('');
  });
});

describe('revisionTree', () => {
  it('knows its commit and the object names of files and folders', async () => {
    const root = await repository({ a: 'same\n', 'deep/b': 'same\n', 'other/b': 'same\n' });
    const commit = await gitText(root, ['rev-parse', 'HEAD']);
    const tree = revisionTree(new GitObjectReader(root), commit, 'main');

    expect([tree.commit, tree.name]).toEqual([commit, 'main']);
    expect(await tree.objectId('a')).toBe(await tree.objectId('deep/b'));
    expect(await tree.objectId('deep')).toBe(await tree.objectId('other'));
    expect(await tree.objectId('nowhere')).toBeUndefined();
    expect(await tree.read('deep/b')).toBe('same\n');
  });
});

function identityOf(): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: ada.name,
    GIT_AUTHOR_EMAIL: ada.email,
    GIT_COMMITTER_NAME: ada.name,
    GIT_COMMITTER_EMAIL: ada.email,
  };
}
