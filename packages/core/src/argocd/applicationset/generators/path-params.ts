import { baseName } from '../go-template/sprig/paths.ts';
import { holdsText } from '../go-template/go-value.ts';
import { sanitizeName } from '../names.ts';
import type { Params, TemplateDialect } from '../render-text.ts';

/** A directory, and a file in it where the files of a repository are listed. */
export interface PathParts {
  readonly directory: string;
  readonly file?: string;
}

/**
 * The parameters of a path: nested for Go templates, flat for the others. Both can be put under a
 * prefix. Source: applicationset/generators/git.go.
 */
export function pathParams(
  { directory, file }: PathParts,
  prefix: string,
  { goTemplate }: TemplateDialect,
): Params {
  const names = {
    basename: baseName(directory),
    basenameNormalized: sanitizeName(baseName(directory)),
    ...(file === undefined
      ? {}
      : { filename: baseName(file), filenameNormalized: sanitizeName(baseName(file)) }),
  };
  const segments = directory.split('/');
  if (goTemplate) {
    const path = { path: directory, ...names, segments: Object.assign([...segments], marker) };
    return prefix === '' ? { path } : { [prefix]: { path } };
  }
  const name = prefix === '' ? 'path' : `${prefix}.path`;
  return Object.fromEntries([
    [name, directory],
    ...Object.entries(names).map(([key, value]) => [`${name}.${key}`, value] as const),
    ...segments.flatMap((segment, index) =>
      segment === '' ? [] : [[`${name}[${index}]`, segment] as const],
    ),
  ]);
}

const marker = { [holdsText]: true };
