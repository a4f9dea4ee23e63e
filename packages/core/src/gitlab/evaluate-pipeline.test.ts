import { describe, expect, test } from 'vitest';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { evaluatePipeline, type PipelineRequest } from './evaluate-pipeline.ts';
import type { CiConfig } from './resolve-extends.ts';

const push: PipelineRequest = { source: 'push', branch: 'main' };

function configOf(text: string): CiConfig {
  return parseYaml(text, '.gitlab-ci.yml').value as CiConfig;
}

/** Each job as `stage/name when`, with a `?` where the pipeline goes on without it. */
function jobsOf(config: CiConfig, request: PipelineRequest = push): string[] | string {
  const result = evaluatePipeline(config, request);
  if (!result.created) return result.reason;
  return result.jobs.map(
    ({ name, stage, when, allowFailure }) => `${stage}/${name} ${when}${allowFailure ? '?' : ''}`,
  );
}

const plain = configOf(`
default: { image: alpine }
variables: { LEVEL: root, KEPT: { value: kept, description: text } }
.hidden: { script: x }
last: { stage: .post, script: x }
deploy: { stage: deploy, script: x, when: manual }
test: { script: x, allow_failure: true }
compile: { stage: build, script: x, allow_failure: { exit_codes: 3 } }
`);

test('jobs come in the order of their stages, hidden ones not at all', () => {
  expect(jobsOf(plain)).toEqual([
    'build/compile on_success',
    'test/test on_success?',
    'deploy/deploy manual?',
    '.post/last on_success',
  ]);
});

describe('jobs without rules', () => {
  test('are in no pipeline of a merge request, unless the workflow has rules', () => {
    const request: PipelineRequest = { source: 'merge_request_event', branch: 'feature' };

    expect(jobsOf(plain, request)).toBe('no jobs');
    expect(jobsOf({ ...plain, workflow: { rules: [{}] } }, request)).toHaveLength(4);
  });

  test('at the ends alone make no pipeline', () => {
    expect(jobsOf(configOf('a: { stage: .pre, script: x }'))).toBe('no jobs');
  });
});

describe('the workflow', () => {
  const config = configOf(`
workflow:
  rules:
    - if: $CI_COMMIT_TAG
      when: never
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      variables: { LEVEL: workflow }
    - if: $CI_OPEN_MERGE_REQUESTS
      when: always
variables: { LEVEL: root }
job: { script: x, rules: [{ if: $LEVEL == "workflow", when: always }, { when: on_failure }] }
`);

  test.each<[string, PipelineRequest, string[] | string]>([
    ['a tag', { source: 'push', tag: 'v1' }, 'filtered out by workflow:rules'],
    ['a branch', { source: 'push', branch: 'x' }, 'filtered out by workflow:rules'],
    ['the default branch', push, ['test/job always']],
    [
      'a branch with a merge request',
      { source: 'push', branch: 'x', hasOpenMergeRequest: true },
      ['test/job on_failure'],
    ],
    [
      'variables of the pipeline before all others',
      { ...push, variables: { LEVEL: 'own' } },
      ['test/job on_failure'],
    ],
  ])('%s', (_, request, expected) => {
    expect(jobsOf(config, request)).toEqual(expected);
  });
});

test.each<[string, PipelineRequest, boolean]>([
  ['a push', { ...push, commitMessage: 'a [skip ci]' }, false],
  ['a push, written otherwise', { ...push, commitMessage: 'a\n\n[CI-skip]' }, false],
  ['what is started on purpose', { ...push, source: 'web', commitMessage: 'a [skip ci]' }, true],
])('[skip ci] in the message: %s', (_, request, expected) => {
  expect(evaluatePipeline(plain, request).created).toBe(expected);
});

describe('variables of a job', () => {
  const config = (inherit: string): CiConfig =>
    configOf(`
variables: { A: root, B: root }
job:
  script: x
  variables: { B: job }
  inherit: ${inherit}
  rules:
    - if: $A == "root" && $B == "job"
      when: always
    - if: $B == "job"
      when: on_failure
`);

  test.each([
    ['{}', 'always'],
    ['{ variables: true }', 'always'],
    ['{ variables: false }', 'on_failure'],
    ['{ variables: [A] }', 'always'],
    ['{ variables: [B] }', 'on_failure'],
  ])('inherit: %s', (inherit, when) => {
    expect(jobsOf(config(inherit))).toEqual([`test/job ${when}`]);
  });
});

test('a pipeline is refused where a job needs one that is left out, unless it is optional', () => {
  const config = (need: string): CiConfig =>
    configOf(`
first: { script: x, rules: [{ if: $NOBODY }] }
second: { script: x, needs: [${need}] }
`);

  expect(jobsOf(config('first'))).toBe('"second" needs "first", which is not there');
  expect(jobsOf(config('{ job: first }'))).toContain('needs');
  expect(jobsOf(config('{ job: first, optional: true }'))).toEqual(['test/second on_success']);
  expect(jobsOf(config('{ project: a/b, job: first, ref: main }'))).toHaveLength(1);
});

test('a fault in a clause is a fault of the pipeline', () => {
  const rule = '{ changes: { paths: [a], compare_to: nobody } }';

  expect(jobsOf(configOf(`a: { script: x, rules: [${rule}] }`))).toMatch(/^a: .*not a valid ref/);
  const workflow = configOf(`workflow: { rules: [${rule}] }\na: { script: x }`);
  expect(jobsOf(workflow)).toMatch(/not a valid ref/);
});

test.each([
  ['a: { stage: test }', 'job "a" has neither "script" nor "trigger"'],
  ['a: { script: x, only: [main] }', 'job "a" has "only"; expected "rules"'],
  ['a: { script: x, stage: nowhere }', 'job "a" has the unknown stage "nowhere"'],
  ['a: { script: x, rules: [{}], start_in: 1 day }', 'job "a" has "start_in" beside "rules"'],
  ['a: { script: x, extends: .nobody }', 'job ".nobody" is not there, or no map'],
  ['.b: { extends: .b }\na: { script: x, extends: .b }', 'extended too deep, or by itself'],
])('refuses %j', (text, message) => {
  expect(() => jobsOf(configOf(text))).toThrow(message);
});

test('delayed jobs say when they start', () => {
  const result = evaluatePipeline(
    configOf('a: { script: x, when: delayed, start_in: 1 day }'),
    push,
  );
  expect(result).toMatchObject({ created: true, jobs: [{ when: 'delayed', startIn: '1 day' }] });
});
