import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  without,
} from '../json/value.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from '../validation/field-error.ts';
import { pathSegmentFaults, subdomainFaults } from '../validation/names.ts';
import { definition } from './definition.ts';
import { each, inside, preset, presets } from './pod-defaults.ts';
import { notNegative } from './pod-validation.ts';
import type { Strategy } from './strategy.ts';

const lease: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: true,
  validate: leaseFaults,
  validateUpdate: (next) => leaseFaults(next),
};

function leaseFaults(object: JsonObject): FieldError[] {
  const duration = at(object, 'spec', 'leaseDurationSeconds');
  const faults: FieldError[] = [];
  if (typeof duration === 'number' && duration <= 0) {
    faults.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  return [
    ...faults,
    ...notNegative('spec.leaseTransitions', at(object, 'spec', 'leaseTransitions')),
  ];
}

const ingress: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  createOnUpdate: true,
  prepareCreate: (object) => ({ ...object, status: { loadBalancer: {} } }),
  validate: ingressFaults,
  validateUpdate: (next) => ingressFaults(next),
};

function ingressFaults(object: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  const spec = asObject(object['spec']);
  const rules = asArray(spec['rules']);
  if (rules.length === 0 && spec['defaultBackend'] === undefined) {
    faults.push(
      invalidValue(
        'spec',
        { verbatim: '{}' },
        'either `defaultBackend` or `rules` must be specified',
      ),
    );
  }
  rules.forEach((rule, index) => {
    asArray(at(rule, 'http', 'paths')).forEach((path, place) => {
      const field = `spec.rules[${index}].http.paths[${place}]`;
      const type = asString(at(path, 'pathType'));
      const value = asString(at(path, 'path'));
      if (type === '') faults.push(required(`${field}.pathType`, 'pathType must be specified'));
      else if (type !== 'ImplementationSpecific' && !value.startsWith('/')) {
        faults.push(invalidValue(`${field}.path`, value, 'must be an absolute path'));
      }
    });
  });
  return faults;
}

const networkPolicy: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  createOnUpdate: false,
  defaults: (object) =>
    inside(object, 'spec', (spec) => {
      const ports = (rule: JsonObject): JsonObject =>
        each(rule, 'ports', (port) => preset(port, 'protocol', 'TCP'));
      const filled = each(each(spec, 'ingress', ports), 'egress', ports);
      if (asArray(filled['policyTypes']).length > 0) return filled;
      return {
        ...filled,
        policyTypes: asArray(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'],
      };
    }),
};

const budget: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  prepareCreate: (object) => without(object, 'status'),
  validate: (object) => {
    const spec = asObject(object['spec']);
    if (spec['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return [];
    const shown = {
      MinAvailable: spec['minAvailable'],
      Selector: spec['selector'] ?? null,
      MaxUnavailable: spec['maxUnavailable'],
      UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
    };
    return [invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set')];
  },
};

const priorityClass: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: () => false,
  defaults: (object) => preset(object, 'preemptionPolicy', 'PreemptLowerPriority'),
  validate: (object) => {
    const name = asString(at(object, 'metadata', 'name'));
    if (!name.startsWith('system-')) return [];
    const why = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
    return [forbiddenField('metadata.name', why)];
  },
  validateUpdate: (next, live) =>
    ['value', 'preemptionPolicy']
      .filter((key) => !equal(next[key], live[key]))
      .map((key) => forbiddenField(key, 'may not be changed in an update.')),
};

const rbacGroup = 'rbac.authorization.k8s.io';

function defaultSubject(subject: JsonObject): JsonObject {
  const group = subject['kind'] === 'ServiceAccount' ? '' : rbacGroup;
  return group === '' ? subject : preset(subject, 'apiGroup', group);
}

function roleRefFaults(object: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  const name = asString(at(object, 'roleRef', 'name'));
  const kinds = object['kind'] === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const kind = asString(at(object, 'roleRef', 'kind'));
  if (!kinds.includes(kind)) {
    const list = kinds.map((entry) => JSON.stringify(entry)).join(', ');
    faults.push({
      reason: 'FieldValueNotSupported',
      field: 'roleRef.kind',
      message: `Unsupported value: ${JSON.stringify(kind)}: supported values: ${list}`,
    });
  }
  if (name === '') faults.push(required('roleRef.name'));
  return faults;
}

const binding: Strategy = {
  nameRule: pathSegmentFaults,
  defaults: (object) =>
    each(
      inside(object, 'roleRef', (ref) => preset(ref, 'apiGroup', rbacGroup)),
      'subjects',
      defaultSubject,
    ),
  validate: roleRefFaults,
  validateUpdate: (next, live) => {
    const now = asObject(next['roleRef']);
    if (equal(now, live['roleRef'])) return roleRefFaults(next);
    const shown = {
      APIGroup: now['apiGroup'] ?? '',
      Kind: now['kind'] ?? '',
      Name: now['name'] ?? '',
    };
    return [...roleRefFaults(next), invalidValue('roleRef', shown, 'cannot change roleRef')];
  },
};

function ruleFaults(object: JsonObject): FieldError[] {
  return asArray(object['rules']).flatMap((rule: Json, index) => {
    const field = `rules[${index}]`;
    const faults: FieldError[] = [];
    if (asArray(at(rule, 'verbs')).length === 0)
      faults.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
    if (asArray(at(rule, 'nonResourceURLs')).length > 0) return faults;
    if (asArray(at(rule, 'apiGroups')).length === 0) {
      faults.push(
        required(`${field}.apiGroups`, 'resource rules must supply at least one api group'),
      );
    }
    if (asArray(at(rule, 'resources')).length === 0) {
      faults.push(
        required(`${field}.resources`, 'resource rules must supply at least one resource'),
      );
    }
    return faults;
  });
}

const role: Strategy = {
  nameRule: pathSegmentFaults,
  validate: ruleFaults,
  validateUpdate: (next) => ruleFaults(next),
};

const autoscaler: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: false,
  defaults: (object) => inside(object, 'spec', (spec) => preset(spec, 'minReplicas', 1)),
  prepareCreate: (object) => without(object, 'status'),
};

const webhooks: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: (next, live) => !equal(next['webhooks'], live['webhooks']),
  defaults: (object) =>
    each(object, 'webhooks', (hook) => {
      const filled = presets(hook, {
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
      });
      const reinvoked =
        object['kind'] === 'MutatingWebhookConfiguration'
          ? preset(filled, 'reinvocationPolicy', 'Never')
          : filled;
      const ruled = each(reinvoked, 'rules', (rule) => preset(rule, 'scope', '*'));
      return inside(ruled, 'clientConfig', (client) =>
        inside(client, 'service', (service) => preset(service, 'port', 443)),
      );
    }),
};

const storageClass: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: false,
  defaults: (object) =>
    presets(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
};

const slice: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: (next, live) => !equal(without(next, 'metadata'), without(live, 'metadata')),
  defaults: (object) =>
    each(object, 'ports', (port) => presets(port, { name: '', protocol: 'TCP' })),
};

export const otherStrategies: Readonly<Record<string, Strategy>> = {
  'coordination.k8s.io/Lease': lease,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
  'networking.k8s.io/IngressClass': { nameRule: subdomainFaults, generation: true },
  'policy/PodDisruptionBudget': budget,
  'scheduling.k8s.io/PriorityClass': priorityClass,
  'rbac.authorization.k8s.io/Role': role,
  'rbac.authorization.k8s.io/ClusterRole': role,
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'storage.k8s.io/StorageClass': storageClass,
  'discovery.k8s.io/EndpointSlice': slice,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
};
