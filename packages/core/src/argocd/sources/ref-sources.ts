import { normalizeGitUrl } from './git-url.ts';

/** A source of an Application, as far as others refer to it. */
export interface ReferableSource {
  readonly repoUrl: string;
  readonly ref?: string;
  readonly targetRevision?: string;
  readonly chart?: string;
}

/** A source that value files can come from. */
export interface RefTarget {
  readonly repoUrl: string;
  readonly targetRevision: string;
  readonly chart: string;
}

/** Sources that value files can come from, by name with the dollar sign, such as `$values`. */
export type RefSources = Readonly<Record<string, RefTarget>>;

/** What else `collectRefSources` looks at. */
export interface RefOptions {
  /** Revisions that an operation asks for, by the source's index; empty for the source's own. */
  readonly revisions?: readonly string[];
  /** What is wrong with a repository that Argo CD looks up. */
  readonly repositoryFault?: (repoUrl: string) => string | undefined;
}

/**
 * The sources with `ref`, by name. Names are letters, digits, `_` and `-`, each used once.
 *
 * See `GetRefSources` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/argo/argo.go
 */
export function collectRefSources(
  sources: readonly ReferableSource[],
  { revisions = [], repositoryFault = () => undefined }: RefOptions = {},
): { readonly refSources: RefSources } | { readonly fault: string } {
  const named = sources.flatMap((source, index) => {
    const { ref = '', targetRevision = '' } = source;
    return ref === '' ? [] : [{ source, ref, revision: revisions[index] || targetRevision }];
  });
  const fault = namesFault(named.map(({ ref }) => ref)) ?? lookupFault(named, repositoryFault);
  if (fault !== undefined) return { fault };
  const entries = named.map(({ source, ref, revision }): [string, RefTarget] => {
    const { repoUrl, chart = '' } = source;
    return [`$${ref}`, { repoUrl, targetRevision: revision, chart }];
  });
  return { refSources: Object.fromEntries(entries) };
}

function namesFault(names: readonly string[]): string | undefined {
  for (const [index, name] of names.entries()) {
    if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
      return `sources.ref ${name} cannot contain any special characters except '_' and '-'`;
    }
    if (names.indexOf(name) < index) {
      return 'invalid sources: multiple sources had the same `ref` key';
    }
  }
  return undefined;
}

function lookupFault(
  named: readonly { readonly source: ReferableSource }[],
  repositoryFault: (repoUrl: string) => string | undefined,
): string | undefined {
  for (const { source } of named) {
    const fault = repositoryFault(source.repoUrl);
    if (fault !== undefined) return `failed to get repository ${source.repoUrl}: ${fault}`;
  }
  return undefined;
}

/** The name in front of a value file's path, such as `$values`; undefined where none is. */
export function referenceOf(valueFile: string): string | undefined {
  return valueFile.startsWith('$') ? valueFile.split('/')[0] : undefined;
}

/** The source that a value file's path refers to, if there is one of the name. */
export function referencedSource(valueFile: string, refSources: RefSources): RefTarget | undefined {
  const name = referenceOf(valueFile) ?? '';
  return Object.hasOwn(refSources, name) ? refSources[name] : undefined;
}

/** What is looked at before sources are checked out. */
export interface ReferenceQuestion {
  /** Value files, and files of parameters. */
  readonly files: readonly string[];
  readonly refSources: RefSources;
  /** The source that refers to the others. */
  readonly application?: {
    readonly repoUrl: string;
    readonly revision: string;
    /** The commit that the revision stands for. */
    readonly commit: string;
  };
  /** The commit that a revision of a repository stands for. */
  readonly commitOf: (target: RefTarget) => string;
}

/**
 * What Argo CD says where sources do not fit together: a name that no source has, a chart, or two commits of
 * one repository. Undefined where all is well.
 *
 * See `runManifestGenAsync` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function referenceFault(question: ReferenceQuestion): string | undefined {
  const used = new Map<string, { name: string; revision: string }>();
  for (const file of question.files) {
    const name = referenceOf(file);
    if (name === undefined) continue;
    const target = referencedSource(file, question.refSources);
    const fault =
      target === undefined
        ? unknownFault(name, Object.keys(question.refSources))
        : targetFault(name, target, question, used);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function unknownFault(name: string, known: readonly string[]): string {
  const referenced = `source referenced ${JSON.stringify(name)},`;
  return known.length === 0
    ? `${referenced} but no source has a 'ref' field defined`
    : `${referenced} which is not one of the available sources (${known.join(', ')})`;
}

function targetFault(
  name: string,
  target: RefTarget,
  { application, commitOf }: ReferenceQuestion,
  used: Map<string, { name: string; revision: string }>,
): string | undefined {
  if (target.chart !== '') {
    return "source has a 'chart' field defined, but Helm charts are not yet not supported for 'ref' sources";
  }
  const { targetRevision: revision } = target;
  const url = normalizeGitUrl(target.repoUrl);
  const first = used.get(url);
  if (first !== undefined) {
    const both = `(${name} references "${revision}" while ${first.name} references "${first.revision}")`;
    return first.revision === revision
      ? undefined
      : `cannot reference multiple revisions for the same repository ${both}`;
  }
  used.set(url, { name, revision });
  const commit = commitOf(target);
  if (application === undefined || normalizeGitUrl(application.repoUrl) !== url) return undefined;
  if (application.commit === commit) return undefined;
  const own = `the application references "${application.revision}" which resolves to "${application.commit}"`;
  const other = `${name} references "${revision}" which resolves to "${commit}"`;
  return `cannot reference a different revision of the same repository (${other} while ${own})`;
}

/**
 * Whether a source gives objects: one of several that has neither path nor chart gives none, and with a `ref`
 * its repository is not even fetched for it.
 *
 * See `GenerateManifest` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function givesObjects(
  { path = '', chart = '' }: { readonly path?: string; readonly chart?: string },
  hasMultipleSources: boolean,
): boolean {
  return !hasMultipleSources || path !== '' || chart !== '';
}
