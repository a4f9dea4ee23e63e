import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyReport,
  changeOf,
  chartBump,
  emptyReport,
  groupOf,
  manyNodes,
  nastyTexts,
  nodesComeAndGo,
  reportOf,
  reportWith,
  riskOf,
  withErrors,
} from '../../../test/diff-reports.ts';
import type { DiffReport, RiskLevel } from '../model.ts';
import { formatMarkdown } from './markdown.ts';
import { showInvisible } from './visible-text.ts';

const artifactUrl = 'https://gitlab.example.com/a/-/jobs/1/artifacts/file/diff.html';

function note(report: DiffReport, charactersMax = 1_000_000): string {
  return formatMarkdown(report, { charactersMax, artifactUrl });
}

/** Lines outside of blocks of code; fails when a block is not closed. */
function outsideFences(text: string): string[] {
  const outside: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const ticks = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (open === undefined) {
      if (ticks === undefined) outside.push(line);
      else open = ticks;
    } else if (ticks !== undefined && ticks.length >= open.length && /^ *`+ *$/.test(line)) {
      open = undefined;
    }
  }
  expect(open).toBeUndefined();
  return outside;
}

/** A line without its code, be it Markdown's or HTML's. */
function withoutCode(line: string): string {
  return line.replace(/<code>[^<]*<\/code>/g, '').replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '');
}

/** What has to hold for any note whatsoever. */
function expectSafe(text: string): void {
  const lines = outsideFences(text);
  let depth = 0;
  for (const line of lines) {
    if (line === '<details>') depth += 1;
    if (line === '</details>') depth -= 1;
    expect(depth).toBeGreaterThanOrEqual(0);
    expectPlain(line);
  }
  expect(depth).toBe(0);
  expect(text).not.toMatch(/^\//m);
  expect(showInvisible(text.replaceAll('\n', ''))).toBe(text.replaceAll('\n', ''));
}

function expectPlain(line: string): void {
  if (line.startsWith('[the artifact]: <') || line.includes(`<${artifactUrl}>`)) return;
  const rest = withoutCode(line)
    .replace(/^<\/?details>$|<\/?summary>/g, '')
    .replaceAll('[the artifact]', '')
    .replace(/^#{3} [A-Z][a-z ]+$/, '');
  expect(rest).not.toMatch(/[<>&`@#!~$%^\\[\]_{}"]|:\/\/|www\.|\b[0-9a-f]{7,}\b/);
  if (line.startsWith('|')) expect([5, 6]).toContain(line.split('|').length - 1);
}

describe('formatMarkdown', () => {
  it('says that nothing changes', () => {
    expect(formatMarkdown(emptyReport, { charactersMax: 1_000_000 })).toBe(
      '**No change in what would be deployed.**\n\nFrom `origin/main` → `3f9a12c`: 140 Applications compared, 8 rendered; the others have the same inputs.\n\n',
    );
  });

  it('has headline, table, versions, plan and sections', () => {
    const text = note(nodesComeAndGo);
    const parts = [
      '**1 environment, 2 of 70 Applications change',
      '| `qa` | `namespace (admin)` | `node-old` | `-1` | 🔴 high: `prune` |',
      '- `qa`: 1 node added: `node-new`',
      '- `qa`: 1 node removed: `node-old`',
      '| `qa` | backup → wave 0: `namespace` → wave 1: `vault` | automatic | always open |',
      '<summary><code>qa</code> · <code>namespace &#40;admin&#41;</code> · node <code>node-old</code>',
      '<summary>removed <code>v1 Namespace dlt-node-old</code> · 🔴 high: <code>prune</code></summary>',
      '- 🔴 high, `prune`: Namespace dlt-node-old is removed; Argo CD deletes it',
      '```diff\n-apiVersion: v1\n',
      `[the artifact]: <${artifactUrl}>`,
    ];
    const found = parts.map((part) => text.indexOf(part));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expectSafe(text);
  });

  it('folds what is the same on many nodes, and names them all in its section', () => {
    const text = note(chartBump);
    expect(text).toContain(
      '| `preprod` | `backend` | 200 nodes: `node-0001`, `node-0002`, `node-0003`, … | `+200 ~200`, `+1 ~1` each | 🟡 low: `restart` |',
    );
    expect(text).toContain('On 200 nodes, shown as on the first: `node-0001`, ');
    expect(text).toContain('`node-0200`\n');
    expect(text.match(/registry.example.com.dlt.backend:3.2.0/g)).toHaveLength(2);
  });

  it('shows errors in full, the same message once', () => {
    const text = note(withErrors);
    expect(text).toContain(
      'In `qa`, head: 2 Applications `dlt-node-alpha-backend-qa`, `dlt-node-beta-backend-qa`:\n\n```text\n  Error: template: ',
    );
    expect(text).toContain('````text\n  Error: values do not meet the schema:\n  /close\n  ```\n');
    expectSafe(text);
  });

  it('has one row for each component where groups are too many', () => {
    const groups = manyNodes(61).map((node) =>
      groupOf({ nodes: [node], resources: [changeOf({ name: node }, ['+a'])] }),
    );
    expect(note(reportOf({ environment: 'qa', groups }))).toContain(
      '| `qa` | `backend` | 61 nodes: `node-0001`, `node-0002`, `node-0003`, …; 61 different changes | `~61` |  |',
    );
  });
});

describe('a note that is too long', () => {
  const context = Array.from({ length: 40 }, (_, index) => ` unchanged: ${index}`);
  const levels: (RiskLevel | undefined)[] = ['high', 'medium', 'low', undefined];
  const report = reportOf({
    environment: 'qa',
    groups: levels.map((level) =>
      groupOf({
        component: `of-${level ?? 'no'}-risk`,
        resources: [
          changeOf(
            { name: `${level ?? 'no'}-risk` },
            [...context, '-old', `+new-${level ?? 'no'}`],
            {
              fields: [{ path: ['spec', 'x'], before: 'old', after: 'new' }],
              risks: level === undefined ? [] : [riskOf(level, `badge ${level}`, 'because')],
            },
          ),
        ],
      }),
    ),
  });
  const all = note(report);

  /** What has a low risk is large; there is less before and after it. */
  const mixed = reportOf({
    environment: 'qa',
    groups: [
      groupOf({
        resources: [
          changeOf({ name: 'a' }, ['+new-a'], { risks: [riskOf('high', 'badge high', 'because')] }),
          changeOf({ name: 'b' }, Array<string>(50).fill(`+new-b${'x'.repeat(50)}`), {
            risks: [riskOf('low', 'badge low', 'because')],
          }),
          changeOf({ name: 'c' }, ['+new-c']),
        ],
      }),
    ],
  });

  /** Which levels still have their context, and which their diff. */
  function detail(text: string): { context: number; diffs: string[] } {
    const diffs = [...text.matchAll(/^\+new-(\w+)$/gm)].map(([, level]) => level ?? '');
    return { context: text.split('unchanged: 1\n').length - 1, diffs };
  }

  it('drops context, then diffs, from the least risky up', () => {
    const seen: string[] = [];
    for (let max = all.length; max > 2_000; max -= 50) {
      const { context: kept, diffs } = detail(note(report, max));
      const state = `${kept} ${diffs.join(',')}`;
      if (seen.at(-1) !== state) seen.push(state);
    }
    const order = [
      '4 high,medium,low,no',
      '3 high,medium,low,no',
      '2 high,medium,low,no',
      '1 high,medium,low,no',
      '0 high,medium,low,no',
      '0 high,medium,low',
      '0 high,medium',
      '0 high',
      '0 ',
    ];
    expect(order.filter((state) => seen.includes(state))).toEqual(seen);
    expect(seen.length).toBeGreaterThan(5);
  });

  it('says what is left out, and where it is', () => {
    const text = note(report, all.length - 1_500);
    expect(text).toMatch(
      /^\*\*Too long for one note\.\*\* Left out: unchanged lines of \d resources\. The whole diff is in \[the artifact\]\.$/m,
    );
    expect(text).toContain('@@ 40 unchanged lines left out @@\n-old\n+new-no\n');
    expect(text).toContain('Fields: `spec.x`');
    const shorter = note(mixed, 2_600);
    expect(shorter).toContain(
      '- changed `apps/v1 Deployment dlt-node-alpha/b` (🟡 low: `badge low`): `+50 lines` left out, see [the artifact]\n',
    );
    expect(shorter).toContain('the diffs of 1 resource (1 of low or no risk)');
    expect(shorter).toContain('+new-a\n');
  });

  it('takes back what has room once something large is gone', () => {
    const text = note(mixed, 2_600);
    expect(text).toContain('+new-c\n');
    expect(text).not.toContain('+new-b');
  });

  it('says how to see it without an artifact', () => {
    const text = formatMarkdown(report, { charactersMax: 2_400 });
    expect(text).toContain('The whole diff is what `tidegate diff -o html` shows.');
    expect(text).not.toContain('artifact');
  });

  it('keeps the headline and says that all is left out in the smallest', () => {
    const text = note(report, 500);
    expect(text).toContain('highest risk: high');
    expect(text).toContain('This note has no room for what changes: everything is left out.');
    expect(text).toContain(artifactUrl);
  });

  it('keeps errors longer than diffs and the table', () => {
    const failing = {
      ...report,
      environments: [...report.environments, ...withErrors.environments],
    };
    const text = note(failing, 1_250);
    expect(text).toContain('nil pointer');
    expect(text).not.toContain('+new');
  });

  it('fits 5,000 groups into the limit of GitLab', () => {
    const lines = Array.from(
      { length: 60 },
      (_, index) => `${index % 3 === 0 ? '+' : ' '}line ${index}`,
    );
    const groups = manyNodes(5_000).map((node, index) =>
      groupOf({
        nodes: [node],
        resources: [
          changeOf({ name: node }, lines, {
            risks: index < 10 ? [riskOf('high', 'CRD', 'it changes')] : [],
          }),
        ],
      }),
    );
    const text = note(reportOf({ environment: 'prod', groups }));
    expect([...text].length).toBeLessThanOrEqual(1_000_000);
    expect([...text].length).toBeGreaterThan(900_000);
    expectSafe(text);
  });
});

describe('what is compared stays text', () => {
  it.each(nastyTexts.map((text) => [text.slice(0, 40), text]))('%j', (_, text) => {
    for (const max of [1_000_000, 4_000, 2_000, 1_000, 500])
      expectSafe(note(reportWith(text), max));
  });

  it('whatever the report and the limit', () => {
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 500, max: 20_000 }), (report, max) => {
        const text = note(report, max);
        expect([...text].length).toBeLessThanOrEqual(max);
        expectSafe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('is as long as allowed even when that is nearly nothing', () => {
    for (let max = 0; max < 500; max += 7) {
      expect([...note(chartBump, max)].length).toBeLessThanOrEqual(max);
    }
  });
});
