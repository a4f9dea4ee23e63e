import {
  normalizeGitUrl,
  referenceFault,
  referencedSource,
  type RefSources,
  type RefTarget,
} from '@tidegate/core/argocd/sources';
import type { ApplicationSource } from '../ports/manifests.ts';
import { readHelmOptions } from './helm-options.ts';
import { isFields } from './kube-objects.ts';
import type { Revisions } from './revisions.ts';
import { SourceFault } from './source-fault.ts';

/** Sources that others take value files from: what they are, and the commits of those that are used. */
export interface References {
  readonly refSources: RefSources;
  /** Paths of value files and of parameters' files. */
  readonly files: readonly string[];
  /** Commits by normalised URL. */
  readonly commits: ReadonlyMap<string, string>;
  /** Where a commit is fetched from, by normalised URL. */
  readonly urls: ReadonlyMap<string, string>;
}

/**
 * Resolves the sources that a Helm source refers to. Throws SourceFault.
 *
 * See `resolveReferencedSources` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export async function resolveReferences(
  source: ApplicationSource,
  refSources: RefSources,
  revisions: Revisions,
  isFresh: boolean,
): Promise<References> {
  const files = referringFiles(source);
  const commits = new Map<string, string>();
  const urls = new Map<string, string>();
  for (const file of files) {
    const fault = faultOf([file], refSources, commits);
    if (fault !== undefined) throw new SourceFault(fault);
    const target = referencedSource(file, refSources);
    const url = normalizeGitUrl(target?.repoUrl ?? '');
    if (target === undefined || commits.has(url)) continue;
    commits.set(url, await commitOf(target, revisions, isFresh));
    urls.set(url, target.repoUrl);
  }
  return { refSources, files, commits, urls };
}

function referringFiles({ helm }: ApplicationSource): string[] {
  if (!isFields(helm)) return [];
  const { valueFiles, fileParameters } = readHelmOptions(helm);
  return [...valueFiles, ...fileParameters.map(({ path }) => path)].filter((file) =>
    file.startsWith('$'),
  );
}

async function commitOf(
  { repoUrl, targetRevision }: RefTarget,
  revisions: Revisions,
  isFresh: boolean,
): Promise<string> {
  try {
    return await revisions.commitOf(repoUrl, targetRevision, isFresh);
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    throw new SourceFault(`failed to get git client for repo ${repoUrl}`);
  }
}

function faultOf(
  files: readonly string[],
  refSources: RefSources,
  commits: ReadonlyMap<string, string>,
  application?: { readonly repoUrl: string; readonly revision: string; readonly commit: string },
): string | undefined {
  return referenceFault({
    files,
    refSources,
    commitOf: ({ repoUrl }) => commits.get(normalizeGitUrl(repoUrl)) ?? '',
    ...(application === undefined ? {} : { application }),
  });
}

/** Throws SourceFault where sources are wanted at two commits of one repository. */
export function assertOneCommit(
  { files, refSources, commits }: References,
  application: { readonly repoUrl: string; readonly revision: string; readonly commit: string },
): void {
  const fault = faultOf(files, refSources, commits, application);
  if (fault !== undefined) throw new SourceFault(fault);
}
