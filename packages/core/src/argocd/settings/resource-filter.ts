import { matchGobwas } from '../globs/index.ts';
import { asFields, asList, parseYaml, SettingsFault, textsField } from './yaml-values.ts';

/** Which kinds on which clusters; an empty list stands for all. */
export interface FilteredResource {
  /** Globs. */
  readonly apiGroups: readonly string[];
  /** Names, or `*`. */
  readonly kinds: readonly string[];
  /** Globs over the clusters' addresses. */
  readonly clusters: readonly string[];
}

/** `resource.exclusions` and `resource.inclusions` of `argocd-cm`. */
export interface ResourceFilter {
  readonly exclusions: readonly FilteredResource[];
  readonly inclusions: readonly FilteredResource[];
}

/** A kind on a cluster. */
export interface FilterSubject {
  readonly group: string;
  readonly kind: string;
  /** The cluster's address. */
  readonly cluster: string;
}

/** What Argo CD never watches, whatever the settings say. */
const alwaysExcluded: readonly FilteredResource[] = [
  { apiGroups: ['events.k8s.io', 'metrics.k8s.io'], kinds: [], clusters: [] },
  { apiGroups: [''], kinds: ['Event'], clusters: [] },
  { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'], clusters: [] },
];

/**
 * Reads which kinds are watched. Throws a SettingsFault.
 * Source: GetResourcesFilter in Argo CD 3.5.1 util/settings/settings.go.
 */
export function parseResourceFilter(config: Readonly<Record<string, string>>): ResourceFilter {
  return {
    inclusions: parseList(config['resource.inclusions'] ?? '', 'included'),
    exclusions: parseList(config['resource.exclusions'] ?? '', 'excluded'),
  };
}

function parseList(text: string, what: string): FilteredResource[] {
  try {
    return asList(parseYaml(text), '[]settings.FilteredResource').map((item) => {
      const fields = asFields(item, 'settings.FilteredResource');
      return {
        apiGroups: textsField(fields, 'apiGroups'),
        kinds: textsField(fields, 'kinds'),
        clusters: textsField(fields, 'clusters'),
      };
    });
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    throw new SettingsFault(`error unmarshalling ${what} resources ${error.message}`);
  }
}

/**
 * Whether Argo CD does not watch a kind: it is excluded, or there are inclusions for its cluster and it
 * is in none. Source: Argo CD 3.5.1 util/settings/resources_filter.go.
 */
export function isExcludedResource(filter: ResourceFilter, subject: FilterSubject): boolean {
  const { exclusions, inclusions } = filter;
  if ([...alwaysExcluded, ...exclusions].some((one) => matches(one, subject))) return true;
  if (inclusions.some((one) => matches(one, subject))) return false;
  return inclusions.some((one) => matchesAny(one.clusters, subject.cluster));
}

function matches(one: FilteredResource, { group, kind, cluster }: FilterSubject): boolean {
  const isKind = one.kinds.length === 0 || one.kinds.includes('*') || one.kinds.includes(kind);
  return isKind && matchesAny(one.apiGroups, group) && matchesAny(one.clusters, cluster);
}

function matchesAny(globs: readonly string[], text: string): boolean {
  return globs.length === 0 || globs.some((glob) => matchGobwas(glob, text));
}
