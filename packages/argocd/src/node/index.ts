export { chartHelm, type ChartHelm, type ChartHelmOptions } from './chart-helm.ts';
export { memoryCharts, type InitialCharts, type MemoryCharts } from './memory-charts.ts';
export {
  memoryManifestSource,
  type MemoryManifestOptions,
  type MemoryManifestSource,
} from './memory-manifest-source.ts';
export {
  memoryRepositories,
  type CommitOptions,
  type FileChanges,
  type InitialRepositories,
  type MemoryRepositories,
} from './memory-repositories.ts';
export {
  nodeManifestSource,
  type NodeManifestOptions,
  type NodeManifestSource,
} from './node-manifest-source.ts';
export { gitRepositories, type GitRepositoriesOptions } from './git-repositories.ts';
export { chartRepositories, type ChartRepositoriesOptions } from './chart-repositories.ts';
