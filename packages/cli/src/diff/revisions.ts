import { InputError, ToolError, UsageError, type RevisionTree } from '@tidegate/core';
import {
  git,
  GitObjectReader,
  gitText,
  openRemote,
  revisionExists,
  revisionTree,
} from '@tidegate/node';
import type { Io } from '../io.ts';

/** How far back a shallow clone is deepened to find where two branches part, step by step. */
const deepenSteps = [50, 200, 1000];

/**
 * Opens a revision of a clone. One that the clone lacks is fetched from the remote, as shallow clones
 * of pipelines lack most. Throws InputError when it is nowhere.
 */
export async function openRevision(
  io: Io,
  root: string,
  revision: string,
  remote: string,
): Promise<RevisionTree> {
  if (!(await revisionExists(root, revision))) await fetchRevision(io, root, revision, remote);
  const commit = await gitText(root, [
    'rev-parse',
    '--verify',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  return revisionTree(new GitObjectReader(root), commit, revision);
}

async function fetchRevision(
  io: Io,
  root: string,
  revision: string,
  remote: string,
): Promise<void> {
  const missing = new InputError(`revision ${JSON.stringify(revision)} is not in this clone`, {
    hint: 'fetch it, or name another one',
  });
  const opened = await openRemote(root, remote, undefined);
  if (opened === undefined) throw missing;
  const name = revision.startsWith(`${remote}/`) ? revision.slice(remote.length + 1) : revision;
  const isObject = /^[0-9a-f]{40,64}$/.test(name);
  const specs = isObject
    ? [name]
    : [`refs/heads/${name}:refs/remotes/${remote}/${name}`, `refs/tags/${name}:refs/tags/${name}`];
  io.stderr.write(`fetching ${name} from ${remote}\n`);
  for (const spec of specs) {
    const args = ['fetch', '--quiet', '--no-tags', '--depth=1', '--', opened.url, spec];
    const { exitCode } = await git(root, args, { env: opened.env, accept: [0, 1, 128] });
    if (exitCode === 0 && (await revisionExists(root, revision))) return;
  }
  throw missing;
}

/**
 * Where the head has left the base: what a merge request changes is measured from there. A shallow clone is
 * deepened until it is found.
 */
export async function mergeBase(io: Io, root: string, base: string, head: string): Promise<string> {
  for (const steps of [0, ...deepenSteps]) {
    if (steps > 0) {
      if ((await gitText(root, ['rev-parse', '--is-shallow-repository'])) !== 'true') break;
      io.stderr.write(`looking ${steps} commits further back for where ${head} left ${base}\n`);
      await git(root, ['fetch', '--quiet', `--deepen=${steps}`], { accept: [0, 1, 128] });
    }
    const { exitCode, stdout } = await git(root, ['merge-base', base, head], {
      accept: [0, 1, 128],
    });
    if (exitCode === 0) return stdout.toString().trim();
  }
  throw new UsageError(`${base} and ${head} have no commit in common in this clone`, {
    hint: 'name the revision to compare with by --base, or fetch more of the history',
  });
}

/** The revision that a merge request is compared with: what GitLab says, else the remote's branch. */
export async function defaultBase(
  io: Io,
  root: string,
  head: string,
  options: { readonly remote: string; readonly branch: string },
): Promise<string> {
  const given = io.env['CI_MERGE_REQUEST_DIFF_BASE_SHA'];
  if (given !== undefined && given !== '') return given;
  const tracking = `${options.remote}/${options.branch}`;
  for (const candidate of [tracking, options.branch]) {
    if (await revisionExists(root, candidate)) return mergeBase(io, root, candidate, head);
  }
  throw new ToolError(
    `this clone has neither ${tracking} nor a branch "${options.branch}" to compare with`,
    {
      hint: 'name the revision by --base',
    },
  );
}
