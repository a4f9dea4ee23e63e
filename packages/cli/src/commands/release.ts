import {
  ConflictError,
  exitCodes,
  planRelease,
  tagVariable,
  UsageError,
  versionsPath,
  type Environment,
  type ReleasePlan,
  type ReleaseRequest,
} from '@tidegate/core';
import { gitText, localTags, shownRemote, systemClock, writeAtomically } from '@tidegate/node';
import { resolve } from 'node:path';
import { canAsk, isSet, type Io } from '../io.ts';
import { formatJson } from '../output/data.ts';
import type { RendererOptions } from '../renderer.ts';
import {
  changedBetween,
  cutWithRetries,
  decidePush,
  logBetween,
  type Attempt,
  type Change,
  type CutContext,
  type PushOptions,
} from '../release/cut.ts';
import { openReleaseClone, type CloneOptions, type Snapshot } from '../release/release-clone.ts';
import { diffPlan } from '../release/diff-plan.ts';
import { remoteRefusals } from '../release/remote-gates.ts';
import { describePlan, diffOf, planData, reportRefusals } from '../release/show-plan.ts';

/** Options of `release`, `promote` and `rollback`. */
export interface ReleaseOptions extends CloneOptions, PushOptions, RendererOptions {
  readonly allowDowngrade?: boolean;
  /** File that gets the tag as `TIDEGATE_TAG_<ENV>=…`. */
  readonly dotenv?: string;
  /** Whether to print what changes in the cluster. Undefined: in CI, and before a question. */
  readonly diff?: boolean;
  readonly output: string;
}

export interface PromoteOptions extends ReleaseOptions {
  /** Number of the source's release, or its tag. */
  readonly release?: string;
  /** Refused: only whole releases are promoted. */
  readonly component?: string;
  readonly node?: string;
}

export interface RollbackOptions extends ReleaseOptions {
  /** Number of the earlier release. */
  readonly to?: number;
}

/** `tidegate release ENV`. Returns the exit code. */
export function runRelease(io: Io, environment: string, options: ReleaseOptions): Promise<number> {
  return cutRelease(io, { kind: 'release', environment }, options);
}

/** `tidegate promote SOURCE ENV`. */
export async function runPromote(
  io: Io,
  source: string,
  environment: string,
  options: PromoteOptions,
): Promise<number> {
  const part = options.component ?? options.node;
  if (part !== undefined) {
    throw new UsageError(
      `"${part}" cannot be promoted alone: only the whole set of a release was tested`,
      {
        hint: 'set its version where builds write to, release that, and promote the release',
      },
    );
  }
  const number = releaseNumber(source, options.release);
  const picked = number === undefined ? {} : { release: number };
  return cutRelease(io, { kind: 'promotion', source, environment, ...picked }, options);
}

/** `tidegate rollback ENV --to N`. */
export async function runRollback(
  io: Io,
  environment: string,
  options: RollbackOptions,
): Promise<number> {
  const { to } = options;
  if (to === undefined) {
    throw new UsageError('--to is missing; expected the number of the release to go back to', {
      hint: `"tidegate releases ${environment}" lists them`,
    });
  }
  return cutRelease(io, { kind: 'rollback', environment, to }, options);
}

/** `41` or `release/qa/41`. Pipelines hand on tags, or nothing. */
function releaseNumber(source: string, given: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  const number = given.startsWith(`release/${source}/`)
    ? given.slice(`release/${source}/`.length)
    : given;
  if (/^[1-9]\d{0,14}$/.test(number)) return Number(number);
  throw new UsageError(
    `--release is ${JSON.stringify(given)}; expected a number or a tag release/${source}/<n>`,
  );
}

async function cutRelease(
  io: Io,
  request: ReleaseRequest,
  options: ReleaseOptions,
): Promise<number> {
  const clone = await openReleaseClone(io, options);
  const context = { io, clone, clock: systemClock(), random: Math.random };
  const job = new ReleaseJob(context, request, options);
  const result = await cutWithRetries(context, (snapshot, before) => job.attempt(snapshot, before));
  if ('exitCode' in result) return result.exitCode;
  return job.finish(result.commit, result.isPushed);
}

/** One release from the plan to its report. What was chosen in the first attempt stays chosen. */
class ReleaseJob {
  private readonly context: CutContext;
  private readonly options: ReleaseOptions;
  private request: ReleaseRequest;
  private plan: ReleasePlan | undefined;
  private isPushed: boolean | undefined;

  constructor(context: CutContext, request: ReleaseRequest, options: ReleaseOptions) {
    this.context = context;
    this.request = request;
    this.options = options;
  }

  async attempt(snapshot: Snapshot, before: Snapshot | undefined): Promise<Attempt> {
    const { io, clock } = this.context;
    const plan = await planRelease(snapshot.repository, this.request, {
      nowMs: clock.nowMs(),
      allowDowngrade: this.options.allowDowngrade === true,
    });
    if (before !== undefined) await this.assertUntouched(before, snapshot, plan.environment);
    if (!plan.refusals.some(({ gate }) => gate === 'order')) this.keepSource(plan);
    const local = plan.refusals.length === 0 && plan.isDue;
    const refusals = local ? await remoteRefusals(io, plan, this.options) : plan.refusals;
    if (refusals.length > 0) return this.refuse({ ...plan, refusals });
    if (!plan.isDue) return this.skip(plan);
    if (this.options.dryRun === true) return this.show(plan);
    this.plan = plan;
    const change = changeOf(plan);
    await this.assertTagIsFree(plan, snapshot);
    if (this.isPushed === undefined) {
      if (this.options.output === 'text') {
        io.stdout.write(describePlan(plan));
        if (wantsDiff(io, this.options)) io.stdout.write(await diffPlan(io, plan, this.options));
      }
      this.isPushed = await decidePush(this.context, this.options, `Push ${plan.tag}?`);
    }
    return { change, isPushed: this.isPushed };
  }

  /** The source's newest release is looked up once: what was planned first is what is promoted. */
  private keepSource(plan: ReleasePlan): void {
    if (this.request.kind !== 'promotion' || plan.source === undefined) return;
    if (this.request.release === undefined) {
      this.context.io.stderr.write(
        `promoting ${plan.source.tag}, planned on ${this.context.clone.where} at ${plan.head.slice(0, 12)}\n`,
      );
    }
    this.request = { ...this.request, release: plan.source.number };
  }

  private refuse(plan: ReleasePlan): Attempt {
    const { io } = this.context;
    if (this.options.output === 'json') io.stdout.write(formatJson(planData(plan)));
    reportRefusals(io, `${plan.tag} was not cut`, plan.refusals);
    const isConflict = plan.refusals.some(({ gate }) => gate === 'tag');
    return { exitCode: isConflict ? exitCodes.conflict : exitCodes.findings };
  }

  private async skip(plan: ReleasePlan): Promise<Attempt> {
    const { io } = this.context;
    const tag = plan.newest?.tag ?? '';
    if (this.options.output === 'json') io.stdout.write(formatJson(planData(plan)));
    io.stderr.write(`nothing is due: "${plan.environment.name}" is as ${tag} left it\n`);
    if (this.options.dryRun !== true) await this.writeDotenv(plan.environment, tag);
    return { exitCode: exitCodes.done };
  }

  private async show(plan: ReleasePlan): Promise<Attempt> {
    const { io } = this.context;
    if (this.options.output === 'json') {
      io.stdout.write(formatJson({ ...planData(plan), message: plan.message }));
    } else {
      const files = [...plan.files, ...(await removedFiles(plan))];
      io.stdout.write(`${describePlan(plan)}\n${plan.message}\n${diffOf(io, files)}`);
      if (this.options.diff !== false) io.stdout.write(await diffPlan(io, plan, this.options));
    }
    io.stderr.write(`dry run: ${plan.tag} was not cut\n`);
    return { exitCode: exitCodes.done };
  }

  /** Nobody looks at the plan of an automatic environment; any other is planned for what was there. */
  private async assertUntouched(
    before: Snapshot,
    after: Snapshot,
    environment: Environment,
  ): Promise<void> {
    if (this.request.kind === 'release' && environment.sync === 'automatic') return;
    const { name } = environment;
    const paths = [versionsPath(name), `argocd/${name}`, `envs/${name}`, 'tidegate.yaml'];
    const changed = await changedBetween(before, after, paths);
    const [first] = changed;
    if (first === undefined) return;
    const log = await logBetween(this.context.clone.root, before, after, changed);
    throw new ConflictError(
      `"${name}" was changed while this was being pushed: ${changed.join(', ')}`,
      { hint: ['look at the change and run the command again', ...log].join('\n  ') },
    );
  }

  /** A tag of that name that only this clone has: an earlier run was not pushed. */
  private async assertTagIsFree(plan: ReleasePlan, { state }: Snapshot): Promise<void> {
    const { root, branch, remote } = this.context.clone;
    const local = (await localTags(root)).get(plan.tag);
    if (local === undefined || state.tags.has(plan.tag)) return;
    if (await this.isSameRelease(plan, local)) {
      await gitText(root, ['update-ref', '-d', `refs/tags/${plan.tag}`, local]);
      this.context.io.stderr.write(
        `${plan.tag} was cut here before and not pushed; it is cut anew\n`,
      );
      return;
    }
    const push =
      remote === undefined
        ? ''
        : `git push --atomic ${shownRemote(remote)} '${plan.tag}^{}:refs/heads/${branch}' ${plan.tag}; or `;
    throw new ConflictError(
      `tag ${plan.tag} exists in this clone, as another release that was not pushed`,
      {
        hint: `${push}forget it: git tag -d ${plan.tag}`,
      },
    );
  }

  private async isSameRelease(plan: ReleasePlan, tag: string): Promise<boolean> {
    const { root } = this.context.clone;
    const same = plan.files.map(async ({ path, content }) => {
      const text = await gitText(root, ['cat-file', 'blob', `${tag}:${path}`]).catch(
        () => undefined,
      );
      return text === content.replace(/\n$/, '');
    });
    return !(await Promise.all(same)).includes(false);
  }

  async finish(commit: string, isPushed: boolean): Promise<number> {
    const { plan } = this;
    if (plan === undefined) return exitCodes.bug;
    const { io, clone } = this.context;
    if (this.options.output === 'json') {
      io.stdout.write(formatJson({ ...planData(plan), commit, isPushed }));
    }
    await this.writeDotenv(plan.environment, plan.tag);
    if (isPushed)
      io.stderr.write(
        `pushed ${plan.tag} and its commit ${commit.slice(0, 12)} to ${clone.where}\n`,
      );
    else io.stderr.write(unpushedHint(plan.tag, commit, clone));
    return exitCodes.done;
  }

  private async writeDotenv({ name }: Environment, tag: string): Promise<void> {
    const { dotenv } = this.options;
    if (dotenv === undefined) return;
    await writeAtomically(
      resolve(this.context.io.cwd, dotenv),
      `${tagVariable(name)}=${tag}\n`,
      0o644,
    );
  }
}

function wantsDiff(io: Io, { diff, push }: ReleaseOptions): boolean {
  return diff ?? (isSet(io.env['CI']) || (push === undefined && canAsk(io)));
}

function changeOf(plan: ReleasePlan): Change {
  const { files, removed, message, tag } = plan;
  return { files, removed, message, tag };
}

async function removedFiles(
  plan: ReleasePlan,
): Promise<{ path: string; current: string | undefined; content: undefined }[]> {
  const { newest } = plan;
  return Promise.all(
    plan.removed.map(async (path) => ({
      path,
      current: (await newest?.tree.read(path)) ?? '',
      content: undefined,
    })),
  );
}

function unpushedHint(
  tag: string,
  commit: string,
  { remote, branch }: CutContext['clone'],
): string {
  const next =
    remote === undefined
      ? `take it over: git merge --ff-only ${tag}`
      : `push it: git push --atomic ${shownRemote(remote)} ${commit.slice(0, 12)}:refs/heads/${branch} ${tag}`;
  return `cut ${tag} in this clone, commit ${commit.slice(0, 12)}; ${next}\n`;
}
