import {
  evaluateExpression,
  evaluateNotesCase,
  evaluateRules,
  type CiVariables,
  type JobWhen,
  type NotesCase,
} from '../../../packages/core/src/gitlab/index.ts';
import { differences } from '../compare.ts';
import { defineForm, uncoveredForm, type ConformanceForm } from '../form.ts';

interface IfCase {
  readonly expression: string;
  readonly variables: CiVariables;
  readonly truthy: boolean;
  readonly value?: unknown;
}

interface RulesCase {
  readonly rules: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly jobWhen?: JobWhen;
  readonly jobAllowFailure?: boolean;
  readonly variables?: CiVariables;
}

interface ChangesCase {
  readonly paths: readonly string[];
  readonly changed: readonly string[];
  readonly satisfied: boolean;
  readonly variables?: CiVariables;
}

/** GitLab's `rules`: expressions, which rule decides, and changed paths. */
export const forms: readonly ConformanceForm[] = [
  defineForm<IfCase>({
    name: 'rules:if',
    key: 'ruleIf',
    fields: ['expression', 'truthy'],
    run: ({ expression, variables, truthy, value }) => {
      const result = evaluateExpression(expression, variables);
      const got = 'value' in result ? result.value : undefined;
      return [
        ...differences(truthy, result.truthy, 'truthy'),
        ...(value === undefined ? [] : differences(value, got, 'value')),
      ];
    },
  }),
  defineForm<RulesCase>({
    name: 'rules',
    key: 'ruleEvaluation',
    fields: ['rules', 'expected'],
    run: ({ rules, expected, jobWhen, jobAllowFailure, variables = {} }) => {
      const job = {
        ...(jobWhen === undefined ? {} : { when: jobWhen }),
        ...(jobAllowFailure === undefined ? {} : { allowFailure: jobAllowFailure }),
      };
      const { when, allowFailure, startIn } = evaluateRules(rules, job, { variables });
      const got = { when, allow_failure: allowFailure, start_in: startIn };
      return differences(expected, got, 'expected');
    },
  }),
  defineForm<ChangesCase>({
    name: 'rules:changes',
    key: 'ruleChanges',
    fields: ['paths', 'changed', 'satisfied'],
    run: ({ paths, changed, satisfied, variables = {} }) => {
      const rules = [{ changes: paths, when: 'always' }];
      const { when } = evaluateRules(rules, {}, { variables, changedFiles: changed });
      return differences(satisfied, when === 'always', 'satisfied');
    },
  }),
  uncoveredForm('GitLab facts', 'facts', ['fact'], 'statements without input and answer'),
  defineForm<NotesCase>({
    name: 'notes API',
    key: 'notesApi',
    fields: ['request', 'auth', 'status'],
    run: evaluateNotesCase,
  }),
];
