import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import {
  type FieldError,
  duplicate,
  forbiddenField,
  invalidValue,
  required,
} from '../validation/field-error.ts';
import { asErrors, qualifiedNameFaults } from '../validation/names.ts';

const limitTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

/** Faults of a LimitRange (Kubernetes pkg/apis/core/validation ValidateLimitRange). */
export function limitRangeFaults(object: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return asArray(at(object, 'spec', 'limits')).flatMap((entry, index) => {
    const item = asObject(entry);
    const field = `spec.limits[${index}]`;
    const type = asString(item['type']);
    const faults = asErrors(`${field}.type`, type, qualifiedNameFaults(type));
    if (faults.length === 0 && !type.includes('/') && !limitTypes.has(type)) {
      const why = 'must be a standard limit type or fully qualified';
      faults.push(invalidValue(`${field}.type`, type, why));
    }
    if (seen.has(type)) faults.push(duplicate(`${field}.type`, type));
    seen.add(type);
    return [...faults, ...typeFaults(item, field), ...boundsFaults(item, field)];
  });
}

function typeFaults(item: JsonObject, field: string): FieldError[] {
  if (item['type'] === 'Pod') {
    return ['default', 'defaultRequest']
      .filter((key) => Object.keys(asObject(item[key])).length > 0)
      .map((key) => forbiddenField(`${field}.${key}`, "may not be specified when `type` is 'Pod'"));
  }
  const bounds = [at(item, 'min', 'storage'), at(item, 'max', 'storage')];
  if (item['type'] !== 'PersistentVolumeClaim' || bounds.some((bound) => bound !== undefined))
    return [];
  const why = 'either minimum or maximum storage value is required, but neither was provided';
  return [required(`${field}.limits`, why)];
}

interface Named {
  readonly key: string;
  readonly word: string;
}

const min: Named = { key: 'min', word: 'min value' };
const max: Named = { key: 'max', word: 'max value' };
const preset: Named = { key: 'default', word: 'default value' };
const request: Named = { key: 'defaultRequest', word: 'default request value' };

/** Pairs of which the first may not be greater, where the fault is, and which of both it shows. */
const ordered: readonly {
  readonly less: Named;
  readonly more: Named;
  readonly at: Named;
  readonly shown: Named;
  readonly moreWord?: string;
}[] = [
  { less: min, more: max, at: min, shown: min },
  { less: min, more: request, at: request, shown: request },
  { less: request, more: max, at: request, shown: request },
  { less: request, more: preset, at: request, shown: request, moreWord: 'default limit value' },
  { less: min, more: preset, at: preset, shown: min },
  { less: preset, more: max, at: preset, shown: max },
];

function boundsFaults(item: JsonObject, field: string): FieldError[] {
  const isPod = item['type'] === 'Pod';
  const amount = ({ key }: Named, name: string): Json | undefined =>
    isPod && (key === 'default' || key === 'defaultRequest') ? undefined : at(item, key, name);
  const ratios = asObject(item['maxLimitRequestRatio']);
  const names = new Set(
    [min, max, preset, request].flatMap(({ key }) => Object.keys(asObject(item[key]))),
  );
  for (const name of Object.keys(ratios)) names.add(name);
  return [...names].flatMap((name) => {
    const faults = ordered.flatMap((rule) => {
      const [less, more] = [amount(rule.less, name), amount(rule.more, name)];
      if (less === undefined || more === undefined) return [];
      if (quantityValue(asString(less)) <= quantityValue(asString(more))) return [];
      const why = `${rule.less.word} ${asString(less)} is greater than ${rule.moreWord ?? rule.more.word} ${asString(more)}`;
      const shown = amount(rule.shown, name) ?? '';
      return [invalidValue(`${field}.${rule.at.key}[${name}]`, shown, why)];
    });
    const ratio = asString(ratios[name]);
    if (ratio !== '' && quantityValue(ratio) < 1) {
      const why = `ratio ${ratio} is less than 1`;
      faults.push(invalidValue(`${field}.maxLimitRequestRatio[${name}]`, ratio, why));
    }
    return faults;
  });
}

const counted = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const ofPods = new Set([
  'pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);
const otherResources = new Set(['requests.storage', 'storage']);
const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);

function isStandard(name: string): boolean {
  return counted.has(name) || ofPods.has(name) || otherResources.has(name);
}

/** Faults of a ResourceQuota (Kubernetes pkg/apis/core/validation ValidateResourceQuotaSpec). */
export function resourceQuotaFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const hard = asObject(spec['hard']);
  const faults = Object.entries(hard).flatMap(([name, amount]) =>
    amountFaults(name, asString(amount)),
  );
  return [...faults, ...scopeFaults(spec, Object.keys(hard)), ...selectorFaults(spec)];
}

function amountFaults(name: string, amount: string): FieldError[] {
  const field = `spec.hard[${name}]`;
  const faults = asErrors(field, name, qualifiedNameFaults(name));
  const isKnown = isStandard(name) || /^(requests\.|limits\.)?hugepages-/.test(name);
  if (!name.includes('/') && !isKnown)
    faults.push(invalidValue(field, name, 'must be a standard resource for quota'));
  const value = quantityValue(amount);
  if (value < 0) faults.push(invalidValue(field, amount, 'must be greater than or equal to 0'));
  if (counted.has(name) && !Number.isInteger(value))
    faults.push(invalidValue(field, amount, 'must be an integer'));
  return faults;
}

/** Whether a scope says something of a resource. */
function isScoped(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods';
  if (scope === 'VolumeAttributesClass')
    return name === 'persistentvolumeclaims' || name === 'requests.storage';
  return !scopes.has(scope) || ofPods.has(name);
}

function scopeFaults(spec: JsonObject, names: readonly string[]): FieldError[] {
  const given = asArray(spec['scopes']).map(asString);
  const field = 'spec.scopes';
  const faults = given.flatMap((scope) => [
    ...(scopes.has(scope) ? [] : [invalidValue(field, given, 'unsupported scope')]),
    ...names
      .filter((name) => isStandard(name) && !isScoped(scope, name))
      .map(() => invalidValue(field, given, 'unsupported scope applied to resource')),
  ]);
  for (const scope of ['BestEffort', 'Terminating']) {
    if (given.includes(scope) && given.includes(`Not${scope}`))
      faults.push(invalidValue(field, given, 'conflicting scopes'));
  }
  return faults;
}

function selectorFaults(spec: JsonObject): FieldError[] {
  const field = 'spec.scopeSelector.matchExpressions';
  return asArray(at(spec, 'scopeSelector', 'matchExpressions')).flatMap((entry) => {
    const scope = asString(at(entry, 'scopeName'));
    const operator = asString(at(entry, 'operator'));
    const values = asArray(at(entry, 'values'));
    const faults: FieldError[] = [];
    if (!scopes.has(scope))
      faults.push(invalidValue(`${field}.scopeName`, scope, 'unsupported scope'));
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      const why =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      faults.push(required(`${field}.values`, why));
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      const why =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      faults.push(invalidValue(`${field}.values`, values, why));
    } else if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator))
      faults.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'));
    return faults;
  });
}
