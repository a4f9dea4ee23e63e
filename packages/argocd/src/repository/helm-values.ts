import {
  expandEnvironment,
  isInside,
  joinPath,
  normalizeGitUrl,
  referencedSource,
  resolveValueFilePath,
  resolveValueFiles,
  type BuildEnvironment,
  type Checkout,
  type RefSources,
} from '@tidegate/core/argocd/sources';
import type { HelmOptions } from './helm-options.ts';
import type { FileSet, Helm } from './ports.ts';
import { SourceFault } from './source-fault.ts';

/** Files that lie somewhere. */
export interface Placed {
  readonly files: FileSet;
  readonly checkout: Checkout;
}

/** Where the value files of a source may come from. */
export interface ValuePlaces {
  readonly main: Placed;
  /** The source's folder, absolute. */
  readonly appPath: string;
  /** Checkouts of other sources, by normalised URL. */
  readonly references: ReadonlyMap<string, Placed>;
  readonly refSources: RefSources;
  readonly environment: BuildEnvironment;
}

/** Places files in a folder. */
export function placeFiles(root: string, files: FileSet): Placed {
  const links = Object.fromEntries(
    Object.entries(files.links).map(([path, target]) => [joinPath(root, path), target]),
  );
  return { files, checkout: { root, files: files.files, links } };
}

/** The value files of a source as paths and URLs, as Helm is called with them. Throws SourceFault. */
export function valueFilesOf(
  { valueFiles, ignoreMissingValueFiles }: HelmOptions,
  places: ValuePlaces,
): readonly string[] {
  const resolved = resolveValueFiles({
    valueFiles,
    ignoreMissingValueFiles,
    main: places.main.checkout,
    appPath: places.appPath,
    environment: places.environment,
    refSources: places.refSources,
    checkouts: Object.fromEntries(
      [...places.references].map(([url, { checkout }]) => [url, checkout]),
    ),
  });
  if (!('fault' in resolved)) return resolved.files;
  const noMatches = /^values file glob .* matched no files$/s.test(resolved.fault);
  throw new SourceFault(
    `error resolving helm value files: ${resolved.fault}`,
    noMatches ? 'NotFound' : 'Unknown',
  );
}

/** The file of a file parameter, absolute, or a URL. Throws SourceFault. */
export function parameterFile(path: string, places: ValuePlaces): string {
  const target = referencedSource(path, places.refSources);
  const place =
    target === undefined ? places.main : places.references.get(normalizeGitUrl(target.repoUrl));
  if (place === undefined) {
    throw new SourceFault(
      `error resolving set-file path: failed to find repo ${JSON.stringify(target?.repoUrl)}`,
    );
  }
  const { root, links = {} } = place.checkout;
  const slash = path.indexOf('/');
  const own = target === undefined ? path : slash === -1 ? '' : path.slice(slash);
  const resolved = resolveValueFilePath(expandEnvironment(own, places.environment), {
    appPath: target === undefined ? places.appPath : root,
    repoRoot: root,
    links,
  });
  if (!('fault' in resolved)) return resolved.path;
  const context =
    target === undefined
      ? 'error resolving helm value file path'
      : 'error resolving set-file path: error resolving value file path';
  throw new SourceFault(`${context}: ${resolved.fault}`);
}

/** Content of a file or of what is behind a URL, or what Helm says where there is none. */
export type FileText = { readonly text: string } | { readonly fault: string };

/** Reads what `valueFilesOf` and `parameterFile` give. */
export async function readPlaced(path: string, places: ValuePlaces, helm: Helm): Promise<FileText> {
  if (!path.startsWith('/')) return helm.fetchValues(path);
  const place = [places.main, ...places.references.values()].find(({ checkout }) =>
    isInside(path, checkout.root),
  );
  if (place === undefined) return { fault: `open ${path}: no such file or directory` };
  const relative = path.slice(place.checkout.root.length + 1);
  try {
    return { text: await place.files.text(relative) };
  } catch {
    const isFolder = place.checkout.files.some((file) => file.startsWith(`${relative}/`));
    return {
      fault: isFolder ? `read ${path}: is a directory` : `open ${path}: no such file or directory`,
    };
  }
}
