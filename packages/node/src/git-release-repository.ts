import type { ReleaseRepository, ReleaseTag, RevisionTree } from '@tidegate/core';
import { git, revisionExists } from './git.ts';
import { gitText, revisionTree } from './git-objects.ts';

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
  const trees = new Map<string, Promise<RevisionTree | undefined>>();
  const open = (revision: string): Promise<RevisionTree | undefined> => {
    const known = trees.get(revision) ?? openTree(root, revision, tags.get(revision));
    trees.set(revision, known);
    return known;
  };
  return {
    head: revisionTree(root, head, branch),
    releases: (environment) => Promise.resolve(releasesIn(tags, environment)),
    tree: open,
    tag: (environment, release) => {
      const name = `release/${environment}/${release}`;
      const object = tags.get(name);
      return object === undefined
        ? Promise.resolve(undefined)
        : readTag(root, object, { name, environment, number: release });
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

async function openTree(
  root: string,
  revision: string,
  object: string | undefined,
): Promise<RevisionTree | undefined> {
  const at = object ?? revision;
  if (!(await revisionExists(root, at))) return undefined;
  const commit = await gitText(root, ['rev-parse', '--verify', `${at}^{commit}`]);
  return revisionTree(root, commit, revision);
}

/** `git cat-file tag` gives lines of headers, an empty line, and the message. */
async function readTag(
  root: string,
  object: string,
  tag: Pick<ReleaseTag, 'name' | 'environment' | 'number'>,
): Promise<ReleaseTag> {
  const { exitCode, stdout } = await git(root, ['cat-file', 'tag', object], { accept: [0, 128] });
  // Somebody may have made a tag that is none of ours, without a message of its own.
  const text =
    exitCode === 0 ? stdout.toString() : await gitText(root, ['cat-file', 'commit', object]);
  const end = text.indexOf('\n\n');
  const who = /^(?:tagger|committer) (.*) <([^>]*)> (\d+) [-+]\d{4}$/m.exec(text.slice(0, end));
  return {
    ...tag,
    by: who?.[1] ?? '',
    dateMs: Number(who?.[3] ?? 0) * 1000,
    message: text.slice(end + 2),
  };
}
