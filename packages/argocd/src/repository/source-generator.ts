import {
  joinPath,
  normalizeGitUrl,
  outOfBoundsLink,
  type RefSources,
} from '@tidegate/core/argocd/sources';
import type { ApplicationSource, ManifestRequest, SourceManifests } from '../ports/manifests.ts';
import { directoryManifests } from './directory-manifests.ts';
import { helmManifests } from './helm-manifests.ts';
import { placeFiles, type Placed, type ValuePlaces } from './helm-values.ts';
import { flattenLists, isFields } from './kube-objects.ts';
import { kustomizeManifests } from './kustomize-manifests.ts';
import { SharedFetches } from './lru.ts';
import type { ManifestCache } from './manifest-cache.ts';
import type { ChartRepositories, FileSet, GitRepositories, Helm, PullAnswer } from './ports.ts';
import { assertOneCommit, resolveReferences, type References } from './references.ts';
import type { Revisions } from './revisions.ts';
import { knowSource } from './source-kind.ts';
import { checkoutRoot, NotModelled, SourceFault } from './source-fault.ts';

/** One source of a request. */
export interface SourceQuestion {
  readonly request: ManifestRequest;
  readonly source: ApplicationSource;
  /** What to resolve: never empty where the source says something. */
  readonly revision: string;
  readonly refSources: RefSources;
  /** Kubernetes and API versions, as a short key. */
  readonly clusterKey: string;
}

export interface GeneratorParts {
  readonly git: GitRepositories;
  readonly charts: ChartRepositories;
  readonly helm: Helm;
  readonly revisions: Revisions;
  readonly cache: ManifestCache;
  /** How many commits, and how many charts, are kept. */
  readonly treesMax: number;
}

/** Files of a source at what its revision stands for. */
interface Fetched {
  readonly placed: Placed;
  /** The commit, or the chart's version. */
  readonly revision: string;
  /** Relative to the files, as the source says it; of a chart empty. */
  readonly path: string;
}

type Checkout = { readonly commit: string; readonly files: FileSet } | { readonly fault: string };

/**
 * Makes the manifests of single sources. One render of a key serves all who ask for it at the time.
 *
 * See `GenerateManifest` and `runRepoOperation` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export class SourceGenerator {
  private readonly parts: GeneratorParts;
  private readonly checkouts: SharedFetches<Checkout>;
  private readonly pulls: SharedFetches<PullAnswer>;
  private readonly running = new Map<string, Promise<SourceManifests>>();

  constructor(parts: GeneratorParts) {
    this.parts = parts;
    this.checkouts = new SharedFetches(parts.treesMax);
    this.pulls = new SharedFetches(parts.treesMax);
  }

  /** Throws SourceFault. */
  async generate(question: SourceQuestion): Promise<SourceManifests> {
    const { source, request } = question;
    if (source.repoURL.startsWith('oci://')) {
      throw new NotModelled(`the OCI artifact ${source.repoURL}, whose URL begins with oci://,`);
    }
    const isFresh = request.noRevisionCache || request.noCache;
    const resolved = await this.resolve(question, isFresh);
    if (isRefOnly(question)) return withoutManifests(resolved);
    const refSources = request.multiSource ? question.refSources : {};
    const used = await resolveReferences(
      request.multiSource ? source : { ...source, helm: {} },
      refSources,
      this.parts.revisions,
      isFresh,
    );
    const key = keyOf(question, resolved, used.commits);
    if (request.noCache) return this.run(question, resolved, used, key);
    const known = this.parts.cache.find(key);
    if (known !== undefined) {
      if ('manifests' in known) return known.manifests;
      throw new SourceFault(known.cachedError);
    }
    const running = this.running.get(key) ?? this.start(question, resolved, used, key);
    return running;
  }

  /** The files of a repository at a commit. Throws SourceFault. */
  async checkOut(repoURL: string, commit: string): Promise<{ commit: string; files: FileSet }> {
    const key = JSON.stringify([normalizeGitUrl(repoURL) || repoURL, commit]);
    const found = await this.checkouts.get(key, () => this.parts.git.checkOut(repoURL, commit));
    if (!('fault' in found)) return found;
    const command = `\`git fetch origin ${commit} --tags --force --prune\` failed ${found.fault}`;
    throw new SourceFault(`Failed to checkout revision ${commit}: ${command}`, 'Internal');
  }

  private resolve({ source, revision }: SourceQuestion, isFresh: boolean): Promise<string> {
    const { revisions } = this.parts;
    const { repoURL, chart = '' } = source;
    return chart === ''
      ? revisions.commitOf(repoURL, revision, isFresh)
      : revisions.versionOf({ repoURL, chart }, revision, isFresh);
  }

  private start(
    question: SourceQuestion,
    resolved: string,
    used: References,
    key: string,
  ): Promise<SourceManifests> {
    const running = this.run(question, resolved, used, key).finally(() => {
      this.running.delete(key);
    });
    this.running.set(key, running);
    return running;
  }

  private async run(
    question: SourceQuestion,
    resolved: string,
    used: References,
    key: string,
  ): Promise<SourceManifests> {
    const fetched = await this.fetch(question, resolved);
    if (givesNothing(question)) return withoutManifests(fetched.revision);
    let failureKey = keyOf(question, resolved, new Map());
    try {
      const folder = folderOf(fetched);
      const references = await this.openReferences(question, fetched, used);
      failureKey = key;
      const made = await this.make(question, { fetched, folder, references });
      this.parts.cache.keep(key, made);
      return made;
    } catch (error) {
      const counts = error instanceof SourceFault && !(error instanceof NotModelled);
      if (counts && !(error instanceof ReferenceFault)) {
        this.parts.cache.fail(failureKey, error.text);
      }
      throw error;
    }
  }

  private async fetch({ source, request }: SourceQuestion, resolved: string): Promise<Fetched> {
    const { repoURL, chart = '', path = '' } = source;
    if (chart !== '') {
      const files = await this.pull(source, resolved, request.noCache);
      const placed = placeFiles(chartRoot(chart), files);
      assertLinks(placed, 'chart contains');
      return { placed, revision: resolved, path: '' };
    }
    const { commit, files } = await initialized(this.checkOut(repoURL, resolved));
    const placed = placeFiles(repositoryRoot(repoURL), files);
    assertLinks(placed, 'repository contains');
    return { placed, revision: request.multiSource ? resolved : commit, path };
  }

  private async pull(
    { repoURL, chart = '', helm }: ApplicationSource,
    version: string,
    isFresh: boolean,
  ): Promise<FileSet> {
    const key = JSON.stringify([repoURL, chart, version]);
    if (isFresh) this.pulls.delete(key);
    const answer = await this.pulls.get(key, () => this.parts.charts.pull(repoURL, chart, version));
    if (!('fault' in answer)) return answer.chart;
    if (answer.isBroken === true) throw new SourceFault(`error untarring chart: ${answer.fault}`);
    throw pullFault({ repoURL, chart, version }, answer.fault, helm?.['passCredentials'] === true);
  }

  private async openReferences(
    { source, revision }: SourceQuestion,
    fetched: Fetched,
    used: References,
  ): Promise<Map<string, Placed>> {
    const opened = new Map<string, Placed>();
    try {
      const { repoURL: repoUrl } = source;
      assertOneCommit(used, { repoUrl, revision, commit: fetched.revision });
      for (const [url, commit] of used.commits) {
        const repoURL = used.urls.get(url) ?? url;
        const { files } = await initialized(this.checkOut(repoURL, commit));
        const placed = placeFiles(repositoryRoot(repoURL), files);
        assertLinks(placed, 'repository contains');
        opened.set(url, placed);
      }
    } catch (error) {
      // These are answered, but never count as failures to make manifests.
      if (error instanceof SourceFault) throw new ReferenceFault(error.message, error.code);
      throw error;
    }
    return opened;
  }

  private async make(question: SourceQuestion, opened: Opened): Promise<SourceManifests> {
    const { request, source: written, refSources } = question;
    const { application } = request;
    const { placed, revision } = opened.fetched;
    const { folder } = opened;
    const { source, kind } = await knowSource(written, placed.files, {
      folder,
      applicationName: application.name,
    });
    if (kind === 'Directory') {
      const { directory } = source;
      const found = await directoryManifests(placed.files, folder, directory ?? {});
      return { revision, sourceType: kind, manifests: flattenLists(found) };
    }
    if (kind === 'Kustomize') {
      const found = await kustomizeManifests(placed.files, folder);
      return { revision, sourceType: kind, manifests: flattenLists(found) };
    }
    const places: ValuePlaces = {
      main: placed,
      appPath: joinPath(placed.checkout.root, folder),
      references: opened.references,
      refSources,
      environment: environmentOf(question, revision),
    };
    const found = await helmManifests(
      {
        helmSource: isFields(source.helm) ? source.helm : undefined,
        chart: { files: placed.files, folder },
        places,
        applicationName: application.name,
        destinationNamespace: application.destinationNamespace,
        kubeVersion: request.kubeVersion,
        apiVersions: request.apiVersions,
      },
      this.parts.helm,
    );
    return { revision, sourceType: kind, manifests: flattenLists(found) };
  }
}

interface Opened {
  readonly fetched: Fetched;
  readonly folder: string;
  readonly references: ReadonlyMap<string, Placed>;
}

class ReferenceFault extends SourceFault {}

/** A source that others take values from, and nothing else: its repository is not even fetched. */
function isRefOnly({ request, source }: SourceQuestion): boolean {
  const { path = '', chart = '', ref = '' } = source;
  return request.multiSource && path === '' && chart === '' && ref !== '';
}

function givesNothing({ request, source: { path = '', chart = '' } }: SourceQuestion): boolean {
  return request.multiSource && path === '' && chart === '';
}

function withoutManifests(revision: string): SourceManifests {
  return { revision, sourceType: '', manifests: [] };
}

/** What decides the manifests. Where a Git source lies is told by its commit. */
function keyOf(
  { request, source, refSources, clusterKey }: SourceQuestion,
  resolved: string,
  commits: ReadonlyMap<string, string>,
): string {
  const { name, project, destinationNamespace } = request.application;
  const { repoURL, targetRevision = '', ...rest } = source;
  const isChart = rest.chart !== undefined && rest.chart !== '';
  const place = isChart ? [repoURL, targetRevision] : [];
  const refs = Object.entries(request.multiSource ? refSources : {});
  return JSON.stringify([
    resolved,
    name,
    project,
    destinationNamespace,
    clusterKey,
    request.multiSource,
    place,
    rest,
    refs.map(([ref, { repoUrl }]) => [ref, repoUrl]),
    [...commits],
  ]);
}

async function initialized<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    throw new SourceFault(`failed to initialize repository resources: ${error.text}`);
  }
}

function assertLinks({ checkout: { root, links = {} } }: Placed, what: string): void {
  const outside = outOfBoundsLink(root, links);
  if (outside === undefined) return;
  const file = outside.slice(root.length + 1);
  throw new SourceFault(`${what} out-of-bounds symlinks. file: ${file}`);
}

/** The source's folder, relative to the files. Throws SourceFault where there is none. */
function folderOf({ placed: { checkout }, path }: Fetched): string {
  if (path.startsWith('/')) throw new SourceFault(`${path}: app path is absolute`);
  const { root, files } = checkout;
  const full = joinPath(root, path);
  if (!full.startsWith(root)) throw new SourceFault(`${path}: app path outside root`);
  if (full === root) return '';
  const folder = full.slice(root.length + 1);
  if (files.some((file) => file.startsWith(`${folder}/`))) return folder;
  throw new SourceFault(
    files.includes(folder)
      ? `${path}: app path is not a directory`
      : `${path}: app path does not exist`,
  );
}

function repositoryRoot(repoURL: string): string {
  const name = (normalizeGitUrl(repoURL) || repoURL).replace(/[^a-z0-9.-]/g, '_');
  return `${checkoutRoot}/${name}`;
}

/** Charts are unpacked beside the repositories, and errors show where. */
function chartRoot(chart: string): string {
  return `/tmp/00000000-0000-4000-8000-000000000001/${chart.split('/').at(-1) ?? chart}`;
}

/** `Fetch` and `PullOCI` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/helm/cmd.go */
function pullFault(
  { repoURL, chart, version }: { repoURL: string; chart: string; version: string },
  fault: string,
  passCredentials: boolean,
): SourceFault {
  const destination = '/tmp/00000000-0000-4000-8000-000000000002';
  const isOci = !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(repoURL);
  const command = isOci
    ? `helm pull oci://${repoURL}/${chart} --version ${version} --destination ${destination}`
    : `helm pull --destination ${destination} --version ${version} --repo ${repoURL} ${chart}${passCredentials ? ' --pass-credentials' : ''}`;
  const context = isOci
    ? 'error pulling OCI chart: failed to pull OCI chart'
    : 'error fetching chart: failed to fetch chart';
  return new SourceFault(`${context}: failed running helm: \`${command}\` failed ${fault}`);
}

/** See `newEnv` in https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go */
function environmentOf(
  { request, source }: SourceQuestion,
  revision: string,
): Readonly<Record<string, string>> {
  const { application } = request;
  return {
    ARGOCD_APP_NAME: application.name,
    ARGOCD_APP_NAMESPACE: application.destinationNamespace,
    ARGOCD_APP_PROJECT_NAME: application.project,
    ARGOCD_APP_REVISION: revision,
    ARGOCD_APP_REVISION_SHORT: revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: revision.slice(0, 8),
    ARGOCD_APP_SOURCE_REPO_URL: source.repoURL,
    ARGOCD_APP_SOURCE_PATH: source.path ?? '',
    ARGOCD_APP_SOURCE_TARGET_REVISION: source.targetRevision ?? '',
  };
}
