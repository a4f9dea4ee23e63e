import { describe, expect, it } from 'vitest';
import type { DiffReport, EnvironmentDiff } from '../model.ts';
import {
  changeOf,
  chartBump,
  emptyReport,
  errorOf,
  groupOf,
  manyNodes,
  nodesComeAndGo,
  reportOf,
  riskOf,
  withErrors,
} from '../../../test/diff-reports.ts';
import {
  foldByComponent,
  foldByEnvironment,
  foldErrors,
  formatCounts,
  notesOf,
  summarizeDiff,
} from './summary.ts';

function live(environment: Partial<EnvironmentDiff>): DiffReport {
  return { ...reportOf({ environment: 'qa', ...environment }), isLive: true };
}

describe('headline', () => {
  it.each([
    ['nothing', emptyReport, 'No change in what would be deployed.'],
    [
      'a new chart',
      chartBump,
      '2 environments, 201 of 1,624 Applications change: 200 resources added, 202 changed; highest risk: high.',
    ],
    [
      'nodes that come and go',
      nodesComeAndGo,
      '1 environment, 2 of 70 Applications change: 1 resource added, 1 changed, 1 removed; highest risk: high.',
    ],
    [
      'errors alone',
      withErrors,
      '3 errors: not everything could be compared; no change was found elsewhere.',
    ],
    [
      'errors and a change',
      reportOf({
        environment: 'qa',
        errors: [errorOf()],
        groups: [groupOf({ resources: [changeOf({}, ['+a'])] })],
      }),
      '1 error: not everything could be compared; 1 environment, 1 of 70 Applications changes: 1 resource changed.',
    ],
    ['a cluster without drift', live({}), 'No drift: a sync would change nothing.'],
    [
      'a cluster with drift',
      live({ groups: [groupOf({ resources: [changeOf({}, ['+a'])] })] }),
      '1 environment, 1 of 70 Applications differs: 1 resource changed.',
    ],
    [
      'a cluster that does not show everything',
      live({ errors: [errorOf()] }),
      '1 error: not everything could be compared; no change was found elsewhere.',
    ],
  ])('%s', (_, report, headline) => {
    expect(summarizeDiff(report).headline).toBe(headline);
  });
});

describe('notes', () => {
  it('name their environment where there are several', () => {
    const [qa, prod] = ['qa', 'prod'].map((environment) => ({ environment, notes: ['A note.'] }));
    if (qa === undefined || prod === undefined) throw new Error('two were made');

    expect(notesOf(reportOf(qa))).toEqual(['A note.']);
    expect(notesOf(reportOf(qa, prod))).toEqual(['qa: A note.', 'prod: A note.']);
    expect(notesOf(emptyReport)).toEqual([]);
  });
});

describe('rows', () => {
  it('counts resources on all nodes and on each', () => {
    const [special, all] = summarizeDiff(chartBump).rows;
    expect(special).toMatchObject({
      nodes: ['node-special'],
      resources: { added: 0, changed: 2, removed: 0 },
      each: undefined,
      risk: 'high',
      badges: ['immutable field', 'volume shrinks'],
    });
    expect(all).toMatchObject({
      environment: 'preprod',
      component: 'backend',
      nodes: manyNodes(200),
      resources: { added: 200, changed: 200, removed: 0 },
      each: { added: 1, changed: 1, removed: 0 },
      risk: 'low',
      badges: ['restart'],
    });
  });

  it('says which instance renders what the admin one does, and counts files once', () => {
    const files = groupOf({
      component: 'argocd',
      source: 'files',
      nodes: ['a', 'b'],
      resources: [changeOf({}, ['+a'])],
    });
    const { rows, totals } = summarizeDiff(reportOf({ environment: 'qa', groups: [files] }));
    expect(rows[0]).toMatchObject({ resources: { changed: 1 }, each: undefined });
    expect(totals.applicationsChanged).toBe(0);
    expect(summarizeDiff(nodesComeAndGo).rows[0]?.component).toBe('namespace (admin)');
  });

  it('are folded by component, and by environment', () => {
    const { rows } = summarizeDiff(chartBump);
    expect(foldByComponent(rows)).toEqual([
      {
        environment: 'preprod',
        component: 'backend',
        nodes: [...manyNodes(200), 'node-special'],
        changes: 2,
        resources: { added: 200, changed: 202, removed: 0 },
        each: undefined,
        risk: 'high',
        badges: ['immutable field', 'volume shrinks', 'restart'],
      },
    ]);
    expect(foldByEnvironment(summarizeDiff(nodesComeAndGo).rows)).toMatchObject([
      { environment: 'qa', component: '3 components', nodes: ['node-new', 'node-old'], changes: 3 },
    ]);
  });

  it('put the badge of the highest risk first', () => {
    const resource = changeOf({}, ['+a'], {
      risks: [
        riskOf('low', 'restart', ''),
        riskOf('high', 'CRD', ''),
        riskOf('low', 'restart', ''),
      ],
    });
    const { rows } = summarizeDiff(
      reportOf({ environment: 'qa', groups: [groupOf({ resources: [resource] })] }),
    );
    expect(rows[0]?.badges).toEqual(['CRD', 'restart']);
  });
});

describe('formatCounts', () => {
  it.each([
    [{ added: 1, changed: 2_000, removed: 3 }, '+1 ~2,000 -3'],
    [{ added: 0, changed: 0, removed: 3 }, '-3'],
    [{ added: 0, changed: 0, removed: 0 }, '0'],
  ])('%j: %s', (counts, text) => {
    expect(formatCounts(counts)).toBe(text);
  });
});

describe('foldErrors', () => {
  it('says the same message once, with all Applications', () => {
    expect(foldErrors(withErrors).map(({ applications }) => applications)).toEqual([
      ['dlt-node-alpha-backend-qa', 'dlt-node-beta-backend-qa'],
      ['dlt-backup-qa'],
    ]);
  });
});
