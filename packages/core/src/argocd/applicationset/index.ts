export * from './application-set.ts';
export * from './application-template.ts';
export * from './generate-applications.ts';
export {
  driveGenerator,
  driveGeneratorAsync,
  generateParams,
  type GeneratedParams,
  type GeneratorSteps,
  type RepositoryAnswer,
  type RepositoryRequest,
} from './generators/generate-params.ts';
export { listDirectories } from './generators/git-directories.ts';
export { compileDeletion, deleteAt, type Deletion } from './jq/delete-paths.ts';
export { applyMergePatch } from './merge-patch.ts';
export * from './names.ts';
export { normalizeSpec, withoutZeros } from './normalize-spec.ts';
export * from './reconcile-set.ts';
export * from './render-text.ts';
export * from './requeue.ts';
export * from './set-conditions.ts';
export * from './set-resources.ts';
export * from './sync-policy.ts';
export * from './validate-applications.ts';
export * from './write-application.ts';
export { compilePointerDeletion } from './jq/delete-pointer.ts';
