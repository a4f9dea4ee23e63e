import { maxVersion } from './resolve-version.ts';

/** A ref of a repository as its remote lists it. */
export interface GitRef {
  /** Full name, such as `refs/heads/main`, or `HEAD`. */
  readonly name: string;
  /** The commit; for an annotated tag the one that it names. Undefined for a symbolic ref. */
  readonly commit?: string;
  /** For a symbolic ref such as `HEAD`: the ref that it stands for. */
  readonly target?: string;
}

/** A commit and how a revision led to it, or what Argo CD says where it does not. */
export type ResolvedRevision =
  | {
      readonly commit: string;
      readonly via: 'commit' | 'abbreviated commit' | 'ref';
      /** The ref that was found. */
      readonly ref?: string;
    }
  | { readonly fault: string };

/**
 * The commit that a `targetRevision` stands for: a whole hash is taken as it is; else a semantic version
 * constraint stands for the greatest tag that fits, so `1.x` is never a branch; else a ref, by its full or its
 * short name; else what looks like the beginning of a hash is taken as one.
 *
 * See `lsRemote` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/git/client.go
 */
export function resolveGitRevision(revision: string, refs: readonly GitRef[]): ResolvedRevision {
  if (/^[0-9A-Fa-f]{40}$/.test(revision)) return { commit: revision, via: 'commit' };
  const wanted = wantedRef(revision === '' ? 'HEAD' : revision, refs);
  const found = refs.find(({ name }) => name === wanted || isShortFor(wanted, name));
  const commit = found?.commit ?? refs.find(({ name }) => name === found?.target)?.commit;
  if (found !== undefined && commit !== undefined) return { commit, via: 'ref', ref: found.name };
  return /^[0-9A-Fa-f]{7,}$/.test(wanted)
    ? { commit: wanted, via: 'abbreviated commit' }
    : { fault: `unable to resolve '${wanted}' to a commit SHA` };
}

function wantedRef(revision: string, refs: readonly GitRef[]): string {
  const tags = refs.flatMap(({ name }) => (name.startsWith('refs/tags/') ? [name.slice(10)] : []));
  const resolved = maxVersion(revision, tags);
  return 'version' in resolved ? resolved.version : revision;
}

/** Whether a ref goes by a short name. A name that begins with `refs/` is no short one. */
function isShortFor(short: string, name: string): boolean {
  if (short.startsWith('refs/')) return false;
  return name.replace(/^refs\/(?:(?:tags|heads|remotes)\/)?/, '') === short;
}
