import type { DiffReport, EnvironmentDiff } from '../model.ts';
import { addPart, type Draft } from './markdown-draft.ts';
import { markRisk, nodeNames } from './markdown-groups.ts';
import { cellProse, cellSpan, codeSpan, codeSpans, fence, prose } from './markdown-text.ts';
import {
  comparedSentence,
  foldByComponent,
  foldByEnvironment,
  foldErrors,
  formatCounts,
  notesOf,
  type DiffSummary,
  type FoldedError,
  type SummaryRow,
} from './summary.ts';
import { clipText, showInvisible } from './visible-text.ts';
import { countOf } from './words.ts';

/** More rows than this say less than one for each environment and component. */
const rowsMax = 60;
const namesShown = 3;
const messageMax = 200;

/** Adds the headline and what is compared. */
export function addHead(draft: Draft, report: DiffReport, { headline, totals }: DiffSummary): void {
  const sides = `${codeSpan(report.base)} → ${codeSpan(report.head)}`;
  addPart(draft, { kind: 'frame', rank: 0, forms: [() => `**${headline}**\n\n`] });
  addPart(
    draft,
    {
      kind: 'frame',
      rank: 0,
      forms: [() => `From ${sides}: ${comparedSentence(totals)}\n\n`, () => ''],
    },
    'sides',
  );
}

/** Adds the summary: one row for each group, or for each component where that would be too many. */
export function addTable(draft: Draft, { rows }: DiffSummary): void {
  if (rows.length === 0) return;
  const folded = foldByComponent(rows);
  addPart(
    draft,
    {
      kind: 'table',
      rank: 0,
      forms: [
        () => summaryTable(rows.length > rowsMax ? folded : rows),
        () => summaryTable(folded),
        () => summaryTable(foldByEnvironment(rows)),
        () => '',
      ],
    },
    'rows',
    'table',
    'table',
  );
}

function summaryTable(rows: readonly SummaryRow[]): string {
  const header = ['Environment', 'Component', 'Nodes', 'Resources', 'Risk'];
  return table(header, rows.map(summaryCells));
}

function summaryCells(row: SummaryRow): string[] {
  const nodes = row.nodes.length === 0 ? '' : nodeNames(row.nodes, cellSpan);
  const changes = row.changes === 1 ? [] : [countOf(row.changes, 'different change')];
  const each = row.each === undefined ? '' : `, ${cellSpan(formatCounts(row.each))} each`;
  const badges = codeSpans(row.badges, row.badges.length, cellSpan);
  return [
    cellSpan(row.environment),
    cellSpan(row.component),
    [...(nodes === '' ? [] : [nodes]), ...changes].join('; '),
    `${cellSpan(formatCounts(row.resources))}${each}`,
    row.risk === undefined ? '' : `${markRisk(row.risk)}: ${badges}`,
  ];
}

/** Adds versions that differ, and nodes that come and go. */
export function addVersions(draft: Draft, { environments }: DiffReport): void {
  const lines = environments.flatMap(versionLines);
  if (lines.length === 0) return;
  const text = `### Versions and nodes\n\n${lines.map((line) => `- ${line}\n`).join('')}\n`;
  addPart(draft, { kind: 'versions', rank: 0, forms: [() => text, () => ''] }, 'versions');
}

function versionLines(diff: EnvironmentDiff): string[] {
  const where = codeSpan(diff.environment);
  const nodes = (names: readonly string[], what: string): string[] =>
    names.length === 0
      ? []
      : [`${where}: ${countOf(names.length, 'node')} ${what}: ${codeSpans(names)}`];
  return [
    ...diff.versions.map(({ name, field, from, to }) => {
      const what = field === 'chartVersion' ? 'chart' : 'image';
      return `${where}: ${codeSpan(name)} ${what} ${versionSpan(from)} → ${versionSpan(to)}`;
    }),
    ...nodes(diff.nodesAdded, 'added'),
    ...nodes(diff.nodesRemoved, 'removed'),
  ];
}

function versionSpan(version: string | undefined): string {
  return version === undefined ? 'none' : codeSpan(version);
}

/** Adds what a release of the changes would do. */
export function addPlan(draft: Draft, { environments }: DiffReport): void {
  const rows = environments.flatMap(planCells);
  if (rows.length === 0) return;
  const text = (): string =>
    `### Rollout plan\n\n${table(['Environment', 'Order', 'Sync', 'Window'], rows)}`;
  addPart(draft, { kind: 'plan', rank: 0, forms: [text, () => ''] }, 'plan');
}

function planCells({ environment, plan }: EnvironmentDiff): string[][] {
  if (plan === undefined) return [];
  const waves = plan.waves.map(({ wave, components }) => {
    const names = codeSpans(components, components.length, cellSpan);
    return `wave ${wave}: ${names}`;
  });
  const order = waves.length === 0 ? 'nothing in waves' : ['backup', ...waves].join(' → ');
  return [[cellSpan(environment), order, plan.sync, cellProse(plan.window)]];
}

/** Adds what was not compared on purpose. */
export function addNotes(draft: Draft, report: DiffReport): void {
  const notes = notesOf(report);
  if (notes.length === 0) return;
  const text = `${notes.map((note) => `- ${prose(note)}\n`).join('')}\n`;
  addPart(draft, { kind: 'notes', rank: 0, forms: [() => text, () => ''] }, 'notes');
}

/** Adds what could not be compared, in full; the same message once. */
export function addErrors(draft: Draft, report: DiffReport): void {
  const errors = foldErrors(report);
  if (errors.length === 0) return;
  const title = '### Errors\n\nThese could not be compared:\n\n';
  addPart(
    draft,
    {
      kind: 'errors',
      rank: 0,
      forms: [
        () => `${title}${errors.map(errorText).join('')}`,
        () => `${title}${errors.map(shortError).join('')}\n`,
        () => '',
      ],
    },
    'messages',
    'errors',
  );
}

function errorText(error: FoldedError): string {
  const lines = error.message.trimEnd().split(/\r?\n/);
  return `${errorPlace(error, error.applications.length)}:\n\n${fence(
    // A line that begins with a slash could be read as a command, for all that it is code.
    lines.map((line) => `  ${showInvisible(line)}`),
    'text',
  )}`;
}

function shortError(error: FoldedError): string {
  const [first = ''] = error.message.trim().split(/\r?\n/);
  return `- ${errorPlace(error, namesShown)}: ${codeSpan(clipText(first, messageMax))}\n`;
}

function errorPlace({ environment, side, applications }: FoldedError, shown: number): string {
  const many = applications.length === 1 ? '' : `${countOf(applications.length, 'Application')} `;
  return `In ${codeSpan(environment)}, ${side}: ${many}${codeSpans(applications, shown)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${[header, header.map(() => '---'), ...rows].map(line).join('')}\n`;
}
