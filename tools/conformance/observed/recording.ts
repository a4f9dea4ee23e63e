import { asString, at, type JsonObject } from '@tidegate/kube';

/** What a recording was made with; times in seconds. */
export interface RecordingSettings {
  readonly reconciliationSeconds: number;
  readonly waveDelaySeconds: number;
  readonly appsetRequeueSeconds: number;
  readonly repoErrorGraceSeconds: number;
  readonly helm?: string;
  /** Keys of `argocd-cm` beside those of the default installation. */
  readonly argocdCm: Readonly<Record<string, string>>;
}

/** A commit; a file that is null is deleted. */
export interface CommitAction {
  readonly repo: string;
  readonly branch: string;
  readonly id: string;
  readonly files: Readonly<Record<string, string | null>>;
  readonly tag?: string;
}

/** A patch of an object such as `ConfigMap/ns/name`. */
export interface PatchAction {
  readonly object: string;
  readonly type: 'merge' | 'json';
  readonly patch: JsonObject | readonly JsonObject[];
  readonly status?: boolean;
}

/** One action of a step. */
export type Action =
  | { readonly commit: CommitAction }
  | { readonly apply: JsonObject }
  | { readonly patch: PatchAction }
  | { readonly delete: { readonly object: string } }
  | { readonly wait: string };

/** One line of a timeline. */
export interface TimelineEntry {
  /** Seconds since the step began. */
  readonly t: number;
  readonly object: string;
  readonly change: string | Readonly<Record<string, unknown>>;
}

/** A finished operation. */
export type OperationRecord = JsonObject;

/** What was seen in a step, and in the same form what a replay saw. */
export interface StepOutcome {
  readonly timeline: readonly TimelineEntry[];
  readonly created: readonly (readonly string[])[];
  readonly deleted: readonly (readonly string[])[];
  readonly createdBy?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly generated?: readonly string[];
  readonly operations: Readonly<Record<string, readonly OperationRecord[]>>;
  readonly after: Readonly<Record<string, JsonObject>>;
  readonly live: Readonly<Record<string, JsonObject>>;
}

/** A step: what was done, and what came of it. */
export interface RecordedStep extends StepOutcome {
  readonly do: Action | readonly Action[];
  readonly lasts: number;
  /** Weekday and time, in UTC, when the step began. */
  readonly clock?: unknown;
}

/** A file of what a real Argo CD did. */
export interface Recording {
  readonly name?: string;
  readonly title: string;
  readonly settings: RecordingSettings;
  /** By repository, chart and version: the chart's files. */
  readonly charts?: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, ChartFiles>>>>>
  >;
  readonly notDeterministic?: readonly string[];
  readonly steps: readonly RecordedStep[];
}

export type ChartFiles = Readonly<Record<string, string>>;

/** The actions of a step, in order. */
export function actionsOf(step: RecordedStep): readonly Action[] {
  return Array.isArray(step.do) ? (step.do as readonly Action[]) : [step.do as Action];
}

/** How recordings name an object: `Kind/namespace/name`, or `Kind/name` without a namespace. */
export function objectName(object: JsonObject): string {
  const parts = [at(object, 'kind'), at(object, 'metadata', 'namespace')];
  return [...parts, at(object, 'metadata', 'name')].map(asString).filter(Boolean).join('/');
}

/** Objects that a step's actions make, and those that they delete. */
export function touchedBy(actions: readonly Action[]): {
  readonly applied: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
} {
  const applied = new Set<string>();
  const deleted = new Set<string>();
  for (const action of actions) {
    if ('apply' in action) applied.add(objectName(action.apply));
    if ('delete' in action) deleted.add(action.delete.object);
  }
  return { applied, deleted };
}

/** Kinds that the recorder watched. A recording that shows others is watched for those as well. */
export const watchedKinds: readonly string[] = [
  'AppProject',
  'Application',
  'ApplicationSet',
  'ConfigMap',
  'Deployment',
  'Gate',
  'Job',
  'Namespace',
  'ProjectApplicationTemplate',
  'Secret',
  'Service',
];
