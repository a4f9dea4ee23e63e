import { mismatch, readGoYaml } from '../go-template/go-yaml.ts';
import { directoryName } from '../go-template/sprig/paths.ts';
import type { Params } from '../render-text.ts';
import { flattenParams } from './flatten-params.ts';
import type { GitParamsOptions } from './git-directories.ts';
import { pathParams } from './path-params.ts';
import { withValues } from './templated-values.ts';

/**
 * The parameters in a file of a repository, JSON or YAML: of one object, or of each in a list.
 * An empty file is an empty object.
 * Source: `generateParamsFromGitFile` in applicationset/generators/git.go.
 */
export function fileParams(path: string, content: string, options: GitParamsOptions): Params[] {
  const { pathParamPrefix = '', values, dialect } = options;
  const ofPath = pathParams(
    { directory: directoryName(path), file: path },
    pathParamPrefix,
    dialect,
  );
  return readObjects(content).map((found) => {
    const own = dialect.goTemplate ? found : flattenParams(found);
    return withValues({ ...own, ...ofPath }, values, dialect);
  });
}

function readObjects(content: string): Params[] {
  try {
    const data = readGoYaml(content);
    if (data === null) return [{}];
    if (isParams(data)) return [data];
    if (!Array.isArray(data)) throw mismatch(data, '[]map[string]interface {}');
    return (data as unknown[]).map(listItem);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`unable to parse file: ${text}`, { cause: error });
  }
}

function listItem(item: unknown): Params {
  if (item === null) return {};
  if (isParams(item)) return item;
  throw mismatch(item, 'map[string]interface {}');
}

function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
