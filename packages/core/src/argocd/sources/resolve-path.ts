import { followLink, isInside, joinPath, type Links } from './file-path.ts';
import { parseGoUrl } from './go-url.ts';

/** Where a file is looked for. All paths are absolute. */
export interface PathContext {
  /** The folder that relative paths start from. */
  readonly appPath: string;
  /** The repository; absolute paths start here, and no path leads out of it. */
  readonly repoRoot: string;
  /** Schemes of URLs that Helm may fetch value files from. Default: http and https. */
  readonly allowedSchemes?: readonly string[];
  readonly links?: Links;
}

/** A file or a URL, or what Argo CD says where it may not be used. */
export type ResolvedPath =
  { readonly path: string; readonly isRemote: boolean } | { readonly fault: string };

/** Argo CD says no more than this, and logs the rest. */
const hiddenFault = 'internal error: failed to resolve path. Check logs for more details';

/**
 * The file or URL that a value file's path stands for: relative to the application's folder, or with a slash in
 * front to the repository; URLs of permitted schemes are left to Helm.
 *
 * See `ResolveValueFilePathOrUrl` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/util/io/path/resolved.go
 */
export function resolveValueFilePath(valueFile: string, context: PathContext): ResolvedPath {
  const { allowedSchemes = ['https', 'http'] } = context;
  const scheme = parseGoUrl(valueFile)?.scheme ?? '';
  if (scheme === '') return resolveLocalPath(valueFile, context);
  return allowedSchemes.some((allowed) => allowed.toLowerCase() === scheme)
    ? { path: valueFile, isRemote: true }
    : { fault: `the URL scheme '${scheme}' is not allowed` };
}

function resolveLocalPath(file: string, context: PathContext): ResolvedPath {
  const root = joinPath(context.repoRoot);
  const path = followLink(
    joinPath(file.startsWith('/') ? root : context.appPath, file),
    context.links ?? {},
  );
  if (path === undefined || path === root) return { fault: hiddenFault };
  return isInside(path, root)
    ? { path, isRemote: false }
    : { fault: `file '${file}' resolved to outside repository root` };
}
