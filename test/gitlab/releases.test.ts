import { defaultAnswers, type FileContent } from '@tidegate/core';
import { git } from '@tidegate/node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryFiles } from '../../packages/cli/src/commands/init.ts';
import { packedCharts, testCacheDir } from '../../packages/cli/test/workbench.ts';
import {
  commit,
  openProject,
  startPipeline,
  type JobResult,
  type LocalProject,
} from './pipeline.ts';

/**
 * The generated pipeline with the real program against a bare repository, job by job as GitLab would
 * run them: a merge releases QA, people promote, a build hands over versions.
 */
let project: LocalProject;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  const program = new URL('../../packages/cli/bin/tidegate.js', import.meta.url);
  project = await openProject(await repositoryFiles(defaultAnswers, true), program);
  variables = {
    TIDEGATE_CHARTS_URL: await packedCharts(),
    TIDEGATE_CACHE_DIR: testCacheDir,
    GITLAB_USER_NAME: 'Some Body',
    GITLAB_USER_EMAIL: 'some.body@example.com',
  };
}, 120_000);

afterAll(async () => {
  await project.remove();
});

async function inBare(...args: string[]): Promise<string> {
  return (await git(project.bare, args)).stdout.toString().trim();
}

async function tags(): Promise<string[]> {
  const text = await inBare('tag', '--list', 'release/*', '--sort=refname');
  return text.split('\n').filter((line) => line !== '');
}

/** A values file of main with more replicas of the frontend. */
async function withReplicas(path: string, count: number): Promise<FileContent> {
  const text = `${await inBare('show', `main:${path}`)}\n`;
  return { path, content: text.replace(/replicaCount: \d+/, `replicaCount: ${count}`) };
}

function subjects(count: number): Promise<string> {
  return inBare('log', `-${count}`, '--format=%s', 'main');
}

function succeeded({ exitCode, log }: JobResult): void {
  expect(exitCode, log).toBe(0);
}

describe('from a merge to production', () => {
  test('a push to main releases qa by itself, and nothing else', async () => {
    const pipeline = await startPipeline(project, { source: 'push', branch: 'main', variables });
    succeeded(await pipeline.runAll());

    expect(await tags()).toEqual(['release/qa/1']);
    expect(await subjects(1)).toBe('chore(qa): release 1 [skip ci]');
    expect(await inBare('log', '-1', '--format=%an %cn', 'main')).toBe('Some Body CI Bot');
    const changed = await inBare('diff', '--name-only', 'main~1', 'main');
    expect(changed.split('\n')).toHaveLength(7);
  }, 120_000);

  test('the gates are manual: each promotes what the job before it released', async () => {
    const pipeline = await startPipeline(project, { source: 'push', branch: 'main', variables });
    succeeded(await pipeline.run('update-qa'));
    // Released meanwhile by another pipeline: what was approved is promoted all the same.
    await commit(project, {
      branch: 'main',
      files: [await withReplicas('envs/qa/common-node-values.yaml', 5)],
      message: 'One replica more',
    });
    const other = await startPipeline(project, { source: 'push', branch: 'main', variables });
    succeeded(await other.runAll());
    expect(await tags()).toEqual(['release/qa/1', 'release/qa/2']);
    succeeded(await pipeline.run('promote-preprod'));
    succeeded(await pipeline.run('promote-prod'));

    expect(await tags()).toEqual([
      'release/preprod/1',
      'release/prod/1',
      'release/qa/1',
      'release/qa/2',
    ]);
    expect(await inBare('tag', '--list', '--format=%(contents)', 'release/preprod/1')).toContain(
      'Tidegate-Source: release/qa/1',
    );
    expect(await inBare('tag', '--list', '--format=%(contents)', 'release/prod/1')).toContain(
      'Tidegate-Source: release/preprod/1',
    );
  }, 240_000);

  test('a build hands over versions; update-qa of the same pipeline releases them', async () => {
    const handed = { TIDEGATE_VERSIONS: 'frontend.imageTag=v1.6.0 vault.imageTag=v1.2.1' };
    const request = { source: 'trigger', branch: 'main', variables: { ...variables, ...handed } };
    succeeded(await (await startPipeline(project, request)).runAll());

    expect(await subjects(2)).toBe(
      'chore(qa): release 3 [skip ci]\nchore(qa): set versions [skip ci]',
    );
    expect(await inBare('show', 'release/qa/3:versions/qa.yaml')).toContain('v1.6.0');
    // The same again changes nothing.
    succeeded(await (await startPipeline(project, request)).runAll());
    expect(await subjects(1)).toBe('chore(qa): release 3 [skip ci]');
  }, 240_000);

  test('new values of an environment are released by hand, with the same versions', async () => {
    await commit(project, {
      branch: 'main',
      files: [await withReplicas('envs/preprod/common-node-values.yaml', 6)],
      message: 'Three replicas',
    });
    const pipeline = await startPipeline(project, { source: 'push', branch: 'main', variables });
    const result = await pipeline.run('release-preprod');
    succeeded(result);

    expect(result.log).toContain('changed: envs/preprod/common-node-values.yaml');
    expect(await subjects(1)).toBe('chore(preprod): release 2 [skip ci]');
    expect(await inBare('show', 'release/preprod/2:versions/preprod.yaml')).toContain('v1.5.0');
  }, 120_000);

  test('a review checks and renders', async () => {
    await inBare('branch', 'feature', 'main');
    const pipeline = await startPipeline(project, {
      source: 'merge_request_event',
      branch: 'feature',
      variables,
    });

    succeeded(await pipeline.run('review'));
  }, 120_000);

  test('the manifest diff of a merge request is a page among its artifacts', async () => {
    const values = await withReplicas('envs/prod/common-node-values.yaml', 7);
    await commit(project, { branch: 'feature', files: [values], message: 'Seven' });
    const base = await inBare('merge-base', 'main', 'feature');
    const pipeline = await startPipeline(project, {
      source: 'merge_request_event',
      branch: 'feature',
      variables: { ...variables, CI_MERGE_REQUEST_DIFF_BASE_SHA: base },
    });
    const result = await pipeline.run('manifest-diff');
    succeeded(result);

    expect(result.log).toContain('replicas: 7');
    const page = await readFile(join(pipeline.clone, 'manifest-diff.html'), 'utf8');
    expect(page).toContain('<!doctype html>');
  }, 120_000);

  test('a review fails for a generated file that was edited by hand', async () => {
    const files = [{ path: 'argocd/prod/app-backup.yaml', content: '# Emptied.\n' }];
    await commit(project, { branch: 'edited', files, message: 'Edit' });
    const pipeline = await startPipeline(project, {
      source: 'merge_request_event',
      branch: 'edited',
      variables,
    });
    const { exitCode, log } = await pipeline.run('review');

    expect(exitCode).not.toBe(0);
    expect(log).toContain('argocd/prod/app-backup.yaml');
  }, 120_000);
});
