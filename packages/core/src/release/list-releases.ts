import type { Environment } from '../model/network.ts';
import type { ReleaseRepository } from '../ports/release-repository.ts';
import { readRelease, type CutRelease } from './release-state.ts';
import { releaseTrailers } from './release-message.ts';
import { versionChanges, type VersionChange } from './version-changes.ts';

/** One release, and what it changed. */
export interface ReleaseEntry {
  readonly release: number;
  readonly tag: string;
  readonly dateMs: number;
  readonly by: string;
  readonly kind: string;
  /** Tag whose versions it took; undefined when it has its own. */
  readonly source: string | undefined;
  readonly valuesRevision: string;
  readonly changes: readonly VersionChange[];
  readonly nodesAdded: readonly string[];
  readonly nodesRemoved: readonly string[];
}

/** Releases of an environment, the newest first, as many as wanted. */
export async function listReleases(
  repository: ReleaseRepository,
  environment: string,
  limit: number,
): Promise<ReleaseEntry[]> {
  const numbers = [...(await repository.releases(environment))].sort((a, b) => b - a);
  const entries: ReleaseEntry[] = [];
  let release = await readAt(repository, environment, numbers[0]);
  for (let index = 0; index < Math.min(limit, numbers.length); index++) {
    const before = await readAt(repository, environment, numbers[index + 1]);
    if (release !== undefined) {
      entries.push(await describe(repository, environment, release, before));
    }
    release = before;
  }
  return entries;
}

function readAt(
  repository: ReleaseRepository,
  environment: string,
  number: number | undefined,
): Promise<CutRelease | undefined> {
  return number === undefined
    ? Promise.resolve(undefined)
    : readRelease(repository, environment, number);
}

async function describe(
  repository: ReleaseRepository,
  environment: string,
  release: CutRelease,
  before: CutRelease | undefined,
): Promise<ReleaseEntry> {
  const tag = await repository.tag(environment, release.number);
  return {
    release: release.number,
    tag: release.tag,
    dateMs: tag?.dateMs ?? 0,
    by: tag?.by ?? '',
    kind: trailer(tag?.message, releaseTrailers.kind) ?? 'release',
    source: trailer(tag?.message, releaseTrailers.source),
    valuesRevision: release.valuesRevision,
    changes: versionChanges(before?.versions, release.versions),
    nodesAdded:
      before === undefined ? [] : release.nodes.filter((node) => !before.nodes.includes(node)),
    nodesRemoved: (before?.nodes ?? []).filter((node) => !release.nodes.includes(node)),
  };
}

function trailer(message: string | undefined, name: string): string | undefined {
  const lines = message?.split('\n') ?? [];
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

/** What is ahead of an environment in the one before it. */
export interface Ahead {
  readonly environment: string;
  /** The release that would be promoted; undefined when there is none. */
  readonly tag: string | undefined;
  readonly changes: readonly VersionChange[];
}

/** What a promotion into an environment would change now; undefined when nothing is promoted into it. */
export async function aheadOf(
  repository: ReleaseRepository,
  { name, promotesFrom }: Environment,
): Promise<Ahead | undefined> {
  if (promotesFrom === undefined) return undefined;
  const [source, own] = await Promise.all(
    [promotesFrom, name].map(async (environment) => {
      const numbers = await repository.releases(environment);
      return readAt(
        repository,
        environment,
        numbers.length === 0 ? undefined : Math.max(...numbers),
      );
    }),
  );
  return {
    environment: promotesFrom,
    tag: source?.tag,
    changes: source === undefined ? [] : versionChanges(own?.versions, source.versions),
  };
}
