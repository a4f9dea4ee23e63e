import {
  asNumber,
  asObject,
  asString,
  at,
  equal,
  isObject,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { matchesLabels, selectorOf } from '../selectors/label-selector.ts';
import { forbidden } from '../status/status-error.ts';
import {
  type FieldError,
  forbiddenField,
  immutable,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { labelFaultsOf } from '../validation/object-meta.ts';
import { subdomainFaults } from '../validation/names.ts';
import {
  admittedPodSpec,
  defaultPodSpec,
  defaultTemplate,
  inside,
  preset,
  presets,
  qosClass,
} from './pod-defaults.ts';
import { notNegative, podSpecFaults, podUpdateFaults } from './pod-validation.ts';
import type { KindContext, Strategy } from './strategy.ts';

function withSpec(change: (spec: JsonObject) => JsonObject): (object: JsonObject) => JsonObject {
  return (object) => ({ ...object, spec: change(asObject(object['spec'])) });
}

function resetStatus(object: JsonObject): JsonObject {
  return without(object, 'status');
}

/** Faults of the template of a workload. */
function templateFaults(object: JsonObject, policies: readonly string[]): FieldError[] {
  const template = asObject(at(object, 'spec', 'template'));
  return [
    ...labelFaultsOf(asObject(at(template, 'metadata', 'labels')), 'spec.template.labels'),
    ...podSpecFaults(asObject(template['spec']), 'spec.template.spec', policies),
  ];
}

/** The selector of a workload must be there and match its template. */
function selectorFaults(object: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  const selector = at(object, 'spec', 'selector');
  const labels = asObject(at(object, 'spec', 'template', 'metadata', 'labels'));
  const isEmpty = isObject(selector) && Object.keys(selector).length === 0;
  if (!isObject(selector)) faults.push(required('spec.selector'));
  else if (isEmpty)
    faults.push(
      invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'),
    );
  if (!isObject(selector) || isEmpty || !matchesLabels(selectorOf(selector), labels)) {
    faults.push(
      invalidValue(
        'spec.template.metadata.labels',
        labels,
        '`selector` does not match template `labels`',
      ),
    );
  }
  return faults;
}

function sameSelector(next: JsonObject, live: JsonObject): FieldError[] {
  const now = at(next, 'spec', 'selector');
  if (equal(now, at(live, 'spec', 'selector'))) return [];
  return [invalidValue('spec.selector', now ?? null, immutable)];
}

function workloadFaults(object: JsonObject): FieldError[] {
  return [
    ...notNegative('spec.replicas', at(object, 'spec', 'replicas')),
    ...notNegative('spec.minReadySeconds', at(object, 'spec', 'minReadySeconds')),
    ...selectorFaults(object),
    ...templateFaults(object, ['Always']),
  ];
}

const rolling = { maxUnavailable: '25%', maxSurge: '25%' };

const deployment: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: (next, live) =>
    !equal(next['spec'], live['spec']) ||
    !equal(at(next, 'metadata', 'annotations'), at(live, 'metadata', 'annotations')),
  defaults: (object) =>
    defaultTemplate(
      withSpec((spec) => {
        const strategy = preset(asObject(spec['strategy']), 'type', 'RollingUpdate');
        const filled =
          strategy['type'] === 'RollingUpdate'
            ? { ...strategy, rollingUpdate: presets(asObject(strategy['rollingUpdate']), rolling) }
            : strategy;
        return presets(
          { ...spec, strategy: filled },
          { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
        );
      })(object),
      'spec',
      'template',
    ),
  prepareCreate: resetStatus,
  validate: (object) => [...workloadFaults(object), ...deploymentStrategyFaults(object)],
  validateUpdate: (next, live) => [
    ...workloadFaults(next),
    ...deploymentStrategyFaults(next),
    ...sameSelector(next, live),
  ],
};

function deploymentStrategyFaults(object: JsonObject): FieldError[] {
  const type = asString(at(object, 'spec', 'strategy', 'type'));
  const field = 'spec.strategy';
  if (type !== 'RollingUpdate' && type !== 'Recreate')
    return [notSupported(`${field}.type`, type, ['Recreate', 'RollingUpdate'])];
  if (type === 'Recreate' && at(object, 'spec', 'strategy', 'rollingUpdate') !== undefined) {
    return [
      forbiddenField(
        `${field}.rollingUpdate`,
        "may not be specified when strategy `type` is 'Recreate'",
      ),
    ];
  }
  return [];
}

const replicaSet: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  defaults: (object) =>
    defaultTemplate(withSpec((spec) => preset(spec, 'replicas', 1))(object), 'spec', 'template'),
  prepareCreate: resetStatus,
  validate: workloadFaults,
  validateUpdate: (next, live) => [...workloadFaults(next), ...sameSelector(next, live)],
  fields: { 'status.replicas': (object) => String(asNumber(at(object, 'status', 'replicas'))) },
};

const fixedStatefulSet =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const openStatefulSet = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function defaultClaim(claim: Json): Json {
  const object = asObject(claim);
  return {
    ...presets(object, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' }),
    spec: preset(asObject(object['spec']), 'volumeMode', 'Filesystem'),
    status: presets(asObject(object['status']), { phase: 'Pending' }),
  };
}

const statefulSet: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  defaults: (object) =>
    defaultTemplate(
      withSpec((spec) => {
        const update = preset(asObject(spec['updateStrategy']), 'type', 'RollingUpdate');
        const filled =
          update['type'] === 'RollingUpdate'
            ? {
                ...update,
                rollingUpdate: preset(asObject(update['rollingUpdate']), 'partition', 0),
              }
            : update;
        const claims = spec['volumeClaimTemplates'];
        const withClaims = Array.isArray(claims)
          ? { ...spec, volumeClaimTemplates: claims.map(defaultClaim) }
          : spec;
        return presets(
          { ...withClaims, updateStrategy: filled },
          {
            podManagementPolicy: 'OrderedReady',
            replicas: 1,
            revisionHistoryLimit: 10,
            persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          },
        );
      })(object),
      'spec',
      'template',
    ),
  prepareCreate: resetStatus,
  validate: workloadFaults,
  validateUpdate: (next, live) => {
    const fixed = (object: JsonObject): JsonObject =>
      without(asObject(object['spec']), ...openStatefulSet);
    return [
      ...workloadFaults(next),
      ...(equal(fixed(next), fixed(live)) ? [] : [forbiddenField('spec', fixedStatefulSet)]),
    ];
  },
};

const daemonSet: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  defaults: (object) =>
    defaultTemplate(
      withSpec((spec) => {
        const update = preset(asObject(spec['updateStrategy']), 'type', 'RollingUpdate');
        const filled =
          update['type'] === 'RollingUpdate'
            ? {
                ...update,
                rollingUpdate: presets(asObject(update['rollingUpdate']), {
                  maxUnavailable: 1,
                  maxSurge: 0,
                }),
              }
            : update;
        return preset({ ...spec, updateStrategy: filled }, 'revisionHistoryLimit', 10);
      })(object),
      'spec',
      'template',
    ),
  prepareCreate: resetStatus,
  validate: workloadFaults,
  validateUpdate: (next, live) => [...workloadFaults(next), ...sameSelector(next, live)],
};

function defaultJobSpec(spec: JsonObject): JsonObject {
  const both = spec['completions'] === undefined && spec['parallelism'] === undefined;
  const filled = both
    ? presets(spec, { completions: 1, parallelism: 1 })
    : preset(spec, 'parallelism', 1);
  return presets(filled, {
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
}

/** The selector and labels that tie a Job to its pods. */
function tieJob(object: JsonObject): JsonObject {
  if (at(object, 'spec', 'manualSelector') === true) return object;
  const uid = asString(at(object, 'metadata', 'uid'));
  const name = asString(at(object, 'metadata', 'name'));
  const tied = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const labels = { ...asObject(at(object, 'spec', 'template', 'metadata', 'labels')), ...tied };
  const spec = presets(asObject(object['spec']), {
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    manualSelector: false,
  });
  // The API server gives a Job without labels those of its template.
  const own = asObject(at(object, 'metadata', 'labels'));
  const labelled =
    Object.keys(own).length === 0 ? withAt(object, ['metadata', 'labels'], labels) : object;
  return withAt({ ...labelled, spec }, ['spec', 'template', 'metadata', 'labels'], labels);
}

function jobFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  return [
    ...[
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
    ].flatMap((key) => notNegative(`spec.${key}`, spec[key])),
    ...templateFaults(object, ['OnFailure', 'Never']),
    ...jobPolicyFaults(spec),
  ];
}

function jobPolicyFaults(spec: JsonObject): FieldError[] {
  if (asString(at(spec, 'template', 'spec', 'restartPolicy')) !== '') return [];
  return [required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"')];
}

function fixedJob(next: JsonObject, live: JsonObject): FieldError[] {
  const suspended =
    at(live, 'spec', 'suspend') === true && at(live, 'status', 'startTime') === undefined;
  const keys = [
    'completions',
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ];
  if (!suspended) keys.splice(2, 0, 'template');
  return keys
    .filter((key) => !equal(at(next, 'spec', key), at(live, 'spec', key)))
    .map((key) => invalidValue(`spec.${key}`, at(next, 'spec', key) ?? null, immutable));
}

const job: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  orphansByDefault: true,
  defaults: (object) => defaultTemplate(withSpec(defaultJobSpec)(object), 'spec', 'template'),
  prepareCreate: (object) => tieJob(resetStatus(object)),
  validate: jobFaults,
  validateUpdate: (next, live) => [...jobFaults(next), ...fixedJob(next, live)],
  fields: { 'status.successful': (object) => String(asNumber(at(object, 'status', 'succeeded'))) },
};

const cronJob: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  defaults: (object) => {
    const filled = withSpec((spec) =>
      presets(spec, {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      }),
    )(object);
    return defaultTemplate(filled, 'spec', 'jobTemplate', 'spec', 'template');
  },
  prepareCreate: resetStatus,
  validate: (object) => {
    const schedule = asString(at(object, 'spec', 'schedule'));
    const template = asObject(at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec'));
    return [
      ...(schedule === '' ? [required('spec.schedule')] : []),
      ...podSpecFaults(template, 'spec.jobTemplate.spec.template.spec', ['OnFailure', 'Never']),
    ];
  },
};

/** What a pod gets by its priority class. */
function withPriority(spec: JsonObject, name: string, context: KindContext): JsonObject {
  const wanted = asString(spec['priorityClassName']);
  const builtin: Readonly<Record<string, number>> = {
    'system-node-critical': 2000001000,
    'system-cluster-critical': 2000000000,
  };
  const known = builtin[wanted];
  if (known !== undefined)
    return presets(spec, { priority: known, preemptionPolicy: 'PreemptLowerPriority' });
  const classes = context.list('priorityclasses.scheduling.k8s.io');
  const found = classes.find((entry) =>
    wanted === '' ? entry['globalDefault'] === true : at(entry, 'metadata', 'name') === wanted,
  );
  if (found === undefined && wanted !== '') {
    throw forbidden(
      { group: '', resource: 'pods' },
      name,
      `no PriorityClass with name ${wanted} was found`,
    );
  }
  const value = found === undefined ? 0 : asNumber(found['value']);
  const policy = found === undefined ? 'PreemptLowerPriority' : asString(found['preemptionPolicy']);
  const named =
    found !== undefined && wanted === ''
      ? { ...spec, priorityClassName: at(found, 'metadata', 'name') ?? '' }
      : spec;
  return presets(named, { priority: value, preemptionPolicy: policy });
}

const pod: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  answersObject: true,
  defaults: (object) => {
    const ips = asString(at(object, 'status', 'podIP'));
    const filled = inside(object, 'spec', (spec) => {
      const out = defaultPodSpec(spec);
      return out['enableServiceLinks'] === undefined ? { ...out, enableServiceLinks: true } : out;
    });
    if (ips === '' || at(object, 'status', 'podIPs', 0, 'ip') === ips) return filled;
    return withAt(filled, ['status', 'podIPs'], [{ ip: ips }]);
  },
  admit: (object, context, live) => {
    if (live !== undefined) return object;
    const name = asString(at(object, 'metadata', 'name'));
    return {
      ...object,
      spec: withPriority(admittedPodSpec(asObject(object['spec'])), name, context),
    };
  },
  prepareCreate: (object) => ({
    ...object,
    status: { phase: 'Pending', qosClass: qosClass(asObject(object['spec'])) },
  }),
  prepareStatus: (next, live) => {
    const qos = at(live, 'status', 'qosClass');
    return qos === undefined ? next : withAt(next, ['status', 'qosClass'], qos);
  },
  validate: (object) =>
    podSpecFaults(asObject(object['spec']), 'spec', ['Always', 'OnFailure', 'Never']),
  validateUpdate: podUpdateFaults,
  fields: {
    'spec.nodeName': (object) => asString(at(object, 'spec', 'nodeName')),
    'spec.restartPolicy': (object) => asString(at(object, 'spec', 'restartPolicy')),
    'spec.schedulerName': (object) => asString(at(object, 'spec', 'schedulerName')),
    'spec.serviceAccountName': (object) => asString(at(object, 'spec', 'serviceAccountName')),
    'spec.hostNetwork': (object) => String(at(object, 'spec', 'hostNetwork') === true),
    'status.phase': (object) => asString(at(object, 'status', 'phase')),
    'status.podIP': (object) => asString(at(object, 'status', 'podIP')),
    'status.nominatedNodeName': (object) => asString(at(object, 'status', 'nominatedNodeName')),
  },
  unknownField: (field) => `field label not supported: ${field}`,
};

const podTemplate: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  answersObject: true,
  defaults: (object) => defaultTemplate(object, 'template'),
};

const replicationController: Strategy = {
  ...replicaSet,
  orphansByDefault: true,
  validateUpdate: workloadFaults,
};

export const workloadStrategies: Readonly<Record<string, Strategy>> = {
  '/Pod': pod,
  '/PodTemplate': podTemplate,
  '/ReplicationController': {
    ...replicationController,
    validate: (object) => templateFaults(object, ['Always']),
    validateUpdate: () => [],
  },
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
};
