import { ToolError } from '@tidegate/core';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf, putFiles, putScript, scratchFolders } from '../test/scratch.ts';
import {
  changedSinceCommit,
  commitAll,
  findGitRoot,
  git,
  gitPath,
  initRepository,
  releaseNumbers,
  revisionExists,
} from './git.ts';

const scratch = scratchFolders();
const author = { name: 'Ada Übel', email: 'ada@example.com' };

afterEach(() => {
  vi.unstubAllEnvs();
});

async function repository(files: Readonly<Record<string, string>> = { a: 'a' }): Promise<string> {
  const root = await scratch();
  await initRepository(root, 'main');
  await putFiles(root, files);
  await commitAll(root, 'Begin', author);
  return root;
}

const printed = async (root: string, ...args: string[]): Promise<string> =>
  (await git(root, args)).stdout.toString().trim();

describe('git', () => {
  it('tells its own reason, not its advice', async () => {
    const root = await repository();
    const error = await failureOf(git(root, ['checkout', 'nowhere', '--']));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe(`git checkout failed in ${root}: fatal: invalid reference: nowhere`);
    expect((error as ToolError).data).toEqual({ exitCode: 128 });
  });

  it('says that git is missing', async () => {
    vi.stubEnv('PATH', await scratch());
    const error = await failureOf(git('/', ['version']));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe('git is missing');
    expect((error as ToolError).exitCode).toBe(4);
    expect((error as ToolError).hint).toContain('install git');
  });

  it.each([
    ['GIT_DIR', '.git'],
    ['GIT_WORK_TREE', ''],
    ['GIT_INDEX_FILE', '.git/index'],
    ['GIT_OBJECT_DIRECTORY', '.git/objects'],
    ['GIT_COMMON_DIR', '.git'],
    ['GIT_NAMESPACE', 'other'],
    ['GIT_PREFIX', 'a/'],
  ])('is not led elsewhere by %s', async (name, path) => {
    const other = await repository({ other: '' });
    const root = await repository({ mine: '' });
    await writeFile(join(root, 'mine'), 'changed');
    vi.stubEnv(name, path === 'other' ? path : join(other, path));

    expect(await findGitRoot(root)).toBe(root);
    expect(await printed(root, 'ls-files')).toBe('mine');
    expect(await changedSinceCommit(root, ['mine'])).toEqual(['mine']);
  });

  it('keeps settings that come by environment, and asks nobody for a password', async () => {
    const bin = await scratch();
    await putScript(bin, 'git', 'env');
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    vi.stubEnv('GIT_SSH_COMMAND', 'ssh -F none');
    vi.stubEnv('https_proxy', 'http://proxy.example');
    vi.stubEnv('SOME_SECRET', 'secret');
    const env = (await git('/', ['version'])).stdout.toString().split('\n');

    expect(env).toContain('GIT_SSH_COMMAND=ssh -F none');
    expect(env).toContain('https_proxy=http://proxy.example');
    expect(env).toContain('GIT_TERMINAL_PROMPT=0');
    expect(env).toContain('LC_ALL=C');
    expect(env.join()).not.toContain('SOME_SECRET');
  });
});

describe('findGitRoot', () => {
  it('finds the top of the work tree, by its real path', async () => {
    const root = await repository({ 'deep/er/x': '' });
    const link = join(await scratch(), 'link');
    await symlink(root, link);

    expect(await findGitRoot(join(root, 'deep/er'))).toBe(root);
    expect(await findGitRoot(link)).toBe(root);
  });

  it('knows a root with an unusual name', async () => {
    const root = join(await scratch(), 'with blank, "quotes" and ünïcode\n');
    await mkdir(root);
    await initRepository(root, 'main');

    expect(await findGitRoot(root)).toBe(root);
  });

  it('finds none where there is no work tree', async () => {
    const bare = await scratch();
    await git(bare, ['init', '--quiet', '--bare']);

    expect(await findGitRoot(await scratch())).toBeUndefined();
    expect(await findGitRoot(bare)).toBeUndefined();
  });

  it('fails for a folder that is not there', async () => {
    const error = await failureOf(findGitRoot(join(await scratch(), 'none')));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('git refuses');
  });

  it('fails for a repository that belongs to somebody else', async () => {
    const root = await repository();
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    const error = await failureOf(findGitRoot(root));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('dubious ownership');
  });
});

describe('commitAll', () => {
  it('commits everything, by whom it is told, whatever the environment says', async () => {
    vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody Else');
    vi.stubEnv('GIT_COMMITTER_EMAIL', 'else@example.com');
    const root = await repository({ 'a b': '', 'deep/ü': '' });
    await rm(join(root, 'a b'));
    await writeFile(join(root, '-new'), '');
    await commitAll(root, '# Second\n\nwith a body', { ...author, name: 'Bo' });

    expect(await printed(root, 'log', '--format=%an %ae %cn %ce')).toBe(
      `Bo ${author.email} Bo ${author.email}\n${author.name} ${author.email} ${author.name} ${author.email}`,
    );
    expect(await printed(root, 'log', '-1', '--format=%B')).toBe('# Second\n\nwith a body');
    expect(await printed(root, '-c', 'core.quotePath=false', 'ls-files')).toBe('-new\ndeep/ü');
  });

  it('runs no hooks that could refuse it, and does not sign', async () => {
    const root = await repository();
    await putScript(join(root, '.git/hooks'), 'pre-commit', 'exit 1');
    await git(root, ['config', 'commit.gpgSign', 'true']);
    await git(root, ['config', 'gpg.program', 'false']);
    await writeFile(join(root, 'a'), 'new');
    await commitAll(root, 'Second', author);

    expect(await printed(root, 'rev-list', '--count', 'HEAD')).toBe('2');
  });

  it('says that there is nothing to commit', async () => {
    const root = await repository();
    const error = await failureOf(commitAll(root, 'Again', author));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe(
      `git commit failed in ${root}: nothing to commit, working tree clean`,
    );
  });
});

describe('releaseNumbers', () => {
  it('gives the numbers of an environment in order, and nothing else', async () => {
    const root = await repository();
    const tags = ['2', '10', '1', '03', '0', 'x', '3-rc', '4/5', '-1'].map(
      (n) => `release/qa/${n}`,
    );
    for (const tag of [...tags, 'release/qa2/7', 'release/prod/8', 'qa/9']) {
      await git(root, ['tag', '--', tag]);
    }
    await git(root, ['branch', 'release/qa/11']);

    expect(await releaseNumbers(root, 'qa')).toEqual([1, 2, 10]);
    expect(await releaseNumbers(root, 'pre-prod')).toEqual([]);
  });
});

describe('revisionExists', () => {
  it.each([
    ['HEAD', true],
    ['main', true],
    ['release/qa/1', true],
    ['refs/tags/release/qa/1', true],
    ['release/qa/2', false],
    ['HEAD:a', false],
    ['', false],
    ['--all', false],
    ['-h', false],
    ['HEAD --all', false],
    ['main@{9999}', false],
    ['a\nb', false],
  ])('answers for %j: %s', async (revision, answer) => {
    const root = await repository();
    await git(root, ['tag', '-a', '-m', 'x', 'release/qa/1'], {
      env: { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@example.com' },
    });

    expect(await revisionExists(root, revision)).toBe(answer);
  });
});

describe('changedSinceCommit', () => {
  it('knows tracked files that differ, staged or not', async () => {
    const paths = ['same', 'edited', 'staged', 'removed', 'ü "x" y', 'untracked', 'touched'];
    const root = await repository(
      Object.fromEntries(paths.filter((path) => path !== 'untracked').map((path) => [path, 'old'])),
    );
    await putFiles(root, {
      edited: 'new',
      staged: 'new',
      'ü "x" y': 'new',
      untracked: 'new',
      added: 'new',
      touched: 'old',
    });
    await rm(join(root, 'removed'));
    await git(root, ['add', 'staged', 'added']);

    expect(await changedSinceCommit(root, [...paths, 'added', 'nowhere'])).toEqual([
      'edited',
      'staged',
      'removed',
      'ü "x" y',
      'added',
    ]);
  });

  it('takes paths relative to a folder of the work tree', async () => {
    const root = await repository({ 'sub/x': 'old', x: 'old' });
    await writeFile(join(root, 'sub/x'), 'new');

    expect(await changedSinceCommit(join(root, 'sub'), ['x'])).toEqual(['x']);
    expect(await changedSinceCommit(root, ['x'])).toEqual([]);
  });

  it('knows of no change before the first commit', async () => {
    const root = await scratch();
    await initRepository(root, 'main');
    await writeFile(join(root, 'x'), '');

    expect(await changedSinceCommit(root, ['x'])).toEqual([]);
  });
});

describe('gitPath', () => {
  it('is inside the Git folder, also of a linked work tree', async () => {
    const root = await repository();
    const linked = join(await scratch(), 'linked');
    await git(root, ['worktree', 'add', '--quiet', '--detach', linked]);

    expect(await gitPath(root, 'x.json')).toBe(join(root, '.git/x.json'));
    expect(await gitPath(linked, 'x.json')).toBe(join(root, '.git/worktrees/linked/x.json'));
  });
});
