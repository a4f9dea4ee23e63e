import type { Clock } from '@tidegate/kube';
import {
  resolveChartVersion,
  resolveGitRevision,
  parseVersion,
  type GitRef,
  type ResolvedRevision,
} from '@tidegate/core/argocd/sources';
import type { ChartRepositories, GitRepositories } from './ports.ts';
import { SourceFault } from './source-fault.ts';

/** What was listed, when, and what revisions of it were resolved to. */
interface Listing<T> {
  readonly listed: T;
  readonly atMs: number;
  readonly resolved: Map<string, ResolvedRevision>;
}

/** Answers of one remote; requests that do not want old ones still share those that are not asked yet. */
class Remote<T extends object> {
  private known: Listing<T> | undefined;
  private asking: Promise<Listing<T>> | undefined;
  private next: Promise<Listing<T>> | undefined;
  private readonly ask: () => Promise<Listing<T>>;

  constructor(ask: () => Promise<Listing<T>>) {
    this.ask = ask;
  }

  /** What was listed at most `maxAgeMs` ago, or is listed from now on. */
  async list(nowMs: number, maxAgeMs: number | undefined): Promise<Listing<T>> {
    if (maxAgeMs === undefined) return this.askAnew();
    if (this.known !== undefined && nowMs - this.known.atMs < maxAgeMs) return this.known;
    return (this.asking ??= this.start());
  }

  private askAnew(): Promise<Listing<T>> {
    if (this.asking === undefined) return (this.asking = this.start());
    return (this.next ??= this.asking.then(
      () => this.startNext(),
      () => this.startNext(),
    ));
  }

  private startNext(): Promise<Listing<T>> {
    this.next = undefined;
    return (this.asking = this.start());
  }

  private async start(): Promise<Listing<T>> {
    try {
      const listing = await this.ask();
      if (!('fault' in listing.listed)) this.known = listing;
      return listing;
    } finally {
      this.asking = undefined;
    }
  }
}

/** What revisions stand for, and how long lists of branches, tags and versions are taken from memory. */
export interface RevisionOptions {
  readonly git: GitRepositories;
  readonly charts: ChartRepositories;
  readonly clock: Clock;
  readonly revisionCacheMs: number;
}

/**
 * Resolves revisions as Argo CD's repository server does: one list of a repository serves all of its revisions
 * for a while, and a failed one is not kept.
 *
 * See `lsRemote` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/git/client.go and
 * `newHelmClientResolveRevision` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export class Revisions {
  private readonly repositories = new Map<string, Remote<GitListing>>();
  private readonly charts = new Map<string, Remote<ChartListing>>();
  private readonly options: RevisionOptions;

  constructor(options: RevisionOptions) {
    this.options = options;
  }

  /** The commit that a revision stands for. Throws SourceFault. */
  async commitOf(repoURL: string, revision: string, isFresh: boolean): Promise<string> {
    const direct = resolveWithout(revision);
    if (direct !== undefined) return direct;
    const { git } = this.options;
    const remote = remoteOf(this.repositories, repoURL, () =>
      this.listing(() => git.listRefs(repoURL)),
    );
    const listing = await remote.list(...this.age(isFresh));
    const { listed } = listing;
    if ('fault' in listed) throw new SourceFault(`failed to list refs: ${listed.fault}`);
    const known = listing.resolved.get(revision) ?? resolveGitRevision(revision, listed.refs);
    listing.resolved.set(revision, known);
    if ('fault' in known) throw new SourceFault(known.fault);
    return known.commit;
  }

  /** The version of a chart that a revision stands for. Throws SourceFault. */
  async versionOf(
    source: { readonly repoURL: string; readonly chart: string },
    revision: string,
    isFresh: boolean,
  ): Promise<string> {
    if (parseVersion(revision) !== undefined) return revision;
    const { repoURL, chart } = source;
    const { charts } = this.options;
    const remote = remoteOf(this.charts, JSON.stringify([repoURL, chart]), () =>
      this.listing(() => charts.versions(repoURL, chart)),
    );
    const { listed } = await remote.list(...this.age(isFresh));
    if ('fault' in listed) throw new SourceFault(listed.fault);
    const resolved = resolveChartVersion(revision, listed.versions);
    if ('fault' in resolved) throw new SourceFault(resolved.fault);
    return resolved.version;
  }

  private age(isFresh: boolean): [nowMs: number, maxAgeMs: number | undefined] {
    const { clock, revisionCacheMs } = this.options;
    return [clock.nowMs(), isFresh ? undefined : revisionCacheMs];
  }

  private async listing<T>(ask: () => Promise<T>): Promise<Listing<T>> {
    const listed = await ask();
    return { listed, atMs: this.options.clock.nowMs(), resolved: new Map() };
  }
}

type GitListing = { readonly refs: readonly GitRef[] } | { readonly fault: string };
type ChartListing = { readonly versions: readonly string[] } | { readonly fault: string };

/** A whole hash needs no list. */
function resolveWithout(revision: string): string | undefined {
  return /^[0-9A-Fa-f]{40}$/.test(revision) ? revision : undefined;
}

function remoteOf<T extends object>(
  remotes: Map<string, Remote<T>>,
  key: string,
  ask: () => Promise<Listing<T>>,
): Remote<T> {
  const known = remotes.get(key) ?? new Remote(ask);
  remotes.set(key, known);
  return known;
}
