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
}

/** Largest chart archive that is accepted. */
export const chartBytesMax = 64 * 1024 * 1024;

/** How a chart is named to people. */
export function chartSubject({ name, version }: Pick<ChartReference, 'name' | 'version'>): string {
  return `chart ${name} ${version}`;
}

/** A URL as messages may show it: without credentials and without a query that may hold some. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1').replace(/[?#].*$/, '');
}

/** Says that a repository has no such version, and what it has instead. */
export function missingVersion(
  repository: string,
  { name, version }: Pick<ChartReference, 'name' | 'version'>,
  known: readonly string[],
): InputError {
  const shown = known.slice(0, 8).join(', ');
  const more = known.length > 8 ? ` and ${known.length - 8} more` : '';
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
