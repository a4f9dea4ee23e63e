export { resolveCacheDir } from './cache-dir.ts';
export { type ChartCredentials, type ChartRepository } from './chart-repository.ts';
export {
  chartStore,
  openChartRepository,
  type ChartStore,
  type StoredChart,
} from './chart-store.ts';
export { sha256 } from './digest.ts';
export {
  directoryTree,
  exists,
  findUp,
  isSystemError,
  listFiles,
  removeFiles,
  removeFolder,
  writeAtomically,
  writeFiles,
} from './files.ts';
export {
  changedSinceCommit,
  commitAll,
  findGitRoot,
  git,
  gitPath,
  initRepository,
  type Identity,
  releaseNumbers,
  revisionExists,
} from './git.ts';
export { gitTree } from './git-tree.ts';
export { GitObjectReader } from './git-object-reader.ts';
export {
  gitText,
  revisionTree,
  writeCommit,
  writeTag,
  type CommitDraft,
  type TagDraft,
} from './git-objects.ts';
export { gitReleaseRepository, type RepositoryState } from './git-release-repository.ts';
export {
  fetchRemote,
  localTags,
  openRemote,
  pushAtomically,
  readRemote,
  shown as shownRemote,
  type GitCredentials,
  type GitRemote,
  type Push,
  type RemoteState,
} from './git-remote.ts';
export { gitlabNotes } from './gitlab-notes.ts';
export { httpGet } from './http-client.ts';
export { imageRegistry, type ImageRegistry } from './image-registry.ts';
export { resolveHelm, type HelmBinary } from './helm-binary.ts';
export {
  chooseRenderer,
  openChosenRenderer,
  rendererKinds,
  type ChooseOptions,
  type RendererChoice,
  type RendererFiles,
  type RendererKind,
} from './engine/choose.ts';
export { maskDigest } from './mask-digest.ts';
export { helmRenderer } from './helm-renderer.ts';
export { packCharts, readCharts, type PackedChart } from './pack-charts.ts';
export { cachedRenderer } from './rendered-cache.ts';
export { runTool } from './run-tool.ts';
export { serveCharts, type ServedCharts } from './serve-charts.ts';
export { systemClock, type Clock } from './system-clock.ts';
