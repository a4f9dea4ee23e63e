import {
  ConflictError,
  describeChange,
  exitCodes,
  parseAssignments,
  planVersions,
  UsageError,
  type Assignment,
  type VersionsPlan,
} from '@tidegate/core';
import { systemClock, writeFiles } from '@tidegate/node';
import { isSet, type Io } from '../io.ts';
import { formatJson } from '../output/data.ts';
import {
  changedBetween,
  cutWithRetries,
  decidePush,
  pushIntent,
  type Attempt,
  type CutContext,
  type PushOptions,
} from '../release/cut.ts';
import { openReleaseClone, type CloneOptions, type Snapshot } from '../release/release-clone.ts';
import { changeData, diffOf, reportRefusals } from '../release/show-plan.ts';
import { openWorkspace } from '../workspace.ts';

export interface VersionsSetOptions extends CloneOptions, PushOptions {
  readonly env?: string;
  readonly skipCi?: boolean;
  readonly output: string;
}

/**
 * `tidegate versions set --env qa NAME.FIELD=VALUE…`. Without words they come from the variable
 * TIDEGATE_VERSIONS, so that a pipeline need not expand them in a shell. Returns the exit code.
 */
export async function runVersionsSet(
  io: Io,
  words: readonly string[],
  options: VersionsSetOptions,
): Promise<number> {
  const { env } = options;
  if (env === undefined) {
    throw new UsageError('--env is missing; expected the environment that builds write to', {
      hint: 'for example --env qa',
    });
  }
  const given = words.length > 0 ? words : (io.env['TIDEGATE_VERSIONS'] ?? '').trim().split(/\s+/);
  const assignments = parseAssignments(given.filter((word) => word !== ''));
  if (assignments.length === 0) {
    if (words.length === 0 && isSet(io.env['CI'])) {
      io.stderr.write('nothing to do: TIDEGATE_VERSIONS is not set in this pipeline\n');
      return exitCodes.done;
    }
    throw new UsageError('no version is given; expected for example backend.imageTag=v2.2.0', {
      hint: 'as arguments, or in the variable TIDEGATE_VERSIONS',
    });
  }
  refuseSecrets(io, assignments);
  const clone = await openReleaseClone(io, options);
  const context = { io, clone, clock: systemClock(), random: Math.random };
  const job = new VersionsJob(context, assignments, { ...options, env });
  if (pushIntent(context, options) === 'no') return job.writeHere();
  const result = await cutWithRetries(context, (snapshot, before) => job.attempt(snapshot, before));
  return 'exitCode' in result ? result.exitCode : job.finish(result.commit);
}

/**
 * GitLab puts the value of a variable into others that refer to it: whoever may start a pipeline could
 * have a token written into the repository as a version.
 */
function refuseSecrets(io: Io, assignments: readonly Assignment[]): void {
  const secrets = Object.entries(io.env)
    .filter(([name]) => /TOKEN|PASSWORD|SECRET/i.test(name))
    .map(([, value]) => value ?? '')
    .filter((value) => value.length >= 8);
  const leaking = assignments.find(({ value }) => secrets.some((secret) => value.includes(secret)));
  if (leaking === undefined) return;
  throw new UsageError(
    `the value of ${leaking.name}.${leaking.field} holds a secret of this environment`,
    { hint: 'hand over plain versions, without references to variables' },
  );
}

class VersionsJob {
  private readonly context: CutContext;
  private readonly assignments: readonly Assignment[];
  private readonly options: VersionsSetOptions & { readonly env: string };
  private plan: VersionsPlan | undefined;

  constructor(
    context: CutContext,
    assignments: readonly Assignment[],
    options: VersionsSetOptions & { readonly env: string },
  ) {
    this.context = context;
    this.assignments = assignments;
    this.options = options;
  }

  async attempt(snapshot: Snapshot, before: Snapshot | undefined): Promise<Attempt> {
    const { env, skipCi } = this.options;
    const plan = await planVersions(snapshot.repository.head, env, this.assignments, {
      skipCi: skipCi === true,
    });
    if (plan.refusals.length > 0) return { exitCode: this.refuse(plan) };
    if (before !== undefined) await this.assertSameBefore(before, snapshot, plan);
    if (!plan.isDue) {
      const note = `nothing to do: ${plan.file.path} says so already\n`;
      return { exitCode: this.report(plan, note) };
    }
    if (this.options.dryRun === true) return { exitCode: this.show(plan) };
    this.plan ??= plan;
    const isPushed = await decidePush(
      this.context,
      this.options,
      `Push ${plan.changes.map(describeChange).join(', ')}?`,
    );
    if (!isPushed) return { exitCode: await this.writeHere() };
    return { change: { files: [plan.file], removed: [], message: plan.message }, isPushed };
  }

  /** Another build's versions do not matter, unless they are the same ones. */
  private async assertSameBefore(
    before: Snapshot,
    after: Snapshot,
    plan: VersionsPlan,
  ): Promise<void> {
    const changed = await changedBetween(before, after, [plan.file.path]);
    const planned = this.plan?.changes ?? [];
    const moved = plan.changes.find(({ name, field, from }) =>
      planned.some((one) => one.name === name && one.field === field && one.from !== from),
    );
    if (changed.length === 0 || moved === undefined) return;
    throw new ConflictError(
      `${plan.file.path} was changed while this was being pushed: ${moved.name}.${moved.field} is ${moved.from ?? 'gone'} now`,
      { hint: 'find out which build is right, and run the command again' },
    );
  }

  /** Without a push the file is written where the user works, as an editor would. Returns the exit code. */
  async writeHere(): Promise<number> {
    const { io } = this.context;
    const { root, tree } = await openWorkspace(io, this.options);
    const { env, dryRun } = this.options;
    const here = { ...tree, commit: '', objectId: () => Promise.resolve(undefined) };
    const plan = await planVersions(here, env, this.assignments, { skipCi: false });
    if (plan.refusals.length > 0) return this.refuse(plan);
    if (!plan.isDue) return this.report(plan, `nothing to do: ${plan.file.path} says so already\n`);
    if (dryRun === true) return this.show(plan);
    await writeFiles(root, [plan.file], { overwrite: true });
    return this.report(plan, `wrote ${plan.file.path}; commit and push it\n`);
  }

  private refuse(plan: VersionsPlan): number {
    reportRefusals(this.context.io, `${plan.file.path} was not written`, plan.refusals);
    return exitCodes.findings;
  }

  private show(plan: VersionsPlan): number {
    const { io } = this.context;
    if (this.options.output === 'text') io.stdout.write(diffOf(io, [plan.file]));
    return this.report(plan, 'dry run: nothing was written\n');
  }

  private report(plan: VersionsPlan, note: string): number {
    const { io } = this.context;
    if (this.options.output === 'json') io.stdout.write(formatJson(dataOf(plan)));
    else if (this.options.dryRun !== true) {
      io.stdout.write(plan.changes.map((change) => `${describeChange(change)}\n`).join(''));
    }
    io.stderr.write(note);
    return exitCodes.done;
  }

  finish(commit: string): number {
    const { plan } = this;
    if (plan === undefined) return exitCodes.bug;
    const { io, clone } = this.context;
    if (this.options.output === 'json') io.stdout.write(formatJson({ ...dataOf(plan), commit }));
    else io.stdout.write(plan.changes.map((change) => `${describeChange(change)}\n`).join(''));
    io.stderr.write(`pushed commit ${commit.slice(0, 12)} to ${clone.where}\n`);
    return exitCodes.done;
  }
}

function dataOf(plan: VersionsPlan): Record<string, unknown> {
  return {
    environment: plan.environment.name,
    file: plan.file.path,
    isDue: plan.isDue,
    changes: plan.changes.map(changeData),
  };
}
