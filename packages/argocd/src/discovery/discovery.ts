import { isNotFound, type KubeClient } from '@tidegate/kube';
import {
  type ApiGroup,
  type ApiResource,
  apiVersionOf,
  isWatchable,
  readCoreVersions,
  readGroups,
  readResources,
} from './api-resource.ts';

/** What a server offers, as it was read last. */
export interface Discovery {
  /**
   * A kind in a version; without a version, in the one that the server prefers. Undefined: the
   * server did not have it when it was asked last.
   */
  resourceFor(group: string, version: string | undefined, kind: string): ApiResource | undefined;
  /** Every kind in every version, groups and versions in the server's order. */
  all(): readonly ApiResource[];
  /** Reads everything again. Throws KubeError when the server does not answer at all. */
  refresh(): Promise<void>;
  /**
   * Reads one group and version again. Undefined: the server does not have it. Throws KubeError for
   * any other failure.
   */
  refreshVersion(group: string, version: string): Promise<readonly ApiResource[] | undefined>;
  /** A kind as before, read again where it is not known yet. */
  find(group: string, version: string, kind: string): Promise<ApiResource | undefined>;
  /**
   * What Helm's `.Capabilities.APIVersions` holds: `v1`, `v1/Secret`, `apps/v1`, ... of the kinds
   * that Argo CD watches, in their preferred versions, sorted by bytes. Kinds that
   * `resource.exclusions` leaves out are not among them.
   * Source: `APIResourcesToStrings` in util/argo/argo.go.
   */
  apiVersions(excluded?: (group: string, kind: string) => boolean): readonly string[];
  /** `v1.36.1`, without what a vendor puts behind; empty before the first refresh. */
  kubeVersion(): string;
}

/** The part of a client that discovery needs. */
export type RawClient = Pick<KubeClient, 'raw'>;

interface State {
  readonly groups: readonly ApiGroup[];
  /** Resources by `apiVersion`. */
  readonly resources: ReadonlyMap<string, readonly ApiResource[]>;
}

/** Discovery over a client. Nothing is read before the first `refresh`. */
export function createDiscovery(client: RawClient): Discovery {
  let state: State = { groups: [], resources: new Map() };
  let all: readonly ApiResource[] = [];
  let kubeVersion = '';
  const take = (next: State): void => {
    state = next;
    all = inOrder(next);
  };
  const resourceFor = (
    group: string,
    version: string | undefined,
    kind: string,
  ): ApiResource | undefined =>
    all.find(
      (one) =>
        one.kind === kind &&
        one.group === group &&
        (version === undefined ? one.preferred : one.version === version),
    );
  const refreshVersion = async (
    group: string,
    version: string,
  ): Promise<readonly ApiResource[] | undefined> => {
    const found = await readVersion(client, group, version);
    take(withVersion(state, { group, version }, found));
    return found === undefined
      ? undefined
      : all.filter((one) => one.group === group && one.version === version);
  };
  const refresh = oneAtATime(async () => {
    const read = await readServer(client);
    kubeVersion = read.kubeVersion;
    take(read);
  });
  return {
    resourceFor,
    refreshVersion,
    refresh,
    all: () => all,
    find: async (group, version, kind) => {
      const known = resourceFor(group, version, kind);
      if (known !== undefined) return known;
      await refreshVersion(group, version);
      return resourceFor(group, version, kind);
    },
    apiVersions: (excluded = () => false) => apiVersions(all, excluded),
    kubeVersion: () => kubeVersion,
  };
}

/** Runs one call after the other; calls that come meanwhile share the next run. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = run().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}

async function readServer(client: RawClient): Promise<State & { kubeVersion: string }> {
  const [core, groups, version] = await Promise.all([
    client.raw('/api'),
    client.raw('/apis'),
    client.raw('/version'),
  ]);
  const all = [readCoreVersions(core), ...readGroups(groups)];
  return {
    groups: all,
    resources: await readAll(client, all),
    kubeVersion: plainVersion(version),
  };
}

/** Resources in the order of groups and versions, with which of them are preferred. */
function inOrder({ groups, resources }: State): ApiResource[] {
  return groups.flatMap(({ group, versions }) => {
    const seen = new Set<string>();
    return versions.flatMap((version) => {
      const here = resources.get(apiVersionOf(group, version)) ?? [];
      return here.map((resource) => {
        const preferred = !seen.has(resource.type.plural);
        seen.add(resource.type.plural);
        return { ...resource, preferred };
      });
    });
  });
}

/** What is known with one version read again; one that was not there before comes last. */
function withVersion(
  state: State,
  { group, version }: { readonly group: string; readonly version: string },
  found: readonly ApiResource[] | undefined,
): State {
  const resources = new Map(state.resources);
  if (found === undefined) resources.delete(apiVersionOf(group, version));
  else resources.set(apiVersionOf(group, version), found);
  const known = state.groups.find((entry) => entry.group === group);
  if (found === undefined || known?.versions.includes(version) === true)
    return { groups: state.groups, resources };
  const grown = { group, versions: [...(known?.versions ?? []), version] };
  const others = state.groups.map((entry) => (entry === known ? grown : entry));
  return { groups: known === undefined ? [...state.groups, grown] : others, resources };
}

/** A group whose server does not answer is left out, as Argo CD does. */
async function readAll(
  client: RawClient,
  groups: readonly ApiGroup[],
): Promise<Map<string, readonly ApiResource[]>> {
  const wanted = groups.flatMap(({ group, versions }) =>
    versions.map((version) => ({ group, version })),
  );
  const answers = await Promise.allSettled(
    wanted.map(({ group, version }) => readVersion(client, group, version)),
  );
  const found = new Map<string, readonly ApiResource[]>();
  for (const [index, { group, version }] of wanted.entries()) {
    const answer = answers[index];
    if (answer?.status === 'fulfilled' && answer.value !== undefined)
      found.set(apiVersionOf(group, version), answer.value);
  }
  if (found.size === 0) {
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason as Error;
  }
  return found;
}

async function readVersion(
  client: RawClient,
  group: string,
  version: string,
): Promise<readonly ApiResource[] | undefined> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const answer = await client.raw(path);
    return readResources(answer, group, version).map((one) => ({ ...one, preferred: false }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function apiVersions(
  all: readonly ApiResource[],
  excluded: (group: string, kind: string) => boolean,
): readonly string[] {
  const texts = new Set<string>();
  for (const resource of all) {
    const { group, kind, type } = resource;
    if (!resource.preferred || !isWatchable(resource) || excluded(group, kind)) continue;
    texts.add(type.apiVersion);
    texts.add(`${type.apiVersion}/${kind}`);
  }
  return [...texts].sort((a, b) => (a < b ? -1 : 1));
}

/** The numbers of a server's `gitVersion`, as Helm wants them. */
function plainVersion(version: unknown): string {
  const git =
    typeof version === 'object' && version !== null && 'gitVersion' in version
      ? String(version.gitVersion)
      : '';
  const numbers = /^\s*v?(\d+(?:\.\d+)*)/.exec(git)?.[1];
  return numbers === undefined ? '' : `v${numbers}`;
}
