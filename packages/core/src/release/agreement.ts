import { findEnvironment } from '../generate/plan-generate.ts';
import { versionsPath } from '../layout/paths.ts';
import type { Versions } from '../model/versions.ts';
import type { ReleaseRepository } from '../ports/release-repository.ts';
import type { ReleaseDraft } from './plan-release.ts';
import type { Refusal } from './policy.ts';
import { editedFiles, newestRelease, releaseFaults, type CutRelease } from './release-state.ts';
import { describeChange, versionChanges } from './version-changes.ts';

/**
 * Refuses a release where versions, manifests and tags disagree: of the environment itself, and of
 * the release that it takes its versions from.
 */
export async function agreementRefusals(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
  written: Versions,
): Promise<Refusal[]> {
  const { newest, source, environment, request } = draft;
  const own =
    newest === undefined
      ? unknownRelease(environment.name, written)
      : [
          ...numberRefusals(environment.name, newest, written),
          ...(await editRefusals(repository, newest, environment.name)),
          ...(environment.promotesFrom === undefined
            ? []
            : versionRefusals(environment.name, newest, written)),
        ];
  const taken = request.kind === 'promotion' ? request.source : environment.name;
  return [...own, ...(await sourceRefusals(repository, taken, source, draft))];
}

const gate = 'agreement';

function unknownRelease(environment: string, written: Versions): Refusal[] {
  if (written.release === 0) return [];
  return [
    {
      gate,
      reason: `${versionsPath(environment)} says release ${written.release}, but there is no tag release/${environment}/${written.release}`,
      hint: 'push or restore the tag; release tags must not be deleted',
    },
  ];
}

function numberRefusals(environment: string, newest: CutRelease, written: Versions): Refusal[] {
  if (written.release === newest.number) return [];
  return [
    {
      // A tag that the branch knows nothing of is somebody's conflict, not a policy.
      gate: written.release < newest.number ? 'tag' : gate,
      reason: `${versionsPath(environment)} says release ${written.release}, but the newest tag is ${newest.tag}`,
      hint:
        written.release < newest.number
          ? `bring the commit of ${newest.tag} to the branch: it changed that number`
          : 'undo the edit: only a release writes the number',
    },
  ];
}

async function editRefusals(
  { head }: ReleaseRepository,
  newest: CutRelease,
  environment: string,
): Promise<Refusal[]> {
  const edited = await editedFiles(head, newest, environment);
  const [first] = edited;
  if (first === undefined) return [];
  const more = edited.length > 1 ? ` (and ${edited.length - 1} more)` : '';
  return [
    {
      gate,
      reason: `${first}${more} differs from ${newest.tag}; only a release writes it`,
      hint: `take back the edit: git checkout ${newest.tag} -- ${edited.join(' ')}`,
    },
  ];
}

function versionRefusals(environment: string, newest: CutRelease, written: Versions): Refusal[] {
  const [first] = versionChanges(newest.versions, written);
  if (first === undefined) return [];
  return [
    {
      gate,
      reason: `${versionsPath(environment)} differs from ${newest.tag} (${describeChange(first)}); only a promotion writes versions there`,
      hint: `take back the edit: git checkout ${newest.tag} -- ${versionsPath(environment)}`,
    },
  ];
}

async function sourceRefusals(
  repository: ReleaseRepository,
  environment: string,
  source: CutRelease | undefined,
  draft: ReleaseDraft,
): Promise<Refusal[]> {
  if (source === undefined) {
    return draft.request.kind === 'promotion' ? [neverReleasedSource(draft, environment)] : [];
  }
  const faults = (await releaseFaults(source, environment)).map((reason) => ({
    gate,
    reason,
    hint: `choose another release; "tidegate releases ${environment}" lists them`,
  }));
  if (draft.request.kind !== 'promotion') return faults;
  const newest = await newestRelease(repository, environment);
  return newest?.number === source.number
    ? [...faults, ...(await editRefusals(repository, source, environment))]
    : faults;
}

function neverReleasedSource({ network }: ReleaseDraft, environment: string): Refusal {
  const { promotesFrom } = findEnvironment(network, environment);
  const first =
    promotesFrom === undefined
      ? `tidegate release ${environment}`
      : `tidegate promote ${promotesFrom} ${environment}`;
  return {
    gate,
    reason: `"${environment}" has no release yet`,
    hint: `cut its first one: ${first}`,
  };
}
