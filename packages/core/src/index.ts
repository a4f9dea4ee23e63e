export * from './errors/tidegate-error.ts';
export * from './generate/annotations.ts';
export {
  adminApplication,
  adminTargets,
  readPat,
  type PatSpec,
} from './render/admin-application.ts';
export {
  changedFiles,
  findEnvironment,
  frozenHint,
  pinnedValuesRevision,
  planGenerate,
  readNetwork,
  releasedFiles,
  type GeneratedFile,
  type GeneratePlan,
  type NodeLists,
} from './generate/plan-generate.ts';
export { generateReleaseFiles, generateRoot } from './generate/application.ts';
export { generateGitlabCi, gitlabCiFile, tagVariable } from './generate/gitlab-ci.ts';
export * from './gitlab/index.ts';
export { canSync, nextChange } from './argocd/windows/index.ts';
export * from './diff/model.ts';
export { formatHtml } from './diff/format/html.ts';
export { formatJson as formatReportJson } from './diff/format/json.ts';
export { formatMarkdown, type MarkdownOptions } from './diff/format/markdown.ts';
export {
  formatTerminal,
  type TerminalColors,
  type TerminalOptions,
} from './diff/format/terminal.ts';
export { createMasker, type MaskSettings } from './diff/mask.ts';
export { holdsSecrets } from './diff/holds-secrets.ts';
export { diffEnvironment, type DiffContext, type SidePair } from './diff/diff-environment.ts';
export { diffLive, type LiveContext } from './diff/live/diff-live.ts';
export {
  type KindScope,
  type LiveAnswer,
  type LiveCluster,
  type PlainObject,
  type Unseen,
} from './diff/live/live-cluster.ts';
export { deployedRelease, nextRelease, type EnvironmentSide } from './diff/sides.ts';
export { generateBootstrap } from './generate/bootstrap.ts';
export { applicationHealth, applicationSetHealth, patHealth } from './generate/health.ts';
export { neverReleased, type ReleaseInput } from './generate/release-input.ts';
export { valueAt } from './generate/value-at.ts';
export {
  takeInventory,
  type HierarchyEntry,
  type Inventory,
  type ObjectCounts,
} from './inventory/take-inventory.ts';
export * from './layout/paths.ts';
export { definitionJsonSchema } from './model/definition-schema.ts';
export * from './model/names.ts';
export * from './model/network.ts';
export { defaultNetwork, definitionFile, parseNetwork } from './model/parse-network.ts';
export * from './model/schedule.ts';
export {
  parseVersions,
  readVersions,
  type PinnedVersion,
  type Versions,
} from './model/versions.ts';
export { assertNodeName, nodeNameFault } from './nodes/check-node-name.ts';
export { listNodes, missingNodeFiles } from './nodes/list-nodes.ts';
export { nameClashes, type NameClash } from './nodes/name-clashes.ts';
export * from './ports/cancellation.ts';
export * from './ports/chart-renderer.ts';
export * from './ports/file-tree.ts';
export * from './ports/release-repository.ts';
export { indexFolders, type FolderIndex } from './ports/folder-index.ts';
export { directoryParameters, expandTemplate } from './render/expand-template.ts';
export { planRenders, type RenderSelection, type RenderTrees } from './render/plan-renders.ts';
export {
  renderApplications,
  type RenderContext,
  type RenderOutcome,
} from './render/render-applications.ts';
export { type RenderTarget } from './render/render-target.ts';
export { checkedValues } from './render/checked-values.ts';
export { tidyManifest } from './render/tidy-manifest.ts';
export { explainHelmFailure, HelmFailure } from './render/explain-helm-failure.ts';
export {
  planRelease,
  type PlanOptions,
  type PlannedFile,
  type ReleasePlan,
  type ReleaseRequest,
} from './release/plan-release.ts';
export { type Refusal } from './release/policy.ts';
export { overlayTree } from './release/overlay-tree.ts';
export {
  newestRelease,
  readRelease,
  releaseFaults,
  type CutRelease,
} from './release/release-state.ts';
export {
  describeChange,
  pinnedVersions,
  versionChanges,
  versionPath,
  type VersionChange,
} from './release/version-changes.ts';
export {
  planVersions,
  parseAssignments,
  type Assignment,
  type VersionsPlan,
} from './release/plan-versions.ts';
export { aheadOf, listReleases, type Ahead, type ReleaseEntry } from './release/list-releases.ts';
export { containerImages } from './release/container-images.ts';
export { parseImageReference, type ImageReference } from './release/image-reference.ts';
export {
  defaultAnswers,
  definitionText,
  type DefinitionAnswers,
} from './scaffold/definition-text.ts';
export { nodeValuesFiles, type NodeProfile } from './scaffold/node-values.ts';
export {
  exampleNodes,
  scaffoldRepository,
  type InitialNodes,
} from './scaffold/scaffold-repository.ts';
export { editYaml, type YamlEdit } from './yaml/edit-yaml.ts';
export * from './yaml/format-yaml.ts';
export * from './yaml/parse-yaml.ts';
