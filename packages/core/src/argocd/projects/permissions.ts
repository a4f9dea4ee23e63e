import { isDenyPattern, matchPath, matchPattern } from '../globs/index.ts';
import { normalizeGitUrl } from '../sources/git-url.ts';
import type {
  AppProjectSpec,
  KindPattern,
  NamedKindPattern,
  ProjectDestination,
} from './app-project.ts';

/** Whether a project permits something, and why. */
export interface Permission<T> {
  readonly permitted: boolean;
  /** `not listed`: nothing of the project's list matches. */
  readonly reason: 'matched' | 'denied' | 'not listed';
  /** The entry that matched last, or that denies. */
  readonly by?: T;
}

const notListed = { permitted: false, reason: 'not listed' } as const;

/**
 * Whether applications of a project may come from a repository: one pattern has to match, and none that begins
 * with `!` may. Patterns and URLs are compared as Argo CD normalizes URLs, so braces do not work in patterns;
 * `*` stops at slashes, unless it is the whole pattern.
 *
 * See `AppProject.IsSourcePermitted` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function permitsSource(spec: AppProjectSpec, repoUrl: string): Permission<string> {
  let permission: Permission<string> = notListed;
  let url: string | undefined;
  for (const pattern of spec.sourceRepos ?? []) {
    if (pattern === '*') {
      permission = { permitted: true, reason: 'matched', by: pattern };
      continue;
    }
    url ??= normalizeGitUrl(repoUrl);
    const normalized = isDenyPattern(pattern)
      ? `!${normalizeGitUrl(pattern.slice(1))}`
      : normalizeGitUrl(pattern);
    const isMatch = matchPattern(normalized, url, { allowNegation: true, separators: '/' });
    if (isMatch) permission = { permitted: true, reason: 'matched', by: pattern };
    else if (isDenyPattern(normalized)) return { permitted: false, reason: 'denied', by: pattern };
  }
  return permission;
}

/** A cluster and a namespace in it. */
export interface Destination {
  readonly server?: string;
  /** The cluster's name in Argo CD. */
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * Whether applications of a project may deploy to a destination. An entry matches by server or by name, and by
 * namespace. `clusters` are those that belong to the project; they count where it permits no others.
 *
 * See `AppProject.IsDestinationPermitted` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function permitsDestination(
  spec: AppProjectSpec,
  destination: Destination,
  clusters: readonly Destination[] = [],
): Permission<ProjectDestination> {
  const permission = matchDestination(spec.destinations ?? [], destination);
  if (!permission.permitted || spec.permitOnlyProjectScopedClusters !== true) return permission;
  const { server = '', name = '' } = destination;
  const isScoped = clusters.some(
    (cluster) => (cluster.name ?? '') === name || (cluster.server ?? '') === server,
  );
  return isScoped ? permission : notListed;
}

function matchDestination(
  entries: readonly ProjectDestination[],
  destination: Destination,
): Permission<ProjectDestination> {
  let permission: Permission<ProjectDestination> = notListed;
  for (const entry of entries) {
    const answer = entryAnswer(entry, destination);
    if (answer === 'denied') return { permitted: false, reason: 'denied', by: entry };
    if (answer === 'matched') permission = { permitted: true, reason: 'matched', by: entry };
  }
  return permission;
}

function entryAnswer(
  entry: ProjectDestination,
  destination: Destination,
): 'matched' | 'denied' | undefined {
  const byName = matchField(entry.name, destination.name, false);
  const byServer = matchField(entry.server, destination.server, false);
  const byNamespace = matchField(entry.namespace, destination.namespace, true);
  if ((byServer.isMatch || byName.isMatch) && byNamespace.isMatch) return 'matched';
  const isDenied =
    byName.isDenied ||
    (byServer.isDenied && byNamespace.isMatch) ||
    (byNamespace.isDenied && byServer.isMatch);
  return isDenied ? 'denied' : undefined;
}

interface FieldAnswer {
  readonly isMatch: boolean;
  /** The pattern says what is not permitted, and this is it. */
  readonly isDenied: boolean;
}

const matched: FieldAnswer = { isMatch: true, isDenied: false };
const unmatched: FieldAnswer = { isMatch: false, isDenied: false };

/** A field that is not given matches nothing, unless it may be empty. */
function matchField(pattern = '', value = '', mayBeEmpty = false): FieldAnswer {
  if (pattern === '*') return mayBeEmpty || value !== '' ? matched : unmatched;
  const isMatch =
    (mayBeEmpty || value !== '') && matchPattern(pattern, value, { allowNegation: true });
  return { isMatch, isDenied: !isMatch && isDenyPattern(pattern) };
}

/** A kind of objects, or an object of it. */
export interface KindQuestion {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Name of the object; only lists for cluster-scoped objects look at it. */
  readonly name?: string;
  readonly isNamespaced: boolean;
}

/**
 * Whether applications of a project may hold a kind of objects. Without a list of permitted kinds, all are
 * permitted in namespaces and none in the cluster. Patterns are those of file names.
 *
 * See `AppProject.IsGroupKindNamePermitted` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function permitsKind(
  spec: AppProjectSpec,
  question: KindQuestion,
): Permission<NamedKindPattern> {
  const permitted: readonly NamedKindPattern[] | undefined = question.isNamespaced
    ? (spec.namespaceResourceWhitelist ?? [{ group: '*', kind: '*' }])
    : (spec.clusterResourceWhitelist ?? undefined);
  const denied: readonly NamedKindPattern[] | null | undefined = question.isNamespaced
    ? spec.namespaceResourceBlacklist
    : spec.clusterResourceBlacklist;
  const denial = (denied ?? []).find((entry) => matchesKind(entry, question));
  if (denial !== undefined) return { permitted: false, reason: 'denied', by: denial };
  const match = (permitted ?? []).find((entry) => matchesKind(entry, question));
  return match === undefined ? notListed : { permitted: true, reason: 'matched', by: match };
}

function matchesKind(entry: NamedKindPattern, question: KindQuestion): boolean {
  return matchesGroupKind(entry, question) && matchesName(entry, question);
}

function matchesGroupKind({ group = '', kind = '' }: KindPattern, question: KindQuestion): boolean {
  return matchPath(kind, question.kind) === true && matchPath(group, question.group) === true;
}

function matchesName({ name = '' }: NamedKindPattern, question: KindQuestion): boolean {
  if (question.isNamespaced || name === '') return true;
  return matchPath(name, question.name ?? '') === true;
}

/**
 * Whether applications of a project may hold an object: its kind, and for one in a namespace the destination.
 *
 * See `AppProject.IsResourcePermitted` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function permitsObject(
  spec: AppProjectSpec,
  { group, kind, name }: Omit<KindQuestion, 'isNamespaced'>,
  destination: Destination,
  clusters: readonly Destination[] = [],
): Permission<NamedKindPattern | ProjectDestination> {
  const isNamespaced = (destination.namespace ?? '') !== '';
  const question = { group, kind, isNamespaced, ...(name === undefined ? {} : { name }) };
  const permission = permitsKind(spec, question);
  return permission.permitted && isNamespaced
    ? permitsDestination(spec, destination, clusters)
    : permission;
}

/**
 * Whether Applications of a project may live in a namespace. That of Argo CD itself is always permitted; a
 * pattern in slashes is a regular expression.
 *
 * See `AppProject.IsAppNamespacePermitted` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function permitsApplicationNamespace(
  spec: AppProjectSpec,
  namespace: string,
  controllerNamespace: string,
): boolean {
  if (namespace === '' || namespace === controllerNamespace) return true;
  return (spec.sourceNamespaces ?? []).some(
    (pattern) => matchesExpression(pattern, namespace) || matchPattern(pattern, namespace),
  );
}

function matchesExpression(pattern: string, namespace: string): boolean {
  if (!pattern.startsWith('/') || !pattern.endsWith('/') || pattern.length < 2) return false;
  try {
    return new RegExp(pattern.slice(1, -1)).test(namespace);
  } catch {
    return false;
  }
}
