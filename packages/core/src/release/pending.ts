import { generateReleaseFiles } from '../generate/application.ts';
import type { ReleaseRepository, RevisionTree } from '../ports/release-repository.ts';
import type { ReleaseDraft } from './plan-release.ts';

/** What a release would change besides versions, compared with the newest one. */
export interface Pending {
  /** Files in `envs/<env>/` that differ. */
  readonly values: readonly string[];
  /** Manifests that the definition, or this version of Tidegate, generates in another way. */
  readonly manifests: readonly string[];
}

/** Compares what a release would deploy with what the newest one deploys; undefined when there is none. */
export async function findPending(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
): Promise<Pending | undefined> {
  const { newest, environment } = draft;
  if (newest === undefined) return undefined;
  // After a rollback too: what it set aside stays so until something changes.
  const isRollback = draft.request.kind === 'rollback';
  const wanted = isRollback ? await repository.tree(draft.valuesRevision) : repository.head;
  const pinned = isRollback ? await repository.tree(newest.valuesRevision) : newest.tree;
  const folder = `envs/${environment.name}`;
  return {
    values:
      wanted === undefined || pinned === undefined ? [] : await differing(pinned, wanted, folder),
    manifests: await otherManifests(draft),
  };
}

/** Whether a release would deploy anything else than the newest one. */
export function isDue(draft: ReleaseDraft, pending: Pending | undefined): boolean {
  if (pending === undefined) return true;
  const { changes, removed } = draft;
  return [changes, removed, pending.values, pending.manifests].some(({ length }) => length > 0);
}

/** Paths of files that differ between two trees below a folder. Equal folders are not looked into. */
async function differing(from: RevisionTree, to: RevisionTree, path: string): Promise<string[]> {
  const [before, after] = await Promise.all([from.objectId(path), to.objectId(path)]);
  if (before === after) return [];
  const [old, present] = await Promise.all([from.list(path), to.list(path)]);
  const names = new Set([...old, ...present].map(({ name }) => name));
  if (names.size === 0) return [path];
  const below = [...names].sort().map((name) => differing(from, to, `${path}/${name}`));
  return (await Promise.all(below)).flat();
}

/** Manifests as the newest release would have them today, against those that it has. */
async function otherManifests({ newest, network, environment }: ReleaseDraft): Promise<string[]> {
  if (newest === undefined) return [];
  const { number: release, versions, nodes, valuesRevision, tree } = newest;
  const input = { release, versions, nodes, valuesRevision };
  const regenerated = generateReleaseFiles(network, environment, input);
  const others = regenerated.map(async ({ path, content }) =>
    (await tree.read(path)) === content ? [] : [path],
  );
  return (await Promise.all(others)).flat();
}
