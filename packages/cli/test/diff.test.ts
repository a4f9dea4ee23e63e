import { git } from '@tidegate/node';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  gitlabStandIns,
  standInMergeRequest,
  standInToken,
} from '../../node/test/gitlab-stand-in.ts';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import {
  commitFolder,
  commitRelease,
  exampleFolder,
  packedCharts,
  removeFolder,
  snapshot,
  temporaryFolder,
  testCacheDir,
} from './workbench.ts';

/** Whole commands over the repository of `init` and the project's charts. */
const made: string[] = [];
let charts: string;

beforeAll(async () => {
  charts = await packedCharts();
}, 120_000);

afterEach(async () => {
  await Promise.all(made.splice(0).map(removeFolder));
});

async function repository(): Promise<string> {
  const root = await exampleFolder();
  made.push(root);
  await commitFolder(root, 'Begin');
  return root;
}

async function edit(root: string, path: string, from: string | RegExp, to: string): Promise<void> {
  const file = join(root, path);
  const text = await readFile(file, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${path} has no ${String(from)}`);
  await writeFile(file, changed);
}

async function diff(
  root: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const io = testIo({
    cwd: root,
    env: { TIDEGATE_CHARTS_URL: charts, TIDEGATE_CACHE_DIR: testCacheDir, ...env },
  });
  const exitCode = await runProgram(['diff', ...args], io);
  return { exitCode, ...io.printed };
}

const common = 'envs/qa/common-node-values.yaml';

describe('tidegate diff', () => {
  test('shows what a branch changes, and leaves the work tree alone', async () => {
    const root = await repository();
    await git(root, ['checkout', '--quiet', '-b', 'feature']);
    await edit(root, common, 'consensusTimeout: 5s', 'consensusTimeout: 6s');
    await commitFolder(root, 'Slower');
    await writeFile(join(root, common), 'not: [committed');
    const before = await snapshot(root);
    const { exitCode, stdout } = await diff(root);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('3 of 46 Applications change');
    expect(stdout).toMatch(/-\s+consensusTimeout: 5s\n.*\+\s+consensusTimeout: 6s\n/);
    expect(stdout).toContain('3 nodes: node-alpha, node-beta, node-gamma');
    expect(stdout).toContain('backup → wave 2: backend');
    expect(await snapshot(root)).toEqual(before);
  });

  test('finds nothing where nothing changes', async () => {
    const root = await repository();
    const { exitCode, stdout } = await diff(root, ['--base', 'HEAD']);

    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('No change')]);
  });

  test('shows the files as they are when told to', async () => {
    const root = await repository();
    await edit(root, common, 'replicaCount: 1', 'replicaCount: 2');
    const result = await diff(root, ['--base', 'HEAD', '--worktree', '--env', 'qa', '-o', 'json']);
    const report = JSON.parse(result.stdout) as { environments: { environment: string }[] };

    expect(result.exitCode).toBe(1);
    expect(report.environments.map(({ environment }) => environment)).toEqual(['qa']);
    expect(result.stdout).toContain('"replicas"');
    expect((await diff(root, ['--base', 'HEAD', '--worktree', '--allow-changes'])).exitCode).toBe(
      0,
    );
  });

  test('shows what the next release changes on top of a release', async () => {
    const root = await repository();
    const by = { GITLAB_BOT_NAME: 'Bot', GITLAB_BOT_EMAIL: 'bot@example.com', TIDEGATE_DIFF: '0' };
    const settings = { TIDEGATE_CHARTS_URL: charts, TIDEGATE_CACHE_DIR: testCacheDir };
    const io = testIo({ cwd: root, env: { ...settings, ...by } });
    expect(await runProgram(['release', 'qa', '--no-push'], io), io.printed.stderr).toBe(0);
    await git(root, ['merge', '--quiet', '--ff-only', 'release/qa/1']);
    await edit(root, 'versions/qa.yaml', 'v2.1.0', 'v2.0.9');
    await commitFolder(root, 'An older backend');
    const { exitCode, stdout } = await diff(root, ['--from', 'release/qa/1']);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('release/qa/1 → the next release on HEAD');
    expect(stdout).toContain('image downgrade');
  });

  test('does not take another revision for the one that a release pins', async () => {
    const root = await repository();
    await edit(root, 'versions/qa.yaml', 'release: 0', 'release: 1');
    await commitRelease(root, 'release/qa/1');
    const { exitCode, stderr } = await diff(root, ['--from', 'release/qa/1']);

    expect(exitCode).toBe(3);
    expect(stderr).toContain('release/qa/1 pins revision "release/qa/0", which does not exist');
  });

  test('shows an added and a removed node, with all that comes and goes', async () => {
    const root = await repository();
    const io = testIo({ cwd: root });
    await runProgram(['node', 'add', 'qa', 'node-new'], io);
    await rm(join(root, 'envs/qa/nodes/node-beta'), { recursive: true });
    await commitFolder(root, 'Other nodes');
    const { exitCode, stdout } = await diff(root, ['--base', 'HEAD~1', '-o', 'json']);
    const { environments } = JSON.parse(stdout) as {
      environments: {
        nodesAdded: string[];
        nodesRemoved: string[];
        groups: { source: string }[];
      }[];
    };

    expect(exitCode).toBe(1);
    expect(environments[0]).toMatchObject({
      nodesAdded: ['node-new'],
      nodesRemoved: ['node-beta'],
    });
    expect(new Set(environments[0]?.groups.map(({ source }) => source))).toEqual(
      new Set(['non-admin', 'admin', 'files']),
    );
  });

  test('shows what cannot be rendered, and fails', async () => {
    const root = await repository();
    await edit(root, 'envs/qa/nodes/node-alpha/values-backend.yaml', /role: \w+/, 'role: king');
    await commitFolder(root, 'A wrong role');
    const { exitCode, stdout } = await diff(root, ['--base', 'HEAD~1']);

    expect(exitCode).toBe(3);
    expect(stdout).toContain('dlt-node-alpha-backend-qa');
    expect(stdout).toContain('backend.node.role');
  });

  test('shows that a secret changes, and never what it is', async () => {
    const root = await repository();
    const env = (secret: string): string =>
      `  env:\n    API_TOKEN: ${secret}\n    LOG_LEVEL: debug`;
    const secrets = ['hunter2-hunter2-hunter2', 'correct-horse-battery'];
    await edit(
      root,
      common,
      /frontend:\n/,
      `frontend:\n${env(secrets[0] ?? '')}\n`.replace(/\n {4}LOG_LEVEL: debug/, ''),
    );
    await edit(root, common, /\n {2}env:\n {4}LOG_LEVEL: \w+/, '');
    await commitFolder(root, 'One');
    await edit(root, common, secrets[0] ?? '', secrets[1] ?? '');
    await commitFolder(root, 'Another');
    for (const format of ['text', 'markdown', 'json', 'html']) {
      const { exitCode, stdout, stderr } = await diff(root, ['--base', 'HEAD~1', '-o', format]);

      expect(exitCode).toBe(1);
      for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
      expect(stdout).toContain('masked');
    }
  });

  test('writes its page and its data', async () => {
    const root = await repository();
    await edit(root, common, 'replicaCount: 1', 'replicaCount: 2');
    await commitFolder(root, 'Two');
    const out = await temporaryFolder();
    made.push(out);
    await diff(root, [
      '--base',
      'HEAD~1',
      '--html',
      join(out, 'a.html'),
      '--json',
      join(out, 'a.json'),
    ]);

    expect(await readFile(join(out, 'a.html'), 'utf8')).toContain('<!doctype html>');
    expect(JSON.parse(await readFile(join(out, 'a.json'), 'utf8'))).toMatchObject({ head: 'HEAD' });
  });

  test.each<[args: string[], exitCode: number, message: string]>([
    [['--env', 'nowhere'], 2, 'environment "nowhere" is not in tidegate.yaml'],
    [['--base', 'nowhere'], 3, 'revision "nowhere" is not in this clone'],
    [['--from', 'release/qa/7'], 3, '"qa" has no release 7'],
    [['--from', '7'], 2, 'name it with --env'],
    [['--from', 'release/qa/x'], 2, 'expected a tag release/<env>/<n>'],
    [['--worktree', '--head', 'HEAD'], 2, '--head and --worktree exclude each other'],
    [['--base', 'HEAD', '--post'], 2, '--post needs the variable'],
  ])('refuses %j', async (args, exitCode, message) => {
    const root = await repository();
    const result = await diff(root, args);

    expect(result.stderr).toContain(message);
    expect(result.exitCode).toBe(exitCode);
  });

  test('needs a Git repository', async () => {
    const root = await exampleFolder();
    made.push(root);
    const result = await diff(root);

    expect([result.exitCode, result.stderr]).toEqual([
      3,
      expect.stringContaining('is no Git repository'),
    ]);
  });
});

describe('the note of a merge request', () => {
  const startStandIn = gitlabStandIns();

  test('is written once and then updated', async () => {
    const root = await repository();
    const gitlab = await startStandIn();
    const env = {
      CI: 'true',
      CI_API_V4_URL: gitlab.apiUrl,
      CI_PROJECT_ID: '42',
      CI_MERGE_REQUEST_IID: String(standInMergeRequest),
      CI_JOB_URL: 'https://gitlab.example.com/org/gitops/-/jobs/9',
      TIDEGATE_NOTES_TOKEN: standInToken,
      TIDEGATE_MASK_KEY: 'key',
    };
    await edit(root, common, 'replicaCount: 1', 'replicaCount: 2');
    await commitFolder(root, 'Two');
    const args = ['--base', 'HEAD~1', '--post', '--allow-changes'];
    expect((await diff(root, args, env)).stderr).toContain('created');
    expect((await diff(root, args, env)).stderr).toContain('unchanged');
    await edit(root, common, 'replicaCount: 2', 'replicaCount: 1');
    await commitFolder(root, 'One again');
    const last = await diff(root, ['--base', 'HEAD~2', '--post'], env);

    expect([last.exitCode, last.stderr]).toEqual([0, expect.stringContaining('updated')]);
    expect(gitlab.notes).toHaveLength(1);
    expect(gitlab.notes[0]?.body).toContain('No change');
  });

  test('is left out in a pipeline without a token', async () => {
    const root = await repository();
    const result = await diff(root, ['--base', 'HEAD', '--post'], { CI: 'true' });

    expect([result.exitCode, result.stderr]).toEqual([0, expect.stringContaining('not posted')]);
  });
});
