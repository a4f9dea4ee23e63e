import { describeChange, type Refusal, type ReleasePlan, type VersionChange } from '@tidegate/core';
import type { Io } from '../io.ts';
import { colorsFor } from '../output/colors.ts';
import { patchOf, type FileChange } from '../output/patch.ts';

/** A plan in a few lines. */
export function describePlan(plan: ReleasePlan): string {
  const from = plan.source === undefined ? '' : `, versions of ${plan.source.tag}`;
  const lines = [
    ...plan.changes.map(describeChange),
    ...plan.dropped.map((change) => `never released, and dropped: ${describeChange(change)}`),
    ...(plan.nodesAdded.length > 0 && plan.newest !== undefined
      ? [`nodes added: ${plan.nodesAdded.join(', ')}`]
      : []),
    ...(plan.nodesRemoved.length > 0 ? [`nodes removed: ${plan.nodesRemoved.join(', ')}`] : []),
    ...(plan.valuesRevision === plan.tag ? [] : [`values of ${plan.valuesRevision}`]),
    ...some('changed', plan.pending?.values ?? []),
    ...some('generated anew from tidegate.yaml', plan.pending?.manifests ?? []),
    ...(plan.changes.length === 0 ? ['no version changes'] : []),
  ];
  return `${plan.tag}${from}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

const pathsShownMax = 10;

function some(what: string, paths: readonly string[]): string[] {
  const more = paths.length - pathsShownMax;
  return [
    ...paths.slice(0, pathsShownMax).map((path) => `${what}: ${path}`),
    ...(more > 0 ? [`and ${more} more files`] : []),
  ];
}

/** A plan as data. */
export function planData(plan: ReleasePlan): Record<string, unknown> {
  return {
    environment: plan.environment.name,
    kind: plan.request.kind,
    release: plan.number,
    tag: plan.tag,
    source: plan.source?.tag,
    valuesRevision: plan.valuesRevision,
    plannedOn: plan.head,
    isDue: plan.isDue,
    changes: plan.changes.map(changeData),
    nodesAdded: plan.nodesAdded,
    nodesRemoved: plan.nodesRemoved,
    pending: plan.pending ?? null,
    files: plan.files.map(({ path }) => path),
    removed: plan.removed,
    refusals: plan.refusals,
  };
}

/** A change as data: null stands for no version. */
export function changeData({ name, field, from, to }: VersionChange): Record<string, unknown> {
  return { name, field, from: from ?? null, to: to ?? null };
}

/** Says why nothing is done, and in the end what is not. */
export function reportRefusals(io: Io, subject: string, refusals: readonly Refusal[]): void {
  const colors = colorsFor(io.stderr, io);
  for (const { gate, reason, hint } of refusals) {
    io.stderr.write(`${colors.red('refused:')} ${reason} [${gate}]\n`);
    io.stderr.write(`${colors.cyan('hint:')} ${hint}\n`);
  }
  io.stderr.write(`${subject}\n`);
}

/** Files from what is there to what is planned, as unified diffs. */
export function diffOf(io: Io, files: readonly FileChange[]): string {
  const colors = colorsFor(io.stdout, io);
  return files
    .filter(({ current, content }) => current !== content)
    .map((file) => patchOf(file, colors))
    .join('');
}
