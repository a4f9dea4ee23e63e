import { compareVersions, parseConstraint, parseVersion } from '@tidegate/core/argocd/sources';

/**
 * The version of a chart that Helm takes: the one of that name, else the greatest that it permits, read as a
 * constraint. Undefined for none.
 *
 * See `IndexFile.Get` in https://github.com/helm/helm/blob/v4.2.1/pkg/repo/v1/index.go
 */
export function pickChartVersion(wanted: string, versions: readonly string[]): string | undefined {
  if (versions.includes(wanted)) return wanted;
  const constraint = parseConstraint(wanted === '' ? '*' : wanted);
  const permitted = versions.flatMap((text) => {
    const version = parseVersion(text);
    return version !== undefined && constraint?.permits(version) === true ? [version] : [];
  });
  return permitted.toSorted((a, b) => compareVersions(b, a))[0]?.original;
}
