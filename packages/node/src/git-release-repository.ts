import type { ReleaseRepository, ReleaseTag, RevisionTree } from '@tidegate/core';
import { GitObjectReader } from './git-object-reader.ts';
import { revisionTree } from './git-objects.ts';

/** A state of a repository: the commit of the branch, and the release tags with their objects. */
export interface RepositoryState {
  readonly head: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** A state of a Git repository, all of which is in the clone, as releases are planned on it. */
export function gitReleaseRepository(
  root: string,
  { head, tags }: RepositoryState,
  branch: string,
): ReleaseRepository {
  const reader = new GitObjectReader(root);
  const trees = new Map<string, Promise<RevisionTree | undefined>>();
  const open = (revision: string): Promise<RevisionTree | undefined> => {
    const known = trees.get(revision) ?? openTree(reader, revision, tags.get(revision));
    trees.set(revision, known);
    return known;
  };
  return {
    head: revisionTree(reader, head, branch),
    releases: (environment) => Promise.resolve(releasesIn(tags, environment)),
    tree: open,
    tag: (environment, release) => {
      const name = `release/${environment}/${release}`;
      const object = tags.get(name);
      return object === undefined
        ? Promise.resolve(undefined)
        : readTag(reader, object, { name, environment, number: release });
    },
  };
}

function releasesIn(tags: ReadonlyMap<string, string>, environment: string): number[] {
  const prefix = `release/${environment}/`;
  return [...tags.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((number) => /^[1-9]\d{0,14}$/.test(number))
    .map(Number);
}

/** A release is what the state says: a tag or branch of that name in this clone only is none. */
async function openTree(
  reader: GitObjectReader,
  revision: string,
  object: string | undefined,
): Promise<RevisionTree | undefined> {
  if (object === undefined && /^release\/|\n/.test(revision)) return undefined;
  const commit = await reader.read(`${object ?? revision}^{commit}`);
  return commit === undefined ? undefined : revisionTree(reader, commit.name, revision);
}

/** A tag object is lines of headers, an empty line, and the message. */
async function readTag(
  reader: GitObjectReader,
  object: string,
  tag: Pick<ReleaseTag, 'name' | 'environment' | 'number'>,
): Promise<ReleaseTag | undefined> {
  // Somebody may have made a tag without an object of its own: then it is the commit that says who.
  const found = await reader.read(object);
  if (found === undefined) return undefined;
  const text = found.bytes.toString();
  const [headers = '', ...message] = text.split('\n\n');
  const who = /^(?:tagger|committer) (.*) <([^>]*)> (\d+) [-+]\d{4}$/m.exec(headers);
  return {
    ...tag,
    by: who?.[1] ?? '',
    dateMs: Number(who?.[3] ?? 0) * 1000,
    message: message.join('\n\n'),
  };
}
