import type { SourcePosition } from '../errors/tidegate-error.ts';
import type { ChartReference, RenderParameter } from '../ports/chart-renderer.ts';

/** What a manifest switches off (`helm.skipCrds` and others). */
export interface HelmSwitches {
  readonly crds: boolean;
  readonly tests: boolean;
  readonly schemaValidation: boolean;
}

/** One Application and what Argo CD would render for it. Plain data; nothing is read yet. */
export interface RenderTarget {
  /** Name of the Application; also the Helm release name unless the manifest says otherwise. */
  readonly application: string;
  readonly environment: string;
  /** Undefined for services. */
  readonly node: string | undefined;
  /** Name of the component or service. */
  readonly component: string;
  readonly wave: number;
  /** The Argo CD instance that renders it. */
  readonly instance: 'non-admin' | 'admin';
  readonly chart: ChartReference;
  readonly releaseName: string;
  readonly namespace: string;
  /** Value files in the manifest's order, relative to the repository that `$values` stands for. */
  readonly valueFiles: readonly string[];
  readonly ignoreMissingValueFiles: boolean;
  /** Values that the Application carries itself (`valuesObject`), as YAML; they come last. */
  readonly inlineValues: string | undefined;
  readonly parameters: readonly RenderParameter[];
  /** Helm's switches in the manifest. */
  readonly skip: HelmSwitches;
  /** Revision that `$values` is pinned to. */
  readonly valuesRevision: string;
  /** Where the manifest names the chart's version. */
  readonly position: SourcePosition;
}
