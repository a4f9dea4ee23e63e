import { valueAt } from '@tidegate/core';
import { differencesBetween, formatPath } from './differences.ts';
import type { OurRepository } from './our-objects.ts';
import type { SpecDifference } from './spec-blocks.ts';

type Plain = Record<string, unknown>;

const backupValues = ['spec', 'sources', 0, 'helm', 'valuesObject', 'backup'];

/**
 * Where the files of `argocd/<env>/` of a manual environment are not those of QA without `automated`
 * and with the other environment's name and nodes (spec lines 127 to 129 and 666).
 */
export function checkVariants(
  ours: OurRepository,
  environment: string,
): Omit<SpecDifference, 'specLine'>[] {
  const names = [...ours.objects.keys()].filter((name) => name.startsWith('argocd/qa/'));
  return names.flatMap((name) => {
    const object = name.replace('/qa/', `/${environment}/`);
    const expected = asVariant(ours.objects.get(name), environment, nodesOf(ours, environment));
    return differencesBetween(expected, ours.objects.get(object)).map((difference) => ({
      object,
      field: formatPath(difference.path),
      ours: difference.ours,
    }));
  });
}

/** The node folders of an environment: every environment has its own set. */
export function nodesOf(ours: OurRepository, environment: string): string[] {
  const folder = new RegExp(`^envs/${environment}/nodes/([^/]+)/`);
  const names = ours.files.flatMap((file) => folder.exec(file.path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

function asVariant(object: unknown, environment: string, nodes: readonly string[]): unknown {
  const renamed = withoutAutomated(renameEnvironment(object, environment));
  const notes = valueAt(renamed, ['metadata', 'annotations']) as Plain | undefined;
  if (notes?.['tidegate.dev/nodes'] !== undefined) notes['tidegate.dev/nodes'] = nodes.join(',');
  const backup = valueAt(renamed, backupValues) as Plain | undefined;
  if (backup !== undefined) backup['namespaces'] = nodes.map((node) => `dlt-${node}`);
  return renamed;
}

/** `qa` as a word of a name, path or revision. */
function renameEnvironment(value: unknown, environment: string): unknown {
  if (typeof value === 'string') return value.replace(/(?<![a-z])qa(?![a-z])/g, environment);
  if (Array.isArray(value)) return value.map((item) => renameEnvironment(item, environment));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    renameEnvironment(item, environment),
  ]);
  return Object.fromEntries(entries) as Plain;
}

function withoutAutomated(object: unknown): unknown {
  const paths = [
    ['spec', 'syncPolicy'],
    ['spec', 'template', 'spec', 'syncPolicy'],
  ];
  for (const path of paths) {
    const policy = valueAt(object, path) as Plain | undefined;
    if (policy !== undefined) delete policy['automated'];
  }
  return object;
}
