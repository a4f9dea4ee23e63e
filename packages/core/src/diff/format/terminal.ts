import type { ChangeGroup, DiffReport, EnvironmentDiff, ResourceChange, Risk } from '../model.ts';
import { splitLines, type SplitRow } from './split-lines.ts';
import {
  foldErrors,
  formatCounts,
  notesOf,
  summarizeDiff,
  summaryRow,
  type FoldedError,
  type SummaryRow,
} from './summary.ts';
import { fitWidth, padWidth, textWidth } from './text-width.ts';
import { unifiedLine } from './shorten-lines.ts';
import { showInvisible } from './visible-text.ts';
import { countOf, firstNames, formatCount, formatResource } from './words.ts';

type Paint = (text: string) => string;

export interface TerminalColors {
  readonly red: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
  readonly yellow: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

export interface TerminalOptions {
  readonly colors: TerminalColors;
  /** Columns of the terminal. */
  readonly width: number;
  /** Both sides beside each other. */
  readonly split: boolean;
}

const nodesShown = 3;
const nodesListed = 20;
const namesShown = 10;
const columnMin = 20;
const separator = ' │ ';
const tab = '→   ';

/**
 * The report for a terminal: what could not be compared, a table, the plan, then every difference.
 * Controls of what is compared are written out and do nothing.
 */
export function formatTerminal(report: DiffReport, options: TerminalOptions): string {
  const { rows, headline } = summarizeDiff(report);
  const { bold, dim } = options.colors;
  const sections = [
    [bold(headline), dim(`${show(report.base)} → ${show(report.head)}`)],
    foldErrors(report).flatMap((error) => errorLines(error, options.colors)),
    rows.length === 0 ? [] : tableLines(rows, options.colors),
    report.environments.flatMap((environment) => planLines(environment, options.colors)),
    notesOf(report).map((note) => dim(show(note))),
    ...report.environments.flatMap(({ environment, groups }) =>
      groups.map((group) => groupLines(environment, group, options)),
    ),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

function errorLines(error: FoldedError, { red }: TerminalColors): string[] {
  const { environment, side, applications, message } = error;
  const many = applications.length === 1 ? '' : `${countOf(applications.length, 'Application')}: `;
  const names = firstNames(applications, namesShown);
  return [
    red(`error in ${show(`${environment}, ${side}: ${many}${names}`)}`),
    ...message
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => `  ${show(line)}`),
  ];
}

function tableLines(rows: readonly SummaryRow[], { bold }: TerminalColors): string[] {
  const header = ['environment', 'component', 'nodes', 'resources', 'risk'];
  const cells = [header, ...rows.map(rowCells)].map((row) => row.map(show));
  const widths = header.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, textWidth(row[column] ?? '')), 0),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => padWidth(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, index) => (index === 0 ? bold(line) : line));
}

function rowCells(row: SummaryRow): string[] {
  const each = row.each === undefined ? '' : ` (${formatCounts(row.each)} each)`;
  return [
    row.environment,
    row.component,
    foldNodes(row.nodes),
    `${formatCounts(row.resources)}${each}`,
    row.risk === undefined ? '' : `${row.risk}: ${row.badges.join(', ')}`,
  ];
}

/** Nodes in one line: `40 nodes: node-0001, node-0002, node-0003, …`. */
function foldNodes(nodes: readonly string[]): string {
  const names = firstNames(nodes, nodesShown);
  return nodes.length < 2 ? names : `${countOf(nodes.length, 'node')}: ${names}`;
}

function planLines(diff: EnvironmentDiff, { bold, yellow, red }: TerminalColors): string[] {
  const { environment, plan, nodesAdded, nodesRemoved, versions } = diff;
  const lines = [
    ...versions.map(({ name, field, from, to }) => {
      const what = field === 'chartVersion' ? 'chart' : 'image';
      return show(`${name} ${what} ${from ?? 'none'} → ${to ?? 'none'}`);
    }),
    ...(nodesAdded.length > 0 ? [nodesLine('added', nodesAdded)] : []),
    ...(nodesRemoved.length > 0 ? [red(nodesLine('removed', nodesRemoved))] : []),
    ...(plan === undefined ? [] : rolloutLines(plan, yellow)),
  ];
  return lines.length === 0 ? [] : [bold(show(environment)), ...lines.map((line) => `  ${line}`)];
}

function nodesLine(what: string, nodes: readonly string[]): string {
  return show(`${countOf(nodes.length, 'node')} ${what}: ${firstNames(nodes, nodesListed)}`);
}

function rolloutLines(plan: NonNullable<EnvironmentDiff['plan']>, yellow: Paint): string[] {
  const waves = plan.waves.map(({ wave, components }) => `wave ${wave}: ${components.join(', ')}`);
  const order = waves.length === 0 ? 'nothing in waves' : ['backup', ...waves].join(' → ');
  return [show(order), `sync ${plan.sync}, ${yellow(show(plan.window))}`];
}

function groupLines(environment: string, group: ChangeGroup, options: TerminalOptions): string[] {
  const { bold, dim } = options.colors;
  const row = summaryRow(environment, group);
  const title = [environment, row.component, foldNodes(row.nodes)].filter((part) => part !== '');
  const { nodes } = group;
  const listed = nodes.length > nodesShown ? [firstNames(nodes, nodesListed)] : [];
  const more = nodes.length > nodesListed ? ` ${formatCount(nodes.length - nodesListed)} more` : '';
  return [
    bold(show(title.join('  '))),
    ...listed.map((names) => dim(show(`on ${names}${more}; shown as on the first`))),
    ...group.resources.flatMap((resource) => resourceLines(resource, options)),
  ];
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

function resourceLines(resource: ResourceChange, options: TerminalOptions): string[] {
  const { change, risks, lines } = resource;
  const { colors } = options;
  const paint = { added: colors.green, removed: colors.red, changed: colors.yellow }[change];
  const name = formatResource(resource.resource);
  return [
    paint(show(`${signs[change]} ${name}`)),
    ...risks.map((risk) => `  ${riskLine(risk, colors)}`),
    ...(options.split
      ? splitView(resource, options)
      : lines.map((line) => unifiedView(line, colors))),
  ];
}

function riskLine({ level, badge, reason }: Risk, colors: TerminalColors): string {
  const paint = { high: colors.red, medium: colors.yellow, low: colors.dim }[level];
  return `${paint(show(`${level}, ${badge}:`))} ${show(reason)}`;
}

function unifiedView(line: ResourceChange['lines'][number], colors: TerminalColors): string {
  const text = show(unifiedLine(line));
  return `  ${paintOf(line.mark, colors)(text)}`;
}

function splitView({ lines }: ResourceChange, { colors, width }: TerminalOptions): string[] {
  const indent = '  ';
  const column = Math.max(
    columnMin,
    Math.floor((width - indent.length - textWidth(separator)) / 2),
  );
  return splitLines(lines).map((row) => `${indent}${splitRow(row, column, colors)}`.trimEnd());
}

function splitRow(row: SplitRow, column: number, colors: TerminalColors): string {
  if ('heading' in row) {
    return colors.cyan(show(unifiedLine({ mark: '@', text: row.heading })));
  }
  const side = (line: ResourceChange['lines'][number] | undefined): string =>
    line === undefined
      ? ' '.repeat(column)
      : paintOf(line.mark, colors)(fitWidth(show(unifiedLine(line)), column));
  return `${side(row.left)}${colors.dim(separator)}${side(row.right)}`;
}

function paintOf(mark: ResourceChange['lines'][number]['mark'], colors: TerminalColors): Paint {
  switch (mark) {
    case '+':
      return colors.green;
    case '-':
      return colors.red;
    case '@':
      return colors.cyan;
    case ' ':
      return (text) => text;
  }
}

function show(text: string): string {
  return showInvisible(text).replaceAll('\t', tab);
}
