import { globFiles } from '../globs/index.ts';
import { expandEnvironment, type BuildEnvironment } from './environment.ts';
import { isInside, joinPath, realPath, type Links } from './file-path.ts';
import { normalizeGitUrl } from './git-url.ts';
import { referencedSource, type RefSources } from './ref-sources.ts';
import { resolveValueFilePath, type ResolvedPath } from './resolve-path.ts';

/** A repository that is checked out somewhere. */
export interface Checkout {
  /** Absolute path. */
  readonly root: string;
  /** Its files, relative to the root. */
  readonly files: readonly string[];
  /** Links among them, by absolute path. */
  readonly links?: Links;
}

/** What value files are resolved with. */
export interface ValueFilesQuestion {
  readonly valueFiles: readonly string[];
  /** The repository, or the unpacked chart, of the source itself. */
  readonly main: Checkout;
  /** The source's folder. Default: the root. */
  readonly appPath?: string;
  readonly environment?: BuildEnvironment;
  readonly refSources?: RefSources;
  /** The checkouts of other sources, by URL. */
  readonly checkouts?: Readonly<Record<string, Checkout>>;
  readonly ignoreMissingValueFiles?: boolean;
  readonly allowedSchemes?: readonly string[];
}

/** Paths and URLs in the order in which Helm reads them, or what Argo CD says is wrong. */
export type ResolvedValueFiles = { readonly files: readonly string[] } | { readonly fault: string };

/** Whether a path holds a character that makes it a glob. Braces alone do not. */
export function isGlobPath(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The value files of a Helm source. A path may begin with the name of another source; variables are filled in
 * after that. A glob stands for all files that match, without those that are also listed by themselves, which
 * keep their own place; every file comes once. Files that are not there are left to Helm, unless they are to
 * be ignored; a glob without matches is a fault.
 *
 * See `getResolvedValueFiles` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function resolveValueFiles(question: ValueFilesQuestion): ResolvedValueFiles {
  const places = question.valueFiles.map((raw) => placeOf(raw, question));
  const explicit = new Set(
    places.flatMap(({ resolved }) =>
      'path' in resolved && !isGlobPath(resolved.path) ? [resolved.path] : [],
    ),
  );
  const files = new Set<string>();
  for (const place of places) {
    const { resolved } = place;
    if ('fault' in resolved) {
      return { fault: `error resolving value file path: ${resolved.fault}` };
    }
    const isGlob = !resolved.isRemote && isGlobPath(resolved.path);
    const found = isGlob ? expandGlob(place, resolved.path, question) : single(place, question);
    if ('fault' in found) return found;
    for (const file of found.files) if (!isGlob || !explicit.has(file)) files.add(file);
  }
  return { files: [...files] };
}

/** Where a value file is looked for. */
interface Place {
  readonly raw: string;
  readonly checkout: Checkout;
  readonly resolved: ResolvedPath;
}

function placeOf(raw: string, question: ValueFilesQuestion): Place {
  const { main, environment = {}, refSources = {}, allowedSchemes } = question;
  const schemes = allowedSchemes === undefined ? {} : { allowedSchemes };
  const target = referencedSource(raw, refSources);
  if (target === undefined) {
    const context = { appPath: question.appPath ?? main.root, repoRoot: main.root, ...schemes };
    const file = expandEnvironment(raw, environment);
    return { raw, checkout: main, resolved: resolveIn(file, main, context) };
  }
  const checkout = checkoutOf(target.repoUrl, question);
  if (checkout === undefined) {
    const fault = `failed to find repo ${JSON.stringify(target.repoUrl)}`;
    return { raw, checkout: main, resolved: { fault } };
  }
  const slash = raw.indexOf('/');
  const file = expandEnvironment(slash === -1 ? '' : raw.slice(slash), environment);
  const context = { appPath: checkout.root, repoRoot: checkout.root, ...schemes };
  const resolved = resolveIn(file, checkout, context);
  return 'fault' in resolved
    ? { raw, checkout, resolved: { fault: `error resolving value file path: ${resolved.fault}` } }
    : { raw, checkout, resolved };
}

function resolveIn(
  file: string,
  checkout: Checkout,
  context: { appPath: string; repoRoot: string },
): ResolvedPath {
  return resolveValueFilePath(file, { ...context, links: checkout.links ?? {} });
}

function checkoutOf(repoUrl: string, { checkouts = {} }: ValueFilesQuestion): Checkout | undefined {
  const url = normalizeGitUrl(repoUrl);
  return Object.entries(checkouts).find(([key]) => normalizeGitUrl(key) === url)?.[1];
}

function single(
  { resolved, checkout }: Place,
  { ignoreMissingValueFiles = false }: ValueFilesQuestion,
): ResolvedValueFiles {
  if ('fault' in resolved) return resolved;
  if (resolved.isRemote || !ignoreMissingValueFiles) return { files: [resolved.path] };
  return { files: exists(resolved.path, checkout) ? [resolved.path] : [] };
}

/** Whether there is such a file or folder. */
export function exists(path: string, { root, files }: Checkout): boolean {
  return files.some((file) => {
    const full = joinPath(root, file);
    return full === path || isInside(full, path);
  });
}

function expandGlob(
  { raw, checkout }: Place,
  path: string,
  { ignoreMissingValueFiles = false }: ValueFilesQuestion,
): ResolvedValueFiles {
  const { root, links = {} } = checkout;
  const found = globFiles(checkout.files, path.slice(joinPath(root).length + 1));
  if (found === 'bad pattern') {
    return { fault: `error expanding glob pattern "${raw}": syntax error in pattern` };
  }
  if (found.length === 0 && !ignoreMissingValueFiles) {
    return { fault: `values file glob "${raw}" matched no files` };
  }
  const files = found.map((file) => joinPath(root, file));
  const outside = files.find((file) => !isInside(realPath(file, links) ?? '', joinPath(root)));
  return outside === undefined
    ? { files }
    : {
        fault: `glob pattern "${raw}": glob match "${outside}" resolved to outside repository root`,
      };
}

/**
 * What Helm says about the first value file that is not there, or nothing. `files` are resolved, `checkouts`
 * all that they may come from.
 */
export function missingValueFile(
  files: readonly string[],
  checkouts: readonly Checkout[],
): string | undefined {
  const missing = files.find(
    (file) => file.startsWith('/') && !checkouts.some((checkout) => exists(file, checkout)),
  );
  return missing === undefined ? undefined : `open ${missing}: no such file or directory`;
}
