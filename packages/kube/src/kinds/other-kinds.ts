import { asArray, asObject, asString, at, equal, type JsonObject, without } from '../json/value.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from '../validation/field-error.ts';
import { countOrPercent, oneOf, selectorFaultsOf } from '../validation/checks.ts';
import { pathSegmentFaults, subdomainFaults } from '../validation/names.ts';
import { autoscaler } from './autoscaler.ts';
import { definition } from './definition.ts';
import { ingressFaults, networkPolicyFaults } from './network-validation.ts';
import { each, inside, preset, presets } from './pod-defaults.ts';
import { notNegative } from './pod-validation.ts';
import { changedSliceFaults, sliceFaults } from './slice-validation.ts';
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
  validate: networkPolicyFaults,
  validateUpdate: networkPolicyFaults,
};

function budgetFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const { minAvailable: least, maxUnavailable: most } = spec;
  const faults: FieldError[] = [];
  if (least !== undefined && most !== undefined) {
    const shown = {
      MinAvailable: least,
      Selector: spec['selector'] ?? null,
      MaxUnavailable: most,
      UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
    };
    const why = 'minAvailable and maxUnavailable cannot be both set';
    faults.push(invalidValue('spec', shown, why));
  }
  return [
    ...faults,
    ...countOrPercent('spec.minAvailable', least),
    ...countOrPercent('spec.maxUnavailable', most),
    ...selectorFaultsOf(spec['selector'], 'spec.selector'),
    ...oneOf('spec.unhealthyPodEvictionPolicy', spec['unhealthyPodEvictionPolicy'], [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]),
  ];
}

const budget: Strategy = {
  nameRule: pathSegmentFaults,
  generation: true,
  prepareCreate: (object) => without(object, 'status'),
  validate: budgetFaults,
  validateUpdate: budgetFaults,
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

const slice: Strategy = {
  nameRule: subdomainFaults,
  generation: true,
  changed: (next, live) => !equal(without(next, 'metadata'), without(live, 'metadata')),
  defaults: (object) =>
    each(object, 'ports', (port) => presets(port, { name: '', protocol: 'TCP' })),
  validate: sliceFaults,
  validateUpdate: changedSliceFaults,
};

/** Faults of texts that must not be empty. */
function needs(object: JsonObject, field: string, keys: readonly string[]): FieldError[] {
  return keys
    .filter((key) => asString(object[key]) === '')
    .map((key) => required(field === '' ? key : `${field}.${key}`));
}

export const otherStrategies: Readonly<Record<string, Strategy>> = {
  'coordination.k8s.io/Lease': lease,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
  'networking.k8s.io/IngressClass': {
    nameRule: subdomainFaults,
    generation: true,
    validate: (object) => needs(asObject(object['spec']), 'spec', ['controller']),
  },
  'node.k8s.io/RuntimeClass': {
    nameRule: subdomainFaults,
    validate: (object) => needs(object, '', ['handler']),
  },
  'apps/ControllerRevision': {
    nameRule: subdomainFaults,
    validate: (object) =>
      object['data'] === undefined ? [required('data', 'data is mandatory')] : [],
  },
  'policy/PodDisruptionBudget': budget,
  'scheduling.k8s.io/PriorityClass': priorityClass,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'discovery.k8s.io/EndpointSlice': slice,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
};
