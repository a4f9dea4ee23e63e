import type { ApplicationSet, ApplicationsSyncPolicy } from './application-set.ts';
import { resourcesFinalizer, type GeneratedApplication } from './application-template.ts';
import type { Generation } from './generate-applications.ts';
import { requeueAfterSeconds } from './requeue.ts';
import { upToDate, type SetOutcome } from './set-conditions.ts';
import { applicationPermissions, type ApplicationPermissions } from './sync-policy.ts';
import {
  destinationFault,
  qualifiedName,
  validateApplications,
  type KnownCluster,
} from './validate-applications.ts';
import {
  applicationWriter,
  controllingSet,
  type ApplicationWrite,
  type GlobalPreservation,
} from './write-application.ts';

/** Everything that decides what a set does now, besides the set. */
export interface SetSurroundings {
  /** All Applications in the set's namespace. */
  readonly applications: readonly GeneratedApplication[];
  readonly projects: readonly string[];
  readonly clusters: readonly KnownCluster[];
  readonly preserved?: GlobalPreservation;
  readonly controllerPolicy?: ApplicationsSyncPolicy;
  /** Whether sets may have their own policy though the controller has one. */
  readonly policyOverride?: boolean;
  /** How often Argo CD looks at repositories, where a generator does not say. */
  readonly defaultRequeueSeconds?: number;
}

/** Something to do to one Application, and why. */
export type SetAction =
  | { readonly do: 'write'; readonly name: string; readonly write: ApplicationWrite }
  | {
      readonly do: 'delete';
      readonly name: string;
      /** The destination is no known cluster: the finalizer goes first, or deletion would hang. */
      readonly dropFinalizer: boolean;
    };

/** What a set does now. */
export interface SetDecision {
  /** Writes by name, then deletions. */
  readonly actions: readonly SetAction[];
  readonly outcome: SetOutcome;
  /** What is reported before anything is written: that some Applications are left out. */
  readonly validation: SetOutcome | undefined;
  /** Applications that are not written, with the reason. */
  readonly invalid: ReadonlyMap<string, string>;
  /**
   * Seconds until Argo CD looks again, even when nothing changes. Undefined: it does not, but after
   * a write that failed it tries again with a growing delay.
   */
  readonly requeueAfterSeconds: number | undefined;
}

/** How soon Argo CD tries again after a fault. */
const faultRequeueSeconds = 180;

/**
 * What a set does with what was generated. A fault in generating leaves everything as it is; faulty
 * Applications are left out, but not deleted.
 * Source: `Reconcile` in applicationset/controllers/applicationset_controller.go.
 */
export function decideSet(
  set: ApplicationSet,
  generation: Generation,
  around: SetSurroundings,
): SetDecision {
  if ('error' in generation) {
    const { error, reason } = generation;
    const outcome = { ...failure(reason, error), parametersGenerated: false };
    return {
      actions: [],
      outcome,
      validation: undefined,
      invalid: new Map(),
      requeueAfterSeconds: faultRequeueSeconds,
    };
  }
  const { applications } = generation;
  const setName = set.metadata.name ?? '';
  const invalid = validateApplications(applications, { setName, ...around });
  const valid = applications
    .filter((application) => !invalid.has(qualifiedName(application)))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const validation = validationOutcome(invalid);
  const writes = plannedWrites(set, valid, around);
  const problem = typeof writes === 'string' ? writes : firstRefusal(writes);
  if (problem !== undefined) {
    return {
      actions: typeof writes === 'string' ? [] : writes,
      outcome: writeFailure(set, problem, around),
      validation,
      invalid,
      requeueAfterSeconds: undefined,
    };
  }
  const requeue = requeueAfterSeconds(set, around.defaultRequeueSeconds);
  const faultRequeue = validation === undefined ? undefined : faultRequeueSeconds;
  return {
    actions: [...(writes as SetWrite[]), ...plannedDeletions(set, applications, around)],
    outcome: validation ?? upToDate,
    validation,
    invalid,
    requeueAfterSeconds: requeue ?? faultRequeue,
  };
}

/** Whose policy counts, that of the controller or that of a set. */
export type PolicyChoice = Pick<SetSurroundings, 'controllerPolicy' | 'policyOverride'>;

function permissionsOf(set: ApplicationSet, choice: PolicyChoice): ApplicationPermissions {
  return applicationPermissions(set, choice.controllerPolicy, choice.policyOverride);
}

/** The outcome when an Application could not be written. */
export function writeFailure(
  set: ApplicationSet,
  message: string,
  choice: PolicyChoice = {},
): SetOutcome {
  const { update } = permissionsOf(set, choice);
  return failure(update ? 'UpdateApplicationError' : 'CreateApplicationError', message);
}

/** The outcome when an Application could not be deleted. */
export function deleteFailure(message: string): SetOutcome {
  return failure('DeleteApplicationError', message);
}

/** The outcome when the refresh annotation could not be taken away. */
export function refreshFailure(message: string): SetOutcome {
  return failure('RefreshApplicationError', message);
}

function firstRefusal(writes: readonly SetWrite[]): string | undefined {
  const refused = writes.find(({ write }) => write.action === 'refuse');
  return refused?.write.action === 'refuse' ? refused.write.error : undefined;
}

function nameOf({ metadata }: GeneratedApplication): string {
  return metadata.name ?? '';
}

function failure(reason: string, message: string): SetOutcome {
  return { type: 'ErrorOccurred', reason, message, parametersGenerated: true };
}

function validationOutcome(invalid: ReadonlyMap<string, string>): SetOutcome | undefined {
  const last = [...invalid.keys()].sort().at(-1);
  if (last === undefined) return undefined;
  const others = invalid.size > 1 ? ` (and ${invalid.size - 1} more)` : '';
  return failure('ApplicationValidationError', `${invalid.get(last) ?? ''}${others}`);
}

type SetWrite = Extract<SetAction, { do: 'write' }>;

function plannedWrites(
  set: ApplicationSet,
  wanted: readonly GeneratedApplication[],
  around: SetSurroundings,
): SetWrite[] | string {
  const { applications, preserved } = around;
  const { update } = permissionsOf(set, around);
  const own = new Set(ownApplications(set, applications).map(nameOf));
  try {
    const write = applicationWriter(set, preserved);
    const live = new Map(applications.map((one) => [nameOf(one), one]));
    return wanted
      .filter((application) => update || !own.has(nameOf(application)))
      .map((application) => {
        const name = nameOf(application);
        return { do: 'write', name, write: write(application, live.get(name)) };
      });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function ownApplications(
  { metadata }: ApplicationSet,
  applications: readonly GeneratedApplication[],
): GeneratedApplication[] {
  return applications.filter((application) => controllingSet(application) === metadata.name);
}

function plannedDeletions(
  set: ApplicationSet,
  wanted: readonly GeneratedApplication[],
  around: SetSurroundings,
): SetAction[] {
  if (!permissionsOf(set, around).delete) return [];
  const { applications, clusters } = around;
  const names = new Set(wanted.map(nameOf));
  return ownApplications(set, applications)
    .filter((application) => !names.has(nameOf(application)))
    .map((application) => ({
      do: 'delete',
      name: nameOf(application),
      dropFinalizer: destinationFault(application.spec['destination'], clusters) !== undefined,
    }));
}

/** What the deletion of a set does. */
export interface SetDeletion {
  /** Applications that lose their owner, and so outlive the set. */
  readonly release: readonly string[];
  /** The set's finalizers that stay. */
  readonly finalizers: readonly string[];
}

/**
 * What happens when a set is being deleted: where it may not delete Applications they are released;
 * then its finalizer goes, and Kubernetes deletes the Applications that it still owns.
 */
export function decideSetDeletion(set: ApplicationSet, around: SetSurroundings): SetDeletion {
  const mayDelete = permissionsOf(set, around).delete;
  return {
    release: mayDelete ? [] : ownApplications(set, around.applications).map(nameOf),
    finalizers: (set.metadata.finalizers ?? []).filter((one) => one !== resourcesFinalizer),
  };
}
