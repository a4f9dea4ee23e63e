import {
  asObject,
  asNumber,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { matchesLabels, selectorOf } from '../selectors/label-selector.ts';
import { atLeast, countOrPercent, oneOf, selectorFaultsOf } from '../validation/checks.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { annotationFaults, labelFaultsOf } from '../validation/object-meta.ts';
import { podSpecFaults } from './pod-validation.ts';

/** Kinds that keep pods of a template; ReplicaSets speak of themselves as of Deployments. */
export type Workload = 'deployment' | 'replicaset' | 'statefulset' | 'daemonset';

/** Faults of a template at `spec.template`. */
export function templateFaults(object: JsonObject, policies: readonly string[]): FieldError[] {
  return podTemplateFaults(at(object, 'spec', 'template') ?? {}, 'spec.template', policies);
}

/** Faults of a template of pods anywhere. */
export function podTemplateFaults(
  template: Json,
  field: string,
  policies: readonly string[],
): FieldError[] {
  const spec = asObject(at(template, 'spec'));
  return [
    ...labelFaultsOf(asObject(at(template, 'metadata', 'labels')), `${field}.labels`),
    ...annotationFaults(asObject(at(template, 'metadata', 'annotations')), `${field}.annotations`),
    ...podSpecFaults(spec, `${field}.spec`, policies),
  ];
}

const words: Readonly<Record<Workload, string>> = {
  deployment: 'deployment',
  replicaset: 'deployment',
  statefulset: 'statefulset',
  daemonset: 'daemonset',
};
const invalidSelector: Readonly<Record<Workload, string | undefined>> = {
  deployment: 'invalid label selector',
  replicaset: 'invalid label selector',
  statefulset: '',
  daemonset: undefined,
};
const mismatch = '`selector` does not match template `labels`';

/** The selector of a workload must be there, say something, and match its template. */
export function selectorFaults(object: JsonObject, kind: Workload): FieldError[] {
  const selector = at(object, 'spec', 'selector');
  const labels = at(object, 'spec', 'template', 'metadata', 'labels') ?? null;
  const place = 'spec.template.metadata.labels';
  if (!isObject(selector)) {
    const missing = kind === 'daemonset' ? [] : [required('spec.selector')];
    return [...missing, invalidValue(place, labels, mismatch)];
  }
  const faults = selectorFaultsOf(selector, 'spec.selector');
  if (faults.length > 0) {
    const why = invalidSelector[kind];
    return why === undefined ? faults : [...faults, invalidValue('spec.selector', selector, why)];
  }
  if (Object.keys(selector).length === 0) {
    const why = `empty selector is invalid for ${words[kind]}`;
    return [invalidValue('spec.selector', selector, why)];
  }
  if (matchesLabels(selectorOf(selector), asObject(labels))) return [];
  return [invalidValue(place, labels, mismatch)];
}

const deadlineNames: Readonly<Record<Workload, string>> = {
  deployment: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
};

/** What all kinds with a selector and a template of pods are checked for. */
export function workloadFaults(object: JsonObject, kind: Workload): FieldError[] {
  const spec = asObject(object['spec']);
  const faults = [
    ...atLeast('spec.replicas', spec['replicas']),
    ...atLeast('spec.minReadySeconds', spec['minReadySeconds']),
    ...selectorFaults(object, kind),
    ...templateFaults(object, ['Always']),
  ];
  if (at(spec, 'template', 'spec', 'activeDeadlineSeconds') !== undefined) {
    const why = `activeDeadlineSeconds in ${deadlineNames[kind]} is not Supported`;
    faults.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
  }
  if (kind !== 'statefulset')
    faults.push(...atLeast('spec.revisionHistoryLimit', spec['revisionHistoryLimit']));
  return faults;
}

function isNothing(value: Json | undefined): boolean {
  return value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}

/** Faults of how a Deployment replaces pods. */
export function deploymentStrategyFaults(object: JsonObject): FieldError[] {
  const strategy = asObject(at(object, 'spec', 'strategy'));
  const type = asString(strategy['type']);
  const field = 'spec.strategy';
  const rolling = strategy['rollingUpdate'];
  if (type !== 'RollingUpdate' && type !== 'Recreate') {
    const shown = { Type: type, RollingUpdate: rolling ?? null };
    return [notSupported(field, shown, ['Recreate', 'RollingUpdate'])];
  }
  if (type === 'Recreate') {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    return rolling === undefined ? [] : [forbiddenField(`${field}.rollingUpdate`, why)];
  }
  const [surge, unavailable] = [at(rolling, 'maxSurge'), at(rolling, 'maxUnavailable')];
  const faults = [
    ...countOrPercent(`${field}.rollingUpdate.maxSurge`, surge, false),
    ...countOrPercent(`${field}.rollingUpdate.maxUnavailable`, unavailable),
  ];
  if (isNothing(surge) && isNothing(unavailable)) {
    const why = 'may not be 0 when `maxSurge` is 0';
    faults.push(invalidValue(`${field}.rollingUpdate.maxUnavailable`, unavailable ?? 0, why));
  }
  return faults;
}

/** A Deployment gives up after it could have been ready. */
export function deadlineFaults(object: JsonObject): FieldError[] {
  const deadline = at(object, 'spec', 'progressDeadlineSeconds');
  if (typeof deadline !== 'number') return [];
  const field = 'spec.progressDeadlineSeconds';
  const faults = atLeast(field, deadline);
  if (deadline > asNumber(at(object, 'spec', 'minReadySeconds'))) return faults;
  return [...faults, invalidValue(field, deadline, 'must be greater than minReadySeconds')];
}

/** Faults of how a StatefulSet replaces and orders pods. */
export function setPolicyFaults(object: JsonObject): FieldError[] {
  const policy = asString(at(object, 'spec', 'podManagementPolicy'));
  const update = asObject(at(object, 'spec', 'updateStrategy'));
  const type = asString(update['type']);
  const field = 'spec.updateStrategy';
  const faults: FieldError[] = [];
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    const why = "must be 'OrderedReady' or 'Parallel'";
    faults.push(invalidValue('spec.podManagementPolicy', policy, why));
  }
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    const shown = { Type: type, RollingUpdate: update['rollingUpdate'] ?? null };
    faults.push(invalidValue(field, shown, "must be 'RollingUpdate' or 'OnDelete'"));
  }
  const rolling = `${field}.rollingUpdate`;
  return [
    ...faults,
    ...atLeast(`${rolling}.partition`, at(update, 'rollingUpdate', 'partition')),
    ...countOrPercent(`${rolling}.maxUnavailable`, at(update, 'rollingUpdate', 'maxUnavailable')),
  ];
}

/** Faults of how a DaemonSet replaces pods. */
export function daemonPolicyFaults(object: JsonObject): FieldError[] {
  const update = asObject(at(object, 'spec', 'updateStrategy'));
  const type = asString(update['type']);
  const field = 'spec.updateStrategy';
  if (type === 'OnDelete') return [];
  const rolling = update['rollingUpdate'] ?? null;
  if (type !== 'RollingUpdate')
    return [
      notSupported(field, { Type: type, RollingUpdate: rolling }, ['RollingUpdate', 'OnDelete']),
    ];
  const [surge, unavailable] = [at(rolling, 'maxSurge'), at(rolling, 'maxUnavailable')];
  const faults = [
    ...countOrPercent(`${field}.rollingUpdate.maxUnavailable`, unavailable),
    ...countOrPercent(`${field}.rollingUpdate.maxSurge`, surge),
  ];
  if (isNothing(surge) && isNothing(unavailable)) {
    const place = `${field}.rollingUpdate.maxUnavailable`;
    faults.push(required(place, 'cannot be 0 when maxSurge is 0'));
  }
  return faults;
}

const jobPolicies = ['OnFailure', 'Never'];

/** Faults of the template of a Job: its pods must end. */
export function jobTemplateFaults(spec: JsonObject, field: string): FieldError[] {
  const policy = asString(at(spec, 'template', 'spec', 'restartPolicy'));
  const faults = podTemplateFaults(spec['template'] ?? {}, `${field}.template`, [
    'Always',
    ...jobPolicies,
  ]).filter((fault) => fault.field !== `${field}.template.spec.restartPolicy`);
  const place = `${field}.template.spec.restartPolicy`;
  if (policy === '' || policy === 'Always')
    return [...faults, required(place, 'valid values: "OnFailure", "Never"')];
  return [...faults, ...oneOf(place, policy, jobPolicies)];
}

/** Faults of a Job's spec, in a Job or in a CronJob. */
export function jobSpecFaults(spec: JsonObject, field: string): FieldError[] {
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
  ];
  const indexed = spec['completionMode'] === 'Indexed';
  const faults = counts.flatMap((key) => atLeast(`${field}.${key}`, spec[key]));
  const managedBy = asString(spec['managedBy']);
  if (managedBy !== '' && !/^[^/]+\/[^/]+/.test(managedBy)) {
    const why = 'must be a domain-prefixed path (such as "acme.io/foo")';
    faults.push(invalidValue(`${field}.managedBy`, managedBy, why));
  }
  faults.push(
    ...oneOf(`${field}.completionMode`, spec['completionMode'], ['NonIndexed', 'Indexed']),
  );
  if (indexed && spec['completions'] === undefined)
    faults.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  const perIndex = spec['backoffLimitPerIndex'];
  if (perIndex !== undefined && !indexed) {
    const why = 'requires indexed completion mode';
    faults.push(invalidValue(`${field}.backoffLimitPerIndex`, perIndex, why));
  }
  const replacement = ['Failed', 'TerminatingOrFailed'];
  return [
    ...faults,
    ...oneOf(`${field}.podReplacementPolicy`, spec['podReplacementPolicy'], replacement),
    ...failurePolicyFaults(spec, field),
    ...jobTemplateFaults(spec, field),
  ];
}

function failurePolicyFaults(spec: JsonObject, field: string): FieldError[] {
  const rules = at(spec, 'podFailurePolicy', 'rules');
  return (Array.isArray(rules) ? rules : []).flatMap((rule, index) => {
    const place = `${field}.podFailurePolicy.rules[${index}]`;
    const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
    const faults = oneOf(`${place}.action`, at(rule, 'action'), actions);
    const codes = at(rule, 'onExitCodes', 'values');
    const isIn = at(rule, 'onExitCodes', 'operator') === 'In';
    (Array.isArray(codes) ? codes : []).forEach((code, at_) => {
      if (!isIn || code !== 0) return;
      const why = 'must not be 0 for the In operator';
      faults.push(invalidValue(`${place}.onExitCodes.values[${at_}]`, code, why));
    });
    return faults;
  });
}

/** A Job makes its own selector, unless it says that it does not. */
export function jobSelectorFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const selector = spec['selector'];
  const labels = at(spec, 'template', 'metadata', 'labels') ?? null;
  const faults: FieldError[] = [];
  if (spec['manualSelector'] !== true) {
    const uid = asString(at(object, 'metadata', 'uid'));
    const own = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
    if (JSON.stringify(selector) !== JSON.stringify(own))
      faults.push(invalidValue('spec.selector', selector ?? null, '`selector` not auto-generated'));
  } else if (selector === undefined) faults.push(required('spec.selector'));
  const matches = isObject(selector) && matchesLabels(selectorOf(selector), asObject(labels));
  if (!matches) faults.push(invalidValue('spec.template.metadata.labels', labels, mismatch));
  return faults;
}

const macros = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);

/** Faults of a CronJob's spec. */
export function cronJobFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const policies = ['Allow', 'Forbid', 'Replace'];
  const job = jobSpecFaults(asObject(at(spec, 'jobTemplate', 'spec')), 'spec.jobTemplate.spec');
  return [
    ...scheduleFaults(asString(spec['schedule'])),
    ...zoneFaults(spec['timeZone']),
    ...atLeast('spec.startingDeadlineSeconds', spec['startingDeadlineSeconds']),
    ...oneOf('spec.concurrencyPolicy', spec['concurrencyPolicy'], policies),
    ...atLeast('spec.successfulJobsHistoryLimit', spec['successfulJobsHistoryLimit']),
    ...atLeast('spec.failedJobsHistoryLimit', spec['failedJobsHistoryLimit']),
    ...job,
  ];
}

function scheduleFaults(schedule: string): FieldError[] {
  const field = 'spec.schedule';
  if (schedule === '') return [required(field)];
  if (/\b(CRON_)?TZ=/.test(schedule)) {
    const why = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    return [invalidValue(field, schedule, why)];
  }
  if (macros.has(schedule) || /^@every \S+$/.test(schedule)) return [];
  const parts = schedule.trim().split(/\s+/);
  if (schedule.startsWith('@'))
    return [invalidValue(field, schedule, `unrecognized descriptor: ${schedule}`)];
  if (parts.length === 5) return [];
  const why = `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  return [invalidValue(field, schedule, why)];
}

function zoneFaults(zone: Json | undefined): FieldError[] {
  if (zone === undefined) return [];
  const name = asString(zone);
  const field = 'spec.timeZone';
  if (name === '') return [invalidValue(field, name, 'timeZone must be nil or non-empty string')];
  if (name.toLowerCase() === 'local') {
    const why =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalidValue(field, name, why)];
  }
  return isZone(name) ? [] : [invalidValue(field, name, `unknown time zone ${name}`)];
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
