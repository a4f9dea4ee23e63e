import { formatYaml, parseYaml, valueAt, type FileContent, type ParsedYaml } from '@tidegate/core';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onlyOfKind, renderOurChart, renderTemplate, type ChartRender } from './charts.ts';
import { differencesBetween, formatPath, missingFrom, type Path } from './differences.ts';
import type { OurRepository } from './our-objects.ts';
import { projectFolder, type SpecPart } from './spec-text.ts';

/** How a part of the spec's YAML is held against what we make of it. */
export type Treatment =
  /** Our object must contain it, at `under`. */
  | { readonly kind: 'contained'; readonly object: string; readonly under?: Path }
  /** A chart's file must contain it. */
  | { readonly kind: 'chart file'; readonly object: string }
  /** A chart's template must have its lines. */
  | { readonly kind: 'template text'; readonly object: string }
  /** What our chart renders must contain what it renders with the same values. */
  | { readonly kind: 'rendered'; readonly object: string; readonly resource: string }
  /** We make something else of it. Only a block of exactly this content is excused. */
  | { readonly kind: 'not generated here'; readonly sha256: string; readonly reason: string };

const promotionReason =
  'Its jobs are scripts, ours call tidegate; docs/deviations.md says how they differ (section 12).';
const diffReason =
  'Its script is tidegate diff; docs/deviations.md says how it differs (section 13).';
const liveDiffReason =
  'Its script is tidegate diff --live, generated where ci.liveDiff asks for it (section 13).';

/** Every part of every YAML block of docs/spec.md by its title, in the spec's order. */
export const treatments: Readonly<Record<string, Treatment>> = {
  '# versions/qa.yaml': { kind: 'contained', object: 'versions/qa.yaml' },
  '# argocd-cm ConfigMap (in non-admin ArgoCD namespace)': {
    kind: 'contained',
    object: 'bootstrap/qa/argocd.yaml ConfigMap argocd/argocd-cm',
  },
  '# Chart.yaml': { kind: 'chart file', object: 'charts/dlt-node-namespace/Chart.yaml' },
  '# templates/pat.yaml': {
    kind: 'template text',
    object: 'charts/dlt-node-namespace/templates/pat.yaml',
  },
  '# envs/qa/common-node-values.yaml (PAT section)': {
    kind: 'contained',
    object: 'envs/qa/common-node-values.yaml',
  },
  '# envs/qa/nodes/node-alpha/values-namespace.yaml': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-alpha/values-namespace.yaml',
  },
  '# argocd/qa/app-root.yaml': { kind: 'contained', object: 'argocd/qa/app-root.yaml' },
  '# argocd/qa/app-backup.yaml': { kind: 'contained', object: 'argocd/qa/app-backup.yaml' },
  '# argocd/qa/appset-namespace.yaml': {
    kind: 'contained',
    object: 'argocd/qa/appset-namespace.yaml',
  },
  '# argocd/qa/app-shared-services.yaml': {
    kind: 'contained',
    object: 'argocd/qa/app-shared-services.yaml',
  },
  '# argocd/qa/appset-vault.yaml': { kind: 'contained', object: 'argocd/qa/appset-vault.yaml' },
  '# argocd/qa/appset-backend.yaml': { kind: 'contained', object: 'argocd/qa/appset-backend.yaml' },
  '# argocd/qa/appset-frontend.yaml': {
    kind: 'contained',
    object: 'argocd/qa/appset-frontend.yaml',
  },
  'Only versions — never touched by humans, only by CI:': {
    kind: 'contained',
    object: 'versions/qa.yaml',
  },
  '# envs/qa/common-node-values.yaml': {
    kind: 'contained',
    object: 'envs/qa/common-node-values.yaml',
  },
  '# envs/qa/nodes/node-alpha/values-backend.yaml': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-alpha/values-backend.yaml',
  },
  '# envs/qa/nodes/node-alpha/values-frontend.yaml': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-alpha/values-frontend.yaml',
  },
  '# envs/qa/nodes/node-alpha/values-vault.yaml': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-alpha/values-vault.yaml',
  },
  '# Inside dlt-backup Helm chart (managed by backup chart team)': {
    kind: 'rendered',
    object: 'charts/dlt-backup/templates/backup-hook.yaml',
    resource: 'Job',
  },
  '# envs/qa/backup/values.yaml': { kind: 'contained', object: 'envs/qa/backup/values.yaml' },
  '### `.gitlab-ci.yml`': {
    kind: 'not generated here',
    sha256: '33ad32a0a49c1c2c9579840ca971a61266c858c7ab158b0e8977efd9161aebcd',
    reason: promotionReason,
  },
  '# .gitlab-ci.yml (add to MR pipelines)': {
    kind: 'not generated here',
    sha256: '0adccc1fd355515037c9669ecef613ec41505245c92b756a3f8536e7f840e1b8',
    reason: diffReason,
  },
  '### Option B — Live Diff Against Cluster (QA Only — requires cluster access)': {
    kind: 'not generated here',
    sha256: 'fcf1c376b4fcd3ee0757ff8082dbfa1f8de2058e34545f0c7e917b93b2fe0aab',
    reason: liveDiffReason,
  },
  '# argocd/qa/appset-backend.yaml (syncPolicy section)': {
    kind: 'contained',
    object: 'argocd/qa/appset-backend.yaml',
    under: ['spec', 'template', 'spec'],
  },
  '# argocd-appproject for dlt-qa': {
    kind: 'contained',
    object: 'bootstrap/qa/projects.yaml AppProject argocd/dlt-qa',
  },
  '# argocd/preprod/appset-backend.yaml (syncPolicy section)': {
    kind: 'contained',
    object: 'argocd/preprod/appset-backend.yaml',
    under: ['spec', 'template', 'spec'],
  },
  '# AppProject for dlt-prod': {
    kind: 'contained',
    object: 'bootstrap/prod/projects.yaml AppProject argocd/dlt-prod',
  },
  '2. Create `values-namespace.yaml`:': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-delta/values-namespace.yaml',
  },
  '3. Create `values-vault.yaml`:': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-delta/values-vault.yaml',
  },
  '4. Create `values-backend.yaml`:': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-delta/values-backend.yaml',
  },
  '5. Create `values-frontend.yaml`:': {
    kind: 'contained',
    object: 'envs/qa/nodes/node-delta/values-frontend.yaml',
  },
};

/** One place where our object does not say what the spec says. */
export interface SpecDifference {
  readonly object: string;
  readonly field: string;
  readonly ours: unknown;
  readonly specLine: number;
}

/** The digest by which a part that nothing makes yet is excused. */
export function contentDigest(part: SpecPart): string {
  return createHash('sha256').update(part.text).digest('hex');
}

/** Where what we make differs from a part of the spec. */
export async function checkPart(
  part: SpecPart,
  treatment: Treatment,
  ours: OurRepository,
): Promise<SpecDifference[]> {
  switch (treatment.kind) {
    case 'contained':
      return compareObject(part, treatment, requireObject(ours, treatment.object));
    case 'chart file': {
      const text = await readFile(join(projectFolder, treatment.object), 'utf8');
      return compareObject(part, treatment, parseYaml(text, treatment.object).value);
    }
    case 'template text':
      return compareText(part, treatment.object);
    case 'rendered':
      return compareRendered(part, treatment, ours);
    case 'not generated here':
      if (contentDigest(part) === treatment.sha256) return [];
      throw new Error(
        `the spec's block in line ${part.from} was excused with another content; look at it again (now ${contentDigest(part)})`,
      );
  }
}

function requireObject(ours: OurRepository, name: string): unknown {
  const object = ours.objects.get(name);
  if (object === undefined) throw new Error(`we make no ${name}`);
  return object;
}

/** Parses a part so that positions are lines of docs/spec.md. */
function parsePart(part: SpecPart): ParsedYaml {
  return parseYaml('\n'.repeat(part.from - 1) + part.text, 'docs/spec.md');
}

function compareObject(
  part: SpecPart,
  { object, under = [] }: { object: string; under?: Path },
  ours: unknown,
): SpecDifference[] {
  const parsed = parsePart(part);
  const wrapped = under.reduceRight<unknown>((inner, key) => ({ [key]: inner }), parsed.value);
  return missingFrom(wrapped, ours).map((difference) => {
    const path = difference.path.slice(under.length);
    const isElement = typeof path.at(-1) === 'number';
    const at = isElement ? parsed.positionOf(path) : parsed.keyPositionOf(path);
    return {
      object,
      field: formatPath(difference.path),
      ours: difference.ours,
      specLine: at.line ?? part.from,
    };
  });
}

async function compareText(part: SpecPart, object: string): Promise<SpecDifference[]> {
  const text = await readFile(join(projectFolder, object), 'utf8');
  const lines = part.text.split('\n').slice(1);
  const ourLines = text.trimEnd().split('\n');
  return Array.from({ length: Math.max(lines.length, ourLines.length) }, (_, index) => index)
    .filter((index) => lines[index] !== ourLines[index])
    .map((index) => ({
      object,
      field: `line ${index + 1}`,
      ours: ourLines[index],
      specLine: part.from + 1 + index,
    }));
}

async function compareRendered(
  part: SpecPart,
  { object, resource }: { object: string; resource: string },
  ours: OurRepository,
): Promise<SpecDifference[]> {
  const inline = valueAt(requireObject(ours, 'argocd/qa/app-backup.yaml'), [
    'spec',
    'sources',
    0,
    'helm',
    'valuesObject',
  ]);
  const render: ChartRender = {
    releaseName: 'dlt-backup-qa',
    namespace: 'dlt-ops',
    values: [
      requireFile(ours, 'versions/qa.yaml'),
      requireFile(ours, 'envs/qa/backup/values.yaml'),
      { path: 'inline.yaml', content: formatYaml(inline ?? {}) },
    ],
  };
  const expected = onlyOfKind(await renderTemplate(part.text, render), resource);
  const made = onlyOfKind(await renderOurChart('dlt-backup', '0.3.1', render), resource);
  const parsed = parsePart(part);
  return missingFrom(expected, made).map((difference) => ({
    object,
    field: formatPath(difference.path),
    ours: difference.ours,
    specLine: parsed.keyPositionOf(difference.path).line ?? part.from,
  }));
}

function requireFile(ours: OurRepository, path: string): FileContent {
  const file = ours.files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`we have no ${path}`);
  return file;
}

/** A field of ours that the spec does not have. */
export type Addition = Omit<SpecDifference, 'specLine'>;

/** The fields that an object has beyond a part of the spec: leaves of maps, and whole lists. */
export function additionsTo(part: SpecPart, object: string, ours: OurRepository): Addition[] {
  const expected = parsePart(part).value;
  return differencesBetween(expected, requireObject(ours, object))
    .filter((difference) => difference.expected === undefined)
    .flatMap((difference) => leaves(difference.ours, difference.path))
    .map(({ path, value }) => ({ object, field: formatPath(path), ours: value }));
}

/** Annotations and the like are listed one by one, settings such as `retry` as a whole. */
function leaves(value: unknown, path: Path): { path: Path; value: unknown }[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || path.at(-1) === 'retry') return [{ path, value }];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}
