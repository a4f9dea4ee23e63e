import { ConflictError, RemoteError } from '@tidegate/core';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { gitServer, isPush, type GitServerOptions } from '../test/git-server.ts';
import { failureOf, putFiles, putScript, scratchFolders } from '../test/scratch.ts';
import { deadAddress, testServers, type TestServer } from '../test/servers.ts';
import { commitAll, git, initRepository } from './git.ts';
import { gitText, writeCommit, writeTag } from './git-objects.ts';
import {
  fetchRemote,
  localTags,
  openRemote,
  pushAtomically,
  readRemote,
  shown,
  type GitRemote,
  type Push,
} from './git-remote.ts';

const scratch = scratchFolders();
const start = testServers();
const ada = { name: 'Ada', email: 'ada@example.com' };
const dateSeconds = Date.UTC(2030, 0, 2) / 1000;
const token = 'glpat-s3cr3t/+=%40';
const credentials = { username: 'oauth2', token };

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Bare {
  /** Folder of the bare repository. */
  readonly path: string;
  /** Folder that it is served from, as `repo.git`. */
  readonly folder: string;
}

/** A bare repository with a few commits on main, the first and third of them released. */
async function bareRepository(commits = 3): Promise<Bare> {
  const made = templates.get(commits) ?? makeTemplate(commits);
  templates.set(commits, made);
  const folder = await scratch();
  const path = join(folder, 'repo.git');
  await cp(await made, path, { recursive: true });
  return { folder, path };
}

const templates = new Map<number, Promise<string>>();
afterAll(async () => {
  const made = [...templates.values()].map(async (path) => rm(await path, { recursive: true }));
  await Promise.all(made);
});

async function makeTemplate(commits: number): Promise<string> {
  const seed = await scratch();
  await initRepository(seed, 'main');
  for (let n = 1; n <= commits; n++) {
    await putFiles(seed, { a: `${n}\n`, [`file-${n}`]: 'x\n' });
    await commitAll(seed, `Commit ${n}`, ada);
    if (n === 1 || n === 3) await tagHead(seed, `release/qa/${n}`);
  }
  const path = await realpath(await mkdtemp(join(tmpdir(), 'tidegate-bare-')));
  await git(path, ['clone', '--quiet', '--bare', '--no-local', '--template=', seed, '.']);
  return path;
}

/** An empty clone with a remote that is not asked. */
async function cloneOf(url: string): Promise<string> {
  const root = await scratch();
  await git(root, ['init', '--quiet', '--template=']);
  await git(root, ['remote', 'add', 'origin', url]);
  return root;
}

async function tagHead(root: string, name: string): Promise<string> {
  const commit = await gitText(root, ['rev-parse', 'HEAD']);
  const object = await writeTag(root, { name, commit, message: 'x\n', tagger: ada, dateSeconds });
  await git(root, ['update-ref', `refs/tags/${name}`, object]);
  return object;
}

async function clone(url: string, ...options: string[]): Promise<string> {
  const root = await scratch();
  await git(root, ['clone', '--quiet', '--template=', ...options, '--', url, '.']);
  return root;
}

async function open(root: string, ...rest: [typeof credentials?]): Promise<GitRemote> {
  const remote = await openRemote(root, 'origin', rest[0]);
  if (remote === undefined) throw new Error('no remote');
  return remote;
}

async function served(bare: Bare, options: GitServerOptions = {}): Promise<TestServer> {
  return start(await gitServer(bare.folder, { token, ...options }));
}

/** A clone of a local repository whose remote is the same one over HTTP. */
async function cloneServed(bare: Bare, url: string): Promise<string> {
  const root = await clone(bare.path);
  await git(root, ['remote', 'set-url', 'origin', `${url}/repo.git`]);
  return root;
}

/** A commit on top of the newest one that the clone knows of a remote, and its tag. */
async function releaseOf(root: string, parent: string, number = 4): Promise<Required<Push>> {
  const commit = await writeCommit(root, {
    parent,
    files: [{ path: 'versions', content: `release: ${number}\n` }],
    removed: [],
    message: `release ${number}\n`,
    author: ada,
    committer: ada,
    dateSeconds,
  });
  const name = `release/qa/${number}`;
  const object = await writeTag(root, { name, commit, message: 'x\n', tagger: ada, dateSeconds });
  return { branch: 'main', commit, tag: { name, object } };
}

/** Looks at a remote, gets what is missing, and makes a release of it. */
async function prepare(remote: GitRemote, number = 4): Promise<Required<Push>> {
  const state = await readRemote(remote, 'main');
  await fetchRemote(remote, 'main', state);
  return releaseOf(remote.root, state.head, number);
}

const refsOf = (root: string): Promise<string> =>
  gitText(root, ['for-each-ref', '--format=%(objectname) %(refname)']);
const headOf = (bare: Bare): Promise<string> => gitText(bare.path, ['rev-parse', 'main']);

/** Somebody else pushes a commit. */
async function pushElsewhere(bare: Bare, path = 'elsewhere'): Promise<string> {
  const root = await clone(bare.path);
  await putFiles(root, { [path]: `${await headOf(bare)}\n` });
  await commitAll(root, 'Elsewhere', ada);
  await git(root, ['push', '--quiet', 'origin', 'HEAD:main']);
  return headOf(bare);
}

async function putHook(bare: Bare, name: string, body: string): Promise<void> {
  await putScript(join(bare.path, 'hooks'), name, body);
}

/** Has every `git` that is found on PATH write down what it is called with, and whether it sees a token. */
async function recordCalls(): Promise<() => Promise<string>> {
  const folder = await scratch();
  const real = join(await gitText(folder, ['--exec-path']), 'git');
  await putScript(folder, 'git', `printf '%s\\n' "$@" >> '${folder}/calls'\nexec '${real}' "$@"`);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return () => readFile(join(folder, 'calls'), 'utf8');
}

/** All files of a folder, one after the other. */
async function everythingIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

/** A home where the machine's own helper says and keeps credentials, and writes down that it was asked. */
async function homeWithHelper(password: string): Promise<string> {
  const home = await scratch();
  const helper = await putScript(
    home,
    'helper',
    `echo "$1" >> ${home}/asked; cat >> ${home}/asked; [ "$1" = get ] && printf 'username=me\\npassword=${password}\\n'`,
  );
  await writeFile(
    join(home, '.gitconfig'),
    `[credential]\n\thelper = ${helper}\n[credential "http://127.0.0.1"]\n\thelper = ${helper}\n`,
  );
  vi.stubEnv('HOME', home);
  vi.stubEnv('XDG_CONFIG_HOME', home);
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  return home;
}

describe('openRemote', () => {
  it('finds a remote by its name, with the URL that is pushed to', async () => {
    const root = await cloneOf('/srv/repo.git');
    const [fetched, pushed] = ['https://git.example.com/r.git', 'git@git.example.com:r.git'];
    await git(root, ['remote', 'add', 'other', fetched]);
    await git(root, ['remote', 'set-url', '--push', 'other', pushed]);

    expect(await open(root)).toEqual({ root, url: '/srv/repo.git', env: {} });
    expect((await openRemote(root, 'other', undefined))?.url).toBe(pushed);
  });

  it.each(['nowhere', '', '--push', 'a b'])('finds none of name %j', async (name) => {
    expect(await openRemote(await cloneOf('/srv/repo.git'), name, credentials)).toBeUndefined();
  });

  it.each([
    ['https://x:y@git.example.com:8443/org/repo.git', 'https://git.example.com:8443/org/repo.git'],
    ['http://gitlab-ci-token:[MASKED]@host/r.git', 'http://host/r.git'],
    ['https://user@host/r.git', 'https://host/r.git'],
    ['https://user:p@ss@host/with@at.git', 'https://host/with@at.git'],
    ['HTTPS://a:b@HOST/r.git', 'HTTPS://HOST/r.git'],
  ])('drops the credentials in %s where others are given', async (written, url) => {
    const remote = await open(await cloneOf(written), credentials);

    expect(remote.url).toBe(url);
    expect(remote.env).toMatchObject({
      TIDEGATE_GIT_USERNAME: 'oauth2',
      TIDEGATE_GIT_TOKEN: token,
    });
  });

  it('moves credentials in a URL to the environment where no others are given', async () => {
    const remote = await open(await cloneOf('https://ci:to%2Fken@host/r.git'));

    expect(remote.url).toBe('https://host/r.git');
    expect(remote.env).toMatchObject({
      TIDEGATE_GIT_USERNAME: 'ci',
      TIDEGATE_GIT_TOKEN: 'to/ken',
    });
  });

  it.each(['git@host:org/repo.git', 'ssh://git@host/org/repo.git', '/srv/git/repo@2.git'])(
    'leaves %s alone, where a token is of no use',
    async (url) => {
      const root = await cloneOf(url);

      expect(await open(root, credentials)).toEqual({ root, url, env: {} });
    },
  );
});

describe('readRemote', () => {
  it('tells the head and the release tags, with their commits', async () => {
    const bare = await bareRepository();
    await git(bare.path, ['tag', 'v1.0', 'main']);
    await git(bare.path, ['tag', 'release/qa/2', 'main~1']);
    await git(bare.path, ['branch', 'refs/tags/release/qa/9', 'main']);
    const state = await readRemote(await open(await clone(bare.path)), 'main');
    const objects = async (...names: string[]): Promise<string[]> =>
      Promise.all(names.map((name) => gitText(bare.path, ['rev-parse', name])));
    const names = ['release/qa/1', 'release/qa/2', 'release/qa/3'];

    expect(state.head).toBe(await headOf(bare));
    expect([...state.tags.keys()]).toEqual(names);
    expect([...state.tags.values()]).toEqual(
      await objects(...names.map((name) => `refs/tags/${name}`)),
    );
    expect([...state.taggedCommits.values()]).toEqual(await objects('main~2', 'main~1', 'main'));
  });

  it('says that a branch is missing', async () => {
    const bare = await bareRepository();
    const error = await failureOf(readRemote(await open(await clone(bare.path)), 'production'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(`${bare.path} has no branch "production"`);
    expect((error as RemoteError).hint).toContain('git.branch');
  });

  it('says that a repository is not there', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    await git(root, ['remote', 'set-url', 'origin', `${bare.path}-gone`]);
    const error = await failureOf(readRemote(await open(root), 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain(`git ls-remote of ${bare.path}-gone failed`);
    expect(error.message).toContain('does not appear to be a git repository');
  });

  it('says that nobody answers', async () => {
    const root = await cloneServed(await bareRepository(), `http://${await deadAddress()}`);
    const error = await failureOf(readRemote(await open(root, credentials), 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toMatch(/Failed to connect|Connection refused/);
    expect((error as RemoteError).hint).toBe('check the network, and whether the URL is right');
  });

  it('says that an answer does not come in time', async () => {
    const bare = await bareRepository();
    const server = await served(bare, { trouble: () => 'hang' });
    const remote = await open(await cloneServed(bare, server.url), credentials);
    const error = await failureOf(readRemote({ ...remote, timeoutMs: 300 }, 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('did not finish within 0.3 s');
    expect((error as RemoteError).hint).toBe('check the network, and whether the URL is right');
  });
});

describe('credentials', () => {
  it('come to git by environment only, and stay nowhere', async () => {
    const bare = await bareRepository();
    const server = await served(bare);
    const root = await cloneServed(bare, server.url);
    const home = await homeWithHelper('wrong');
    const calls = await recordCalls();
    const remote = await open(root, credentials);
    const push = await prepare(remote);

    expect(await pushAtomically(remote, push)).toBe(true);
    expect(server.seen.at(-1)?.authorization).toBe(
      `Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`,
    );
    expect(await calls()).toContain('push\n--atomic');
    expect(await calls()).not.toContain(token);
    expect(await everythingIn(join(root, '.git'))).not.toContain(token);
    expect(await readdir(home)).toEqual(expect.not.arrayContaining(['asked']));
  });

  it('replace those in the URL, which stay out of arguments too', async () => {
    const bare = await bareRepository();
    const server = await served(bare);
    const root = await cloneServed(bare, server.url.replace('//', '//ci:0ld-t0ken@'));
    const calls = await recordCalls();
    await readRemote(await open(root, credentials), 'main');

    expect((await calls()).replace(/^[^]*ls-remote/, '')).not.toMatch(/0ld|glpat/);
    expect(await readFile(join(root, '.git/config'), 'utf8')).toContain('ci:0ld-t0ken@');
  });

  it('in the URL serve where no others are given, but not as an argument', async () => {
    const bare = await bareRepository();
    const server = await served(bare, { token: 'in-the-url' });
    const root = await cloneServed(bare, server.url.replace('//', '//ci:in-the-url@'));
    const calls = await recordCalls();
    const remote = await open(root);
    const push = await prepare(remote);

    expect(await pushAtomically(remote, push)).toBe(true);
    expect(await calls()).not.toContain('in-the-url');
  });

  it('come from the machine where none are given', async () => {
    const bare = await bareRepository();
    const server = await served(bare, { token: 'of-the-machine' });
    const root = await cloneServed(bare, server.url);
    const home = await homeWithHelper('of-the-machine');

    expect((await readRemote(await open(root), 'main')).head).toBe(await headOf(bare));
    expect(await readFile(join(home, 'asked'), 'utf8')).toContain('store');
  });

  it('that are wrong are refused with a hint, and shown nowhere', async () => {
    const bare = await bareRepository();
    const server = await served(bare, { token: 'another' });
    const root = await cloneServed(bare, server.url.replace('//', '//ci:0ld-t0ken@'));
    const error = await failureOf(readRemote(await open(root, credentials), 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toMatch(
      /^git ls-remote of http:\/\/127\.0\.0\.1:\d+\/repo\.git failed: HTTP Basic: Access denied; fatal: Authentication failed/,
    );
    expect((error as RemoteError).hint).toContain('TIDEGATE_GIT_TOKEN');
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/glpat|0ld-t0ken/);
  });

  it('are asked for with a hint where there are none', async () => {
    const bare = await bareRepository();
    const server = await served(bare);
    const root = await cloneServed(bare, server.url);
    vi.stubEnv('HOME', await scratch());
    vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    const error = await failureOf(readRemote(await open(root), 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect((error as RemoteError).hint).toContain('TIDEGATE_GIT_TOKEN');
  });

  it('are kept from a host that the remote redirects to', async () => {
    const bare = await bareRepository();
    const thief = await served(bare);
    const host = await start((request, response) => {
      response.writeHead(301, { location: `${thief.url}${request.url ?? ''}` }).end();
    });
    const root = await cloneServed(bare, host.url);
    const error = await failureOf(readRemote(await open(root, credentials), 'main'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(thief.seen.length).toBeGreaterThan(0);
    expect(thief.seen.map(({ authorization }) => authorization)).not.toContainEqual(
      expect.any(String),
    );
  });

  it('keep settings that come by environment already', async () => {
    const bare = await bareRepository();
    const server = await served(bare);
    const root = await cloneServed(bare, 'http://alias.invalid');
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', `url.${server.url}/.insteadOf`);
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'http://alias.invalid/');

    expect((await readRemote(await open(root, credentials), 'main')).head).toBe(await headOf(bare));
  });

  it('with any characters arrive as they are', async () => {
    const odd = `a b'"$(id)\`id\`\\n%s\\\\;&|ü`;
    const bare = await bareRepository();
    const server = await served(bare, { token: odd });
    const root = await cloneServed(bare, server.url);
    const remote = await open(root, { username: 'me@example.com', token: odd });

    expect((await readRemote(remote, 'main')).head).toBe(await headOf(bare));
  });
});

describe('fetchRemote', () => {
  it('gets the head and tags that are missing, and moves no branch', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path, '--no-tags');
    await git(root, ['config', 'fetch.prune', 'true']);
    await git(root, ['config', 'fetch.pruneTags', 'true']);
    await tagHead(root, 'release/qa/7');
    await putFiles(root, { a: 'dirty\n' });
    const heads = await gitText(root, ['for-each-ref', 'refs/heads', 'refs/remotes']);
    const head = await pushElsewhere(bare);
    await git(bare.path, ['tag', 'v1.0', 'main']);
    const remote = await open(root);
    const state = await readRemote(remote, 'main');
    await fetchRemote(remote, 'main', state);

    expect(state.head).toBe(head);
    expect(await gitText(root, ['cat-file', '-t', head])).toBe('commit');
    expect(await gitText(root, ['for-each-ref', 'refs/heads', 'refs/remotes'])).toBe(heads);
    expect(await gitText(root, ['tag', '--list'])).toBe('release/qa/1\nrelease/qa/3\nrelease/qa/7');
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('dirty\n');
    expect(await readdir(join(root, '.git'))).not.toContain('FETCH_HEAD');
  });

  it('asks for nothing when nothing is missing', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    const remote = await open(root);
    const state = await readRemote(remote, 'main');
    const calls = await recordCalls();
    await fetchRemote(remote, 'main', state);

    expect(await calls()).not.toContain('fetch');
  });

  it('refuses a tag that was moved, and changes nothing', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    await git(bare.path, ['update-ref', 'refs/tags/release/qa/1', 'main']);
    await git(bare.path, ['tag', 'release/qa/2', 'main']);
    const before = await refsOf(root);
    const remote = await open(root);
    const error = await failureOf(fetchRemote(remote, 'main', await readRemote(remote, 'main')));

    expect(error).toBeInstanceOf(ConflictError);
    expect(error.message).toBe(
      `tag release/qa/1 is another one in ${bare.path} than in this clone`,
    );
    expect((error as ConflictError).hint).toContain('git tag -d release/qa/1');
    expect(await refsOf(root)).toBe(before);
  });

  it('gets hundreds of tags', async () => {
    const bare = await bareRepository();
    const head = await headOf(bare);
    const input = Array.from({ length: 300 }, (_, n) => `create refs/tags/release/x/${n} ${head}`);
    await git(bare.path, ['update-ref', '--stdin'], { input: `${input.join('\n')}\n` });
    const root = await clone(bare.path, '--no-tags');
    const remote = await open(root);
    await fetchRemote(remote, 'main', await readRemote(remote, 'main'));

    expect((await localTags(root)).size).toBe(302);
  });

  it('keeps the history that a shallow clone has', async () => {
    const bare = await bareRepository(8);
    const root = await clone(`file://${bare.path}`, '--depth=7', '--no-tags');
    const history = await gitText(root, ['log', '--format=%H']);
    const head = await pushElsewhere(bare);
    await pushElsewhere(bare);
    const remote = await open(root);
    const state = await readRemote(remote, 'main');
    await fetchRemote(remote, 'main', state);

    expect(await gitText(root, ['log', '--format=%H'])).toBe(history);
    expect(await gitText(root, ['log', '-3', '--format=%H', state.head])).toBe(
      [state.head, head, history.split('\n')[0]].join('\n'),
    );
    expect(await gitText(root, ['show', 'release/qa/1:a'])).toBe('1');
    expect(await gitText(root, ['show', 'release/qa/3:a'])).toBe('3');
    expect((await git(root, ['fsck', '--connectivity-only'])).exitCode).toBe(0);
  });

  it('does not bring the history of old tags into a shallow clone', async () => {
    const bare = await bareRepository(8);
    const root = await clone(`file://${bare.path}`, '--depth=1', '--no-tags');
    const remote = await open(root);
    await fetchRemote(remote, 'main', await readRemote(remote, 'main'));

    expect(await gitText(root, ['log', '--format=%s', 'release/qa/3'])).toBe('Commit 3');
    expect((await gitText(root, ['log', '--all', '--format=%s'])).split('\n').sort()).toEqual([
      'Commit 1',
      'Commit 3',
      'Commit 8',
    ]);
  });

  it('copes with a head that moves between the look and the fetch', async () => {
    for (const options of [[], ['--depth=1']]) {
      const bare = await bareRepository();
      const root = await clone(`file://${bare.path}`, '--no-tags', ...options);
      const remote = await open(root);
      await pushElsewhere(bare);
      const state = await readRemote(remote, 'main');
      await pushElsewhere(bare);
      await fetchRemote(remote, 'main', state);

      expect(await gitText(root, ['cat-file', '-t', state.head])).toBe('commit');
    }
  });
});

describe('pushAtomically', () => {
  it('pushes commit and tag, and nothing of the clone moves', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    await putScript(join(root, '.git/hooks'), 'pre-push', 'exit 1');
    const before = await refsOf(root);
    const remote = await open(root);
    const push = await prepare(remote);

    expect(await pushAtomically(remote, push)).toBe(true);
    expect(await headOf(bare)).toBe(push.commit);
    expect(await gitText(bare.path, ['rev-parse', 'refs/tags/release/qa/4'])).toBe(push.tag.object);
    expect(await refsOf(root)).toBe(before);
  });

  it('pushes nothing else, whatever is configured', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    await tagHead(root, 'release/qa/9');
    await git(root, ['config', 'push.followTags', 'true']);
    await git(root, ['config', 'push.gpgSign', 'if-asked']);
    await git(root, ['config', 'remote.origin.mirror', 'true']);
    const remote = await open(root);
    await pushAtomically(remote, await prepare(remote));

    expect(await gitText(bare.path, ['tag', '--list'])).toBe(
      'release/qa/1\nrelease/qa/3\nrelease/qa/4',
    );
  });

  it.each([['--depth=1'], ['--depth=2', '--no-tags'], ['--no-tags']])(
    'works from a detached clone made with %s %s',
    async (...options) => {
      const bare = await bareRepository();
      const root = await clone(`file://${bare.path}`, ...options);
      await git(root, ['checkout', '--quiet', '--detach']);
      await git(root, ['branch', '--quiet', '-D', 'main']);
      await pushElsewhere(bare);
      const remote = await open(root);
      const push = await prepare(remote);

      expect(await pushAtomically(remote, push)).toBe(true);
      expect(await headOf(bare)).toBe(push.commit);
      expect((await git(bare.path, ['fsck', '--connectivity-only'])).exitCode).toBe(0);
      expect(await gitText(bare.path, ['rev-list', '--count', 'main'])).toBe('5');
    },
  );

  it.each<[what: string, overtake: (bare: Bare, push: Required<Push>) => Promise<unknown>]>([
    ['the branch has moved', (bare) => pushElsewhere(bare)],
    ['the tag is there', (bare) => git(bare.path, ['tag', 'release/qa/4', 'main~1'])],
    [
      'the branch moves during the push',
      (bare) =>
        putHook(
          bare,
          'pre-receive',
          'unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main "$(git commit-tree -p main -m x "main^{tree}")"',
        ),
    ],
    [
      'the tag comes during the push',
      (bare) =>
        putHook(
          bare,
          'pre-receive',
          'unset GIT_QUARANTINE_PATH; git update-ref refs/tags/release/qa/4 main',
        ),
    ],
    [
      'another push holds the branch',
      (bare) => writeFile(join(bare.path, 'refs/heads/main.lock'), ''),
    ],
  ])('says that somebody was faster when %s, and pushes nothing', async (_, overtake) => {
    const bare = await bareRepository();
    vi.stubEnv('GIT_COMMITTER_NAME', 'x');
    vi.stubEnv('GIT_AUTHOR_NAME', 'x');
    vi.stubEnv('EMAIL', 'x@example.com');
    await git(bare.path, ['config', 'user.email', 'x@example.com']);
    const remote = await open(await clone(bare.path));
    const push = await prepare(remote);
    await overtake(bare, push);

    expect(await pushAtomically(remote, push)).toBe(false);
    expect(await headOf(bare)).not.toBe(push.commit);
    expect(await refsOf(bare.path)).not.toContain(push.tag.object);
  });

  it.each([
    [
      'the branch is protected',
      'pre-receive',
      'echo "GitLab: You are not allowed to push code to protected branches on this project." >&2; exit 1',
      'GitLab: You are not allowed to push code to protected branches on this project.',
    ],
    [
      'the tag is protected',
      'pre-receive',
      'echo "GitLab: You are not allowed to create this tag as it is protected." >&2; exit 1',
      'GitLab: You are not allowed to create this tag as it is protected.',
    ],
    [
      'only the tag is refused',
      'update',
      'case "$1" in refs/tags/*) echo "no such tags here" >&2; exit 1;; esac',
      'no such tags here',
    ],
  ])('fails with what the host says when %s, and pushes nothing', async (_, hook, body, said) => {
    const bare = await bareRepository();
    await putHook(bare, hook, body);
    const server = await served(bare);
    const before = await refsOf(bare.path);
    const remote = await open(await cloneServed(bare, server.url), credentials);
    const error = await failureOf(pushAtomically(remote, await prepare(remote)));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain(`git push of ${server.url}/repo.git failed: ${said}`);
    expect((error as RemoteError).hint).toContain('create release/* tags');
    expect(await refsOf(bare.path)).toBe(before);
  });

  it('sees that a push went through though the answer was lost', async () => {
    const bare = await bareRepository();
    const server = await served(bare, {
      trouble: (request) => (isPush(request) ? 'lose' : undefined),
    });
    const remote = await open(await cloneServed(bare, server.url), credentials);
    const push = await prepare(remote);

    expect(await pushAtomically(remote, push)).toBe(true);
    expect(await headOf(bare)).toBe(push.commit);
  });

  it('sees it of a push without a tag too, also when others have pushed since', async () => {
    const bare = await bareRepository();
    const server = await served(bare, {
      trouble: (request) => (isPush(request) ? 'lose' : undefined),
    });
    const remote = await open(await cloneServed(bare, server.url), credentials);
    const { branch, commit } = await prepare(remote);
    await putHook(
      bare,
      'post-receive',
      'export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x; git update-ref refs/heads/main "$(git commit-tree -p main -m later "main^{tree}")"',
    );

    expect(await pushAtomically(remote, { branch, commit })).toBe(true);
    expect(await gitText(bare.path, ['rev-parse', 'main~1'])).toBe(commit);
  });

  it('sees it when the other side dies after it has taken the push', async () => {
    const bare = await bareRepository();
    await putHook(bare, 'post-receive', 'kill -9 $PPID');
    const remote = await open(await clone(bare.path));
    const push = await prepare(remote);

    expect(await pushAtomically(remote, push)).toBe(true);
    expect(await headOf(bare)).toBe(push.commit);
  });

  it('sees it when the answer does not come in time', async () => {
    const bare = await bareRepository();
    const server = await served(bare, {
      trouble: (request) => (isPush(request) ? 'mute' : undefined),
    });
    const remote = await open(await cloneServed(bare, server.url), credentials);
    const push = await prepare(remote);

    expect(await pushAtomically({ ...remote, timeoutMs: 1_500 }, push)).toBe(true);
    expect(await headOf(bare)).toBe(push.commit);
  });

  it.each(['refuse', 'hang'] as const)(
    'fails when the push does not go through (%s), and a second one does',
    async (trouble) => {
      const bare = await bareRepository();
      let isTroubled = true;
      const server = await served(bare, {
        trouble: (request) => (isTroubled && isPush(request) ? trouble : undefined),
      });
      const remote = await open(await cloneServed(bare, server.url), credentials);
      const push = await prepare(remote);
      const before = await refsOf(bare.path);
      const error = await failureOf(pushAtomically({ ...remote, timeoutMs: 500 }, push));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toContain(`git push of ${server.url}/repo.git failed: `);
      expect(error.message).not.toContain('no reason given');
      expect((error as RemoteError).hint).toBeDefined();
      expect(await refsOf(bare.path)).toBe(before);
      isTroubled = false;
      expect(await pushAtomically(remote, push)).toBe(true);
    },
  );

  it('fails when the network is gone', async () => {
    const bare = await bareRepository();
    const root = await clone(bare.path);
    const push = await prepare(await open(root));
    await git(root, ['remote', 'set-url', 'origin', `http://${await deadAddress()}/repo.git`]);
    const error = await failureOf(pushAtomically(await open(root, credentials), push));

    expect(error).toBeInstanceOf(RemoteError);
    expect(await headOf(bare)).toBe(await gitText(root, ['rev-parse', 'origin/main']));
  });

  it('fails where the other side cannot write', async () => {
    const bare = await bareRepository();
    const remote = await open(await clone(bare.path));
    const push = await prepare(remote);
    await mkdir(join(bare.path, 'refs/tags/release/qa/4/in-the-way'), { recursive: true });
    await writeFile(join(bare.path, 'refs/tags/release/qa/4/in-the-way/x'), '');
    const before = await headOf(bare);
    const outcome = await pushAtomically(remote, push).catch((error: unknown) => error);

    expect(outcome === false || outcome instanceof RemoteError).toBe(true);
    expect(await headOf(bare)).toBe(before);
  });
});

describe('shown', () => {
  it.each([
    ['https://a:b@host/r.git', 'https://host/r.git'],
    ['https://a:b@c@host/r@1.git', 'https://host/r@1.git'],
    ['ssh://git@host/r.git', 'ssh://host/r.git'],
    ['git@host:r.git', 'git@host:r.git'],
    ['/srv/a@b/r.git', '/srv/a@b/r.git'],
  ])('shows %s as %s', (url, text) => {
    expect(shown({ url })).toBe(text);
  });
});
