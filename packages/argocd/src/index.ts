export { argoCdDefinitions } from './crds/index.ts';
export { argoCdInstallation } from './installation.ts';
export { startArgoCd, type ArgoCdInstance, type ArgoCdOptions } from './instance.ts';
export type { LogEntry } from './log.ts';
export type {
  ApplicationSource,
  DirectoryAnswer,
  DirectoryRequest,
  ManifestAnswer,
  ManifestApplication,
  ManifestRequest,
  ManifestSource,
  SourceManifests,
} from './ports/manifests.ts';
export {
  defaultApplyHabits,
  defaultTiming,
  type ApplyHabits,
  type ArgoCdTiming,
  type Surroundings,
} from './ports/surroundings.ts';
export { seededRandom } from './seeded-random.ts';
