import { describe, expect, test } from 'vitest';
import {
  evaluatePipeline,
  resolveExtends,
  type CiConfig,
  type PipelineRequest,
} from '../gitlab/index.ts';
import { parseNetwork } from '../model/parse-network.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { generateGitlabCi, tagVariable } from './gitlab-ci.ts';
import { valueAt } from './value-at.ts';

/** The text for a definition: the spec's own where it says nothing. */
function textOf(definition: string): string {
  const network = parseNetwork(definition);
  return generateGitlabCi(network, network.ci).content;
}

function configOf(definition: string): CiConfig {
  return parseYaml(textOf(definition), '.gitlab-ci.yml').value as CiConfig;
}

/** The jobs of a pipeline, manual ones with `?`, or why there is none. */
function jobsOf(config: CiConfig, request: PipelineRequest): string {
  const result = evaluatePipeline(config, request);
  if (!result.created) return `none: ${result.reason}`;
  return result.jobs
    .map(({ name, when, allowFailure }) => {
      if (when === 'manual') return `${name}${allowFailure ? '?' : ' (blocks)'}`;
      return `${name}${allowFailure ? ' (may fail)' : ''}`;
    })
    .join(' ');
}

const byHand = 'promote-preprod? release-preprod? promote-prod? release-prod?';
const filtered = 'none: filtered out by workflow:rules';
const main = { branch: 'main', defaultBranch: 'main' };
const feature = { branch: 'feature', defaultBranch: 'main' };

describe("the spec's network", () => {
  const config = configOf('');

  test.each<[string, PipelineRequest, string]>([
    ['a push to main', { source: 'push', ...main }, `update-qa ${byHand}`],
    [
      'a push to main while main is to be merged elsewhere',
      { source: 'push', ...main, hasOpenMergeRequest: true },
      `update-qa ${byHand}`,
    ],
    [
      'a commit of a release',
      { source: 'push', ...main, commitMessage: 'chore(qa): release 4 [skip ci]' },
      'none: the commit says [skip ci]',
    ],
    ['a merge request', { source: 'merge_request_event', ...feature }, 'review manifest-diff'],
    ['a merge request of main', { source: 'merge_request_event', ...main }, 'review manifest-diff'],
    ['a push to a feature branch', { source: 'push', ...feature }, 'none: no jobs'],
    [
      'a push to a feature branch with an open merge request',
      { source: 'push', ...feature, hasOpenMergeRequest: true },
      filtered,
    ],
    ['a tag of a release', { source: 'push', tag: 'release/qa/1' }, filtered],
    ['a tag that is started by hand', { source: 'web', tag: 'release/qa/1' }, filtered],
    ['a schedule', { source: 'schedule', ...main }, 'none: no jobs'],
    ['a trigger', { source: 'trigger', ...main }, `build update-qa ${byHand}`],
    ['the API', { source: 'api', ...main }, `build update-qa ${byHand}`],
    ['another pipeline', { source: 'pipeline', ...main }, `build update-qa ${byHand}`],
    ['a trigger on another branch', { source: 'trigger', ...feature }, 'none: no jobs'],
    ['a trigger on a tag', { source: 'trigger', tag: 'v1' }, filtered],
    ['a person', { source: 'web', ...main }, byHand],
    ['a person on another branch', { source: 'web', ...feature }, 'none: no jobs'],
    ['a chat', { source: 'chat', ...main }, 'none: no jobs'],
    ['a branch whose name only begins so', { source: 'push', branch: 'main2' }, 'none: no jobs'],
  ])('%s', (_, request, expected) => {
    expect(jobsOf(config, request)).toBe(expected);
  });

  test('has the stages of the spec, and the one for reviews that the spec forgot', () => {
    expect(config['stages']).toEqual([
      'build',
      'review',
      'update-qa',
      'promote-preprod',
      'promote-prod',
    ]);
  });
});

describe('the live diff', () => {
  const asked = 'ci: { liveDiff: [prod, qa] }';
  const request: PipelineRequest = { source: 'merge_request_event', ...feature };
  const variables = { TIDEGATE_KUBECONFIG_QA: '/builds/qa.kubeconfig' };

  test.each<[string, string, PipelineRequest, string]>([
    ['is not there unless the definition asks', '', { ...request, variables }, ''],
    ['is not there without a kubeconfig', asked, request, ''],
    ['is there with one', asked, { ...request, variables }, ' manifest-diff-live-qa'],
    [
      'is there for each cluster, in the order of promotion',
      asked,
      { ...request, variables: { ...variables, TIDEGATE_KUBECONFIG_PROD: 'x' } },
      ' manifest-diff-live-qa manifest-diff-live-prod',
    ],
  ])('%s', (_, definition, given, expected) => {
    expect(jobsOf(configOf(definition), given)).toBe(`review manifest-diff${expected}`);
  });

  test('is not there on a branch', () => {
    expect(jobsOf(configOf(asked), { source: 'push', ...main, variables })).not.toContain('live');
  });

  test('says that it gives access to a cluster, and hands the kubeconfig on as a file', () => {
    expect(textOf(asked).replaceAll('\n# ', ' ')).toContain(
      'This gives GitLab access to a cluster; nothing else here does',
    );
    expect(configOf(asked)['manifest-diff-live-qa']).toMatchObject({
      script: [
        'tidegate diff --live --env qa --head HEAD --kubeconfig "$TIDEGATE_KUBECONFIG_QA" --allow-changes --html manifest-diff-live-qa.html --json manifest-diff-live-qa.json',
      ],
    });
  });

  test('of an environment that is not there is refused', () => {
    expect(() => parseNetwork('ci: { liveDiff: [qs] }')).toThrow(
      '"ci.liveDiff" names "qs", which is no environment',
    );
  });
});

describe('other networks', () => {
  const two = `
environments:
  test: { sync: automatic }
  live-eu: { sync: manual, promotesFrom: test }
`;
  const manual = `
environments:
  qa: { sync: manual }
  prod: { sync: manual, promotesFrom: qa }
`;
  const forked = `
environments:
  live: { sync: manual, promotesFrom: staging }
  staging: { sync: automatic, promotesFrom: dev, namespaces: { backup: s-ops, shared-services: s-sh } }
  dev: { sync: automatic }
  lab: { sync: automatic }
`;
  const branch = 'git: { branch: release/1.x }';
  const push = (name: string): PipelineRequest => ({ source: 'push', branch: name });

  test.each<[string, string, PipelineRequest, string]>([
    ['two environments', two, push('main'), 'update-test promote-live-eu? release-live-eu?'],
    [
      'two environments, a trigger',
      two,
      { source: 'trigger', ...main },
      'build update-test promote-live-eu? release-live-eu?',
    ],
    ['the first one manual', manual, push('main'), 'release-qa? promote-prod? release-prod?'],
    [
      'the first one manual, a trigger',
      manual,
      { source: 'trigger', ...main },
      'build release-qa? promote-prod? release-prod?',
    ],
    [
      'two first ones, and a definition that begins with the last',
      forked,
      push('main'),
      'update-dev promote-staging? release-staging? promote-live? release-live? update-lab',
    ],
    ['another branch', branch, push('release/1.x'), `update-qa ${byHand}`],
    ['another branch, not main', branch, push('main'), 'none: no jobs'],
    ['another branch, literally', branch, push('release/11x'), 'none: no jobs'],
  ])('%s', (_, definition, request, expected) => {
    expect(jobsOf(configOf(definition), request)).toBe(expected);
  });

  test('set versions wherever these come from builds', () => {
    expect(configOf(forked)['build']).toMatchObject({
      script: [
        'tidegate versions set --env dev --skip-ci --push',
        'tidegate versions set --env lab --skip-ci --push',
      ],
    });
  });

  test.each([
    ['', { qa: 'testing', preprod: 'staging', prod: 'production' }],
    [two, { test: 'testing', 'live-eu': 'production' }],
    [manual, { qa: 'testing', prod: 'production' }],
    [forked, { dev: 'testing', staging: 'staging', live: 'production', lab: 'testing' }],
  ])('name environments with their tier', (definition, expected) => {
    const config = configOf(definition);
    const places = visibleJobs(config).flatMap(({ job }) => {
      const name = valueAt(job, ['environment', 'name']);
      return name === undefined ? [] : [[name, valueAt(job, ['environment', 'deployment_tier'])]];
    });

    expect(Object.fromEntries(places)).toEqual(expected);
  });

  test('keep names that YAML takes for something else as texts', () => {
    const config = configOf('environments: { "no": { sync: automatic } }');

    expect(valueAt(config, ['update-no', 'environment', 'name'])).toBe('no');
    expect(textOf('environments: { "no": { sync: automatic } }')).toContain("name: 'no'");
  });
});

function visibleJobs(config: CiConfig): { name: string; job: CiConfig }[] {
  const hidden = ['stages', 'variables', 'workflow', 'include'];
  return Object.keys(config)
    .filter((name) => !name.startsWith('.') && !hidden.includes(name))
    .map((name) => ({ name, job: resolveExtends(config, name) }));
}

describe('the jobs', () => {
  const config = configOf('');
  const jobs = visibleJobs(config);
  const jobOf = (name: string): CiConfig => resolveExtends(config, name);

  test('that push queue up, and are not cancelled', () => {
    for (const { name, job } of jobs) {
      const isPushing = valueAt(job, ['script', 0])?.toString().includes('--push') === true;
      expect(isPushing, name).toBe(!['review', 'manifest-diff'].includes(name));
      expect(job['resource_group'], name).toBe(isPushing ? 'tidegate-push' : undefined);
      expect(job['interruptible'], name).toBe(!isPushing);
    }
  });

  test('run in the image of the definition, with a cache below the project', () => {
    for (const { name, job } of jobs) {
      expect(valueAt(job, ['image', 'name']), name).toBe(parseNetwork('').ci.image);
      const folder = valueAt(job, ['variables', 'TIDEGATE_CACHE_DIR']);
      const paths = valueAt(job, ['cache', 'paths']) as string[];
      expect(folder, name).toBe(`$CI_PROJECT_DIR/${paths[0]?.slice(0, -1) ?? ''}`);
    }
  });

  test('that release learn the tag of the release that they promote, the others nothing', () => {
    const dependencies = jobs.map(({ name, job }) => [name, job['dependencies'] ?? job['needs']]);

    expect(Object.fromEntries(dependencies)).toEqual({
      build: [],
      review: [],
      'manifest-diff': [],
      'update-qa': [],
      'promote-preprod': ['update-qa'],
      'release-preprod': [],
      'promote-prod': ['promote-preprod', 'release-preprod'],
      'release-prod': [],
    });
    const tellers = jobs.filter(({ job }) => valueAt(job, ['artifacts', 'reports']) !== undefined);
    expect(tellers.map(({ name }) => name)).toEqual(
      jobs
        .map(({ name }) => name)
        .filter((name) => !['build', 'review', 'manifest-diff'].includes(name)),
    );
    for (const { name, job } of tellers) {
      const file = valueAt(job, ['artifacts', 'reports', 'dotenv']);
      expect(valueAt(job, ['script', 0]), name).toContain(`--dotenv ${String(file)}`);
    }
  });

  test('depend on jobs of stages before theirs', () => {
    const stages = config['stages'] as string[];
    for (const { job } of jobs) {
      const own = stages.indexOf(job['stage'] as string);
      for (const name of (job['dependencies'] ?? []) as string[]) {
        expect(stages.indexOf(jobOf(name)['stage'] as string)).toBeLessThan(own);
      }
    }
  });

  test('expand variables in quotes only', () => {
    const lines = jobs.flatMap(({ job }) => job['script'] as string[]);

    expect(lines.filter((line) => /\$/.test(line.replaceAll(/"\$\w+"/g, '')))).toEqual([]);
    expect(lines.filter((line) => line.includes('$'))).toEqual([
      'tidegate promote qa preprod --push --dotenv tidegate.env --release "$TIDEGATE_TAG_QA"',
      'tidegate promote preprod prod --push --dotenv tidegate.env --release "$TIDEGATE_TAG_PREPROD"',
    ]);
  });

  test('review all environments', () => {
    expect(jobOf('review')['script']).toEqual([
      expect.stringContaining('git fetch'),
      'tidegate generate --check',
      'tidegate render qa --output-dir rendered/qa',
      'tidegate render preprod --output-dir rendered/preprod',
      'tidegate render prod --output-dir rendered/prod',
    ]);
  });
});

describe('the text', () => {
  test('begins as all generated files do and names the variables that it needs', () => {
    const text = textOf('');

    expect(text).toMatch(/^# Generated by tidegate/);
    expect(text).toMatch(/^# {3}TIDEGATE_GIT_TOKEN .*protected and masked$/m);
    expect(text).toMatch(/^# {3}TIDEGATE_NOTES_TOKEN .*notes on merge requests/m);
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('includes local files where the definition names some', () => {
    const include = "ci: { include: [/ci/own.yml, '#odd.yaml'] }";

    expect(configOf('')).not.toHaveProperty('include');
    expect(configOf(include)['include']).toEqual([
      { local: '/ci/own.yml' },
      { local: '#odd.yaml' },
    ]);
  });

  test.each(['registry.example.com:5000/a/tidegate:1.0@sha256:00ff', '1.2', 'yes', 'a:', "it's\n"])(
    'keeps the image %j as it is',
    (image) => {
      const network = parseNetwork('');
      const { content } = generateGitlabCi(network, { image, include: [], liveDiff: [] });
      const config = parseYaml(content, '.gitlab-ci.yml').value;

      expect(valueAt(config, ['.tidegate', 'image', 'name'])).toBe(image);
    },
  );

  test.each([
    ['qa', 'TIDEGATE_TAG_QA'],
    ['pre-prod2', 'TIDEGATE_TAG_PRE_PROD2'],
  ])('names the tag of %s in %s', (environment, variable) => {
    expect(tagVariable(environment)).toBe(variable);
  });
});
