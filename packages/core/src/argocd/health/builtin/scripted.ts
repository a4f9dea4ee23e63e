import type { ObjectHealth } from '../../sync/index.ts';
import type { Fields } from '../fields.ts';
import { health } from '../health-status.ts';

/**
 * Checks that Argo CD has as Lua and that are modelled here by their rules. Throws an Error where the
 * script fails.
 */

const isTrue = (condition: Fields): boolean => condition.text('status') === 'True';
const isFalse = (condition: Fields): boolean => condition.text('status') === 'False';

function ofType(conditions: readonly Fields[], type: string): Fields[] {
  return conditions.filter((condition) => condition.text('type') === type);
}

/** By its conditions only: no child counts. */
export function applicationSetHealth(object: Fields): ObjectHealth {
  const conditions = object.list('status', 'conditions');
  const upToDate = ofType(conditions, 'ResourcesUpToDate');
  const failure = ofType(conditions, 'ErrorOccurred').find(isTrue) ?? upToDate.find(isFalse);
  if (failure !== undefined) return health('Degraded', failure.text('message'));
  const rollout = ofType(conditions, 'RolloutProgressing').find(isTrue);
  if (rollout !== undefined) return health('Progressing', rollout.text('message'));
  const fine = upToDate.find(isTrue);
  if (fine !== undefined) return health('Healthy', fine.text('message'));
  return health('Progressing', 'Waiting for the status to be reported');
}

/** The first condition that decides, else whether the definition is established. */
export function customResourceDefinitionHealth(object: Fields): ObjectHealth {
  if (!object.has('status')) {
    throw new Error("<string>:10: attempt to index a non-table object(nil) with key 'conditions'");
  }
  const conditions = object.list('status', 'conditions');
  if (conditions.length === 0) return health('Progressing', 'Status conditions not found');
  let isEstablished = false;
  for (const condition of conditions) {
    const decided = definitionCondition(condition);
    if (decided !== undefined) return decided;
    if (condition.text('type') === 'Established' && isTrue(condition)) isEstablished = true;
  }
  return isEstablished
    ? health('Healthy', 'CRD is healthy')
    : health('Degraded', 'CRD is not established');
}

function definitionCondition(condition: Fields): ObjectHealth | undefined {
  const message = condition.text('message');
  switch (condition.text('type')) {
    case 'Terminating':
      return isTrue(condition)
        ? health('Progressing', `CRD is terminating: ${message}`)
        : undefined;
    case 'NamesAccepted':
      return isFalse(condition)
        ? health('Degraded', `CRD names have not been accepted: ${message}`)
        : undefined;
    case 'NonStructuralSchema':
      return isTrue(condition)
        ? health('Degraded', `Schema violations found: ${message}`)
        : undefined;
    case 'Established':
      return !isTrue(condition) && condition.text('reason') === 'Installing'
        ? health('Progressing', 'CRD is being installed')
        : undefined;
    default:
      return undefined;
  }
}

export function cronJobHealth(object: Fields): ObjectHealth {
  if (object.isTrue('spec', 'suspend')) return health('Healthy', 'CronJob is Suspended');
  if (!object.has('status')) return health('Progressing', 'Waiting for CronJob');
  const scheduled = object.text('status', 'lastScheduleTime');
  const succeeded = object.text('status', 'lastSuccessfulTime');
  if (scheduled === '') return health('Healthy', 'CronJob has not been scheduled yet');
  if (succeeded === '') {
    const text = 'The CronJob never completed successfully. It may not be healthy';
    return health('Healthy', text);
  }
  if (object.list('status', 'active').length > 0) {
    const text = 'The job is running. Its last execution may not have been successful';
    return health('Healthy', text);
  }
  if (succeeded < scheduled) {
    return health('Degraded', 'CronJob has not completed its last execution successfully');
  }
  return health('Healthy', 'CronJob has completed its last execution successfully');
}

/** The first condition that is not met, unless for want of pods; else the last one. */
export function disruptionBudgetHealth(object: Fields): ObjectHealth {
  const conditions = object.list('status', 'conditions');
  const failed = conditions.find(
    (condition) => isFalse(condition) && condition.text('reason') !== 'InsufficientPods',
  );
  const last = failed ?? conditions.at(-1);
  if (last === undefined) return health('Progressing', 'Waiting for status');
  const text = `PodDisruptionBudget has ${last.text('reason')}`;
  return health(failed === undefined ? 'Healthy' : 'Degraded', text);
}
