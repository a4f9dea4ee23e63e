import type { FileContent, RevisionTree } from '@tidegate/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, type Identity } from './git.ts';
import { gitTree } from './git-tree.ts';
import type { GitObjectReader } from './git-object-reader.ts';

/** A commit that is not on any branch yet. */
export interface CommitDraft {
  /** Full object name of the commit that it follows. */
  readonly parent: string;
  readonly files: readonly FileContent[];
  readonly removed: readonly string[];
  readonly message: string;
  readonly author: Identity;
  readonly committer: Identity;
  /** Seconds since 1970. */
  readonly dateSeconds: number;
}

/**
 * Makes a commit of changed files on top of another one, and returns its object name. No branch, no
 * index and no file of the work tree is touched: whoever dies meanwhile leaves nothing that anybody sees.
 */
export async function writeCommit(root: string, draft: CommitDraft): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-index-'));
  const env = { GIT_INDEX_FILE: join(folder, 'index') };
  try {
    await git(root, ['read-tree', draft.parent], { env });
    const blobs = await Promise.all(
      draft.files.map(async ({ path, content }) => {
        const object = await gitText(root, ['hash-object', '-w', '--stdin'], { input: content });
        return `100644 ${object}\t${path}\0`;
      }),
    );
    const nothing = '0'.repeat(draft.parent.length);
    const removals = draft.removed.map((path) => `0 ${nothing}\t${path}\0`);
    const input = [...blobs, ...removals].join('');
    await git(root, ['update-index', '-z', '--index-info'], { env, input });
    const tree = await gitText(root, ['write-tree'], { env });
    return await gitText(root, ['commit-tree', tree, '-p', draft.parent, '-F', '-'], {
      input: draft.message,
      env: identityEnvironment(draft),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function identityEnvironment({
  author,
  committer,
  dateSeconds,
}: CommitDraft): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: `@${dateSeconds} +0000`,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: `@${dateSeconds} +0000`,
  };
}

/** An annotated tag that no reference names yet. */
export interface TagDraft {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly tagger: Identity;
  readonly dateSeconds: number;
}

/** Makes a tag object and returns its object name. */
export async function writeTag(root: string, tag: TagDraft): Promise<string> {
  const { name, email } = tag.tagger;
  const text = [
    `object ${tag.commit}`,
    'type commit',
    `tag ${tag.name}`,
    `tagger ${name} <${email}> ${tag.dateSeconds} +0000`,
    '',
    tag.message,
  ].join('\n');
  return gitText(root, ['mktag'], { input: text });
}

/** What a run of git prints, without its last line break. */
export async function gitText(
  root: string,
  args: readonly string[],
  call: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { stdout } = await git(root, args, call);
  return stdout.toString().replace(/\n$/, '');
}

/** A commit as a tree. */
export function revisionTree(reader: GitObjectReader, commit: string, name: string): RevisionTree {
  return { ...gitTree(reader.root, commit, name, reader), commit };
}
