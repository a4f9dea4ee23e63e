import type { ApplicationSet } from '../../../packages/core/src/argocd/applicationset/application-set.ts';
import {
  renderApplication,
  type GeneratedApplication,
} from '../../../packages/core/src/argocd/applicationset/application-template.ts';
import {
  combineFaults,
  mergeParamSets,
} from '../../../packages/core/src/argocd/applicationset/generators/combine.ts';
import {
  driveGenerator,
  generateParams,
  type RepositoryAnswer,
  type RepositoryRequest,
} from '../../../packages/core/src/argocd/applicationset/generators/generate-params.ts';
import {
  listDirectories,
  type GitPattern,
} from '../../../packages/core/src/argocd/applicationset/generators/git-directories.ts';
import { fileParams } from '../../../packages/core/src/argocd/applicationset/generators/git-files.ts';
import {
  interpolateGenerator,
  type Generator,
} from '../../../packages/core/src/argocd/applicationset/generators/interpolate.ts';
import { readGoYaml } from '../../../packages/core/src/argocd/applicationset/go-template/go-yaml.ts';
import { slugifyName } from '../../../packages/core/src/argocd/applicationset/names.ts';
import { renderData } from '../../../packages/core/src/argocd/applicationset/render-data.ts';
import {
  renderText,
  type Params,
  type TemplateDialect,
} from '../../../packages/core/src/argocd/applicationset/render-text.ts';
import { applyTemplatePatch } from '../../../packages/core/src/argocd/applicationset/template-patch.ts';
import {
  validateApplications,
  type KnownCluster,
} from '../../../packages/core/src/argocd/applicationset/validate-applications.ts';
import { applicationWriter } from '../../../packages/core/src/argocd/applicationset/write-application.ts';
import { differences, missingText } from '../compare.ts';
import { defineForm, type ConformanceForm, type Verdict } from '../form.ts';

/** What a computation gave: its result, or what it threw. */
type Outcome<T> = { readonly value: T } | { readonly error: string };

function outcomeOf<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Compares with an expected value, or with an expected error; `*` is any error. */
function compareOutcome(
  expected: unknown,
  expectedError: string | null | undefined,
  outcome: Outcome<unknown>,
): Verdict {
  if (typeof expectedError === 'string') {
    const got = 'error' in outcome ? outcome.error : outcome.value;
    if (expectedError === '*' && 'error' in outcome) return [];
    return differences(expectedError, got, 'expectedError');
  }
  if ('error' in outcome) {
    return [{ where: 'expected', expected, got: `error: ${outcome.error}` }];
  }
  return differences(expected, outcome.value, 'expected');
}

function dialect(goTemplate: boolean, options: readonly string[] = []): TemplateDialect {
  return { goTemplate, options };
}

/** Parameters of one generator, with a repository that answers everything alike. */
function paramsOf(
  generator: Generator,
  of: TemplateDialect,
  answer: (request: RepositoryRequest) => RepositoryAnswer,
): Params[] {
  return driveGenerator(generateParams(generator, of), answer).flatMap(({ params }) => [...params]);
}

interface GitCase {
  readonly goTemplate: boolean;
  readonly goTemplateOptions?: readonly string[];
  readonly pathParamPrefix?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly repoError: string | null;
  readonly expected: readonly Params[];
  readonly expectedError: string | null;
}

type GitDirectoriesCase = GitCase & {
  readonly directories: readonly GitPattern[];
  readonly repoDirectories: readonly string[];
};

function runGitDirectories(one: GitDirectoriesCase): Verdict {
  const { directories, pathParamPrefix, values } = one;
  const git = { repoURL: 'RepoURL', revision: 'Revision', directories, pathParamPrefix, values };
  const of = dialect(one.goTemplate, one.goTemplateOptions);
  const outcome = outcomeOf(() =>
    paramsOf({ git }, of, () =>
      one.repoError === null ? { directories: one.repoDirectories } : { error: one.repoError },
    ),
  );
  return compareOutcome(one.expected, one.expectedError, outcome);
}

type Files = Readonly<Record<string, string>>;

type GitFilesCase = GitCase & {
  readonly files: readonly GitPattern[];
  readonly repoFileContents?: Files;
  readonly includeFiles?: Files;
  readonly excludeFiles?: Files;
};

function runGitFiles(one: GitFilesCase): Verdict {
  const { files, pathParamPrefix, values } = one;
  const git = { repoURL: 'RepoURL', revision: 'Revision', files, pathParamPrefix, values };
  const excluded = new Set(files.filter(({ exclude }) => exclude === true).map(({ path }) => path));
  const outcome = outcomeOf(() =>
    paramsOf({ git }, dialect(one.goTemplate, one.goTemplateOptions), (request) => {
      if (one.repoError !== null) return { error: one.repoError };
      const exclude = request.want === 'files' && excluded.has(request.pattern);
      return {
        files: one.repoFileContents ?? (exclude ? one.excludeFiles : one.includeFiles) ?? {},
      };
    }),
  );
  return compareOutcome(one.expected, one.expectedError, outcome);
}

interface GitFileCase {
  readonly filePath: string;
  readonly fileContent: string;
  readonly goTemplate: boolean;
  readonly values: Readonly<Record<string, string>>;
  readonly pathParamPrefix: string;
  readonly expected: unknown;
  readonly expectError: boolean;
}

function runGitFile(one: GitFileCase): Verdict {
  const { filePath, fileContent, values, pathParamPrefix, expected } = one;
  const options = { values, pathParamPrefix, dialect: dialect(one.goTemplate) };
  const outcome = outcomeOf(() => fileParams(filePath, fileContent, options));
  return compareOutcome(expected, one.expectError ? '*' : null, outcome);
}

interface TemplateCase {
  readonly goTemplate: boolean;
  readonly goTemplateOptions?: readonly string[];
  readonly template: string;
  readonly params: Params;
  readonly expected: string | null;
  readonly expectedError: string | null;
  readonly note?: string;
}

function runTemplate(one: TemplateCase): Verdict {
  const of = dialect(one.goTemplate, one.goTemplateOptions);
  const direct = one.note?.includes('directly') ?? false;
  const outcome = outcomeOf(() => {
    if (direct || Object.keys(one.params).length > 0) {
      return renderText(one.template, one.params, of);
    }
    // Through the whole of an Application, as upstream does: without parameters nothing is filled in.
    const settings = { dialect: of, namespace: '' };
    const template = { metadata: { name: one.template }, spec: {} };
    return renderApplication(template, one.params, settings).metadata.name;
  });
  return compareOutcome(one.expected, one.expectedError, outcome);
}

interface ValuesObjectCase {
  readonly goTemplate: boolean;
  readonly params: Params;
  readonly raw: string;
  readonly expected: unknown;
}

function runValuesObject({ goTemplate, params, raw, expected }: ValuesObjectCase): Verdict {
  const got = renderData(readGoYaml(raw), params, dialect(goTemplate));
  return differences(expected, got, 'expected');
}

interface FinalizersCase {
  readonly syncPolicy: { readonly preserveResourcesOnDeletion?: boolean } | null;
  readonly templateFinalizers: readonly string[] | null;
  readonly expectedFinalizers: readonly string[];
}

function runFinalizers(one: FinalizersCase): Verdict {
  const finalizers = one.templateFinalizers ?? [];
  const got = renderApplication(
    { metadata: { name: 'app', finalizers }, spec: {} },
    { one: 'two' },
    {
      dialect: dialect(false),
      namespace: '',
      preserveResourcesOnDeletion: one.syncPolicy?.preserveResourcesOnDeletion ?? false,
    },
  );
  return differences(one.expectedFinalizers, got.metadata.finalizers ?? [], 'expectedFinalizers');
}

interface GeneratorValuesCase {
  readonly goTemplate: boolean;
  readonly goTemplateOptions: readonly string[];
  readonly params: Params;
  readonly generator: string;
  readonly values: Readonly<Record<string, string>>;
  readonly expectedValues: unknown;
  readonly expectedErrorContains: string | null;
}

function runGeneratorValues(one: GeneratorValuesCase): Verdict {
  const of = dialect(one.goTemplate, one.goTemplateOptions);
  const generator = { [one.generator]: { values: one.values } };
  const outcome = outcomeOf(() => interpolateGenerator(generator, one.params, of)[one.generator]);
  if (one.expectedErrorContains !== null) {
    const error = 'error' in outcome ? outcome.error : undefined;
    return missingText(one.expectedErrorContains, error, 'expectedErrorContains');
  }
  return compareOutcome({ values: one.expectedValues }, null, outcome);
}

interface SlugCase {
  readonly branch: string;
  readonly smartTruncate: boolean;
  readonly length: number;
  readonly expected: string;
}

function runSlug({ branch, smartTruncate, length, expected }: SlugCase): Verdict {
  const got = slugifyName(branch, { maximum: length, cutAtWords: smartTruncate });
  return differences(expected, got, 'expected');
}

interface PatchCase {
  readonly app: GeneratedApplication;
  readonly templatePatch: string;
  readonly expected: unknown;
  readonly expectedError?: string | null;
}

function runPatch({ app, templatePatch, expected, expectedError }: PatchCase): Verdict {
  const outcome = outcomeOf(() =>
    applyTemplatePatch({ ...app, spec: app.spec ?? {} }, templatePatch),
  );
  return compareOutcome(expected, expectedError, outcome);
}

interface ListCase {
  readonly goTemplate: boolean;
  readonly elements: readonly unknown[];
  readonly elementsYaml?: string;
  readonly expected: unknown;
  readonly expectedError?: string | null;
}

function runList(one: ListCase): Verdict {
  const { elements, elementsYaml = '' } = one;
  const outcome = outcomeOf(() =>
    paramsOf({ list: { elements, elementsYaml } }, dialect(one.goTemplate), noRepository),
  );
  return compareOutcome(one.expected, one.expectedError, outcome);
}

function noRepository(): RepositoryAnswer {
  return { error: 'no repository' };
}

interface MatrixCase {
  readonly goTemplate: boolean;
  readonly generators: readonly Generator[];
  readonly gitReturns: readonly string[];
  readonly expected: unknown;
  readonly expectedError: string | null;
}

/** Names of Argo CD's errors, as cases give them. */
const namedErrors: Readonly<Record<string, string>> = {
  ErrLessThanTwoGenerators: combineFaults.tooFewInMatrix,
  ErrMoreThanTwoGenerators: combineFaults.tooManyInMatrix,
  ErrMoreThenOneInnerGenerators: combineFaults.severalInOne,
  ErrLessThanTwoGeneratorsInMerge: combineFaults.tooFewInMerge,
  ErrNoMergeKeys: combineFaults.noMergeKeys,
  ErrNonUniqueParamSets: combineFaults.notUnique,
};

/** An error that is meant by its name, or by a part of its text, whatever is around it. */
function compareNamedError(name: string, outcome: Outcome<unknown>): Verdict {
  const error = 'error' in outcome ? outcome.error : undefined;
  if (name === '*' && error !== undefined) return [];
  return missingText(namedErrors[name] ?? name, error, 'expectedError');
}

function runMatrix(one: MatrixCase): Verdict {
  const matrix = { generators: one.generators };
  const outcome = outcomeOf(() =>
    paramsOf({ matrix }, dialect(one.goTemplate), () => ({ directories: one.gitReturns })),
  );
  return one.expectedError === null
    ? compareOutcome(one.expected, null, outcome)
    : compareNamedError(one.expectedError, outcome);
}

interface MergeCase {
  readonly goTemplate?: boolean;
  readonly generators: readonly (readonly Params[])[];
  readonly mergeKeys: readonly string[];
  readonly expected?: readonly Params[];
  readonly expectedError?: string;
}

function runMerge(one: MergeCase): Verdict {
  const outcome = outcomeOf(() => {
    if (one.generators.length < 2) throw new Error(combineFaults.tooFewInMerge);
    return mergeParamSets(one.generators, one.mergeKeys, dialect(one.goTemplate ?? false));
  });
  if (one.expectedError !== undefined) return compareNamedError(one.expectedError, outcome);
  if ('error' in outcome) return compareOutcome(one.expected, null, outcome);
  const sorted = (sets: readonly Params[]): Params[] =>
    [...sets].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return differences(sorted(one.expected ?? []), sorted(outcome.value), 'expected');
}

interface ValidateCase {
  readonly apps: readonly GeneratedApplication[];
  readonly projects: readonly string[];
  readonly clusters: readonly KnownCluster[];
  readonly expectedErrors: Readonly<Record<string, string>>;
}

function runValidate({ apps, projects, clusters, expectedErrors }: ValidateCase): Verdict {
  const errors = validateApplications(apps, { setName: 'name', projects, clusters });
  return differences(expectedErrors, Object.fromEntries(errors), 'expectedErrors');
}

interface WriteCase {
  readonly appSet: ApplicationSet;
  readonly existing: readonly GeneratedApplication[];
  readonly desired: readonly GeneratedApplication[];
  readonly expected: readonly GeneratedApplication[];
}

function runWrite({ appSet, existing, desired, expected }: WriteCase): Verdict {
  const write = applicationWriter({ ...appSet, spec: appSet.spec ?? {} });
  const cluster = new Map(existing.map((one) => [one.metadata.name, one]));
  for (const one of desired) {
    const live = cluster.get(one.metadata.name);
    const written = write(
      { ...one, apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
      live,
    );
    if (written.action === 'refuse') throw new Error(written.error);
    if (written.action !== 'none') {
      cluster.set(one.metadata.name, written.application as GeneratedApplication);
    }
  }
  const got = expected.map(({ metadata }) => withoutOwner(cluster.get(metadata.name)));
  return differences(expected, got, 'expected');
}

/** Cases leave the owner out, which every written Application has. */
function withoutOwner(application: GeneratedApplication | undefined): unknown {
  if (application === undefined) return undefined;
  const { ownerReferences, ...metadata } = application.metadata;
  return Array.isArray(ownerReferences) ? { ...application, metadata } : application;
}

interface ListingCase {
  readonly includeHiddenDirectories: boolean;
  readonly files: readonly string[];
  readonly expected: readonly string[];
}

function runListing({ includeHiddenDirectories, files, expected }: ListingCase): Verdict {
  return differences(expected, listDirectories(files, includeHiddenDirectories), 'expected');
}

export const forms: readonly ConformanceForm[] = [
  defineForm<GitDirectoriesCase>({
    name: 'directories of a git generator',
    key: 'gitDirectories',
    fields: ['directories', 'repoDirectories'],
    run: runGitDirectories,
  }),
  defineForm<GitFilesCase>({
    name: 'files of a git generator',
    key: 'gitFiles',
    fields: ['files', 'expected'],
    run: runGitFiles,
  }),
  defineForm<GitFileCase>({
    name: 'parameters in a file',
    key: 'gitFileParams',
    fields: ['filePath', 'fileContent'],
    run: runGitFile,
  }),
  defineForm<TemplateCase>({
    name: 'template strings',
    key: 'templateStrings',
    fields: ['template', 'params', 'expected'],
    run: runTemplate,
  }),
  defineForm<ValuesObjectCase>({
    name: 'values given as an object',
    key: 'valuesObject',
    fields: ['params', 'raw', 'expected'],
    run: runValuesObject,
  }),
  defineForm<FinalizersCase>({
    name: 'finalizers of generated Applications',
    key: 'finalizers',
    fields: ['syncPolicy', 'templateFinalizers', 'expectedFinalizers'],
    run: runFinalizers,
  }),
  defineForm<GeneratorValuesCase>({
    name: 'values of generators',
    key: 'generatorValues',
    fields: ['params', 'generator', 'values'],
    run: runGeneratorValues,
  }),
  defineForm<SlugCase>({
    name: 'slugs',
    key: 'slugify',
    fields: ['branch', 'smartTruncate', 'length', 'expected'],
    run: runSlug,
  }),
  defineForm<PatchCase>({
    name: 'template patches',
    key: 'templatePatch',
    fields: ['app', 'templatePatch', 'expected'],
    run: runPatch,
  }),
  defineForm<ListCase>({
    name: 'list generator',
    key: 'listGenerator',
    fields: ['goTemplate', 'elements'],
    run: runList,
  }),
  defineForm<MatrixCase>({
    name: 'matrix generator',
    key: 'matrix',
    fields: ['generators', 'expected'],
    run: runMatrix,
  }),
  defineForm<MergeCase>({
    name: 'merge generator',
    key: 'merge',
    fields: ['generators', 'mergeKeys'],
    run: runMerge,
  }),
  defineForm<ValidateCase>({
    name: 'validation of generated Applications',
    key: 'validateGeneratedApps',
    fields: ['apps', 'projects', 'clusters', 'expectedErrors'],
    run: runValidate,
  }),
  defineForm<WriteCase>({
    name: 'writing Applications',
    key: 'createOrUpdate',
    fields: ['appSet', 'existing', 'desired', 'expected'],
    run: runWrite,
  }),
  defineForm<ListingCase>({
    name: 'directories of a repository',
    key: 'directoryListing',
    fields: ['files', 'expected'],
    run: runListing,
  }),
];
