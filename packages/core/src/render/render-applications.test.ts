import { describe, expect, it } from 'vitest';
import { InputError, ToolError } from '../errors/tidegate-error.ts';
import { defaultNetwork } from '../model/parse-network.ts';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
import { memoryTree, type FileTree } from '../ports/file-tree.ts';
import { renderApplications, type RenderOutcome } from './render-applications.ts';
import type { RenderTarget } from './render-target.ts';

const network = defaultNetwork();
const [qa] = network.environments;
if (qa === undefined) throw new Error('the default network has environments');
const environment = qa;

function target(application: string, changes: Partial<RenderTarget> = {}): RenderTarget {
  return {
    application,
    environment: 'qa',
    node: 'node-alpha',
    component: 'backend',
    wave: 2,
    instance: 'non-admin',
    chart: { repository: 'r', name: 'c', version: '1.0.0' },
    releaseName: application,
    namespace: 'n',
    valueFiles: ['versions/qa.yaml', 'common.yaml', 'node.yaml'],
    ignoreMissingValueFiles: false,
    inlineValues: undefined,
    parameters: [],
    skip: { crds: false, tests: false, schemaValidation: false },
    valuesRevision: 'release/qa/1',
    position: { file: 'manifest.yaml', line: 3, column: 1 },
    ...changes,
  };
}

const layers = new Map([
  ['versions/qa.yaml', 'v: 1\n'],
  ['common.yaml', 'c: 1\n'],
  ['node.yaml', 'n: 1\n'],
]);

/** Renders `name: <release>`, unless told otherwise, and remembers what it was asked. */
function fake(manifests: Readonly<Record<string, string | Error>> = {}): ChartRenderer & {
  readonly requests: RenderRequest[];
} {
  const requests: RenderRequest[] = [];
  return {
    requests,
    render: async (request) => {
      requests.push(request);
      await Promise.resolve();
      const manifest = manifests[request.releaseName] ?? `name: ${request.releaseName}\n`;
      if (manifest instanceof Error) throw manifest;
      return { manifest, fromCache: false, chartDigest: 'sha256:0', helmVersion: 'v4.1.4' };
    },
  };
}

function render(
  targets: readonly RenderTarget[],
  renderer: ChartRenderer,
  values: FileTree = memoryTree(layers, 'the tree'),
): Promise<RenderOutcome[]> {
  return renderApplications(targets, { network, environment, values, renderer });
}

function errorOf(outcome: RenderOutcome | undefined): unknown {
  return outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
}

describe('renderApplications', () => {
  it('hands the layers over in their order, then what the Application says itself', async () => {
    const renderer = fake();
    const parameters = [{ name: 'a', value: '1', forceString: true }];
    await render([target('app', { inlineValues: 'own: 1\n', parameters })], renderer);
    expect(renderer.requests).toStrictEqual([
      {
        chart: { repository: 'r', name: 'c', version: '1.0.0' },
        releaseName: 'app',
        namespace: 'n',
        values: [
          { path: 'versions/qa.yaml', content: 'v: 1\n' },
          { path: 'common.yaml', content: 'c: 1\n' },
          { path: 'node.yaml', content: 'n: 1\n' },
          { path: 'values-of-the-application.yaml', content: 'own: 1\n' },
        ],
        parameters,
        kubeVersion: '1.36.1',
        apiVersions: [],
        skipCrds: false,
        skipTests: false,
        skipSchemaValidation: false,
      },
    ]);
  });

  it('keeps the order of the targets', async () => {
    const outcomes = await render(
      ['a', 'b', 'c'].map((name) => target(name)),
      fake(),
    );
    expect(outcomes.map((outcome) => outcome.target.application)).toStrictEqual(['a', 'b', 'c']);
  });

  it('reads a common layer once', async () => {
    const reads: string[] = [];
    const tree = memoryTree(layers);
    const counting: FileTree = {
      ...tree,
      read: (path) => {
        reads.push(path);
        return tree.read(path);
      },
    };
    await render([target('a'), target('b')], fake(), counting);
    expect([...reads].sort()).toStrictEqual([...layers.keys()].sort());
  });

  it('reports a missing layer, at the layer, and renders the others', async () => {
    const outcomes = await render(
      [target('a', { valueFiles: ['missing.yaml'] }), target('b')],
      fake(),
    );
    expect(errorOf(outcomes[0])).toBeInstanceOf(InputError);
    expect(errorOf(outcomes[0])).toMatchObject({
      message: expect.stringMatching(/"a" needs .*layer.* not in the tree/) as string,
      position: { file: 'missing.yaml' },
      hint: 'manifest.yaml lists it; add the file, even if it only says {}',
    });
    expect(outcomes[1]).toHaveProperty('result.manifest', 'name: b\n');
  });

  it('passes over a missing layer where the Application says so', async () => {
    const renderer = fake();
    const valueFiles = ['missing.yaml', 'node.yaml'];
    await render([target('a', { valueFiles, ignoreMissingValueFiles: true })], renderer);
    expect(renderer.requests[0]?.values).toStrictEqual([{ path: 'node.yaml', content: 'n: 1\n' }]);
  });

  it('reports an expected failure as data; a fault without a place is in the manifest', async () => {
    const failures = {
      a: new ToolError('no helm'),
      b: new InputError('no such version', { hint: 'h' }),
      c: new InputError('bad value', { position: { file: 'node.yaml', line: 1 } }),
    };
    const outcomes = await render(
      ['a', 'b', 'c', 'd'].map((name) => target(name)),
      fake(failures),
    );
    expect(outcomes.map((outcome) => 'result' in outcome)).toStrictEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(errorOf(outcomes[0])).toBe(failures.a);
    expect(errorOf(outcomes[1])).toMatchObject({
      message: 'no such version',
      hint: 'h',
      position: { file: 'manifest.yaml', line: 3, column: 1 },
    });
    expect(errorOf(outcomes[2])).toBe(failures.c);
  });

  it('lets a bug through', async () => {
    await expect(render([target('a')], fake({ a: new TypeError('bug') }))).rejects.toThrow('bug');
  });

  it('tells of every outcome', async () => {
    const told: string[] = [];
    await renderApplications([target('a'), target('b')], {
      network,
      environment,
      values: memoryTree(layers),
      renderer: fake({ a: new ToolError('x') }),
      onOutcome: (outcome) => told.push(outcome.target.application),
    });
    expect(told.sort()).toStrictEqual(['a', 'b']);
  });
});

describe('a PAT that an Application renders', () => {
  const pat = `apiVersion: your.group/v1alpha1
kind: ProjectApplicationTemplate
metadata: {name: dlt-node-alpha}
spec:
  project: dlt-qa
  destination: {server: s, namespace: dlt-node-alpha}
  source: {chart: dlt-namespace, targetRevision: 1.0.0}
  values: {a: 1}
`;
  const namespace = target('ns', { component: 'namespace' });

  it('is rendered as the admin instance does, behind its Application', async () => {
    const renderer = fake({ ns: pat });
    const outcomes = await render([namespace, target('b')], renderer);
    expect(
      outcomes.map((outcome) => [outcome.target.application, outcome.target.instance]),
    ).toStrictEqual([
      ['ns', 'non-admin'],
      ['dlt-node-alpha', 'admin'],
      ['b', 'non-admin'],
    ]);
    expect(renderer.requests.at(-1)).toMatchObject({
      chart: { name: 'dlt-namespace', version: '1.0.0' },
      namespace: 'dlt-node-alpha',
      values: [{ path: 'values-of-the-application.yaml', content: 'a: 1\n' }],
    });
  });

  it('counts only in the namespace component', async () => {
    const outcomes = await render([target('ns')], fake({ ns: pat }));
    expect(outcomes).toHaveLength(1);
  });

  it('that is broken is an outcome beside that of its Application', async () => {
    const outcomes = await render([namespace], fake({ ns: pat.replace('project', 'projekt') }));
    expect(outcomes).toHaveLength(2);
    expect(errorOf(outcomes[1])).toMatchObject({
      message: 'ProjectApplicationTemplate "dlt-node-alpha" has no spec.project',
    });
  });
});
