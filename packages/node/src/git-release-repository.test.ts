import type { ReleaseRepository } from '@tidegate/core';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { putFiles, scratchFolders } from '../test/scratch.ts';
import { commitAll, git, initRepository } from './git.ts';
import { gitText, writeTag } from './git-objects.ts';
import { gitReleaseRepository } from './git-release-repository.ts';
import { localTags } from './git-remote.ts';

const scratch = scratchFolders();
const ada = { name: 'Ada Übel', email: 'ada@example.com' };
const dateSeconds = Date.UTC(2030, 0, 2) / 1000;

async function repository(): Promise<string> {
  const root = await scratch();
  await initRepository(root, 'main');
  await commitFiles(root, { a: 'first\n', 'deep/b': 'b\n' });
  return root;
}

async function commitFiles(
  root: string,
  files: Readonly<Record<string, string>>,
  message = 'Change',
): Promise<string> {
  await putFiles(root, files);
  await commitAll(root, message, ada);
  return gitText(root, ['rev-parse', 'HEAD']);
}

/** Makes an annotated tag of the head. */
async function tag(root: string, name: string, message = `${name}\n`): Promise<void> {
  const commit = await gitText(root, ['rev-parse', 'HEAD']);
  const object = await writeTag(root, { name, commit, message, tagger: ada, dateSeconds });
  await git(root, ['update-ref', `refs/tags/${name}`, object]);
}

async function open(root: string): Promise<ReleaseRepository> {
  const head = await gitText(root, ['rev-parse', 'HEAD']);
  return gitReleaseRepository(root, { head, tags: await localTags(root) }, 'main');
}

describe('gitReleaseRepository', () => {
  it('reads the head that it was given, not the work tree, and not a later one', async () => {
    const root = await repository();
    await putFiles(root, { a: 'dirty\n', untracked: '' });
    const made = await open(root);
    const before = made.head.commit;
    await commitFiles(root, { a: 'second\n' });

    expect(made.head.commit).toBe(before);
    expect(made.head.name).toBe('main');
    expect(await made.head.read('a')).toBe('first\n');
    expect(await made.head.read('untracked')).toBeUndefined();
    expect(await made.head.list('')).toEqual([
      { name: 'a', kind: 'file' },
      { name: 'deep', kind: 'folder' },
    ]);
  });

  it('lists the numbers of an environment, and nothing else', async () => {
    const root = await repository();
    const numbers = ['1', '2', '10', '03', '0', '-1', 'x', '3-rc', '4/5', '9'.repeat(16)];
    for (const number of numbers) await tag(root, `release/qa/${number}`);
    for (const name of ['release/qa2/7', 'release/prod/8', 'release/9', 'qa/9', 'x/release/qa/6']) {
      await tag(root, name);
    }
    const made = await open(root);

    expect([...(await made.releases('qa'))].sort((a, b) => a - b)).toEqual([1, 2, 10]);
    expect(await made.releases('prod')).toEqual([8]);
    expect(await made.releases('preprod')).toEqual([]);
  });

  it('gives the tree of a release, by the commit of its tag', async () => {
    const root = await repository();
    const commit = await commitFiles(root, { a: 'released\n' });
    await tag(root, 'release/qa/1');
    await commitFiles(root, { a: 'later\n' });
    const made = await open(root);
    const tree = await made.tree('release/qa/1');

    expect(tree?.commit).toBe(commit);
    expect(tree?.name).toBe('release/qa/1');
    expect(await tree?.read('a')).toBe('released\n');
    expect(await tree?.objectId('deep')).toBe(await made.head.objectId('deep'));
    expect(await tree?.objectId('a')).not.toBe(await made.head.objectId('a'));
  });

  it('gives other revisions too, and nothing for what is none', async () => {
    const root = await repository();
    const first = await gitText(root, ['rev-parse', 'HEAD']);
    await git(root, ['tag', 'v1.0']);
    const made = await open(root);

    expect((await made.tree('main'))?.commit).toBe(first);
    expect((await made.tree('v1.0'))?.commit).toBe(first);
    expect((await made.tree(first))?.commit).toBe(first);
    for (const revision of ['nowhere', '', 'release/qa/0', 'HEAD:a', 'main\nmain', '--all']) {
      expect(await made.tree(revision), revision).toBeUndefined();
    }
    expect(await made.head.read('a')).toBe('first\n');
  });

  it('does not take a tag or branch of this clone for a release that the state lacks', async () => {
    const root = await repository();
    const head = await gitText(root, ['rev-parse', 'HEAD']);
    await tag(root, 'release/qa/1');
    await git(root, ['branch', 'release/qa/2']);
    const made = gitReleaseRepository(root, { head, tags: new Map() }, 'main');

    expect(await made.releases('qa')).toEqual([]);
    expect(await made.tree('release/qa/1')).toBeUndefined();
    expect(await made.tree('release/qa/2')).toBeUndefined();
    expect(await made.tag('qa', 1)).toBeUndefined();
  });

  it('is not misled by a branch that is named like a release', async () => {
    const root = await repository();
    const released = await gitText(root, ['rev-parse', 'HEAD']);
    await tag(root, 'release/qa/1');
    await commitFiles(root, { a: 'later\n' });
    await git(root, ['branch', 'release/qa/1']);

    expect((await (await open(root)).tree('release/qa/1'))?.commit).toBe(released);
  });

  it('tells of a tag by whom and when it was cut, and why', async () => {
    const root = await repository();
    const message = 'chore(qa): release 1 [skip ci]\n\nRelease 1.\n\nTidegate-Release: qa/1\n';
    await tag(root, 'release/qa/1', message);

    expect(await (await open(root)).tag('qa', 1)).toEqual({
      name: 'release/qa/1',
      environment: 'qa',
      number: 1,
      by: 'Ada Übel',
      dateMs: dateSeconds * 1000,
      message,
    });
    expect(await (await open(root)).tag('qa', 2)).toBeUndefined();
  });

  it('takes for a lightweight tag what its commit says', async () => {
    const root = await repository();
    await commitFiles(root, { a: 'second\n' }, 'By hand\n\nwith a body');
    await git(root, ['tag', 'release/qa/1']);
    const made = await open(root);
    const found = await made.tag('qa', 1);

    expect(found?.by).toBe('Ada Übel');
    expect(found?.message).toBe('By hand\n\nwith a body\n');
    expect(found?.dateMs).toBeGreaterThan(Date.UTC(2020, 0));
    expect((await made.tree('release/qa/1'))?.commit).toBe(made.head.commit);
  });

  it('copes with a tag without message, and with one of something else than a commit', async () => {
    const root = await repository();
    await tag(root, 'release/qa/1', '');
    await git(root, ['tag', 'release/qa/2', 'HEAD:a']);
    const made = await open(root);

    expect((await made.tag('qa', 1))?.message).toBe('');
    expect(await made.tree('release/qa/2')).toBeUndefined();
    expect((await made.tag('qa', 2))?.by).toBe('');
  });

  it('has no tree for a tag whose object is not in the clone', async () => {
    const root = await repository();
    await tag(root, 'release/qa/1');
    const tags = await localTags(root);
    const object = tags.get('release/qa/1') ?? '';
    await rm(join(root, '.git/objects', object.slice(0, 2), object.slice(2)));
    const head = await gitText(root, ['rev-parse', 'main']);
    const made = gitReleaseRepository(root, { head, tags }, 'main');

    expect(await made.tree('release/qa/1')).toBeUndefined();
    expect(await made.tag('qa', 1)).toBeUndefined();
  });

  it('reads thousands of files of many releases at once', async () => {
    const root = await repository();
    const files = Array.from({ length: 500 }, (_, n): [string, string] => [`many/${n}`, `${n}\n`]);
    await commitFiles(root, Object.fromEntries(files));
    for (const number of [1, 2, 3]) {
      await commitFiles(root, { a: `${number}\n` });
      await tag(root, `release/qa/${number}`);
    }
    const made = await open(root);
    const texts = [1, 2, 3].flatMap((number) =>
      files.map(async ([path]) => (await made.tree(`release/qa/${number}`))?.read(path)),
    );
    const own = [1, 2, 3].map(async (number) =>
      (await made.tree(`release/qa/${number}`))?.read('a'),
    );

    const all = files.map(([, content]) => content);
    expect(await Promise.all(texts)).toEqual([...all, ...all, ...all]);
    expect(await Promise.all(own)).toEqual(['1\n', '2\n', '3\n']);
  });
});
