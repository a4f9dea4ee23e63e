import type { Params, TemplateDialect } from '../render-text.ts';
import { combineFaults, combinePair, mergeParamSets } from './combine.ts';
import { chooseDirectories, directoryParams, type GitPattern } from './git-directories.ts';
import { fileParams } from './git-files.ts';
import { interpolateGenerator, type Generator } from './interpolate.ts';
import { listParams, type ListGenerator } from './list.ts';
import { paramsMatcher, type ParamsSelector } from './selector.ts';
import type { GeneratorValues } from './templated-values.ts';

/**
 * What generators ask of repositories. They neither wait nor read anything themselves: each request
 * is yielded and gets one answer.
 */
export type RepositoryRequest = {
  readonly repoURL: string;
  readonly revision: string;
} & (
  | { readonly want: 'directories' }
  /** All files that match, with their contents. */
  | { readonly want: 'files'; readonly pattern: string }
);

/** The answer to a request. Files are by path. */
export type RepositoryAnswer =
  | { readonly directories: readonly string[] }
  | { readonly files: Readonly<Record<string, string>> }
  | { readonly error: string };

/** A computation that asks repositories on its way. */
export type GeneratorSteps<T> = globalThis.Generator<RepositoryRequest, T, RepositoryAnswer>;

/** Parameters, and the template that a generator brings along. */
export interface GeneratedParams {
  readonly params: readonly Params[];
  readonly template: unknown;
}

/** A git generator. */
interface GitGenerator {
  readonly repoURL?: string;
  readonly revision?: string;
  readonly directories?: readonly GitPattern[];
  readonly files?: readonly GitPattern[];
  readonly pathParamPrefix?: string;
  readonly values?: GeneratorValues;
}

/** A generator made of others. */
interface CombinedGenerator {
  readonly generators?: readonly Generator[];
  readonly mergeKeys?: readonly string[];
}

/** Kinds of generators in the order in which Argo CD looks for them. */
const kinds = [
  'list',
  'clusters',
  'git',
  'scmProvider',
  'clusterDecisionResource',
  'pullRequest',
  'matrix',
  'merge',
  'plugin',
] as const;
type Kind = (typeof kinds)[number];

const refused: ReadonlySet<Kind> = new Set([
  'clusters',
  'scmProvider',
  'clusterDecisionResource',
  'pullRequest',
  'plugin',
]);
/** How deep matrix and merge generators may be nested. */
const depthMax = 2;

/** What a generator needs to know besides its settings. */
export interface GeneratorContext {
  /** Parameters of the first generator of a matrix around it. */
  readonly outer?: Params;
  /** How many generators are around it. */
  readonly depth?: number;
  /** Why no git generator of the set may be asked. */
  readonly gitFault?: string | undefined;
}

/**
 * The parameters of a generator, for each of the kinds that it holds. Throws with Argo CD's words, or
 * that a kind is refused here.
 * Source: applicationset/generators/generator_spec_processor.go.
 */
export function* generateParams(
  generator: Generator,
  dialect: TemplateDialect,
  { outer = {}, depth = 0, gitFault }: GeneratorContext = {},
): GeneratorSteps<GeneratedParams[]> {
  const selects = paramsMatcher(generator['selector'] as ParamsSelector | undefined);
  const results: GeneratedParams[] = [];
  let fault: unknown;
  for (const kind of kindsOf(generator)) {
    try {
      const filled = interpolateGenerator(generator, outer, dialect);
      const params = yield* paramsOf(kind, filled[kind], { dialect, depth, gitFault });
      const template = (generator[kind] as { readonly template?: unknown }).template;
      results.push({ params: params.filter(selects), template });
    } catch (error) {
      fault ??= error;
    }
  }
  if (fault !== undefined) throw asError(fault);
  return results;
}

/** The kinds that a generator holds. One without any generates nothing. */
export function kindsOf(generator: Generator): Kind[] {
  return kinds.filter((kind) => generator[kind] !== undefined && generator[kind] !== null);
}

interface Surroundings {
  readonly dialect: TemplateDialect;
  readonly depth: number;
  readonly gitFault: string | undefined;
}

function* paramsOf(kind: Kind, settings: unknown, around: Surroundings): GeneratorSteps<Params[]> {
  if (refused.has(kind)) {
    throw new Error(
      `generator "${kind}" is refused: only git, list, matrix and merge are modelled`,
    );
  }
  switch (kind) {
    case 'list':
      return listParams(settings as ListGenerator, around.dialect);
    case 'matrix':
      return yield* matrixParams(settings as CombinedGenerator, around);
    case 'merge':
      return yield* mergedParams(settings as CombinedGenerator, around);
    default:
      return yield* gitParams(settings as GitGenerator, around);
  }
}

function* gitParams(
  git: GitGenerator,
  { dialect, gitFault }: Surroundings,
): GeneratorSteps<Params[]> {
  if (gitFault !== undefined) throw new Error(gitFault);
  try {
    if ((git.directories?.length ?? 0) > 0) return yield* gitDirectoryParams(git, dialect);
    if ((git.files?.length ?? 0) > 0) return yield* gitFileParams(git, dialect);
  } catch (error) {
    throw wrapped('error generating params from git', error);
  }
  throw new Error('ApplicationSet is empty');
}

function* gitDirectoryParams(
  git: GitGenerator,
  dialect: TemplateDialect,
): GeneratorSteps<Params[]> {
  const { repoURL = '', revision = '', directories = [] } = git;
  const answer = yield { want: 'directories', repoURL, revision };
  if (!('directories' in answer)) {
    throw new Error(`error getting directories from repo: ${faultOf(answer)}`);
  }
  const chosen = chooseDirectories(directories, answer.directories);
  return directoryParams(chosen, { ...git, dialect });
}

function* gitFileParams(git: GitGenerator, dialect: TemplateDialect): GeneratorSteps<Params[]> {
  const { repoURL = '', revision = '', files = [] } = git;
  const found = new Map<string, string>();
  const ask = function* (pattern: string): GeneratorSteps<Readonly<Record<string, string>>> {
    const answer = yield { want: 'files', repoURL, revision, pattern };
    if ('files' in answer) return answer.files;
    throw new Error(faultOf(answer));
  };
  for (const { path } of files.filter(({ exclude }) => exclude !== true)) {
    for (const [name, content] of Object.entries(yield* ask(path))) found.set(name, content);
  }
  for (const { path } of files.filter(({ exclude }) => exclude === true)) {
    for (const name of Object.keys(yield* ask(path))) found.delete(name);
  }
  return [...found.keys()].sort().flatMap((path) => {
    try {
      return fileParams(path, found.get(path) ?? '', { ...git, dialect });
    } catch (error) {
      throw wrapped(`unable to process file '${path}' from repository '${repoURL}'`, error);
    }
  });
}

function faultOf(answer: RepositoryAnswer): string {
  return 'error' in answer ? answer.error : 'no answer';
}

function* matrixParams(matrix: CombinedGenerator, around: Surroundings): GeneratorSteps<Params[]> {
  const { generators = [] } = matrix;
  const [first, second] = generators;
  if (first === undefined || second === undefined) throw new Error(combineFaults.tooFewInMatrix);
  if (generators.length > 2) throw new Error(combineFaults.tooManyInMatrix);
  const pairs: Params[] = [];
  const outers = yield* childParams(first, {}, around, matrixFaults.first);
  for (const outer of outers) {
    for (const inner of yield* childParams(second, outer, around, matrixFaults.second)) {
      pairs.push(combinePair(outer, inner, around.dialect));
    }
  }
  return pairs;
}

const matrixFaults = {
  first: 'error failed to get params for first generator in matrix generator',
  second: 'failed to get params for second generator in the matrix generator',
};

function* mergedParams(merge: CombinedGenerator, around: Surroundings): GeneratorSteps<Params[]> {
  const { generators = [], mergeKeys = [] } = merge;
  if (generators.length < 2) throw new Error(combineFaults.tooFewInMerge);
  const sets: Params[][] = [];
  for (const [index, generator] of generators.entries()) {
    const place = `error getting params from generator ${index + 1} of ${generators.length}`;
    const fault = `error getting param sets from generators: ${place}`;
    sets.push(yield* childParams(generator, {}, around, fault));
  }
  return mergeParamSets(sets, mergeKeys, around.dialect);
}

/** The parameters of a generator inside of another: it has to be of exactly one kind. */
function* childParams(
  generator: Generator,
  outer: Params,
  { dialect, depth, gitFault }: Surroundings,
  fault: string,
): GeneratorSteps<Params[]> {
  try {
    const nested = { ...generator };
    if (depth >= depthMax - 1) {
      delete nested['matrix'];
      delete nested['merge'];
    }
    const results = yield* wrappedChild(nested, dialect, {
      outer,
      depth: depth + 1,
      gitFault,
    });
    const [only] = results;
    if (only === undefined) throw new Error('child generator generated no parameters');
    if (results.length > 1) throw new Error(combineFaults.severalInOne);
    return [...only.params];
  } catch (error) {
    throw wrapped(fault, error);
  }
}

function* wrappedChild(
  generator: Generator,
  dialect: TemplateDialect,
  around: GeneratorContext,
): GeneratorSteps<GeneratedParams[]> {
  try {
    return yield* generateParams(generator, dialect, around);
  } catch (error) {
    throw wrapped('child generator returned an error on parameter generation', error);
  }
}

function wrapped(message: string, error: unknown): Error {
  return new Error(`${message}: ${asError(error).message}`, { cause: error });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Runs a computation whose requests are answered at once. */
export function driveGenerator<T>(
  steps: GeneratorSteps<T>,
  answer: (request: RepositoryRequest) => RepositoryAnswer,
): T {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(answer(turn.value));
  return turn.value;
}

/** Runs a computation whose requests take time. */
export async function driveGeneratorAsync<T>(
  steps: GeneratorSteps<T>,
  answer: (request: RepositoryRequest) => Promise<RepositoryAnswer>,
): Promise<T> {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(await answer(turn.value));
  return turn.value;
}
