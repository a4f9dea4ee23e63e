import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitAll, git as runGit, gitText, initRepository } from '@tidegate/node';
import { gitServer } from '../../../node/test/git-server.ts';
import { putFiles, scratchFolders } from '../../../node/test/scratch.ts';
import { deadAddress, testServers } from '../../../node/test/servers.ts';
import { gitRepositories } from './git-repositories.ts';
import { listingFault } from './git-faults.ts';

const scratch = scratchFolders();
const start = testServers();
const ada = { name: 'Ada', email: 'ada@example.com' };

/** A repository with a commit, served by path and over HTTP. */
async function prepared() {
  const folder = await scratch();
  const path = join(folder, 'app.git');
  await putFiles(path, { 'app/a.yaml': 'a: 1\n', 'app/sub/b.yaml': 'b: 1\n', top: '\ufeffx' });
  await initRepository(path, 'main');
  await commitAll(path, 'one', ada);
  await runGit(path, ['config', 'http.receivepack', 'true']);
  const { url } = await start(await gitServer(folder));
  const served = `${url}/app.git/.git`;
  const git = gitRepositories({
    cacheDir: await scratch(),
    urls: new Map([['https://git.example/app.git', path]]),
  });
  const head = (): Promise<string> => gitText(path, ['rev-parse', 'HEAD']);
  const tag = (name: string, ...args: string[]) =>
    runGit(path, ['tag', ...args, name], {
      env: { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
    });
  return { folder, path, url, served, git, head, tag };
}

describe('gitRepositories', () => {
  it.each(['by path', 'over HTTP'])(
    'lists refs %s, annotated tags by their commit',
    async (way) => {
      const { git, served, head, tag } = await prepared();
      await tag('v1', '--annotate', '--message=x');
      await tag('light');
      const commit = await head();

      const url = way === 'by path' ? 'https://git.example/app.git' : served;

      expect(await git.listRefs(url)).toEqual({
        refs: [
          { name: 'HEAD', target: 'refs/heads/main' },
          { name: 'refs/heads/main', commit },
          { name: 'refs/tags/light', commit },
          { name: 'refs/tags/v1', commit },
        ],
      });
    },
  );

  it('reads files of commits, whole or cut short, also after they were rewritten away', async () => {
    const { git, path, served, head } = await prepared();
    const first = await head();
    const known = await git.checkOut(served, first.slice(0, 9));
    await putFiles(path, { 'app/a.yaml': 'a: 2\n' });
    await runGit(path, ['commit', '--quiet', '--all', '--amend', '--message=two'], {
      env: { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'a@b' },
    });
    const second = await git.checkOut(served, await head());
    const again = await git.checkOut(served, first);

    const answers = [known, second, again];
    const texts = answers.map((answer) =>
      'files' in answer ? answer.files.text('app/a.yaml') : Promise.resolve(answer.fault),
    );
    expect(await Promise.all(texts)).toEqual(['a: 1\n', 'a: 2\n', 'a: 1\n']);
    expect(known).toMatchObject({
      commit: first,
      files: { files: ['app/a.yaml', 'app/sub/b.yaml', 'top'], links: {} },
    });
  });

  it('follows links inside of the repository', async () => {
    const { git, path, served, head } = await prepared();
    const link = await gitText(path, ['hash-object', '-w', '--stdin'], { input: 'app' });
    await runGit(path, ['update-index', '--add', '--cacheinfo', `120000,${link},linked`]);
    await runGit(path, ['commit', '--quiet', '--message=link'], {
      env: {
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@b',
      },
    });

    const answer = await git.checkOut(served, await head());

    if ('fault' in answer) throw new Error(answer.fault);
    expect(answer.files.links).toEqual({ linked: 'app' });
    expect(await answer.files.text('linked/a.yaml')).toBe('a: 1\n');
    expect(await answer.files.text('top')).toBe('x');
    await expect(answer.files.text('linked/no')).rejects.toThrow('no such file');
  });

  it('says what is not there in Argo CD’s words', async () => {
    const { git, path, url, served } = await prepared();
    const nothing = '0123456789abcdef0123456789abcdef01234567';

    expect(await git.listRefs(`${url}/none.git`)).toEqual({ fault: 'repository not found: ' });
    expect(await git.checkOut(served, nothing)).toEqual({
      fault: `exit status 128: fatal: remote error: upload-pack: not our ref ${nothing}`,
    });
    const dead = `http://${await deadAddress()}/x.git`;
    expect(await git.listRefs(dead)).toEqual({
      fault: expect.stringMatching(
        /^Get "http:\/\/127\.0\.0\.1:\d+\/x\.git\/info\/refs\?service=git-upload-pack": dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/,
      ) as unknown,
    });
    await rename(path, `${path}.gone`);
    expect(await git.listRefs('https://git.example/app.git')).toEqual({
      fault: 'repository not found: ',
    });
  });

  it('gives a slow server up', async () => {
    const { url } = await start(() => undefined);
    const git = gitRepositories({
      cacheDir: await scratch(),
      listTimeoutMs: 300,
      fetchTimeoutMs: 300,
    });

    expect(await git.listRefs(`${url}/x.git`)).toEqual({
      fault: `Get "${url}/x.git/info/refs?service=git-upload-pack": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
    expect(await git.checkOut(`${url}/x.git`, '1'.repeat(40))).toEqual({
      fault: 'timeout after 0.3s',
    });
  });

  it('fetches once for all who want the same new commit', async () => {
    const { git, served, head } = await prepared();
    const commit = await head();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => git.checkOut(served, commit)),
    );

    expect(answers.map((answer) => 'commit' in answer && answer.commit)).toEqual(
      answers.map(() => commit),
    );
  });
});

describe('listingFault', () => {
  it.each([
    ["fatal: Authentication failed for 'https://h/x.git/'", 'authentication required: '],
    [
      "fatal: could not read Username for 'https://h': terminal prompts disabled",
      'authentication required: ',
    ],
    [
      "fatal: unable to access 'https://h/x.git/': The requested URL returned error: 403",
      'authorization failed: ',
    ],
    [
      "fatal: unable to access 'https://h/x.git/': Could not resolve host: h",
      'Get "https://h/x.git/info/refs?service=git-upload-pack": dial tcp: lookup h: no such host',
    ],
    [
      "fatal: unable to access 'https://h/x.git/': The requested URL returned error: 502",
      'unexpected client error: unexpected requesting "https://h/x.git/info/refs?service=git-upload-pack" status code: 502',
    ],
    ['warning: x\nfatal: something else', 'something else'],
  ])('words %j', (printed, fault) => {
    expect(listingFault('https://h/x.git', printed)).toBe(fault);
  });
});
