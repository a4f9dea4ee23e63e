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
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { asErrors, labelFaults } from '../validation/names.ts';

export function portFault(field: string, value: Json | undefined): FieldError[] {
  if (typeof value !== 'number' || (value >= 1 && value <= 65535)) return [];
  return [invalidValue(field, value, 'must be between 1 and 65535, inclusive')];
}

export function notNegative(field: string, value: Json | undefined): FieldError[] {
  if (typeof value !== 'number' || value >= 0) return [];
  return [invalidValue(field, value, 'must be greater than or equal to 0')];
}

/** Faults of a pod's spec. */
export function podSpecFaults(
  spec: JsonObject,
  field: string,
  policies: readonly string[],
): FieldError[] {
  const volumes = asArray(spec['volumes']).map((volume) => asString(at(volume, 'name')));
  const faults: FieldError[] = [...volumeFaults(spec, field)];
  const containers = asArray(spec['containers']);
  if (containers.length === 0) faults.push(required(`${field}.containers`));
  const seen = new Set<string>();
  for (const key of ['containers', 'initContainers']) {
    asArray(spec[key]).forEach((container, index) => {
      const place = { field: `${field}.${key}[${index}]`, volumes, seen };
      faults.push(...containerFaults(asObject(container), place));
    });
  }
  const policy = asString(spec['restartPolicy']);
  if (policy !== '' && !policies.includes(policy)) {
    faults.push(notSupported(`${field}.restartPolicy`, policy, policies));
  }
  return faults;
}

function volumeFaults(spec: JsonObject, field: string): FieldError[] {
  const seen = new Set<string>();
  return asArray(spec['volumes']).flatMap((volume, index) => {
    const place = `${field}.volumes[${index}].name`;
    const name = asString(at(volume, 'name'));
    const faults = name === '' ? [required(place)] : asErrors(place, name, labelFaults(name));
    if (seen.has(name)) faults.push(duplicate(place, name));
    seen.add(name);
    return faults;
  });
}

interface ContainerPlace {
  readonly field: string;
  readonly volumes: readonly string[];
  readonly seen: Set<string>;
}

function containerFaults(container: JsonObject, place: ContainerPlace): FieldError[] {
  const { field, volumes, seen } = place;
  const name = asString(container['name']);
  const faults =
    name === '' ? [required(`${field}.name`)] : asErrors(`${field}.name`, name, labelFaults(name));
  if (name !== '' && seen.has(name)) faults.push(duplicate(`${field}.name`, name));
  seen.add(name);
  if (asString(container['image']) === '') faults.push(required(`${field}.image`));
  asArray(container['ports']).forEach((port, index) => {
    faults.push(...portFault(`${field}.ports[${index}].containerPort`, at(port, 'containerPort')));
  });
  asArray(container['env']).forEach((entry, index) => {
    if (asString(at(entry, 'name')) === '') faults.push(required(`${field}.env[${index}].name`));
  });
  asArray(container['volumeMounts']).forEach((mount, index) => {
    const at_ = `${field}.volumeMounts[${index}]`;
    const volume = asString(at(mount, 'name'));
    if (volume === '') faults.push(required(`${at_}.name`));
    else if (!volumes.includes(volume)) faults.push(notFoundValue(`${at_}.name`, volume));
    if (asString(at(mount, 'mountPath')) === '') faults.push(required(`${at_}.mountPath`));
  });
  return faults;
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
