import type { ReleaseDraft } from './plan-release.ts';
import { describeChange } from './version-changes.ts';

/** Trailers of a release's commit and tag: what programs read. */
export const releaseTrailers = {
  release: 'Tidegate-Release',
  kind: 'Tidegate-Kind',
  source: 'Tidegate-Source',
} as const;

/** The message of a release's commit and of its tag. */
export function releaseMessage(draft: ReleaseDraft): string {
  const { environment, number, source } = draft;
  const paragraphs = [
    `${subject(draft)} [skip ci]`,
    introduction(draft),
    ...(draft.changes.length === 0
      ? ['No version changes.']
      : [draft.changes.map((change) => describeChange(change)).join('\n')]),
    ...(draft.dropped.length === 0
      ? []
      : [`Never released, and dropped:\n${draft.dropped.map(describeChange).join('\n')}`]),
    ...nodeLines(draft),
    [
      `${releaseTrailers.release}: ${environment.name}/${number}`,
      `${releaseTrailers.kind}: ${draft.request.kind}`,
      ...(source === undefined ? [] : [`${releaseTrailers.source}: ${source.tag}`]),
    ].join('\n'),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function subject({ request, environment, number }: ReleaseDraft): string {
  switch (request.kind) {
    case 'promotion':
      return `chore(${environment.name}): promote versions from ${request.source}`;
    case 'rollback':
      return `chore(${environment.name}): roll back to release ${request.to}`;
    case 'release':
      return `chore(${environment.name}): release ${number}`;
  }
}

function introduction({ request, source, newest, number, head }: ReleaseDraft): string {
  const own = `Release ${number}`;
  const from = `values and nodes of ${head.slice(0, 12)}`;
  if (request.kind === 'rollback') {
    return `${own}: versions and values of ${source?.tag ?? ''} (values pinned at ${source?.valuesRevision ?? ''}).`;
  }
  const undone =
    newest !== undefined && newest.valuesRevision !== newest.tag
      ? ` It undoes the rollback of ${newest.tag}, which pinned the values of ${newest.valuesRevision}.`
      : '';
  const versions = source === undefined ? '' : `versions of ${source.tag}, `;
  return `${own}: ${versions}${from}.${undone}`;
}

function nodeLines({ nodesAdded, nodesRemoved, newest }: ReleaseDraft): string[] {
  if (newest === undefined) return [];
  const lines = [
    ...(nodesAdded.length > 0 ? [`Nodes added: ${nodesAdded.join(', ')}`] : []),
    ...(nodesRemoved.length > 0 ? [`Nodes removed: ${nodesRemoved.join(', ')}`] : []),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}
