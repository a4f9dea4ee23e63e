import type { Cancellation } from './cancellation.ts';
import type { FileContent } from './file-tree.ts';

/** Where a chart comes from: the `repoURL`, `chart` and `targetRevision` of an Argo CD source. */
export interface ChartReference {
  /** `https://…` (Helm repository), `file://…` (folder with index.yaml), `oci://…` or a bare registry path. */
  readonly repository: string;
  readonly name: string;
  readonly version: string;
}

/** What Argo CD hands to `helm template` for one source of one Application. */
export interface RenderRequest {
  readonly chart: ChartReference;
  readonly releaseName: string;
  readonly namespace: string;
  /** Values layers in order, later ones win. Paths are kept, so that Helm's messages name them. */
  readonly values: readonly FileContent[];
  /** `--set` (`forceString`: `--set-string`) parameters in order. */
  readonly parameters: readonly RenderParameter[];
  /** Kubernetes version for `.Capabilities.KubeVersion`, such as `1.36.1`. */
  readonly kubeVersion: string;
  /** API versions for `.Capabilities.APIVersions`, such as `monitoring.coreos.com/v1`. */
  readonly apiVersions: readonly string[];
  /** Leaves out what is in the chart's `crds/`. */
  readonly skipCrds?: boolean;
  /** Leaves out the chart's test hooks. */
  readonly skipTests?: boolean;
  /** Does not check values against the chart's schema. */
  readonly skipSchemaValidation?: boolean;
}

export interface RenderParameter {
  readonly name: string;
  readonly value: string;
  readonly forceString: boolean;
}

/** Helm's output without blank lines at the ends of documents, and whether it came from the rendered-output cache. */
export interface RenderResult {
  readonly manifest: string;
  readonly fromCache: boolean;
  /** `sha256:…` of the chart archive that was rendered. */
  readonly chartDigest: string;
  /** Version of the Helm that rendered it, such as `v4.2.1`. */
  readonly helmVersion: string;
}

/**
 * Renders charts with Helm's engine. Implementations bound how many renders run at once, so callers
 * may ask for thousands together.
 */
export interface ChartRenderer {
  /**
   * Rejects with InputError when the chart or the values are at fault (Helm's own message is in the
   * error), RemoteError when the chart cannot be had, ToolError when Helm is missing, broken or slow.
   */
  render(request: RenderRequest, cancellation?: Cancellation): Promise<RenderResult>;
}
