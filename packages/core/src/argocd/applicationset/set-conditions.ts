import type { ApplicationSetStatus, SetCondition, SetConditionType } from './application-set.ts';

/** What a reconciliation of a set came to. */
export interface SetOutcome {
  readonly type: 'ResourcesUpToDate' | 'ErrorOccurred';
  readonly reason: string;
  readonly message: string;
  /** Whether all parameters could be generated. */
  readonly parametersGenerated: boolean;
}

/** The outcome when everything is as it should be. */
export const upToDate: SetOutcome = {
  type: 'ResourcesUpToDate',
  reason: 'ApplicationSetUpToDate',
  message: 'All applications have been generated successfully',
  parametersGenerated: true,
};

/**
 * The conditions and the health of a set after an outcome; the conditions are the same list when
 * nothing changed. Argo CD knows no rollouts here: progressive syncs are refused.
 * Source: `setApplicationSetStatusCondition` in
 * applicationset/controllers/applicationset_controller.go and `SetConditions` in
 * pkg/apis/application/v1alpha1/applicationset_types.go.
 */
export function withOutcome(
  status: ApplicationSetStatus,
  outcome: SetOutcome,
  now: string,
): Pick<ApplicationSetStatus, 'conditions' | 'health'> {
  const before = status.conditions ?? [];
  const evaluated = new Set<SetConditionType>([
    'ParametersGenerated',
    'RolloutProgressing',
    'ErrorOccurred',
    'ResourcesUpToDate',
  ]);
  const kept = before.filter(({ type }) => !evaluated.has(type));
  const fresh = conditionsOf(outcome).map((condition) => {
    const existing = before.find(({ type }) => type === condition.type);
    return existing !== undefined && isSame(existing, condition)
      ? existing
      : { ...condition, lastTransitionTime: now };
  });
  const conditions = [...kept, ...fresh].sort((a, b) => (a.type < b.type ? -1 : 1));
  const unchanged =
    conditions.length === before.length &&
    conditions.every((condition, index) => isUnchanged(condition, before[index]));
  return { conditions: unchanged ? before : conditions, health: setHealth(conditions) };
}

function isUnchanged(condition: SetCondition, before: SetCondition | undefined): boolean {
  return before?.type === condition.type && isSame(before, condition);
}

function isSame(a: SetCondition, b: SetCondition): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message;
}

function conditionsOf({ type, reason, message, parametersGenerated }: SetOutcome): SetCondition[] {
  const generated: SetCondition = parametersGenerated
    ? {
        type: 'ParametersGenerated',
        status: 'True',
        reason: 'ParametersGenerated',
        message: 'Successfully generated parameters for all Applications',
      }
    : { type: 'ParametersGenerated', status: 'False', reason: 'ErrorOccurred', message };
  const opposite: SetCondition =
    type === 'ResourcesUpToDate'
      ? { type: 'ErrorOccurred', status: 'False', reason, message }
      : { type: 'ResourcesUpToDate', status: 'False', reason: 'ErrorOccurred', message };
  return [{ type, status: 'True', reason, message }, generated, opposite];
}

/**
 * Health of a set by its conditions.
 * Source: `CalculateHealth` in pkg/apis/application/v1alpha1/applicationset_types.go.
 */
export function setHealth(conditions: readonly SetCondition[]): {
  readonly status: string;
  readonly message: string;
} {
  if (conditions.length === 0) {
    return { status: 'Unknown', message: 'No status conditions found for ApplicationSet' };
  }
  const holds = (type: SetConditionType): SetCondition | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True');
  const error = holds('ErrorOccurred');
  if (error !== undefined) return { status: 'Degraded', message: error.message };
  const progressing = holds('RolloutProgressing');
  if (progressing !== undefined) return { status: 'Progressing', message: progressing.message };
  const current = holds('ResourcesUpToDate');
  return current === undefined
    ? { status: 'Unknown', message: 'Waiting for health status to be determined' }
    : { status: 'Healthy', message: current.message };
}
