import { commitAll, git, gitText, initRepository, writeCommit, writeTag } from '@tidegate/node';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { gitServer, isPush, type GitServerOptions } from '../../node/test/git-server.ts';
import { putScript } from '../../node/test/scratch.ts';
import { deadAddress, testServers } from '../../node/test/servers.ts';
import { runProgram } from '../src/program.ts';
import {
  ada,
  contentAt,
  edit,
  pull,
  pushAll,
  refsOf,
  releaseClones,
  succeed,
  tidegate,
  visible,
} from './release-clones.ts';
import { testIo } from './test-io.ts';
import { packedCharts, testCacheDir } from './workbench.ts';

const { folder, origin, released, ahead: releasedAhead, clone } = releaseClones();
const startServer = testServers();
const token = 'glpat-s3cr3t';

afterEach(() => {
  vi.unstubAllEnvs();
});

const sevenFiles = (environment: string): string[] => [
  ...['app-backup', 'app-shared-services'].map((name) => `argocd/${environment}/${name}.yaml`),
  ...['backend', 'frontend', 'namespace', 'vault'].map(
    (name) => `argocd/${environment}/appset-${name}.yaml`,
  ),
  `versions/${environment}.yaml`,
];

async function changedFiles(root: string, revision: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '--no-commit-id', '--name-only', revision];
  return (await gitText(root, args)).split('\n').filter((line) => line !== '');
}

const show = (root: string, format: string, revision: string): Promise<string> =>
  gitText(root, ['show', '--no-patch', `--format=${format}`, `${revision}^{commit}`]);

/** The versions of a file, without the number of the release and comments. */
async function versionsAt(root: string, revision: string, environment: string): Promise<string> {
  const text = await contentAt(root, revision, `versions/${environment}.yaml`);
  return text.replaceAll(/^(#.*|release: .*)\n/gm, '');
}

/** Somebody else pushes a change of a file to an environment's values. */
async function pushValues(at: string, environment: string, line = 'x: 1'): Promise<void> {
  const root = await clone(at);
  await edit(root, `envs/${environment}/common-node-values.yaml`, (text) => `${text}\n${line}\n`);
  await pushAll(root, `Change values of ${environment}`);
}

/** A hook of the bare repository. Its own git is not confined to the push that it judges. */
async function putHook(at: string, name: string, body: string): Promise<void> {
  await putScript(join(at, 'hooks'), name, `unset GIT_QUARANTINE_PATH\n${body}`);
}

/** Has the next pushes find that main has moved to a commit of others. */
async function moveDuringPush(at: string, times: number, commit: string): Promise<void> {
  await putHook(
    at,
    'pre-receive',
    `echo >> pushes
[ "$(wc -l < pushes)" -le ${times} ] || exit 0
${commit}`,
  );
}

const unrelatedCommit = `export GIT_AUTHOR_NAME=Bo GIT_AUTHOR_EMAIL=bo@example.com
export GIT_COMMITTER_NAME=Bo GIT_COMMITTER_EMAIL=bo@example.com
git update-ref refs/heads/main "$(git commit-tree -p main -m Unrelated 'main^{tree}')"`;

/** The commit that another clone would push next, kept in the bare repository under another name. */
async function prepareCommit(
  at: string,
  change: (root: string) => Promise<void>,
  message = 'Somebody else was here',
): Promise<string> {
  const root = await clone(at);
  await change(root);
  await commitAll(root, message, ada);
  await git(root, ['push', '--quiet', 'origin', 'HEAD:refs/prepared/main']);
  return 'git update-ref refs/heads/main refs/prepared/main';
}

/** Serves a bare repository over HTTP; returns the URL. */
async function serve(at: string, options: GitServerOptions = {}): Promise<string> {
  const server = await startServer(await gitServer(join(at, '..'), { token, ...options }));
  return `${server.url}/origin.git`;
}

/** A clone whose remote is a URL. */
async function cloneServed(at: string, url: string): Promise<string> {
  const root = await clone(at);
  await git(root, ['remote', 'set-url', 'origin', url]);
  return root;
}

describe('release', () => {
  it('pushes exactly seven files and an annotated tag, and touches nothing of a dirty clone', async () => {
    const at = await origin();
    const root = await clone(at);
    await edit(root, 'versions/qa.yaml', (text) => `${text}# not committed\n`);
    await writeFile(join(root, 'untracked'), 'x');
    await git(root, ['rm', '--quiet', 'README.md']);
    const [before, head] = [await visible(root), await gitText(at, ['rev-parse', 'main'])];
    const { stdout, stderr } = await succeed(root, 'release', 'qa', '--push');

    expect(await changedFiles(at, 'main')).toEqual(sevenFiles('qa'));
    expect(await gitText(at, ['rev-parse', 'main^'])).toBe(head);
    expect(await gitText(at, ['cat-file', '-t', 'release/qa/1'])).toBe('tag');
    expect(await gitText(at, ['rev-parse', 'release/qa/1^{}'])).toBe(
      await gitText(at, ['rev-parse', 'main']),
    );
    expect(await show(at, '%s|%an|%cn', 'main')).toBe('chore(qa): release 1 [skip ci]|Ada|Ada');
    expect(await contentAt(at, 'main', 'versions/qa.yaml')).not.toContain('not committed');
    expect(await visible(root)).toEqual(before);
    expect(stdout).toContain('release/qa/1');
    expect(stderr).toContain(`pushed release/qa/1 and its commit`);
  });

  it('is not due a second time', async () => {
    const at = await released();
    const root = await clone(at);
    const before = await refsOf(at);
    const { stderr, stdout } = await succeed(root, 'release', 'qa', '--push');

    expect(stderr).toBe('nothing is due: "qa" is as release/qa/1 left it\n');
    expect(stdout).toBe('');
    expect(await refsOf(at)).toBe(before);
  });

  it('is of what the remote has: commits that were not pushed do not count', async () => {
    const at = await released();
    const root = await clone(at);
    await edit(root, 'envs/qa/common-node-values.yaml', (text) => `${text}\nx: 1\n`);
    await commitAll(root, 'Mine', ada);
    const { stderr } = await succeed(root, 'release', 'qa', '--push');

    expect(stderr).toContain('nothing is due');
  });

  it.each<[what: string, args: string[], env: Record<string, string>, isPushed: boolean]>([
    ['in CI', [], { CI: 'true' }, true],
    ['not elsewhere', [], {}, false],
    ['not where CI is false', [], { CI: 'false' }, false],
    ['not in CI with --no-push', ['--no-push'], { CI: 'true' }, false],
    ['not in CI with TIDEGATE_PUSH=0', [], { CI: 'true', TIDEGATE_PUSH: '0' }, false],
    ['in CI with an empty TIDEGATE_PUSH', [], { CI: 'true', TIDEGATE_PUSH: '' }, true],
    ['elsewhere with TIDEGATE_PUSH=1', [], { TIDEGATE_PUSH: '1' }, true],
    ['not with --no-push over TIDEGATE_PUSH=1', ['--no-push'], { TIDEGATE_PUSH: '1' }, false],
    ['with --push over TIDEGATE_PUSH=0', ['--push'], { TIDEGATE_PUSH: '0' }, true],
  ])('is pushed %s', async (_, args, env, isPushed) => {
    const at = await origin();
    const root = await clone(at);
    const outcome = await tidegate(root, ['release', 'qa', ...args], env);

    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(await gitText(at, ['tag', '--list'])).toBe(isPushed ? 'release/qa/1' : '');
    expect(await gitText(root, ['tag', '--list'])).toBe('release/qa/1');
  });

  it('that is not pushed can be pushed as it says, or is cut anew', async () => {
    const at = await origin();
    const root = await clone(at);
    const before = await visible(root);
    const { stderr } = await succeed(root, 'release', 'qa', '--no-push');

    expect(await visible(root)).toEqual(before);
    const [, command = ''] = /push it: git (.*)$/m.exec(stderr) ?? [];
    await git(root, command.split(' '));
    expect(await gitText(at, ['rev-parse', 'main'])).toBe(
      await gitText(at, ['rev-parse', 'release/qa/1^{}']),
    );
    expect((await succeed(root, 'release', 'qa', '--push')).stderr).toContain('nothing is due');
  });

  it('with --dry-run shows the plan as a diff and writes nothing', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    const before = [await refsOf(at), await refsOf(root), ...(await visible(root))];
    const args = ['release', 'qa', '--dry-run', '--dotenv', 'tidegate.env'];
    const outcome = await tidegate(root, args, { CI: 'true' });

    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(outcome.stdout).toContain('chore(qa): release 2 [skip ci]');
    expect(outcome.stdout).toContain('\n-release: 1\n+release: 2\n');
    expect(outcome.stderr).toContain('dry run: release/qa/2 was not cut');
    expect([await refsOf(at), await refsOf(root), ...(await visible(root))]).toEqual(before);
  });

  it('is told as JSON, and its tag to later jobs', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    const args = ['release', 'qa', '--push', '-o', 'json', '--dotenv', 'tidegate.env'];
    const cut = await succeed(root, ...args);
    const file = join(root, 'tidegate.env');

    expect(JSON.parse(cut.stdout)).toMatchObject({
      environment: 'qa',
      kind: 'release',
      release: 2,
      tag: 'release/qa/2',
      isDue: true,
      isPushed: true,
      commit: await gitText(at, ['rev-parse', 'main']),
      changes: [],
      files: expect.arrayContaining(sevenFiles('qa')) as unknown,
    });
    expect(await readFile(file, 'utf8')).toBe('TIDEGATE_TAG_QA=release/qa/2\n');
    await rm(file);
    const again = await succeed(root, ...args);
    expect(JSON.parse(again.stdout)).toMatchObject({ isDue: false, refusals: [] });
    expect(await readFile(file, 'utf8')).toBe('TIDEGATE_TAG_QA=release/qa/2\n');
  });

  it.each([['--depth=1'], ['--depth=1', '--no-tags'], ['--depth=2', '--single-branch']])(
    'works in a detached clone made with %s %s',
    async (...options) => {
      const at = await released();
      const root = await clone(`file://${at}`, ...options);
      await git(root, ['checkout', '--quiet', '--detach']);
      await git(root, ['branch', '--quiet', '-D', 'main']);
      await pushValues(at, 'qa');
      await succeed(root, 'release', 'qa', '--push');
      const { stdout } = await succeed(root, 'releases', 'qa', '-o', 'json');

      expect(JSON.parse(stdout)).toMatchObject({ releases: [{ release: 2 }, { release: 1 }] });
      expect(await gitText(at, ['log', '--format=%s', '-2', 'main'])).toBe(
        'chore(qa): release 2 [skip ci]\nChange values of qa',
      );
      expect((await git(at, ['fsck', '--connectivity-only'])).exitCode).toBe(0);
    },
  );

  it('works without a remote, for the branch of the clone to take over', async () => {
    const root = await clone(await origin());
    await git(root, ['remote', 'remove', 'origin']);
    const pushed = await tidegate(root, ['release', 'qa', '--push']);
    expect(pushed.exitCode).toBe(2);
    expect(pushed.stderr).toContain('git remote add');

    const outcome = await tidegate(root, ['release', 'qa'], { CI: 'true' });
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(outcome.stderr).toContain('take it over: git merge --ff-only release/qa/1');
    await git(root, ['merge', '--quiet', '--ff-only', 'release/qa/1']);
    expect((await succeed(root, 'release', 'qa')).stderr).toContain('nothing is due');
  });

  it('is by whoever started the pipeline, through the bot that pushes', async () => {
    const at = await origin();
    const root = await clone(at);
    await git(root, ['config', 'user.name', '']);
    for (const name of ['GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL', 'EMAIL']) {
      vi.stubEnv(name, undefined);
    }
    const nobody = await tidegate(root, ['release', 'qa', '--push']);
    const outcome = await tidegate(root, ['release', 'qa', '--push'], {
      GITLAB_USER_NAME: 'Bo <O\'Connor>, "Jr."\n',
      GITLAB_USER_EMAIL: 'bo@example.com',
      GITLAB_BOT_NAME: 'bot',
      GITLAB_BOT_EMAIL: 'bot@example.com',
    });

    expect(nobody.exitCode, nobody.stdout).toBe(4);
    expect(nobody.stderr).toContain('Git does not know who cuts the release');
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(await show(at, '%an <%ae>|%cn', 'main')).toBe('Bo O\'Connor, "Jr <bo@example.com>|bot');
    expect((await succeed(root, 'releases', 'qa')).stdout).toContain('Bo O\'Connor, "Jr."');
  });

  it('needs a first promotion elsewhere', async () => {
    const root = await clone(await origin());
    const outcome = await tidegate(root, ['release', 'prod', '--push']);

    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('tidegate promote preprod prod');
  });

  it.each([
    ['an unknown environment', ['release', 'staging'], 2, 'known environments: qa, preprod, prod'],
    ['an unknown remote, to push to', ['release', 'qa', '--push', '--remote', 'up'], 2, 'a remote'],
    ['an unknown branch', ['release', 'qa', '--branch', 'nope'], 5, 'has no branch "nope"'],
  ])('fails for %s', async (_, args, exitCode, text) => {
    const outcome = await tidegate(await clone(await origin()), args);

    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
  });

  it('fails outside of a repository, and in one that is none of ours', async () => {
    const outside = await folder();
    const other = await folder();
    await initRepository(other, 'main');
    await writeFile(join(other, 'a'), '');
    await commitAll(other, 'Begin', ada);

    expect((await tidegate(outside, ['release', 'qa'])).exitCode).toBe(3);
    const outcome = await tidegate(other, ['release', 'qa']);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain('no tidegate.yaml');
  });

  it('fails where a version is missing, and names the file', async () => {
    const at = await origin();
    const root = await clone(at);
    await edit(root, 'versions/qa.yaml', (text) => text.replace('    chartVersion: "3.1.0"\n', ''));
    await pushAll(root);
    const outcome = await tidegate(root, ['release', 'qa', '--push']);

    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain('versions/qa.yaml');
    expect(await gitText(at, ['tag', '--list'])).toBe('');
  });

  it('is refused where somebody edited a file of the release before', async () => {
    const at = await released();
    const root = await clone(at);
    await edit(root, 'argocd/qa/appset-vault.yaml', (text) => text.replace('1.2.0', '1.3.0'));
    await pushAll(root);
    const before = await refsOf(at);
    const outcome = await tidegate(root, ['release', 'qa', '--push']);

    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('argocd/qa/appset-vault.yaml differs from release/qa/1');
    expect(outcome.stderr).toContain('release/qa/2 was not cut');
    expect(await refsOf(at)).toBe(before);
  });

  it('ends with 130 when it is interrupted, and pushes nothing', async () => {
    const at = await origin();
    const io = testIo({ cwd: await clone(at), signal: AbortSignal.abort() });

    expect(await runProgram(['release', 'qa', '--push'], io)).toBe(130);
    expect(await gitText(at, ['tag', '--list'])).toBe('');
  });
});

describe('promote', () => {
  /** QA is a release ahead. */
  async function ahead(): Promise<{ at: string; root: string }> {
    const at = await releasedAhead();
    const root = await clone(at);
    return { at, root };
  }

  it('takes the versions of the newest release, and values of the environment itself', async () => {
    const { at, root } = await ahead();
    await pushValues(at, 'preprod');
    const { stdout, stderr } = await succeed(root, 'promote', 'qa', 'preprod', '--push');

    expect(stderr).toContain('promoting release/qa/2, planned on');
    expect(stdout).toContain('release/preprod/2, versions of release/qa/2\n');
    expect(await changedFiles(at, 'main')).toEqual(sevenFiles('preprod'));
    expect(await versionsAt(at, 'main', 'preprod')).toBe(
      await versionsAt(at, 'release/qa/2', 'qa'),
    );
    expect(
      await contentAt(at, 'release/preprod/2', 'envs/preprod/common-node-values.yaml'),
    ).toMatch(/x: 1$/);
    expect(await show(at, '%s', 'main')).toBe('chore(preprod): promote versions from qa [skip ci]');
    expect(await show(at, '%b', 'main')).toMatch(/backend image.*v2\.1\.0.*v2\.2\.0/);
  });

  it.each<[what: string, args: string[], env: Record<string, string>, source: string]>([
    ['an empty --release', ['--release', ''], {}, 'release/qa/2'],
    ['an empty TIDEGATE_RELEASE', [], { TIDEGATE_RELEASE: '' }, 'release/qa/2'],
    ['a number', ['--release', '1'], {}, 'release/qa/1'],
    ['a tag', ['--release', 'release/qa/1'], {}, 'release/qa/1'],
    ['a tag in TIDEGATE_RELEASE', [], { TIDEGATE_RELEASE: 'release/qa/1' }, 'release/qa/1'],
  ])('promotes with %s', async (_, args, env, source) => {
    const { root } = await ahead();
    const call = ['promote', 'qa', 'preprod', '--dry-run', '-o', 'json', ...args];
    const outcome = await tidegate(root, call, env);

    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ source });
  });

  it.each([
    ['no number', ['qa', 'preprod', '--release', 'newest'], 2, 'expected a number or a tag'],
    ['another tag', ['qa', 'preprod', '--release', 'release/prod/1'], 2, 'release/qa/<n>'],
    ['an unknown number', ['qa', 'preprod', '--release', '7'], 3, 'newest release: 2'],
    ['an unknown environment', ['staging', 'preprod'], 2, 'known environments'],
    ['itself', ['prod', 'prod'], 1, 'cannot be promoted into itself'],
    ['a step that is skipped', ['qa', 'prod'], 1, 'tidegate promote preprod prod'],
    ['the way back', ['prod', 'qa'], 1, 'builds write its versions'],
    ['one component', ['qa', 'preprod', '--component', 'vault'], 2, 'cannot be promoted alone'],
    ['one node', ['qa', 'preprod', '--node', 'node-alpha'], 2, 'cannot be promoted alone'],
  ])('refuses %s', async (_, args, exitCode, text) => {
    const { at, root } = await ahead();
    const before = [await refsOf(at), await refsOf(root)];
    const outcome = await tidegate(root, ['promote', ...args, '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
    expect([await refsOf(at), await refsOf(root)]).toEqual(before);
  });

  it('does not know a release that only this clone has', async () => {
    const { at, root } = await ahead();
    await pushValues(at, 'qa');
    await succeed(root, 'release', 'qa', '--no-push');
    const outcome = await tidegate(root, ['promote', 'qa', 'preprod', '--release', '3', '--push']);

    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain('"qa" has no release 3');
    expect((await succeed(root, 'promote', 'qa', 'preprod', '--push')).stderr).toContain(
      'promoting release/qa/2',
    );
  });

  it('stays with the release that it planned with, though a newer one comes meanwhile', async () => {
    const { at, root } = await ahead();
    const other = await clone(at);
    await edit(other, 'envs/qa/common-node-values.yaml', (text) => `${text}\nx: 1\n`);
    await pushAll(other);
    await succeed(other, 'release', 'qa', '--no-push');
    const refs = ['refs/tags/release/qa/3:refs/prepared/tag'];
    await git(other, ['push', '--quiet', 'origin', ...refs]);
    await moveDuringPush(
      at,
      1,
      "git update-ref refs/tags/release/qa/3 refs/prepared/tag; git update-ref refs/heads/main 'refs/prepared/tag^{commit}'",
    );
    const { stderr } = await succeed(root, 'promote', 'qa', 'preprod', '--push');

    expect(stderr).toContain('main has moved meanwhile; planning again\n');
    expect(await show(at, '%b', 'release/preprod/2')).toContain('Tidegate-Source: release/qa/2');
    expect(await gitText(at, ['rev-parse', 'release/preprod/2~1'])).toBe(
      await gitText(at, ['rev-parse', 'release/qa/3^{}']),
    );
  });

  it('lowers no version unless that is allowed', async () => {
    const { at, root } = await ahead();
    await succeed(root, 'promote', 'qa', 'preprod', '--push');
    const before = await refsOf(at);
    const args = ['promote', 'qa', 'preprod', '--release', '1', '--push'];
    const refused = await tidegate(root, args);

    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('it would lower backend image from v2.2.0 to v2.1.0');
    expect(refused.stderr).toContain('release/preprod/3 was not cut');
    expect(await refsOf(at)).toBe(before);
    expect(await gitText(root, ['tag', '--list', 'release/preprod/3'])).toBe('');
    await succeed(root, ...args, '--allow-downgrade');
    expect(await versionsAt(at, 'main', 'preprod')).toBe(
      await versionsAt(at, 'release/qa/1', 'qa'),
    );
  });

  it.each([
    ['soak', 'soak: 24h', 'has not been out for 24 h yet'],
    ['freeze', 'freezes: [{ from: 2020-01-01, to: 2999-01-01, reason: holidays }]', 'holidays'],
  ])('waits for the %s gate', async (gate, setting, text) => {
    const { at, root } = await ahead();
    await pull(root);
    await edit(root, 'tidegate.yaml', (definition) =>
      definition.replaceAll('checkRender: false,', `checkRender: false, ${setting},`),
    );
    await pushAll(root);
    const before = await refsOf(at);
    const outcome = await tidegate(root, ['promote', 'qa', 'preprod', '--push', '-o', 'json']);

    expect(outcome.exitCode, outcome.stderr).toBe(1);
    expect(outcome.stderr).toContain(text);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ refusals: [{ gate }] });
    expect(await refsOf(at)).toBe(before);
  });
});

describe('gates that render', () => {
  let charts: string;
  beforeAll(async () => {
    charts = await packedCharts();
  });

  async function strict(change: (root: string) => Promise<void>): Promise<string> {
    const root = await clone(await origin());
    await edit(root, 'tidegate.yaml', (text) => text.replaceAll('false', 'true'));
    await change(root);
    await pushAll(root);
    return root;
  }

  it.each([
    [
      'a chart version that nobody published',
      'versions/qa.yaml',
      ['"3.1.0"', '"3.99.0"'],
      '[charts]',
    ],
    [
      'values that the chart does not take',
      'envs/qa/nodes/node-alpha/values-vault.yaml',
      ['server:', 'noSuchValue: {}\n  server:'],
      '[render]',
    ],
  ] as const)('refuse %s, and nothing is written', async (_, path, [from, to], gate) => {
    const root = await strict((at) => edit(at, path, (text) => text.replace(from, to)));
    const before = await refsOf(root);
    const outcome = await tidegate(root, ['release', 'qa', '--push'], {
      TIDEGATE_CHARTS_URL: charts,
    });

    expect(outcome.exitCode, outcome.stderr).toBe(1);
    expect(outcome.stderr).toContain(gate);
    expect(outcome.stderr).toContain('release/qa/1 was not cut');
    expect(await refsOf(root)).toBe(before);
  });

  it('let pass what renders, and fail where charts cannot be had', async () => {
    const root = await strict(() => Promise.resolve());
    const away = await tidegate(root, ['release', 'qa', '--push'], {
      TIDEGATE_CHARTS_URL: `http://${await deadAddress()}`,
      TIDEGATE_CACHE_DIR: await folder(),
    });
    const outcome = await tidegate(root, ['release', 'qa', '--push'], {
      TIDEGATE_CHARTS_URL: charts,
      TIDEGATE_CACHE_DIR: testCacheDir,
    });

    expect(away.exitCode, away.stderr).toBe(5);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
  });
});

describe('rollback', () => {
  it('brings back versions and values of an earlier release, and the next one undoes it', async () => {
    const at = await released();
    const root = await clone(at);
    await succeed(root, 'versions', 'set', '--env', 'qa', 'vault.imageTag=v1.3.0', '--push');
    await pushValues(at, 'qa');
    await succeed(root, 'release', 'qa', '--push');
    const { stdout } = await succeed(root, 'rollback', 'qa', '--to', '1', '--push');

    expect(stdout).toContain('values of release/qa/1');
    expect(await changedFiles(at, 'main')).toEqual(sevenFiles('qa'));
    expect(await versionsAt(at, 'main', 'qa')).toBe(await versionsAt(at, 'release/qa/1', 'qa'));
    expect(await contentAt(at, 'main', 'argocd/qa/appset-vault.yaml')).toContain('release/qa/1\n');
    expect(await contentAt(at, 'main', 'argocd/qa/appset-vault.yaml')).toContain(
      'tidegate.dev/release: "3"',
    );
    const again = await succeed(root, 'rollback', 'qa', '--to', '1', '--push');
    expect(again.stderr).toContain('nothing is due');
    await pushValues(at, 'qa', 'y: 1');
    await succeed(root, 'release', 'qa', '--push');
    expect(await show(at, '%b', 'main')).toContain('It undoes the rollback of release/qa/3');
  });

  it.each([
    ['no number', [], 2, '--to is missing'],
    ['something else than a number', ['--to', 'release/prod/1'], 2, 'whole number'],
    ['an unknown number', ['--to', '9'], 3, 'newest release: 1'],
  ])('fails for %s', async (_, args, exitCode, text) => {
    const root = await clone(await released());
    const outcome = await tidegate(root, ['rollback', 'prod', '--push', ...args]);

    expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
  });

  it('is refused when nodes came since', async () => {
    const at = await released();
    const root = await clone(at);
    await git(root, ['mv', 'envs/qa/nodes/node-beta', 'envs/qa/nodes/node-new']);
    await pushAll(root);
    await succeed(root, 'release', 'qa', '--push');
    const before = await refsOf(at);
    const outcome = await tidegate(root, ['rollback', 'qa', '--to', '1', '--push']);

    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('node-new came since, node-beta left since');
    expect(await refsOf(at)).toBe(before);
  });
});

describe('versions set', () => {
  const set = ['versions', 'set', '--env', 'qa'];
  const backend = ['backend.chartVersion=3.2.0', 'backend.imageTag=v2.2.0'];

  it('pushes one file, once', async () => {
    const at = await released();
    const root = await clone(at);
    const before = await visible(root);
    const { stdout } = await succeed(root, ...set, ...backend, '--push');
    const refs = await refsOf(at);

    expect(await changedFiles(at, 'main')).toEqual(['versions/qa.yaml']);
    expect(await show(at, '%s', 'main')).toBe('chore(qa): set versions');
    expect(stdout).toMatch(/backend chart.*3\.1\.0.*3\.2\.0\nbackend image.*v2\.1\.0.*v2\.2\.0\n/);
    expect(await visible(root)).toEqual(before);
    const again = await succeed(root, ...set, ...backend, '--push');
    expect(again.stderr).toBe('nothing to do: versions/qa.yaml says so already\n');
    expect(await refsOf(at)).toBe(refs);
  });

  it('takes versions from TIDEGATE_VERSIONS, and marks the commit for pipelines to skip', async () => {
    const at = await released();
    const env = { CI: 'true', TIDEGATE_VERSIONS: ` ${backend.join('  ')}\n` };
    const outcome = await tidegate(await clone(at), [...set, '--skip-ci', '-o', 'json'], env);

    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(await show(at, '%s', 'main')).toBe('chore(qa): set versions [skip ci]');
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      environment: 'qa',
      changes: [
        { name: 'backend', field: 'chartVersion', from: '3.1.0', to: '3.2.0' },
        { name: 'backend', field: 'imageTag', from: 'v2.1.0', to: 'v2.2.0' },
      ],
      commit: await gitText(at, ['rev-parse', 'main']),
    });
  });

  it('edits the work tree where it does not push', async () => {
    const at = await released();
    const root = await clone(at);
    await edit(root, 'versions/qa.yaml', (text) => `${text}# mine\n`);
    const { stderr } = await succeed(root, ...set, ...backend);
    const text = await readFile(join(root, 'versions/qa.yaml'), 'utf8');

    expect(stderr).toContain('wrote versions/qa.yaml; commit and push it');
    expect(text).toContain('chartVersion: "3.2.0"');
    expect(text).toContain('# mine\n');
    expect(await gitText(root, ['status', '--porcelain'])).toBe(' M versions/qa.yaml');
    expect(await gitText(at, ['log', '-1', '--format=%s', 'main'])).toContain('chore(prod)');
  });

  it('with --dry-run shows a diff and writes nothing', async () => {
    const at = await released();
    const root = await clone(at);
    const before = [await refsOf(at), ...(await visible(root))];
    const { stdout } = await succeed(root, ...set, ...backend, '--dry-run', '--push');

    expect(stdout).toContain('\n-    imageTag: v2.1.0\n');
    expect(stdout).toContain('\n+    imageTag: v2.2.0\n');
    expect([await refsOf(at), ...(await visible(root))]).toEqual(before);
  });

  it.each([
    ['another environment', ['--env', 'prod', 'backend.imageTag=v3'], 1, 'tidegate promote'],
    ['an unknown environment', ['--env', 'x', 'backend.imageTag=v3'], 2, 'known environments'],
    ['no environment', ['backend.imageTag=v3'], 2, '--env qa'],
    ['an unknown component', ['--env', 'qa', 'ui.imageTag=v3'], 2, 'known: namespace, vault'],
    ['a word that is none', ['--env', 'qa', 'backend=v3'], 2, 'is no version'],
    ['two values', ['--env', 'qa', 'vault.imageTag=1', 'vault.imageTag=2'], 2, 'given twice'],
    ['a malformed version', ['--env', 'qa', 'backend.chartVersion=newest'], 3, 'versions/qa.yaml'],
    ['a malformed tag', ['--env', 'qa', 'backend.imageTag=a b'], 3, 'versions/qa.yaml'],
    ['no version', ['--env', 'qa'], 2, 'no version is given'],
  ])('refuses %s', async (_, args, exitCode, text) => {
    const at = await released();
    const before = await refsOf(at);
    const outcome = await tidegate(await clone(at), ['versions', 'set', ...args, '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
    expect(await refsOf(at)).toBe(before);
  });

  it('lands beside another build of another component', async () => {
    const at = await released();
    await moveDuringPush(
      at,
      1,
      await prepareCommit(at, (root) =>
        edit(root, 'versions/qa.yaml', (text) => text.replace('v1.5.0', 'v1.6.0')),
      ),
    );
    await succeed(await clone(at), ...set, ...backend, '--push');
    const text = await contentAt(at, 'main', 'versions/qa.yaml');

    expect(text).toContain('imageTag: v2.2.0');
    expect(text).toContain('imageTag: v1.6.0');
  });

  it('is a conflict when the same version was set to another one meanwhile', async () => {
    const at = await released();
    await moveDuringPush(
      at,
      1,
      await prepareCommit(at, (root) =>
        edit(root, 'versions/qa.yaml', (text) => text.replace('v2.1.0', 'v2.9.0')),
      ),
    );
    const outcome = await tidegate(await clone(at), [...set, ...backend, '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(6);
    expect(outcome.stderr).toContain('backend.imageTag is v2.9.0 now');
    expect(await contentAt(at, 'main', 'versions/qa.yaml')).toContain('v2.9.0');
  });
});

describe('releases', () => {
  it('shows what each release changed, from where and by whom, and what is ahead', async () => {
    const root = await clone(await released());
    await succeed(root, 'versions', 'set', '--env', 'qa', 'vault.imageTag=v1.3.0', '--push');
    await succeed(root, 'release', 'qa', '--push');
    const qa = await succeed(root, 'releases', 'qa');
    const preprod = await succeed(root, 'releases', 'preprod');
    const json = JSON.parse((await succeed(root, 'releases', 'preprod', '-o', 'json')).stdout) as {
      ahead: unknown;
    };

    expect(qa.stdout).toMatch(/^RELEASE +DATE +BY +FROM +CHANGES\n +2 +\d{4}-.* Ada .*vault image/);
    expect(qa.stdout).toMatch(/\n +1 .* Ada /);
    expect(preprod.stdout).toMatch(/\n +1 .* release\/qa\/1 /);
    expect(preprod.stderr).toMatch(/^ahead in "qa" \(release\/qa\/2\):\n {2}vault image/);
    expect(json).toMatchObject({
      environment: 'preprod',
      releases: [{ release: 1, tag: 'release/preprod/1', by: 'Ada', source: 'release/qa/1' }],
      ahead: {
        environment: 'qa',
        tag: 'release/qa/2',
        changes: [{ name: 'vault', from: 'v1.2.0', to: 'v1.3.0' }],
      },
    });
    const limited = await succeed(root, 'releases', 'qa', '--limit', '1', '-o', 'json');
    expect(JSON.parse(limited.stdout)).toMatchObject({ releases: [{ release: 2 }] });
  });

  it('shows that there is none yet', async () => {
    const { stdout, stderr } = await succeed(await clone(await origin()), 'releases', 'prod');

    expect(stdout).toBe('RELEASE  DATE  BY  FROM  CHANGES\n');
    expect(stderr).toContain('"prod" has no release yet\n');
    expect(stderr).toContain('"preprod" has no release to promote yet\n');
  });
});

describe('somebody else pushes meanwhile', () => {
  it('five times in a row, and the release lands', async () => {
    const at = await released();
    await pushValues(at, 'prod');
    await moveDuringPush(at, 5, unrelatedCommit);
    const { stderr, stdout } = await succeed(await clone(at), 'release', 'prod', '--push');

    expect(stderr.match(/main has moved meanwhile; planning again/g)).toHaveLength(5);
    expect(stdout.match(/release\/prod\/2/g)).toHaveLength(1);
    expect((await gitText(at, ['log', '-7', '--format=%s', 'main'])).split('\n')).toEqual([
      'chore(prod): release 2 [skip ci]',
      ...Array.from({ length: 5 }, () => 'Unrelated'),
      'Change values of prod',
    ]);
    expect(await gitText(at, ['tag', '--list', 'release/prod/*'])).toBe(
      'release/prod/1\nrelease/prod/2',
    );
  });

  it.each([
    ['values', 'envs/prod/common-node-values.yaml'],
    ['the definition', 'tidegate.yaml'],
  ])('%s of the environment: a conflict that shows what changed', async (_, path) => {
    const at = await released();
    await pushValues(at, 'prod');
    await moveDuringPush(
      at,
      1,
      await prepareCommit(at, (root) => edit(root, path, (text) => `${text}# meanwhile\n`)),
    );
    const root = await clone(at);
    const outcome = await tidegate(root, ['release', 'prod', '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(6);
    expect(outcome.stderr).toContain('"prod" was changed while this was being pushed: ');
    expect(outcome.stderr).toContain('Ada: Somebody else was here');
    expect(await gitText(at, ['tag', '--list', 'release/prod/2'])).toBe('');
    expect(await gitText(root, ['tag', '--list', 'release/prod/2'])).toBe('');
    await succeed(root, 'release', 'prod', '--push');
  });

  it('values of an automatic environment: they come along', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const line = 'meanwhile: 1';
    await moveDuringPush(
      at,
      1,
      await prepareCommit(at, (root) =>
        edit(root, 'envs/qa/common-node-values.yaml', (text) => `${text}\n${line}\n`),
      ),
    );
    await succeed(await clone(at), 'release', 'qa', '--push');

    expect(await contentAt(at, 'release/qa/2', 'envs/qa/common-node-values.yaml')).toContain(line);
  });

  it('the same promotion from another clone: one lands, and nothing is lost', async () => {
    const at = await released();
    const [one, two] = [await clone(at), await clone(at)];
    await succeed(one, 'versions', 'set', '--env', 'qa', 'vault.imageTag=v1.3.0', '--push');
    await succeed(one, 'release', 'qa', '--push');
    const promote = ['promote', 'qa', 'preprod', '--push'];
    const outcomes = await Promise.all([tidegate(one, promote), tidegate(two, promote)]);
    const codes = outcomes.map(({ exitCode }) => exitCode).sort();

    expect([
      [0, 6],
      [0, 0],
    ]).toContainEqual(codes);
    expect(await gitText(at, ['tag', '--list', 'release/preprod/*'])).toBe(
      'release/preprod/1\nrelease/preprod/2',
    );
    expect(await gitText(at, ['log', '--format=%s', 'main'])).toMatch(
      /^chore\(preprod\): promote .*\nchore\(qa\): release 2/,
    );
  });

  it('the release itself: nothing is left to do', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const other = await clone(at);
    await succeed(other, 'release', 'qa', '--no-push');
    await git(other, ['push', '--quiet', 'origin', 'refs/tags/release/qa/2:refs/prepared/tag']);
    await moveDuringPush(
      at,
      1,
      "git update-ref refs/tags/release/qa/2 refs/prepared/tag; git update-ref refs/heads/main 'refs/prepared/tag^{commit}'",
    );
    const { stderr } = await succeed(await clone(at), 'release', 'qa', '--push');

    expect(stderr).toContain('nothing is due: "qa" is as release/qa/2 left it');
    expect(await gitText(at, ['tag', '--list', 'release/qa/*'])).toBe('release/qa/1\nrelease/qa/2');
  });
});

describe('trouble', () => {
  const push = (root: string): ReturnType<typeof tidegate> =>
    tidegate(root, ['release', 'qa', '--push'], { TIDEGATE_GIT_TOKEN: token });

  it('with credentials: they are refused, and appear nowhere', async () => {
    const at = await origin();
    const url = await serve(at, { token: 'another' });
    const outcome = await push(await cloneServed(at, url.replace('//', '//ci:old-t0ken@')));

    expect(outcome.exitCode).toBe(5);
    expect(outcome.stderr).toContain('HTTP Basic: Access denied');
    expect(outcome.stderr).toContain('hint: set TIDEGATE_GIT_TOKEN');
    expect(outcome.stderr + outcome.stdout).not.toMatch(/s3cr3t|t0ken@/);
  });

  it('with the network: exit 5, and nothing is changed', async () => {
    const at = await origin();
    const root = await cloneServed(at, `http://${await deadAddress()}/origin.git`);
    const before = await refsOf(root);
    const outcome = await push(root);

    expect(outcome.exitCode).toBe(5);
    expect(outcome.stderr).toContain('hint: check the network');
    expect(await refsOf(root)).toBe(before);
    const local = await tidegate(root, ['release', 'qa', '--no-fetch']);
    expect(local.exitCode, local.stderr).toBe(0);
  });

  it('between commit and push: nothing is left behind, and a second run completes it', async () => {
    const at = await origin();
    let isTroubled = true;
    const url = await serve(at, {
      trouble: (request) => (isTroubled && isPush(request) ? 'refuse' : undefined),
    });
    const root = await cloneServed(at, url);
    const before = [await refsOf(at), await refsOf(root), ...(await visible(root))];
    const first = await push(root);
    const after = [await refsOf(at), await refsOf(root), ...(await visible(root))];
    isTroubled = false;
    const second = await push(root);

    expect(first.exitCode).toBe(5);
    expect(after).toEqual(before);
    expect(second.exitCode, second.stderr).toBe(0);
    expect(await gitText(at, ['tag', '--list'])).toBe('release/qa/1');
  });

  it('after the push: the answer is lost, and it is through all the same', async () => {
    const at = await origin();
    const url = await serve(at, {
      trouble: (request) => (isPush(request) ? 'lose' : undefined),
    });
    const root = await cloneServed(at, url);
    const outcome = await push(root);

    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(await gitText(root, ['rev-parse', 'release/qa/1'])).toBe(
      await gitText(at, ['rev-parse', 'release/qa/1']),
    );
  });

  it('with a protected branch: exit 5 with what the host says, and a way out', async () => {
    const at = await origin();
    const said = 'GitLab: You are not allowed to push code to protected branches on this project.';
    await putHook(at, 'pre-receive', `echo "${said}" >&2; exit 1`);
    const before = await refsOf(at);
    const outcome = await tidegate(await clone(at), ['release', 'qa', '--push']);

    expect(outcome.exitCode).toBe(5);
    expect(outcome.stderr).toContain(said);
    expect(outcome.stderr).toContain('hint: the token must belong to somebody who may push');
    expect(await refsOf(at)).toBe(before);
  });

  it('with a tag that this clone kept of the same release: it is cut anew', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    await succeed(root, 'release', 'qa', '--no-push');
    const { stderr } = await succeed(root, 'release', 'qa', '--push');

    expect(stderr).toContain('release/qa/2 was cut here before and not pushed; it is cut anew');
    expect(await gitText(root, ['rev-parse', 'release/qa/2'])).toBe(
      await gitText(at, ['rev-parse', 'release/qa/2']),
    );
  });

  it('with a tag that this clone kept of another release: exit 6', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    await succeed(root, 'release', 'qa', '--no-push');
    await succeed(root, 'versions', 'set', '--env', 'qa', 'vault.imageTag=v1.3.0', '--push');
    const before = [await refsOf(at), await refsOf(root)];
    const outcome = await tidegate(root, ['release', 'qa', '--push']);

    expect(outcome.exitCode).toBe(6);
    expect(outcome.stderr).toContain('tag release/qa/2 exists in this clone');
    expect(outcome.stderr).toContain('git tag -d release/qa/2');
    expect([await refsOf(at), await refsOf(root)]).toEqual(before);
  });

  it('with a tag that this clone kept, and that another one has pushed since: exit 6', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    await succeed(root, 'release', 'qa', '--no-push');
    await pushValues(at, 'qa', 'y: 1');
    await succeed(await clone(at), 'release', 'qa', '--push');
    const outcome = await tidegate(root, ['release', 'qa', '--push']);

    expect(outcome.exitCode).toBe(6);
    const [, command = ''] =
      /never pushed, forget it: git (tag -d \S+);/.exec(outcome.stderr) ?? [];
    await git(root, command.split(' '));
    expect((await succeed(root, 'release', 'qa', '--push')).stderr).toContain('release/qa/2');
  });

  it('with a tag that was moved: exit 6', async () => {
    const at = await released();
    const root = await clone(at);
    await git(at, ['update-ref', 'refs/tags/release/prod/1', 'main']);
    const outcome = await tidegate(root, ['releases', 'qa']);

    expect(outcome.exitCode).toBe(6);
    expect(outcome.stderr).toContain('tag release/prod/1 is another one');
  });

  it('with a tag that the branch knows nothing of: exit 6', async () => {
    const at = await released();
    await pushValues(at, 'qa');
    const root = await clone(at);
    await succeed(root, 'release', 'qa', '--no-push');
    await git(root, ['push', '--quiet', 'origin', 'release/qa/2']);
    const outcome = await tidegate(await clone(at), ['release', 'qa', '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(6);
    expect(outcome.stderr).toContain('bring the commit of release/qa/2 to the branch');
    expect(await gitText(at, ['tag', '--list', 'release/qa/*'])).toBe('release/qa/1\nrelease/qa/2');
  });

  it('with a release whose tag does not agree with itself: it is not promoted', async () => {
    const at = await released();
    const root = await clone(at);
    const parent = await gitText(at, ['rev-parse', 'main']);
    const text = await contentAt(root, 'main', 'versions/qa.yaml');
    const commit = await writeCommit(root, {
      parent,
      files: [
        { path: 'versions/qa.yaml', content: `${text.replace('release: 1', 'release: 2')}\n` },
      ],
      removed: [],
      message: 'By hand\n',
      author: ada,
      committer: ada,
      dateSeconds: 0,
    });
    const name = 'release/qa/2';
    const tag = { name, commit, message: 'By hand\n', tagger: ada, dateSeconds: 0 };
    const object = await writeTag(root, tag);
    const specs = [`${commit}:refs/heads/main`, `${object}:refs/tags/${name}`];
    await git(root, ['push', '--quiet', 'origin', ...specs]);
    const outcome = await tidegate(root, ['promote', 'qa', 'preprod', '--push']);

    expect(outcome.exitCode, outcome.stderr).toBe(1);
    expect(outcome.stderr).toMatch(/argocd\/qa\/.* at release\/qa\/2 does not say/);
    expect(outcome.stderr).toContain('tidegate releases qa');
  });
});
