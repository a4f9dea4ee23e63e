import {
  asNumber,
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { forbidden } from '../status/status-error.ts';
import {
  type FieldError,
  forbiddenField,
  immutable,
  invalidValue,
  required,
} from '../validation/field-error.ts';
import { labelFaults, subdomainFaults } from '../validation/names.ts';
import {
  admittedPodSpec,
  defaultPodSpec,
  defaultTemplate,
  each,
  inside,
  preset,
  presets,
  qosClass,
} from './pod-defaults.ts';
import { podSpecFaults, podUpdateFaults } from './pod-validation.ts';
import type { KindContext, Strategy } from './strategy.ts';
import {
  cronJobFaults,
  daemonPolicyFaults,
  deadlineFaults,
  deploymentStrategyFaults,
  jobSelectorFaults,
  jobSpecFaults,
  podTemplateFaults,
  setPolicyFaults,
  templateFaults,
  workloadFaults,
} from './workload-validation.ts';

function withSpec(change: (spec: JsonObject) => JsonObject): (object: JsonObject) => JsonObject {
  return (object) => ({ ...object, spec: change(asObject(object['spec'])) });
}

function resetStatus(object: JsonObject): JsonObject {
  return without(object, 'status');
}

function sameSelector(next: JsonObject, live: JsonObject): FieldError[] {
  const now = at(next, 'spec', 'selector');
  if (equal(now, at(live, 'spec', 'selector'))) return [];
  return [invalidValue('spec.selector', now ?? null, immutable)];
}

const rolling = { maxUnavailable: '25%', maxSurge: '25%' };

/** A way to update, rolling where nothing else is said, and then with these defaults. */
function withRolling(given: Json | undefined, defaults: JsonObject): JsonObject {
  const update = preset(asObject(given), 'type', 'RollingUpdate');
  if (update['type'] !== 'RollingUpdate') return update;
  return { ...update, rollingUpdate: presets(asObject(update['rollingUpdate']), defaults) };
}

const deployment: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: (next, live) =>
    !equal(next['spec'], live['spec']) ||
    !equal(at(next, 'metadata', 'annotations'), at(live, 'metadata', 'annotations')),
  defaults: (object) =>
    defaultTemplate(
      withSpec((spec) => {
        return presets(
          { ...spec, strategy: withRolling(spec['strategy'], rolling) },
          { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
        );
      })(object),
      'spec',
      'template',
    ),
  prepareCreate: resetStatus,
  validate: deploymentFaults,
  validateUpdate: (next, live) => [...deploymentFaults(next), ...sameSelector(next, live)],
};

function deploymentFaults(object: JsonObject): FieldError[] {
  return [
    ...workloadFaults(object, 'deployment'),
    ...deploymentStrategyFaults(object),
    ...deadlineFaults(object),
  ];
}

const replicaSet: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  defaults: (object) =>
    defaultTemplate(withSpec((spec) => preset(spec, 'replicas', 1))(object), 'spec', 'template'),
  prepareCreate: resetStatus,
  validate: (object) => workloadFaults(object, 'replicaset'),
  validateUpdate: (next, live) => [
    ...workloadFaults(next, 'replicaset'),
    ...sameSelector(next, live),
  ],
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

/** A set's pods get a volume for each of its claims. */
function withClaimVolumes(object: JsonObject): JsonObject {
  const spec = asObject(object['spec']);
  const template = asObject(spec['template']);
  const pod = asObject(template['spec']);
  const claims = asArray(spec['volumeClaimTemplates']).map((claim) => ({
    name: at(claim, 'metadata', 'name') ?? '',
  }));
  const own = asArray(pod['volumes']).filter(
    (volume) => !claims.some(({ name }) => name === at(volume, 'name')),
  );
  const filled = { ...template, spec: { ...pod, volumes: [...own, ...claims] } };
  return { ...object, spec: { ...spec, template: filled } };
}

function setFaults(object: JsonObject): FieldError[] {
  return [...workloadFaults(withClaimVolumes(object), 'statefulset'), ...setPolicyFaults(object)];
}

const statefulSet: Strategy = {
  nameRule: labelFaults,
  generation: true,
  defaults: (object) =>
    defaultTemplate(
      withSpec((spec) => {
        const update = withRolling(spec['updateStrategy'], { partition: 0 });
        const claims = spec['volumeClaimTemplates'];
        const withClaims = Array.isArray(claims)
          ? { ...spec, volumeClaimTemplates: claims.map(defaultClaim) }
          : spec;
        return presets(
          { ...withClaims, updateStrategy: update },
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
  validate: setFaults,
  validateUpdate: (next, live) => {
    const fixed = (object: JsonObject): JsonObject =>
      without(asObject(object['spec']), ...openStatefulSet);
    return [
      ...setFaults(next),
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
        const updateStrategy = withRolling(spec['updateStrategy'], {
          maxUnavailable: 1,
          maxSurge: 0,
        });
        return preset({ ...spec, updateStrategy }, 'revisionHistoryLimit', 10);
      })(object),
      'spec',
      'template',
    ),
  // An annotation that old clients read counts the changes of the template.
  prepareCreate: (object) => withTemplateGeneration(resetStatus(object), 1),
  prepareUpdate: (next, live) => {
    const before = Number(at(live, 'metadata', 'annotations', templateGeneration) ?? 1);
    const isSame = equal(at(next, 'spec', 'template'), at(live, 'spec', 'template'));
    return withTemplateGeneration(next, isSame ? before : before + 1);
  },
  validate: daemonFaults,
  validateUpdate: (next, live) => [...daemonFaults(next), ...sameSelector(next, live)],
};

const templateGeneration = 'deprecated.daemonset.template.generation';

function withTemplateGeneration(object: JsonObject, generation: number): JsonObject {
  return withAt(object, ['metadata', 'annotations'], {
    ...asObject(at(object, 'metadata', 'annotations')),
    [templateGeneration]: String(generation),
  });
}

function daemonFaults(object: JsonObject): FieldError[] {
  return [...workloadFaults(object, 'daemonset'), ...daemonPolicyFaults(object)];
}

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
  const given = asObject(object['spec']);
  const tie = { 'batch.kubernetes.io/controller-uid': uid };
  const selector = {
    ...asObject(given['selector']),
    matchLabels: { ...asObject(at(given, 'selector', 'matchLabels')), ...tie },
  };
  const spec = presets({ ...given, selector }, { manualSelector: false });
  // The API server gives a Job without labels those of its template.
  const own = asObject(at(object, 'metadata', 'labels'));
  const labelled =
    Object.keys(own).length === 0 ? withAt(object, ['metadata', 'labels'], labels) : object;
  return withAt({ ...labelled, spec }, ['spec', 'template', 'metadata', 'labels'], labels);
}

function jobFaults(object: JsonObject): FieldError[] {
  return [...jobSpecFaults(asObject(object['spec']), 'spec'), ...jobSelectorFaults(object)];
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
  unknownField: (field) => `field label ${JSON.stringify(field)} not supported for Job`,
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
  validate: (object) => [...longNameFaults(object), ...cronJobFaults(object)],
  validateUpdate: cronJobFaults,
};

/** A CronJob's Jobs have eleven characters more in their names. */
function longNameFaults(object: JsonObject): FieldError[] {
  const name = asString(at(object, 'metadata', 'name'));
  if (name.length <= 52) return [];
  return [invalidValue('metadata.name', name, 'must be no more than 52 characters')];
}

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
      const out = podOnly(defaultPodSpec(spec));
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
  validate: podFaults,
  validateUpdate: podUpdateFaults,
  fields: {
    'spec.nodeName': (object) => asString(at(object, 'spec', 'nodeName')),
    'spec.restartPolicy': (object) => asString(at(object, 'spec', 'restartPolicy')),
    'spec.schedulerName': (object) => asString(at(object, 'spec', 'schedulerName')),
    'spec.serviceAccountName': (object) => asString(at(object, 'spec', 'serviceAccountName')),
    'status.podIPs': (object) =>
      asArray(at(object, 'status', 'podIPs'))
        .map((entry) => asString(at(entry, 'ip')))
        .join(','),
    'spec.hostNetwork': (object) => String(at(object, 'spec', 'hostNetwork') === true),
    'status.phase': (object) => asString(at(object, 'status', 'phase')),
    'status.podIP': (object) => asString(at(object, 'status', 'podIP')),
    'status.nominatedNodeName': (object) => asString(at(object, 'status', 'nominatedNodeName')),
  },
  unknownField: (field) => `field label not supported: ${field}`,
};

function podFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const faults = podSpecFaults(spec, 'spec', ['Always', 'OnFailure', 'Never']);
  if (asArray(spec['ephemeralContainers']).length > 0)
    faults.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  return faults;
}

/** A pod on the network of its node has its ports there, too; a negative grace period is the shortest. */
function podOnly(spec: JsonObject): JsonObject {
  const graced =
    asNumber(spec['terminationGracePeriodSeconds']) < 0
      ? { ...spec, terminationGracePeriodSeconds: 1 }
      : spec;
  if (graced['hostNetwork'] !== true) return graced;
  const onHost = (container: JsonObject): JsonObject =>
    each(container, 'ports', (port) =>
      asNumber(port['hostPort']) === 0 ? { ...port, hostPort: port['containerPort'] ?? 0 } : port,
    );
  return each(each(graced, 'containers', onHost), 'initContainers', onHost);
}

const podTemplate: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  answersObject: true,
  defaults: (object) => defaultTemplate(object, 'template'),
  validate: (object) =>
    podTemplateFaults(object['template'] ?? {}, 'template', ['Always', 'OnFailure', 'Never']),
};

const replicationController: Strategy = {
  ...replicaSet,
  orphansByDefault: true,
  fields: { 'status.replicas': (object) => String(asNumber(at(object, 'status', 'replicas'))) },
  unknownField: (field) => `field label not supported: ${field}`,
  validateUpdate: (next) => workloadFaults(next, 'replicaset'),
};

/** A ReplicationController selects by labels alone. */
function controllerFaults(object: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  const selector = asObject(at(object, 'spec', 'selector'));
  if (Object.keys(selector).length === 0) faults.push(required('spec.selector'));
  if (at(object, 'spec', 'template') === undefined) return [...faults, required('spec.template')];
  return [...faults, ...templateFaults(object, ['Always'])];
}

export const workloadStrategies: Readonly<Record<string, Strategy>> = {
  '/Pod': pod,
  '/PodTemplate': podTemplate,
  '/ReplicationController': {
    ...replicationController,
    defaults: (object) => {
      const labels = asObject(at(object, 'spec', 'template', 'metadata', 'labels'));
      const filled = replicaSet.defaults?.(object) ?? object;
      if (Object.keys(labels).length === 0) return filled;
      const selected =
        at(filled, 'spec', 'selector') === undefined
          ? withAt(filled, ['spec', 'selector'], labels)
          : filled;
      const own = asObject(at(object, 'metadata', 'labels'));
      return Object.keys(own).length > 0
        ? selected
        : withAt(selected, ['metadata', 'labels'], labels);
    },
    validate: controllerFaults,
    validateUpdate: controllerFaults,
  },
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
};
