import { asArray, asNumber, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { nameOf, namespaceOf } from './objects.ts';

/** What a Job's policy says about a pod that failed. */
export interface FailureVerdict {
  readonly action: 'Count' | 'FailJob' | 'Ignore';
  /** Why, in Kubernetes' words. */
  readonly message: string;
}

const counted: FailureVerdict = { action: 'Count', message: '' };

/**
 * The first rule of `spec.podFailurePolicy` that a failed pod matches decides; without one it counts (Kubernetes
 * pkg/controller/job/pod_failure_policy.go). Rules about indexes of a Job are passed over.
 */
export function judgeFailure(job: JsonObject, pod: JsonObject): FailureVerdict {
  const rules = asArray(at(job, 'spec', 'podFailurePolicy', 'rules'));
  for (const [index, rule] of rules.entries()) {
    const action = asString(at(rule, 'action'));
    const why = matchingExit(rule, pod) ?? matchingCondition(rule, pod);
    if (why === undefined || (action !== 'FailJob' && action !== 'Ignore' && action !== 'Count'))
      continue;
    return { action, message: `${why} matching ${action} rule at index ${index}` };
  }
  return counted;
}

function matchingExit(rule: Json, pod: JsonObject): string | undefined {
  const wanted = at(rule, 'onExitCodes');
  if (wanted === undefined) return undefined;
  const values = asArray(at(wanted, 'values'));
  const only = at(wanted, 'containerName');
  const isIn = at(wanted, 'operator') === 'In';
  const statuses = [
    ...asArray(at(pod, 'status', 'initContainerStatuses')),
    ...asArray(at(pod, 'status', 'containerStatuses')),
  ];
  for (const status of statuses) {
    const name = asString(at(status, 'name'));
    const code = asNumber(at(status, 'state', 'terminated', 'exitCode'));
    if (code === 0 || (typeof only === 'string' && only !== name)) continue;
    if (values.includes(code) === isIn)
      return `Container ${name} for pod ${namespaceOf(pod)}/${nameOf(pod)} failed with exit code ${code}`;
  }
  return undefined;
}

function matchingCondition(rule: Json, pod: JsonObject): string | undefined {
  for (const wanted of asArray(at(rule, 'onPodConditions'))) {
    const type = asString(at(wanted, 'type'));
    const status = asString(at(wanted, 'status')) || 'True';
    const found = asArray(at(pod, 'status', 'conditions')).some(
      (entry) => at(entry, 'type') === type && at(entry, 'status') === status,
    );
    if (found) return `Pod ${namespaceOf(pod)}/${nameOf(pod)} has condition ${type}`;
  }
  return undefined;
}
