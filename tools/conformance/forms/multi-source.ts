import {
  collectRefSources,
  directoryFiles,
  isGlobPath,
  referencedSource,
  resolveValueFilePath,
  resolveValueFiles,
  type Checkout,
  type RefSources,
} from '../../../packages/core/src/argocd/sources/index.ts';
import { differences, missingText } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference } from '../form.ts';
import { checkError, referableSource, refSourcesOf, type SourceJson } from './source-json.ts';
import { forms as renderForms } from './multi-source-render.ts';

/** As the file's layout says: where the sources are checked out. */
const mainRoot = '/main-repo';
const repo1 = 'https://github.com/org/repo1';
const repo1Root = '/repo1';

interface ResolveCase {
  readonly valueFiles: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly refSources?: Readonly<Record<string, string>>;
  readonly ignoreMissingValueFiles?: boolean;
  readonly expected: readonly string[] | null;
  readonly expectError?: boolean;
  readonly errorContains?: string;
}

interface FileLists {
  readonly mainRepo?: readonly string[];
  readonly repo1?: readonly string[];
}

function runResolve(one: ResolveCase, lists: FileLists): Difference[] {
  const main: Checkout = { root: mainRoot, files: lists.mainRepo ?? [] };
  const result = resolveValueFiles({
    valueFiles: one.valueFiles,
    main,
    environment: one.env ?? {},
    refSources: refSourcesOf(one.refSources ?? {}),
    checkouts: { [repo1]: { root: repo1Root, files: lists.repo1 ?? [] } },
    ignoreMissingValueFiles: one.ignoreMissingValueFiles === true,
  });
  if ('fault' in result) return checkError(one, result.fault);
  return [
    ...checkError(one, undefined),
    ...differences(
      one.expected ?? [],
      result.files.map((file) => file.replace(/^\//, '')),
      'expected',
    ),
  ];
}

interface PathCase {
  readonly appPath: string;
  readonly repoRoot: string;
  readonly valueFile: string;
  readonly allowedSchemes?: readonly string[];
  readonly expected: string | null;
  readonly isRemote?: boolean;
  readonly errorContains?: string;
}

function runPath(one: PathCase): Difference[] {
  const absolute = (path: string): string => (path.startsWith('/') ? path : `/working-dir/${path}`);
  const result = resolveValueFilePath(one.valueFile, {
    appPath: absolute(one.appPath),
    repoRoot: absolute(one.repoRoot),
    allowedSchemes: one.allowedSchemes ?? [],
  });
  const isFault = 'fault' in result;
  return [
    ...differences(one.expected, isFault ? null : result.path, 'expected'),
    ...(isFault ? [] : differences(one.isRemote ?? false, result.isRemote, 'isRemote')),
    ...(one.errorContains === undefined
      ? []
      : missingText(one.errorContains, isFault ? result.fault : undefined, 'errorContains')),
  ];
}

interface RefSourcesCase {
  readonly sources: readonly SourceJson[];
  readonly expectedKeys?: readonly string[];
  readonly expectedTargetRevision?: string;
  readonly repositoryError?: boolean;
  readonly revisions?: readonly string[];
  readonly expectError?: boolean;
  readonly errorContains?: string;
}

function runRefSources(one: RefSourcesCase): Difference[] {
  const result = collectRefSources(one.sources.map(referableSource), {
    revisions: one.revisions ?? [],
    repositoryFault: () => (one.repositoryError === true ? 'not found' : undefined),
  });
  if ('fault' in result) return checkError(one, result.fault);
  const { refSources } = result;
  const [first] = Object.values(refSources);
  return [
    ...checkError(one, undefined),
    ...(one.expectedKeys === undefined
      ? []
      : differences(one.expectedKeys.toSorted(), Object.keys(refSources).sort(), 'expectedKeys')),
    ...(one.expectedTargetRevision === undefined
      ? []
      : differences(one.expectedTargetRevision, first?.targetRevision, 'expectedTargetRevision')),
  ];
}

interface DirectoryCase {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
  readonly files?: readonly string[];
  readonly expected: readonly string[];
}

function namedSources(names: readonly string[]): RefSources {
  return refSourcesOf(Object.fromEntries(names.map((name) => [name, repo1])));
}

/** Sources of Applications: value files, references, paths, files of directories. */
export const forms: readonly ConformanceForm[] = [
  defineForm<ResolveCase>({
    name: 'value files',
    key: 'resolve',
    fields: ['valueFiles', 'expected'],
    run: (one) => runResolve(one, {}),
  }),
  defineForm<ResolveCase>({
    name: 'value files by globs',
    key: 'resolveGlob',
    fields: ['valueFiles', 'expected'],
    run: (one, { group }) => runResolve(one, group['files'] ?? {}),
  }),
  defineForm<PathCase>({
    name: 'paths of value files',
    key: 'resolvePath',
    fields: ['appPath', 'repoRoot', 'valueFile', 'expected'],
    run: runPath,
  }),
  defineForm<{ readonly path: string; readonly isGlob: boolean }>({
    name: 'paths that are globs',
    key: 'isGlobPath',
    fields: ['path', 'isGlob'],
    run: ({ path, isGlob }) => differences(isGlob, isGlobPath(path), 'isGlob'),
  }),
  defineForm<{ rawValueFile: string; refSources: readonly string[]; found: boolean }>({
    name: 'references to sources',
    key: 'referencedSource',
    fields: ['rawValueFile', 'refSources', 'found'],
    run: ({ rawValueFile, refSources, found }) => {
      const target = referencedSource(rawValueFile, namedSources(refSources));
      return differences(found, target !== undefined, 'found');
    },
  }),
  defineForm<RefSourcesCase>({
    name: 'sources with a name',
    key: 'getRefSources',
    fields: ['sources'],
    run: runRefSources,
  }),
  defineForm<DirectoryCase>({
    name: 'files of directories',
    key: 'directoryIncludeExclude',
    fields: ['expected'],
    run: (one, { group }) => {
      const files = (one.files ?? group['files'] ?? []) as readonly string[];
      const { recurse = false, include = '', exclude = '' } = one;
      const read = directoryFiles(files, { recurse, include, exclude })
        .filter(({ reason }) => reason === 'read')
        .map(({ path }) => path);
      return differences(one.expected, read, 'expected');
    },
  }),
  ...renderForms,
];
