import { describe, expect, test } from 'vitest';
import { evaluateRules, type JobDefaults, type RulesResult } from './evaluate-rules.ts';

const variables = { BRANCH: 'main', FOLDER: 'envs', OTHER: 'feature' };

function evaluate(rules: unknown, job: JobDefaults = {}): RulesResult {
  return evaluateRules(rules, job, { variables });
}

describe('which rule decides', () => {
  test.each<[string, unknown, JobDefaults, RulesResult]>([
    ['no rules', undefined, {}, { when: 'on_success' }],
    ['no rules, a job at the end', null, { when: 'always' }, { when: 'always' }],
    ['an empty list', [], { when: 'always' }, { when: 'never' }],
    ['a rule without clauses', [{}], {}, { when: 'on_success' }],
    ['none that matches', [{ if: '$BRANCH == "x"' }], {}, { when: 'never' }],
    [
      'the first that matches',
      [{ if: '$BRANCH == "x"', when: 'always' }, { if: '$BRANCH', when: 'on_failure' }, {}],
      {},
      { when: 'on_failure' },
    ],
    ['one that leaves out', [{ if: '$BRANCH', when: 'never' }, {}], {}, { when: 'never' }],
    [
      'not one that is not understood',
      [{ if: '$BRANCH =' }, { when: 'always' }],
      {},
      { when: 'always' },
    ],
    ['lists in the list', [[[{ if: 'null' }], [{ when: 'always' }]]], {}, { when: 'always' }],
    [
      'with what it says',
      [{ when: 'delayed', start_in: '2 hours', variables: { A: 1, B: { value: 'b' } } }],
      {},
      { when: 'delayed', startIn: '2 hours', variables: { A: '1', B: 'b' } },
    ],
  ])('%s', (_, rules, job, expected) => {
    expect(evaluate(rules, job)).toEqual(expected);
  });
});

describe('whether the pipeline goes on without a manual job', () => {
  const rule = { if: '$BRANCH' };

  test.each<[string, unknown, JobDefaults, boolean | undefined]>([
    ['by the when of the job: yes', undefined, { when: 'manual' }, true],
    ['also where a rule matches', [rule], { when: 'manual' }, true],
    ['unless the job says no', [rule], { when: 'manual', allowFailure: false }, false],
    ['unless the rule says no', [{ ...rule, allow_failure: false }], { when: 'manual' }, false],
    ['by the when of a rule: no', [{ ...rule, when: 'manual' }], {}, undefined],
    ['unless the rule says yes', [{ ...rule, when: 'manual', allow_failure: true }], {}, true],
    ['or the job does', [{ ...rule, when: 'manual' }], { allowFailure: true }, true],
  ])('%s', (_, rules, job, expected) => {
    expect(evaluate(rules, job)).toEqual({
      when: 'manual',
      ...(expected === undefined ? {} : { allowFailure: expected }),
    });
  });

  test('a job that is left out has nothing to allow', () => {
    expect(evaluate([{ if: 'null' }], { when: 'manual' })).toEqual({ when: 'never' });
    expect(evaluate([{ when: 'never', allow_failure: true }])).toEqual({ when: 'never' });
  });
});

describe('changes', () => {
  const changedFiles = ['envs/qa/common.yaml', 'README.md'];
  const changedSince = { feature: ['docs/a.md'] };

  test.each<[string, unknown, boolean]>([
    ['a list of globs', ['envs/**/*'], true],
    ['no glob that matches', ['versions/*', '*.yaml'], false],
    ['one glob', 'README.*', true],
    ['paths', { paths: ['*.md'] }, true],
    ['a variable', ['$FOLDER/qa/*', '${FOLDER}/none'], true],
    ['a variable in percent signs', ['%FOLDER%/qa/*'], true],
    ['a variable that is not there', ['$NOBODY/*'], false],
    ['no globs', [], false],
    ['since another revision', { paths: ['docs/*'], compare_to: 'feature' }, true],
    ['not since another revision', { paths: ['*.md'], compare_to: '$OTHER' }, false],
  ])('%s', (_, changes, expected) => {
    const result = evaluateRules([{ changes }], {}, { variables, changedFiles, changedSince });
    expect(result.when === 'on_success').toBe(expected);
  });

  test('are assumed where GitLab knows of none', () => {
    expect(evaluate([{ changes: ['nothing'] }]).when).toBe('on_success');
    const none = evaluateRules([{ changes: ['**/*'] }], {}, { variables, changedFiles: [] });
    expect(none.when).toBe('never');
  });

  test('are assumed where there is too much to compare', () => {
    const many = Array.from({ length: 50_001 }, (_, index) => `f${index}`);
    const result = (count: number): string =>
      evaluateRules([{ changes: ['x'] }], {}, { variables, changedFiles: many.slice(0, count) })
        .when;

    expect([result(50_000), result(50_001)]).toEqual(['never', 'on_success']);
  });

  test('hold together with if', () => {
    const rules = [{ if: '$BRANCH == "x"', changes: ['*.md'] }];
    expect(evaluateRules(rules, {}, { variables, changedFiles }).when).toBe('never');
  });

  test.each([
    [{ changes: { paths: ['a'], compare_to: 'nobody' } }, 'compare_to is not a valid ref'],
    [{ changes: { regexp: 'a' } }, 'changes:regexp'],
    [{ exists: { paths: ['a'], project: 'group/other' } }, 'exists:project'],
  ])('%j is a fault', (rule, fault) => {
    const result = evaluate([rule]);
    expect(result.when).toBe('never');
    expect(result.fault).toContain(fault);
  });
});

test.each<[unknown, boolean]>([
  [['Dockerfile'], true],
  [['**/*.sh', '$FOLDER/*.yaml'], true],
  [{ paths: ['*.sh'] }, false],
  ['images/*/Dockerfile', false],
])('exists: %j is %j', (exists, expected) => {
  const files = ['Dockerfile', 'envs/qa.yaml'];
  expect(evaluateRules([{ exists }], {}, { variables, files }).when === 'on_success').toBe(
    expected,
  );
  expect(evaluate([{ exists }]).when).toBe('never');
});
