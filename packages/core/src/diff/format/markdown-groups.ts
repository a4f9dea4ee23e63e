import type { ChangeGroup, EnvironmentDiff, ResourceChange, Risk, RiskLevel } from '../model.ts';
import { addPart, type Draft } from './markdown-draft.ts';
import { clipLine, codeSpan, codeSpans, fence, htmlCode, prose } from './markdown-text.ts';
import { formatLineCounts, unifiedLine, withoutContext } from './shorten-lines.ts';
import {
  badgesOf,
  countChanges,
  formatCounts,
  highestRisk,
  riskRank,
  summaryRow,
} from './summary.ts';
import { showInvisible } from './visible-text.ts';
import { countOf, formatPath, formatResource } from './words.ts';

const nodesShown = 3;
const pathsShown = 5;
const lineMax = 400;

/** Adds a section for a group, and within it one for each resource. */
export function addGroup(
  draft: Draft,
  environment: EnvironmentDiff,
  group: ChangeGroup,
  artifact: string,
): void {
  const rank = riskRank(riskOf(group.resources));
  const start = draft.parts.length;
  const title = groupTitle(environment.environment, group);
  const open = (nodes: string): string => `<details>\n<summary>${title}</summary>\n\n${nodes}`;
  addPart(
    draft,
    {
      kind: 'group',
      rank,
      forms: [
        () => open(nodesText(group, group.nodes.length)),
        () => open(nodesText(group, nodesShown)),
        () => groupLine(environment.environment, group, artifact),
        () => '',
      ],
    },
    'context',
  );
  for (const resource of group.resources) addResource(draft, resource, artifact);
  const end = draft.parts.length;
  addPart(draft, { kind: 'frame', rank, forms: [() => '</details>\n\n', () => ''] });
  const inside = Array.from({ length: end - start - 1 }, (_, index) => start + 1 + index);
  const line = [
    { piece: start, form: 2 },
    ...inside.map((piece) => ({ piece, form: 3 })),
    { piece: end, form: 1 },
  ];
  draft.cuts.push(
    { stage: 'resources', rank, cut: line },
    { stage: 'groups', rank, cut: line.with(0, { piece: start, form: 3 }) },
  );
}

function addResource(draft: Draft, resource: ResourceChange, artifact: string): void {
  const rank = riskRank(riskOf([resource]));
  addPart(
    draft,
    {
      kind: 'resource',
      rank,
      forms: [
        () => resourceText(resource, resource.lines.map(unifiedLine), ''),
        () => resourceText(resource, shortLines(resource), pathsText(resource)),
        () => resourceLine(resource, artifact),
        () => '',
      ],
    },
    'context',
    'diffs',
  );
}

function resourceText(resource: ResourceChange, lines: readonly string[], paths: string): string {
  const title = `${resource.change} ${htmlCode(formatResource(resource.resource))}`;
  const shown = lines.map(showInvisible);
  return [
    `<details>\n<summary>${title}${riskTitle(resource.risks)}</summary>\n\n`,
    risksText(resource.risks),
    paths,
    ...(shown.length === 0 ? [] : [fence(shown, 'diff')]),
    '</details>\n\n',
  ].join('');
}

function resourceLine(resource: ResourceChange, artifact: string): string {
  const { change, risks, lines } = resource;
  const risk =
    risks.length === 0 ? '' : ` (${markRisk(riskOf([resource]))}: ${codeSpans(badgesOf(risks))})`;
  const name = codeSpan(formatResource(resource.resource));
  return `- ${change} ${name}${risk}: ${codeSpan(formatLineCounts(lines))} left out, ${artifact}\n`;
}

function groupLine(environment: string, group: ChangeGroup, artifact: string): string {
  const row = summaryRow(environment, group);
  const nodes = row.nodes.length === 0 ? '' : `, ${nodeNames(row.nodes)}`;
  const risk = row.risk === undefined ? '' : `, ${markRisk(row.risk)}: ${codeSpans(row.badges)}`;
  const counts = codeSpan(formatCounts(row.resources));
  return `- ${codeSpan(environment)}, ${codeSpan(row.component)}${nodes}${risk}: ${counts} left out, ${artifact}\n`;
}

function shortLines(resource: ResourceChange): string[] {
  return withoutContext(resource.lines).map((line) => clipLine(unifiedLine(line), lineMax));
}

/** Without context, lines do not say where they are. */
function pathsText({ fields }: ResourceChange): string {
  if (fields.length === 0) return '';
  const paths = fields.map(({ path }) => formatPath(path));
  return `Fields: ${codeSpans(paths, pathsShown)}\n\n`;
}

function groupTitle(environment: string, group: ChangeGroup): string {
  const row = summaryRow(environment, group);
  const [only] = row.nodes;
  const nodes =
    row.nodes.length === 1 ? [`node ${htmlCode(only ?? '')}`] : [countOf(row.nodes.length, 'node')];
  const each = row.each === undefined ? '' : ' each';
  return [
    htmlCode(environment),
    htmlCode(row.component),
    ...(row.nodes.length === 0 ? [] : nodes),
    `${htmlCode(formatCounts(countChanges(group.resources)))}${each}`,
  ]
    .join(' · ')
    .concat(riskTitle(group.resources.flatMap(({ risks }) => risks)));
}

function nodesText({ nodes }: ChangeGroup, shown: number): string {
  if (nodes.length < 2) return '';
  return `On ${countOf(nodes.length, 'node')}, shown as on the first: ${codeSpans(nodes, shown)}\n\n`;
}

/** Nodes of a line: `` 40 nodes: `node-0001`, `node-0002`, `node-0003`, … ``. */
export function nodeNames(
  nodes: readonly string[],
  span: (text: string) => string = codeSpan,
): string {
  const names = codeSpans(nodes, nodesShown, span);
  return nodes.length === 1 ? names : `${countOf(nodes.length, 'node')}: ${names}`;
}

function riskOf(resources: readonly ResourceChange[]): RiskLevel | undefined {
  return highestRisk(resources.flatMap(({ risks }) => risks.map(({ level }) => level)));
}

function riskTitle(risks: readonly Risk[]): string {
  if (risks.length === 0) return '';
  const level = highestRisk(risks.map((risk) => risk.level));
  return ` · ${markRisk(level)}: ${badgesOf(risks).map(htmlCode).join(', ')}`;
}

function risksText(risks: readonly Risk[]): string {
  const lines = risks.map(
    ({ level, badge, reason }) => `- ${markRisk(level)}, ${codeSpan(badge)}: ${prose(reason)}\n`,
  );
  return lines.length === 0 ? '' : `${lines.join('')}\n`;
}

const marks: Readonly<Record<RiskLevel, string>> = {
  high: '🔴 high',
  medium: '🟠 medium',
  low: '🟡 low',
};

/** A level that is seen from afar. */
export function markRisk(level: RiskLevel | undefined): string {
  return level === undefined ? '' : marks[level];
}
