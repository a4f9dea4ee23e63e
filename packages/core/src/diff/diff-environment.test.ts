import { describe, expect, it } from 'vitest';
import { ownedRepository } from '../../test/generated.ts';
import type { ChartRenderer } from '../ports/chart-renderer.ts';
import { InputError } from '../errors/tidegate-error.ts';
import { memoryTree } from '../ports/file-tree.ts';
import { diffEnvironment } from './diff-environment.ts';
import type { EnvironmentDiff, Masker } from './model.ts';
import { nextRelease } from './sides.ts';

const noMask: Masker = { maskObject: (object) => object, maskText: (text) => text };

/** A renderer that shows what it was given: one ConfigMap with the values, one Service. */
function echoRenderer(): ChartRenderer & { readonly rendered: string[] } {
  const rendered: string[] = [];
  return {
    rendered,
    render: (request) => {
      rendered.push(request.releaseName);
      const all = request.values.map(({ content }) => content).join('\n');
      if (all.includes('broken: true')) {
        return Promise.reject(new InputError(`${request.releaseName} does not render`));
      }
      const shown = all
        .split('\n')
        .filter((line) => /^(?: {2})?(?:setting|secret)/.test(line))
        .map((line) => `  ${line.trim()}\n`)
        .join('');
      const manifest = `---\n# Source: a\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${request.releaseName}-config}\ndata:\n  chart: ${request.chart.name}-${request.chart.version}\n${shown}---\napiVersion: v1\nkind: Service\nmetadata: {name: ${request.releaseName}}\n`;
      return Promise.resolve({
        manifest,
        fromCache: false,
        chartDigest: 'sha256:aa',
        helmVersion: 'v4.2.1',
      });
    },
  };
}

const { files } = ownedRepository();

async function diffOf(
  changes: Readonly<Record<string, string | undefined>>,
  environment = 'qa',
): Promise<{ diff: EnvironmentDiff; rendered: readonly string[] }> {
  const changed = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    if (content === undefined) changed.delete(path);
    else changed.set(path, content);
  }
  const renderer = echoRenderer();
  const diff = await diffEnvironment(
    environment,
    {
      base: await nextRelease(memoryTree(files, 'base'), environment),
      head: await nextRelease(memoryTree(changed, 'head'), environment),
    },
    { renderer, masker: noMask, windowOf: () => 'always open' },
  );
  return { diff, rendered: renderer.rendered };
}

function text(path: string): string {
  const found = files.get(path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
}

function groupsOf(diff: EnvironmentDiff): string[] {
  return diff.groups.map(
    ({ component, source, nodes, resources }) =>
      `${component} ${source} [${nodes.join()}] ${resources.map(({ change, resource }) => `${change} ${resource.kind}`).join(', ')}`,
  );
}

describe('diffEnvironment', () => {
  it('finds nothing between equal sides, and renders nothing', async () => {
    const { diff, rendered } = await diffOf({});

    expect(diff).toMatchObject({ applications: 14, rendered: 0, groups: [], errors: [] });
    expect(diff.plan).toBeUndefined();
    expect(rendered).toEqual([]);
  });

  it('renders only what has other inputs', async () => {
    const path = 'envs/qa/nodes/node-alpha/values-backend.yaml';
    const { diff, rendered } = await diffOf({ [path]: `${text(path)}setting: 2\n` });

    expect(rendered).toEqual(['dlt-node-alpha-backend-qa', 'dlt-node-alpha-backend-qa']);
    expect(groupsOf(diff)).toEqual(['backend non-admin [node-alpha] changed ConfigMap']);
    expect(diff.groups[0]?.resources[0]?.fields).toEqual([
      { path: ['data', 'setting'], before: undefined, after: 2 },
    ]);
  });

  it('folds the same change of many nodes', async () => {
    const path = 'envs/qa/common-node-values.yaml';
    const { diff } = await diffOf({ [path]: `${text(path)}setting: 2\n` });

    expect(groupsOf(diff)).toContain(
      'vault non-admin [node-alpha,node-beta,node-gamma] changed ConfigMap',
    );
    expect(diff.groups.every(({ nodes }) => nodes.length === 3)).toBe(true);
    expect(diff.plan?.waves.map(({ wave }) => wave)).toEqual([-1, 1, 2, 3]);
  });

  it('shows a chart bump in versions, the Application and what it renders', async () => {
    const { diff } = await diffOf({
      'versions/qa.yaml': text('versions/qa.yaml').replace('"2.3.1"', '"2.4.0"'),
    });

    expect(diff.versions).toEqual([
      { name: 'frontend', field: 'chartVersion', from: '2.3.1', to: '2.4.0' },
    ]);
    expect(groupsOf(diff)).toEqual([
      'frontend non-admin [node-alpha,node-beta,node-gamma] changed ConfigMap',
      'argocd files [] changed ApplicationSet',
    ]);
  });

  it('shows an added and a removed node', async () => {
    const gone = [...files.keys()].filter((path) => path.startsWith('envs/qa/nodes/node-beta/'));
    const added = [...files.entries()]
      .filter(([path]) => path.startsWith('envs/qa/nodes/node-alpha/'))
      .map(([path, content]) => [path.replace('node-alpha', 'node-new'), content]);
    const { diff } = await diffOf({
      ...Object.fromEntries(gone.map((path) => [path, undefined])),
      ...(Object.fromEntries(added) as Record<string, string>),
    });

    expect([diff.nodesAdded, diff.nodesRemoved]).toEqual([['node-new'], ['node-beta']]);
    expect(groupsOf(diff)).toContain('vault non-admin [node-new] added ConfigMap, added Service');
    expect(groupsOf(diff)).toContain(
      'vault non-admin [node-beta] removed ConfigMap, removed Service',
    );
    expect(groupsOf(diff).at(-1)).toContain('argocd files [] changed');
  });

  it('keeps what cannot be rendered as an error with its side', async () => {
    const path = 'envs/qa/nodes/node-alpha/values-backend.yaml';
    const { diff } = await diffOf({ [path]: 'broken: true\n' });

    expect(diff.errors).toEqual([
      {
        side: 'head',
        application: 'dlt-node-alpha-backend-qa',
        node: 'node-alpha',
        component: 'backend',
        message: expect.stringContaining('dlt-node-alpha-backend-qa does not render') as unknown,
      },
    ]);
    expect(diff.groups).toEqual([]);
  });

  it('shows a whole environment that is new', async () => {
    const side = await nextRelease(memoryTree(files), 'qa');
    const diff = await diffEnvironment(
      'qa',
      { base: undefined, head: side },
      { renderer: echoRenderer(), masker: noMask, windowOf: () => '' },
    );

    expect(diff.nodesAdded).toEqual(['node-alpha', 'node-beta', 'node-gamma']);
    expect(diff.groups.every(({ resources }) => resources.every((r) => r.change === 'added'))).toBe(
      true,
    );
  });
});
