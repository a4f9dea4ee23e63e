import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyReport,
  changeOf,
  chartBump,
  emptyReport,
  groupOf,
  nodesComeAndGo,
  reportOf,
  withErrors,
} from '../../../test/diff-reports.ts';
import { formatTerminal, type TerminalColors } from './terminal.ts';
import { textWidth } from './text-width.ts';
import { showInvisible } from './visible-text.ts';

const same = (text: string): string => text;
const plain: TerminalColors = {
  red: same,
  green: same,
  cyan: same,
  yellow: same,
  bold: same,
  dim: same,
};
const options = { colors: plain, width: 80, split: false };

describe('formatTerminal', () => {
  it('says that nothing changes', () => {
    expect(formatTerminal(emptyReport, options)).toBe(
      'No change in what would be deployed.\norigin/main → 3f9a12c\n',
    );
  });

  it('shows table, plan and differences', () => {
    expect(formatTerminal(nodesComeAndGo, options)).toBe(
      `1 environment, 2 of 70 Applications change: 1 resource added, 1 changed, 1 removed; highest risk: high.
origin/main → 3f9a12c

environment  component          nodes     resources  risk
qa           namespace (admin)  node-old  -1         high: prune
qa           vault              node-new  +1
qa           argocd                       ~1

qa
  1 node added: node-new
  1 node removed: node-old
  backup → wave 0: namespace → wave 1: vault
  sync automatic, always open

qa  namespace (admin)  node-old
- v1 Namespace dlt-node-old
  high, prune: Namespace dlt-node-old is removed; Argo CD deletes it
  -apiVersion: v1
  -kind: Namespace
  -metadata:
  -  name: dlt-node-old

qa  vault  node-new
+ v1 Service dlt-node-new/vault
  +apiVersion: v1
  +kind: Service
  +metadata:
  +  name: vault

qa  argocd
~ argoproj.io/v1alpha1 Application argocd/dlt-root-qa
   spec:
  -  revision: a
  +  revision: b
`,
    );
  });

  it('folds the names of many nodes', () => {
    const text = formatTerminal(chartBump, options);
    expect(text).toContain('200 nodes: node-0001, node-0002, node-0003, …  +200 ~200 (+1 ~1 each)');
    expect(text).toContain('node-0020, … 180 more; shown as on the first');
  });

  it('shows errors before everything else, in full', () => {
    const [, errors] = formatTerminal(withErrors, options).split('\n\n');
    expect(errors).toContain(
      'error in qa, head: 2 Applications: dlt-node-alpha-backend-qa, dlt-node-beta-backend-qa\n  Error: template',
    );
    expect(errors).toContain('  - schedule: @daily is required');
  });

  it('puts both sides beside each other and cuts long lines', () => {
    const text = formatTerminal(chartBump, { ...options, width: 60, split: true });
    expect(text).toContain('  -          image: registry… │ +          image: registry…\n');
    expect(text).toContain('  -  revisionHistoryLimit: 10 │ +  revisionHistoryLimit: 3\n');
  });

  it('keeps the sides aligned under characters of any width', () => {
    const report = reportOf({
      environment: 'qa',
      groups: [
        groupOf({
          resources: [changeOf({}, ['-a: 日本語', '+a: 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉', ' e\u0301: x'])],
        }),
      ],
    });
    const rows = formatTerminal(report, { ...options, width: 46, split: true })
      .split('\n')
      .filter((line) => line.includes(' │ '));
    expect(rows.map((row) => textWidth(row.split('│')[0] ?? ''))).toEqual([23, 23]);
  });

  it('does not cut lines otherwise', () => {
    const long = 'x'.repeat(500);
    const report = reportOf({
      environment: 'qa',
      groups: [groupOf({ resources: [changeOf({}, [`+${long}`])] })],
    });
    expect(formatTerminal(report, options)).toContain(`  +${long}\n`);
  });

  it('paints lines and lets no control of the content through', () => {
    const colors = { ...plain, red: (text: string) => `<red>${text}</red>` };
    const report = reportOf({
      environment: 'qa',
      groups: [groupOf({ resources: [changeOf({}, ['-\u001b[2J\tx'])] })],
    });
    expect(formatTerminal(report, { ...options, colors })).toContain(
      '  <red>-<U+001B>[2J→   x</red>\n',
    );
    fc.assert(
      fc.property(anyReport, fc.boolean(), (any, split) => {
        const text = formatTerminal(any, { ...options, split });
        expect(text).not.toContain('\t');
        expect(showInvisible(text.replaceAll('\n', ''))).toBe(text.replaceAll('\n', ''));
      }),
    );
  });
});
