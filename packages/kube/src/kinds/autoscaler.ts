import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import { atLeast, oneOf } from '../validation/checks.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { subdomainFaults } from '../validation/names.ts';
import { inside, preset, presets } from './pod-defaults.ts';
import type { Strategy } from './strategy.ts';

const percent = { type: 'Percent', value: 100, periodSeconds: 15 };
const pods = { type: 'Pods', value: 4, periodSeconds: 15 };
const ofProcessors = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

/** What an autoscaler gets (Kubernetes pkg/apis/autoscaling/v2 SetDefaults_HorizontalPodAutoscaler). */
function defaults(object: JsonObject): JsonObject {
  return inside(object, 'spec', (spec) => {
    const filled = preset(spec, 'minReplicas', 1);
    const measured =
      asArray(filled['metrics']).length === 0 ? { ...filled, metrics: [ofProcessors] } : filled;
    return inside(measured, 'behavior', (behavior) => ({
      ...behavior,
      scaleUp: presets(asObject(behavior['scaleUp']), {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [pods, percent],
      }),
      scaleDown: presets(asObject(behavior['scaleDown']), {
        selectPolicy: 'Max',
        policies: [percent],
      }),
    }));
  });
}

function faultsOf(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  return [
    ...countFaults(spec),
    ...targetFaults(spec['scaleTargetRef'] ?? {}),
    ...metricsFaults(spec),
    ...behaviorFaults(spec['behavior']),
  ];
}

function countFaults(spec: JsonObject): FieldError[] {
  const [min, max] = [Number(spec['minReplicas'] ?? 1), Number(spec['maxReplicas'] ?? 0)];
  const faults = atLeast('spec.minReplicas', min, 1);
  if (max === 0) faults.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else faults.push(...atLeast('spec.maxReplicas', max, 1));
  if (max < min) {
    const why = 'must be greater than or equal to `minReplicas`';
    faults.push(invalidValue('spec.maxReplicas', max, why));
  }
  return faults;
}

function targetFaults(target: Json): FieldError[] {
  const field = 'spec.scaleTargetRef';
  const faults = ['kind', 'name']
    .filter((key) => asString(at(target, key)) === '')
    .map((key) => required(`${field}.${key}`));
  const version = asString(at(target, 'apiVersion'));
  if (version === '')
    faults.push(invalidValue(`${field}.apiVersion`, '', 'apiVersion must specify API group'));
  return faults;
}

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function metricsFaults(spec: JsonObject): FieldError[] {
  const metrics = asArray(spec['metrics']).map(asObject);
  const faults: FieldError[] = [];
  const isOutside = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (spec['minReplicas'] === 0 && !isOutside) {
    const why =
      'must specify at least one Object or External metric to support scaling to zero replicas';
    faults.push(forbiddenField('spec.metrics', why));
  }
  metrics.forEach((metric, index) => {
    faults.push(...metricFaults(metric, `spec.metrics[${index}]`));
  });
  return faults;
}

function metricFaults(metric: JsonObject, field: string): FieldError[] {
  const type = asString(metric['type']);
  if (type === '') return [required(`${field}.type`, 'must specify a metric source type')];
  if (!metricTypes.includes(type)) return [notSupported(`${field}.type`, type, metricTypes)];
  const key = `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
  const source = metric[key];
  const place = `${field}.${key}`;
  if (source === undefined)
    return [required(place, 'must populate information for the given metric source')];
  if (key !== 'resource' && key !== 'containerResource') return [];
  const target = asObject(at(source, 'target'));
  const name = asString(at(source, 'name'));
  return [
    ...(name === '' ? [required(`${place}.name`, 'must specify a resource name')] : []),
    ...valueFaults(target, `${place}.target`),
    ...choiceFaults(target, `${place}.target`),
  ];
}

function valueFaults(target: JsonObject, field: string): FieldError[] {
  const type = asString(target['type']);
  const faults: FieldError[] = [];
  if (type === '') faults.push(required(`${field}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    const why = 'must be either Utilization, Value, or AverageValue';
    faults.push(invalidValue(`${field}.type`, type, why));
  }
  for (const key of ['value', 'averageValue']) {
    const amount = target[key];
    if (amount !== undefined && quantityValue(asString(amount)) <= 0)
      faults.push(invalidValue(`${field}.${key}`, amount, 'must be positive'));
  }
  const share = target['averageUtilization'];
  if (typeof share === 'number' && share < 1)
    faults.push(invalidValue(`${field}.averageUtilization`, share, 'must be greater than 0'));
  return faults;
}

function choiceFaults(target: JsonObject, field: string): FieldError[] {
  const [share, value] = [target['averageUtilization'], target['averageValue']];
  if (share === undefined && value === undefined) {
    const why = 'must set either a target raw value or a target utilization';
    return [required(`${field}.averageUtilization`, why)];
  }
  if (share === undefined || value === undefined) return [];
  const why = 'may not set both a target raw value and a target utilization';
  return [forbiddenField(`${field}.averageValue`, why)];
}

const longestWindow = 3600;
const longestPeriod = 1800;

function behaviorFaults(behavior: Json | undefined): FieldError[] {
  return ['scaleUp', 'scaleDown'].flatMap((key) => {
    const rules = at(behavior, key);
    return rules === undefined ? [] : rulesFaults(asObject(rules), `spec.behavior.${key}`);
  });
}

function rulesFaults(rules: JsonObject, field: string): FieldError[] {
  const window = rules['stabilizationWindowSeconds'];
  const faults: FieldError[] = [];
  const place = `${field}.stabilizationWindowSeconds`;
  if (typeof window === 'number' && window < 0)
    faults.push(invalidValue(place, window, 'must be greater than or equal to zero'));
  if (typeof window === 'number' && window > longestWindow)
    faults.push(invalidValue(place, window, `must be less than or equal to ${longestWindow}`));
  faults.push(...oneOf(`${field}.selectPolicy`, rules['selectPolicy'], ['Disabled', 'Max', 'Min']));
  const policies = asArray(rules['policies']);
  if (policies.length === 0)
    faults.push(required(`${field}.policies`, 'must specify at least one Policy'));
  policies.forEach((policy, index) => {
    faults.push(...policyFaults(asObject(policy), `${field}.policies[${index}]`));
  });
  return faults;
}

function policyFaults(policy: JsonObject, field: string): FieldError[] {
  const [value, period] = [Number(policy['value'] ?? 0), Number(policy['periodSeconds'] ?? 0)];
  const faults: FieldError[] = [];
  const type = asString(policy['type']);
  if (type !== 'Pods' && type !== 'Percent')
    faults.push(notSupported(`${field}.type`, type, ['Percent', 'Pods']));
  if (value <= 0) faults.push(invalidValue(`${field}.value`, value, 'must be greater than zero'));
  if (period <= 0)
    faults.push(invalidValue(`${field}.periodSeconds`, period, 'must be greater than zero'));
  if (period > longestPeriod) {
    const why = `must be less than or equal to ${longestPeriod}`;
    faults.push(invalidValue(`${field}.periodSeconds`, period, why));
  }
  return faults;
}

/** How HorizontalPodAutoscalers are prepared and checked. */
export const autoscaler: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: false,
  defaults,
  prepareCreate: ({ status: _, ...object }) => object,
  validate: faultsOf,
  validateUpdate: faultsOf,
};
