import { InputError, type ChartRenderer, type RenderRequest } from '@tidegate/core';
import { helmRenderer, type ChartStore } from '@tidegate/node';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { realHelm } from '../../../node/test/real-helm.ts';
import type { ApplicationSource, ManifestAnswer, ManifestRequest } from '../ports/manifests.ts';
import { memoryManifestSource, type MemoryManifestSource } from './memory-manifest-source.ts';

const git = 'https://git.example/app.git';
const other = 'https://git.example/values.git';
const helmRepository = 'https://charts.example/';

const opened: MemoryManifestSource[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close()));
});

function configMap(name: string, data: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

interface Setup {
  readonly openRenderer?: (charts: ChartStore) => ChartRenderer;
  readonly execTimeoutMs?: number;
}

/** A source whose renderer writes down what it is asked, unless it is another. */
function setup({ openRenderer, execTimeoutMs }: Setup = {}) {
  const clock = { at: 0, nowMs: () => clock.at };
  const renders: RenderRequest[] = [];
  const bugs: unknown[] = [];
  const noting: ChartRenderer = {
    render: (request) => {
      renders.push(request);
      const manifest = configMap(request.releaseName, {
        values: request.values.map(({ content }) => content),
      });
      return Promise.resolve({
        manifest,
        fromCache: false,
        chartDigest: '',
        helmVersion: 'v4.2.1',
      });
    },
  };
  const source = memoryManifestSource({
    openRenderer: openRenderer ?? (() => noting),
    clock,
    revisionCacheMs: 180_000,
    ...(execTimeoutMs === undefined ? {} : { execTimeoutMs }),
    onBug: (error) => bugs.push(error),
  });
  opened.push(source);
  const ask = (
    sources: ApplicationSource | readonly ApplicationSource[],
    changes: Partial<ManifestRequest> = {},
  ): Promise<ManifestAnswer> => {
    const all: readonly ApplicationSource[] = 'repoURL' in sources ? [sources] : sources;
    return source.generate({
      application: {
        name: 'web',
        namespace: 'argocd',
        project: 'default',
        destinationNamespace: 'web-ns',
      },
      sources: all,
      revisions: all.map(({ targetRevision = '' }) => targetRevision),
      multiSource: !('repoURL' in sources),
      noRevisionCache: false,
      noCache: false,
      kubeVersion: 'v1.36.1+k3s1',
      apiVersions: ['v1', 'apps/v1'],
      ...changes,
    });
  };
  const { repositories, charts } = source;
  return { clock, renders, bugs, source, repositories, charts, ask };
}

function namesOf(answer: ManifestAnswer): unknown {
  return 'error' in answer
    ? answer.error
    : answer.sources.flatMap(({ manifests }) => manifests.map(({ metadata }) => metadata?.name));
}

/** A renderer that is Helm itself. */
async function real(): Promise<Setup> {
  const helm = await realHelm();
  return { openRenderer: (charts) => helmRenderer({ helm, charts, timeoutMs: 60_000 }) };
}

describe('a directory source', () => {
  const files = {
    'app/b.yaml': `${configMap('b1')}\n---\n# nothing\n---\n${configMap('b2')}\n`,
    'app/a.json': configMap('a'),
    'app/c.yml':
      'apiVersion: v1\nkind: List\nitems:\n- {kind: A, metadata: {name: c1}}\n- {kind: A, metadata: {name: c2}}\n',
    'app/d.yaml': 'kind: ConfigMapList\napiVersion: v1\nitems: null\n',
    'app/notes.txt': 'no manifest',
    'app/values.yaml': 'just: values\n',
    'app/broken.yaml': 'kind: ConfigMap\nmetadata: [\n',
    'app/skipped.yaml': `# +argocd:skip-file-rendering\n${configMap('skipped')}`,
    'app/sub/e.yaml': configMap('e'),
    'app/sub/f.yaml': configMap('f'),
  };

  it.each([
    [{}, ['a', 'b1', 'b2', 'c1', 'c2']],
    [{ recurse: true }, ['a', 'b1', 'b2', 'c1', 'c2', 'e', 'f']],
    [{ recurse: true, include: '{a.json,sub/*}' }, ['a', 'e', 'f']],
    [{ recurse: true, exclude: '*/f.yaml' }, ['a', 'b1', 'b2', 'c1', 'c2', 'e']],
    [{ include: '*.json', exclude: 'a*' }, []],
  ])('with %j gives %j', async (directory, names) => {
    const { repositories, ask } = setup();
    const commit = repositories.commit(git, 'main', files);

    const answer = await ask({ repoURL: git, path: 'app', targetRevision: 'main', directory });

    expect(namesOf(answer)).toEqual(names);
    expect(answer).toMatchObject({ sources: [{ revision: commit, sourceType: 'Directory' }] });
  });

  it.each([
    [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n',
      'rpc error: code = FailedPrecondition desc = Failed to unmarshal "x.yaml": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 3: did not find expected node content',
    ],
    [
      `${configMap('a')}\n---\nx: 1\n`,
      `rpc error: code = FailedPrecondition desc = Failed to unmarshal "x.yaml": failed to unmarshal manifest: error unmarshaling JSON: while decoding JSON: Object 'Kind' is missing in '{"x":1}'`,
    ],
    [
      'kind: L\nitems: [1]\n',
      'rpc error: code = Unknown desc = items member is not an object: map[string]interface {}',
    ],
  ])('that holds %j is refused', async (content, error) => {
    const { repositories, ask } = setup();
    repositories.commit(git, 'main', { 'x.yaml': content });

    expect(await ask({ repoURL: git, path: '.' })).toEqual({ error, source: 0 });
  });

  it.each([
    [
      '{"kind":"A"}{"kind":"B"}',
      'Found multiple objects in "x.json". Only single objects are allowed in JSON files.',
    ],
    ['{"kind":', 'Failed to unmarshal "x.json": invalid character in a JSON value'],
    ['', 'Failed to unmarshal "x.json": EOF'],
  ])('with the JSON file %j is refused', async (content, message) => {
    const { repositories, ask } = setup();
    repositories.commit(git, 'main', { 'x.json': content });

    const error = `rpc error: code = FailedPrecondition desc = ${message}`;
    expect(await ask({ repoURL: git })).toEqual({ error, source: 0 });
  });

  it('tells apart what is no object of Kubernetes at all', async () => {
    const { repositories, ask } = setup();
    repositories.commit(git, 'main', { 'x.json': '{"a":1}' });

    expect(await ask({ repoURL: git })).toEqual({
      error: `failed to unmarshal manifests for source 1 of 1: Object 'Kind' is missing in '{"a":1}'`,
    });
  });
});

describe('faults', () => {
  it.each<[string, ApplicationSource, string]>([
    [
      'an unknown repository',
      { repoURL: other },
      'rpc error: code = Unknown desc = failed to list refs: repository not found: ',
    ],
    [
      'an unknown revision',
      { repoURL: git, targetRevision: 'v9' },
      "rpc error: code = Unknown desc = unable to resolve 'v9' to a commit SHA",
    ],
    [
      'an unknown commit',
      { repoURL: git, targetRevision: '0'.repeat(40) },
      `rpc error: code = Unknown desc = failed to initialize repository resources: rpc error: code = Internal desc = Failed to checkout revision ${'0'.repeat(40)}: \`git fetch origin ${'0'.repeat(40)} --tags --force --prune\` failed exit status 128: fatal: remote error: upload-pack: not our ref ${'0'.repeat(40)}`,
    ],
    [
      'a missing path',
      { repoURL: git, path: 'not/here' },
      'rpc error: code = Unknown desc = not/here: app path does not exist',
    ],
    [
      'a file as path',
      { repoURL: git, path: 'app/a.yaml' },
      'rpc error: code = Unknown desc = app/a.yaml: app path is not a directory',
    ],
    [
      'an absolute path',
      { repoURL: git, path: '/app' },
      'rpc error: code = Unknown desc = /app: app path is absolute',
    ],
    [
      'a path that leads out',
      { repoURL: git, path: '../..' },
      'rpc error: code = Unknown desc = ../..: app path outside root',
    ],
    [
      'two kinds at once',
      { repoURL: git, path: 'app', helm: {}, directory: {} },
      'rpc error: code = Unknown desc = error getting app source type: multiple application sources defined: Helm,Directory',
    ],
    [
      'Helm without a chart',
      { repoURL: git, path: 'app', helm: {} },
      'rpc error: code = Unknown desc = error getting helm repos: error retrieving helm dependency repos: error reading helm chart from <path to cached source>/app/Chart.yaml: open <path to cached source>/app/Chart.yaml: no such file or directory',
    ],
    [
      'Kustomize',
      { repoURL: git, path: 'kustomized' },
      'rpc error: code = Unimplemented desc = the field "namePrefix" of kustomized/kustomization.yaml is not modelled; use Helm, plain manifests or a kustomization that only lists resources',
    ],
    [
      'a plugin',
      { repoURL: git, path: 'app', plugin: { name: 'x' } },
      'rpc error: code = Unimplemented desc = the config management plugin, which spec.source.plugin asks for, is not modelled; use Helm, plain manifests or a kustomization that only lists resources',
    ],
    [
      'Jsonnet',
      { repoURL: git, path: 'jsonnet' },
      'rpc error: code = Unimplemented desc = Jsonnet, as in jsonnet/x.jsonnet, is not modelled; use Helm, plain manifests or a kustomization that only lists resources',
    ],
    [
      'an OCI artifact',
      { repoURL: 'oci://registry.example/app' },
      'rpc error: code = Unimplemented desc = the OCI artifact oci://registry.example/app, whose URL begins with oci://, is not modelled; use Helm, plain manifests or a kustomization that only lists resources',
    ],
    [
      'an unknown chart repository',
      { repoURL: 'https://no.example/', chart: 'c', targetRevision: '1.0.0' },
      'rpc error: code = Unknown desc = error fetching chart: failed to fetch chart: failed running helm: `helm pull --destination /tmp/00000000-0000-4000-8000-000000000002 --version 1.0.0 --repo https://no.example/ c` failed exit status 1: Error: looks like "https://no.example/" is not a valid chart repository or cannot be reached: failed to fetch https://no.example/index.yaml : 404 Not Found',
    ],
    [
      'a range of an unknown chart',
      { repoURL: helmRepository, chart: 'nope', targetRevision: '1.x' },
      "rpc error: code = Unknown desc = chart 'nope' not found in index",
    ],
    [
      'a version that is not there',
      { repoURL: helmRepository, chart: 'c', targetRevision: '7.0.0' },
      'rpc error: code = Unknown desc = error fetching chart: failed to fetch chart: failed running helm: `helm pull --destination /tmp/00000000-0000-4000-8000-000000000002 --version 7.0.0 --repo https://charts.example/ c` failed exit status 1: Error: chart "c" version "7.0.0" not found in https://charts.example/ repository',
    ],
  ])('of %s are in Argo CD’s words', async (_, source, error) => {
    const { repositories, charts, bugs, ask } = setup();
    repositories.commit(git, 'main', {
      'app/a.yaml': configMap('a'),
      'kustomized/kustomization.yaml': 'resources: []\nnamePrefix: x',
      'jsonnet/x.jsonnet': '{}',
    });
    charts.setChart(helmRepository, 'c', '1.0.0', { 'Chart.yaml': 'name: c\n' });

    expect(await ask(source)).toEqual({ error, source: 0 });
    expect(bugs).toEqual([]);
  });

  it('pause rendering after three attempts, until another commit comes', async () => {
    const { repositories, ask } = setup();
    repositories.commit(git, 'main', { 'a.yaml': configMap('a') });
    const source = { repoURL: git, path: 'x' };
    const plain = 'rpc error: code = Unknown desc = x: app path does not exist';
    const cached =
      'rpc error: code = Unknown desc = Manifest generation error (cached): x: app path does not exist';

    const errors = [];
    for (let count = 0; count < 4; count += 1) errors.push(namesOf(await ask(source)));
    errors.push(namesOf(await ask(source, { noCache: true })));
    errors.push(namesOf(await ask(source)));
    repositories.commit(git, 'main', { 'x/b.yaml': configMap('b') });
    errors.push(namesOf(await ask(source, { noRevisionCache: true })));

    expect(errors).toEqual([plain, plain, plain, cached, plain, cached, ['b']]);
  });

  it('never become exceptions, whatever the sources are', async () => {
    const { repositories, source } = setup();
    repositories.commit(git, 'main', { 'a.yaml': configMap('a'), 'c/Chart.yaml': 'a: [' });
    const text = fc.constantFrom(
      '',
      git,
      other,
      'main',
      'c',
      '..',
      '$v/x',
      'a.yaml',
      '\0',
      '%',
      '1.x',
    );
    const anySource = fc.record(
      {
        repoURL: text,
        targetRevision: text,
        path: text,
        chart: text,
        ref: text,
        helm: fc.option(
          fc.dictionary(
            fc.constantFrom('valueFiles', 'parameters', 'version', 'values'),
            fc.anything(),
          ),
        ),
        directory: fc.option(fc.dictionary(fc.constantFrom('recurse', 'include'), fc.anything())),
      },
      { requiredKeys: ['repoURL'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anySource, { minLength: 1, maxLength: 3 }), async (sources) => {
        const answer = await source.generate({
          application: { name: 'a', namespace: 'b', project: 'c', destinationNamespace: 'd' },
          sources: sources as unknown as ApplicationSource[],
          revisions: sources.map(() => ''),
          multiSource: sources.length > 1,
          noRevisionCache: false,
          noCache: false,
          kubeVersion: '1.36.1',
          apiVersions: [],
        });
        expect('error' in answer || answer.sources.length === sources.length).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('revisions', () => {
  it('are branches, tags of both kinds, constraints and commits', async () => {
    const { repositories, ask } = setup();
    const first = repositories.commit(
      git,
      'main',
      { 'a.yaml': configMap('one') },
      { tag: 'v1.0.0' },
    );
    const second = repositories.commit(
      git,
      'main',
      { 'a.yaml': configMap('two') },
      { lightTag: 'v1.1.0' },
    );
    const third = repositories.commit(git, 'next', { 'a.yaml': configMap('three') });

    const revisions = [
      'main',
      'HEAD',
      '',
      'next',
      'v1.0.0',
      '1.x',
      '~1.0',
      first,
      second.slice(0, 8),
    ];
    const answers = await Promise.all(
      revisions.map((targetRevision) => ask({ repoURL: git, targetRevision })),
    );

    expect(
      answers.map((answer) => ('sources' in answer ? answer.sources[0]?.revision : answer)),
    ).toEqual([second, second, second, third, first, second, first, first, second]);
  });

  it('follow moved tags, rewritten branches and a repository that goes, once they are looked up', async () => {
    const { clock, repositories, ask } = setup();
    const first = repositories.commit(git, 'main', { 'a.yaml': configMap('one') }, { tag: 'live' });
    const source = { repoURL: git, targetRevision: 'live' };
    const seen = [namesOf(await ask(source))];
    repositories.commit(git, 'main', { 'a.yaml': configMap('two') }, { tag: 'live' });
    seen.push(namesOf(await ask(source)), namesOf(await ask(source, { noRevisionCache: true })));
    repositories.resetBranch(git, 'main', first);
    seen.push(
      namesOf(await ask({ repoURL: git, targetRevision: 'main' }, { noRevisionCache: true })),
    );
    repositories.removeRepository(git);
    seen.push(namesOf(await ask(source)));
    clock.at += 180_000;
    seen.push(namesOf(await ask(source)));

    expect(seen).toEqual([
      ['one'],
      ['one'],
      ['two'],
      ['one'],
      ['two'],
      'rpc error: code = Unknown desc = failed to list refs: repository not found: ',
    ]);
  });
});

describe('several sources', () => {
  const chart: ApplicationSource = {
    repoURL: helmRepository,
    chart: 'c',
    targetRevision: '1.x',
    helm: { valueFiles: ['$values/v.yaml'] },
  };
  const values: ApplicationSource = { repoURL: other, targetRevision: 'main', ref: 'values' };

  function prepared() {
    const made = setup();
    made.charts.setChart(helmRepository, 'c', '1.2.0', { 'Chart.yaml': 'name: c\n' });
    const commit = made.repositories.commit(other, 'main', {
      'v.yaml': 'a: 1\n',
      'x.yaml': configMap('x'),
    });
    return { ...made, commit };
  }

  it('take values from each other, and answer a revision each', async () => {
    const { commit, renders, ask } = prepared();

    const answer = await ask([
      chart,
      values,
      { ...values, ref: 'more', path: '.', directory: { include: 'x.yaml' } },
    ]);

    expect(answer).toMatchObject({
      sources: [
        { revision: '1.2.0', sourceType: 'Helm' },
        { revision: commit, sourceType: '', manifests: [] },
        { revision: commit, sourceType: 'Directory', manifests: [{ metadata: { name: 'x' } }] },
      ],
    });
    expect(renders).toMatchObject([
      {
        releaseName: 'web',
        namespace: 'web-ns',
        kubeVersion: '1.36.1',
        apiVersions: ['v1', 'apps/v1'],
        values: [{ path: expect.stringMatching(/\/v\.yaml$/) as unknown, content: 'a: 1\n' }],
      },
    ]);
  });

  it('render again when the values’ commit changes, and only then', async () => {
    const { repositories, renders, ask } = prepared();
    await ask([chart, values]);
    await ask([chart, values], { noRevisionCache: true });
    expect(renders).toHaveLength(1);
    repositories.commit(other, 'main', { 'v.yaml': 'a: 2\n' });
    await ask([chart, values], { noRevisionCache: true });

    expect(renders.map((request) => request.values[0]?.content)).toEqual(['a: 1\n', 'a: 2\n']);
  });

  it.each<[string, readonly ApplicationSource[], object]>([
    [
      'a name that nobody has',
      [{ ...chart, helm: { valueFiles: ['$no/v.yaml'] } }, values],
      {
        error:
          'rpc error: code = Unknown desc = source referenced "$no", which is not one of the available sources ($values)',
        source: 0,
      },
    ],
    [
      'a missing value file',
      [{ ...chart, helm: { valueFiles: ['$values/no.yaml'], skipTests: true } }, values],
      {
        error:
          'rpc error: code = Unknown desc = failed to execute helm template command: failed running helm: `helm template . --name-template web --namespace web-ns --kube-version 1.36.1 --values <path to cached source>/no.yaml <api versions removed> --include-crds --skip-tests` failed exit status 1: Error: open <path to cached source>/no.yaml: no such file or directory',
        source: 0,
      },
    ],
    [
      'a glob without matches',
      [{ ...chart, helm: { valueFiles: ['$values/no*.yaml'] } }, values],
      {
        error:
          'rpc error: code = NotFound desc = error resolving helm value files: values file glob "$values/no*.yaml" matched no files',
        source: 0,
      },
    ],
    [
      'a repository that is gone',
      [chart, { ...values, repoURL: 'https://git.example/gone.git' }],
      {
        error:
          'rpc error: code = Unknown desc = failed to get git client for repo https://git.example/gone.git',
        source: 0,
      },
    ],
    [
      'one name twice',
      [chart, values, values],
      {
        error:
          'failed to get ref sources: invalid sources: multiple sources had the same `ref` key',
      },
    ],
    [
      'two commits of one repository',
      [
        {
          repoURL: other,
          targetRevision: 'old',
          path: 'c',
          helm: { valueFiles: ['$values/v.yaml'] },
        },
        values,
      ],
      {
        error: expect.stringMatching(
          /^rpc error: code = Unknown desc = cannot reference a different revision of the same repository \(\$values references "main" which resolves to "[0-9a-f]{40}" while the application references "old" which resolves to "[0-9a-f]{40}"\)$/,
        ) as unknown,
        source: 0,
      },
    ],
  ])('with %s are refused', async (_, sources, expected) => {
    const { repositories, ask } = prepared();
    repositories.commit(other, 'old', { 'c/Chart.yaml': 'name: c\n' });

    expect(await ask(sources)).toEqual(expected);
  });
});

describe('what was rendered', () => {
  const source = { repoURL: helmRepository, chart: 'c', targetRevision: '1.0.0' };

  it('is kept, also over a chart that is published anew, until a hard refresh', async () => {
    const { charts, renders, ask } = setup();
    charts.setChart(helmRepository, 'c', '1.0.0', { 'Chart.yaml': 'name: c\n' });
    await ask(source);
    charts.setChart(helmRepository, 'c', '1.0.0', {
      'Chart.yaml': 'name: c\n',
      'values.yaml': 'a: 1\n',
    });
    await ask(source, { noRevisionCache: true });
    expect(renders).toHaveLength(1);
    await ask(source, { noCache: true });

    expect(renders).toHaveLength(2);
    expect(renders[0]?.chart.version).not.toBe(renders[1]?.chart.version);
  });

  it('is rendered once for all who ask at the same time', async () => {
    const { charts, renders, source: manifests, ask } = setup();
    charts.setChart(helmRepository, 'c', '1.0.0', { 'Chart.yaml': 'name: c\n' });

    const asked = Array.from({ length: 20 }, () => ask(source));
    expect(manifests.pending()).toBe(20);
    const answers = await Promise.all(asked);

    expect(renders).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(manifests.pending()).toBe(0);
  });

  it('is the same from memory as made anew', async () => {
    const change = fc.record({
      branch: fc.constantFrom('main', 'next'),
      path: fc.constantFrom('app/a.yaml', 'app/b.yaml', 'values.yaml', 'chart/Chart.yaml'),
      content: fc.constantFrom(null, configMap('a'), configMap('b'), 'x: 1\n', '['),
    });
    const question = fc.record({
      path: fc.constantFrom('app', 'chart', '.'),
      targetRevision: fc.constantFrom('main', 'next', 'HEAD'),
      noRevisionCache: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(change, fc.array(question, { maxLength: 3 })), { maxLength: 12 }),
        async (steps) => {
          const used = setup();
          used.repositories.commit(git, 'main', { 'app/a.yaml': configMap('a') });
          for (const [{ branch, path, content }, questions] of steps) {
            used.repositories.commit(git, branch, { [path]: content });
            for (const { noRevisionCache, ...place } of questions) {
              const asked = { repoURL: git, ...place };
              const known = await used.ask(asked, { noRevisionCache });
              const revision = 'sources' in known ? known.sources[0]?.revision : undefined;
              if (revision === undefined) continue;
              const anew = await used.ask(
                { ...asked, targetRevision: revision },
                { noCache: true, revisions: [revision] },
              );
              expect(anew).toEqual(known);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('answers 4,000 Applications without asking or rendering again, fast', async () => {
    const { repositories, charts, renders, ask } = setup();
    charts.setChart(helmRepository, 'c', '1.0.0', { 'Chart.yaml': 'name: c\n' });
    repositories.commit(
      other,
      'main',
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [`envs/${index}.yaml`, `a: ${index}\n`]),
      ),
    );
    const apiVersions = Array.from({ length: 200 }, (_, index) => `group${index}.example/v1`);
    const poll = () =>
      Promise.all(
        Array.from({ length: 4000 }, (_, index) =>
          ask(
            [
              {
                ...source,
                helm: { releaseName: `r${index}`, valueFiles: [`$v/envs/${index % 1000}.yaml`] },
              },
              { repoURL: other, targetRevision: 'main', ref: 'v' },
            ],
            { apiVersions },
          ),
        ),
      );
    await poll();
    const begin = process.cpuUsage();
    const answers = await poll();
    const { user, system } = process.cpuUsage(begin);

    expect(answers.every((answer) => 'sources' in answer)).toBe(true);
    expect([renders.length, repositories.listCount(other)]).toEqual([4000, 1]);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

describe('directories', () => {
  it('are those of the commit, without hidden ones', async () => {
    const { repositories, source } = setup();
    repositories.commit(git, 'main', {
      'envs/qa/a/x.yaml': '',
      'envs/qa/b/x.yaml': '',
      '.git-not/x': '',
      'top.yaml': '',
    });
    const question = { repoURL: git, revision: 'main', noRevisionCache: false, project: 'default' };

    expect(await source.directories(question)).toEqual({
      directories: ['envs', 'envs/qa', 'envs/qa/a', 'envs/qa/b'],
    });
    expect(await source.directories({ ...question, revision: 'nowhere' })).toEqual({
      error:
        "rpc error: code = Internal desc = unable to resolve git revision : unable to resolve 'nowhere' to a commit SHA",
    });
    expect(await source.directories({ ...question, repoURL: other })).toEqual({
      error:
        'rpc error: code = Internal desc = unable to resolve git revision : failed to list refs: repository not found: ',
    });
  });
});

describe('Helm itself', () => {
  const template =
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\ndata:\n  all: {{ .Values | toJson | quote }}\n  kube: {{ .Capabilities.KubeVersion.Version | quote }}\n  api: {{ .Capabilities.APIVersions.Has "g.example/v1" | quote }}\n';
  const chartYaml = 'apiVersion: v2\nname: settings\nversion: 1.0.0\n';

  it('renders a chart in Git with everything that a source can say', async () => {
    const { repositories, ask } = setup(await real());
    repositories.commit(git, 'main', {
      'charts/settings/Chart.yaml': chartYaml,
      'charts/settings/values.yaml': 'own: chart\nlayer: chart\n',
      'charts/settings/templates/cm.yaml': template,
      'charts/settings/crds/crd.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: crd\n',
      'charts/settings/templates/tests/t.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations:\n    helm.sh/hook: test\n',
      'charts/settings/ignored.txt': 'x',
      'envs/one.yaml': 'layer: one\none: 1\n',
      'envs/two.yaml': 'layer: two\n',
      'envs/secret.txt': 'a,b\\c\n{d}',
    });
    const source: ApplicationSource = {
      repoURL: git,
      path: 'charts/settings',
      targetRevision: 'main',
      helm: {
        releaseName: 'rel',
        namespace: 'other',
        kubeVersion: '1.30.2',
        apiVersions: ['g.example/v1'],
        valueFiles: ['/envs/*.yaml', '../../envs/none.yaml'],
        ignoreMissingValueFiles: true,
        valuesObject: { inline: { deep: [1, 'x'] } },
        parameters: [
          { name: 'app', value: '$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}' },
          { name: 'text', value: '12', forceString: true },
          { name: 'number', value: '12' },
          { name: 'list', value: '{a,b}' },
          { name: 'comma', value: 'a,b' },
        ],
        fileParameters: [{ name: 'file', path: '/envs/secret.txt' }],
        skipCrds: true,
        skipTests: true,
      },
    };

    const answer = await ask(source);

    expect(namesOf(answer)).toEqual(['rel']);
    const [object] = 'sources' in answer ? (answer.sources[0]?.manifests ?? []) : [];
    const data = object?.['data'] as Record<string, string>;
    expect(object?.metadata?.namespace).toBe('other');
    expect([data['kube'], data['api']]).toEqual(['v1.30.2', 'true']);
    expect(JSON.parse(data['all'] ?? '')).toEqual({
      own: 'chart',
      layer: 'two',
      one: 1,
      inline: { deep: [1, 'x'] },
      app: 'web-web-ns',
      text: '12',
      number: 12,
      list: ['a', 'b'],
      comma: 'a,b',
      file: 'a,b\\c\n{d}',
    });
    expect(namesOf(await ask({ ...source, helm: {} }))).toEqual(['crd', 'web', 't']);
  });

  it('is quoted where it fails', async () => {
    const { charts, ask } = setup(await real());
    charts.setChart(helmRepository, 'settings', '1.0.0', {
      'Chart.yaml': chartYaml,
      'templates/cm.yaml': '{{ required "a name is needed" .Values.name }}\n',
    });
    const source = { repoURL: helmRepository, chart: 'settings', targetRevision: '1.0.0' };
    const command =
      'rpc error: code = Unknown desc = failed to execute helm template command: failed running helm: `helm template . --name-template web --namespace web-ns --kube-version 1.36.1';

    expect(await ask(source)).toEqual({
      error: `${command} <api versions removed> --include-crds\` failed exit status 1: Error: execution error at (settings/templates/cm.yaml:1:3): a name is needed`,
      source: 0,
    });
    const broken = await ask({ ...source, helm: { values: 'a: [' } });
    expect(broken).toMatchObject({
      error: expect.stringContaining(
        `${command} --values /tmp/00000000-0000-4000-8000-000000000000 <api versions removed> --include-crds\` failed exit status 1: Error: failed to parse /tmp/00000000-0000-4000-8000-000000000000`,
      ) as unknown,
    });
  });

  it('gets the charts that a chart depends on', async () => {
    const { repositories, charts, ask } = setup(await real());
    charts.setChart(helmRepository, 'settings', '1.2.0', {
      'Chart.yaml': chartYaml.replace('1.0.0', '1.2.0'),
      'templates/cm.yaml': template,
    });
    repositories.commit(git, 'main', {
      'parent/Chart.yaml': `apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- {name: settings, version: ~1.2, repository: "${helmRepository}"}\n- {name: local, version: 0.1.0, repository: "file://../local"}\n`,
      'local/Chart.yaml': 'apiVersion: v2\nname: local\nversion: 0.1.0\n',
      'local/templates/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: local}\n',
    });

    expect(namesOf(await ask({ repoURL: git, path: 'parent' }))).toEqual(['local', 'web']);
  });

  it.each([
    ['nope', '1.0.0', helmRepository, `nope chart not found in repo ${helmRepository}`],
    [
      'settings',
      '7.0.0',
      helmRepository,
      `can't get a valid version for 1 subchart(s): "settings" (repository "${helmRepository}", version "7.0.0"). Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
    ],
    ['local', '1.0.0', 'file://../local', 'directory ../local not found'],
    [
      'aliased',
      '1.0.0',
      '@some',
      "no repository definition for @some. Please add them via 'helm repo add'",
    ],
  ])('says why the chart %s %s of %s cannot be had', async (name, version, repository, said) => {
    const { repositories, charts, ask } = setup(await real());
    charts.setChart(helmRepository, 'settings', '1.2.0', { 'Chart.yaml': chartYaml });
    repositories.commit(git, 'main', {
      'parent/Chart.yaml': `apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- {name: ${name}, version: ${version}, repository: "${repository}"}\n`,
    });

    expect(namesOf(await ask({ repoURL: git, path: 'parent' }))).toBe(
      `rpc error: code = Unknown desc = error building helm chart dependencies: failed to build helm dependencies: failed to build dependencies: failed running helm: \`helm dependency build\` failed exit status 1: Error: ${said}`,
    );
  });

  it('is given up after a while', async () => {
    const hanging: ChartRenderer = {
      render: (_, cancellation) =>
        new Promise((_resolve, reject) => {
          cancellation?.addEventListener('abort', () => {
            reject(new InputError('stopped'));
          });
        }),
    };
    const { charts, ask } = setup({ openRenderer: () => hanging, execTimeoutMs: 20 });
    charts.setChart(helmRepository, 'c', '1.0.0', { 'Chart.yaml': 'name: c\n' });

    expect(
      await ask({ repoURL: helmRepository, chart: 'c', targetRevision: '1.0.0' }),
    ).toMatchObject({
      error: expect.stringMatching(/` failed timeout after 0.02s$/) as unknown,
    });
  });
});
