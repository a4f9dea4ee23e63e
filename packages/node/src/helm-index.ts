import { RemoteError, valueAt } from '@tidegate/core';
import { parse } from 'yaml';

/** One version of a chart in a Helm repository's index. */
export interface IndexedChart {
  readonly version: string;
  readonly digest: string | undefined;
  readonly urls: readonly string[];
}

/** Versions of every chart of a Helm repository, in the index's order. */
export type HelmIndex = Readonly<Record<string, readonly IndexedChart[]>>;

/** Reads an `index.yaml`. Only what finds charts is kept; an index may describe thousands. */
export function parseHelmIndex(text: string, where: string): HelmIndex {
  const entries = valueAt(parseIndexText(text, where), ['entries']);
  if (typeof entries !== 'object' || entries === null) {
    throw new RemoteError(`${where} is no Helm repository index: it has no entries`);
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, versions]) => [
      name,
      Array.isArray(versions) ? versions.flatMap(readVersion) : [],
    ]),
  );
}

/** The versions of one chart; none for a chart that the index does not have. */
export function chartVersions(index: HelmIndex, name: string): readonly IndexedChart[] {
  return Object.hasOwn(index, name) ? (index[name] ?? []) : [];
}

/** The entry of an exact version; as Helm, one with a leading v will do, and the first one wins. */
export function pickVersion(
  charts: readonly IndexedChart[],
  version: string,
): IndexedChart | undefined {
  const plain = (text: string): string => text.replace(/^v/, '');
  return (
    charts.find((chart) => chart.version === version) ??
    charts.find((chart) => plain(chart.version) === plain(version))
  );
}

function parseIndexText(text: string, where: string): unknown {
  try {
    // JSON is YAML, and reads a hundred times faster.
    return text.trimStart().startsWith('{')
      ? JSON.parse(text)
      : parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch (error) {
    throw new RemoteError(`${where} is no Helm repository index: it is not valid YAML`, {
      cause: error,
    });
  }
}

function readVersion(entry: unknown): IndexedChart[] {
  const version = valueAt(entry, ['version']);
  const digest = valueAt(entry, ['digest']);
  const urls = valueAt(entry, ['urls']);
  if (typeof version !== 'string') return [];
  return [
    {
      version,
      digest:
        typeof digest === 'string'
          ? /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest.toLowerCase())?.[1]
          : undefined,
      urls: Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [],
    },
  ];
}
