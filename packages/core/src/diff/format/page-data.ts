import type { ChangeGroup, DiffReport, ResourceChange, RiskLevel } from '../model.ts';
import { countChanges, formatCounts, riskRank, summaryRow } from './summary.ts';
import { escapeJsonForHtml, showInvisible } from './visible-text.ts';
import { countOf, formatResource } from './words.ts';

/** What the page's script reads. Every text of it is shown as it is, and only ever as text. */
interface PageGroup {
  readonly environment: string;
  readonly component: string;
  readonly wave: number | null;
  readonly nodes: readonly string[];
  readonly nodeCount: string;
  /** Resources on each node, such as `+1 ~2`. */
  readonly counts: string;
  readonly rank: number;
  readonly badges: readonly string[];
  readonly resources: readonly PageResource[];
}

interface PageResource {
  readonly change: ResourceChange['change'];
  readonly name: string;
  readonly rank: number;
  readonly risks: readonly { readonly level: RiskLevel; badge: string; reason: string }[];
  /** Lines with their marks, separated by line feeds. */
  readonly lines: string;
}

/** The groups of a report as JSON that can stand in a page. */
export function pageData(report: DiffReport): string {
  const groups = report.environments.flatMap(({ environment, groups: changes }) =>
    changes.map((group) => pageGroup(environment, group)),
  );
  const environments = report.environments.map(({ environment }) => showInvisible(environment));
  return escapeJsonForHtml(JSON.stringify({ environments, groups }));
}

function pageGroup(environment: string, group: ChangeGroup): PageGroup {
  const row = summaryRow(environment, group);
  return {
    environment: showInvisible(environment),
    component: showInvisible(row.component),
    wave: group.wave ?? null,
    nodes: group.nodes.map(showInvisible),
    nodeCount: countOf(group.nodes.length, 'node'),
    counts: formatCounts(countChanges(group.resources)),
    rank: riskRank(row.risk),
    badges: row.badges.map(showInvisible),
    resources: group.resources.map(pageResource),
  };
}

function pageResource(change: ResourceChange): PageResource {
  const ranks = change.risks.map(({ level }) => riskRank(level));
  return {
    change: change.change,
    name: showInvisible(formatResource(change.resource)),
    rank: Math.max(0, ...ranks),
    risks: change.risks.map(({ level, badge, reason }) => ({
      level,
      badge: showInvisible(badge),
      reason: showInvisible(reason),
    })),
    lines: change.lines.map(({ mark, text }) => mark + showInvisible(text)).join('\n'),
  };
}
