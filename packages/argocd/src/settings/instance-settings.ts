import type { HealthChecks } from '@tidegate/core/argocd/health';
import type { HealthAnswer, KubeObject } from '@tidegate/core/argocd/sync';
import type { NodeSettings } from '../cluster/resource-node.ts';
import type { Application } from '../applications/application.ts';

/** Whether a live object differs from what is wanted. */
export interface Comparison {
  readonly modified: boolean;
}

/** Compares objects of one Application. */
export interface Differ {
  /** Why nothing can be compared, such as an expression that cannot be run. */
  readonly fault: string | undefined;
  /** Throws an Error where an expression of what to ignore cannot be run. */
  compare(target: KubeObject, live: KubeObject): Comparison;
  /** Compares with what the server says that an apply would make (`ServerSideDiff=true`). */
  compareServerSide(
    target: KubeObject,
    live: KubeObject,
    dryRun: { readonly predicted: KubeObject; readonly includeMutationWebhook: boolean },
  ): Comparison;
  /** A target with the ignored fields of the live object (`RespectIgnoreDifferences=true`). */
  withIgnoredFields(target: KubeObject, live: KubeObject): KubeObject;
}

/** What Argo CD's settings decide, as they are now. */
export interface InstanceSettings extends NodeSettings {
  /** Why the settings cannot be used; then nothing is compared. */
  readonly fault: string | undefined;
  /** Whether `ignoreResourceUpdates` counts at all. */
  readonly ignoresUpdates: boolean;
  readonly checks: HealthChecks;
  health(object: KubeObject): HealthAnswer;
  differ(application: Application): Differ;
  /** Marks a target as an Application's. */
  track(target: KubeObject, instance: string, namespace: string): KubeObject;
  /** Whether a live object belongs to the Application, not only to a copy of its annotations. */
  isOwn(live: KubeObject, target: KubeObject | undefined, application: string): boolean;
}
