import { InputError, RemoteError } from '@tidegate/core';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  chartSubject,
  missingVersion,
  shownUrl,
  type ChartOffer,
  type ChartRepository,
} from './chart-repository.ts';
import { hasCode, isSystemError } from './files.ts';
import {
  chartVersions,
  parseHelmIndex,
  pickVersion,
  type HelmIndex,
  type IndexedChart,
} from './helm-index.ts';

/** A folder as a Helm repository: by its index.yaml, or without one by file names. */
export function folderRepository(url: string): ChartRepository {
  const folder = folderOf(url);
  let index: Promise<HelmIndex | undefined> | undefined;
  const chartsOf = async (name: string): Promise<readonly IndexedChart[]> => {
    const entries = await (index ??= readIndex(folder));
    return entries === undefined ? archivesOf(folder, name) : chartVersions(entries, name);
  };
  return {
    versions: async (name) => (await chartsOf(name)).map(({ version }) => version),
    find: async (name, version): Promise<ChartOffer> => {
      const charts = await chartsOf(name);
      const chart = pickVersion(charts, version);
      if (chart !== undefined) {
        const file = chart.urls[0] ?? `${name}-${chart.version}.tgz`;
        return fileOffer(folder, file, chart.digest, { name, version });
      }
      const known = charts.map((other) => other.version);
      throw missingVersion(url, { name, version }, known);
    },
  };
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InputError(
      `${shownUrl(url)} names no folder; expected a URL such as file:///srv/charts`,
      { cause: error },
    );
  }
}

async function readIndex(folder: string): Promise<HelmIndex | undefined> {
  const path = join(folder, 'index.yaml');
  try {
    return parseHelmIndex(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw unreadable(error, path);
  }
}

async function archivesOf(folder: string, name: string): Promise<IndexedChart[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw unreadable(error, folder);
    throw new RemoteError(`${folder} cannot be reached: there is no such folder`, {
      hint: 'expected a folder of packed charts, as "helm package" makes them',
      cause: error,
    });
  });
  return files.flatMap((file) => {
    const version = file.startsWith(`${name}-`) ? file.slice(name.length + 1, -'.tgz'.length) : '';
    const isArchive = file.endsWith('.tgz') && /^v?\d/.test(version);
    return isArchive ? [{ version, digest: undefined, urls: [file] }] : [];
  });
}

function unreadable(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error;
  return new InputError(`${path} cannot be read: ${error.message}`, { cause: error });
}

function fileOffer(
  folder: string,
  url: string,
  digest: string | undefined,
  chart: { readonly name: string; readonly version: string },
): ChartOffer {
  const path = resolve(folder, fileName(url));
  return {
    digest,
    download: async () => {
      if (!path.startsWith(resolve(folder) + sep)) {
        throw new RemoteError(`the index of ${folder} leads out of the folder: ${shownUrl(url)}`);
      }
      try {
        return await readFile(path);
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw unreadable(error, path);
        throw new InputError(
          `${chartSubject(chart)} is not in the folder ${folder}: no ${fileName(url)}`,
          { cause: error },
        );
      }
    },
  };
}

/** An index made for a web server names archives by their URL there; here they lie beside it. */
function fileName(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, pathname } = new URL(url);
  return protocol === 'file:' ? fileURLToPath(url) : basename(decodeURIComponent(pathname));
}
