export { directoryFiles, skipFileMarker } from './directory-files.ts';
export type { DirectoryFile, DirectoryOptions, DirectoryReason } from './directory-files.ts';
export { expandEnvironment, type BuildEnvironment } from './environment.ts';
export { isInside, joinPath, outOfBoundsLink, realPath, type Links } from './file-path.ts';
export { normalizeGitUrl } from './git-url.ts';
export { helmTemplateArguments, helmTemplateCommand, type HelmCommand } from './helm-command.ts';
export {
  collectRefSources,
  givesObjects,
  referencedSource,
  referenceFault,
} from './ref-sources.ts';
export type {
  RefOptions,
  RefSources,
  RefTarget,
  ReferableSource,
  ReferenceQuestion,
} from './ref-sources.ts';
export { resolveGitRevision, type GitRef, type ResolvedRevision } from './resolve-git-revision.ts';
export { resolveValueFilePath, type PathContext, type ResolvedPath } from './resolve-path.ts';
export { maxVersion, resolveChartVersion, type ResolvedVersion } from './resolve-version.ts';
export { compareVersions, parseVersion, type SemanticVersion } from './semantic-version.ts';
export { isGlobPath, missingValueFile, resolveValueFiles } from './value-files.ts';
export type { Checkout, ResolvedValueFiles, ValueFilesQuestion } from './value-files.ts';
export { parseConstraint, type VersionConstraint } from './version-constraint.ts';
