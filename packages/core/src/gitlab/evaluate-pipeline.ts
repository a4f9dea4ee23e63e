import { InputError } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import type { CiVariables } from './evaluate-expression.ts';
import { evaluateRules, textAt, texts, type JobWhen, type RulesContext } from './evaluate-rules.ts';
import { resolveExtends, type CiConfig } from './resolve-extends.ts';

/** What starts a pipeline: values of `CI_PIPELINE_SOURCE`. */
export type PipelineSource =
  | 'api'
  | 'chat'
  | 'external'
  | 'merge_request_event'
  | 'parent_pipeline'
  | 'pipeline'
  | 'push'
  | 'schedule'
  | 'trigger'
  | 'web'
  | 'webide';

/** A pipeline that GitLab is asked for. */
export interface PipelineRequest extends Omit<RulesContext, 'variables'> {
  readonly source: PipelineSource;
  /** The branch that it runs on; for a merge request the branch to merge. */
  readonly branch?: string;
  /** The tag that it runs on, instead of a branch. */
  readonly tag?: string;
  /** For the source `merge_request_event`: where to. */
  readonly targetBranch?: string;
  /** Whether a merge request for the branch is open. Default: no. */
  readonly hasOpenMergeRequest?: boolean;
  /** Default: `main`. */
  readonly defaultBranch?: string;
  /** Message of the commit that it runs on. */
  readonly commitMessage?: string;
  /** Variables of the project, and those that the pipeline was started with. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A job of a pipeline. */
export interface PipelineJob {
  readonly name: string;
  readonly stage: string;
  readonly when: JobWhen;
  readonly allowFailure: boolean;
  readonly startIn?: string;
}

/** The jobs of a pipeline in the order of their stages, or why there is none. */
export type PipelineResult =
  | { readonly created: true; readonly jobs: readonly PipelineJob[] }
  | { readonly created: false; readonly reason: string };

const globalKeywords = [
  ...['after_script', 'before_script', 'cache', 'default', 'image', 'include', 'services'],
  ...['spec', 'stages', 'variables', 'workflow'],
];
/** Sources whose pipelines `[skip ci]` in the commit's message prevents. */
const skippableSources: readonly PipelineSource[] = ['merge_request_event', 'push', 'webide'];
const skipMark = /\[(?:ci[ _-]skip|skip[ _-]ci)\]/i;
const jobDefaultStage = 'test';
const defaultStages = ['build', 'test', 'deploy'];

/**
 * Says whether GitLab makes a pipeline of the configuration, and with which jobs. Throws InputError for
 * a configuration that GitLab refuses, and for `only` and `except`, which are not evaluated.
 */
export function evaluatePipeline(config: CiConfig, request: PipelineRequest): PipelineResult {
  const { commitMessage = '' } = request;
  if (skippableSources.includes(request.source) && skipMark.test(commitMessage)) {
    return { created: false, reason: 'the commit says [skip ci]' };
  }
  const predefined = predefinedVariables(request);
  const root = texts(config['variables']);
  const context: RulesContext = {
    ...request,
    variables: { ...predefined, ...root, ...request.variables },
  };
  const workflow = evaluateRules(
    valueAt(config, ['workflow', 'rules']),
    { when: 'always' },
    context,
  );
  if (workflow.fault !== undefined) return { created: false, reason: workflow.fault };
  if (workflow.when === 'never')
    return { created: false, reason: 'filtered out by workflow:rules' };
  return selectJobs(config, { ...context, variables: predefined }, request, {
    ...root,
    ...workflow.variables,
  });
}

/** A job as it stands in the configuration, with what it extends. */
interface JobConfig {
  readonly name: string;
  readonly job: CiConfig;
}

/** The variables that GitLab itself sets, as far as rules ask for them. */
function predefinedVariables(request: PipelineRequest): Record<string, string> {
  const { source, branch, tag, targetBranch, defaultBranch = 'main' } = request;
  const isMergeRequest = source === 'merge_request_event';
  const named: Record<string, string | undefined> = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_PIPELINE_SOURCE: source,
    CI_DEFAULT_BRANCH: defaultBranch,
    CI_COMMIT_REF_NAME: tag ?? branch,
    CI_COMMIT_BRANCH: isMergeRequest || tag !== undefined ? undefined : branch,
    CI_COMMIT_TAG: tag,
    CI_COMMIT_MESSAGE: request.commitMessage,
    CI_OPEN_MERGE_REQUESTS:
      isMergeRequest || request.hasOpenMergeRequest === true ? 'group/project!1' : undefined,
    ...(isMergeRequest
      ? {
          CI_MERGE_REQUEST_ID: '1',
          CI_MERGE_REQUEST_IID: '1',
          CI_MERGE_REQUEST_EVENT_TYPE: 'detached',
          CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: branch,
          CI_MERGE_REQUEST_TARGET_BRANCH_NAME: targetBranch ?? defaultBranch,
        }
      : {}),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function selectJobs(
  config: CiConfig,
  context: RulesContext,
  request: PipelineRequest,
  common: CiVariables,
): PipelineResult {
  const configs = readJobs(config);
  const jobs: PipelineJob[] = [];
  for (const { name, job } of configs) {
    const variables = {
      ...context.variables,
      ...jobVariables(job, common),
      ...request.variables,
    };
    const result = evaluateRules(job['rules'], jobDefaults(name, job), { ...context, variables });
    if (result.fault !== undefined) return { created: false, reason: `${name}: ${result.fault}` };
    if (result.when === 'never' || isLeftOut(config, job, request)) continue;
    const { when, startIn = textAt(job, 'start_in'), allowFailure = false } = result;
    const stage = textAt(job, 'stage') ?? jobDefaultStage;
    jobs.push({ name, stage, when, allowFailure, ...(startIn === undefined ? {} : { startIn }) });
  }
  return checkJobs(config, configs, jobs);
}

/** The jobs of the configuration, hidden ones left out. */
function readJobs(config: CiConfig): JobConfig[] {
  return Object.keys(config)
    .filter((name) => !globalKeywords.includes(name) && !name.startsWith('.'))
    .map((name) => {
      const job = resolveExtends(config, name);
      if (job['script'] === undefined && job['trigger'] === undefined && job['run'] === undefined) {
        throw new InputError(`job "${name}" has neither "script" nor "trigger"`);
      }
      for (const keyword of ['only', 'except']) {
        if (job[keyword] !== undefined) {
          throw new InputError(`job "${name}" has "${keyword}"; expected "rules"`);
        }
      }
      return { name, job };
    });
}

/** The variables of a job: its own, and those of the configuration that it takes over. */
function jobVariables(job: CiConfig, common: CiVariables): CiVariables {
  const inherited = valueAt(job, ['inherit', 'variables']);
  const names = Array.isArray(inherited) ? (inherited as unknown[]) : undefined;
  const taken = Object.entries(common).filter(
    ([name]) => inherited !== false && (names === undefined || names.includes(name)),
  );
  return { ...Object.fromEntries(taken), ...texts(job['variables']) };
}

function jobDefaults(name: string, job: CiConfig): { when: JobWhen; allowFailure?: boolean } {
  const when = (textAt(job, 'when') ?? 'on_success') as JobWhen;
  if (job['rules'] !== undefined && job['start_in'] !== undefined) {
    throw new InputError(`job "${name}" has "start_in" beside "rules"`);
  }
  const allowFailure = job['allow_failure'];
  // Named exit codes are no general permission.
  return allowFailure === undefined ? { when } : { when, allowFailure: allowFailure === true };
}

/** Jobs without rules run for branches and tags only, unless the workflow has rules. */
function isLeftOut(config: CiConfig, job: CiConfig, { source }: PipelineRequest): boolean {
  const hasRules =
    job['rules'] !== undefined || valueAt(config, ['workflow', 'rules']) !== undefined;
  return !hasRules && source === 'merge_request_event';
}

function checkJobs(
  config: CiConfig,
  configs: readonly JobConfig[],
  jobs: readonly PipelineJob[],
): PipelineResult {
  const stages = stageNames(config);
  const unknown = configs.find(({ job }) => !stages.includes(stageOf(job)));
  if (unknown !== undefined) {
    throw new InputError(`job "${unknown.name}" has the unknown stage "${stageOf(unknown.job)}"`);
  }
  const names = jobs.map(({ name }) => name);
  for (const { name, job } of configs.filter((entry) => names.includes(entry.name))) {
    const missing = requiredNeeds(job).find((need) => !names.includes(need));
    if (missing !== undefined) {
      return { created: false, reason: `"${name}" needs "${missing}", which is not there` };
    }
  }
  if (jobs.every(({ stage }) => stage === '.pre' || stage === '.post')) {
    return { created: false, reason: 'no jobs' };
  }
  return { created: true, jobs: stages.flatMap((stage) => jobs.filter((j) => j.stage === stage)) };
}

function stageOf(job: CiConfig): string {
  return textAt(job, 'stage') ?? jobDefaultStage;
}

function stageNames(config: CiConfig): string[] {
  const stages = config['stages'];
  const own = Array.isArray(stages) ? stages.filter((name) => typeof name === 'string') : undefined;
  return ['.pre', ...(own ?? defaultStages), '.post'];
}

/** Jobs of the same pipeline without which the job is refused. */
function requiredNeeds(job: CiConfig): string[] {
  const needs = Array.isArray(job['needs']) ? (job['needs'] as unknown[]) : [];
  return needs.flatMap((need) => {
    if (typeof need === 'string') return [need];
    const isElsewhere = valueAt(need, ['project']) ?? valueAt(need, ['pipeline']);
    const name = textAt(need, 'job');
    const isOptional = valueAt(need, ['optional']) === true;
    return name === undefined || isOptional || isElsewhere !== undefined ? [] : [name];
  });
}
