import { parseNetwork, parseYaml } from '@tidegate/core';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { generateGitlabCi } from '../../packages/core/src/generate/gitlab-ci.ts';
import { resolveExtends, type CiConfig } from '../../packages/core/src/gitlab/index.ts';
import { schemaFaults } from './ci-schema.ts';

function pipelineOf(definition: string): string {
  const network = parseNetwork(definition);
  return generateGitlabCi(network, network.ci).content;
}

/** The configuration with what jobs extend filled in: the schema says nothing about hidden jobs. */
function configOf(text: string): CiConfig {
  const config = parseYaml(text, '.gitlab-ci.yml').value as CiConfig;
  const entries = Object.entries(config).map(([name, value]): [string, unknown] => {
    const isExtending = typeof value === 'object' && value !== null && 'extends' in value;
    return [name, isExtending ? resolveExtends(config, name) : value];
  });
  return Object.fromEntries(entries);
}

const definitions: readonly [string, string][] = [
  ['the specification', ''],
  [
    'one environment, by hand',
    'environments: { prod: { sync: manual } }\nci: { include: [/ci/own.yml] }',
  ],
  ['live diffs', 'ci: { liveDiff: [qa, preprod, prod] }'],
  [
    'names that YAML knows, and a long chain',
    `
git: { branch: release/1.x }
ci: { image: 'registry.example.com:5000/tidegate@sha256:00ff', include: [a.yml, b.yaml], liveDiff: ["no", very-long-name-of-an-environment-that-makes-every-line-long] }
environments:
  "no": { sync: automatic }
  "on": { sync: automatic, promotesFrom: "no" }
  "null": { sync: manual, promotesFrom: "on" }
  very-long-name-of-an-environment-that-makes-every-line-long: { sync: manual, promotesFrom: "null" }
`,
  ],
];

describe.each(definitions)('the pipeline of %s', (_, definition) => {
  test("is valid by GitLab's schema, as it stands and with what jobs extend", async () => {
    const text = pipelineOf(definition);

    expect(await schemaFaults(parseYaml(text, '.gitlab-ci.yml').value)).toEqual([]);
    expect(await schemaFaults(configOf(text))).toEqual([]);
  });

  test("is formatted as this project's YAML", async () => {
    const text = pipelineOf(definition);
    const options = await resolveConfig(new URL('schema.test.ts', import.meta.url));

    expect(await format(text, { ...options, parser: 'yaml' })).toBe(text);
  });
});

describe("GitLab's schema complains about", () => {
  test.each([
    ['an unknown keyword', 'resource_group:', 'ressource_group:'],
    ['a keyword of another form', 'interruptible: false', 'interruptible: never'],
    ['an unknown "when"', 'when: manual\n      allow', 'when: sometimes\n      allow'],
    ['a job without a script', 'script:\n    - tidegate release qa', 'run_it:\n    - tidegate'],
    ['paths of the cache that are a map', 'paths:\n      - .tide', 'paths:\n      - a: .tide'],
    ['a workflow by hand', 'when: never', 'when: manual'],
    ['an unknown report', 'dotenv: tidegate.env', 'dot_env: tidegate.env'],
    ['a dependency that is a map', 'dependencies:\n    - update-qa', 'dependencies:\n    - a: b'],
  ])('%s', async (_, from, to) => {
    const text = pipelineOf('');
    const broken = text.replace(from, to);

    expect(broken).not.toBe(text);
    expect(await schemaFaults(configOf(broken))).not.toEqual([]);
  });
});
