import { generateReleaseFiles } from '../generate/application.ts';
import type { ReleaseRepository } from '../ports/release-repository.ts';
import type { CutRelease } from './release-state.ts';
import type { ReleaseDraft } from './plan-release.ts';

/**
 * Whether a release would deploy anything else than the newest one: other versions, other values or
 * nodes, or other manifests from the definition.
 */
export async function isReleaseDue(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
): Promise<boolean> {
  const { newest } = draft;
  if (newest === undefined || draft.changes.length > 0 || draft.removed.length > 0) return true;
  return (
    (await hasOtherValues(repository, draft, newest)) || (await hasOtherManifests(draft, newest))
  );
}

async function hasOtherValues(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
  newest: CutRelease,
): Promise<boolean> {
  const folder = `envs/${draft.environment.name}`;
  if (draft.request.kind === 'rollback') {
    const wanted = await repository.tree(draft.valuesRevision);
    const pinned = await repository.tree(newest.valuesRevision);
    return (await wanted?.objectId(folder)) !== (await pinned?.objectId(folder));
  }
  // After a rollback too: what it set aside stays so until something changes.
  return (await repository.head.objectId(folder)) !== (await newest.tree.objectId(folder));
}

async function hasOtherManifests(draft: ReleaseDraft, newest: CutRelease): Promise<boolean> {
  const regenerated = generateReleaseFiles(draft.network, draft.environment, {
    release: newest.number,
    versions: draft.versions,
    nodes: draft.nodes,
    valuesRevision: newest.valuesRevision,
  });
  const differing = await Promise.all(
    regenerated.map(async ({ path, content }) => (await newest.tree.read(path)) !== content),
  );
  return differing.includes(true);
}
