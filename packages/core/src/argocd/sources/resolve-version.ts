import {
  compareVersions,
  isBrokenVersion,
  parseVersion,
  type SemanticVersion,
} from './semantic-version.ts';
import { parseConstraint } from './version-constraint.ts';

/** The version or tag that a revision stands for, or what Argo CD says where there is none. */
export type ResolvedVersion = { readonly version: string } | { readonly fault: string };

/**
 * The greatest of some versions that a revision permits. One that is a version itself stands for itself and is
 * not looked for.
 *
 * See `MaxVersion` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/versions/tags.go
 */
export function maxVersion(revision: string, versions: readonly string[]): ResolvedVersion {
  if (parseVersion(revision) !== undefined) return { version: revision };
  const constraint = parseConstraint(revision);
  if (constraint === undefined) {
    return versions.includes(revision)
      ? { version: revision }
      : { fault: `failed to determine semver constraint: improper constraint: ${revision}` };
  }
  let greatest: SemanticVersion | undefined;
  for (const text of versions) {
    const version = parseVersion(text);
    if (version === undefined) {
      if (isBrokenVersion(text)) return { fault: `invalid semver version in tags: ${text}` };
    } else if (constraint.permits(version)) {
      const isGreater = greatest === undefined || compareVersions(version, greatest) > 0;
      if (isGreater) greatest = version;
    }
  }
  return greatest === undefined
    ? { fault: `version matching constraint not found in ${versions.length} tags` }
    : { version: greatest.original };
}

/**
 * The version of a chart that a revision stands for. An exact version is taken as it is, also where the
 * repository does not have it.
 *
 * See `newHelmClientResolveRevision` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function resolveChartVersion(
  revision: string,
  versions: readonly string[],
): ResolvedVersion {
  const resolved = maxVersion(revision, versions);
  return 'fault' in resolved ? { fault: `invalid revision: ${resolved.fault}` } : resolved;
}
