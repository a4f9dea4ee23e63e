import { listDirectories } from '@tidegate/core/argocd/applicationset';
import { collectRefSources } from '@tidegate/core/argocd/sources';
import type { Clock } from '@tidegate/kube';
import type {
  DirectoryAnswer,
  DirectoryRequest,
  ManifestAnswer,
  ManifestRequest,
  ManifestSource,
  SourceManifests,
} from '../ports/manifests.ts';
import { objectFault } from './kube-objects.ts';
import { Lru } from './lru.ts';
import { defaultPause, ManifestCache, type PauseSettings } from './manifest-cache.ts';
import type { ChartRepositories, GitRepositories, Helm } from './ports.ts';
import { Revisions } from './revisions.ts';
import { answeredFault, rpcError, SourceFault } from './source-fault.ts';
import { SourceGenerator, type SourceQuestion } from './source-generator.ts';

export { pickChartVersion } from './pick-version.ts';
export { readYaml } from './manifest-yaml.ts';
export * from './ports.ts';
export { defaultPause, type PauseSettings } from './manifest-cache.ts';

export interface ManifestSourceOptions {
  readonly git: GitRepositories;
  readonly charts: ChartRepositories;
  readonly helm: Helm;
  readonly clock: Clock;
  /** How long a list of branches, tags or chart versions is taken from memory. */
  readonly revisionCacheMs: number;
  /** When rendering pauses after failures. Default: as Argo CD. */
  readonly pause?: PauseSettings;
  /** How long manifests are kept. Default: 24 hours, as Argo CD. */
  readonly manifestCacheMs?: number;
  /** How many sources' manifests are kept. Default: 20,000. */
  readonly manifestsMax?: number;
  /** How many commits, and how many charts, are kept. Default: 256. */
  readonly treesMax?: number;
  /** Told of what is a bug here; the answer is an error all the same. */
  readonly onBug?: (error: unknown) => void;
}

/**
 * Argo CD's repository server over ports for Git, charts and Helm: it resolves revisions, renders, keeps what it
 * made, and answers faults in Argo CD's words. It takes time from `clock` alone and never throws.
 *
 * See https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go and `GetRepoObjs` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/controller/state.go
 */
export function createManifestSource(options: ManifestSourceOptions): ManifestSource {
  const { clock, treesMax = 256 } = options;
  const revisions = new Revisions(options);
  const cache = new ManifestCache({
    clock,
    entriesMax: options.manifestsMax ?? 20_000,
    keepMs: options.manifestCacheMs ?? 24 * 3_600_000,
    pause: options.pause ?? defaultPause,
  });
  const generator = new SourceGenerator({ ...options, revisions, cache, treesMax });
  const directories = new Lru<readonly string[]>(treesMax);
  const clusterKeyOf = clusterKeys();
  return {
    generate: async (request) => {
      try {
        return await generateAll(request, clusterKeyOf(request), generator);
      } catch (error) {
        options.onBug?.(error);
        return { error: `failed to get manifests: ${messageOf(error)}` };
      }
    },
    directories: async (request) => {
      try {
        return await directoriesOf(request, { revisions, generator, directories });
      } catch (error) {
        if (!(error instanceof SourceFault)) options.onBug?.(error);
        return { error: rpcFault(error) };
      }
    },
  };
}

async function generateAll(
  request: ManifestRequest,
  clusterKey: string,
  generator: SourceGenerator,
): Promise<ManifestAnswer> {
  const { sources } = request;
  const collected = collectRefSources(
    sources.map(({ repoURL, ...source }) => ({ ...source, repoUrl: repoURL })),
    { revisions: request.revisions },
  );
  if ('fault' in collected) return { error: `failed to get ref sources: ${collected.fault}` };
  const { refSources } = collected;
  const made: SourceManifests[] = [];
  for (const [index, source] of sources.entries()) {
    const revision = request.revisions[index] || (source.targetRevision ?? '');
    const question: SourceQuestion = { request, source, revision, refSources, clusterKey };
    try {
      made.push(await generator.generate(question));
    } catch (error) {
      if (error instanceof SourceFault) return { error: answeredFault(error), source: index };
      throw error;
    }
    const fault = made
      .at(-1)
      ?.manifests.map(objectFault)
      .find((said) => said !== undefined);
    if (fault === undefined) continue;
    const place = `source ${index + 1} of ${sources.length}`;
    return { error: `failed to unmarshal manifests for ${place}: ${fault}` };
  }
  return { sources: made };
}

interface DirectoryParts {
  readonly revisions: Revisions;
  readonly generator: SourceGenerator;
  readonly directories: Lru<readonly string[]>;
}

/** See `GetGitDirectories` in https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go */
async function directoriesOf(
  { repoURL, revision, noRevisionCache }: DirectoryRequest,
  { revisions, generator, directories }: DirectoryParts,
): Promise<DirectoryAnswer> {
  const commit = await revisions.commitOf(repoURL, revision, noRevisionCache).catch(
    // Argo CD's message leaves the revision empty.
    inContext('unable to resolve git revision '),
  );
  const key = JSON.stringify([repoURL, commit]);
  const known = directories.get(key);
  if (known !== undefined) return { directories: known };
  const { files } = await generator
    .checkOut(repoURL, commit)
    .catch((error: unknown) => inLock(error))
    .catch(inContext(`unable to checkout git repo ${repoURL} with revision ${commit}`));
  const found = listDirectories(files.files);
  directories.set(key, found);
  return { directories: found };
}

function inLock(error: unknown): never {
  if (!(error instanceof SourceFault)) throw error;
  throw new SourceFault(`failed to initialize repository resources: ${error.text}`);
}

function inContext(context: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof SourceFault)) throw error;
    throw new SourceFault(`${context}: ${error.text}`, 'Internal');
  };
}

function rpcFault(error: unknown): string {
  return error instanceof SourceFault
    ? answeredFault(error)
    : rpcError('Unknown', messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The versions of a cluster as a short text; callers pass the same list again and again. */
function clusterKeys(): (request: ManifestRequest) => string {
  const ids = new Map<string, number>();
  const lists = new WeakMap<readonly string[], number>();
  return ({ kubeVersion, apiVersions }) => {
    let id = lists.get(apiVersions);
    if (id === undefined) {
      const text = apiVersions.join();
      id = ids.get(text) ?? ids.size;
      ids.set(text, id);
      lists.set(apiVersions, id);
    }
    return `${kubeVersion}|${id}`;
  };
}
