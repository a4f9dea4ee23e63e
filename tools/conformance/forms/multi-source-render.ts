import {
  collectRefSources,
  givesObjects,
  helmTemplateCommand,
  missingValueFile,
  outOfBoundsLink,
  referenceFault,
  resolveChartVersion,
  resolveValueFiles,
  type Checkout,
  type RefSources,
} from '../../../packages/core/src/argocd/sources/index.ts';
import { differences } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference } from '../form.ts';
import {
  checkError,
  referableSource,
  type ErrorExpectation,
  type SourceJson,
} from './source-json.ts';

const chartRoot = '/chart';
const refRoot = '/referenced';

interface ChartCase extends ErrorExpectation {
  readonly sources: readonly SourceJson[];
  readonly chartVersionsInRepo?: readonly string[];
  readonly refRepoHasOutOfBoundsSymlink?: boolean;
  readonly expectedRevision?: string;
  readonly expectedCommand?: string;
  readonly expectedManifests?: number;
}

/** A chart with value files of other sources. */
function runChart(one: ChartCase): Difference[] {
  const source = one.sources.find(({ chart }) => chart !== undefined) ?? one.sources[0] ?? {};
  const result = renderPlan(one, source);
  if ('fault' in result) return checkError(one, result.fault);
  const { targetRevision = '' } = source;
  const resolved = resolveChartVersion(targetRevision, one.chartVersionsInRepo ?? []);
  const revision = 'version' in resolved ? resolved.version : resolved.fault;
  const manifests = one.sources.filter((other) => givesObjects(other, true)).length;
  return [
    ...checkError(one, undefined),
    ...(one.expectedRevision === undefined
      ? []
      : differences(one.expectedRevision, revision, 'expectedRevision')),
    ...(one.expectedCommand === undefined
      ? []
      : differences(one.expectedCommand, result.command, 'expectedCommand')),
    ...(one.expectedManifests === 0 ? differences(0, manifests, 'expectedManifests') : []),
  ];
}

function renderPlan(one: ChartCase, source: SourceJson): { command: string } | { fault: string } {
  const collected = collectRefSources(one.sources.map(referableSource));
  if ('fault' in collected) return collected;
  const { refSources } = collected;
  const valueFiles = source.helm?.valueFiles ?? [];
  const fault = referenceFault({ files: valueFiles, refSources, commitOf: () => 'commit' });
  if (fault !== undefined) return { fault };
  const links = one.refRepoHasOutOfBoundsSymlink === true ? { [`${refRoot}/link`]: '../x' } : {};
  const link = outOfBoundsLink(refRoot, links);
  if (link !== undefined)
    return { fault: `repository contains out-of-bounds symlinks. file: ${link}` };
  const files = resolveValueFiles({
    valueFiles,
    main: { root: chartRoot, files: [] },
    refSources,
    checkouts: referencedCheckouts(refSources),
  });
  if ('fault' in files) return files;
  const { releaseName = '' } = source.helm ?? {};
  return { command: helmTemplateCommand({ releaseName, valueFiles: files.files }, [refRoot]) };
}

function referencedCheckouts(refSources: RefSources): Record<string, Checkout> {
  const checkout: Checkout = { root: refRoot, files: [] };
  return Object.fromEntries(Object.values(refSources).map(({ repoUrl }) => [repoUrl, checkout]));
}

interface RevisionsCase extends ErrorExpectation {
  readonly refs: Readonly<Record<string, SourceJson>>;
  readonly valueFiles: readonly string[];
  readonly application?: SourceJson;
}

/** Revisions of one repository; each stands for a commit of its own. */
function runRevisions(one: RevisionsCase): Difference[] {
  const refSources = Object.fromEntries(
    Object.entries(one.refs).map(([name, { repoURL = '', targetRevision = '', chart = '' }]) => [
      name,
      { repoUrl: repoURL, targetRevision, chart },
    ]),
  );
  const { repoURL = '', targetRevision = '' } = one.application ?? {};
  const fault = referenceFault({
    files: one.valueFiles,
    refSources,
    commitOf: (target) => target.targetRevision,
    ...(one.application === undefined
      ? {}
      : { application: { repoUrl: repoURL, revision: targetRevision, commit: targetRevision } }),
  });
  return checkError(one, fault);
}

interface MissingCase extends ErrorExpectation {
  readonly valueFiles: readonly string[];
  readonly existing: readonly string[];
  readonly ignoreMissingValueFiles?: boolean;
}

function runMissing(one: MissingCase): Difference[] {
  const main: Checkout = { root: chartRoot, files: one.existing };
  const { valueFiles, ignoreMissingValueFiles = false } = one;
  const result = resolveValueFiles({ valueFiles, main, ignoreMissingValueFiles });
  if ('fault' in result) return checkError(one, result.fault);
  return checkError(one, missingValueFile(result.files, [main]));
}

/** What comes before rendering an Application with several sources. */
export const forms: readonly ConformanceForm[] = [
  defineForm<ChartCase>({
    name: 'charts with referenced values',
    key: 'multiSource',
    fields: ['sources'],
    run: runChart,
  }),
  defineForm<RevisionsCase>({
    name: 'revisions of referenced sources',
    key: 'multiSource',
    fields: ['refs', 'valueFiles'],
    run: runRevisions,
  }),
  defineForm<MissingCase>({
    name: 'value files that are missing',
    key: 'multiSource',
    fields: ['valueFiles', 'existing'],
    run: runMissing,
  }),
];
