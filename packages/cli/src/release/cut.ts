import { ConflictError, invariant, ToolError, UsageError, type FileContent } from '@tidegate/core';
import {
  git,
  gitText,
  localTags,
  pushAtomically,
  writeCommit,
  writeTag,
  type Clock,
} from '@tidegate/node';
import { canAsk, isSet, type Io } from '../io.ts';
import {
  releaseIdentities,
  takeSnapshot,
  type ReleaseClone,
  type Snapshot,
} from './release-clone.ts';

/** Options of every command that makes a commit for the branch. */
export interface PushOptions {
  /** Undefined: in CI push, on a terminal ask, else do not. */
  readonly push?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What shall be committed, and tagged. */
export interface Change {
  readonly files: readonly FileContent[];
  readonly removed: readonly string[];
  readonly message: string;
  /** Name of the annotated tag. */
  readonly tag?: string;
}

/** What one attempt plans on a snapshot: a change, or the end with an exit code. */
export type Attempt =
  { readonly change: Change; readonly isPushed: boolean } | { readonly exitCode: number };

/** How an attempt ended. */
export interface Cut {
  readonly commit: string;
  readonly isPushed: boolean;
}

const attemptsMax = 10;
const pauseMs = 200;
const pauseMsMax = 5_000;

export interface CutContext {
  readonly io: Io;
  readonly clone: ReleaseClone;
  readonly clock: Clock;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/**
 * Plans, commits and pushes; when somebody else's push comes first, plans again on the new head, with
 * pauses that grow. `plan` says itself when what changed in between touches its own matter. Returns
 * the exit code of the attempt that ended it, or what was cut.
 */
export async function cutWithRetries(
  context: CutContext,
  plan: (snapshot: Snapshot, before: Snapshot | undefined) => Promise<Attempt>,
): Promise<Cut | { readonly exitCode: number }> {
  const { io, clone, clock, random } = context;
  let before: Snapshot | undefined;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const snapshot = await takeSnapshot(clone);
    const planned = await plan(snapshot, before);
    if ('exitCode' in planned) return planned;
    io.signal.throwIfAborted();
    const cut = await commitChange(context, snapshot, planned);
    if (cut !== undefined) return cut;
    before = snapshot;
    io.stderr.write(`${clone.branch} has moved meanwhile; planning again\n`);
    const pause = Math.min(pauseMs * 2 ** (attempt - 1), pauseMsMax);
    await clock.sleep(pause * (0.5 + random()));
  }
  throw new ConflictError(
    `${clone.branch} moved ${attemptsMax} times while this was pushed; nothing was changed`,
    { hint: 'try again when less is pushed' },
  );
}

/** Returns undefined when somebody else was faster. */
async function commitChange(
  { io, clone, clock }: CutContext,
  { state }: Snapshot,
  { change, isPushed }: Extract<Attempt, { readonly change: Change }>,
): Promise<Cut | undefined> {
  const { root, branch, remote } = clone;
  const identities = await releaseIdentities(io, root);
  const dateSeconds = Math.floor(clock.nowMs() / 1000);
  const commit = await writeCommit(root, {
    parent: state.head,
    files: change.files,
    removed: change.removed,
    message: change.message,
    ...identities,
    dateSeconds,
  });
  const tag =
    change.tag === undefined
      ? undefined
      : {
          name: change.tag,
          object: await writeTag(root, {
            name: change.tag,
            commit,
            message: change.message,
            tagger: identities.author,
            dateSeconds,
          }),
        };
  if (!isPushed) {
    if (tag !== undefined) await keepTag(root, tag);
    return { commit, isPushed };
  }
  invariant(remote !== undefined, 'who pushes has a remote');
  const isThrough = await pushAtomically(remote, {
    branch,
    commit,
    ...(tag === undefined ? {} : { tag }),
  });
  if (!isThrough) return undefined;
  if (tag !== undefined) await keepTag(root, tag);
  return { commit, isPushed };
}

/** Names a tag in this clone, unless another one has the name. */
async function keepTag(root: string, tag: { name: string; object: string }): Promise<void> {
  // The empty old value: there must be none.
  const args = ['update-ref', `refs/tags/${tag.name}`, tag.object, ''];
  const { exitCode } = await git(root, args, { accept: [0, 1, 128] });
  if (exitCode === 0) return;
  if ((await localTags(root)).get(tag.name) === tag.object) return;
  throw new ConflictError(`tag ${tag.name} exists in this clone already, as another one`, {
    hint: `look at it with git show ${tag.name}; if it was never pushed: git tag -d ${tag.name}`,
  });
}

/** Whether to push, as far as that is known without a plan to look at. */
export function pushIntent(
  { io, clone }: Pick<CutContext, 'io' | 'clone'>,
  options: PushOptions & { readonly fetch: boolean },
): 'yes' | 'no' | 'ask' {
  if (options.push === true && !options.fetch) {
    throw new UsageError('--push and --no-fetch exclude each other');
  }
  if (options.push === true && clone.remote === undefined) {
    throw new UsageError('--push needs a remote to push to', {
      hint: 'add one with "git remote add origin <url>", name it with --remote, or use --no-push',
    });
  }
  if (options.push !== undefined) return options.push ? 'yes' : 'no';
  if (clone.remote === undefined) return 'no';
  if (isSet(io.env['CI'])) return 'yes';
  if (!canAsk(io)) return 'no';
  return options.yes === true ? 'yes' : 'ask';
}

/** Whether to push: as told, else in CI, else after a question, else not. */
export async function decidePush(
  context: Pick<CutContext, 'io' | 'clone'>,
  options: PushOptions & { readonly fetch: boolean },
  question: string,
): Promise<boolean> {
  const intent = pushIntent(context, options);
  if (intent !== 'ask') return intent === 'yes';
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message: question, default: false }, { output: process.stderr });
}

/** Which of these paths differ between two looks at the repository. */
export async function changedBetween(
  before: Snapshot,
  after: Snapshot,
  paths: readonly string[],
): Promise<string[]> {
  const changed = paths.map(async (path) =>
    (await before.repository.head.objectId(path)) === (await after.repository.head.objectId(path))
      ? []
      : [path],
  );
  return (await Promise.all(changed)).flat();
}

/** Says who changed paths between two looks, as far as this clone knows. */
export async function logBetween(
  root: string,
  before: Snapshot,
  after: Snapshot,
  paths: readonly string[],
): Promise<string[]> {
  const range = `${before.state.head}..${after.state.head}`;
  try {
    const text = await gitText(root, ['log', '-5', '--format=%h %an: %s', range, '--', ...paths]);
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    // A shallow clone may lack what lies between.
    if (!(error instanceof ToolError)) throw error;
    return [];
  }
}
