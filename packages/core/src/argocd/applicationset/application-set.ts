import type { KubeMetadata } from '../sync/kube-object.ts';
import type { ApplicationTemplate } from './application-template.ts';
import type { Generator } from './generators/interpolate.ts';
import type { TemplateDialect } from './render-text.ts';

/** What a set may do with Applications that exist. */
export type ApplicationsSyncPolicy = 'create-only' | 'create-update' | 'create-delete' | 'sync';

/** The part of an ApplicationSet that decides anything here. */
export interface ApplicationSet {
  readonly metadata: KubeMetadata;
  readonly spec: ApplicationSetSpec;
  readonly status?: ApplicationSetStatus;
}

export interface ApplicationSetSpec {
  readonly goTemplate?: boolean;
  readonly goTemplateOptions?: readonly string[];
  readonly generators?: readonly Generator[];
  readonly template?: ApplicationTemplate;
  readonly templatePatch?: string;
  readonly syncPolicy?: {
    readonly preserveResourcesOnDeletion?: boolean;
    readonly applicationsSync?: ApplicationsSyncPolicy;
  };
  readonly preservedFields?: {
    readonly annotations?: readonly string[];
    readonly labels?: readonly string[];
  };
  readonly ignoreApplicationDifferences?: readonly IgnoredDifferences[];
  readonly strategy?: { readonly type?: string; readonly rollingSync?: unknown };
}

/** Fields of Applications that a set leaves as they are. */
export interface IgnoredDifferences {
  /** The Application; all of them where it is left out. */
  readonly name?: string;
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
}

export interface ApplicationSetStatus {
  readonly conditions?: readonly SetCondition[];
  readonly health?: { readonly status: string; readonly message?: string };
  readonly resources?: readonly unknown[];
  readonly resourcesCount?: number;
}

/** A condition of a set. */
export interface SetCondition {
  readonly type: SetConditionType;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

export type SetConditionType =
  'ErrorOccurred' | 'ParametersGenerated' | 'ResourcesUpToDate' | 'RolloutProgressing';

export function dialectOf({ goTemplate, goTemplateOptions }: ApplicationSetSpec): TemplateDialect {
  return { goTemplate: goTemplate ?? false, options: goTemplateOptions ?? [] };
}
