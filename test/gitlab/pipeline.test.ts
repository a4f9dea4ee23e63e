import { defaultNetwork, parseYaml } from '@tidegate/core';
import { git } from '@tidegate/node';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateGitlabCi } from '../../packages/core/src/generate/gitlab-ci.ts';
import {
  evaluatePipeline,
  type CiConfig,
  type PipelineSource,
} from '../../packages/core/src/gitlab/index.ts';
import {
  commit,
  openProject,
  readCalls,
  startPipeline,
  type LocalPipeline,
  type LocalProject,
} from './pipeline.ts';

const network = defaultNetwork();
const file = generateGitlabCi(network, { ...network.ci, liveDiff: ['qa'] });
const config = parseYaml(file.content, file.path).value as CiConfig;

let project: LocalProject;
let record: string;

beforeAll(async () => {
  const files = ['tidegate.yaml', 'versions/qa.yaml'].map((path) => ({ path, content: '{}\n' }));
  const program = new URL('fake-tidegate.js', import.meta.url);
  project = await openProject([file, ...files], program);
  record = join(project.folder, 'calls');
});

beforeEach(async () => {
  await rm(record, { force: true });
});

afterAll(async () => {
  await project.remove();
});

/** A pipeline on main, with the stand-in for tidegate. */
function start(
  source: PipelineSource,
  variables: Readonly<Record<string, string>> = {},
): Promise<LocalPipeline> {
  const own = { FAKE_TIDEGATE_RECORD: record, ...variables };
  return startPipeline(project, { source, branch: 'main', variables: own });
}

/** What tidegate was called with, call by call. */
async function commands(): Promise<string[]> {
  return (await readCalls(record)).map(({ args }) => args.join(' '));
}

describe('the jobs that gitlab-ci-local finds', () => {
  test.each<[PipelineSource]>([
    ['push'],
    ['web'],
    ['trigger'],
    ['api'],
    ['pipeline'],
    ['merge_request_event'],
  ])('for %s are those that our evaluator finds', async (source) => {
    const listed = await (await start(source)).list();
    const ours = evaluatePipeline(config, { source, branch: 'main' });

    expect(
      listed
        .filter((job) => job.when !== 'never')
        .map((job) => [job.name, job.when, job.allow_failure]),
    ).toEqual(ours.created ? ours.jobs.map((j) => [j.name, j.when, j.allowFailure]) : []);
  });
});

test('a merge request is compared with a cluster where a kubeconfig for it is there', async () => {
  const kubeconfig = '/builds/org/gitops.tmp/a file with blanks';
  const names = async (variables: Readonly<Record<string, string>>): Promise<string[]> => {
    const listed = await (await start('merge_request_event', variables)).list();
    return listed.filter(({ when }) => when !== 'never').map(({ name }) => name);
  };
  const pipeline = await start('merge_request_event', { TIDEGATE_KUBECONFIG_QA: kubeconfig });
  const { exitCode, log } = await pipeline.run('manifest-diff-live-qa');

  expect(await names({})).toEqual(['review', 'manifest-diff']);
  expect(await names({ TIDEGATE_KUBECONFIG_QA: kubeconfig })).toEqual([
    'review',
    'manifest-diff',
    'manifest-diff-live-qa',
  ]);
  expect(exitCode, log).toBe(0);
  const [call] = await readCalls(record);
  expect(call?.args.slice(0, 7)).toEqual([
    'diff',
    '--live',
    '--env',
    'qa',
    '--head',
    'HEAD',
    '--kubeconfig',
  ]);
  expect(call?.args[7]).toBe(kubeconfig);
});

test('a push releases qa, and what is promoted by hand is what the job before has released', async () => {
  const pipeline = await start('push');

  for (const job of ['update-qa', 'promote-preprod', 'promote-prod']) {
    const { exitCode, log } = await pipeline.run(job);
    expect(exitCode, log).toBe(0);
  }
  expect(await commands()).toEqual([
    'release qa --push --dotenv tidegate.env',
    'promote qa preprod --push --dotenv tidegate.env --release release/qa/10',
    'promote preprod prod --push --dotenv tidegate.env --release release/preprod/20',
  ]);
});

test('a release by hand hands its tag on too', async () => {
  const pipeline = await start('web');

  await pipeline.run('release-preprod');
  await pipeline.run('promote-prod');

  expect(await commands()).toEqual([
    'release preprod --push --dotenv tidegate.env',
    'promote preprod prod --push --dotenv tidegate.env --release release/preprod/10',
  ]);
});

test('without a release in the pipeline none is named, unless the pipeline was started with one', async () => {
  await (await start('web')).run('promote-preprod');
  await (await start('web', { TIDEGATE_TAG_QA: 'release/qa/3' })).run('promote-preprod');

  expect((await readCalls(record)).map(({ args }) => args.at(-1))).toEqual(['', 'release/qa/3']);
});

test('a trigger sets versions, then releases: what came from outside reaches no shell', async () => {
  const versions = 'backend.imageTag=v1`touch a`$(touch b);touch c "d" \'e\' *';
  const pipeline = await start('trigger', { TIDEGATE_VERSIONS: versions });

  const { exitCode, log } = await pipeline.runAll();

  expect(exitCode, log).toBe(0);
  expect(await commands()).toEqual([
    'versions set --env qa --skip-ci --push',
    'release qa --push --dotenv tidegate.env',
  ]);
  expect((await readCalls(record))[0]?.env['TIDEGATE_VERSIONS']).toBe(versions);
  const { stdout } = await git(pipeline.clone, ['status', '--porcelain', '--ignored']);
  expect(stdout.toString()).not.toMatch(/ [abc]$/m);
});

test('a release that fails is the end: what comes after it does not run', async () => {
  const pipeline = await start('push', { FAKE_TIDEGATE_EXIT: '6' });

  const { exitCode } = await pipeline.runAll(['promote-preprod']);

  expect(exitCode).not.toBe(0);
  expect(await commands()).toEqual(['release qa --push --dotenv tidegate.env']);
});

test('jobs see the token, the cache below the project, and who commits', async () => {
  const pipeline = await start('push', { TIDEGATE_GIT_TOKEN: 'a-token' });
  await pipeline.run('update-qa');

  const [call] = await readCalls(record);
  expect(call?.env).toMatchObject({
    TIDEGATE_GIT_TOKEN: 'a-token',
    TIDEGATE_CACHE_DIR: expect.stringMatching(/\/\.tidegate-cache$/) as unknown,
    GITLAB_BOT_NAME: 'CI Bot',
    GITLAB_BOT_EMAIL: 'ci-bot@example.com',
    GIT_DEPTH: '10',
  });
});

test('a review has the tags of all releases, which the clone of a pipeline lacks', async () => {
  const note = { path: 'note.md', content: 'x\n' };
  const tag = 'release/qa/1';
  await commit(project, { branch: 'main', files: [note], message: 'Release', tag });
  const pipeline = await start('merge_request_event');
  const tagsOf = async (): Promise<string> =>
    (await git(pipeline.clone, ['tag', '--list'])).stdout.toString();
  expect(await tagsOf()).toBe('');

  const { exitCode, log } = await pipeline.run('review');

  expect(exitCode, log).toBe(0);
  expect(await tagsOf()).toBe(`${tag}\n`);
  expect(await commands()).toEqual([
    'generate --check',
    'render qa --output-dir rendered/qa',
    'render preprod --output-dir rendered/preprod',
    'render prod --output-dir rendered/prod',
  ]);
});
