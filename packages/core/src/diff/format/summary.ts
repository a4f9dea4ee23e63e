import type {
  ChangeGroup,
  DiffError,
  DiffReport,
  EnvironmentDiff,
  ResourceChange,
  Risk,
  RiskLevel,
} from '../model.ts';
import { countOf, formatCount } from './words.ts';

/** How many resources are added, changed and removed. */
export interface ResourceCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** A row of the summary: a change of one component on one or many nodes, or several folded into one. */
export interface SummaryRow {
  readonly environment: string;
  /** With the instance that renders it, where that is not the usual one: `namespace (admin)`. */
  readonly component: string;
  readonly nodes: readonly string[];
  /** Different changes in this row. */
  readonly changes: number;
  /** Resources on all nodes. */
  readonly resources: ResourceCounts;
  /** Resources on each node; undefined where there is one, or where nodes differ. */
  readonly each: ResourceCounts | undefined;
  readonly risk: RiskLevel | undefined;
  /** Most risky first. */
  readonly badges: readonly string[];
}

export interface SummaryTotals {
  readonly environments: number;
  readonly errors: number;
  /** Applications that were compared, rendered, and that change. */
  readonly applications: number;
  readonly rendered: number;
  readonly applicationsChanged: number;
  readonly resources: ResourceCounts;
  readonly risk: RiskLevel | undefined;
}

export interface DiffSummary {
  readonly rows: readonly SummaryRow[];
  readonly totals: SummaryTotals;
  /** One sentence: what changes, and first of all what could not be compared. */
  readonly headline: string;
}

/** What could not be compared for one reason, with every Application that this is true of. */
export interface FoldedError {
  readonly environment: string;
  readonly side: DiffError['side'];
  readonly applications: readonly string[];
  readonly message: string;
}

/** Levels from the least risky up; the index of a level is its rank. */
const ranks: readonly (RiskLevel | undefined)[] = [undefined, 'low', 'medium', 'high'];

/** 0 for no risk, 3 for a high one. */
export function riskRank(level: RiskLevel | undefined): number {
  return ranks.indexOf(level);
}

/** The highest of some levels. */
export function highestRisk(levels: readonly (RiskLevel | undefined)[]): RiskLevel | undefined {
  return ranks[levels.reduce<number>((rank, level) => Math.max(rank, riskRank(level)), 0)];
}

/** What a reviewer reads first: one row for each group of the report, in its order. */
export function summarizeDiff(report: DiffReport): DiffSummary {
  const rows = report.environments.flatMap(({ environment, groups }) =>
    groups.map((group) => summaryRow(environment, group)),
  );
  const totals = totalsOf(report.environments, rows);
  return { rows, totals, headline: headlineOf(totals, report) };
}

/** The totals of one environment. */
export function environmentTotals(environment: EnvironmentDiff): SummaryTotals {
  const rows = environment.groups.map((group) => summaryRow(environment.environment, group));
  return totalsOf([environment], rows);
}

/** The row of one group. */
export function summaryRow(environment: string, group: ChangeGroup): SummaryRow {
  const each = countChanges(group.resources);
  const copies = copiesOf(group);
  const risks = group.resources.flatMap((resource) => resource.risks);
  return {
    environment,
    component: componentLabel(group),
    nodes: group.nodes,
    changes: 1,
    resources: mapCounts(each, (count) => count * copies),
    each: copies > 1 ? each : undefined,
    risk: highestRisk(risks.map(({ level }) => level)),
    badges: badgesOf(risks),
  };
}

/** One row for each environment and component. */
export function foldByComponent(rows: readonly SummaryRow[]): SummaryRow[] {
  return foldRows(rows, ({ environment, component }) => JSON.stringify([environment, component]));
}

/** One row for each environment. */
export function foldByEnvironment(rows: readonly SummaryRow[]): SummaryRow[] {
  const folded = foldRows(rows, ({ environment }) => environment);
  return folded.map((row) => {
    const components = new Set(
      rows.filter((one) => one.environment === row.environment).map(({ component }) => component),
    );
    return { ...row, component: countOf(components.size, 'component') };
  });
}

function foldRows(rows: readonly SummaryRow[], keyOf: (row: SummaryRow) => string): SummaryRow[] {
  const folded = new Map<string, SummaryRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const same = folded.get(key);
    if (same === undefined) folded.set(key, [row]);
    else same.push(row);
  }
  return [...folded.values()].map(mergeRows);
}

function mergeRows(rows: readonly SummaryRow[]): SummaryRow {
  const [first, ...others] = rows as readonly [SummaryRow, ...SummaryRow[]];
  if (others.length === 0) return first;
  const byRisk = rows.toSorted((a, b) => riskRank(b.risk) - riskRank(a.risk));
  return {
    environment: first.environment,
    component: first.component,
    nodes: [...new Set(rows.flatMap(({ nodes }) => nodes))].sort(),
    changes: rows.reduce((sum, { changes }) => sum + changes, 0),
    resources: addCounts(rows.map(({ resources }) => resources)),
    each: undefined,
    risk: highestRisk(rows.map(({ risk }) => risk)),
    badges: [...new Set(byRisk.flatMap(({ badges }) => badges))],
  };
}

/** Component of a group, with its instance of Argo CD where that is the admin one. */
export function componentLabel({ component, source }: ChangeGroup): string {
  return source === 'admin' ? `${component} (admin)` : component;
}

/** Counts as `+1 ~2 -3`; what is 0 is left out. */
export function formatCounts({ added, changed, removed }: ResourceCounts): string {
  const parts = [
    ...(added > 0 ? [`+${formatCount(added)}`] : []),
    ...(changed > 0 ? [`~${formatCount(changed)}`] : []),
    ...(removed > 0 ? [`-${formatCount(removed)}`] : []),
  ];
  return parts.length === 0 ? '0' : parts.join(' ');
}

/** The badges of some risks, most risky first, each once. */
export function badgesOf(risks: readonly Risk[]): string[] {
  const sorted = risks.toSorted((a, b) => riskRank(b.level) - riskRank(a.level));
  return [...new Set(sorted.map(({ badge }) => badge))];
}

/** How many resources of a group are added, changed and removed on each node. */
export function countChanges(resources: readonly ResourceChange[]): ResourceCounts {
  const count = (kind: ResourceChange['change']): number =>
    resources.filter(({ change }) => change === kind).length;
  return { added: count('added'), changed: count('changed'), removed: count('removed') };
}

/** How much was compared, and how much of it had to be rendered for that. */
export function comparedSentence({ applications, rendered }: SummaryTotals): string {
  const others = rendered < applications ? '; the others have the same inputs' : '';
  return `${countOf(applications, 'Application')} compared, ${formatCount(rendered)} rendered${others}.`;
}

/** What was not compared on purpose, each environment's with its name where there are several. */
export function notesOf({ environments }: DiffReport): string[] {
  return environments.flatMap(({ environment, notes = [] }) =>
    notes.map((note) => (environments.length === 1 ? note : `${environment}: ${note}`)),
  );
}

/** Errors with the same message once, with all their Applications. */
export function foldErrors(report: DiffReport): FoldedError[] {
  const folded = new Map<string, FoldedError & { applications: string[] }>();
  for (const { environment, errors } of report.environments) {
    for (const { side, application, message } of errors) {
      const key = JSON.stringify([environment, side, message]);
      const same = folded.get(key);
      if (same === undefined) {
        folded.set(key, { environment, side, applications: [application], message });
      } else same.applications.push(application);
    }
  }
  return [...folded.values()];
}

/** Files are there once, whatever Applications they are about. */
function copiesOf({ source, applications }: ChangeGroup): number {
  return source === 'files' ? 1 : Math.max(1, applications.length);
}

function totalsOf(
  environments: readonly EnvironmentDiff[],
  rows: readonly SummaryRow[],
): SummaryTotals {
  const sum = (count: (environment: EnvironmentDiff) => number): number =>
    environments.reduce((total, environment) => total + count(environment), 0);
  return {
    environments: environments.length,
    errors: sum(({ errors }) => errors.length),
    applications: sum(({ applications }) => applications),
    rendered: sum(({ rendered }) => rendered),
    applicationsChanged: sum(changedApplications),
    resources: addCounts(rows.map(({ resources }) => resources)),
    risk: highestRisk(rows.map(({ risk }) => risk)),
  };
}

function changedApplications({ groups }: EnvironmentDiff): number {
  const names = groups
    .filter(({ source }) => source !== 'files')
    .flatMap(({ source, applications }) => applications.map((name) => `${source} ${name}`));
  return new Set(names).size;
}

function headlineOf(totals: SummaryTotals, { isLive }: DiffReport): string {
  const { errors, resources } = totals;
  const isChanged = resources.added + resources.changed + resources.removed > 0;
  const none =
    isLive === true
      ? 'No drift: a sync would change nothing'
      : 'No change in what would be deployed';
  const verb = isLive === true ? 'differ' : 'change';
  if (errors === 0) return `${isChanged ? changeSentence(totals, verb) : none}.`;
  const found = isChanged ? changeSentence(totals, verb) : 'no change was found elsewhere';
  return `${countOf(errors, 'error')}: not everything could be compared; ${found}.`;
}

function changeSentence(totals: SummaryTotals, verb: string): string {
  const { resources, risk } = totals;
  const parts = [
    ...(resources.added > 0 ? [`${countOf(resources.added, 'resource')} added`] : []),
    ...(resources.changed > 0 ? [`${countOf(resources.changed, 'resource')} changed`] : []),
    ...(resources.removed > 0 ? [`${countOf(resources.removed, 'resource')} removed`] : []),
  ].map((part, index) => (index === 0 ? part : part.replace(/ resources? /, ' ')));
  const of = `${formatCount(totals.applicationsChanged)} of ${countOf(totals.applications, 'Application')}`;
  const what = totals.applicationsChanged === 1 ? `${verb}s` : verb;
  const highest = risk === undefined ? '' : `; highest risk: ${risk}`;
  return `${countOf(totals.environments, 'environment')}, ${of} ${what}: ${parts.join(', ')}${highest}`;
}

function mapCounts(counts: ResourceCounts, map: (count: number) => number): ResourceCounts {
  const { added, changed, removed } = counts;
  return { added: map(added), changed: map(changed), removed: map(removed) };
}

function addCounts(all: readonly ResourceCounts[]): ResourceCounts {
  const sum = (count: (counts: ResourceCounts) => number): number =>
    all.reduce((total, counts) => total + count(counts), 0);
  return {
    added: sum(({ added }) => added),
    changed: sum(({ changed }) => changed),
    removed: sum(({ removed }) => removed),
  };
}
