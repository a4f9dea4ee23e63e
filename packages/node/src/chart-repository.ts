import { InputError, type ChartReference } from '@tidegate/core';

/** How to sign in to a chart repository. */
export type ChartCredentials =
  { readonly username: string; readonly password: string } | { readonly token: string };

/** A chart archive that a repository offers. */
export interface ChartOffer {
  /** SHA-256 as lower-case hex; undefined when the repository does not say. */
  readonly digest: string | undefined;
  /** Fetches the archive. Throws RemoteError when it cannot be had. */
  download(): Promise<Uint8Array>;
}

/** One place that charts come from: a Helm repository, a folder, or an OCI registry. */
export interface ChartRepository {
  /**
   * Finds an exact version of a chart. Throws InputError when there is no such chart or version,
   * RemoteError when the repository cannot be asked.
   */
  find(name: string, version: string): Promise<ChartOffer>;
  /**
   * Versions of a chart in the repository's order; none for a chart that it does not have. Throws
   * RemoteError when the repository cannot be asked.
   */
  versions(name: string): Promise<readonly string[]>;
}

/** Largest chart archive that is accepted. */
export const chartBytesMax = 64 * 1024 * 1024;

/** How a chart is named to people. */
export function chartSubject({ name, version }: Pick<ChartReference, 'name' | 'version'>): string {
  return `chart ${name} ${version}`;
}

/** A URL, with a scheme or without, as messages may show it: no credentials, no query that may hold some. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z][a-z+.-]*:\/\/)?[^/]*@/i, '$1').replace(/[?#].*$/, '');
}

/** Says that a repository has no such version, and what it has instead. */
export function missingVersion(
  repository: string,
  { name, version }: Pick<ChartReference, 'name' | 'version'>,
  known: readonly string[],
): InputError {
  const near = nearestVersions(known, version);
  const shown = near.join(', ');
  const more = known.length > near.length ? ` and ${known.length - near.length} more` : '';
  return new InputError(
    known.length === 0
      ? `chart ${name} is not in the repository ${shownUrl(repository)}; expected version ${version}`
      : `chart ${name} has no version ${version} in the repository ${shownUrl(repository)}`,
    {
      hint:
        known.length === 0
          ? 'publish the chart, or correct its name in tidegate.yaml'
          : `versions there: ${shown}${more}`,
    },
  );
}

const versionsShownMax = 8;

/** Of many versions, those around the wanted one, newest first. */
function nearestVersions(known: readonly string[], wanted: string): string[] {
  const newer = known
    .filter((version) => compareVersions(version, wanted) > 0)
    .sort(compareVersions);
  const older = known
    .filter((version) => compareVersions(version, wanted) <= 0)
    .sort((a, b) => compareVersions(b, a));
  const half = versionsShownMax / 2;
  const newerShown = Math.max(half, versionsShownMax - older.length);
  const above = newer.slice(0, newerShown).reverse();
  return [...above, ...older.slice(0, versionsShownMax - above.length)];
}

const collator = new Intl.Collator('en', { numeric: true });

/** By the numbers in them; a pre-release stands before its release. */
function compareVersions(a: string, b: string): number {
  const [coreA, preA] = splitVersion(a);
  const [coreB, preB] = splitVersion(b);
  const byCore = collator.compare(coreA, coreB);
  if (byCore !== 0 || preA === preB) return byCore;
  if (preA === '' || preB === '') return preA === '' ? 1 : -1;
  return collator.compare(preA, preB);
}

function splitVersion(version: string): [core: string, preRelease: string] {
  const plain = version.replace(/^v/, '').replace(/\+.*$/, '');
  const dash = plain.indexOf('-');
  return dash === -1 ? [plain, ''] : [plain.slice(0, dash), plain.slice(dash + 1)];
}
