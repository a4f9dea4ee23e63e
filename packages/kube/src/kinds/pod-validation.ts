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
import { addressFaults, maxInt32, oneOf, within } from '../validation/checks.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import {
  asErrors,
  labelFaults,
  labelValueFaults,
  qualifiedNameFaults,
  subdomainFaults,
} from '../validation/names.ts';
import { labelFaultsOf } from '../validation/object-meta.ts';
import { containerFaults } from './container-validation.ts';
import { volumeFaults } from './volume-validation.ts';

export function notNegative(field: string, value: Json | undefined): FieldError[] {
  if (typeof value !== 'number' || value >= 0) return [];
  return [invalidValue(field, value, 'must be greater than or equal to 0')];
}

/** Faults of a pod's spec (Kubernetes pkg/apis/core/validation ValidatePodSpec). */
export function podSpecFaults(
  spec: JsonObject,
  field: string,
  policies: readonly string[],
): FieldError[] {
  const faults: FieldError[] = [...volumeFaults(spec, field), ...containersFaults(spec, field)];
  const policy = asString(spec['restartPolicy']);
  if (policy !== '' && !policies.includes(policy)) {
    faults.push(notSupported(`${field}.restartPolicy`, policy, policies));
  }
  return [
    ...faults,
    ...networkFaultsOf(spec, field),
    ...labelFaultsOf(asObject(spec['nodeSelector']), `${field}.nodeSelector`),
    ...securityFaults(spec['securityContext'], `${field}.securityContext`),
    ...affinityFaults(spec['affinity'], `${field}.affinity`),
    ...gateFaults(spec, field),
    ...spreadFaults(spec, field),
    ...nameFaults(spec, field),
    ...within(`${field}.activeDeadlineSeconds`, spec['activeDeadlineSeconds'], [1, maxInt32]),
    ...tolerationFaults(spec, field),
    ...hostFaults(spec, field),
    ...oneOf(`${field}.os`, at(spec, 'os', 'name'), ['linux', 'windows']),
  ];
}

function containersFaults(spec: JsonObject, field: string): FieldError[] {
  const volumes = asArray(spec['volumes']).map((volume) => asString(at(volume, 'name')));
  const faults: FieldError[] = [];
  if (asArray(spec['containers']).length === 0) faults.push(required(`${field}.containers`));
  const seen = new Set<string>();
  const hostNetwork = spec['hostNetwork'] === true;
  for (const key of ['containers', 'initContainers']) {
    asArray(spec[key]).forEach((container, index) => {
      const place = { field: `${field}.${key}[${index}]`, volumes, seen, hostNetwork };
      faults.push(...containerFaults(asObject(container), place));
    });
  }
  return faults;
}

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function networkFaultsOf(spec: JsonObject, field: string): FieldError[] {
  const policy = spec['dnsPolicy'];
  const faults = oneOf(`${field}.dnsPolicy`, policy, dnsPolicies);
  if (policy !== 'None' || spec['dnsConfig'] !== undefined) return faults;
  const why = 'must provide `dnsConfig` when `dnsPolicy` is None';
  return [...faults, required(`${field}.dnsConfig`, why)];
}

function securityFaults(context: Json | undefined, field: string): FieldError[] {
  if (context === undefined) return [];
  const groups = asArray(at(context, 'supplementalGroups'));
  return [
    ...['fsGroup', 'runAsUser', 'runAsGroup'].flatMap((key) =>
      within(`${field}.${key}`, at(context, key), [0, maxInt32]),
    ),
    ...groups.flatMap((group, index) =>
      within(`${field}.supplementalGroups[${index}]`, group, [0, maxInt32]),
    ),
    ...oneOf(`${field}.fsGroupChangePolicy`, at(context, 'fsGroupChangePolicy'), [
      'Always',
      'OnRootMismatch',
    ]),
  ];
}

const requiredRule = 'requiredDuringSchedulingIgnoredDuringExecution';

function affinityFaults(affinity: Json | undefined, field: string): FieldError[] {
  if (affinity === undefined) return [];
  const faults: FieldError[] = [];
  const nodes = at(affinity, 'nodeAffinity', requiredRule);
  if (nodes !== undefined && asArray(at(nodes, 'nodeSelectorTerms')).length === 0) {
    const place = `${field}.nodeAffinity.${requiredRule}.nodeSelectorTerms`;
    faults.push(required(place, 'must have at least one node selector term'));
  }
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    asArray(at(affinity, kind, requiredRule)).forEach((term, index) => {
      const place = `${field}.${kind}.${requiredRule}[${index}].topologyKey`;
      const key = asString(at(term, 'topologyKey'));
      if (key === '') faults.push(required(place, 'can not be empty'));
      faults.push(...asErrors(place, key, qualifiedNameFaults(key)));
    });
  }
  return faults;
}

function gateFaults(spec: JsonObject, field: string): FieldError[] {
  const ready = asArray(spec['readinessGates']).flatMap((gate, index) => {
    const type = asString(at(gate, 'conditionType'));
    const place = `${field}.readinessGates[${index}].conditionType`;
    return asErrors(place, type, qualifiedNameFaults(type));
  });
  const scheduling = asArray(spec['schedulingGates']).flatMap((gate, index) => {
    const name = asString(at(gate, 'name'));
    return asErrors(`${field}.schedulingGates[${index}]`, name, qualifiedNameFaults(name));
  });
  return [...ready, ...scheduling];
}

function spreadFaults(spec: JsonObject, field: string): FieldError[] {
  return asArray(spec['topologySpreadConstraints']).flatMap((entry, index) => {
    const place = `${field}.topologySpreadConstraints[${index}]`;
    const skew = at(entry, 'maxSkew');
    const faults: FieldError[] = [];
    if (typeof skew === 'number' && skew <= 0)
      faults.push(invalidValue(`${place}.maxSkew`, skew, 'must be greater than zero'));
    if (asString(at(entry, 'topologyKey')) === '')
      faults.push(required(`${place}.topologyKey`, 'can not be empty'));
    const action = at(entry, 'whenUnsatisfiable');
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    return [...faults, ...oneOf(`${place}.whenUnsatisfiable`, action, actions)];
  });
}

function nameFaults(spec: JsonObject, field: string): FieldError[] {
  const rules = [
    ['serviceAccountName', subdomainFaults],
    ['nodeName', subdomainFaults],
    ['hostname', labelFaults],
    ['subdomain', labelFaults],
    ['priorityClassName', subdomainFaults],
    ['runtimeClassName', subdomainFaults],
  ] as const;
  return rules.flatMap(([key, rule]) => {
    const name = asString(spec[key]);
    return name === '' ? [] : asErrors(`${field}.${key}`, name, rule(name));
  });
}

function tolerationFaults(spec: JsonObject, field: string): FieldError[] {
  return asArray(spec['tolerations']).flatMap((entry, index) => {
    const place = `${field}.tolerations[${index}]`;
    const key = asString(at(entry, 'key'));
    const operator = asString(at(entry, 'operator'));
    const effect = asString(at(entry, 'effect'));
    const faults = key === '' ? [] : asErrors(`${place}.key`, key, qualifiedNameFaults(key));
    if (key === '' && operator !== 'Exists') {
      const why =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      faults.push(invalidValue(`${place}.operator`, operator, why));
    }
    if (at(entry, 'tolerationSeconds') !== undefined && effect !== 'NoExecute') {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      faults.push(invalidValue(`${place}.effect`, effect, why));
    }
    faults.push(...operatorFaults(operator, asString(at(entry, 'value')), `${place}.operator`));
    return effect === '' ? faults : [...faults, ...effectFaults(effect, `${place}.effect`)];
  });
}

function operatorFaults(operator: string, value: string, field: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const faults = labelValueFaults(value);
      return faults.length === 0 ? [] : [invalidValue(field, value, faults.join(';'))];
    }
    case 'Exists':
      return value === ''
        ? []
        : [invalidValue(field, value, "value must be empty when `operator` is 'Exists'")];
    default: {
      const known = ['Equal', 'Exists'];
      const isGated = operator === 'Lt' || operator === 'Gt';
      return [notSupported(field, operator, isGated ? [...known, 'Lt', 'Gt'] : known)];
    }
  }
}

function effectFaults(effect: string, field: string): FieldError[] {
  const known = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
  return known.includes(effect) ? [] : [notSupported(field, effect, known)];
}

function hostFaults(spec: JsonObject, field: string): FieldError[] {
  return asArray(spec['hostAliases']).flatMap((entry, index) =>
    addressFaults(`${field}.hostAliases[${index}].ip`, asString(at(entry, 'ip'))),
  );
}

const changeable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The part of a pod's spec that cannot be changed. */
function fixedPart(spec: JsonObject): JsonObject {
  const images = (list: Json | undefined): Json[] =>
    asArray(list).map((entry) => without(asObject(entry), 'image'));
  const out = without(spec, 'activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'nodeName');
  if (out['containers'] !== undefined) out['containers'] = images(out['containers']);
  if (out['initContainers'] !== undefined) out['initContainers'] = images(out['initContainers']);
  return out;
}

export function podUpdateFaults(next: JsonObject, live: JsonObject): FieldError[] {
  const [now, before] = [asObject(next['spec']), asObject(live['spec'])];
  if (equal(now, before) || equal(fixedPart(now), fixedPart(before))) return [];
  return [forbiddenField('spec', `${changeable}\n${firstDifference(before, now)}`)];
}

function firstDifference(before: JsonObject, now: JsonObject): string {
  const keys = Object.keys({ ...before, ...now }).filter((key) => !equal(before[key], now[key]));
  return keys
    .map(
      (key) =>
        `  spec.${key}: ${JSON.stringify(before[key] ?? null)} -> ${JSON.stringify(now[key] ?? null)}`,
    )
    .join('\n');
}
